"""Locking inside the target image, and bringing the new lock out."""

import subprocess
import tempfile
from pathlib import Path

from generator.errors import EngineError

_EXPORT_STAGE = "new-lock"


def lock_in_image(root: Path, dockerfile: str, lock_file: str) -> bytes:
    """Run the `lock` stage of `dockerfile` (its text) over the project in `root` and return the bytes of the new lock.

    The stage always runs: an earlier result may be out of date although no input changed. Raises EngineError.
    """
    text = f"{dockerfile}\nFROM scratch AS {_EXPORT_STAGE}\nCOPY --from=lock /lock/{lock_file} /\n"
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        argv = lock_argv(root, Path(folder))
        try:
            finished = subprocess.run(argv, input=text.encode(), check=False)
        except FileNotFoundError as error:
            raise EngineError(
                "docker is not installed, or not on PATH",
                rule="the lock is made inside the target image, so a container engine is needed",
                steps=("install Docker Engine with buildx", "or lock with the package manager itself"),
                example="docker buildx version",
            ) from error
        produced = Path(folder) / Path(lock_file).name
        if finished.returncode or not produced.is_file():
            raise EngineError(
                f"locking failed with exit code {finished.returncode}; the old lock is untouched",
                rule="the manager must find versions that fit together on the Python of the image",
                steps=("read the manager's own last lines above", "loosen the requirement that it names"),
                example="dockwright lock --update",
            )
        return produced.read_bytes()


def lock_argv(root: Path, output: Path) -> tuple[str, ...]:
    """Return the command line; the Dockerfile comes from standard input."""
    return (
        "docker", "buildx", "build", "--file", "-", "--target", _EXPORT_STAGE, "--no-cache-filter", "lock",
        "--output", f"type=local,dest={output}", str(root),
    )  # fmt: skip
