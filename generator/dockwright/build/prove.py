"""Starts an image and compares it with the plan and the lock."""

import json
import subprocess
from typing import Any

from dockwright.build.engines import Engine
from dockwright.build.inside import ask, by_size
from dockwright.build.proof_checks import CHECKS, Expectation
from dockwright.build.running import run_checks
from dockwright.build.surroundings import Surroundings
from dockwright.errors import EngineError
from dockwright.model.output import Check, Proof
from dockwright.model.record import record


@record
class Evidence:
    """What was read off an image: `seen` by the probe inside it, `configuration` and `history` as the engine tells them."""

    seen: dict[str, Any]
    configuration: dict[str, Any]
    history: tuple[str, ...]


def prove(
    engine: Engine,
    image: str,
    expected: Expectation,
    *,
    surroundings: Surroundings,
) -> Proof:
    """Return the proof of `image`.

    `surroundings` are what the application needs in order to start. Raises EngineError where the image does not exist or
    its interpreter does not run.
    """
    evidence = gather(engine, image)
    checks = [
        check(expected, evidence.seen, evidence.configuration, evidence.history) for check in CHECKS
    ]
    checks += run_checks(
        engine, image, evidence.configuration, surroundings, is_web=expected.listens
    )
    return Proof(
        image=image,
        checks=tuple(checks),
        size=int(evidence.configuration.get("Size", 0)),
        sizes=by_size(evidence.seen["sizes"]),
    )


def gather(engine: Engine, image: str) -> Evidence:
    """Ask the engine and the image itself; nothing of the application is started."""
    configuration = _json(engine, "image", "inspect", image)[0]
    history = _output(engine, "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    return Evidence(
        seen=ask(engine, image), configuration=configuration, history=tuple(history.splitlines())
    )


def _json(engine: Engine, *words: str) -> Any:  # noqa: ANN401 - the engine's documents have no fixed type
    return json.loads(_output(engine, *words))


def _output(engine: Engine, *words: str) -> str:
    finished = subprocess.run([engine.program, *words], capture_output=True, text=True, check=False)
    if finished.returncode:
        raise EngineError(
            f"{engine.program} does not know {words[-1]}",
            found=finished.stderr.strip()[-400:],
            rule="a proof needs an image in the engine's own store",
            steps=("build it first", "or pull it"),
            example="dockwright build --tag app && dockwright prove app",
        )
    return finished.stdout


__all__ = ["Check", "Evidence", "Expectation", "gather", "prove"]
