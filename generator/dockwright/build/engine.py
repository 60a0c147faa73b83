"""The container engine: which one is there, why it does not answer, what its registry says."""

import hashlib
import os
import re
import shutil

from dockwright.build.command import NOT_INSTALLED, Said, ask
from dockwright.errors import EngineError, PassingFaultError, UsageError, redact
from dockwright.model.record import record

# In the order in which they are looked for.
ENGINES = ("docker", "podman", "nerdctl")

# Who sets one of these means that engine, and would be surprised by another.
_ADDRESSES = {"DOCKER_HOST": "docker", "DOCKER_CONTEXT": "docker", "CONTAINER_HOST": "podman"}

_ANSWER_SECONDS = 30.0
_REGISTRY_SECONDS = 120.0


@record
class Engine:
    """An engine's program, whether it builds with buildx, and why others were passed over."""

    program: str
    buildx: bool = False
    passed_over: tuple[str, ...] = ()


def find_engine(wanted: str = "") -> Engine:
    """Return the engine asked for, else the first that answers; UsageError or EngineError."""
    require_known(wanted)
    addressed = next((engine for name, engine in _ADDRESSES.items() if os.environ.get(name)), "")
    chosen = wanted or addressed
    installed = [name for name in ((chosen,) if chosen else ENGINES) if shutil.which(name)]
    if not installed:
        raise _none_installed(chosen)
    complaints: dict[str, str] = {}
    for name in installed:
        complaint = _complaint_of(name)
        if not complaint:
            passed_over = tuple(
                f"{other} does not answer ({text})" for other, text in complaints.items()
            )
            return Engine(program=name, buildx=name == "docker", passed_over=passed_over)
        complaints[name] = complaint
    raise _silent(installed[0], complaints[installed[0]])


def require_known(wanted: str) -> None:
    """Raise UsageError for an unknown engine; "" leaves the choice open."""
    if wanted and wanted not in ENGINES:
        raise UsageError(
            f"{wanted!r} is not a known engine",
            rule=f"the engine is one of {', '.join(ENGINES)}",
            steps=("name one of them, or leave the choice out",),
            example="dockwright build --engine podman",
        )


def require_buildx(engine: Engine) -> None:
    """Raise EngineError for a Docker client without its plugin for BuildKit."""
    if not engine.buildx:
        return
    if ask([engine.program, "buildx", "version"]).code:
        raise EngineError(
            "docker has no buildx",
            found="`docker buildx version` fails",
            rule="the files use BuildKit's mounts, which Docker's old builder does not have",
            steps=("install the plugin", "or build with --engine podman or nerdctl"),
            example="sudo apt-get install docker-buildx-plugin",
        )


def _complaint_of(program: str) -> str:
    # `docker version` asks the daemon only when the server's version is asked for; Podman and
    # nerdctl report the client's alone, so `info` it is.
    question = ("version", "--format", "{{.Server.Version}}") if program == "docker" else ("info",)
    said = ask([program, *question], seconds=_ANSWER_SECONDS)
    return said.complaint() if said.code else ""


def _none_installed(wanted: str) -> EngineError:
    missing = f"{wanted} is not installed, or not on PATH"
    return EngineError(
        missing if wanted else "no container engine is on PATH",
        found=f"looked for {wanted or ', '.join(ENGINES)}",
        rule="building and proving need a container engine; writing the files does not",
        steps=(
            "install Docker Engine with buildx, Podman or nerdctl",
            "or build elsewhere: the files are complete",
        ),
        example="docker buildx version",
    )


def _silent(program: str, complaint: str) -> EngineError:
    # The engine's socket belongs to root and to a group.
    forbidden = "permission denied" in complaint.lower()
    start = ("start it", "or choose another with --engine, or another place with DOCKER_HOST")
    join = ("join the group of its socket and log in again", "or use a rootless engine")
    return EngineError(
        f"you may not talk to {program}"
        if forbidden
        else f"{program} is installed, and its engine does not answer",
        found=complaint,
        rule="building and proving need a running engine",
        steps=join if forbidden else start,
        example="sudo usermod --append --groups docker $USER"
        if forbidden
        else "sudo systemctl start docker",
    )


def digest_of(reference: str) -> str:
    """Return "sha256:..." of `reference` for all its platforms; nothing is pulled."""
    argv = ["docker", "buildx", "imagetools", "inspect", "--raw", reference]
    said = ask(argv, seconds=_REGISTRY_SECONDS)
    if said.code:
        raise _refused(reference, said)
    # The digest is that of the manifest's own bytes, which is what --raw prints.
    return f"sha256:{hashlib.sha256(said.output.encode()).hexdigest()}"


def _refused(reference: str, said: Said) -> EngineError | PassingFaultError | UsageError:
    last = redact(said.complaint())
    lacks_buildx = re.search("is not a docker command|unknown command", said.errors)
    if said.code == NOT_INSTALLED or lacks_buildx:
        return EngineError(
            "docker has no buildx" if lacks_buildx else last,
            rule="`--digest` asks the registry through `docker buildx imagetools`",
            steps=(
                "install Docker Engine with buildx",
                "or write the digest into the setting `digest`",
            ),
            example="docker buildx version",
        )
    if last.endswith(": not found"):
        return UsageError(
            f"the registry has no image {reference}",
            found=last,
            rule="a digest belongs to a tag that exists",
            steps=("correct the settings `base`, `suite` or `python`",),
            example="dockwright generate --digest --set base=slim",
        )
    return PassingFaultError(
        f"the registry did not tell the digest of {reference}",
        found=last,
        rule="`--digest` asks the registry for the digest that its tag has today",
        steps=("try again", "or go on without --digest: the tag alone"),
        example=f"docker buildx imagetools inspect {reference}",
    )
