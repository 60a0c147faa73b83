"""What to build, the command line of each engine for it, and how that command is run."""

import os
import re
import subprocess
import sys
from collections import deque
from pathlib import Path

from dockwright.build.engine import ENGINES, Engine
from dockwright.errors import UsageError
from dockwright.model.record import record

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

_KEPT_LINES = 4000
_PATIENCE_SECONDS = 10.0
_SHOW_CURSOR = b"\x1b[?25h\x1b[0m"

_STALE_CACHE = "leave it out: a cache of podman would bring the dependencies of an older lock"
_LACKS: dict[str, dict[str, str]] = {
    "podman": {
        "--push": "push afterwards: podman push TAG",
        "--no-load": "leave it out: podman keeps every image it builds",
        "--builder": "leave it out, or choose a machine with: podman --connection",
        "--sbom": "leave it out",
        "--provenance": "leave it out",
        "--cache-to": _STALE_CACHE,
        "--cache-from": _STALE_CACHE,
        "--platform with several tags": "give one tag: it names a manifest of all platforms",
    },
    "nerdctl": {
        "--push": "push afterwards: nerdctl push TAG",
        "--no-load": "leave it out: nerdctl keeps every image it builds",
        "--builder": "leave it out, or set BUILDKIT_HOST",
    },
}
"""Engine -> option that its `build` does not have -> what to do without it."""


