"""Which processes the application has, and how each is started."""

import re
import shlex

from dockwright.decide.command_line import (
    hands_over,
    in_shell,
    leading_assignments,
    needs_shell,
    program,
    split_words,
    unset_notices,
    without_runner,
)
from dockwright.decide.environment import (
    database_environment,
    database_folder,
    database_notice,
    django_environment,
    writable_folders,
)
from dockwright.decide.process_request import ProcessDecision, ProcessRequest, notice
from dockwright.decide.server import (
    LOOPBACK,
    READS_CONCURRENCY,
    graceful_programs,
    loopback_servers,
    servers,
)
from dockwright.decide.services import is_sqlite
from dockwright.decide.web_process import (
    choose_application,
    choose_port,
    development_command,
    health_path,
    port_in_command,
    probe_of,
    refuse_missing,
    unreachable,
    web_process,
)
from dockwright.errors import NoApplicationError, ProjectError, redact
from dockwright.model.application import (
    Application,
    FoundProcess,
    Framework,
    ProcessKind,
    ServerConfig,
    WebApplication,
    kind_of,
)
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.plan import Process
from dockwright.model.record import replace
from dockwright.model.secret import hide_secrets

_PROCFILE, _DEPLOYED = "procfile", "deployment"
# What never ends by itself; the image starts the first of these.
_RUNNING = (ProcessKind.WEB, ProcessKind.BOT, ProcessKind.WORKER, ProcessKind.SCHEDULER)
_ORDER = (*_RUNNING, ProcessKind.COMMAND, ProcessKind.RELEASE)
# Commands of manage.py that hear SIGTERM; the others are plain Python.
_WORKERS_OF_MANAGE = (
    r"\b(qcluster|rqworker|rqscheduler|runworker|celery|run_huey|db_worker|rundramatiq)\b"
)
# Any way to say where a server listens; then 0.0.0.0 is not added.
_HOST_OPTION = r"(?:^|\s)(?:--host|--bind|-b|-h|-H|--fd|--uds|-u)[\s=]"
_WORKERS_OPTION = r"(?:^|\s)(?:-w|--workers|--worker-class|-k|--reload|-c|--config)[\s=]|-w\d"
# Servers that their own documentation keeps away from production.
_DEVELOPMENT_ONLY = r"\bflask\b.*\brun\b|\brunserver\b|\bfastapi\b.*\bdev\b"
# What makes a command line more than words and $PORT.
_ONLY_FOR_A_SHELL = r"[|&;<>()`*?\[\]~\n]"
_PORT_REFERENCE = r"\$\{PORT(?::-\d+)?\}|\$PORT\b"
# They listen on $PORT by themselves.
_READS_PORT = ("gunicorn", "fastapi")
# Notices that say why what there is was not taken for something to start.
_IN_THE_WAY = r"source-(unparsable|unreadable|too-large)|python-2|factory-needs-arguments"


def choose_processes(request: ProcessRequest) -> ProcessDecision:
    """Return the processes of the application, the one that the image starts first.

    Raises NoApplicationError where nothing can be started, NoServerError where nothing can serve
    what was found, UsageError for a server that does not fit.
    """
    web, notices = choose_application(request)
    processes, more = _processes(request, web)
    processes, overridden = _with_settings(processes, request, web)
    if not processes:
        raise _nothing(request.application)
    # The image starts the first: what listens, then what keeps running, and one-shot ones last.
    ordered = sorted(processes, key=lambda one: (one.once, _ORDER.index(ProcessKind(one.kind))))
    # What a Procfile assigns goes before what we would set.
    settled = dict((*database_environment(request), *django_environment(request)))
    found = tuple(
        replace(
            one,
            environment=tuple(sorted({**settled, **dict(one.environment)}.items())),
            health=probe_of(one, web, request),
        )
        for one in _unique(ordered)
    )
    served = next((one for one in found if one.kind == ProcessKind.WEB), None)
    return ProcessDecision(
        processes=found,
        framework=_framework(web if served else None, request, found[0]),
        warnings=(
            *(notices if served is not None and not request.settings.command else ()),
            *(() if overridden else more),
            *_choice_of_commands(request, served),
            *database_notice(request),
            *unset_notices(found, request.settings),
        ),
        writable=writable_folders(request),
        request=request,
    )


