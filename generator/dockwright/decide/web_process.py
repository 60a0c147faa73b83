"""The web process: which application it serves, on which port, and how its health is asked."""

import re
import shlex

from dockwright.decide.command_line import exec_words
from dockwright.decide.process_request import ProcessRequest, how_to_add, left_out, notice
from dockwright.decide.server import LOOPBACK, Start, choose_server, own_servers, servers, start_of
from dockwright.errors import NoServerError
from dockwright.model.application import (
    FoundProcess,
    Framework,
    Interface,
    ProcessKind,
    WebApplication,
)
from dockwright.model.artifact import HealthProbe
from dockwright.model.dependencies import Manager
from dockwright.model.origin import Decision, Notice, Origin, Sourced
from dockwright.model.plan import Process
from dockwright.model.project import Project
from dockwright.model.record import replace
from dockwright.model.settings import Settings

# --port 5000, -p 5000, --bind HOST:5000, -b HOST:5000, --listen=HOST:5000, --http HOST:5000, and
# any address with 0.0.0.0 or [::]. The number may be the default of a variable: ${PORT:-5000}.
_PORT_OPTION = (
    r"(?:--port[= ]|(?<!\w)-p |--bind[= ]\S*:|(?<!\w)-b \S*:|--listen=\S*:"
    r"|--http(?:-socket)?[= ]\S*:|\b0\.0\.0\.0:|\[::\]:)(?:\$\{[A-Z_]*PORT:-)?(?P<port>\d{2,5})\b"
)
_PORT_DEFAULT = r"\$\{[A-Z_]*PORT:-(?P<port>\d{2,5})\}"
# Programs of other languages, which no distribution of Python brings.
_OTHER_LANGUAGES = frozenset(
    {
        "node", "npm", "npx", "yarn", "pnpm", "bun", "deno", "ruby", "bundle", "rails", "rake",
        "puma", "php", "java", "go", "dotnet", "mix", "cargo",
    }
)  # fmt: skip
_BY_COMMAND = "or say how it is started: the setting `command`"


def choose_application(request: ProcessRequest) -> tuple[WebApplication | None, tuple[Notice, ...]]:
    """Return the web application to serve, and a notice where others stand beside it."""
    candidates = request.application.web
    if request.settings.application:
        return _named(request, candidates), ()
    if not candidates:
        return _bare_django(request), ()
    best = _by_interface(candidates, request)
    others = [
        other
        for other in candidates
        if not _is_same_django(other, best) and other.origin.path != best.origin.path
    ]
    if not others:
        return best, ()
    names = ", ".join(f"{_label(one)} ({one.origin})" for one in others[:5])
    first = f"{others[0].module}:{others[0].target or 'app'}"
    several = notice(
        "several-applications", best.origin, best=_label(best), others=names, first=first
    )
    return best, (several,)


def _named(request: ProcessRequest, candidates: tuple[WebApplication, ...]) -> WebApplication:
    """Return the application of the settings, with what is known about its module."""
    module, _, target = request.settings.application.partition(":")
    factory, target = target.endswith("()"), target.removesuffix("()")
    same_module = [candidate for candidate in candidates if candidate.module == module]
    # What was found there is known better: its port, its health route, how it is made.
    for candidate in same_module:
        if candidate.target == target:
            return replace(candidate, factory=factory or candidate.factory)
    known = next(iter((*same_module, *candidates)), None)
    installed = (
        framework
        for framework, own in own_servers().items()
        if own.interface and request.installed.first(own.distributions)
    )
    framework = known.framework if known else next(installed, Framework.WSGI)
    # A Django project's asgi.py, for example, is named by its module alone.
    speaks_asgi = own_servers()[framework].interface == "asgi"
    is_asgi = speaks_asgi or "asgi" in module.rpartition(".")[2]
    return WebApplication(
        framework=framework,
        interface=Interface.ASGI if is_asgi else Interface.WSGI,
        module=module,
        target=target,
        factory=factory,
        origin=Origin(path="pyproject.toml", key="application"),
        import_root=known.import_root if known else "",
        port=known.port if known else None,
        health_path=known.health_path if known else None,
        because="the settings name it",
    )


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
    """Return the best candidate; of Django's WSGI and ASGI objects the one that fits best."""
    # They are two ways into one application, so the choice is the installed server's.
    best = candidates[0]
    if best.framework is not Framework.DJANGO:
        return best
    same = [one for one in candidates if _is_same_django(one, best)]
    by_interface = {candidate.interface: candidate for candidate in reversed(same)}
    # Channels answers over websockets, which only the ASGI object can.
    channels = any(project.channels for project in request.application.django)
    if channels or any(candidate.websockets for candidate in same):
        return by_interface.get(Interface.ASGI, best)
    both = (by_interface.get(one) for one in (Interface.WSGI, Interface.ASGI))
    served = (one for one in both if one is not None and choose_server(one, request) is not None)
    return next(served, by_interface.get(Interface.WSGI, best))


