"""Builds the image and reports on it."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from dockwright.build.engines import Engine, lacks_buildx, no_buildx
from dockwright.build.failure import evidence, failing_instruction, last_words
from dockwright.build.hints import hint_for
from dockwright.build.inside import sizes
from dockwright.build.request import BuildRequest, build_argv
from dockwright.build.steps import steps_of_output, steps_of_record
from dockwright.build.watched import run_watched
from dockwright.errors import EngineError
from dockwright.model.output import BuildResult, LayerReport
from dockwright.model.record import replace


def build_image(engine: Engine, request: BuildRequest, *, quiet: bool = False) -> BuildResult:
    """Build; the engine's own progress goes to the terminal unless `quiet`. Raises EngineError with the failing step and a hint."""
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        metadata = Path(folder) / "metadata"
        argv = build_argv(engine, request, metadata=metadata)
        code, output = run_watched(argv, quiet=quiet)
        if code and engine.buildx and lacks_buildx(engine.program):
            raise no_buildx()
        if code:
            raise build_failed(code, output)
        image, reference = _made(engine, metadata)
    steps = steps_of_record(engine, reference, request.builder) or steps_of_output(output)
    cached = sum(step.cached for step in steps)
    result = BuildResult(
        tag=request.tags[0] if request.tags else "",
        image_id=image,
        cached=cached,
        ran=len(steps) - cached,
        argv=argv,
        steps=steps,
    )
    return _weighed(engine, result)


def _weighed(engine: Engine, result: BuildResult) -> BuildResult:
    """Add what only an image in the engine's own store can tell: its layers and its distributions."""
    image = result.image_id or result.tag
    layers = layers_of(engine, image) if image else ()
    if not layers:
        return replace(
            result,
            unread=f"it was not loaded into the store of {engine.program}, so it cannot be weighed",
        )
    try:
        return replace(result, layers=layers, distributions=sizes(engine, image))
    except EngineError as error:
        last = (error.found.splitlines() or [""])[-1]
        return replace(
            result,
            layers=layers,
            unread=f"its distributions cannot be weighed: {error.title}; {last}",
        )


def build_failed(code: int, output: str) -> EngineError:
    """Return the error for a failed build: the instruction, what its last words mean, what to do."""
    hint = hint_for(evidence(output))
    instruction = failing_instruction(output)
    return EngineError(
        f"the build failed with exit code {code}" + (f": {hint.means}" if hint else ""),
        found=(f"{instruction}\n       " if instruction else "")
        + "\n       ".join(last_words(output)),
        rule="every step of the Dockerfile must succeed",
        steps=hint.steps if hint else ("read the failing step's own last lines above",),
        example="dockwright inspect --why",
    )


def _made(engine: Engine, metadata: Path) -> tuple[str, str]:
    """Return the id of the image and, from buildx, the reference under which it keeps the build's record."""
    text = metadata.read_text(encoding="utf-8") if metadata.is_file() else ""
    if not engine.buildx:
        return text.strip(), ""
    document = json.loads(text or "{}")
    image = (
        document.get("containerimage.config.digest") or document.get("containerimage.digest") or ""
    )
    return str(image), str(document.get("buildx.build.ref") or "")


def layers_of(engine: Engine, image: str) -> tuple[LayerReport, ...]:
    """Return the layers of an image, the base's first, those without content left out; () if it is not in the store."""
    argv = [engine.program, "history", "--no-trunc", "--human=false", "--format", "json", image]
    finished = subprocess.run(argv, capture_output=True, text=True, check=False)
    if finished.returncode:
        return ()
    reports = [
        LayerReport(
            instruction=_instruction(row), size=int(row.get("Size") or row.get("size") or 0)
        )
        for row in _rows(finished.stdout)
    ]
    return tuple(report for report in reversed(reports) if report.size)


def _rows(text: str) -> list[dict[str, Any]]:
    """Return the rows of a history: Podman writes one list, the others one object a line."""
    rows: list[dict[str, Any]] = (
        json.loads(text)
        if text.startswith("[")
        else [json.loads(line) for line in text.splitlines() if line.strip()]
    )
    return rows


def _instruction(row: dict[str, Any]) -> str:
    text = str(row.get("CreatedBy") or row.get("Comment") or row.get("comment") or "")
    if text.startswith(("|", "RUN |")):
        text = (
            "RUN " + text.partition(" /bin/sh -c ")[2]
        )  # what stands before are the values of build arguments
    for before, now in (
        (" # buildkit", ""),
        ("RUN /bin/sh -c ", "RUN "),
        ("/bin/sh -c #(nop) ", ""),
        ("/bin/sh -c ", "RUN "),
    ):
        text = text.replace(before, now)
    return " ".join(word for word in text.split() if not word.startswith("--mount="))