def _processes(
    request: ProcessRequest, web: WebApplication | None
) -> tuple[list[Process], list[Notice]]:
    settings = request.settings
    named = {name for name, _ in settings.processes}
    found: list[Process] = []
    notices: list[Notice] = []
    for one in _running(request, web):
        refuse_missing(one, request)
        # The notices are kept apart: those of a process that the settings replace are not said.
        process, said = found_process(one, request, web)
        found.append(process)
        notices += said
    # A Procfile or the settings may name the web process; then the application object is not asked.
    has_web = any(one.kind == ProcessKind.WEB for one in found) or "web" in named
    if web is not None and not has_web and not settings.command:
        process, said = web_process(web, request)
        found.insert(0, process)
        notices += said
    if settings.command:
        # It takes the place of every other web process, that of a Procfile too.
        found = [one for one in found if one.kind != ProcessKind.WEB]
        found.insert(0, _commanded(request, web))
    if found or named:
        found += [found_process(one, request)[0] for one in _migrations(request)]
    elif request.application.processes:
        # Nothing keeps running: the image runs the first command.
        first = request.application.processes[0]
        refuse_missing(first, request)
        found = [found_process(first, request)[0]]
    for at, process in enumerate(found):
        # A web process that the project names itself reloads by its application's command.
        if web is not None and process.kind == ProcessKind.WEB and not process.development_command:
            reloading = development_command(web, process, request)
            found[at] = replace(process, development_command=reloading)
    return found, notices


def _running(request: ProcessRequest, web: WebApplication | None) -> list[FoundProcess]:
    """Return what keeps running: a Procfile is believed for every kind of process that it names."""
    running = []
    procfile = [one for one in request.application.processes if one.framework == _PROCFILE]
    spoken_for = {one.kind for one in procfile}
    for one in request.application.processes:
        # Without a Procfile, the application object says more than a script's name. What starts it
        # in another container is taken where it names the object and the image has the server.
        deployed = one.framework == _DEPLOYED
        served = one.kind is ProcessKind.WEB and web is not None
        known = one.kind in spoken_for or (served and not (deployed and one.target))
        owned = one in procfile and one.kind is not ProcessKind.RELEASE
        taken = owned or (one.kind in _RUNNING and not known)
        if taken and (not deployed or _is_installed(one, request)):
            running.append(one)
    return running


def _is_installed(found: FoundProcess, request: ProcessRequest) -> bool:
    """Whether the program of another container's command is in the image as well."""
    name = program(in_shell(without_runner(found.shell or shlex.join(found.command))))
    distributions = {row.program: row.distributions for row in servers()}.get(name, (name,))
    return name.startswith("python") or request.installed.has(*distributions)


def _migrations(request: ProcessRequest) -> tuple[FoundProcess, ...]:
    # Without a folder that all containers share, only the migration's own container has the tables.
    if not request.settings.migrate or (is_sqlite(request) and not database_folder(request)):
        return ()
    # A Procfile's release line is the owner's own word for it.
    released = tuple(
        one
        for one in request.application.processes
        if one.kind is ProcessKind.RELEASE and one.framework == _PROCFILE
    )
    found = (released or request.application.migrations)[:1]
    return tuple(replace(one, name="migrate", kind=ProcessKind.RELEASE) for one in found)


def _commanded(request: ProcessRequest, web: WebApplication | None) -> Process:
    """Return the process of the setting `command`, which listens for an application or a port."""
    words = request.settings.command
    listens = web is not None or request.settings.port is not None or "$PORT" in " ".join(words)
    # One word is a whole command line; several are argv, in which a shell still fills in $PORT.
    quoted = (word if "$PORT" in word else shlex.quote(word) for word in words)
    text = words[0] if len(words) == 1 else " ".join(quoted)
    kind = ProcessKind.WEB if listens else ProcessKind.COMMAND
    process = _settings_process("web" if listens else "app", text, request, web, kind)
    return replace(process, because="the settings say so", evidence=())


def _with_settings(
    processes: list[Process], request: ProcessRequest, web: WebApplication | None
) -> tuple[list[Process], bool]:
    """Replace and add what the settings name; an empty command takes a process out.

    Also return whether the web process was among them.
    """
    found = {process.name: process for process in processes}
    overridden = False
    for name, text in request.settings.processes:
        key = service_name(name)
        overridden = overridden or (key in found and found[key].kind == ProcessKind.WEB)
        if text.strip():
            found[key] = _settings_process(name, text, request, web, kind_of(name, text))
        else:
            found.pop(key, None)
    return list(found.values()), overridden


def _settings_process(
    name: str, text: str, request: ProcessRequest, web: WebApplication | None, kind: ProcessKind
) -> Process:
    found = FoundProcess(
        name=name,
        kind=kind,
        command=(),
        shell=text,
        origin=Origin(path="pyproject.toml", key=f"processes.{name}"),
        import_root=web.import_root if web else "",
        because=f"the settings name the process {name}",
    )
    return found_process(found, request, web)[0]


