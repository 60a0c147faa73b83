"""What to build, and the command line of each engine for it."""

from pathlib import Path

from dockwright.build.engines import ENGINES, Engine
from dockwright.errors import UsageError
from dockwright.model.record import record

_ITS_CACHE = (
    "its cache does not see what a mount holds, and would bring the dependencies of an older lock"
)
_LACKS: dict[str, dict[str, str]] = {
    "podman": {
        "--push": "push afterwards: podman push TAG",
        "--no-load": "leave it out: podman keeps every image it builds",
        "--builder": "leave it out, or choose a machine with: podman --connection",
        "--sbom": "leave it out",
        "--provenance": "leave it out",
        "--cache-to": f"leave it out: {_ITS_CACHE}",
        "--cache-from": f"leave it out: {_ITS_CACHE}",
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
    """One build. `contexts` are (name, path) of further build contexts; `arguments` (name, value) of build arguments.

    `output` is where the result goes instead of the engine's store, as --output spells it; `anew` a stage that always runs.
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

    Into `metadata` the engine writes what it made: buildx a JSON document, the others the id of the image.
    """
    _refuse_what_is_missing(engine, request)
    argv = [engine.program, *(("buildx",) if engine.buildx else ()), "build"]
    argv += ["--file", str(request.root / request.dockerfile)]
    argv += _named(engine, request)
    argv += _single("--target", request.target)
    argv += _single("--platform", ",".join(request.platforms))
    argv += _repeated(
        "--build-context", tuple(f"{name}={request.root / path}" for name, path in request.contexts)
    )
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


def _named(engine: Engine, request: BuildRequest) -> list[str]:
    if engine.program == "podman" and len(request.platforms) > 1:
        return _single("--manifest", request.tags[0] if request.tags else "")
    return _repeated("--tag", request.tags)


def _of_engine(engine: Engine, request: BuildRequest, metadata: Path | None) -> list[str]:
    if engine.buildx:
        return _of_buildx(request, metadata)
    argv = ["--iidfile", str(metadata)] if metadata else []
    if engine.program == "podman":
        # Its cache looks at the text of a RUN, not at what the mounts hold: it would take yesterday's dependencies for
        # today's lock. Only Docker's format has a HEALTHCHECK.
        return ["--format", "docker", "--no-cache", *argv]
    # Only buildx runs a single stage anew.
    return (["--no-cache"] if request.no_cache or request.anew else []) + argv


def _of_buildx(request: BuildRequest, metadata: Path | None) -> list[str]:
    several = len(request.platforms) > 1
    argv = ["--no-cache"] if request.no_cache else []
    argv += _single("--no-cache-filter", request.anew)
    argv += _single("--builder", request.builder)
    argv += ["--push"] if request.push else []
    argv += (
        ["--load"]
        if request.load and not request.push and not several and not request.output
        else []
    )
    argv += ["--metadata-file", str(metadata)] if metadata else []
    return argv


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
    raise UsageError(
        f"{engine.program} build has no {', '.join(missing)}",
        rule=f"{' and '.join(able)} {'has' if len(able) == 1 else 'have'} {'it' if len(missing) == 1 else 'them'}",
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
