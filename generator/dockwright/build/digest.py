"""The digest that a registry has for an image today, as `docker buildx imagetools` reads it."""

import hashlib
import subprocess

from dockwright.errors import EngineError, PassingFaultError, UsageError, redact

_SECONDS = 120.0


def digest_of(reference: str) -> str:
    """Return "sha256:..." of `reference` ("python:3.13-slim-trixie"), the one for all of its platforms.

    Nothing is pulled. Raises EngineError without buildx, UsageError if the registry has no such image, and PassingFaultError if
    it does not answer.
    """
    argv = ["docker", "buildx", "imagetools", "inspect", "--raw", reference]
    try:
        done = subprocess.run(
            argv, capture_output=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError as error:
        raise _no_buildx("docker is not installed, or not on PATH") from error
    except subprocess.TimeoutExpired as error:
        raise _no_answer(reference, f"no answer within {_SECONDS:.0f} seconds") from error
    if done.returncode:
        raise _why(reference, done.stderr.decode(errors="replace").strip())
    return f"sha256:{hashlib.sha256(done.stdout).hexdigest()}"  # a digest is that of the manifest's own bytes


def _why(reference: str, complaint: str) -> EngineError | PassingFaultError | UsageError:
    last = redact((complaint.splitlines() or ["it failed without a word"])[-1])
    if "is not a docker command" in complaint or "unknown command" in complaint:
        return _no_buildx("docker has no buildx")
    if last.endswith(": not found"):
        return UsageError(
            f"the registry has no image {reference}",
            found=last,
            rule="a digest belongs to a tag that exists",
            steps=("correct the settings `base`, `suite` or `python`",),
            example="dockwright generate --digest --set base=slim",
        )
    return _no_answer(reference, last)


def _no_buildx(title: str) -> EngineError:
    return EngineError(
        title,
        rule="`--digest` asks the registry through `docker buildx imagetools`",
        steps=(
            "install Docker Engine with buildx",
            "or write the digest into the setting `digest`",
        ),
        example="docker buildx version",
    )


def _no_answer(reference: str, found: str) -> PassingFaultError:
    return PassingFaultError(
        f"the registry did not tell the digest of {reference}",
        found=found,
        rule="`--digest` asks the registry for the digest that its tag has today",
        steps=("try again", "or go on without --digest: the tag alone"),
        example=f"docker buildx imagetools inspect {reference}",
    )
