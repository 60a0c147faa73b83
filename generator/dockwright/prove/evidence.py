"""Reads what a proof needs off an image, and puts the proof together."""

import json

from dockwright.build.command import ask
from dockwright.build.engine import Engine
from dockwright.build.image import ask_image, by_size
from dockwright.errors import EngineError
from dockwright.model.output import Proof
from dockwright.prove.checks import CHECKS, Evidence, Expectation
from dockwright.prove.container import run_checks
from dockwright.prove.surroundings import Surroundings


def prove_image(
    engine: Engine, image: str, expected: Expectation, *, surroundings: Surroundings
) -> Proof:
    """Return the proof of `image`; `surroundings` are what the application needs to start.

    Raises EngineError where the image does not exist or its interpreter does not run.
    """
    evidence = gather(engine, image)
    checks = [check(expected, evidence) for check in CHECKS]
    # What can be read off the image comes first: it holds even where nothing starts.
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
    configuration = json.loads(_output(engine, "image", "inspect", image))[0]
    history = _output(engine, "history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    return Evidence(
        seen=ask_image(engine, image),
        configuration=configuration,
        history=tuple(history.splitlines()),
    )


def _output(engine: Engine, *words: str) -> str:
    said = ask([engine.program, *words])
    if said.code:
        raise EngineError(
            f"{engine.program} does not know {words[-1]}",
            found=said.complaint(),
            rule="a proof needs an image in the engine's own store",
            steps=("build it first", "or pull it"),
            example="dockwright build --tag app && dockwright prove app",
        )
    return said.output
