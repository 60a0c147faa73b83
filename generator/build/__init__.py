"""The only room that starts processes: engines, builds, proofs."""

from pathlib import Path

from generator.model.output import BuildResult

__all__ = ["build_image"]


def build_image(root: Path, dockerfile: str, tags: tuple[str, ...] = ()) -> BuildResult:
    """Build the image of the project in `root`; the engine's own progress goes to the terminal.

    Raises EngineError where there is no engine or the build fails.
    """
    from generator.build.buildx import build_with_buildx

    return build_with_buildx(root, dockerfile, tags)
