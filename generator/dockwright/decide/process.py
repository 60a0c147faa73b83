"""Which processes the application has, and how each is started."""

from dockwright.decide.command_line import needs_shell
from dockwright.decide.command_variables import unset_notices
from dockwright.decide.health import probe_of
from dockwright.decide.ports import choose_port
from dockwright.decide.process_found import (
    found_process,
    order,
    service_name,
    settings_process,
    stop_signal,
)
from dockwright.decide.process_request import ProcessDecision, ProcessRequest
from dockwright.decide.process_web import choose_application, refuse_missing, web_process
from dockwright.decide.sqlite import database_file, is_sqlite, sqlite_notice
from dockwright.errors import NoApplicationError
from dockwright.model.application import (
    Application,
    FoundProcess,
    Framework,
    ProcessKind,
    WebApplication,
)
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.plan import Process
from dockwright.model.record import replace

__all__ = ["ProcessDecision", "choose_processes"]

_PROCFILE = "procfile"


def choose_processes(request: ProcessRequest) -> ProcessDecision:
    """Return the processes of the application, the one that the image starts first.

    Raises NoApplicationError where nothing can be started, NoServerError where nothing can serve what was
    found, UsageError for a server that does not fit.
    """
    application, settings = request.application, request.settings
    web, notices = choose_application(request)
    processes, more = _processes(request, web)
    if not processes:
        raise _nothing(application)
    processes, overridden = _with_settings(processes, request, web)
    found = sorted(processes, key=lambda process: (process.once, order(process.kind)))
    served = next((process for process in found if process.kind == ProcessKind.WEB), None)
    kept = notices if served is not None and not settings.command else ()
    said = sqlite_notice(request)
    found = [_with_probe(process, request, web) for process in found]
    return ProcessDecision(
        processes=_unique(tuple(found)),
        framework=_framework(web if served else None, request, found[0]),
        warnings=(
            *kept,
            *(() if overridden else more),
            *_choice_of_commands(request, served),
            *((said,) if said else ()),
            *unset_notices(tuple(found), settings),
        ),
        request=request,
    )


def _with_probe(process: Process, request: ProcessRequest, web: WebApplication | None) -> Process:
    follows = any(name == "PORT" for name, _ in process.environment)
    process = replace(process, port_variable="PORT" if follows else "")
    return replace(process, health=probe_of(process, request, web))


def _processes(
    request: ProcessRequest, web: WebApplication | None
) -> tuple[list[Process], list[Notice]]:
    settings = request.settings
    named = {name for name, _ in settings.processes}
    found: list[Process] = []
    notices: list[Notice] = []
    for one in _running(request, web):
        refuse_missing(one, request)
        process, said = found_process(one, request, web)
        found.append(process)
        notices += said
    has_web = (
        any(process.kind == ProcessKind.WEB for process in found)
        or "web" in named
        or bool(settings.command)
    )
    if web is not None and not has_web:
        process, said_of_web = web_process(web, request)
        found.insert(0, process)
        notices += said_of_web
    if settings.command:
        found = [process for process in found if process.kind != ProcessKind.WEB]
        found.insert(0, _commanded(request, web))
    if found or named:
        found += [found_process(one, request)[0] for one in _migrations(request)]
    elif request.application.processes:
        found = _commands(request)
    return _with_development(found, web, request), notices


def _running(request: ProcessRequest, web: WebApplication | None) -> list[FoundProcess]:
    """Return what keeps running: a Procfile is believed for every kind of process that it names."""
    all_found = request.application.processes
    spoken_for = {one.kind for one in all_found if one.framework == _PROCFILE}
    running = (ProcessKind.WEB, ProcessKind.WORKER, ProcessKind.SCHEDULER, ProcessKind.BOT)
    found = [
        one
        for one in all_found
        if _is_named(one) or (one.kind in running and one.kind not in spoken_for)
    ]
    # Without a Procfile, the application object says more about the web process than a script's name.
    return [
        one
        for one in found
        if one.framework == _PROCFILE or one.kind is not ProcessKind.WEB or web is None
    ]


def _is_named(one: FoundProcess) -> bool:
    return one.framework == _PROCFILE and one.kind is not ProcessKind.RELEASE


def _migrations(request: ProcessRequest) -> tuple[FoundProcess, ...]:
    # Without a folder that all containers share, a file migrated in one would be missing in the next.
    if not request.settings.migrate or (is_sqlite(request) and database_file(request) is None):
        return ()
    released = tuple(
        one
        for one in request.application.processes
        if one.kind is ProcessKind.RELEASE and one.framework == _PROCFILE
    )
    found = released[:1] or request.application.migrations[:1]
    return tuple(replace(one, name="migrate", kind=ProcessKind.RELEASE) for one in found)


def _commands(request: ProcessRequest) -> list[Process]:
    """Return the one command to run where nothing keeps running."""
    first = next(iter(request.application.processes))
    refuse_missing(first, request)
    return [found_process(first, request)[0]]