def _is_same_django(one: WebApplication, other: WebApplication) -> bool:
    both = one.framework is other.framework is Framework.DJANGO
    return both and one.import_root == other.import_root


def _label(web: WebApplication) -> str:
    return f"{web.module}:{web.target}" if web.target else web.origin.path


def application_notices(
    project: Project, settings: Settings, installed: tuple[str, ...]
) -> tuple[Notice, ...]:
    """Return a warning where neither code nor a distribution seems to have `application`.

    `installed` are the names of the distributions. It is no error: code may make names that cannot
    be read from it, and a distribution may be imported by another name than its own.
    """
    if not settings.application:
        return ()
    module, _, target = settings.application.partition(":")
    web = project.application.web
    names = {one.target for one in web if one.module == module}
    # In a module that was read, the object must be there; any other must at least be importable.
    if names:
        known = target.removesuffix("()") in names
        missing = f"{module} makes no `{target}` that can be seen"
    else:
        here = {name.rstrip("/").removesuffix(".py") for name in project.source.top_level}
        served = {one.module.partition(".")[0] for one in web}
        elsewhere = {name.replace("-", "_") for name in installed}
        importable = here | served | elsewhere | set(project.source.modules)
        known = module.partition(".")[0] in importable
        missing = f"there is no module `{module}` in the root or below src"
    if known:
        return ()
    found = next((_label(one) for one in web if one.target), "")
    remedy = f'found in the code: application = "{found}"' if found else ""
    asked = settings.application
    said = notice("application-not-found", None, remedy=remedy, application=asked, missing=missing)
    return (said,)


def web_process(web: WebApplication, request: ProcessRequest) -> tuple[Process, tuple[Notice, ...]]:
    """Return the web process for an application.

    Raises NoServerError where nothing can start it.
    """
    # Without a server, the framework's own serves, which is said aloud.
    start = start_of(web, request)
    if start is None:
        name = _usual_server(web)
        raise NoServerError(
            f"nothing that is installed can serve {_label(web)}",
            found=f"a {web.framework} application ({web.origin}) and no server for it",
            rule="an application is served by gunicorn, uvicorn, hypercorn, granian or another "
            "server among the production dependencies",
            steps=(how_to_add(request.manager, name), _BY_COMMAND),
            example=f'command = "{name} {web.module}:{web.target}"',
            origin=web.origin,
        )
    if not start.server:
        _refuse_missing_framework(web, start, request)
    port = choose_port(request, web)
    if start.port is not None:
        # The settings cannot change a port that code or a file fixes: nothing would listen there.
        by = "the server's configuration" if start.server else "the code"
        port = _found(start.port, f"{by} names it")
    follows = request.reads_port and request.shell and any("{port}" in one for one in start.words)
    variable = start.port_variable or ("PORT" if follows else "")
    opened = _opened(web, start, request)
    environment = dict((*start.environment, *opened, *request.import_environment(web.import_root)))
    # Code that reads $PORT must see the port that the server was told.
    if variable or (request.reads_port and start.port is None):
        environment[variable or "PORT"] = str(port.value)
    own = "it starts itself" if start.production else "no server for production is installed"
    how = f"{start.server} is installed" if start.server else own
    process = Process(
        name="web",
        kind=str(ProcessKind.WEB),
        command=_spelled(start.words, port.value, variable, request),
        because=f"{web.because or f'{_label(web)} is the {web.framework} application'}; {how}",
        port=port.value,
        port_because=port.because,
        port_variable=variable,
        health_path=health_path(web, request),
        stop_signal=start.stop_signal,
        evidence=(web.origin, *port.evidence),
        development_command=_spelled(start.development, port.value, variable, request),
        production_server=start.production,
        environment=tuple(sorted(environment.items())),
    )
    return process, _warnings(web, process, request)


