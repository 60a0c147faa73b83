"""Which questions matter for a project: each function returns its question, or None."""

import shlex
from collections.abc import Callable
from typing import Any

from dockwright.decide.knowledge.python_releases import releases
from dockwright.decide.services import service_rows
from dockwright.model.dependencies import Manager, ManagerFinding, Strategy
from dockwright.model.origin import Decision
from dockwright.model.plan import Plan, Process
from dockwright.wizard.session import Choice, Question, Session, command, named, one

Builder = Callable[[Session, Plan], Question | None]

_WITH_STRATEGY = frozenset({Manager.PIPENV, Manager.POETRY, Manager.UV, Manager.PDM})
_KEEP, _STOP = "keep", "stop"

# Groups that no production image needs: they are not even offered.
_FOR_DEVELOPMENT = frozenset(
    [
        "ci",
        "debug",
        "dev",
        "develop",
        "development",
        "doc",
        "docs",
        "lint",
        "main",
        "test",
        "testing",
        "tests",
        "typing",
    ]
)


def strategy(session: Session, plan: Plan) -> Question | None:
    """What the build does with the lock."""
    if plan.manager.value not in _WITH_STRATEGY or session.settings.strategy != "auto":
        return None
    lock = plan.lock.file or "a lock"
    titles = {
        Strategy.LOCKED: f"locked: install exactly what {lock} says",
        Strategy.RELOCK: "relock: lock again in the build, keep what fits",
        Strategy.UPDATE: "update: newest versions that the manifest allows",
    }
    offered = (
        [Strategy.LOCKED, Strategy.RELOCK, Strategy.UPDATE]
        if plan.lock.file
        else [Strategy.RELOCK, Strategy.UPDATE]
    )
    return Question(
        name="strategy",
        text="How should the image install?",
        decided=str(plan.strategy.value),
        because=because(plan.strategy),
        choices=tuple(Choice(value=str(each), title=titles[each]) for each in offered),
        changes=one("strategy"),
    )


def server(session: Session, plan: Plan) -> Question | None:
    """What to do where nothing that is installed serves in production."""
    process = _first(plan)
    if process is None or process.production_server or session.settings.command:
        return None
    notice = next((one for one in plan.warnings if "server" in one.code), None)
    remedy = notice.remedy if notice else "add a server to the manifest and lock again"
    return Question(
        name="server",
        text="Nothing that is installed serves in production. What now?",
        decided=_KEEP,
        because=notice.text if notice else process.because,
        choices=(
            Choice(value=_STOP, title=f"stop: {remedy}"),
            Choice(value=_KEEP, title=f"go on with {shlex.join(process.command)}"),
            Choice(value="", title="another command", other=True),
        ),
        changes=lambda answer: {} if answer == _KEEP else command(answer),
        stops=(_STOP,),
    )


def python(session: Session, plan: Plan) -> Question | None:
    """Which Python, where the project leaves a choice."""
    decided = plan.python.value.version
    fitting = [
        release.version
        for release in releases()
        if release.supported and release.version != plan.python.value.minor
    ]
    others = [version for version in fitting if not session.problem({"python": version})]
    if not others or session.settings.python:
        return None
    return Question(
        name="python",
        text="Which Python?",
        decided=decided,
        because=because(plan.python),
        choices=named((decided, *others)),
        changes=one("python"),
    )


def base(session: Session, plan: Plan) -> Question | None:
    """Which base image."""
    if session.settings.base:
        return None
    decided = _variant(plan.base_image.value.reference)
    titles = {
        "slim": "slim: Debian without compilers",
        "full": "full: Debian with compilers and headers, 1 GB",
        "alpine": "alpine: small, musl instead of glibc",
        "distroless": "distroless: no shell, no package manager",
    }
    return Question(
        name="base",
        text="Which base image?",
        decided=decided,
        because=f"{plan.base_image.value.reference}: {because(plan.base_image)}",
        choices=(
            *(Choice(value=name, title=title) for name, title in titles.items()),
            *(() if decided in titles else named([decided])),
            Choice(value="", title="another image", other=True),
        ),
        changes=one("base"),
    )


def start(_: Session, plan: Plan) -> Question | None:
    """The command of the container."""
    process = _first(plan)
    if process is None:
        return None
    return Question(
        name="command",
        text="What does the container run?",
        decided=shlex.join(process.command),
        because=process.because + _places(process.evidence),
        changes=command,
    )


def port(_: Session, plan: Plan) -> Question | None:
    """The port, where something listens."""
    process = _first(plan)
    if process is None or process.port is None:
        return None
    return Question(
        name="port",
        text="On which port?",
        decided=str(process.port),
        because=process.port_because,
        # Anything but a number is left to the settings to refuse.
        changes=lambda answer: {"port": int(answer) if answer.isdigit() else answer},
    )


def health(session: Session, plan: Plan) -> Question | None:
    """What the health check asks for."""
    process = _first(plan)
    if process is None or process.port is None or not session.settled.healthcheck:
        return None
    return Question(
        name="health-path",
        text="Which path says that it is alive? (none: no health check)",
        decided=process.health_path or "/",
        because="the code answers there"
        if process.health_path
        else "any answer below 500 is a sign of life",
        changes=lambda answer: (
            {"healthcheck": False} if answer == "none" else {"health-path": answer}
        ),
    )


