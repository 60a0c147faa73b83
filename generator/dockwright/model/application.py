"""The application as its own code describes it."""

import re
from enum import StrEnum

from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import fields, record


class Framework(StrEnum):
    """What the application is written with.

    Descendants count as what they are made of: APIFlask, Eve and Connexion 2 are Flask, FastHTML is
    Starlette. `WSGI` and `ASGI` are a bare callable or an object that a library wraps, `SCRIPT` is
    plain Python that serves by itself.
    """

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
    PANEL = "panel"
    BOKEH = "bokeh"
    MARIMO = "marimo"
    SOLARA = "solara"
    SHINY = "shiny"
    GRADIO = "gradio"
    BOTTLE = "bottle"
    TORNADO = "tornado"
    FALCON = "falcon"
    PYRAMID = "pyramid"
    CHERRYPY = "cherrypy"
    BLACKSHEEP = "blacksheep"
    ROBYN = "robyn"
    NICEGUI = "nicegui"
    CHAINLIT = "chainlit"
    FASTMCP = "fastmcp"
    FUNCTIONS = "functions-framework"
    ADK = "google-adk"
    WSGI = "wsgi"
    ASGI = "asgi"
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


_KINDS = (
    (ProcessKind.RELEASE, r"release|postdeploy|migrat|deploy|init"),
    (ProcessKind.SCHEDULER, r"beat|clock|cron|schedul|timer"),
    (ProcessKind.BOT, r"bot\d*($|[-_])"),
)


def kind_of(name: str, command: str) -> ProcessKind:
    """Return what a process is for, by its name."""
    if name == "web" or name.startswith(("web-", "web_")):
        return ProcessKind.WEB
    # Celery's own sub-command says more than a name such as `celery`.
    if re.search(r"\bcelery\b.*\bbeat\b", command) and not re.search(r"\bworker\b", command):
        return ProcessKind.SCHEDULER
    fitting = (kind for kind, pattern in _KINDS if re.search(pattern, name.lower()))
    return next(fitting, ProcessKind.WORKER)


@record
class WebApplication:
    """An application object that a server can load. The best candidate has the lowest `rank`."""

    framework: Framework
    interface: Interface
    # Importable from `import_root`, a folder relative to the project root.
    module: str
    # The name inside the module ("server" or "app.server"), never a call.
    target: str
    # The line that makes or re-exports the object.
    origin: Origin
    import_root: str = ""
    # It must be called.
    factory: bool = False
    port: Sourced[int] | None = None
    health_path: Sourced[str] | None = None
    # The code starts a server of its own, by `run_command` ("python", "main.py").
    runs_itself: bool = False
    rank: int = 0
    run_command: tuple[str, ...] = ()
    host: Sourced[str] | None = None
    # The variable that the code takes its address from.
    host_variable: str = ""
    port_variable: str = ""
    # It holds connections open (Channels, Socket.IO).
    websockets: bool = False
    # False for gRPC or a plain socket.
    speaks_http: bool = True
    because: str = ""


@record
class FoundProcess:
    """A process that the project names itself or that its code implies."""

    name: str
    kind: ProcessKind
    # Argv without the port, () where `shell` is the text of a command that needs a shell.
    command: tuple[str, ...]
    origin: Origin
    shell: str = ""
    framework: str = ""
    needs_variables: tuple[str, ...] = ()
    import_root: str = ""
    # The object that the command loads ("config.celery:app"), "" for scripts.
    target: str = ""
    port: Sourced[int] | None = None
    # True for what never ends by itself, None where the code does not show it.
    endless: bool | None = None
    because: str = ""
    # The address that its configuration names.
    host: str = ""


@record
class DjangoProject:
    """A Django project: where manage.py is and what its settings say."""

    manage: Origin
    # What manage.py names; `served_settings_module` is what wsgi.py names if that differs.
    settings_module: str
    # "module:object", "" where there is none.
    wsgi: str = ""
    asgi: str = ""
    has_static_root: bool = False
    staticfiles: bool = False
    has_migrations: bool = False
    channels: bool = False
    gis: bool = False
    database_engine: str = ""
    # Without these the settings cannot be imported.
    required_variables: tuple[str, ...] = ()
    # The folder of manage.py.
    import_root: str = ""
    served_settings_module: str = ""
    # No file names the settings module: the likeliest was taken, and must be set.
    unnamed: bool = False
    # Literal paths relative to the project root, "" when not known; so are the next two.
    static_root: str = ""
    static_folders: tuple[str, ...] = ()
    whitenoise: bool = False
    installed_apps: tuple[str, ...] = ()
    secret_key_variable: str = ""
    database_file: str = ""
    # Every engine that the settings name is that of a database server.
    only_server: bool = False
    media_root: str = ""
    # ALLOWED_HOSTS is a literal that does not let 127.0.0.1 in.
    refuses_loopback: bool = False


