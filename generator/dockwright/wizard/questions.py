"""Which questions matter for a project: each function returns its question, or None."""

import shlex
from collections.abc import Callable
from typing import Any

from dockwright.decide.knowledge.python_releases import releases
from dockwright.decide.services import service_rows
from dockwright.model.dependencies import Manager, Manifest, Strategy
from dockwright.model.origin import Decision
from dockwright.model.plan import Plan, Process
from dockwright.wizard.session import Choice, Question, Session, named

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


def _strategy(session: Session, plan: Plan) -> Question | None:
    if plan.manager.value not in _WITH_STRATEGY or session.settings.strategy != "auto":
        return None
    titles = {
        Strategy.LOCKED: f"locked: install exactly what {plan.lock.file} says",
        Strategy.RELOCK: "relock: lock again in the build, keep what fits",
        Strategy.UPDATE: "update: newest versions that the manifest allows",
    }
    # Without a lock there is nothing to install exactly.
    choices = [Choice(value=str(each), title=title) for each, title in titles.items()]
    return Question(
        name="strategy",
        text="How should the image install?",
        decided=str(plan.strategy.value),
        because=because(plan.strategy),
        choices=tuple(choices if plan.lock.file else choices[1:]),
    )


def _server(session: Session, plan: Plan) -> Question | None:
    process = _first(plan)
    if process is None or process.production_server or session.settings.command:
        return None
    # The warning of the decision has said it already, with the server that would fit.
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
        changes=lambda answer: {} if answer == _KEEP else {"command": answer},
        stops=(_STOP,),
    )


def _python(session: Session, plan: Plan) -> Question | None:
    decided = plan.python.value
    known = (release.version for release in releases() if release.supported)
    # Only those with which a plan comes out.
    others = [
        version
        for version in known
        if version != decided.minor and not session.problem({"python": version})
    ]
    if not others or session.settings.python:
        return None
    return Question(
        name="python",
        text="Which Python?",
        decided=decided.version,
        because=because(plan.python),
        choices=named((decided.version, *others)),
    )


def _base(session: Session, plan: Plan) -> Question | None:
    if session.settings.base:
        return None
    reference = plan.base_image.value.reference
    decided = _variant(reference)
    titles = {
        "slim": "slim: Debian without compilers",
        "full": "full: Debian with compilers and headers, 1 GB",
        "alpine": "alpine: small, musl instead of glibc",
        "distroless": "distroless: no shell, no package manager",
    }
    # An image of another maker is offered as it is called.
    titles.setdefault(decided, decided)
    other = Choice(value="", title="another image", other=True)
    return Question(
        name="base",
        text="Which base image?",
        decided=decided,
        because=f"{reference}: {because(plan.base_image)}",
        choices=(*(Choice(value=name, title=title) for name, title in titles.items()), other),
    )


def _start(_: Session, plan: Plan) -> Question | None:
    process = _first(plan)
    if process is None:
        return None
    return Question(
        name="command",
        text="What does the container run?",
        decided=shlex.join(process.command),
        because=process.because + _places(process.evidence),
    )


def _port(_: Session, plan: Plan) -> Question | None:
    process = _first(plan)
    if process is None or process.port is None:
        return None
    return Question(
        name="port",
        text="On which port?",
        decided=str(process.port),
        because=process.port_because,
        # Anything but a number is left to the settings to refuse.
        changes=lambda answer: {"port": int(answer) if answer.isdecimal() else answer},
    )


def _health(session: Session, plan: Plan) -> Question | None:
    process = _first(plan)
    if process is None or process.port is None or not session.settled.healthcheck:
        return None
    found = "the code answers there" if process.health_path else ""
    return Question(
        name="health-path",
        text="Which path says that it is alive? (none: no health check)",
        decided=process.health_path or "/",
        because=found or "any answer below 500 is a sign of life",
        changes=lambda path: {"healthcheck": False} if path == "none" else {"health-path": path},
    )


def _extras(session: Session, plan: Plan) -> Question | None:
    manifest = _manifest(session, plan)
    if manifest is None or session.settings.extras or not manifest.extras:
        return None
    return Question(
        name="extras",
        text="Which extras does production need?",
        decided=(),
        because=f"{manifest.path} declares them, and an installation takes none of itself",
        choices=named(manifest.extras),
    )


def _groups(session: Session, plan: Plan) -> Question | None:
    manifest = _manifest(session, plan)
    declared = manifest.groups if manifest else ()
    offered = [name for name in declared if name not in _FOR_DEVELOPMENT]
    if manifest is None or session.settings.groups or not offered:
        return None
    return Question(
        name="groups",
        text="Which groups does production need?",
        decided=(),
        because=f"{manifest.path} declares them beside the production dependencies",
        choices=named(offered),
    )


def _packages(_: Session, plan: Plan) -> Question | None:
    # Most projects need none: there the question would be one more Enter.
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


def _services(session: Session, plan: Plan) -> Question | None:
    if plan.compose is None or not plan.services or session.settings.services:
        return None
    known, decided = service_rows(), tuple(service.kind for service in plan.services)
    # Those that the project talks to come first.
    kinds = dict.fromkeys((*decided, *known))
    return Question(
        name="services",
        text="Which services does it need beside it?",
        decided=decided,
        because="; ".join(f"{service.kind}: {service.because}" for service in plan.services),
        choices=tuple(Choice(value=kind, title=known[kind].title) for kind in kinds),
        # An empty list would mean that nothing was said.
        changes=lambda answer: {"services": list(answer) or ["none"]},
    )


def _migrate(session: Session, plan: Plan) -> Question | None:
    names = plan.compose.service_names if plan.compose else ()
    if "migrate" not in names or not session.settings.migrate:
        return None
    text, why = "Run the migrations before anything else starts?", "the project has migrations"
    return Question(name="migrate", text=text, decided=True, because=why)


def _compose(session: Session, plan: Plan) -> Question | None:
    if plan.compose is None or not session.settings.compose:
        return None
    text = f"Write {session.settled.compose_path}?"
    why = f"it starts {', '.join(plan.compose.service_names)}"
    return Question(name="compose", text=text, decided=True, because=why)


def _targets(session: Session, plan: Plan) -> Question | None:
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


# All questions in the order in which they are asked.
BUILDERS: tuple[Builder, ...] = (
    *(_server, _strategy, _python, _base, _extras, _groups, _start, _port, _health),
    *(_packages, _compose, _services, _migrate, _targets),
)


def because(decision: Decision[Any]) -> str:
    """Return the reason of a decision with its places."""
    return decision.because + _places(decision.evidence)


def _places(origins: tuple[Any, ...]) -> str:
    places = ", ".join(str(origin) for origin in origins[:3])
    return f" [{places}]" if places else ""


def _first(plan: Plan) -> Process | None:
    # The image starts the web process; the others are services of compose.
    web = [process for process in plan.processes if process.kind == "web"]
    return next(iter((*web, *plan.processes)), None)


def _manifest(session: Session, plan: Plan) -> Manifest | None:
    chosen = plan.manager.value
    found = (one.manifest for one in session.project.managers if one.manager is chosen)
    return next(found, None)


def _variant(reference: str) -> str:
    if "distroless" in reference:
        return "distroless"
    if not reference.removeprefix("docker.io/").removeprefix("library/").startswith("python:"):
        return reference
    tag = reference.rpartition(":")[2]
    return "alpine" if "alpine" in tag else "slim" if "slim" in tag else "full"
