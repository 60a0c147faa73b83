"""Builds the image and reports on it."""

import json
import subprocess
import tempfile
from pathlib import Path

from generator.build.engines import Engine
from generator.build.hints import failing_instruction, hint_for, last_words
from generator.build.request import BuildRequest, build_argv
from generator.build.watched import run_watched
from generator.errors import EngineError
from generator.model.output import BuildResult, LayerReport


def build_image(engine: Engine, request: BuildRequest) -> BuildResult:
    """Build; the engine's own progress goes to the terminal. Raises EngineError with the failing step and a hint."""
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        metadata = Path(folder) / "metadata.json" if engine.buildx else None
        argv = build_argv(engine, request, metadata=metadata)
        code, output = run_watched(argv)
        if code:
            raise build_failed(code, output)
        image = _image_id(metadata)
    tag = request.tags[0] if request.tags else ""
    loaded = image or tag
    cached, ran = _steps(engine)
    layers = layers_of(engine, loaded) if loaded and not request.push else ()
    return BuildResult(tag=tag, image_id=image, cached=cached, ran=ran, layers=layers, argv=argv)


def build_failed(code: int, output: str) -> EngineError:
    """Return the error for a failed build: the instruction, what its last words mean, what to do."""
    hint = hint_for(output)
    instruction = failing_instruction(output)
    return EngineError(
        f"the build failed with exit code {code}" + (f": {hint.means}" if hint else ""),
        found=(f"{instruction}\n       " if instruction else "") + "\n       ".join(last_words(output)),
        rule="every step of the Dockerfile must succeed",
        steps=hint.steps if hint else ("read the failing step's own last lines above",),
        example="dockwright inspect --why",
    )


def _image_id(metadata: Path | None) -> str:
    if metadata is None or not metadata.is_file():
        return ""
    document = json.loads(metadata.read_text(encoding="utf-8"))
    return str(document.get("containerimage.config.digest") or document.get("containerimage.digest") or "")


def _steps(engine: Engine) -> tuple[int, int]:
    """Return how many steps of the last build came from the cache and how many ran; (0, 0) where the engine keeps no history."""
    if not engine.buildx:
        return (0, 0)
    argv = [engine.program, "buildx", "history", "inspect", "--format", "json"]
    finished = subprocess.run(argv, capture_output=True, text=True, check=False)
    if finished.returncode:
        return (0, 0)
    document = json.loads(finished.stdout)
    cached = int(document.get("NumCachedSteps", 0))
    return cached, int(document.get("NumCompletedSteps", 0)) - cached


def layers_of(engine: Engine, image: str) -> tuple[LayerReport, ...]:
    """Return the layers of an image, the base's first, those without content left out; () if it is not in the store."""
    argv = [engine.program, "history", "--no-trunc", "--human=false", "--format", "json", image]
    finished = subprocess.run(argv, capture_output=True, text=True, check=False)
    if finished.returncode:
        return ()
    rows = [json.loads(line) for line in finished.stdout.splitlines() if line.startswith("{")]
    reports = [LayerReport(instruction=_instruction(str(row["CreatedBy"])), size=int(row["Size"])) for row in rows]
    return tuple(report for report in reversed(reports) if report.size)


def _instruction(created_by: str) -> str:
    text = created_by.removesuffix(" # buildkit").replace("/bin/sh -c ", "")
    return " ".join(text.split())
