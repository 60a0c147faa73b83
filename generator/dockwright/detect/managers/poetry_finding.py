"""What Poetry would install, and whether its lock is the one of this pyproject.toml."""

from dockwright.detect.managers import poetry_digest
from dockwright.detect.managers.judgement import credential_notices, lone_lock, summary
from dockwright.detect.managers.poetry_groups import locked_distributions
from dockwright.detect.managers.poetry_lock import PATH, PoetryLock, read_lock
from dockwright.detect.managers.poetry_manifest import PoetryManifest, read_manifest
from dockwright.detect.managers.project_table import ProjectTable, read_project_table
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, Disagreement, Lock, ManagerFinding
from dockwright.model.manager import LockState, Manager
from dockwright.model.origin import Notice, Origin

_OWN_KEYS = (
    "dependencies", "dev-dependencies", "group", "name", "package-mode", "source", "requires-poetry", "requires-plugins", "extras",
)  # fmt: skip
_LOCKS_OF_OTHERS = ("uv.lock", "pdm.lock")
_NEWEST_FORMAT = (2, 1)


def read_finding(tree: ProjectTree) -> ManagerFinding | None:
    """Read pyproject.toml and poetry.lock, None where the project is not Poetry's; errors as `poetry.find` says."""
    locked = tree.has(PATH)
    table = read_project_table(tree)
    if table is None:
        if locked:
            raise lone_lock(PATH, "pyproject.toml")
        return None
    if not locked and not _is_poetrys(tree, table):
        return None
    manifest = read_manifest(tree, table)
    lock, notices = _judged(tree, table, manifest) if locked else (None, ())
    secrets = credential_notices(table.path, tree.text(table.path))
    return ManagerFinding(
        manager=Manager.POETRY, manifest=manifest.manifest, lock=lock, notices=notices + secrets
    )


def _is_poetrys(tree: ProjectTree, table: ProjectTable) -> bool:
    """Without a lock: [tool.poetry] says more than how to build, or poetry-core builds and nobody else has a say."""
    tool = table.tool("poetry")
    others = any(tree.has(lock) for lock in _LOCKS_OF_OTHERS)
    if any(key in tool for key in _OWN_KEYS):
        return not others or "dependencies" in tool
    backend = table.build_system.backend.startswith("poetry")
    return (
        backend and not others and not any(table.has_tool(name) for name in ("uv", "pdm", "hatch"))
    )


def _judged(
    tree: ProjectTree, table: ProjectTable, manifest: PoetryManifest
) -> tuple[Lock, tuple[Notice, ...]]:
    lock = read_lock(tree)
    verdict = _verdict(table, lock, manifest)
    stale = not verdict.fresh
    disagreements = _differences(lock, manifest) if stale and lock.format else ()
    # A lock that Poetry 1 made of [project] is no lock of another project, though it looks like one.
    hollow = poetry_digest.misses_the_dependencies(table.document, lock.written_by, lock.format)
    explained = stale and bool(lock.packages) and not hollow
    because = (
        verdict.because,
        *([summary(disagreements, len(manifest.manifest.requirements))] if explained else []),
    )
    judged = Lock(
        path=PATH,
        format=lock.format,
        state=LockState.STALE if stale else LockState.FRESH,
        because=because,
        disagreements=disagreements,
        written_by=lock.written_by,
        distributions=locked_distributions(lock, manifest.manifest.requirements, PATH),
        requires_python=lock.python_versions,
    )
    return judged, _notices(table, lock, manifest, fresh=verdict.fresh)


def _differences(lock: PoetryLock, manifest: PoetryManifest) -> tuple[Disagreement, ...]:
    from dockwright.detect.managers.poetry_differences import differences

    return differences(lock, manifest)


def _verdict(
    table: ProjectTable, lock: PoetryLock, manifest: PoetryManifest
) -> poetry_digest.Verdict:
    if not lock.format:
        return poetry_digest.Verdict(fresh=False, because=f"{PATH} is empty")
    asked = sum(wish.group == MAIN for wish in manifest.manifest.requirements)
    if asked and not lock.packages:
        return poetry_digest.Verdict(
            fresh=False, because=f"{PATH} holds no packages, and {table.path} asks for {asked}"
        )
    return poetry_digest.judge(table.document, lock.content_hash, lock.written_by, lock.format)


def _notices(
    table: ProjectTable, lock: PoetryLock, manifest: PoetryManifest, *, fresh: bool
) -> tuple[Notice, ...]:
    found: list[Notice] = []
    origin = Origin(path=PATH)
    if poetry_digest.misses_the_dependencies(table.document, lock.written_by, lock.format):
        found.append(
            Notice(
                code="poetry-lock-hollow",
                text=f"{PATH} was written by Poetry {lock.written_by or '1'}, which does not read [project], where the dependencies stand",
                origin=origin,
                remedy="lock again with Poetry 2: pipx run poetry==2.5.1 lock",
            )
        )
    if tuple(int(part) for part in lock.format.split(".")[:2] if part.isdigit()) > _NEWEST_FORMAT:
        found.append(
            Notice(
                code="poetry-lock-newer",
                text=f"lock-version {lock.format} is newer than 2.1, which Dockwright knows; it is read as 2.1",
                origin=origin,
                remedy="update Dockwright if groups or markers look wrong",
            )
        )
    missing = _groups_not_locked(table, lock, manifest) if fresh else ()
    if missing:
        found.append(
            Notice(
                code="poetry-group-unlocked",
                text=f"[dependency-groups] {', '.join(missing)} is not in {PATH}: Poetry {lock.written_by} passed over it",
                origin=table.lines.origin("dependency-groups", missing[0]),
                remedy="lock again with a current Poetry: poetry lock",
            )
        )
    return tuple(found)


def _groups_not_locked(
    table: ProjectTable, lock: PoetryLock, manifest: PoetryManifest
) -> tuple[str, ...]:
    """Poetry before 2.2 does not read [dependency-groups], and before 2.3 a change there did not make a lock stale."""
    wished = {wish.group for wish in manifest.manifest.requirements if wish.group in table.groups}
    locked = {group for package in lock.packages for group in package.groups}
    return tuple(sorted(wished - locked)) if lock.says_groups else ()
