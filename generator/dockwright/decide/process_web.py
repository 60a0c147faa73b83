"""The web process: the application, its server, its port, its health path."""

from dockwright.decide.command_line import exec_words
from dockwright.decide.left_out import left_out
from dockwright.decide.ports import choose_port
from dockwright.decide.process_request import DEFAULT_WORKERS, ProcessRequest, how_to_add
from dockwright.decide.servers import own_servers, servers
from dockwright.decide.web_server import Start, choose_server, own_start, served_start
from dockwright.errors import NoServerError
from dockwright.model.application import (
    FoundProcess,
    Framework,
    Interface,
    ProcessKind,
    WebApplication,
)
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice
from dockwright.model.plan import Process
from dockwright.model.record import replace

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ASGI = (
    Framework.FASTAPI,
    Framework.STARLETTE,
    Framework.LITESTAR,
    Framework.QUART,
    Framework.BLACKSHEEP,
)
_WSGI = (Framework.DJANGO, Framework.FLASK, Framework.BOTTLE, Framework.FALCON, Framework.DASH)


def choose_application(request: ProcessRequest) -> tuple[WebApplication | None, tuple[Notice, ...]]:
    """Return the web application to serve, and a notice where others stand beside it."""
    candidates = request.application.web
    if request.settings.application:
        return _named(request, candidates), ()
    if not candidates:
        return _bare_django(request), ()
    best = _by_interface(candidates, request)
    others = [other for other in candidates if _is_another(other, best)]
    return best, (_several(best, others),) if others else ()


def _named(request: ProcessRequest, candidates: tuple[WebApplication, ...]) -> WebApplication:
    """Return the application of the settings, with what is known about its module."""
    module, _, target = request.settings.application.partition(":")
    factory = target.endswith("()")
    target = target.removesuffix("()")
    for candidate in candidates:
        if candidate.module == module and candidate.target == target:
            return replace(candidate, factory=factory or candidate.factory)
    known = next(
        (candidate for candidate in candidates if candidate.module == module), None
    ) or next(iter(candidates), None)
    framework = known.framework if known else _installed_framework(request)
    asgi = framework in _ASGI or "asgi" in module.rpartition(".")[2]
    from dockwright.model.origin import Origin

    return WebApplication(
        framework=framework,
        interface=Interface.ASGI if asgi else Interface.WSGI,
        module=module,
        target=target,
        factory=factory,
        origin=Origin(path="pyproject.toml", key="application"),
        import_root=known.import_root if known else "",
        port=known.port if known else None,
        health_path=known.health_path if known else None,
        because="the settings name it",
    )


def _installed_framework(request: ProcessRequest) -> Framework:
    for framework in (*_ASGI, *_WSGI):
        if request.installed.first(own_servers()[framework].distributions):
            return framework
    return Framework.WSGI


def _bare_django(request: ProcessRequest) -> WebApplication | None:
    """Return the application of a Django project that has neither wsgi.py nor asgi.py."""
    project = next(iter(request.application.django), None)
    if project is None:
        return None
    target = project.wsgi or project.asgi
    module, _, name = target.partition(":")
    return WebApplication(
        framework=Framework.DJANGO,
        interface=(Interface.WSGI if project.wsgi else Interface.ASGI) if target else Interface.OWN,
        module=module,
        target=name,
        origin=project.manage,
        import_root=project.import_root,
        because=f"{project.manage.path} starts a Django project",
    )


def _by_interface(
    candidates: tuple[WebApplication, ...], request: ProcessRequest
) -> WebApplication:
    """Return the best candidate; for Django, whose WSGI and ASGI objects are one application, the one that fits best."""
    best = candidates[0]
    if best.framework is not Framework.DJANGO:
        return best
    same = [
        c
        for c in candidates
        if c.framework is Framework.DJANGO and c.import_root == best.import_root
    ]
    by_interface = {candidate.interface: candidate for candidate in reversed(same)}
    if any(project.channels for project in request.application.django) or any(
        c.websockets for c in same
    ):
        return by_interface.get(Interface.ASGI, best)
    for interface in (Interface.WSGI, Interface.ASGI):
        candidate = by_interface.get(interface)
        if candidate is not None and choose_server(candidate, request) is not None:
            return candidate
    return by_interface.get(Interface.WSGI, best)


