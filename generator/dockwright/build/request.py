"""What to build, and the command line of each engine for it."""

from pathlib import Path

from dockwright.build.engine import ENGINES, Engine
from dockwright.errors import UsageError
from dockwright.model.record import record

_STALE_CACHE = "leave it out: a cache of podman would bring the dependencies of an older lock"
# Engine -> option that its `build` does not have -> what to do without it.
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


@record
class BuildRequest:
    """One build; `contexts` and `arguments` are pairs of a name and a path or value."""

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
    # Where the result goes instead of the engine's store, as --output spells it.
    output: str = ""
    # A stage that always runs.
    anew: str = ""


def build_argv(
    engine: Engine, request: BuildRequest, *, metadata: Path | None = None
) -> tuple[str, ...]:
    """Return the command line; the engine writes what it made into `metadata`.

    Raises UsageError.
    """
    _refuse_what_is_missing(engine, request)
    # Podman gathers the images of several platforms under a manifest's name.
    several = engine.program == "podman" and len(request.platforms) > 1
    options: dict[str, tuple[str, ...]] = {
        "--file": (str(request.root / request.dockerfile),),
        "--manifest": request.tags if several else (),
        "--tag": () if several else request.tags,
        "--target": (request.target,),
        "--platform": (",".join(request.platforms),),
        "--build-context": tuple(f"{name}={request.root / at}" for name, at in request.contexts),
        "--build-arg": tuple(f"{name}={value}" for name, value in request.arguments),
        "--cache-to": request.cache_to,
        "--cache-from": request.cache_from,
        "--secret": request.secrets,
        "--ssh": request.ssh,
        "--output": (request.output,),
    }
    argv = [engine.program, *(("buildx",) if engine.buildx else ()), "build"]
    for flag, values in options.items():
        argv += [word for value in values if value for word in (flag, value)]
    argv += ["--sbom=true"] if request.sbom else []
    argv += [f"--provenance={request.provenance}"] if request.provenance else []
    argv += _of_engine(engine, request, metadata)
    return (*argv, str(request.root))


def _of_engine(engine: Engine, request: BuildRequest, metadata: Path | None) -> list[str]:
    if engine.buildx:
        # An image of several platforms cannot be loaded into Docker's classic store.
        loads = request.load and not (request.push or request.output or len(request.platforms) > 1)
        argv = ["--no-cache"] if request.no_cache else []
        argv += ["--no-cache-filter", request.anew] if request.anew else []
        argv += ["--builder", request.builder] if request.builder else []
        argv += ["--push"] if request.push else []
        argv += ["--load"] if loads else []
        return argv + (["--metadata-file", str(metadata)] if metadata else [])
    argv = ["--iidfile", str(metadata)] if metadata else []
    if engine.program == "podman":
        # Its cache looks at the text of a RUN, not at what the mounts hold: it would take
        # yesterday's dependencies for today's lock. Only Docker's format has a HEALTHCHECK.
        return ["--format", "docker", "--no-cache", *argv]
    # Only buildx runs a single stage anew.
    return (["--no-cache"] if request.no_cache or request.anew else []) + argv


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