def found_process(
    found: FoundProcess, request: ProcessRequest, web: WebApplication | None = None
) -> tuple[Process, tuple[Notice, ...]]:
    """Return the process for what the project names; `web` is what its web process serves."""
    listens = found.kind is ProcessKind.WEB
    text = found.shell or shlex.join(found.command)
    _refuse_secret(found, text)
    if found.host in LOOPBACK and not request.settings.force:
        raise unreachable(text, found.host, found.origin, "listen = *:6543")
    assignments, text = leading_assignments(without_runner(text))
    notices: list[Notice] = []
    if listens:
        host = loopback_servers().get(program(in_shell(text)))
        if host is not None and not re.search(_HOST_OPTION, text):
            text = f"{text} {' '.join(host)}"
            notices.append(notice("host-added", found.origin, name=found.name))
    config = _configuration(text, request)
    named = found.port or port_in_command(text, found.origin) or (config.port if config else None)
    port = choose_port(request, web, named=named) if listens else None
    command = _with_schedule(_command(text, port.value if port else None, request), request)
    if not hands_over(text) and needs_shell(text):
        notices.append(notice("signals-stop-at-shell", found.origin, name=found.name))
    environment = dict((*assignments, *request.import_environment(found.import_root)))
    follows = port is not None and _follows_port(command, config)
    if port is not None and follows:
        environment["PORT"] = str(port.value)
    if listens:
        environment.update(_concurrency(command, request))
    # Nothing says of a script of the Procfile's that it answers HTTP at all.
    settings, server = request.settings, program(in_shell(text))
    told = settings.health_path or settings.port or web or named or "$" in text
    asked = listens and (told or server in graceful_programs())
    only_development = bool(re.search(_DEVELOPMENT_ONLY, " ".join(command)))
    if only_development:
        started = program(command)
        notices.append(notice("development-server-started", found.origin, program=started))
    process = Process(
        name=service_name(found.name),
        kind=str(found.kind),
        command=command,
        because=found.because or f"{found.origin} names it",
        port=port.value if port else None,
        port_because=port.because if port else "",
        port_variable="PORT" if follows else "",
        health_path=health_path(web, request) if asked else "",
        stop_signal=stop_signal(command),
        evidence=(found.origin,),
        production_server=not only_development,
        environment=tuple(sorted(environment.items())),
        needs_variables=found.needs_variables,
        once=found.kind is ProcessKind.RELEASE,
        stdin=found.framework == "mcp",
    )
    return process, tuple(notices)


def _refuse_secret(found: FoundProcess, text: str) -> None:
    """Raise ProjectError for a command that holds a secret, which everybody could read."""
    if redact(hide_secrets(text)) == text:
        return
    name = next(iter(re.findall(r"([A-Za-z_]\w*)=\S", text)), "SECRET_KEY")
    raise ProjectError(
        f"the command of {found.name} holds a secret, which the image would hold as well",
        origin=found.origin,
        found="its value is not repeated here",
        rule="everybody who has the image can read its command and its variables",
        steps=(
            "take the value out of the command",
            f"give it to the container: {name}=... in .env, or a secret of the platform",
        ),
        example=f"docker run --env {name} IMAGE",
    )


def service_name(name: str) -> str:
    """Return a process's name as compose, YAML and a shell all accept it unquoted."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain if plain[:1].isalpha() else f"process-{plain}".strip("-")


def _with_schedule(command: tuple[str, ...], request: ProcessRequest) -> tuple[str, ...]:
    """Let Celery's beat keep its files in /tmp: the work directory belongs to root."""
    given = any(re.match(r"-s$|--schedule", word) for word in command)
    if command[:1] != ("celery",) or "beat" not in command or given:
        return command
    # Before version 5 it also wrote a file with its process number.
    old = request.installed.version("celery")[:1] in ((3,), (4,))
    schedule = ("--schedule", "/tmp/celerybeat-schedule")  # noqa: S108 - in a container
    return (*command, *schedule, *(("--pidfile=",) if old else ()))


def _command(text: str, port: int | None, request: ProcessRequest) -> tuple[str, ...]:
    """Return argv, through a shell only where the command line needs one."""
    # An image without a shell gets the port as a number, where that is all the shell would do.
    if not request.shell and port is not None and not re.search(_ONLY_FOR_A_SHELL, text):
        text = re.sub(_PORT_REFERENCE, str(port), text)
    return in_shell(text) if needs_shell(text) else split_words(text)