@record
class ReadVariable:
    """An environment variable that the code reads."""

    name: str
    origin: Origin
    # Its literal default, None where there is none or where it looks like a secret.
    default: str | None = None
    # The default is a text in the code, and no number or truth value.
    spelled: bool = True
    # The code fails without it.
    required: bool = False
    secret: bool = False
    # "presence": only whether it is set counts; "truth": any text but "" means yes; "json": a list.
    asked: str = ""


@record
class ServiceHint:
    """A sign that the application talks to a backing service, by its kind (postgres, redis ...)."""

    service: str
    because: str
    origin: Origin
    # It holds the URL that reaches the service, "" if none does.
    variable: str = ""
    # The URL scheme that the code expects ("postgresql+asyncpg"), "" where it is not known.
    scheme: str = ""
    # A connection made of several variables: pairs of role (host, port, name ...) and variable.
    parts: tuple[tuple[str, str], ...] = ()
    # Variables with the value by which the code chooses this service.
    switches: tuple[tuple[str, str], ...] = ()
    # The function that is given the address, and the setting that holds it.
    called: str = ""
    setting: str = ""


@record
class DeployedService:
    """A backing service that files of the project start beside it, or only beside its `tests`.

    `image` has its version, "" where none is named.
    """

    kind: str
    origin: Origin
    image: str = ""
    tests: bool = False


@record
class Deployment:
    """What the project's own Dockerfiles, compose files, platforms and CI say; the best is first.

    It is evidence, no order: code and lock say what exists, these files what is started of it.
    """

    processes: tuple[FoundProcess, ...] = ()
    # "module:object", or "module:", of commands that are not taken themselves.
    targets: tuple[Sourced[str], ...] = ()
    services: tuple[DeployedService, ...] = ()
    hints: tuple[ServiceHint, ...] = ()
    # Names and values of those that name a module.
    variables: tuple[Sourced[tuple[str, str]], ...] = ()
    # Debian packages of the stage that is shipped.
    packages: tuple[Sourced[str], ...] = ()
    # Versions of Python, as they are spelled.
    pythons: tuple[Sourced[str], ...] = ()
    ports: tuple[Sourced[int], ...] = ()

    def __add__(self, other: "Deployment") -> "Deployment":
        return Deployment(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        )

    def variable(self, name: str) -> Sourced[tuple[str, str]] | None:
        """Return a variable with its value, as the best source gives it."""
        return next((one for one in self.variables if one.value[0] == name), None)


@record
class ServerConfig:
    """A configuration file of a server; `automatic` where the server reads it untold."""

    server: str
    path: str
    automatic: bool = False
    port: Sourced[int] | None = None
    host: str = ""
    application: str = ""
    port_variable: str = ""


@record
class FrontEnd:
    """A package.json with a build script."""

    # Relative to the root; "" is the root itself.
    folder: str
    manager: str
    lock: str
    build_script: str
    # Relative to `folder`, "" where it is not known.
    output: str
    origin: Origin
    node: str = ""
    # An application of its own has a `start_script`, or is static.
    served_by_python: bool = True
    start_script: str = ""
    tool: str = ""
    dev_script: str = ""
    manager_version: str = ""
    # Django's static files are partly those of the packages.
    serves_modules: bool = False


@record
class Application:
    """All that the code says about what runs.

    Candidates and processes are sorted, the best first.
    """

    web: tuple[WebApplication, ...] = ()
    processes: tuple[FoundProcess, ...] = ()
    django: tuple[DjangoProject, ...] = ()
    variables: tuple[ReadVariable, ...] = ()
    service_hints: tuple[ServiceHint, ...] = ()
    front_ends: tuple[FrontEnd, ...] = ()
    migrations: tuple[FoundProcess, ...] = ()
    test_command: tuple[str, ...] = ()
    # The top-level names of external modules.
    imported: tuple[str, ...] = ()
    # What was looked for when nothing was found.
    looked_for: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    server_configs: tuple[ServerConfig, ...] = ()
    # The files of SQLite that no variable moves.
    fixed_databases: tuple[Sourced[str], ...] = ()
    # Paths that an image usually lacks and the code names.
    opened: tuple[Sourced[str], ...] = ()
    # Distributions, by canonical name, whose metadata the code reads.
    asked_versions: tuple[str, ...] = ()
    deployed_services: tuple[DeployedService, ...] = ()
    # Folders below the project that the code writes, and logs that lie beside the code.
    written: tuple[Sourced[str], ...] = ()
    logs: tuple[Sourced[str], ...] = ()
