"""Which server starts a web application, and with which words."""

from dockwright.decide.command_line import exec_words
from dockwright.decide.process_request import ProcessRequest
from dockwright.decide.servers import OwnServer, Server, own_servers, servers
from dockwright.errors import UsageError
from dockwright.model.application import DjangoProject, Interface, ServerConfig, WebApplication
from dockwright.model.record import record

_GUNICORN_WITHOUT_EVENTLET = (26,)


@record
class Start:
    """How the web process is started: words that may hold `$PORT`, and what they read from the environment.

    `before` are assignments that a shell makes first (`GRADIO_SERVER_PORT=$PORT`). `port_follows` is false where the code
    itself fixes the port. `server` is "" for the framework's own.
    """

    words: tuple[str, ...]
    server: str = ""
    development: tuple[str, ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    stop_signal: str = ""
    many: bool = False
    port_follows: bool = True
    production: bool = True

    def command(self, *, shell: bool) -> tuple[str, ...]:
        """Return argv in exec form."""
        return exec_words(self.words, shell=shell, before=self.before)


def choose_server(web: WebApplication, request: ProcessRequest) -> Server | None:
    """Return the server for an application: the one of the settings, else the first that is installed; None without one.

    A server that the manifest asks for goes before one that only came along with something else.
    """
    wanted = request.settings.server
    fitting = [row for row in servers() if _fits(row, web, request)]
    if wanted:
        named = [row for row in fitting if wanted in (row.name, row.program, *row.distributions)]
        if not named:
            raise _unusable(wanted, web, fitting)
        return named[0]
    direct = [row for row in fitting if set(row.distributions) & request.installed.direct]
    return next(iter(direct or fitting), None)


def _fits(row: Server, web: WebApplication, request: ProcessRequest) -> bool:
    if web.interface not in row.interfaces or not request.installed.has(*row.distributions):
        return False
    if row.frameworks and web.framework not in row.frameworks:
        return False
    if web.factory and not row.factory:
        return False
    # Only WSGI servers that resolve dotted names can load an attribute of an object.
    return "." not in web.target or row.program in (
        "waitress-serve",
        "granian",
        "uwsgi",
        "pyuwsgi",
        "uvicorn",
    )


def _unusable(wanted: str, web: WebApplication, fitting: list[Server]) -> UsageError:
    return UsageError(
        f"the settings ask for the server {wanted}, which cannot serve this application",
        found=f"{web.framework} is {web.interface}; installed servers for it: {', '.join(r.name for r in fitting) or 'none'}",
        rule="`server` is an installed server that speaks the application's interface (WSGI or ASGI)",
        steps=(f"add {wanted} to the production dependencies, or take the setting `server` out",),
        example='server = "gunicorn"',
    )


def served_start(web: WebApplication, server: Server, request: ProcessRequest) -> Start:
    """Return how an installed server starts the application."""
    config = _configuration(server, request)
    if config is not None and config.application and not server.reads:
        return _configured_start(web, server, config, request)
    words = _with_configuration(
        _filled(server.command, web, port=server.port, workers=server.workers), server, config
    )
    if config is None:
        words = _with_workers(words, web, server, request)
    return Start(
        words=(words[0], *_since(server, request), *words[1:]),
        server=server.name,
        development=_development(web, server, request),
        stop_signal=server.stop_signal,
        many=server.many,
    )


def _configured_start(
    web: WebApplication, server: Server, config: ServerConfig, request: ProcessRequest
) -> Start:
    """Return how a server starts that its configuration file tells everything; only a missing port is added."""
    words = (server.program, *_filled(server.configuration, web, file=config.path), "--die-on-term")
    if config.port is None and not config.port_variable:
        words = (*words, "--http-socket", "0.0.0.0:$(PORT)")
    return Start(
        words=words,
        server=server.name,
        development=_development(web, server, request),
        before=((config.port_variable, "$PORT"),)
        if config.port_variable not in ("", "PORT")
        else (),
        stop_signal=server.stop_signal,
        port_follows=config.port is None or bool(config.port_variable),
    )


def _since(server: Server, request: ProcessRequest) -> tuple[str, ...]:
    """Return the words that the locked version of the server understands; none where no lock says the version."""
    locked = request.installed.version(server.distributions[0])
    return tuple(word for version, words in server.since if locked >= version for word in words)


def _configuration(server: Server, request: ProcessRequest) -> ServerConfig | None:
    return next(
        (
            c
            for c in request.application.server_configs
            if c.server == server.program.removeprefix("py")
        ),
        None,
    )


def _with_configuration(
    words: tuple[str, ...], server: Server, config: ServerConfig | None
) -> tuple[str, ...]:
    if config is None or not server.configuration:
        return words
    named = (
        ()
        if config.automatic
        else tuple(word.replace("{file}", config.path) for word in server.configuration)
    )
    # A port that the file fixes would win over $PORT; only the command line is stronger than the file.
    fixed = config.port is not None and not config.port_variable and "PORT" in server.reads
    bind = ("--bind", "0.0.0.0:$PORT") if fixed else ()
    return (words[0], *named, *bind, *words[1:])


def _with_workers(
    words: tuple[str, ...], web: WebApplication, server: Server, request: ProcessRequest
) -> tuple[str, ...]:
    """Add what open connections and green threads need of gunicorn."""
    if server.name != "gunicorn":
        return words
    kind = _worker_class(request)
    if kind:
        words = (words[0], "--worker-class", kind, *words[1:])
    elif web.websockets:
        words = (words[0], "--threads", "100", *words[1:])
    return words


def _worker_class(request: ProcessRequest) -> str:
    installed = request.installed
    for kind in ("gevent", "eventlet"):
        used = kind in installed.extras("gunicorn") or kind in request.application.imported
        if (
            installed.has(kind)
            and used
            and not (
                kind == "eventlet" and installed.version("gunicorn") >= _GUNICORN_WITHOUT_EVENTLET
            )
        ):
            return kind
    return ""


def _development(web: WebApplication, server: Server, request: ProcessRequest) -> tuple[str, ...]:
    own = own_servers()[web.framework]
    if (
        own.development
        and request.installed.has(own.distributions[0])
        and _can_own(own.development, web, request)
    ):
        return _filled(own.development, web, django=_django(web, request))
    if server.development and request.installed.has(*server.development_needs):
        return _filled(server.development, web)
    return ()


def own_start(web: WebApplication, request: ProcessRequest) -> Start | None:
    """Return how the framework, or the code itself, starts the application; None if neither can."""
    own = own_servers()[web.framework]
    template = own.own if own.own and _can_own(own.own, web, request) else ("{command}",)
    if template == ("{command}",) and not web.run_command:
        return None
    django = _django(web, request)
    words = _filled(template, web, django=django)
    development = (
        _filled(own.development, web, django=django)
        if _can_own(own.development, web, request)
        else ()
    )
    if template != ("{command}",):
        follows = any("$PORT" in word for word in words) or own.everywhere
        return Start(
            words=words, development=development, stop_signal=own.stop_signal, many=own.many, port_follows=follows,
            production=own.production,
        )  # fmt: skip
    return _by_itself(web, own, words, development)


def _by_itself(
    web: WebApplication, own: OwnServer, words: tuple[str, ...], development: tuple[str, ...]
) -> Start:
    variable = web.port_variable or ("" if web.port is not None else own.port_variable)
    return Start(
        words=words,
        development=development,
        before=((variable, "$PORT"),) if variable and variable != "PORT" else (),
        environment=own.environment,
        stop_signal="SIGINT",
        many=own.many,
        port_follows=bool(variable),
        production=own.production,
    )


def _can_own(template: tuple[str, ...], web: WebApplication, request: ProcessRequest) -> bool:
    """Whether every placeholder of a framework's own command can be filled."""
    if not template:
        return False
    needs = " ".join(template)
    if "{application}" in needs and not web.target:
        return False
    if "{command}" in needs and not web.run_command:
        return False
    if "{manage}" in needs and _django(web, request) is None:
        return False
    return not (web.factory and web.framework not in _KNOWS_FACTORIES)


_KNOWS_FACTORIES = frozenset({"flask", "django", "sanic"})


def _django(web: WebApplication, request: ProcessRequest) -> DjangoProject | None:
    projects = request.application.django
    same = [project for project in projects if project.import_root == web.import_root]
    return next(iter(same or projects), None)


def _filled(
    template: tuple[str, ...],
    web: WebApplication,
    *,
    port: str = "$PORT",
    workers: str = "$WEB_CONCURRENCY",
    file: str = "",
    django: DjangoProject | None = None,
) -> tuple[str, ...]:
    """Return the words of a template with its placeholders filled."""
    words: list[str] = []
    for word in template:
        if word == "{command}":
            words += web.run_command
        elif word == "{application}":
            words += _application_words(template[0], web)
        else:
            words.append(
                word.replace("{port}", port)
                .replace("{workers}", workers)
                .replace("{interface}", "asgi" if web.interface is Interface.ASGI else "wsgi")
                .replace("{module}", web.module)
                .replace("{object}", web.target)
                .replace("{manage}", django.manage.path if django else "manage.py")
                .replace("{file}", file or web.origin.path)
            )
    return tuple(words)


def _application_words(program: str, web: WebApplication) -> tuple[str, ...]:
    name = f"{web.module}:{web.target}"
    if not web.factory:
        return (name,)
    row = next((row for row in servers() if row.program == program), None)
    if row is not None and row.factory == "call":
        return (f"{name}()",)
    if row is not None:
        return (*row.factory_words, name)
    return (name, "--factory") if program == "sanic" else (name,)
