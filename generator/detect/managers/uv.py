"""uv: pyproject.toml with [tool.uv], and uv.lock."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from generator.detect.managers.conditions import NEVER, either, parse_condition, to_marker
from generator.detect.managers.judgement import lone_lock
from generator.detect.managers.poetry_entries import git_reference
from generator.detect.managers.project_table import PATH as PYPROJECT
from generator.detect.managers.project_table import ProjectTable, read_project_table
from generator.detect.managers.requirement_text import canonical_name, classify_reference, is_outside, strip_credentials
from generator.detect.managers.toml_values import dig, texts_in
from generator.detect.managers.uv_freshness import FRESH, judge
from generator.detect.managers.uv_graph import Need, needs
from generator.detect.managers.uv_lock import LOCAL_SOURCES, PATH, Package, UvLock, read_lock
from generator.detect.managers.uv_manifest import read_manifest
from generator.detect.managers.uv_workspace import SETTINGS_FILE, Workspace, read_workspace, sources_of
from generator.detect.tree import ProjectTree
from generator.model.dependencies import MAIN, Lock, LockedDistribution, LockedFile, ManagerFinding, SourceKind
from generator.model.manager import Manager
from generator.model.origin import Notice, Origin

_LOCKS_OF_OTHERS = ("poetry.lock", "pdm.lock")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


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
    return ManagerFinding(
        manager=Manager.UV,
        manifest=read_manifest(tree, workspace),
        lock=_read_and_judge(tree, workspace) if locked else None,
        notices=tuple(_notices(tree, workspace)),
        workspace_members=tuple(member.folder for member in workspace.members if member.folder),
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is uv's without a lock: there is a [tool.uv] that does not decline, and no other manager's lock."""
    tool = table.tool("uv")
    if not table.has_tool("uv") or tool.get("managed") is False or any(tree.has(lock) for lock in _LOCKS_OF_OTHERS):
        return False
    return table.declared or "workspace" in tool or "dev-dependencies" in tool


def _read_and_judge(tree: ProjectTree, workspace: Workspace) -> Lock:
    lock = read_lock(tree)
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
        groups=tuple(sorted({need.group for need in needed}, key=lambda group: (group != MAIN, group))),
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
    production = [need.condition for need in needed if need.group == MAIN or need.group.startswith("extra:")]
    joined = NEVER
    for condition in production or [need.condition for need in needed]:
        joined = either(joined, condition)
    return to_marker(joined) if joined else ""


def _place(source: dict[str, Any]) -> tuple[SourceKind, str]:
    kind, value = next(((key, value) for key, value in source.items() if isinstance(value, str)), ("", ""))
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


def _notices(tree: ProjectTree, workspace: Workspace) -> Iterator[Notice]:
    for member in workspace.members:
        if not _NAME.fullmatch(member.table.name):
            yield Notice(
                code="invalid-project-name",
                text=f"`{member.table.name}` is no valid name for a project, and uv refuses it",
                origin=member.table.lines.origin("project", "name"),
                remedy='give the project a name of letters, digits, "-", "_" and "."',
            )
    if tree.has(SETTINGS_FILE) and set(workspace.root.tool("uv")) & set(workspace.settings):
        yield Notice(
            code="uv-two-settings",
            text=f"{SETTINGS_FILE} stands beside [tool.uv], and uv takes its settings from {SETTINGS_FILE} alone",
            origin=Origin(path=SETTINGS_FILE),
            remedy="keep the settings in one of the two files",
        )
    yield from _missing_sources(tree, workspace)


def _missing_sources(tree: ProjectTree, workspace: Workspace) -> Iterator[Notice]:
    for name, entries in sources_of(workspace.root).items():
        origin = workspace.root.lines.origin("tool", "uv", "sources", name)
        for entry in entries:
            path = entry.get("path")
            if entry.get("workspace") is True and workspace.member(name) is None:
                yield Notice(
                    code="uv-workspace-elsewhere",
                    text=f"{name} is to come from the workspace, and this folder is not the root of one that holds it",
                    origin=origin,
                    remedy="run dockwright in the folder whose pyproject.toml has [tool.uv.workspace]",
                )
            elif isinstance(path, str) and not is_outside(path) and not (tree.has(path) or tree.has_folder(path)):
                yield Notice(
                    code="path-dependency-missing",
                    text=f"{name} is to come from {path}, and there is nothing",
                    origin=origin,
                    remedy="mend the path, or check the folder out",
                )


def notice_lock_not_for_linux(lock: UvLock) -> Notice | None:
    """Return a notice if the lock was made for other systems only; images run Linux."""
    environment = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    markers = texts_in(lock.document.get("supported-markers"))
    clauses = [clause for marker in markers for clause in parse_condition(marker)]
    if not clauses or any(_may_hold(clause, environment) for clause in clauses):
        return None
    return Notice(
        code="lock-not-for-linux",
        text="`environments` leaves Linux out, so the lock holds nothing that an image could install",
        origin=Origin(path=PATH, key="supported-markers"),
        remedy="add \"sys_platform == 'linux'\" to `environments` and lock again",
    )


def _may_hold(clause: frozenset[str], environment: dict[str, str]) -> bool:
    return not any(
        f'{variable} == "' in part and part != f'{variable} == "{value}"'
        for variable, value in environment.items()
        for part in clause
    )
