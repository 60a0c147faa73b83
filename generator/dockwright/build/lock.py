"""Locking inside the target image, and bringing the new lock out."""

import tempfile
from pathlib import Path

from dockwright.build.engines import Engine, lacks_buildx, no_buildx
from dockwright.build.failure import evidence, failing_instruction, last_words
from dockwright.build.hints import hint_for
from dockwright.build.request import BuildRequest, build_argv
from dockwright.build.watched import run_watched
from dockwright.errors import EngineError
from dockwright.model.record import replace

_EXPORT_STAGE = "new-lock"
_WANTS = "the manager must find versions that fit together on the Python of the image"


def lock_in_image(
    engine: Engine, request: BuildRequest, dockerfile: str, lock_file: str, *, quiet: bool = False
) -> bytes:
    """Run the `lock` stage of `dockerfile` (its text) over the project in `request.root` and return the bytes of the new lock.

    The stage always runs: an earlier result may be out of date although no input changed. `request` says the rest: secrets,
    agents, builder. The engine's progress goes to the terminal unless `quiet`. Raises EngineError.
    """
    text = f"{dockerfile}\nFROM scratch AS {_EXPORT_STAGE}\nCOPY --from=lock /lock/{lock_file} /\n"
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        path, output = Path(folder) / "Dockerfile", Path(folder) / "out"
        path.write_text(text, encoding="utf-8")
        code, said = run_watched(
            build_argv(engine, lock_request(request, path, output)), quiet=quiet
        )
        if code and engine.buildx and lacks_buildx(engine.program):
            raise no_buildx()
        produced = output / Path(lock_file).name
        if code or not produced.is_file():
            raise lock_failed(code, said)
        return produced.read_bytes()


def lock_request(request: BuildRequest, dockerfile: Path, output: Path) -> BuildRequest:
    """Return what is built: the file that holds the new lock, out of `dockerfile`, into the folder `output`."""
    return replace(
        request,
        dockerfile=str(dockerfile),
        target=_EXPORT_STAGE,
        output=f"type=local,dest={output}",
        anew="lock",
    )


def lock_failed(code: int, said: str) -> EngineError:
    """Return the error for a lock that was not made: what failed, and what its last words mean; resolution is only one reason."""
    hint = hint_for(evidence(said))
    instruction = failing_instruction(said)
    words = "\n       ".join(last_words(said))
    unknown = ("read the manager's own last lines above", "loosen the requirement that it names")
    steps = hint.steps if hint else unknown if instruction else ("read what the engine says above",)
    return EngineError(
        f"locking failed with exit code {code}{f': {hint.means}' if hint else ''}; the old lock is untouched",
        found=(f"{instruction}\n       " if instruction else "") + words,
        rule=_WANTS
        if instruction and not hint
        else "the stage `lock` must build, up to the file that it makes",
        steps=steps,
        example="dockwright lock --update"
        if instruction and not hint
        else "dockwright lock --engine docker",
    )
