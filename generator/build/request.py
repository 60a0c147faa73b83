"""What to build, and the command line of each engine for it."""

from pathlib import Path

from generator.build.engines import Engine
from generator.errors import UsageError
from generator.model.record import record


@record
class BuildRequest:
    """One build. `contexts` are (name, path) of further build contexts; `arguments` (name, value) of build arguments."""

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


def build_argv(engine: Engine, request: BuildRequest, *, metadata: Path | None = None) -> tuple[str, ...]:
    """Return the command line; UsageError for what the engine cannot do."""
    if not engine.buildx:
        _refuse_what_needs_buildx(engine, request)
    argv = [engine.program, *(("buildx",) if engine.buildx else ()), "build"]
    argv += ["--file", str(request.root / request.dockerfile)]
    argv += _repeated("--tag", request.tags)
    argv += _single("--target", request.target)
    argv += _single("--platform", ",".join(request.platforms))
    argv += _repeated("--build-context", tuple(f"{name}={request.root / path}" for name, path in request.contexts))
    argv += _repeated("--build-arg", tuple(f"{name}={value}" for name, value in request.arguments))
    argv += _repeated("--cache-to", request.cache_to)
    argv += _repeated("--cache-from", request.cache_from)
    argv += _repeated("--secret", request.secrets)
    argv += _repeated("--ssh", request.ssh)
    argv += ["--no-cache"] if request.no_cache else []
    if engine.buildx:
        argv += _of_buildx(request, metadata)
    return (*argv, str(request.root))


def _of_buildx(request: BuildRequest, metadata: Path | None) -> list[str]:
    several = len(request.platforms) > 1
    argv = _single("--builder", request.builder)
    argv += ["--push"] if request.push else []
    argv += ["--load"] if request.load and not request.push and not several else []
    argv += ["--sbom=true"] if request.sbom else []
    argv += [f"--provenance={request.provenance}"] if request.provenance else []
    argv += ["--metadata-file", str(metadata)] if metadata else []
    return argv


def _refuse_what_needs_buildx(engine: Engine, request: BuildRequest) -> None:
    asked = [
        flag
        for flag, value in (
            ("--push", request.push),
            ("--builder", request.builder),
            ("--sbom", request.sbom),
            ("--provenance", request.provenance),
        )
        if value
    ]
    if asked:
        raise UsageError(
            f"{engine.program} build has no {', '.join(asked)}",
            rule="these belong to Docker's buildx",
            steps=("leave them out", "or build with --engine docker"),
            example=f"dockwright build --engine {engine.program} --tag app",
        )


def _repeated(flag: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (flag, value)]


def _single(flag: str, value: str) -> list[str]:
    return [flag, value] if value else []
