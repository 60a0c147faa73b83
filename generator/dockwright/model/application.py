"""The application as its own code describes it."""

from enum import StrEnum

from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import record


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


@record
class WebApplication:
    """An application object that a server can load.

    `module` is importable from `import_root` (a folder relative to the project root, "" for the
    root itself), `target` the name inside it ("server" or "app.server", never a call), `factory`
    whether it must be called. `port` is what the code itself names, `health_path` a path that the
    application answers. `rank` is lower for the better candidate. `origin` is the line that makes
    or re-exports the object, so `origin.path` is the file.

    `runs_itself`: the code starts a server of its own; `run_command` is then the argv that does it
    ("python", "main.py"), `host` the address it binds (None if it does not say) and `port_variable`
    the variable from which it takes its port. With interface OWN only that command (or the
    framework's own: `streamlit run FILE`) starts it: `target` may be "". `websockets` is true where
    the application holds connections open (Channels, Socket.IO), `speaks_http` false where what
    listens is no web server (gRPC, a plain socket). `because` says in one sentence why this is a
    candidate.
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
    run_command: tuple[str, ...] = ()
    host: Sourced[str] | None = None
    port_variable: str = ""
    websockets: bool = False
    speaks_http: bool = True
    because: str = ""


@record
class FoundProcess:
    """A process that the project names itself or that its code implies.

    `command` is argv without the server's port; `shell` the text of a command that needs a shell
    ("" otherwise), and `command` is then empty. `import_root` must be on the import path (as for
    WebApplication). `target` is the object that the command loads ("config.celery:app"), "" for
    scripts. `port` is what a web process names itself. `framework` is celery, rq, dramatiq, huey,
    arq, taskiq, django-q, apscheduler, scrapy, aiogram, discord, telegram, click, typer, script,
    procfile, django, alembic ... `endless` is true for what never ends by itself, false for what
    ends, None where the code does not show it.
    """

    name: str
    kind: ProcessKind
    command: tuple[str, ...]
    origin: Origin
    shell: str = ""
    framework: str = ""
    needs_variables: tuple[str, ...] = ()
    import_root: str = ""
    target: str = ""
    port: Sourced[int] | None = None
    endless: bool | None = None
    because: str = ""


@record
class DjangoProject:
    """A Django project: where manage.py is and what its settings say.

    `import_root` is the folder of manage.py. `wsgi` and `asgi` are "module:object" ("" where there
    is none). `settings_module` is what manage.py names, `served_settings_module` what wsgi.py or
    asgi.py names when that differs. `static_root` is the literal STATIC_ROOT relative to the
    project root, "" when it is not known. `static_folders` are STATICFILES_DIRS that are known.
    `database_file` is the file of SQLite relative to the project root, "" where the database is
    none or its place is not known. `only_server` is true where every engine that the settings name
    is that of a database server. `media_root` is the literal MEDIA_ROOT relative to the project
    root, where uploads are written. `refuses_loopback` is true where ALLOWED_HOSTS is a literal
    that does not let 127.0.0.1 in. `required_variables` are those without which the settings cannot
    be imported, as far as the code shows.
    """

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
    import_root: str = ""
    served_settings_module: str = ""
    static_root: str = ""
    static_folders: tuple[str, ...] = ()
    whitenoise: bool = False
    installed_apps: tuple[str, ...] = ()
    secret_key_variable: str = ""
    database_file: str = ""
    only_server: bool = False
    media_root: str = ""
    refuses_loopback: bool = False


@record
class ReadVariable:
    """An environment variable that the code reads.

    `default` is its literal default, None where there is none or where it looks like a secret;
    `required` is true if the code fails without it, `secret` if its name says that the value must
    not be shown. `asked` is "presence" where the code asks only whether it is set, "truth" where
    any text but the empty one means yes, "json" where pydantic reads a collection from JSON, ""
    where the value counts.
    """

    name: str
    origin: Origin
    default: str | None = None
    required: bool = False
    secret: bool = False
    asked: str = ""


@record
class ServiceHint:
    """A sign that the application talks to a backing service.

    `service` is postgres, postgis, mysql, mariadb, mongodb, redis, rabbitmq, kafka, elasticsearch,
    opensearch, memcached, minio, mail or sqlite, or where only the locked driver can tell, database
    or broker. `variable` holds the URL that reaches it ("" if none does), `scheme` the URL scheme
    that the code uses or expects ("postgresql+asyncpg"; "" unknown). `parts` are the variables of a
    connection that is put together from several: pairs of role (host, port, name, user, password,
    protocol) and variable. `called` is the function that is given the address
    ("sqlalchemy.create_engine"), `setting` the setting that holds it; both may be "".
    """

    service: str
    because: str
    origin: Origin
    variable: str = ""
    scheme: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    called: str = ""
    setting: str = ""


@record
class ServerConfig:
    """A configuration file of a server: gunicorn.conf.py, uwsgi.ini, hypercorn.toml,
    .streamlit/config.toml.

    `automatic` is true where the server reads it without being told. `application` is
    "module:object" as the file names it, `host` the address that it binds ("" unknown).
    """

    server: str
    path: str
    automatic: bool = False
    port: Sourced[int] | None = None
    host: str = ""
    application: str = ""
    port_variable: str = ""


@record
class FrontEnd:
    """A package.json with a build script.

    `folder` is relative to the root ("" for the root itself), `manager` npm, pnpm, yarn or bun by
    its lock, `output` the folder the build writes, relative to `folder` ("" unknown). `tool` is
    vite, next, react-scripts, webpack ... `node` is the wanted Node.js version as it is written. An
    application of its own (`served_by_python` false) has a `start_script`, or is static.
    """

    folder: str
    manager: str
    lock: str
    build_script: str
    output: str
    origin: Origin
    node: str = ""
    served_by_python: bool = True
    start_script: str = ""
    tool: str = ""
    dev_script: str = ""
    manager_version: str = ""


@record
class Application:
    """All that the code says about what runs. Candidates and processes are sorted, the best first.

    `imported` are the top-level names of external modules that the code imports, `looked_for` what
    was looked for when nothing was found. `test_command` is argv with the first word pytest or
    python. `fixed_databases` are the files of SQLite that no variable moves, relative to the
    project root ("" unknown).
    """

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
    server_configs: tuple[ServerConfig, ...] = ()
    fixed_databases: tuple[Sourced[str], ...] = ()