def _choice_of_commands(request: ProcessRequest, served: Process | None) -> tuple[Notice, ...]:
    found = request.application.processes
    settled = request.settings.command or request.settings.processes or served is not None
    if settled or len(found) < 2 or any(one.kind is not ProcessKind.COMMAND for one in found):
        return ()
    others = ", ".join(f"{one.name} ({one.origin})" for one in found[1:6])
    return (
        Notice(
            code="several-commands",
            text=f"{found[0].name} ({found[0].origin}) is started; {others} could be as well",
            origin=found[0].origin,
            remedy='to start another one, set command = "..."',
        ),
    )


def _commanded(request: ProcessRequest, web: WebApplication | None) -> Process:
    """Return the process of the setting `command`: it listens if there is an application, or a port."""
    settings = request.settings
    listens = (
        web is not None
        or settings.port is not None
        or any("$PORT" in word for word in settings.command)
    )
    command = settings.command
    if len(command) == 1 and (needs_shell(command[0]) or " " in command[0]):
        return replace(
            settings_process("web" if listens else "app", command[0], request, web),
            because="the settings say so",
        )
    port = choose_port(request, web) if listens else None
    environment = dict(request.import_environment(web.import_root if web else ""))
    if port is not None:
        environment["PORT"] = str(port.port)
    return Process(
        name="web" if listens else "app",
        kind=str(ProcessKind.WEB if listens else ProcessKind.COMMAND),
        command=command,
        because="the settings say so",
        port=port.port if port else None,
        port_because=port.because if port else "",
        health_path=(
            settings.health_path or (web.health_path.value if web and web.health_path else "/")
        )
        if listens
        else "",
        stop_signal=stop_signal(command),
        environment=tuple(sorted(environment.items())),
    )


def _with_settings(
    processes: list[Process], request: ProcessRequest, web: WebApplication | None
) -> tuple[list[Process], bool]:
    """Replace and add what the settings name; an empty command takes a process out."""
    found = {process.name: process for process in processes}
    overridden = False
    for name, text in request.settings.processes:
        key = service_name(name)
        overridden = overridden or (key in found and found[key].kind == ProcessKind.WEB)
        if text.strip():
            found[key] = settings_process(name, text, request, web)
        else:
            found.pop(key, None)
    if not found:
        raise _nothing(request.application)
    return list(found.values()), overridden


def _with_development(
    processes: list[Process], web: WebApplication | None, request: ProcessRequest
) -> list[Process]:
    """Give a web process that the project names itself the development command of its application."""
    named = next(
        (p for p in processes if p.kind == ProcessKind.WEB and not p.development_command), None
    )
    if web is None or named is None:
        return processes
    try:
        own, _ = web_process(web, request)
    except NoApplicationError:
        return processes
    environment = dict(own.development_environment)
    if "PORT" in environment and named.port:
        environment["PORT"] = str(named.port)
    changed = replace(
        named,
        development_command=own.development_command,
        development_environment=tuple(sorted(environment.items())),
    )
    return [changed if process is named else process for process in processes]


def _unique(processes: tuple[Process, ...]) -> tuple[Process, ...]:
    names: dict[str, int] = {}
    found = []
    for process in processes:
        names[process.name] = names.get(process.name, 0) + 1
        number = names[process.name]
        found.append(process if number == 1 else replace(process, name=f"{process.name}-{number}"))
    return tuple(found)


def _framework(
    web: WebApplication | None, request: ProcessRequest, main: Process
) -> Decision[str] | None:
    if web is not None:
        others = sorted(
            {str(other.framework) for other in request.application.web} - {str(web.framework)}
        )
        return Decision(
            value=str(web.framework),
            because=web.because or f"{web.origin} makes a {web.framework} application",
            evidence=(web.origin,),
            instead_of=tuple(others),
        )
    for one in request.application.processes:
        if service_name(one.name) == main.name and one.framework not in ("", _PROCFILE):
            return Decision(
                value=one.framework,
                because=one.because or f"{one.origin} says so",
                evidence=(one.origin,),
            )
    return None


_IN_THE_WAY = frozenset(
    {
        "source-unparsable",
        "source-unreadable",
        "source-too-large",
        "python-2",
        "factory-needs-arguments",
    }
)
"""Notices that say why what there is was not taken for something to start."""


def _nothing(application: Application) -> NoApplicationError:
    looked = ", ".join(application.looked_for) or ", ".join(
        str(one)
        for one in Framework
        if one not in (Framework.WSGI, Framework.ASGI, Framework.SCRIPT)
    )
    told = [notice for notice in application.notices if notice.code in _IN_THE_WAY]
    seen = "".join(f"{notice.origin}: {notice.text}; " for notice in told[:5])
    return NoApplicationError(
        "nothing was found that could be started",
        found=f"{seen}no application object, script or worker; looked for {looked}",
        rule="an image starts one process: a web application, a worker, a bot or a script",
        steps=(
            "name the application object: the setting `application`",
            "or the command: the setting `command`",
            "or write a Procfile",
        ),
        example='[tool.dockwright]\napplication = "shop.web:app"\n# or\ncommand = "python -m shop"',
        origin=Origin(path="."),
    )