def _configuration(text: str, request: ProcessRequest) -> ServerConfig | None:
    """Return the configuration file that a command names, or that its server reads by itself."""
    name = program(in_shell(text)).removeprefix("py")
    for config in request.application.server_configs:
        named = re.search(rf"(^|[\s/=]){re.escape(config.path)}(\s|$)", text)
        if config.server == name and (config.automatic or named):
            return config
    return None


def _follows_port(command: tuple[str, ...], config: ServerConfig | None) -> bool:
    line = " ".join(command)
    if re.search(r"\$\{?\(?PORT\b", line):
        return True
    # Told by its command line, a server does not look at $PORT.
    if re.search(r"(?:--bind|-b)[\s=]", line) or port_in_command(line, Origin(path="")):
        return False
    if config is not None and (config.port is not None or config.port_variable):
        return config.port_variable == "PORT"
    # Whoever runs a Procfile gives $PORT to its web process, and scripts rely on it.
    known = {row.program for row in servers()} | set(loopback_servers())
    return program(command) in _READS_PORT or program(command) not in known


def _concurrency(command: tuple[str, ...], request: ProcessRequest) -> dict[str, str]:
    """Return WEB_CONCURRENCY where the settings want workers, or the command asks for it."""
    line, number = " ".join(command), request.settings.workers
    # Platforms that run a Procfile set it, the image has to as well.
    asked = re.search(r"\$(WEB_CONCURRENCY|\{WEB_CONCURRENCY\})", line)
    own = program(command) in READS_CONCURRENCY and not re.search(_WORKERS_OPTION, line)
    wanted = asked or (own and number is not None)
    return {"WEB_CONCURRENCY": str(number or 1)} if wanted else {}


def stop_signal(command: tuple[str, ...]) -> str:
    """Return SIGINT for what does not hear SIGTERM as the first process of a container, else ""."""
    # The first process gets no signal that it has no handler for, and Python handles SIGINT only.
    name, line = program(command), " ".join(command)
    if name in graceful_programs() or name in ("sh", "bash") or name.endswith(".sh"):
        return ""
    # manage.py itself catches nothing, but some of its commands start workers that do.
    if re.search(r"\bmanage\.py\b", line):
        return "" if re.search(_WORKERS_OF_MANAGE, line) else "SIGINT"
    return next((row.stop_signal for row in servers() if row.program == name), "SIGINT")


def _unique(processes: list[Process]) -> list[Process]:
    """Number the processes that have the same name."""
    names: dict[str, int] = {}
    found = []
    for process in processes:
        number = names[process.name] = names.get(process.name, 0) + 1
        found.append(process if number == 1 else replace(process, name=f"{process.name}-{number}"))
    return found


def _framework(
    web: WebApplication | None, request: ProcessRequest, main: Process
) -> Decision[str] | None:
    if web is not None:
        others = {str(other.framework) for other in request.application.web} - {str(web.framework)}
        because = web.because or f"{web.origin} makes a {web.framework} application"
        name, evidence, instead_of = str(web.framework), (web.origin,), tuple(sorted(others))
        return Decision(value=name, because=because, evidence=evidence, instead_of=instead_of)
    for one in request.application.processes:
        if service_name(one.name) == main.name and one.framework not in ("", _PROCFILE, _DEPLOYED):
            because = one.because or f"{one.origin} says so"
            return Decision(value=one.framework, because=because, evidence=(one.origin,))
    return None


def _choice_of_commands(request: ProcessRequest, served: Process | None) -> tuple[Notice, ...]:
    found = request.application.processes
    settled = request.settings.command or request.settings.processes or served is not None
    if settled or len(found) < 2 or any(one.kind is not ProcessKind.COMMAND for one in found):
        return ()
    others = ", ".join(f"{one.name} ({one.origin})" for one in found[1:6])
    return (notice("several-commands", found[0].origin, first=found[0].name, others=others),)


def _nothing(application: Application) -> NoApplicationError:
    plain = (Framework.WSGI, Framework.ASGI, Framework.SCRIPT)
    looked = application.looked_for or tuple(str(one) for one in Framework if one not in plain)
    told = [notice for notice in application.notices if re.fullmatch(_IN_THE_WAY, notice.code)]
    seen = "".join(f"{notice.origin}: {notice.text}; " for notice in told[:5])
    return NoApplicationError(
        "nothing was found that could be started",
        found=f"{seen}no application object, script or worker; looked for {', '.join(looked)}",
        rule="an image starts one process: a web application, a worker, a bot or a script",
        steps=(
            "name the application object: the setting `application`",
            "or the command: the setting `command`",
            "or write a Procfile",
        ),
        example='[tool.dockwright]\napplication = "shop.web:app"\n# or\ncommand = "python -m shop"',
        origin=Origin(path="."),
    )
