"""The library's front door: what `dockwright` does, as functions."""

import os
from collections.abc import Mapping
from pathlib import Path

from dockwright.build.engine import find_engine
from dockwright.build.image import build_image, lock_in_image
from dockwright.build.programs import version_of
from dockwright.build.request import BuildRequest
from dockwright.decide import decide
from dockwright.decide.manager import choose_manager
from dockwright.detect import detect
from dockwright.errors import UsageError
from dockwright.model.dependencies import Lock, Manager, ManagerFinding, Strategy
from dockwright.model.inspection import InspectionJson
from dockwright.model.origin import Origin
from dockwright.model.output import (
    BuildResult,
    LockChange,
    LockResult,
    Outcome,
    Proof,
    RenderedFile,
)
from dockwright.model.plan import Plan
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from dockwright.packs.pack_files import ANSWERS, applied_packs, files_of, layers_of
from dockwright.prove.checks import Expectation, prove_image
from dockwright.prove.container import Surroundings, services_up
from dockwright.render import render as render_files
from dockwright.render import render_lock
from dockwright.render.inspection_document import inspection
from dockwright.settings import load_settings
from dockwright.write import check, write

__all__ = ["build", "check", "inspect", "lock", "plan", "prove", "render", "settings_of", "write"]

# Where a project keeps templates of its own, relative to its root.
OVERLAY = ".dockwright/templates"


