"""The compose file: a service for each process and for each backing service, and the loop of
development.
"""

from dockwright.decide.environment import application_environment
from dockwright.decide.install import context_name
from dockwright.decide.process_request import WORKDIR, ProcessDecision, ProcessRequest
from dockwright.decide.services import service_rows
from dockwright.model.application import ProcessKind
from dockwright.model.artifact import (
    AppService,
    BackingContainer,
    ComposePlan,
    DockerfilePlan,
    FrontEndService,
    Pairs,
    ProcessService,
    WaitsFor,
    WatchRule,
)
from dockwright.model.plan import BackingService, Process
from dockwright.model.record import record

# What the steps with an SSH agent mount, and the file it is taken from.
_KNOWN_HOSTS = ("known_hosts", "file", "${HOME}/.ssh/known_hosts")


@record
class ComposeRequest:
    """What the file is made of.

    `folders` are those of local distributions, `rebuild` the files that an installation reads, the
    lock last: its change needs a new image.
    """

    name: str
    decision: ProcessDecision
    request: ProcessRequest
    dockerfile: DockerfilePlan
    services: tuple[BackingService, ...] = ()
    folders: tuple[str, ...] = ()
    rebuild: tuple[str, ...] = ()


def compose_plan(asked: ComposeRequest) -> ComposePlan | None:
    """Return the compose file, None where it is not wanted, or where nothing keeps running."""
    main = asked.decision.main
    if main is None or not asked.request.settings.compose or main.kind == ProcessKind.COMMAND:
        return None
    ssh = asked.dockerfile.fetches_by_ssh
    writable = tuple(folder.volume for folder in asked.dockerfile.writable)
    return ComposePlan(
        app=_app(asked, main, ssh=ssh),
        processes=tuple(_process(process, main, asked) for process in asked.decision.processes),
        front_ends=tuple(_front_ends(asked)),
        backing=tuple(_backing(service) for service in asked.services),
        volumes=(*writable, *(one.volume_name for one in asked.services if one.volume)),
        has_passwords=any("only-for-this-machine" in value for _, value in _all_values(asked)),
        secrets=_secrets(asked, ssh=ssh),
    )


def _secrets(asked: ComposeRequest, *, ssh: bool) -> tuple[tuple[str, str, str], ...]:
    found = (
        (one.id, "environment", one.variable)
        if one.variable
        else (one.id, "file", "${HOME}/.netrc")
        for one in asked.dockerfile.build_secrets
    )
    return (*((_KNOWN_HOSTS,) if ssh else ()), *found)


def project_name(name: str) -> str:
    """Return a name that compose accepts: lower-case letters, digits, - and _, a letter or digit
    first.
    """
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-"
        for letter in name.lower()
    )
    return plain.strip("-_") or "app"


def literal(text: str) -> str:
    """Return `text` so that compose hands it on as it is: `$` would ask compose to fill something
    in.
    """
    return text.replace("$", "$$")


def _app(asked: ComposeRequest, main: Process, *, ssh: bool) -> AppService:
    settings = asked.request.settings
    mounts = (f"{one.volume}:{WORKDIR}/{one.path}" for one in asked.dockerfile.writable)
    contexts = ((context_name(folder), folder) for folder in asked.folders if context_name(folder))
    return AppService(
        # Services that share an image name it, so that it is built once.
        image=project_name(asked.name) if len(asked.decision.processes) > 1 else "",
        dockerfile="" if settings.dockerfile_path == "Dockerfile" else settings.dockerfile_path,
        target="dev" if asked.dockerfile.dev else "",
        contexts=tuple(contexts),
        ssh=ssh,
        secrets=tuple(name for name, *_ in _secrets(asked, ssh=ssh)),
        environment=application_environment(asked.decision, asked.services),
        volumes=tuple(mounts),
        depends_on=(*_completed(asked), *_healthy(asked)),
        watch=_watch(asked, main),
    )


def _healthy(asked: ComposeRequest) -> tuple[WaitsFor, ...]:
    return tuple(
        WaitsFor(service=service.kind, condition="service_healthy") for service in asked.services
    )


def _databases(asked: ComposeRequest) -> tuple[WaitsFor, ...]:
    """Return what a migration waits for: it asks no broker and no cache."""
    rows = service_rows()
    return tuple(one for one in _healthy(asked) if rows[one.service].group == "database")


def _completed(asked: ComposeRequest) -> tuple[WaitsFor, ...]:
    return tuple(
        WaitsFor(service=_name(process, asked), condition="service_completed_successfully")
        for process in asked.decision.once
    )


def _name(process: Process, asked: ComposeRequest) -> str:
    """Return the service's name: that of the process, unless a backing service is called so."""
    taken = {service.kind for service in asked.services}
    return f"{process.name}-process" if process.name in taken else process.name


def _process(process: Process, main: Process, asked: ComposeRequest) -> ProcessService:
    is_main = process is main
    develops = asked.dockerfile.dev is not None
    command = process.development_command if develops else process.command
    same = is_main or (process.once and process.command == main.command)
    return ProcessService(
        name=_name(process, asked),
        command=() if same else tuple(literal(word) for word in command or process.command),
        environment=() if is_main else _differing(process, main),
        port=process.port if process is asked.decision.web else None,
        checked=is_main or process.once or asked.dockerfile.health is None or develops,
        stop_signal="" if is_main or process.once else _stop_signal(process, main),
        depends_on=_databases(asked) if process.once else None,
        stdin_open=process.stdin,
    )


def _differing(process: Process, main: Process) -> Pairs:
    """Return what a process needs and the image does not set already."""
    settled = dict(main.environment)
    return tuple(
        (name, literal(value)) for name, value in process.environment if settled.get(name) != value
    )


def _stop_signal(process: Process, main: Process) -> str:
    return "" if process.stop_signal == main.stop_signal else process.stop_signal or "SIGTERM"


def _watch(asked: ComposeRequest, main: Process) -> tuple[WatchRule, ...]:
    """Return the rules of `docker compose watch`: with a dev stage edits are copied in, else the
    image is built anew.
    """
    if asked.dockerfile.dev is None:
        return (WatchRule(action="rebuild", path="."),)
    # What is no source in the container is built anew: the lock, and a front end that Node.js makes
    # files of.
    built = tuple(one.folder for one in asked.dockerfile.front_ends if one.folder)
    anew = (*asked.rebuild[-1:], *built)
    several = len([one for one in asked.decision.processes if not one.once]) > 1
    action = "sync" if main.reloads and not several else "sync+restart"
    ignored = (".venv/", *asked.rebuild[-1:], *(f"{folder}/" for folder in built))
    return (
        WatchRule(action=action, path=".", target=WORKDIR, ignore=ignored),
        *(WatchRule(action="rebuild", path=path) for path in anew),
    )


def _front_ends(asked: ComposeRequest) -> list[FrontEndService]:
    web = asked.decision.web
    return [
        FrontEndService(
            name=one.stage,
            target=one.stage,
            port=one.port,
            folder=one.folder,
            waits_for=_name(web, asked) if web else "",
        )
        for one in asked.dockerfile.front_ends
        if one.stage
    ]


def _backing(service: BackingService) -> BackingContainer:
    return BackingContainer(
        name=service.kind,
        image=service.image,
        environment=service.environment,
        command=service.command,
        hostname=service.hostname,
        volume=(service.volume_name, service.volume) if service.volume else None,
        healthcheck=service.healthcheck,
    )


def _all_values(asked: ComposeRequest) -> Pairs:
    backing = (pair for service in asked.services for pair in service.environment)
    return (*application_environment(asked.decision, asked.services), *backing)
