"""Asks the image's own Python what is installed. Nothing of the application is started."""

import json
import subprocess
from importlib.resources import files
from typing import Any
from uuid import uuid4

from dockwright.build.engines import Engine
from dockwright.errors import EngineError

_EVERYTHING_SECONDS = 300.0
_SIZES_SECONDS = 60.0


def ask(engine: Engine, image: str) -> dict[str, Any]:
    """Return the probe's document: versions, sizes, imports and whatever else a proof looks at. Raises EngineError."""
    return _ask(engine, image, "everything", _EVERYTHING_SECONDS)


def sizes(engine: Engine, image: str) -> tuple[tuple[str, int], ...]:
    """Return names and bytes of all distributions in `image`, the largest first; nothing is imported. Raises EngineError."""
    return by_size(_ask(engine, image, "sizes", _SIZES_SECONDS)["sizes"])


def by_size(found: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the pairs, the largest first."""
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _ask(engine: Engine, image: str, question: str, seconds: float) -> dict[str, Any]:
    script = files("dockwright.build").joinpath("probe.py").read_text(encoding="utf-8")
    name = f"dockwright-probe-{uuid4().hex[:12]}"
    argv = [
        engine.program,
        "run",
        "--rm",
        "--name",
        name,
        "--interactive",
        "--network",
        "none",
        "--entrypoint",
        "python",
    ]
    try:
        finished = subprocess.run(
            [*argv, image, "-", question],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        _remove(engine, name)
        raise _silent(engine, image, f"no answer within {seconds:.0f} seconds") from error
    except KeyboardInterrupt:
        _remove(engine, name)
        raise
    line = next(
        (line for line in reversed(finished.stdout.splitlines()) if line.startswith("{")), ""
    )
    if finished.returncode or not line:
        raise _silent(engine, image, (finished.stderr.strip() or finished.stdout.strip())[-600:])
    document: dict[str, Any] = json.loads(line)
    return document


def _remove(engine: Engine, name: str) -> None:
    # Ending the engine's command does not end a container whose import hangs.
    subprocess.run([engine.program, "rm", "--force", name], capture_output=True, check=False)


def _silent(engine: Engine, image: str, found: str) -> EngineError:
    return EngineError(
        f"the interpreter in {image} does not run",
        found=found,
        rule="a proof asks the image's own Python",
        steps=(
            "look whether `python` is on PATH in the image, and whether the image is for this machine's processor",
        ),
        example=f"{engine.program} run --rm --entrypoint python {image} --version",
    )
