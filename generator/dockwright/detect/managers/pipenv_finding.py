"""What Pipenv would install, and whether its lock is the one of this Pipfile."""

from typing import Any

from dockwright.detect.managers.judgement import credential_notices, lone_lock, summary
from dockwright.detect.managers.pipenv_digest import (
    matching_variant,
    names_that_are_not_canonical,
    normalised_digest,
    plette_digest,
)
from dockwright.detect.managers.pipenv_lock import PATH, PipfileLock, read_lock, requires_python
from dockwright.detect.managers.pipenv_manifest import Pipfile, read_pipfile
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    MAIN,
    Disagreement,
    Lock,
    ManagerFinding,
    Manifest,
    SourceKind,
)
from dockwright.model.manager import LockState, Manager
from dockwright.model.origin import Notice


def read_finding(tree: ProjectTree) -> ManagerFinding:
    """Read Pipfile and Pipfile.lock, of which one at least is there; errors as `pipenv.find` says."""
    if not tree.has("Pipfile"):
        raise lone_lock(PATH, "Pipfile")
    pipfile = read_pipfile(tree)
    manifest = pipfile.manifest
    lock = _judged(read_lock(tree), pipfile) if tree.has(PATH) else None
    secrets = credential_notices("Pipfile", tree.text("Pipfile"))
    return ManagerFinding(
        manager=Manager.PIPENV,
        manifest=manifest,
        lock=lock,
        notices=pipfile.notices + secrets + _unlocked_categories(lock, manifest),
    )


def _judged(lock: PipfileLock, pipfile: Pipfile) -> Lock:
    variant = _variant(lock, pipfile.document)
    disagreements = _differences(lock, pipfile) if not variant and not lock.is_empty else ()
    distributions = lock.distributions
    return Lock(
        path=PATH,
        format=lock.format,
        state=LockState.FRESH if variant else LockState.STALE,
        because=_fresh(variant, pipfile.document)
        if variant
        else _stale(lock, summary(disagreements, len(pipfile.manifest.requirements))),
        disagreements=disagreements,
        variant=variant,
        distributions=distributions,
        requires_python=requires_python(lock.meta),
        hashed=all(one.hashes for one in distributions if one.source is SourceKind.REGISTRY),
    )


def _differences(lock: PipfileLock, pipfile: Pipfile) -> tuple[Disagreement, ...]:
    from dockwright.detect.managers.pipenv_differences import differences

    return differences(lock, pipfile)


def _variant(lock: PipfileLock, pipfile: dict[str, Any]) -> str:
    if not lock.digest:
        return ""
    return matching_variant(
        pipfile, lock.digest, knows_categories=bool(set(lock.groups) - {MAIN, "dev"})
    )


def _unlocked_categories(lock: Lock | None, manifest: Manifest) -> tuple[Notice, ...]:
    """Pipenv of the legacy digest passes over categories in silence; its lock is fresh, and they are not in it."""
    names = {
        wish.group: wish.origin
        for wish in reversed(manifest.requirements)
        if wish.group not in (MAIN, "dev")
    }
    if lock is None or lock.variant != "legacy":
        return ()
    return tuple(
        Notice(
            code="pipfile-category-unlocked",
            text=f"the category [{name}] is not in {PATH}: Pipenv before 2022.10 does not know categories",
            origin=origin,
            remedy="lock again with a current Pipenv: pipenv lock",
        )
        for name, origin in sorted(names.items())
    )


def _fresh(variant: str, pipfile: dict[str, Any]) -> tuple[str, ...]:
    same = f"{PATH} records the digest of this Pipfile"
    if variant == "legacy":
        return (
            f"{same} as Pipenv before 2022.10 reckons it, without its categories (newer ones would refuse the lock)",
        )
    if variant == "plette":
        names = names_that_are_not_canonical(pipfile)
        odd = (
            f", because of the spelling of {', '.join(names[:3])}{' and others' if len(names) > 3 else ''}"
            if names
            else ""
        )
        return (
            f"{same} as Pipenv before 2026.4 reckons it (2026.4 and newer would refuse the lock{odd})",
        )
    if normalised_digest(pipfile) != plette_digest(pipfile):
        return (f"{same} as Pipenv 2026.4 and newer reckon it (older ones would refuse the lock)",)
    return (same,)


def _stale(lock: PipfileLock, differing: str) -> tuple[str, ...]:
    if lock.is_empty:
        return (f"{PATH} is empty",)
    if not lock.digest:
        return (
            f"{PATH} records no digest, so no Pipenv takes it for the lock of this Pipfile",
            differing,
        )
    return (
        f"{PATH} records the digest of another Pipfile (every Pipenv would refuse it)",
        differing,
    )
