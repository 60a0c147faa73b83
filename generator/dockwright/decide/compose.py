"""The compose file: a service for each process and for each backing service, and the loop of development."""

from dockwright.decide.compose_backing import backing_service
from dockwright.decide.environment import application_environment
from dockwright.decide.front_end import FrontEndPlan
from dockwright.decide.process_request import WORKDIR, ProcessDecision, ProcessRequest
from dockwright.decide.services import service_rows
from dockwright.model.application import ProcessKind
from dockwright.model.compose import (
    ComposeHealthCheck,
    ComposePlan,
    ComposeService,
    Dependency,
    WatchRule,
)
from dockwright.model.plan import BackingService, Process
from dockwright.model.record import field, record, replace

NETWORK = "backend"
_TARGET = "${TARGET:-runtime}"
_GRACE = "30s"
_DEVELOPMENT = "dev"
_KNOWN_HOSTS = (("known_hosts", "${HOME}/.ssh/known_hosts"),)
"""The secret that the steps with an SSH agent mount, and the file it is taken from."""
_IMAGE_VARIABLES = frozenset({"WEB_CONCURRENCY"})


@record
class ComposeRequest:
    """What the file is made of.

    `rebuild` are the manifests and locks whose change needs a new image, `built_in` the folders that the image holds as an
    installed distribution, not as source. `header` are comment lines, `contexts` further build contexts: (name, folder).
    `ssh` says that the build fetches something over ssh.
    """

    name: str
    decision: ProcessDecision
    request: ProcessRequest
    header: tuple[str, ...]
    services: tuple[BackingService, ...] = ()
    front_end: FrontEndPlan = field(default_factory=FrontEndPlan)
    rebuild: tuple[str, ...] = ()
    built_in: tuple[str, ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()
    ssh: bool = False


def compose_plan(asked: ComposeRequest) -> ComposePlan | None:
    """Return the compose file, None where it is not wanted, or where nothing keeps running."""
    main = asked.decision.main
    if main is None or not asked.request.settings.compose or main.kind == ProcessKind.COMMAND:
        return None
    volumes = tuple(service.volume_name for service in asked.services if service.volume)
    own = tuple(_process_service(process, asked) for process in asked.decision.processes)
    tools = (_tools(asked),) if asked.request.settings.development else ()
    front_ends = tuple(
        _front_end_service(asked, index) for index in range(len(asked.front_end.services))
    )
    backing = tuple(backing_service(service, NETWORK) for service in asked.services)
    return ComposePlan(
        header=asked.header,
        name=project_name(asked.name),
        shared=_shared(asked),
        secrets=_KNOWN_HOSTS if asked.ssh else (),
        services=(*own, *front_ends, *backing, *tools),
        volumes=(*volumes, *(folder.volume for folder in asked.decision.writable)),
        networks=(NETWORK,) if asked.services else (),
    )


def project_name(name: str) -> str:
    """Return a name that compose accepts: lower-case letters, digits, - and _, a letter or digit first."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-"
        for letter in name.lower()
    )
    return plain.strip("-_") or "app"


def literal(text: str) -> str:
    """Return `text` so that compose hands it on as it is: `$` would ask compose to fill something in."""
    return text.replace("$", "$$")


def _name(process: Process) -> str:
    """Return the service's name: that of the process, unless a backing service is called so."""
    return (
        f"{process.name}-process"
        if process.name in {*service_rows(), _DEVELOPMENT}
        else process.name
    )


def _shared(asked: ComposeRequest) -> ComposeService:
    """Return what all processes have in common: the image, the variables, what must be up before them."""
    settings = asked.request.settings
    return ComposeService(
        name="app",
        comment="What every process of the application has in common.",
        build_context=".",
        build_target=_TARGET if settings.development else "runtime",
        build_contexts=asked.contexts,
        build_ssh=("default",) if asked.ssh else (),
        build_secrets=tuple(name for name, _ in _KNOWN_HOSTS) if asked.ssh else (),
        build_dockerfile=""
        if settings.dockerfile_path == "Dockerfile"
        else settings.dockerfile_path,
        env_file=(".env",),
        environment=application_environment(asked.decision, asked.services),
        volumes=tuple(f"{one.volume}:{WORKDIR}/{one.path}" for one in asked.decision.writable),
        depends_on=(*_healthy(asked), *_completed(asked)) if asked.services else (),
        networks=("default", NETWORK) if asked.services else (),
        restart="unless-stopped",
        stop_grace_period=_GRACE,
        watch=_watch(asked)
        if sum(not process.once for process in asked.decision.processes) > 1
        else (),
    )


def _waits_for(asked: ComposeRequest) -> tuple[Dependency, ...]:
    """Return what a service waits for beyond what all share: a one-shot process would wait for itself there."""
    return () if asked.services else _completed(asked)


def _healthy(asked: ComposeRequest) -> tuple[Dependency, ...]:
    return tuple(
        Dependency(service=service.kind, condition="service_healthy") for service in asked.services
    )


def _completed(asked: ComposeRequest) -> tuple[Dependency, ...]:
    return tuple(
        Dependency(service=_name(process), condition="service_completed_successfully")
        for process in asked.decision.once
    )


def _process_service(process: Process, asked: ComposeRequest) -> ComposeService:
    main = asked.decision.main
    is_main = process is main
    published = process.port if process is asked.decision.web else None
    service = ComposeService(
        name=_name(process),
        shared=True,
        comment=_comment(process, published),
        command=() if is_main else tuple(literal(word) for word in process.command),
        environment=() if is_main or main is None else _differing(process, main),
        ports=(f"127.0.0.1:{published}:{published}",) if published else (),
        depends_on=_waits_for(asked),
        healthcheck=_alive(asked)
        if not is_main and main is not None and main.port is not None
        else None,
        stop_signal=_stop_signal(process, main),
        watch=() if process.once else _watch(asked),
    )
    if not process.once:
        return service
    # It must not wait for itself, and it ends: neither a restart nor a watch.
    return replace(
        service, depends_on=_healthy(asked), restart="no", stop_signal="", healthcheck=None
    )


def _alive(asked: ComposeRequest) -> ComposeHealthCheck:
    """Return the check of what listens on nothing: the one of the image asks for the web process.

    `disable: true` would say it better, but then `docker compose up --wait` fails: it takes no health for ill health.
    """
    test = ("CMD", "true") if asked.request.shell else ("CMD", "python", "-c", "")
    return ComposeHealthCheck(test=test, interval="", timeout="", retries=0, start_period="")


def _comment(process: Process, published: int | None) -> str:
    if published:
        return f"The application: http://localhost:{published}"
    match process.kind:
        case ProcessKind.RELEASE:
            return "Runs once, before everything else starts."
        case ProcessKind.SCHEDULER:
            return "Starts periodic tasks. There must never be two of it."
        case _:
            return f"{process.kind.capitalize()}: {process.because}."


def _differing(process: Process, main: Process) -> tuple[tuple[str, str], ...]:
    """Return what a process needs and the image does not set already."""
    settled = dict(main.environment)
    return tuple(
        (name, literal(value))
        for name, value in process.environment
        if settled.get(name) != value and name not in _IMAGE_VARIABLES
    )


def _stop_signal(process: Process, main: Process | None) -> str:
    of_image = main.stop_signal if main else ""
    return "" if process.stop_signal == of_image else process.stop_signal or "SIGTERM"


def _watch(asked: ComposeRequest) -> tuple[WatchRule, ...]:
    """Return the rules of `docker compose watch`: source is copied in and the process starts anew, a lock needs a new image."""
    if not asked.request.settings.development:
        return ()
    folders = (*asked.built_in, *asked.front_end.folders)
    rebuilt = tuple(dict.fromkeys((*asked.rebuild, *(f"{folder}/" for folder in folders))))
    elsewhere = tuple(f"{one.folder}/" for one in asked.front_end.services if one.folder)
    sync = WatchRule(action="sync+restart", path=".", target=WORKDIR, ignore=(*rebuilt, *elsewhere))
    return (sync, *(WatchRule(action="rebuild", path=path.rstrip("/")) for path in rebuilt))


def _tools(asked: ComposeRequest) -> ComposeService:
    """Return the service for commands on the owner's own files, under the owner's own user."""
    tests = asked.request.application.test_command
    example = " ".join(tests) if tests else "python"
    return ComposeService(
        name=_DEVELOPMENT,
        shared=True,
        comment=f"Development tools on your own files, as your own user: docker compose run --rm dev {example}",
        profiles=(_DEVELOPMENT,),
        build_context=".",
        build_target=_DEVELOPMENT,
        build_contexts=asked.contexts,
        build_ssh=("default",) if asked.ssh else (),
        build_secrets=tuple(name for name, _ in _KNOWN_HOSTS) if asked.ssh else (),
        build_dockerfile=""
        if asked.request.settings.dockerfile_path == "Dockerfile"
        else asked.request.settings.dockerfile_path,
        user="${UID:-1000}:${GID:-1000}",
        volumes=(f".:{WORKDIR}",),
        depends_on=_waits_for(asked),
        restart="no",
    )


def _front_end_service(asked: ComposeRequest, index: int) -> ComposeService:
    front_end = asked.front_end.services[index]
    web = asked.decision.web
    return ComposeService(
        name=front_end.name,
        comment=f"{front_end.because}: http://localhost:{front_end.port}",
        build_context=".",
        build_target=front_end.target,
        build_contexts=asked.contexts,
        ports=(f"127.0.0.1:{front_end.port}:{front_end.port}",),
        depends_on=(Dependency(service=_name(web), condition="service_started"),) if web else (),
        restart="unless-stopped",
        watch=(WatchRule(action="rebuild", path=front_end.folder),)
        if asked.request.settings.development and front_end.folder
        else (),
    )
