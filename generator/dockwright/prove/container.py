"""The checks of a proof that need the application to run."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from dockwright.build.command import ask
from dockwright.build.engine import Engine
from dockwright.errors import EngineError
from dockwright.model.output import Check
from dockwright.model.record import record

_HEALTHY_WITHIN = 60.0
_STOPPED_WITHIN = 10
_ENDS_WITHIN = 20.0
_KILLED = 137
# Ended by itself, by SIGINT (which a script without a handler is stopped with), by SIGTERM.
_STOPPED = (0, 130, 143)
_NO_FORMAT = "podman build keeps a health check only with --format docker: use dockwright build"


@record
class Surroundings:
    """What a container needs to reach the services: options of `run`, and NAME=VALUE pairs."""

    options: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


@contextmanager
def services_up(
    engine: Engine, root: Path, compose: str, services: tuple[str, ...], process: str
) -> Iterator[Surroundings]:
    """Start `services` under a name of their own; remove them and their volumes afterwards."""
    # `process` is the compose service whose environment the application gets.
    if not services or not (root / compose).is_file():
        yield Surroundings()
        return
    _succeed((engine.program, "compose", "version"), f"{engine.program} compose does not work here")
    project = f"dockwright-proof-{uuid4().hex[:8]}"
    command = (engine.program, "compose", "--project-name", project, "--file", str(root / compose))
    # A name of its own: the developer's running services and their data stay as they are.
    try:
        up = (*command, "up", "--detach", "--wait", *services)
        _succeed(up, f"{', '.join(services)} did not start")
        yield _reached(command, project, services, process)
    finally:
        ask([*command, "down", "--volumes", "--timeout", "2"])


def _succeed(command: tuple[str, ...], failure: str) -> str:
    said = ask(command)
    if said.code:
        raise EngineError(
            failure,
            found=said.complaint(3),
            rule="an application is proved beside the services that its compose file gives it",
            steps=(
                "look whether compose is installed, and at the service's own log",
                "or prove without the services: --no-services, with --env for what it needs",
            ),
            example="dockwright prove app --no-services --env DATABASE_URL=postgresql://...",
        )
    return said.output


def _reached(
    command: tuple[str, ...], project: str, services: tuple[str, ...], process: str
) -> Surroundings:
    text = _succeed((*command, "config", "--format", "json"), "compose refuses its own file")
    document: dict[str, Any] = json.loads(text)
    # compose prefixes a network with the project's name.
    networks = document["services"][services[0]].get("networks") or {"default": None}
    values = document["services"].get(process, {}).get("environment") or {}
    pairs = (f"{name}={value}" for name, value in sorted(values.items()) if value is not None)
    network = f"{project}_{next(iter(networks))}"
    return Surroundings(options=("--network", network), environment=tuple(pairs))


@record
class _Container:
    # `refusal` is what the engine said if it could not start it, with its exit code.

    engine: Engine
    name: str
    refusal: str = ""
    exit_code: int = 0


def run_checks(
    engine: Engine,
    image: str,
    configuration: dict[str, Any],
    surroundings: Surroundings,
    *,
    is_web: bool,
) -> list[Check]:
    """Start the image with a read-only root, wait for its health, stop it; each is a check."""
    # Podman keeps the health check beside the configuration, the others in it.
    has_health = bool(
        configuration["Config"].get("Healthcheck") or configuration.get("Healthcheck")
    )
    with _container(engine, image, surroundings, read_only=True) as container:
        state = _settle(container, wait_for_health=has_health)
        checks = [_read_only(container, image, surroundings, state)]
        if has_health or is_web:
            checks.append(_health(container, state, has_health=has_health))
        checks.append(_stop(container, state))
        return checks


@contextmanager
def _container(
    engine: Engine, image: str, surroundings: Surroundings, *, read_only: bool
) -> Iterator[_Container]:
    name = f"dockwright-proof-{uuid4().hex[:12]}"
    argv = [engine.program, "run", "--detach", "--name", name]
    # Nearly every program wants /tmp; a read-only root without it would prove little.
    argv += ["--tmpfs", "/tmp"]  # noqa: S108 - in the container
    argv += ["--read-only"] if read_only else []
    argv += surroundings.options
    for pair in surroundings.environment:
        argv += ["--env", pair]
    try:
        said = ask([*argv, image])
        refusal = said.complaint(2) if said.code else ""
        yield _Container(engine=engine, name=name, refusal=refusal, exit_code=said.code)
    finally:
        ask([engine.program, "rm", "--force", "--volumes", name])


def _state(container: _Container) -> dict[str, Any]:
    argv = [container.engine.program, "inspect", "--format", "{{json .State}}", container.name]
    said = ask(argv)
    if container.exit_code or said.code:
        return {"Running": False, "ExitCode": container.exit_code or 125}
    state: dict[str, Any] = json.loads(said.output)
    return state


def _settle(container: _Container, *, wait_for_health: bool) -> dict[str, Any]:
    deadline = time.monotonic() + (_HEALTHY_WITHIN if wait_for_health else _ENDS_WITHIN)
    # Without a health check there is nothing to wait for: three seconds alive are well.
    quiet = time.monotonic() + 3
    while True:
        if wait_for_health and container.engine.program == "podman":
            # Podman leaves it to systemd to ask, and systemd need not be there.
            ask(["podman", "healthcheck", "run", container.name])
        state = _state(container)
        if not state["Running"] or _health_of(state) == "healthy" or time.monotonic() > deadline:
            return state
        if not wait_for_health and time.monotonic() > quiet:
            return state
        time.sleep(0.2)


def _health_of(state: dict[str, Any]) -> str:
    # healthy, unhealthy, starting, or "" where the image has no health check.
    return str((state.get("Health") or {}).get("Status", ""))


def _well(state: dict[str, Any]) -> bool:
    return bool(state["Running"]) or state["ExitCode"] == 0


def _read_only(
    container: _Container, image: str, surroundings: Surroundings, state: dict[str, Any]
) -> Check:
    if _well(state):
        return Check(name="read-only", passed=True, found="it runs with a read-only root")
    # Whether the read-only root is the reason, only a second run without it can tell.
    with _container(container.engine, image, surroundings, read_only=False) as other:
        writable = _settle(other, wait_for_health=False)
    if _well(writable):
        text = "it runs only with a writable root"
    else:
        text = f"it ends at once with exit code {state['ExitCode']}"
    return Check(
        name="read-only",
        passed=False,
        found=text,
        expected="it runs",
        details=_last_lines(container),
    )


def _health(container: _Container, state: dict[str, Any], *, has_health: bool) -> Check:
    if not has_health:
        details = (_NO_FORMAT,) if container.engine.program == "podman" else ()
        found = "the image has no health check"
        return Check(name="health", passed=False, found=found, expected="healthy", details=details)
    health = _health_of(state)
    ended = "" if state["Running"] else f"ended with exit code {state['ExitCode']}"
    return Check(
        name="health",
        passed=health == "healthy",
        found=", ".join(part for part in (health, ended) if part),
        expected="healthy",
        details=() if health == "healthy" else _last_lines(container),
    )


def _stop(container: _Container, state: dict[str, Any]) -> Check:
    if not state["Running"]:
        code = int(state["ExitCode"])
        return Check(
            name="stop",
            passed=code == 0,
            found=f"it ended by itself with exit code {code}",
            expected="0",
        )
    ask([container.engine.program, "stop", "--time", str(_STOPPED_WITHIN), container.name])
    code = int(_state(container)["ExitCode"])
    text = f"exit code {code}" + (" after it was killed" if code == _KILLED else "")
    return Check(
        name="stop",
        passed=code in _STOPPED,
        found=text,
        expected="0, 130 or 143 after the stop signal",
    )


def _last_lines(container: _Container) -> tuple[str, ...]:
    if container.refusal:
        return tuple(container.refusal.splitlines())
    said = ask([container.engine.program, "logs", "--tail", "8", container.name])
    return tuple(line for line in (said.output + said.errors).splitlines() if line.strip())
