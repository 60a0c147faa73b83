"""`docker buildx build`: argv, run, exit code."""

import subprocess
from pathlib import Path

from generator.errors import EngineError
from generator.model.output import BuildResult


def buildx_argv(root: Path, dockerfile: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command line of the build."""
    named = tuple(word for tag in tags for word in ("--tag", tag))
    return ("docker", "buildx", "build", "--load", "--file", str(root / dockerfile), *named, str(root))


def build_with_buildx(root: Path, dockerfile: str, tags: tuple[str, ...]) -> BuildResult:
    """Run the build; EngineError where docker is missing or the build fails."""
    argv = buildx_argv(root, dockerfile, tags)
    try:
        finished = subprocess.run(argv, check=False)
    except FileNotFoundError as error:
        raise EngineError(
            "docker is not installed, or not on PATH",
            rule="building needs a container engine; writing the files does not",
            steps=("install Docker Engine with buildx", "or build elsewhere: the files are complete"),
            example="docker buildx version",
        ) from error
    if finished.returncode:
        raise EngineError(
            f"the build failed with exit code {finished.returncode}",
            rule="every step of the Dockerfile must succeed",
            steps=("read the failing step's own last lines above",),
            example=" ".join(argv),
        )
    return BuildResult(tag=tags[0] if tags else "", argv=argv)
