"""Which server starts a web application, and with which words."""

import re
from functools import cache

from dockwright.decide.knowledge import load_table, record_fields
from dockwright.decide.process_request import ProcessRequest
from dockwright.errors import UsageError
from dockwright.model.application import DjangoProject, Framework, WebApplication
from dockwright.model.origin import Sourced
from dockwright.model.record import record

# They can load "app.server", an attribute of an object.
_RESOLVES_DOTTED_NAMES = ("waitress-serve", "granian", "uwsgi", "pyuwsgi", "uvicorn")
# Their own commands can call a factory.
_KNOWS_FACTORIES = (Framework.FLASK, Framework.DJANGO, Framework.SANIC)
# They take the number of workers from WEB_CONCURRENCY, so that it can be changed without a build.
READS_CONCURRENCY = ("gunicorn", "uvicorn")
# gunicorn 26 has no worker class for eventlet any more.
_GUNICORN_WITHOUT_EVENTLET = (26,)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@record
class Server:
    """One way to serve an application; the fields are explained at the top of servers.toml."""

    name: str
    distributions: tuple[str, ...]
    interfaces: tuple[str, ...]
    command: tuple[str, ...]
    development: tuple[str, ...] = ()
    development_needs: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    factory: str = ""
    factory_words: tuple[str, ...] = ()
    stop_signal: str = ""
    configuration: tuple[str, ...] = ()
    binds_by_file: bool = False
    frameworks: tuple[str, ...] = ()
    since: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def program(self) -> str:
        """The first word of the command."""
        return self.command[0]


@record
class OwnServer:
    """What a framework starts by itself; the fields are explained at the top of frameworks.toml."""

    port: int
    interface: str = ""
    distributions: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    production: bool = False
    stop_signal: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    port_variable: str = ""


@cache
def servers() -> tuple[Server, ...]:
    """Return the servers in the order of preference."""
    return tuple(Server(**record_fields(row)) for row in load_table("servers")["server"])


@cache
def graceful_programs() -> frozenset[str]:
    """Return the programs that end on SIGTERM even as the first process of a container."""
    return frozenset(load_table("servers")["graceful"])


@cache
def loopback_servers() -> dict[str, tuple[str, ...]]:
    """Return the programs that listen on the loopback address -> the words that open them."""
    return {name: tuple(words) for name, words in load_table("servers")["loopback"].items()}


@cache
def own_servers() -> dict[Framework, OwnServer]:
    """Return what each framework starts by itself."""
    rows = load_table("frameworks")
    return {framework: OwnServer(**record_fields(rows[framework])) for framework in Framework}


@record
class Start:
    """How the web process is started: `words` and `development` may hold {port}.

    `environment` is what the program reads, `port_variable` the variable from which it takes its
    port itself. `port` is one that code or a configuration file fixes, whatever else is asked for.
    `server` is "" for the framework's own.
    """

    words: tuple[str, ...]
    server: str = ""
    development: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    stop_signal: str = ""
    port: Sourced[int] | None = None
    port_variable: str = ""
    production: bool = True


def choose_server(web: WebApplication, request: ProcessRequest) -> Server | None:
    """Return the server for an application: that of the settings, else the first installed one.

    A server that the manifest asks for goes before one that only came along with something else.
    Raises UsageError where the one of the settings does not fit.
    """
    wanted = request.settings.server
    fitting = [row for row in servers() if _fits(row, web, request)]
    # uvicorn comes along with many things that do not serve: what the manifest names is meant.
    if not wanted:
        direct = [row for row in fitting if set(row.distributions) & request.installed.direct]
        return next(iter(direct or fitting), None)
    for row in fitting:
        if wanted in (row.name, row.program, *row.distributions):
            return row
    known = ", ".join(row.name for row in fitting) or "none"
    raise UsageError(
        f"the settings ask for the server {wanted}, which cannot serve this application",
        found=f"{web.framework} is {web.interface}; installed servers for it: {known}",
        rule="`server` is an installed server that speaks the application's interface",
        steps=(f"add {wanted} to the production dependencies, or take the setting `server` out",),
        example='server = "gunicorn"',
    )


def _fits(row: Server, web: WebApplication, request: ProcessRequest) -> bool:
    if web.interface not in row.interfaces or not request.installed.has(*row.distributions):
        return False
    other = row.frameworks and web.framework not in row.frameworks
    if other or (web.factory and not row.factory):
        return False
    return "." not in web.target or row.program in _RESOLVES_DOTTED_NAMES


def start_of(web: WebApplication, request: ProcessRequest) -> Start | None:
    """Return how the application is started: by a server, else by its framework or its own code.

    None where nothing can start it.
    """
    server = choose_server(web, request)
    return _served_start(web, server, request) if server else _own_start(web, request)


def _served_start(web: WebApplication, server: Server, request: ProcessRequest) -> Start:
    name = server.program.removeprefix("py")
    configs = request.application.server_configs
    config = next((one for one in configs if one.server == name), None)
    # A file that binds the loopback address is overruled: nobody outside would reach it.
    bound = config if server.binds_by_file and config and config.host not in LOOPBACK else None
    port = bound.port if bound and request.settings.port is None else None
    if bound and not (bound.port_variable or port):
        bound = None
    words = list(_filled(server.command, web, since=_since(server, request)))
    if bound:
        # The option for the address comes first in these commands: --bind, --http-socket.
        del words[1:3]
    if config and config.application and server.name == "uwsgi":
        # The file says everything else as well.
        words = [*words[: 1 if bound else 3], "--die-on-term"]
    if config and not config.automatic:
        words[1:1] = [word.replace("{file}", config.path) for word in server.configuration]
    # A configuration file has its own workers.
    if config is None and server.name == "gunicorn":
        words[3:3] = _worker_class(web, request)
    workers, environment = _workers(server.program, server.workers, request)
    return Start(
        words=(*words, *workers),
        server=server.name,
        development=_development(web, server, request),
        environment=environment,
        stop_signal=server.stop_signal,
        port=port if bound and not bound.port_variable else None,
        port_variable=bound.port_variable if bound else "",
    )


