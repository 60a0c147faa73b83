"""Starts the backing services of a project's compose file for the time of a proof."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from dockwright.build.command import ask
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
