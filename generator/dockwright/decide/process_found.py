"""The processes that the project names itself (Procfile, scripts) or that its code implies (workers, bots)."""

import re

from dockwright.decide.command_line import (
    exec_words,
    hands_over,
    in_shell,
    leading_assignments,
    needs_shell,
    program,
    split_words,
    without_runner,
)
from dockwright.decide.ports import choose_port, port_in_command
from dockwright.decide.process_request import DEFAULT_WORKERS, ProcessRequest
from dockwright.decide.servers import graceful_programs, loopback_servers, servers
from dockwright.model.application import FoundProcess, ProcessKind, ServerConfig, WebApplication
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.pattern import Pattern
from dockwright.model.plan import Process

_ORDER = (
    ProcessKind.WEB,
    ProcessKind.BOT,
    ProcessKind.WORKER,
    ProcessKind.SCHEDULER,
    ProcessKind.COMMAND,
    ProcessKind.RELEASE,
)
_HOST_OPTION = Pattern(r"(?:^|\s)(?:--host|--bind|-b|-h|-H|--fd|--uds|-u)[\s=]")
_DEVELOPMENT_ONLY = (("flask", "run"), ("runserver", ""), ("fastapi", "dev"))
_READS_PORT = frozenset({"gunicorn", "fastapi"})


def order(kind: str) -> int:
    """Return where a kind of process stands among the others."""
    return _ORDER.index(ProcessKind(kind))


def service_name(name: str) -> str:
    """Return a process's name as compose, YAML and a shell all accept it unquoted."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain if plain[:1].isalpha() else f"process-{plain}".strip("-")


def found_process(
    found: FoundProcess, request: ProcessRequest, web: WebApplication | None = None
) -> tuple[Process, tuple[Notice, ...]]:
    """Return the process for what the project names; `web` is the application that its web process serves, if known."""
    text = found.shell or _joined(found.command)
    return _process(text, found, request, web)


def settings_process(
    name: str, text: str, request: ProcessRequest, web: WebApplication | None
) -> Process:
    """Return the process that the settings name."""
    kind = kind_of(name, text)
    found = FoundProcess(
        name=name,
        kind=kind,
        command=(),
        shell=text,
        origin=Origin(path="pyproject.toml", key=f"processes.{name}"),
        import_root=web.import_root if web else "",
        because=f"the settings name the process {name}",
    )
    return _process(text, found, request, web)[0]


def kind_of(name: str, text: str) -> ProcessKind:
    """Return what a process is for, by its name and then by its program."""
    if name == "web":
        return ProcessKind.WEB
    if name in ("release", "migrate", "postdeploy"):
        return ProcessKind.RELEASE
    if re.search(r"\bbeat\b|schedul|cron|clock", f"{name} {text}"):
        return ProcessKind.SCHEDULER
    return ProcessKind.BOT if re.search(r"(^|[^a-z])bot([^a-z]|$)", name) else ProcessKind.WORKER


def _joined(words: tuple[str, ...]) -> str:
    from shlex import join

    return join(words)


def _process(
    text: str, found: FoundProcess, request: ProcessRequest, web: WebApplication | None
) -> tuple[Process, tuple[Notice, ...]]:
    listens = found.kind is ProcessKind.WEB
    assignments, text = leading_assignments(without_runner(text))
    notices: list[Notice] = []
    if listens:
        text, rebound = _everywhere(text)
        notices += [_rebound(found)] if rebound else []
    command = _with_schedule(_command(text, shell=request.shell), request)
    if not hands_over(text) and needs_shell(text):
        notices.append(_stuck(found))
    environment = dict((*assignments, *request.import_environment(found.import_root)))
    config = _configuration(command, request)
    port = choose_port(request, web, named=_port_named(found, text, config)) if listens else None
    if port is not None and _follows_port(command, config):
        environment["PORT"] = str(port.port)
    if listens and _reads_workers(command):
        environment["WEB_CONCURRENCY"] = str(request.settings.workers or DEFAULT_WORKERS)
    development = _only_in_development(command)
    if development:
        notices.append(_development_server(found, command))
    process = Process(
        name=service_name(found.name),
        kind=str(found.kind),
        command=command,
        because=found.because or f"{found.origin} names it",
        port=port.port if port else None,
        port_because=port.because if port else "",
        health_path=_health_path(text, found, request, web) if listens else "",
        stop_signal=stop_signal(command),
        evidence=(found.origin,),
        production_server=not development,
        environment=tuple(sorted(environment.items())),
        needs_variables=found.needs_variables,
        once=found.kind is ProcessKind.RELEASE,
    )
    return process, tuple(notices)


def _health_path(
    text: str, found: FoundProcess, request: ProcessRequest, web: WebApplication | None
) -> str:
    """Return the path to ask, "" where nothing says that the process listens at all."""
    if request.settings.health_path:
        return request.settings.health_path
    if web is not None:
        return web.health_path.value if web.health_path else "/"
    listens = (
        "$" in text
        or _port_named(found, text, None) is not None
        or program(in_shell(text)) in graceful_programs()
    )
    return "/" if listens else ""


def _with_schedule(command: tuple[str, ...], request: ProcessRequest) -> tuple[str, ...]:
    """Let Celery's beat keep its files where it may write: the work directory belongs to root."""
    if (
        command[:1] != ("celery",)
        or "beat" not in command
        or any(re.match(r"-s$|--schedule", word) for word in command)
    ):
        return command
    without_pid_file = (
        ("--pidfile=",) if request.installed.version("celery")[:1] in ((3,), (4,)) else ()
    )
    return (*command, "--schedule", "/tmp/celerybeat-schedule", *without_pid_file)  # noqa: S108 - in a container


