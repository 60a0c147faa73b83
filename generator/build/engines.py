"""Which container engine is there, and why it does not answer."""

import shutil
import subprocess

from generator.errors import EngineError, UsageError
from generator.model.record import record

ENGINES = ("docker", "podman", "nerdctl")
"""In the order in which they are looked for."""


@record
class Engine:
    """An engine's program; `buildx` whether builds go through Docker's buildx."""

    program: str
    buildx: bool = False


def find_engine(wanted: str = "") -> Engine:
    """Return the engine that was asked for, else the first that is installed and answers; EngineError where none does."""
    if wanted and wanted not in ENGINES:
        raise UsageError(
            f"{wanted!r} is not an engine that is known",
            rule=f"the engine is one of {', '.join(ENGINES)}",
            steps=("name one of them, or leave the choice out",),
            example="dockwright build --engine podman",
        )
    installed = [name for name in ((wanted,) if wanted else ENGINES) if shutil.which(name)]
    if not installed:
        raise _none_installed(wanted)
    complaints = {name: complaint_of(name) for name in installed}
    answering = next((name for name in installed if not complaints[name]), None)
    if answering is None:
        raise _silent(installed[0], complaints[installed[0]])
    return Engine(program=answering, buildx=answering == "docker")


def complaint_of(program: str) -> str:
    """Return what the engine says when it is asked for its version, "" if it answers."""
    argv = [program, "version", "--format", "{{.Server.Version}}"] if program == "docker" else [program, "info"]
    try:
        finished = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        return "it did not answer within 30 seconds"
    return "" if finished.returncode == 0 else (finished.stderr.strip() or "it failed without a word")


def _none_installed(wanted: str) -> EngineError:
    return EngineError(
        f"{wanted or 'no container engine'} {'is not installed, or' if wanted else 'was found:'} not on PATH",
        found=f"looked for {wanted or ', '.join(ENGINES)}",
        rule="building and proving need a container engine; writing the files does not",
        steps=("install Docker Engine with buildx, Podman or nerdctl", "or build elsewhere: the files are complete"),
        example="docker buildx version",
    )


def _silent(program: str, complaint: str) -> EngineError:
    if "permission denied" in complaint.lower():
        return EngineError(
            f"you may not talk to {program}",
            found=complaint.splitlines()[-1],
            rule="the engine's socket belongs to root and to a group",
            steps=("join the group and log in again", "or use a rootless engine"),
            example="sudo usermod --append --groups docker $USER",
        )
    return EngineError(
        f"{program} is installed, and its engine does not answer",
        found=complaint.splitlines()[-1],
        rule="building and proving need a running engine",
        steps=("start it", "or choose another with --engine, or another place with DOCKER_HOST"),
        example="sudo systemctl start docker",
    )
