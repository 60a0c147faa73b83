"""The application as its own code describes it."""

from dataclasses import dataclass
from enum import StrEnum

from generator.model.origin import Notice, Origin, Sourced


class Framework(StrEnum):
    """What the application is written with; `SCRIPT` is plain Python."""

    FASTAPI = "fastapi"
    STARLETTE = "starlette"
    LITESTAR = "litestar"
    QUART = "quart"
    SANIC = "sanic"
    AIOHTTP = "aiohttp"
    FLASK = "flask"
    DJANGO = "django"
    DASH = "dash"
    STREAMLIT = "streamlit"
    GRADIO = "gradio"
    BOTTLE = "bottle"
    TORNADO = "tornado"
    SCRIPT = "script"


class Interface(StrEnum):
    """How a server calls the application."""

    WSGI = "wsgi"
    ASGI = "asgi"
    OWN = "own"


class ProcessKind(StrEnum):
    """What a process is for."""

    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"
    BOT = "bot"
    COMMAND = "command"
    RELEASE = "release"


@dataclass(frozen=True, kw_only=True)
class WebApplication:
    """An application object that a server can load.

    `module` is importable from `import_root` (a folder relative to the project root, "" for the root itself), `target`
    the name inside it, `factory` whether it must be called. `port` is what the code itself names, `health_path` a path
    that the application answers. `rank` is lower for the better candidate.
    """

    framework: Framework
    interface: Interface
    module: str
    target: str
    origin: Origin
    import_root: str = ""
    factory: bool = False
    port: Sourced[int] | None = None
    health_path: Sourced[str] | None = None
    runs_itself: bool = False
    rank: int = 0


@dataclass(frozen=True, kw_only=True)
class FoundProcess:
    """A process that the project names itself or that its code implies.

    `command` is argv without the server's port; `shell` the text of a command that needs a shell ("" otherwise).
    """

    name: str
    kind: ProcessKind
    command: tuple[str, ...]
    origin: Origin
    shell: str = ""
    framework: str = ""
    needs_variables: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DjangoProject:
    """A Django project: where manage.py is and what its settings say."""

    manage: Origin
    settings_module: str
    wsgi: str = ""
    asgi: str = ""
    has_static_root: bool = False
    staticfiles: bool = False
    has_migrations: bool = False
    channels: bool = False
    gis: bool = False
    database_engine: str = ""
    required_variables: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReadVariable:
    """An environment variable that the code reads; `default` is its literal default, None if it must be set."""

    name: str
    origin: Origin
    default: str | None = None
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class ServiceHint:
    """A sign that the application talks to a backing service ("postgres", "redis"); `variable` reaches it."""

    service: str
    because: str
    origin: Origin
    variable: str = ""


@dataclass(frozen=True, kw_only=True)
class FrontEnd:
    """A package.json with a build script: `folder` relative to the root, `manager` npm, pnpm or yarn by its lock."""

    folder: str
    manager: str
    lock: str
    build_script: str
    output: str
    origin: Origin
    node: str = ""
    served_by_python: bool = True
    start_script: str = ""


@dataclass(frozen=True, kw_only=True)
class Application:
    """All that the code says about what runs. Candidates and processes are sorted, the best first."""

    web: tuple[WebApplication, ...] = ()
    processes: tuple[FoundProcess, ...] = ()
    django: tuple[DjangoProject, ...] = ()
    variables: tuple[ReadVariable, ...] = ()
    service_hints: tuple[ServiceHint, ...] = ()
    front_ends: tuple[FrontEnd, ...] = ()
    migrations: tuple[FoundProcess, ...] = ()
    test_command: tuple[str, ...] = ()
    imported: tuple[str, ...] = ()
    looked_for: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
