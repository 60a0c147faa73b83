"""What stands around the processes: backing services, the front end, static files, and the compose file that joins them."""

from shlex import quote

from dockwright.decide.assets import collect_static
from dockwright.decide.compose import ComposeRequest, compose_plan
from dockwright.decide.environment import env_example
from dockwright.decide.front_end import FrontEndPlan, plan_front_ends
from dockwright.decide.process_request import WORKDIR, ProcessDecision
from dockwright.decide.services import choose_services
from dockwright.model.application import ProcessKind
from dockwright.model.compose import ComposePlan
from dockwright.model.dockerfile import Run
from dockwright.model.origin import Notice
from dockwright.model.plan import BackingService
from dockwright.model.record import field, record


@record
class Surroundings:
    """`assets` are steps of the runtime stage after the source (a folder for a database, static files), `front_end` its stages, copies and services.

    `static` is the one of `assets` that collects static files.
    """

    services: tuple[BackingService, ...] = ()
    front_end: FrontEndPlan = field(default_factory=FrontEndPlan)
    assets: tuple[Run, ...] = ()
    warnings: tuple[Notice, ...] = ()
    static: Run | None = None


def plan_surroundings(decision: ProcessDecision) -> Surroundings:
    """Return what the processes need around them; nothing where there is no process."""
    request = decision.request
    if request is None:
        return Surroundings()
    services, notices = choose_services(request)
    web = decision.web
    api = (web.name, web.port) if web is not None and web.port is not None else None
    front_end = plan_front_ends(request.application, request.settings, api=api)
    static = collect_static(request)
    assets = (_folders(decision), static)
    main = decision.main
    in_compose = request.settings.compose and main is not None and main.kind != ProcessKind.COMMAND
    return Surroundings(
        services=services,
        front_end=front_end,
        assets=tuple(step for step in assets if step is not None),
        warnings=(*(notices if in_compose else ()), *front_end.notices),
        static=static,
    )


def _folders(decision: ProcessDecision) -> Run | None:
    """Return the step that makes the folders that the code writes, and the links into them."""
    commands = []
    user = decision.request.settings.user if decision.request else 0
    for folder in decision.writable:
        commands.append(f"install -d -o {user} -g {user} {quote(folder.path)}")
        if folder.link:
            target = f"{WORKDIR}/{folder.path}/{folder.link.rpartition('/')[2]}"
            commands.append(f"ln -sf {quote(target)} {quote(folder.link)}")
    return Run(commands=tuple(commands)) if commands else None


def plan_compose(
    name: str,
    decision: ProcessDecision,
    surroundings: Surroundings,
    header: tuple[str, ...],
    *,
    rebuild: tuple[str, ...] = (),
    built_in: tuple[str, ...] = (),
    contexts: tuple[tuple[str, str], ...] = (),
    ssh: bool = False,
) -> tuple[ComposePlan | None, tuple[str, ...]]:
    """Return the compose file (None where it is not wanted) and the lines of .env.example (() for none).

    `rebuild` are the manifests and locks whose change needs a new image, `built_in` the folders that the image holds as an
    installed distribution, `contexts` are (name, folder) of further build contexts,
    `ssh` says that the build uses an SSH agent.
    """
    if decision.request is None:
        return None, ()
    asked = ComposeRequest(
        name=name,
        decision=decision,
        request=decision.request,
        header=header,
        services=surroundings.services,
        front_end=surroundings.front_end,
        rebuild=rebuild,
        built_in=built_in,
        contexts=contexts,
        ssh=ssh,
    )
    return compose_plan(asked), env_example(decision, surroundings.services)