def development_command(
    web: WebApplication, process: Process, request: ProcessRequest
) -> tuple[str, ...]:
    """Return the command that reloads, for a process that the project starts itself."""
    start = start_of(web, request)
    if start is None or process.port is None:
        return ()
    return _spelled(start.development, process.port, process.port_variable, request)


def _spelled(
    words: tuple[str, ...], port: int, variable: str, request: ProcessRequest
) -> tuple[str, ...]:
    """Return words in exec form with {port} filled: by the number, or by $PORT."""
    # Only a shell can fill in a variable; an image without one gets the number.
    text = "$PORT" if variable == "PORT" and request.shell else str(port)
    return exec_words(tuple(word.replace("{port}", text) for word in words))


def choose_port(
    request: ProcessRequest, web: WebApplication | None, *, named: Sourced[int] | None = None
) -> Decision[int]:
    """Return the port of the web process; `named` is what its own command line says."""
    # A PORT in the setting `environment` is the port that the image will really use.
    given = dict(request.settings.environment).get("PORT", "")
    asked = request.settings.port or (int(given) if given.isdecimal() else None)
    if asked is not None:
        return Decision(value=asked, because="the settings say so")
    configs = request.application.server_configs
    configured = next((config.port for config in configs if config.port is not None), None)
    # From what certainly holds to what is only usual. A server of its own never runs the line of
    # the code that starts the framework's.
    sources = (
        (named, "the command names it"),
        (configured, "the server's configuration names it"),
        (request.exposed_port, "the project's own container listens there"),
        (web.port if web else None, "the code names it"),
    )
    for port, because in sources:
        if port is not None:
            return _found(port, because)
    framework = web.framework if web is not None else Framework.SCRIPT
    usual = own_servers()[framework].port
    return Decision(value=usual, because=f"the usual port of {framework}")


def _found(port: Sourced[int], because: str) -> Decision[int]:
    because = f"{because} ({port.origin})"
    return Decision(value=port.value, because=because, evidence=(port.origin,))


def port_in_command(text: str, origin: Origin) -> Sourced[int] | None:
    """Return the literal port of a command line, or the default of its variable."""
    # A port that is only a default (${PORT:-5000}) is what an image without $PORT would use.
    match = re.search(_PORT_OPTION, text) or re.search(_PORT_DEFAULT, text)
    return Sourced(value=int(match["port"]), origin=origin) if match else None


def health_path(web: WebApplication | None, request: ProcessRequest) -> str:
    """Return the path that a health check asks: the setting, the application's own route, or /."""
    known = web.health_path.value if web is not None and web.health_path else "/"
    return request.settings.health_path or known


def probe_of(
    process: Process, web: WebApplication | None, request: ProcessRequest
) -> HealthProbe | None:
    """Return what the health check asks, None for a process that does not listen."""
    if process.port is None or not process.health_path or not request.settings.healthcheck:
        return None
    # Django logs an error, and mails its administrators, for each request from a host that it does
    # not allow. A connection tells enough there, as it does where HTTP is not spoken.
    refused = any(project.refuses_loopback for project in request.application.django)
    speaks_http = (web is None or web.speaks_http) and not refused
    return HealthProbe(
        kind="http" if speaks_http else "tcp",
        port=process.port,
        path=process.health_path,
        port_variable=process.port_variable,
    )


def _warnings(web: WebApplication, process: Process, request: ProcessRequest) -> tuple[Notice, ...]:
    found = []
    if not process.production_server:
        # Perhaps a server stands in an extra or a group that is not installed.
        fitting = [row for row in servers() if web.interface in row.interfaces]
        names = {name for row in fitting for name in row.distributions}
        remedy = left_out(names, request) or how_to_add(request.manager, _usual_server(web))
        name = web.framework
        found.append(notice("no-production-server", web.origin, remedy=remedy, framework=name))
    return tuple(found)


