"""uv: pyproject.toml with [tool.uv], and uv.lock."""

import re
from collections.abc import Iterator

from dockwright.detect.managers.comparison import credential_notices, lone_lock
from dockwright.detect.managers.markers import parse_condition
from dockwright.detect.managers.pyproject import PATH as PYPROJECT
from dockwright.detect.managers.pyproject import ProjectTable, read_project_table
from dockwright.detect.managers.requirement import is_outside
from dockwright.detect.managers.toml import text_in, texts_in
from dockwright.detect.managers.uv_freshness import NAME, judge
from dockwright.detect.managers.uv_lock import PATH, UvLock, distributions, read_lock
from dockwright.detect.managers.uv_manifest import (
    SETTINGS_FILE,
    Workspace,
    read_manifest,
    read_workspace,
    sources_of,
)
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import Lock, ManagerFinding
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice, Origin

FRESH = "uv.lock repeats everything that pyproject.toml asks for"
LOCKS_OF_OTHERS = ("poetry.lock", "pdm.lock")
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what uv would install, None where the project is not uv's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or
    one of a newer version.
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
        notices=(*_notices(tree, workspace), *(_lock_notices(lock) if lock else ())),
        workspace_members=tuple(member.folder for member in workspace.members if member.folder),
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is uv's without a lock.

    There is a [tool.uv] that does not decline, and no other manager's lock.
    """
    tool = table.tool("uv")
    if (
        not table.has_tool("uv")
        or tool.get("managed") is False
        or any(tree.has(lock) for lock in LOCKS_OF_OTHERS)
    ):
        return False
    return table.declared or "workspace" in tool or "dev-dependencies" in tool


def _judged(tree: ProjectTree, workspace: Workspace, lock: UvLock) -> Lock:
    findings = judge(tree, workspace, lock)
    # A root that is no project stands for all of its members.
    root = workspace.root_member
    installed = (root,) if root else workspace.members
    roots = tuple(member.name for member in installed if lock.local_package(member.name))
    return Lock(
        path=PATH,
        format=lock.format,
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        distributions=tuple(distributions(lock, roots)),
        requires_python=lock.requires_python,
    )


def _notices(tree: ProjectTree, workspace: Workspace) -> Iterator[Notice]:
    """Yield what a person should know of the manifests."""
    for member in workspace.members:
        if not re.fullmatch(NAME, member.table.name):
            yield Notice(
                code="invalid-project-name",
                text=f"`{member.table.name}` is no valid name for a project, and uv refuses it",
                origin=member.table.lines.origin("project", "name"),
                remedy='give the project a name of letters, digits, "-", "_" and "."',
            )
    if tree.has(SETTINGS_FILE) and set(workspace.root.tool("uv")) & set(workspace.settings):
        yield Notice(
            code="uv-two-settings",
            text=f"{SETTINGS_FILE} stands beside [tool.uv], and uv takes its settings from"
            f" {SETTINGS_FILE} alone",
            origin=Origin(path=SETTINGS_FILE),
            remedy="keep the settings in one of the two files",
        )
    yield from _missing_sources(tree, workspace)
    members = (member.table.path for member in workspace.members)
    for path in dict.fromkeys((workspace.root.path, *members, SETTINGS_FILE)):
        yield from credential_notices(path, tree.optional_text(path) or "")


def _missing_sources(tree: ProjectTree, workspace: Workspace) -> Iterator[Notice]:
    for name, entries in sources_of(workspace.root).items():
        origin = workspace.root.lines.origin("tool", "uv", "sources", name)
        for entry in entries:
            path = text_in(entry, "path")
            there = is_outside(path) or tree.has(path) or tree.has_folder(path)
            if entry.get("workspace") is True and workspace.member(name) is None:
                yield Notice(
                    code="uv-workspace-elsewhere",
                    text=f"{name} is to come from the workspace, and this folder is not the root"
                    " of one that holds it",
                    origin=origin,
                    remedy="run dockwright in the folder whose pyproject.toml has"
                    " [tool.uv.workspace]",
                )
            elif path and not there:
                yield Notice(
                    code="path-dependency-missing",
                    text=f"{name} is to come from {path}, and there is nothing",
                    origin=origin,
                    remedy="mend the path, or check the folder out",
                )


def _lock_notices(lock: UvLock) -> Iterator[Notice]:
    """Say so if the lock was made for other systems only; images run Linux."""
    markers = texts_in(lock.document.get("supported-markers"))
    clauses = [clause for marker in markers for clause in parse_condition(marker)]
    if clauses and all(any(map(_names_another_system, clause)) for clause in clauses):
        yield Notice(
            code="lock-not-for-linux",
            text="`environments` leaves Linux out, so the lock holds nothing that an image could"
            " install",
            origin=Origin(path=PATH, key="supported-markers"),
            remedy="add \"sys_platform == 'linux'\" to `environments` and lock again",
        )


def _names_another_system(comparison: str) -> bool:
    variable, _, value = comparison.partition(" == ")
    return variable in LINUX and value not in ("", f'"{LINUX[variable]}"')
