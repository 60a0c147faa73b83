"""uv: pyproject.toml with [tool.uv], and uv.lock."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dockwright.detect.managers.conditions import NEVER, either, to_marker
from dockwright.detect.managers.judgement import lone_lock
from dockwright.detect.managers.poetry_entries import git_reference
from dockwright.detect.managers.project_table import PATH as PYPROJECT
from dockwright.detect.managers.project_table import ProjectTable, read_project_table
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    strip_credentials,
)
from dockwright.detect.managers.toml_values import dig, texts_in
from dockwright.detect.managers.uv_freshness import FRESH, judge
from dockwright.detect.managers.uv_graph import Need, needs
from dockwright.detect.managers.uv_lock import LOCAL_SOURCES, PATH, Package, UvLock, read_lock
from dockwright.detect.managers.uv_manifest import read_manifest
from dockwright.detect.managers.uv_notices import lock_notices, project_notices
from dockwright.detect.managers.uv_workspace import Workspace, read_workspace
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    MAIN,
    Lock,
    LockedDistribution,
    LockedFile,
    ManagerFinding,
    SourceKind,
)
from dockwright.model.manager import Manager

_LOCKS_OF_OTHERS = ("poetry.lock", "pdm.lock")


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what uv would install, None where the project is not uv's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or one of a newer version.
    """
    locked = tree.has(PATH)
    table = read_project_table(tree)
    if table is None:
        if locked:
            raise lone_lock(PATH, PYPROJECT)
        return None
    if not locked and not claims(tree, table):
        return None
    workspace = read_workspace(tree, table)
    lock = read_lock(tree) if locked else None
    return ManagerFinding(
        manager=Manager.UV,
        manifest=read_manifest(tree, workspace),
        lock=_judged(tree, workspace, lock) if lock else None,
        notices=(*project_notices(tree, workspace), *(lock_notices(lock) if lock else ())),
        workspace_members=tuple(member.folder for member in workspace.members if member.folder),
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is uv's without a lock: there is a [tool.uv] that does not decline, and no other manager's lock."""
    tool = table.tool("uv")
    if (
        not table.has_tool("uv")
        or tool.get("managed") is False
        or any(tree.has(lock) for lock in _LOCKS_OF_OTHERS)
    ):
        return False
    return table.declared or "workspace" in tool or "dev-dependencies" in tool


def _judged(tree: ProjectTree, workspace: Workspace, lock: UvLock) -> Lock:
    findings = judge(tree, workspace, lock)
    return Lock(
        path=PATH,
        format=lock.format,
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        distributions=tuple(_distributions(workspace, lock)),
        requires_python=lock.requires_python,
    )


def _distributions(workspace: Workspace, lock: UvLock) -> Iterator[LockedDistribution]:
    """Yield each package that something needs; all of them, without groups, if the lock knows none of the projects."""
    roots = _roots(workspace, lock)
    needed = needs(lock, roots)
    for position, package in enumerate(lock.packages):
        if position in needed or not roots:
            yield _distribution(package, needed.get(position, ()))


def _roots(workspace: Workspace, lock: UvLock) -> tuple[str, ...]:
    """Return the projects that a walk starts from: the root, or every member where the root is no project."""
    chosen = (workspace.root_member,) if workspace.root_member else workspace.members
    return tuple(member.name for member in chosen if lock.local_package(member.name))


def _distribution(package: Package, needed: tuple[Need, ...]) -> LockedDistribution:
    kind, reference = _place(package.source)
    return LockedDistribution(
        name=canonical_name(package.name),
        version=package.version,
        origin=package.origin,
        groups=tuple(
            sorted({need.group for need in needed}, key=lambda group: (group != MAIN, group))
        ),
        marker=_marker(needed),
        extras=tuple(sorted({extra for need in needed for extra in need.extras})),
        source=kind,
        reference=reference,
        editable="editable" in package.source,
        files=tuple(_files(package)),
        hashes=tuple(str(entry["hash"]) for entry in _file_entries(package) if "hash" in entry),
        index=strip_credentials(next(iter(texts_in(package.source.get("registry"))), "")).url,
        depends_on=tuple(sorted({canonical_name(name) for name in _dependency_names(package)})),
    )


def _marker(needed: tuple[Need, ...]) -> str:
    """Join the conditions of production and of the extras; those of other groups count only where neither needs it."""
    production = [
        need.condition for need in needed if need.group == MAIN or need.group.startswith("extra:")
    ]
    joined = NEVER
    for condition in production or [need.condition for need in needed]:
        joined = either(joined, condition)
    return to_marker(joined) if joined else ""


def _place(source: dict[str, Any]) -> tuple[SourceKind, str]:
    kind, value = next(
        ((key, value) for key, value in source.items() if isinstance(value, str)), ("", "")
    )
    if kind in (*LOCAL_SOURCES, "path"):
        return SourceKind.PATH, value
    if kind == "git":
        parts = urlsplit(value)
        query = dict(parse_qsl(parts.query))
        address = parts._replace(query="", fragment="").geturl()
        return SourceKind.GIT, git_reference(address, parts.fragment, query.get("subdirectory", ""))
    if kind == "url":
        return SourceKind.URL, classify_reference(value)[1]
    return SourceKind.REGISTRY, ""


def _files(package: Package) -> Iterator[LockedFile]:
    for entry in _file_entries(package):
        name = entry.get("filename") or entry.get("url") or entry.get("path")
        if isinstance(name, str):
            size = entry.get("size")
            tail = unquote(name.partition("#")[0].rpartition("/")[2])
            yield LockedFile(name=tail, size=size if isinstance(size, int) else None)


def _file_entries(package: Package) -> list[dict[str, Any]]:
    wheels, sdist = package.table.get("wheels", []), package.table.get("sdist")
    entries = [*wheels, sdist] if isinstance(wheels, list) else [sdist]
    if "url" in package.source and not any(entries):
        entries = [{"url": package.source["url"]}]
    return [entry for entry in entries if isinstance(entry, dict)]


def _dependency_names(package: Package) -> Iterator[str]:
    entries = package.table.get("dependencies")
    for entry in entries if isinstance(entries, list) else ():
        yield from texts_in(dig(entry, "name"))