def _opened(
    web: WebApplication, start: Start, request: ProcessRequest
) -> tuple[tuple[str, str], ...]:
    """Return the variable that makes the code listen for others than its own container.

    Raises NoServerError where the code itself names the loopback address, or leaves it at that.
    """
    runs_code = start.words[: len(web.run_command)] == web.run_command
    bound = web.host if not start.server and web.run_command and runs_code else None
    if bound is None or bound.value not in LOOPBACK or start.environment:
        return ()
    if web.host_variable:
        return ((web.host_variable, "0.0.0.0"),)  # noqa: S104 - in a container
    if request.settings.force:
        return ()
    name = _usual_server(web)
    raise unreachable(
        " ".join(web.run_command),
        bound.value,
        bound.origin,
        'app.run(host="0.0.0.0", port=8000)',
        f"or let a server serve it: {how_to_add(request.manager, name)}",
    )


def unreachable(command: str, host: str, origin: Origin, example: str, *more: str) -> NoServerError:
    """Return the error for a server that listens for its own container only."""
    return NoServerError(
        f"`{command}` listens on {host}: nobody outside its container reaches it",
        origin=origin,
        rule="a server in a container listens on all addresses",
        steps=(
            f"write 0.0.0.0 (all addresses) in the place of {host} into {origin.path}",
            *more,
            _BY_COMMAND,
        ),
        example=example,
    )


def _usual_server(web: WebApplication) -> str:
    return "uvicorn" if web.interface is Interface.ASGI else "gunicorn"


def _refuse_missing_framework(web: WebApplication, start: Start, request: ProcessRequest) -> None:
    """Raise NoServerError where the framework that would serve is certainly not in the image."""
    names = own_servers()[web.framework].distributions
    if not names or request.installed.first(names):
        return
    # Code may import another distribution in its place; a command of the framework's own cannot.
    by_command = start.words[:1] != ("python",) and start.words != web.run_command
    where = "the lock does not hold it"
    if request.manager is Manager.NONE:
        where = "no manifest is in the root"
    elif not (request.installed.from_lock and by_command):
        return
    folder = web.origin.path.rpartition("/")[0]
    elsewhere = f"or, if {folder} is a project of its own: dockwright generate {folder}"
    found = f"a {web.framework} application ({web.origin}), and {where}"
    example = f'command = "python -m {web.module}"'
    more = (elsewhere,) if folder else ()
    raise _not_installed(names[0], _label(web), found, web.origin, example, request, *more)


def refuse_missing(found: FoundProcess, request: ProcessRequest) -> None:
    """Raise NoServerError where a process is a command that no manifest can install."""
    if request.settings.command:
        return
    name, words = found.framework, (found.shell or shlex.join(found.command)).split()
    _refuse_other_languages(found, words)
    has_manifest = request.manager is not Manager.NONE
    if not has_manifest and words[:1] and words[0] in {one.command[0] for one in servers()}:
        name = words[0]
    # `python app.py` starts, and ends at its first import.
    web = next(iter(request.application.web), None)
    by_python = found.kind is ProcessKind.WEB and words[:1] == ["python"]
    if web and by_python and not has_manifest:
        _refuse_missing_framework(web, Start(words=tuple(words)), request)
    if has_manifest or request.installed.has(name):
        return
    if found.command[:1] == (name,):
        said = f"`{' '.join(found.command)}` ({found.origin}), and no manifest is in the root"
        example = f"echo {name} >> requirements.txt"
        raise _not_installed(name, found.name, said, found.origin, example, request)


def _refuse_other_languages(found: FoundProcess, words: list[str]) -> None:
    foreign = next((word for word in words[:1] if word in _OTHER_LANGUAGES), "")
    if foreign:
        raise NoServerError(
            f"nothing in the image provides {foreign}, which {found.name} starts",
            found=f"`{' '.join(words)}` ({found.origin})",
            rule="an image of Python holds Python and what the manifest installs",
            steps=("run the command in the folder of the Python project", _BY_COMMAND),
            example='command = "python -m shop"',
            origin=found.origin,
        )


def _not_installed(
    name: str, by: str, seen: str, origin: Origin, example: str, request: ProcessRequest, *more: str
) -> NoServerError:
    return NoServerError(
        f"nothing installs {name}, which {by} needs",
        found=seen,
        rule="an image holds what the manifest or the lock names, and nothing else",
        steps=(how_to_add(request.manager, name), *more, _BY_COMMAND),
        example=example,
        origin=origin,
    )