@record
class BuildRequest:
    """One build. `contexts` are (name, path) of further contexts, `arguments` (name, value).

    `output` is where the result goes instead of the engine's store, as --output spells it;
    `anew` is a stage that always runs.
    """

    root: Path
    dockerfile: str = "Dockerfile"
    tags: tuple[str, ...] = ()
    target: str = ""
    platforms: tuple[str, ...] = ()
    push: bool = False
    load: bool = True
    builder: str = ""
    cache_to: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    ssh: tuple[str, ...] = ()
    sbom: bool = False
    provenance: str = ""
    no_cache: bool = False
    contexts: tuple[tuple[str, str], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    output: str = ""
    anew: str = ""


def build_argv(
    engine: Engine, request: BuildRequest, *, metadata: Path | None = None
) -> tuple[str, ...]:
    """Return the command line; UsageError for what the engine cannot do.

    Into `metadata` the engine writes what it made: buildx a JSON document, the others the id of
    the image.
    """
    _refuse_what_is_missing(engine, request)
    contexts = tuple(f"{name}={request.root / path}" for name, path in request.contexts)
    argv = [engine.program, *(("buildx",) if engine.buildx else ()), "build"]
    argv += ["--file", str(request.root / request.dockerfile)]
    if engine.program == "podman" and len(request.platforms) > 1:
        argv += _repeated("--manifest", request.tags[:1])
    else:
        argv += _repeated("--tag", request.tags)
    argv += _single("--target", request.target)
    argv += _single("--platform", ",".join(request.platforms))
    argv += _repeated("--build-context", contexts)
    argv += _repeated("--build-arg", tuple(f"{name}={value}" for name, value in request.arguments))
    argv += _repeated("--cache-to", request.cache_to)
    argv += _repeated("--cache-from", request.cache_from)
    argv += _repeated("--secret", request.secrets)
    argv += _repeated("--ssh", request.ssh)
    argv += _single("--output", request.output)
    argv += ["--sbom=true"] if request.sbom else []
    argv += [f"--provenance={request.provenance}"] if request.provenance else []
    argv += _of_engine(engine, request, metadata)
    return (*argv, str(request.root))


def _of_engine(engine: Engine, request: BuildRequest, metadata: Path | None) -> list[str]:
    if engine.buildx:
        return _of_buildx(request, metadata)
    argv = ["--iidfile", str(metadata)] if metadata else []
    if engine.program == "podman":
        # Its cache looks at the text of a RUN, not at what the mounts hold: it would take
        # yesterday's dependencies for today's lock. Only Docker's format has a HEALTHCHECK.
        return ["--format", "docker", "--no-cache", *argv]
    # Only buildx runs a single stage anew.
    return (["--no-cache"] if request.no_cache or request.anew else []) + argv


def _of_buildx(request: BuildRequest, metadata: Path | None) -> list[str]:
    # An image of several platforms cannot be loaded into Docker's classic store.
    loads = request.load and not (request.push or request.output or len(request.platforms) > 1)
    argv = ["--no-cache"] if request.no_cache else []
    argv += _single("--no-cache-filter", request.anew)
    argv += _single("--builder", request.builder)
    argv += ["--push"] if request.push else []
    argv += ["--load"] if loads else []
    return argv + _single("--metadata-file", str(metadata) if metadata else "")


def _refuse_what_is_missing(engine: Engine, request: BuildRequest) -> None:
    asked = {
        "--push": request.push,
        "--no-load": not request.load,
        "--builder": bool(request.builder),
        "--sbom": request.sbom,
        "--provenance": bool(request.provenance),
        "--cache-to": bool(request.cache_to),
        "--cache-from": bool(request.cache_from),
        "--platform with several tags": len(request.platforms) > 1 and len(request.tags) > 1,
    }
    lacking = _LACKS.get(engine.program, {})
    missing = [flag for flag, is_asked in asked.items() if is_asked and flag in lacking]
    if not missing:
        return
    able = [name for name in ENGINES if not any(flag in _LACKS.get(name, {}) for flag in missing)]
    have = "has" if len(able) == 1 else "have"
    raise UsageError(
        f"{engine.program} build has no {', '.join(missing)}",
        rule=f"{' and '.join(able)} {have} {'it' if len(missing) == 1 else 'them'}",
        steps=(
            *(f"{flag}: {lacking[flag]}" for flag in missing),
            f"or build with --engine {able[0]}",
        ),
        example=f"dockwright build --engine {engine.program} --tag app",
    )


def _repeated(flag: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (flag, value)]


def _single(flag: str, value: str) -> list[str]:
    return [flag, value] if value else []


def run_watched(argv: tuple[str, ...], *, quiet: bool = False) -> tuple[int, str]:
    """Run `argv` and show its output on standard error unless `quiet`.

    Returns the exit code and the last lines, without terminal codes. On a terminal the program
    gets a pseudo-terminal, so that it draws its progress as it would for a person.
    """
    if sys.platform != "win32" and sys.stderr.isatty() and not quiet:
        return _on_terminal(argv)
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            for line in process.stdout:
                text = line.decode("utf-8", errors="replace")
                kept.append(text.rstrip("\r\n"))
                if not quiet:
                    sys.stderr.write(text)
                    sys.stderr.flush()
        except KeyboardInterrupt:
            # Nobody reads the pipe any more: closed, it does not block the engine's last words.
            process.stdout.close()
            _stop(process)
            raise
    return process.returncode, "\n".join(kept)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a program that was interrupted; it gets some seconds to tell its engine."""
    process.terminate()
    try:
        process.wait(_PATIENCE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _on_terminal(argv: tuple[str, ...]) -> tuple[int, str]:
    assert sys.platform != "win32"  # noqa: S101 - for the type checker, which knows the modules
    master, slave = pty.openpty()
    size = fcntl.ioctl(sys.stderr.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    # Our terminal turns line feeds into new lines already.
    settings = termios.tcgetattr(slave)
    settings[1] &= ~termios.ONLCR
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    kept = bytearray()
    process = subprocess.Popen(argv, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL)
    os.close(slave)
    try:
        while chunk := _read(master):
            os.write(sys.stderr.fileno(), chunk)
            kept += chunk
            del kept[:-200_000]
    except KeyboardInterrupt:
        os.close(master)
        _stop(process)
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)
        raise
    os.close(master)
    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", bytes(kept)).replace(b"\r\n", b"\n")
    text = plain.replace(b"\r", b"\n").decode("utf-8", errors="replace")
    return process.wait(), "\n".join(text.splitlines()[-_KEPT_LINES:])


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux answers EIO once the other end is closed
        return b""