def settings_of(
    root: Path, *, flags: tuple[str, ...] = (), environ: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings for the project in `root`: flags, environment, file, in that order."""
    variables = os.environ if environ is None else environ
    return load_settings(root, flags=flags, environ=variables).settings


def plan(root: Path, settings: Settings | None = None, *, lenient: bool = False) -> Plan:
    """Read the project in `root` and return its plan; raises what `decide` raises."""
    project = detect(root)
    return decide(project, settings_of(root) if settings is None else settings, lenient=lenient)


def inspect(root: Path, settings: Settings | None = None) -> InspectionJson:
    """Return what `dockwright inspect --json` prints."""
    return inspection(plan(root, settings, lenient=True))


def render(root: Path, settings: Settings | None = None) -> tuple[RenderedFile, ...]:
    """Return the text of every file for the project, by its own templates and packs."""
    wanted = settings_of(root) if settings is None else settings
    return render_plan(plan(root, wanted), wanted, root)


def render_plan(
    settled: Plan, settings: Settings, root: Path, target: Path | None = None
) -> tuple[RenderedFile, ...]:
    """Return the files of a plan; packs were applied in `target`, which is `root` by default."""
    kept = target or root
    overlay = root / OVERLAY
    own = overlay if overlay.is_dir() else None
    if not (kept / ANSWERS).is_file():
        return render_files(settled, settings, overlay=own)

    applied = applied_packs(kept, settled)
    built_in = render_files(settled, settings, overlay=own, layers=layers_of(applied))
    # A file of a pack replaces a built-in one of the same path.
    return tuple({file.path: file for file in (*built_in, *files_of(applied, settled))}.values())


def build(
    request: BuildRequest,
    settings: Settings | None = None,
    *,
    engine: str = "",
    drifted: bool = False,
    quiet: bool = True,
) -> BuildResult:
    """Build the image of the project in `request.root` and return what is in it.

    The Dockerfile, the further build contexts and VERSION are filled in. `engine` is docker, podman
    or nerdctl, "" for the first that answers. Files that are not what the project needs are refused
    unless `drifted`. Raises UsageError and EngineError.
    """
    return build_image(
        find_engine(engine), build_request(request, settings, drifted=drifted), quiet=quiet
    )


def build_request(
    request: BuildRequest, settings: Settings | None = None, *, drifted: bool = False
) -> BuildRequest:
    """Return `request` with the project's Dockerfile, contexts and VERSION; UsageError on drift."""
    root = request.root
    wanted = settings_of(root) if settings is None else settings
    settled = plan(root, wanted, lenient=True)
    if not (root / wanted.dockerfile_path).is_file():
        raise UsageError(
            f"there is no {wanted.dockerfile_path} in {root}",
            rule="build builds from the files that generate has written",
            steps=("write them first",),
            example=f"dockwright generate {root}",
        )
    if not drifted:
        _refuse_drift(root, wanted, settled)
    return replace(
        request,
        dockerfile=wanted.dockerfile_path,
        contexts=(*settled.extra_context, *request.contexts),
        arguments=_with_version(request.arguments, root, settled),
    )


def lock(
    request: BuildRequest,
    settings: Settings | None = None,
    *,
    update: bool = False,
    engine: str = "",
    quiet: bool = True,
) -> LockResult:
    """Lock the project in its target image, write the lock back, and return what changed.

    `request` says how: secrets, SSH agents, builder. Versions that still fit are kept unless
    `update`. Raises UsageError where the manager has no lock or the lock is written by hand, and
    EngineError; then the old lock is untouched.
    """
    root = request.root
    # A compose file has no part in it.
    strategy = Strategy.UPDATE if update else Strategy.RELOCK
    wanted = replace(settings or settings_of(root), strategy=str(strategy), compose=False)
    project = detect(root)
    finding = choose_manager(project, wanted)[0].value
    old = finding.lock
    by_hand = old is not None and old.path == finding.manifest.path
    if old and by_hand and finding.manager is Manager.REQUIREMENTS:
        raise _written_by_hand(finding, old)
    settled = decide(project, wanted, lenient=True)
    if settled.locking is None:
        raise _nothing_to_lock(finding)
    path = settled.locking.file
    asked = replace(request, contexts=(*settled.extra_context, *request.contexts))
    made = lock_in_image(find_engine(engine), asked, render_lock(settled), path, quiet=quiet)
    write((RenderedFile(path=path, text=made.decode("utf-8"), kind="lock"),), root)
    before, after = _versions(finding), _versions(choose_manager(detect(root), wanted)[0].value)
    changes = (
        LockChange(name=name, before=before.get(name, ""), after=after.get(name, ""))
        for name in sorted(before | after)
        if before.get(name) != after.get(name)
    )
    return LockResult(path=path, changes=tuple(changes))


def prove(
    image: str,
    root: Path,
    settings: Settings | None = None,
    *,
    engine: str = "",
    environment: tuple[str, ...] = (),
    services: bool = True,
) -> Proof:
    """Start `image` and compare it with the plan and the lock of the project in `root`.

    `environment` are NAME=VALUE pairs for the application; with `services` those of compose.yaml
    run meanwhile. A check that fails is told in the proof and not raised; EngineError where the
    image does not run at all.
    """
    wanted = settings_of(root) if settings is None else settings
    settled = plan(root, wanted, lenient=True)
    running = find_engine(engine)
    kinds = tuple(service.kind for service in settled.services) if services else ()
    first = settled.processes[0].name if settled.processes else ""
    with services_up(running, root, wanted.compose_path, kinds, first) as found:
        around = Surroundings(options=found.options, environment=(*found.environment, *environment))
        return prove_image(running, image, _expectation(settled), surroundings=around)


def _refuse_drift(path: Path, settings: Settings, settled: Plan) -> None:
    files = render_plan(settled, settings, path)
    wanted = tuple(file for file in files if file.kind in {"dockerfile", "ignore"})
    drift = {Outcome.UPDATE, Outcome.CONFLICT, Outcome.MERGE}
    stale = [seen.path for seen in check(wanted, path) if seen.outcome in drift]
    if stale:
        raise UsageError(
            f"{', '.join(stale)} is not what the project needs",
            rule="an image is built from files that are up to date",
            steps=("write them anew", "or build them as they are: --drifted"),
            example=f"dockwright generate {path}",
        )


def _with_version(
    arguments: tuple[tuple[str, str], ...], path: Path, settled: Plan
) -> tuple[tuple[str, str], ...]:
    # The image has no .git to ask, so the Dockerfile has VERSION as an argument.
    wheel = settled.dockerfile.wheel
    if not wheel or not wheel.version_variable or "VERSION" in dict(arguments):
        return arguments
    version = version_of(path)
    return (*arguments, ("VERSION", version)) if version else arguments


def _expectation(plan: Plan) -> Expectation:
    machines = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
    found: dict[str, dict[str, str]] = {}
    for fact in plan.wheels:
        found.setdefault(machines.get(fact.platform, fact.platform), {})[fact.name] = fact.version
    return Expectation(
        python=plan.python.value.version,
        distributions=found if plan.lock.file else {},
        local=plan.local_distributions,
        complete=plan.lock_is_complete,
        listens=any(process.port for process in plan.processes[:1]),
    )


def _versions(finding: ManagerFinding) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for entry in finding.lock.distributions if finding.lock else ():
        found.setdefault(entry.name, []).append(entry.version or entry.reference)
    return {name: ", ".join(sorted(set(versions))) for name, versions in sorted(found.items())}


def _nothing_to_lock(finding: ManagerFinding) -> UsageError:
    return UsageError(
        f"{finding.manager} has no lock of its own for {finding.manifest.path or 'a script'}",
        rule="a lock is made by the package manager, inside the target image",
        steps=(
            "rename requirements.txt to requirements.in and compile it",
            "or move to uv, PDM, Poetry or Pipenv",
        ),
        example="uv pip compile --generate-hashes requirements.in --output-file requirements.txt",
    )


def _written_by_hand(finding: ManagerFinding, lock: Lock) -> UsageError:
    lost = next(
        (notice for notice in finding.notices if notice.code == "compiled-from-nothing"), None
    )
    source = f"{lock.path.removesuffix('.txt')}.in"
    restore = f"{lost.remedy}, or " if lost else ""
    return UsageError(
        f"there is nothing from which {lock.path} could be locked",
        origin=Origin(path=lock.path),
        found=lost.text if lost else "; ".join(lock.because),
        rule="a lock is made from a file that says what is asked for, not from itself",
        steps=(
            f"{restore}write what the project itself asks for into {source}",
            f"compile it once: then `dockwright lock` finds {source} by the header of {lock.path}",
        ),
        example=f"uv pip compile --generate-hashes {source} --output-file {lock.path}",
    )