def _is_another(other: WebApplication, best: WebApplication) -> bool:
    if other is best or (
        other.framework is best.framework is Framework.DJANGO
        and other.import_root == best.import_root
    ):
        return False
    return other.origin.path != best.origin.path


def _several(best: WebApplication, others: list[WebApplication]) -> Notice:
    names = ", ".join(f"{_label(one)} ({one.origin})" for one in others[:5])
    return Notice(
        code="several-applications",
        text=f"{_label(best)} is served; {names} could be as well",
        origin=best.origin,
        remedy=f'to serve another one, set application = "{others[0].module}:{others[0].target or "app"}"',
    )


def _label(web: WebApplication) -> str:
    return f"{web.module}:{web.target}" if web.target else web.origin.path


def web_process(web: WebApplication, request: ProcessRequest) -> tuple[Process, tuple[Notice, ...]]:
    """Return the web process for an application. Raises NoServerError where nothing can start it."""
    server = choose_server(web, request)
    start = served_start(web, server, request) if server else own_start(web, request)
    if start is None:
        raise _no_server(web, request)
    if server is None and _is_missing(web, start, request):
        raise _not_installed(web, request)
    port = choose_port(request, web)
    number = port.port
    if not start.port_follows:
        number = _fixed_port(web, start, request) or number
    health = request.settings.health_path or (web.health_path.value if web.health_path else "/")
    process = Process(
        name="web",
        kind=str(ProcessKind.WEB),
        command=start.command(shell=request.shell),
        because=_because(web, start),
        port=number,
        port_because=port.because,
        health_path=health,
        stop_signal=start.stop_signal,
        evidence=tuple(origin for origin in (web.origin, port.origin) if origin is not None),
        development_command=exec_words(start.development),
        production_server=bool(server) or start.production,
        environment=_environment(web, start, number, request),
        development_environment=_environment(web, replace(start, many=False), number, request),
    )
    return process, _warnings(web, start, process, request)


def _is_missing(web: WebApplication, start: Start, request: ProcessRequest) -> bool:
    """Return whether the framework that would serve is certainly not in the image: its command, or all it would be imported from."""
    names = own_servers()[web.framework].distributions
    if not names or request.installed.first(names):
        return False
    by_command = start.words[:1] != ("python",) and start.words != web.run_command
    return request.manager is Manager.NONE or (request.installed.from_lock and by_command)


def _not_installed(web: WebApplication, request: ProcessRequest) -> NoServerError:
    name = own_servers()[web.framework].distributions[0]
    folder = web.origin.path.rpartition("/")[0]
    where = (
        "no manifest is in the root"
        if request.manager is Manager.NONE
        else "the lock does not hold it"
    )
    elsewhere = (
        (f"or, if {folder} is a project of its own: dockwright generate {folder}",)
        if folder
        else ()
    )
    return NoServerError(
        f"nothing installs {name}, which {_label(web)} needs",
        found=f"a {web.framework} application ({web.origin}), and {where}",
        rule="an image holds what the manifest or the lock names, and nothing else",
        steps=(
            how_to_add(request.manager, name),
            *elsewhere,
            "or say how it is started: the setting `command`",
        ),
        example=f'command = "python -m {web.module}"',
        origin=web.origin,
    )