def extras(session: Session, plan: Plan) -> Question | None:
    """Extras and groups that production may need."""
    finding = _finding(session, plan)
    if finding is None or session.settings.extras or not finding.manifest.extras:
        return None
    return Question(
        name="extras",
        text="Which extras does production need?",
        decided=(),
        because=f"{finding.manifest.path} declares them, and an installation takes none of itself",
        choices=named(finding.manifest.extras),
        changes=lambda answer: {"extras": list(answer)},
    )


def groups(session: Session, plan: Plan) -> Question | None:
    """Groups besides those of development."""
    finding = _finding(session, plan)
    offered = [
        name
        for name in (finding.manifest.groups if finding else ())
        if name not in _FOR_DEVELOPMENT
    ]
    if finding is None or session.settings.groups or not offered:
        return None
    return Question(
        name="groups",
        text="Which groups does production need?",
        decided=(),
        because=f"{finding.manifest.path} declares them beside the production dependencies",
        choices=named(offered),
        changes=lambda answer: {"groups": list(answer)},
    )


def packages(_: Session, plan: Plan) -> Question | None:
    """Further system packages, where some are needed at all."""
    found = (*plan.system_packages.build, *plan.system_packages.runtime)
    if not found and not plan.compiled:
        return None
    names = ", ".join(f"{package.name} for {', '.join(package.needed_by)}" for package in found)
    return Question(
        name="packages",
        text="Further system packages of the image? (names, or nothing)",
        decided="",
        because=f"already there: {names or 'a compiler in the build stage'}",
        changes=lambda answer: {"packages": answer.replace(",", " ").split()},
    )


def services(session: Session, plan: Plan) -> Question | None:
    """The backing services of the compose file."""
    if plan.compose is None or not plan.services or session.settings.services:
        return None
    decided = tuple(service.kind for service in plan.services)
    others = [kind for kind in service_rows() if kind not in decided]
    reasons = "; ".join(f"{service.kind}: {service.because}" for service in plan.services)
    return Question(
        name="services",
        text="Which services does it need beside it?",
        decided=decided,
        because=reasons,
        choices=tuple(
            Choice(value=kind, title=service_rows()[kind].title) for kind in (*decided, *others)
        ),
        changes=lambda answer: {"services": list(answer) or ["none"]},
    )


def migrate(session: Session, plan: Plan) -> Question | None:
    """Migrations before the start, where the framework has them."""
    names = plan.compose.service_names if plan.compose else ()
    if "migrate" not in names or not session.settings.migrate:
        return None
    return _switch(
        "migrate", "Run the migrations before anything else starts?", "the project has migrations"
    )


def compose(session: Session, plan: Plan) -> Question | None:
    """Whether there is a compose file."""
    if plan.compose is None or not session.settings.compose:
        return None
    names = ", ".join(plan.compose.service_names)
    return _switch("compose", f"Write {session.settled.compose_path}?", f"it starts {names}")


def targets(session: Session, plan: Plan) -> Question | None:
    """Which stages there are beside the one that is shipped."""
    if not plan.processes:
        return None
    dev = Choice(value="dev", title="dev: development groups, a server that reloads")
    test = Choice(value="test", title="test: dev, and runs the tests")
    choices = (dev, test) if session.project.application.test_command else (dev,)
    return Question(
        name="targets",
        text="Which stages beside the one that is shipped?",
        decided=tuple(one.value for one in choices if one.value in session.settled.targets),
        because="`docker compose watch` builds `dev`",
        choices=choices,
        # The stage `test` is built on `dev`.
        changes=lambda answer: {"targets": list(dict.fromkeys(("dev", *answer) if answer else ()))},
    )


BUILDERS: tuple[Builder, ...] = (
    server,
    strategy,
    python,
    base,
    extras,
    groups,
    start,
    port,
    health,
    packages,
    compose,
    services,
    migrate,
    targets,
)
"""All questions in the order in which they are asked."""


def because(decision: Decision[Any]) -> str:
    """Return the reason of a decision with its places."""
    return decision.because + _places(decision.evidence)


def _places(origins: tuple[Any, ...]) -> str:
    places = ", ".join(str(origin) for origin in origins[:3])
    return f" [{places}]" if places else ""


def _switch(key: str, text: str, why: str) -> Question:
    changes = one(key)
    return Question(name=key, text=text, decided=True, because=why, changes=changes)


def _first(plan: Plan) -> Process | None:
    return next(
        (process for process in plan.processes if process.kind == "web"),
        plan.processes[0] if plan.processes else None,
    )


def _finding(session: Session, plan: Plan) -> ManagerFinding | None:
    return next(
        (one for one in session.project.managers if one.manager is plan.manager.value), None
    )


def _variant(reference: str) -> str:
    tag = reference.rpartition(":")[2]
    official = reference.removeprefix("docker.io/").removeprefix("library/").startswith("python:")
    if "distroless" in reference:
        return "distroless"
    if not official:
        return reference
    return "alpine" if "alpine" in tag else "slim" if "slim" in tag else "full"
