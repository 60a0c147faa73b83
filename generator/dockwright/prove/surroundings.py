"""Starts the backing services of a project's compose file for the time of a proof."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from dockwright.build.engine import Engine
from dockwright.errors import EngineError
from dockwright.model.record import record


@record
class Surroundings:
    """What a container needs to reach the services: options of `run`, and NAME=VALUE pairs."""

    options: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


@contextmanager
def services_up(
    engine: Engine, root: Path, compose: str, services: tuple[str, ...], process: str
) -> Iterator[Surroundings]:
    """Start `services` under a name of their own, and remove them with their volumes afterwards.

    Yields nothing to add where the project has no such file or no services. `process` is the
    compose service whose environment the application gets. Raises EngineError where a service
    does not become healthy.
    """
    if not services or not (root / compose).is_file():
        yield Surroundings()
        return
    _require_compose(engine)
    project = f"dockwright-proof-{uuid4().hex[:8]}"
    command = (engine.program, "compose", "--project-name", project, "--file", str(root / compose))
    try:
        _up(command, services)
        yield _reached(command, project, services, process)
    finally:
        subprocess.run(
            [*command, "down", "--volumes", "--timeout", "2"], capture_output=True, check=False
        )


def _require_compose(engine: Engine) -> None:
    done = subprocess.run(
        [engine.program, "compose", "version"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise EngineError(
            f"{engine.program} compose does not work here",
            found=(done.stderr.strip().splitlines() or ["it failed without a message"])[-1],
            rule="an application is proved beside the services that its compose file gives it",
            steps=(
                "install it",
                "or prove without the services: --no-services, with --env for what it needs",
            ),
            example="dockwright prove app --no-services --env DATABASE_URL=postgresql://...",
        )


def _up(command: tuple[str, ...], services: tuple[str, ...]) -> None:
    done = subprocess.run(
        [*command, "up", "--detach", "--wait", *services],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EngineError(
            f"{', '.join(services)} did not start",
            found="\n       ".join(done.stderr.strip().splitlines()[-3:]),
            rule="an application is proved beside the services that its compose file gives it",
            steps=(
                "look at the service's own log",
                "or prove without them: --no-services, with --env for what it needs",
            ),
            example=f"docker compose up --wait {services[0]}",
        )


def _reached(
    command: tuple[str, ...], project: str, services: tuple[str, ...], process: str
) -> Surroundings:
    done = subprocess.run(
        [*command, "config", "--format", "json"], capture_output=True, text=True, check=True
    )
    document: dict[str, Any] = json.loads(done.stdout)
    networks = document["services"][services[0]].get("networks") or {"default": None}
    network = f"{project}_{next(iter(networks))}"
    values = document["services"].get(process, {}).get("environment") or {}
    return Surroundings(
        options=("--network", network),
        environment=tuple(
            f"{name}={value}" for name, value in sorted(values.items()) if value is not None
        ),
    )