def _since(server: Server, request: ProcessRequest) -> tuple[str, ...]:
    """Return the words that the locked version understands; none where no lock says the version."""
    locked = request.installed.version(server.distributions[0])
    return tuple(
        word
        for version, words in server.since
        if locked >= tuple(map(int, version.split(".")))
        for word in words
    )


def _workers(
    program: str, template: tuple[str, ...], request: ProcessRequest
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the words and the environment that say how many workers the settings want."""
    number = request.settings.workers
    if number is None:
        return (), ()
    if program in READS_CONCURRENCY:
        return (), (("WEB_CONCURRENCY", str(number)),)
    return tuple(word.replace("{workers}", str(number)) for word in template), ()


def _worker_class(web: WebApplication, request: ProcessRequest) -> tuple[str, ...]:
    """Return what green threads and open connections need of gunicorn."""
    installed = request.installed
    for kind in ("gevent", "eventlet"):
        # Some other distribution may have brought it along.
        used = kind in installed.extras("gunicorn") or kind in request.application.imported
        gone = kind == "eventlet" and installed.version("gunicorn") >= _GUNICORN_WITHOUT_EVENTLET
        if installed.has(kind) and used and not gone:
            return ("--worker-class", kind)
    return ("--threads", "100") if web.websockets else ()


def _development(web: WebApplication, server: Server, request: ProcessRequest) -> tuple[str, ...]:
    own = own_servers()[web.framework]
    # Flask's and Django's own reloaders also show errors in the browser.
    words = _own_words(own.development, web, request)
    if words and request.installed.has(own.distributions[0]):
        return words
    if server.development and request.installed.has(*server.development_needs):
        return _filled(server.development, web)
    return ()


def _own_start(web: WebApplication, request: ProcessRequest) -> Start | None:
    """Return how the framework, or the code itself, starts the application; None if neither can."""
    own = own_servers()[web.framework]
    served, development = (_own_words(one, web, request) for one in (own.own, own.development))
    if not (served or web.run_command):
        return None
    if served and own.own != ("{command}",):
        workers, environment = _workers(own.own[0], own.workers, request)
        return Start(
            words=(*served, *workers),
            development=development,
            environment=environment,
            stop_signal=own.stop_signal,
            production=own.production,
        )
    # A port that the code names is not overruled by the framework's variable.
    variable = web.port_variable or ("" if web.port is not None else own.port_variable)
    return Start(
        words=web.run_command,
        development=development,
        environment=own.environment,
        stop_signal="SIGINT",
        port=None if variable else web.port,
        port_variable=variable,
        production=own.production,
    )


def _as_old_flask(words: tuple[str, ...], request: ProcessRequest) -> tuple[str, ...]:
    """Return the words as a locked Flask before 2.2 (no --app) or 2.3 (no --debug) knows them."""
    version = request.installed.version("flask")
    if words[:1] != ("flask",) or not () < version < (2, 3):
        return words
    variables: list[str] = []
    if version < (2, 2):
        variables.append(f"FLASK_APP={words[2]}")
        words = (words[0], *words[3:])
    if "--debug" in words:
        variables.append("FLASK_DEBUG=1")
    rest = tuple(word for word in words if word != "--debug")
    return ("env", *variables, *rest) if variables else rest


def _own_words(
    template: tuple[str, ...], web: WebApplication, request: ProcessRequest
) -> tuple[str, ...]:
    """Return a framework's own command filled, () where one of its placeholders has no value."""
    needs = " ".join(template)
    # A repository may hold several Django projects: the one beside the application.
    projects = request.application.django
    same = [project for project in projects if project.import_root == web.import_root]
    django = next(iter(same or projects), None)
    # A framework's command is taken only whole; otherwise the code has to start itself.
    missing = (
        ("{application}" in needs and not web.target)
        or ("{command}" in needs and not web.run_command)
        or ("{manage}" in needs and django is None)
        or (web.factory and web.framework not in _KNOWS_FACTORIES)
    )
    if missing or not template:
        return ()
    return _as_old_flask(_filled(template, web, django=django), request)


def _filled(
    template: tuple[str, ...],
    web: WebApplication,
    *,
    django: DjangoProject | None = None,
    since: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return a template with all placeholders but {port} filled, `since` before the application."""
    values = {
        "interface": str(web.interface),
        "module": web.module,
        "object": web.target,
        "manage": django.manage.path if django else "manage.py",
        "file": web.origin.path,
    }
    words: list[str] = []
    for word in template:
        if word == "{command}":
            words += web.run_command
        elif word == "{application}":
            words += (*since, *_application_words(template[0], web))
        else:
            words.append(re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m[0]), word))
    return tuple(words)


def _application_words(program: str, web: WebApplication) -> tuple[str, ...]:
    name = f"{web.module}:{web.target}"
    row = next((row for row in servers() if row.program == program), None)
    if web.factory and program == "sanic":
        return (name, "--factory")
    if not web.factory or row is None:
        return (name,)
    return (f"{name}()",) if row.factory == "call" else (*row.factory_words, name)
