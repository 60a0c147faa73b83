"""Which container engine is there, and why it does not answer."""

import os
import shutil
import subprocess

from dockwright.errors import EngineError, UsageError
from dockwright.model.record import record

ENGINES = ("docker", "podman", "nerdctl")
"""In the order in which they are looked for."""


_ADDRESSES = {"DOCKER_HOST": "docker", "DOCKER_CONTEXT": "docker", "CONTAINER_HOST": "podman"}
"""Who sets one of these means that engine, and would be surprised by another."""


@record
class Engine:
    """An engine's program; `buildx` whether builds go through Docker's buildx.

    `passed_over` says, for each engine that would have come first, why it was not taken.
    """

    program: str
    buildx: bool = False
    passed_over: tuple[str, ...] = ()


def find_engine(wanted: str = "") -> Engine:
    """Return the engine that was asked for, else the first that is installed and answers; EngineError where none does."""
    require_known(wanted)
    chosen = wanted or next(
        (engine for name, engine in _ADDRESSES.items() if os.environ.get(name)), ""
    )
    installed = [name for name in ((chosen,) if chosen else ENGINES) if shutil.which(name)]
    if not installed:
        raise _none_installed(chosen)
    complaints: dict[str, str] = {}
    for name in installed:
        complaint = complaint_of(name)
        if not complaint:
            return Engine(
                program=name, buildx=name == "docker", passed_over=_passed_over(complaints)
            )
        complaints[name] = complaint
    raise _silent(installed[0], complaints[installed[0]])


def require_known(wanted: str) -> None:
    """Raise UsageError for an engine's name that means nothing here; "" leaves the choice open."""
    if wanted and wanted not in ENGINES:
        raise UsageError(
            f"{wanted!r} is not an engine that is known",
            rule=f"the engine is one of {', '.join(ENGINES)}",
            steps=("name one of them, or leave the choice out",),
            example="dockwright build --engine podman",
        )


def _passed_over(complaints: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{name} does not answer ({text.splitlines()[-1]})" for name, text in complaints.items()
    )


def lacks_buildx(program: str) -> bool:
    """Whether Docker's client is there without its plugin for BuildKit, which the generated files need."""
    return (
        subprocess.run([program, "buildx", "version"], capture_output=True, check=False).returncode
        != 0
    )


def no_buildx() -> EngineError:
    """Return the error for a Docker without buildx."""
    return EngineError(
        "docker has no buildx",
        found="`docker buildx version` fails",
        rule="the files use BuildKit's mounts, which Docker's old builder does not have",
        steps=("install the plugin", "or build with --engine podman or nerdctl"),
        example="sudo apt-get install docker-buildx-plugin",
    )


def complaint_of(program: str) -> str:
    """Return what the engine says when it is asked for its version, "" if it answers."""
    argv = (
        [program, "version", "--format", "{{.Server.Version}}"]
        if program == "docker"
        else [program, "info"]
    )
    try:
        finished = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        return "it did not answer within 30 seconds"
    return (
        "" if finished.returncode == 0 else (finished.stderr.strip() or "it failed without a word")
    )


def _none_installed(wanted: str) -> EngineError:
    return EngineError(
        f"{wanted} is not installed, or not on PATH"
        if wanted
        else "no container engine is on PATH",
        found=f"looked for {wanted or ', '.join(ENGINES)}",
        rule="building and proving need a container engine; writing the files does not",
        steps=(
            "install Docker Engine with buildx, Podman or nerdctl",
            "or build elsewhere: the files are complete",
        ),
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
