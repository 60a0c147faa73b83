"""Locking inside the target image, and bringing the new lock out."""

import tempfile
from pathlib import Path

from dockwright.build.command import run_watched
from dockwright.build.engine import Engine, require_buildx
from dockwright.build.failure import lock_failed
from dockwright.build.request import BuildRequest, build_argv
from dockwright.model.record import replace

_EXPORT_STAGE = "new-lock"


def lock_in_image(
    engine: Engine, request: BuildRequest, dockerfile: str, lock_file: str, *, quiet: bool = False
) -> bytes:
    """Run the stage `lock` of `dockerfile` (its text) over `request.root`; return the new lock.

    The stage always runs: an earlier result may be out of date although no input changed. The
    engine's progress goes to the terminal unless `quiet`. Raises EngineError.
    """
    text = f"{dockerfile}\nFROM scratch AS {_EXPORT_STAGE}\nCOPY --from=lock /app/{lock_file} /\n"
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        path, output = Path(folder) / "Dockerfile", Path(folder) / "out"
        path.write_text(text, encoding="utf-8")
        argv = build_argv(engine, lock_request(request, path, output))
        code, said = run_watched(argv, quiet=quiet)
        produced = output / Path(lock_file).name
        if code:
            require_buildx(engine)
        if code or not produced.is_file():
            raise lock_failed(code, said)
        return produced.read_bytes()


def lock_request(request: BuildRequest, dockerfile: Path, output: Path) -> BuildRequest:
    """Return the build that puts the new lock, made by `dockerfile`, into the folder `output`."""
    return replace(
        request,
        dockerfile=str(dockerfile),
        target=_EXPORT_STAGE,
        output=f"type=local,dest={output}",
        anew="lock",
    )