def refuse_missing(found: FoundProcess, request: ProcessRequest) -> None:
    """Raise NoServerError where a process is the command of a distribution (celery, scrapy) and no manifest can install one."""
    name = found.framework
    known = (
        request.manager is not Manager.NONE
        or request.installed.has(name)
        or bool(request.settings.command)
    )
    if known or found.command[:1] != (name,):
        return
    raise NoServerError(
        f"nothing installs {name}, which {found.name} needs",
        found=f"`{' '.join(found.command)}` ({found.origin}), and no manifest is in the root",
        rule="an image holds what the manifest or the lock names, and nothing else",
        steps=(
            how_to_add(request.manager, name),
            "or say how it is started: the setting `command`",
        ),
        example=f"echo {name} >> requirements.txt",
        origin=found.origin,
    )


def _fixed_port(web: WebApplication, start: Start, request: ProcessRequest) -> int | None:
    """Return the port on which code or configuration listen, whatever else is asked for."""
    if not start.server:
        return web.port.value if web.port else None
    ports = (
        config.port
        for config in request.application.server_configs
        if config.server in start.server
    )
    return next((port.value for port in ports if port is not None), None)


def _environment(
    web: WebApplication, start: Start, port: int, request: ProcessRequest
) -> tuple[tuple[str, str], ...]:
    pairs = [*start.environment, *request.import_environment(web.import_root)]
    if start.port_follows:
        pairs.append(("PORT", str(port)))
        if start.before and not request.shell:
            pairs += [(name, str(port)) for name, _ in start.before]
    if start.many:
        pairs.append(("WEB_CONCURRENCY", str(_workers(web, request))))
    return tuple(sorted(pairs))


def _workers(web: WebApplication, request: ProcessRequest) -> int:
    if request.settings.workers is not None:
        return request.settings.workers
    # An open connection stays with its process, unless a layer on Redis lets the processes talk to each other.
    alone = web.websockets and not request.installed.has("channels-redis")
    return 1 if alone else DEFAULT_WORKERS


def _because(web: WebApplication, start: Start) -> str:
    what = web.because or f"{_label(web)} is the {web.framework} application"
    if start.server:
        return f"{what}; {start.server} is installed"
    return (
        f"{what}; it starts itself"
        if start.production
        else f"{what}; no server for production is installed"
    )


def _warnings(
    web: WebApplication, start: Start, process: Process, request: ProcessRequest
) -> tuple[Notice, ...]:
    found = []
    if not process.production_server:
        found.append(_no_production_server(web, request))
    bound = web.host.value if web.host and not start.server else ""
    if bound in _LOOPBACK and start.words[: len(web.run_command)] == web.run_command:
        found.append(_loopback(web))
    return tuple(found)


def _no_production_server(web: WebApplication, request: ProcessRequest) -> Notice:
    name = "uvicorn" if web.interface is Interface.ASGI else "gunicorn"
    return Notice(
        code="no-production-server",
        text=f"no server for production is installed, so {web.framework} serves with its own, which is meant for development",
        origin=web.origin,
        remedy=left_out(_fitting(web), request) or how_to_add(request.manager, name),
    )


def _fitting(web: WebApplication) -> frozenset[str]:
    return frozenset(
        name
        for server in servers()
        if web.interface in server.interfaces
        for name in server.distributions
    )


def _loopback(web: WebApplication) -> Notice:
    return Notice(
        code="binds-loopback",
        text=f"{' '.join(web.run_command)} listens on {web.host.value if web.host else 'localhost'}: nobody outside its container reaches it",
        origin=web.host.origin if web.host else web.origin,
        remedy='listen on host="0.0.0.0"',
    )


def _no_server(web: WebApplication, request: ProcessRequest) -> NoServerError:
    name = "uvicorn" if web.interface is Interface.ASGI else "gunicorn"
    return NoServerError(
        f"nothing that is installed can serve {_label(web)}",
        found=f"a {web.framework} application ({web.origin}) and no server for it",
        rule="an application is served by gunicorn, uvicorn, hypercorn, granian or another server among the production dependencies",
        steps=(
            how_to_add(request.manager, name),
            "or say how it is started: the setting `command`",
        ),
        example=f'command = "{name} {web.module}:{web.target}"',
        origin=web.origin,
    )