def _command(text: str, *, shell: bool) -> tuple[str, ...]:
    if not needs_shell(text):
        return split_words(text)
    simple = not re.search(r"[|&;<>()`*?\[\]~\n]", text) and "${" not in text.replace("${PORT", "")
    if not shell and simple:
        return exec_words(split_words(re.sub(r"\$\{PORT(:-\d+)?\}", "$PORT", text)), shell=False)
    return in_shell(text)


def _everywhere(text: str) -> tuple[str, bool]:
    """Make a server listen on all addresses where its command line does not say which."""
    words = loopback_servers().get(program(in_shell(text)))
    if words is None or _HOST_OPTION.search(text):
        return text, False
    return f"{text} {' '.join(words)}", True


def _configuration(command: tuple[str, ...], request: ProcessRequest) -> ServerConfig | None:
    """Return the configuration file that a command names, or that its server reads without being told."""
    line, name = " ".join(command), program(command).removeprefix("py")
    for config in request.application.server_configs:
        if config.server == name and (
            config.automatic or re.search(rf"(^|[\s/=]){re.escape(config.path)}(\s|$)", line)
        ):
            return config
    return None


def _port_named(found: FoundProcess, text: str, config: ServerConfig | None) -> Sourced[int] | None:
    return found.port or port_in_command(text, found.origin) or (config.port if config else None)


def _follows_port(command: tuple[str, ...], config: ServerConfig | None) -> bool:
    line = " ".join(command)
    if re.search(r"\$\{?\(?PORT\b", line):
        return True
    bound = (
        re.search(r"(?:--bind|-b)[\s=]", line) or port_in_command(line, Origin(path="")) is not None
    )
    if bound:
        return False
    if config is not None and (config.port is not None or config.port_variable):
        return config.port_variable == "PORT"
    # Whoever runs a Procfile gives $PORT to its web process, and scripts rely on it.
    known = {row.program for row in servers()} | set(loopback_servers())
    return program(command) in _READS_PORT or program(command) not in known


def _reads_workers(command: tuple[str, ...]) -> bool:
    line = " ".join(command)
    reading = {row.program for row in servers() if "WEB_CONCURRENCY" in row.reads}
    given = re.search(
        r"(?:^|\s)(?:-w|--workers|--worker-class|-k|--reload)[\s=]|-w\d|\s(?:-c|--config)\s", line
    )
    return program(command) in reading and not given


def _only_in_development(command: tuple[str, ...]) -> bool:
    line = " ".join(command)
    return any(
        re.search(rf"\b{first}\b.*\b{second}\b" if second else rf"\b{first}\b", line)
        for first, second in _DEVELOPMENT_ONLY
    )


def stop_signal(command: tuple[str, ...]) -> str:
    """Return SIGINT for Python programs that would not notice SIGTERM as the first process of a container, else ""."""
    name = program(command)
    if name in graceful_programs() or name in ("sh", "bash") or name.endswith(".sh"):
        return ""
    line = " ".join(command)
    if re.search(r"\bmanage\.py\b", line):
        return (
            ""
            if re.search(
                r"\b(qcluster|rqworker|rqscheduler|runworker|celery|run_huey|db_worker|rundramatiq)\b",
                line,
            )
            else "SIGINT"
        )
    if name.startswith("python") or name.endswith(".py"):
        return "SIGINT"
    return next((row.stop_signal for row in servers() if row.program == name), "SIGINT")


def _rebound(found: FoundProcess) -> Notice:
    return Notice(
        code="binds-loopback",
        text=f"{found.name} does not say on which address it listens, and would only be reached from inside its container: 0.0.0.0 was added",
        origin=found.origin,
        remedy="say it in the command: --host 0.0.0.0",
    )


def _stuck(found: FoundProcess) -> Notice:
    return Notice(
        code="signals-stop-at-shell",
        text=f"the command of {found.name} keeps a shell as the first process, which does not hand signals on",
        origin=found.origin,
        remedy="move it into a script that ends in `exec`, or make it one program",
    )


def _development_server(found: FoundProcess, command: tuple[str, ...]) -> Notice:
    return Notice(
        code="no-production-server",
        text=f"{found.origin} starts {program(command)}'s development server",
        origin=found.origin,
        remedy="start a server meant for production, for example gunicorn or uvicorn",
    )
