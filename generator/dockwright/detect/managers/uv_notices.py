"""What the owner of a uv project should know besides the verdict on the lock."""

from collections.abc import Iterator

from dockwright.detect.managers.conditions import parse_condition
from dockwright.detect.managers.judgement import credential_notices
from dockwright.detect.managers.requirement_text import is_outside
from dockwright.detect.managers.toml_values import texts_in
from dockwright.detect.managers.uv_lock import PATH, UvLock
from dockwright.detect.managers.uv_workspace import NAME, SETTINGS_FILE, Workspace, sources_of
from dockwright.detect.tree import ProjectTree
from dockwright.model.origin import Notice, Origin

_LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}


def project_notices(tree: ProjectTree, workspace: Workspace) -> Iterator[Notice]:
    """Yield what a person should know of the manifests."""
    for member in workspace.members:
        if not NAME.fullmatch(member.table.name):
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
    for path in dict.fromkeys(
        (workspace.root.path, *(member.table.path for member in workspace.members), SETTINGS_FILE)
    ):
        yield from credential_notices(path, tree.optional_text(path) or "")


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
            elif (
                isinstance(path, str)
                and not is_outside(path)
                and not (tree.has(path) or tree.has_folder(path))
            ):
                yield Notice(
                    code="path-dependency-missing",
                    text=f"{name} is to come from {path}, and there is nothing",
                    origin=origin,
                    remedy="mend the path, or check the folder out",
                )


def lock_notices(lock: UvLock) -> Iterator[Notice]:
    """Say so if the lock was made for other systems only; images run Linux."""
    markers = texts_in(lock.document.get("supported-markers"))
    clauses = [clause for marker in markers for clause in parse_condition(marker)]
    if clauses and not any(_may_hold_on_linux(clause) for clause in clauses):
        yield Notice(
            code="lock-not-for-linux",
            text="`environments` leaves Linux out, so the lock holds nothing that an image could install",
            origin=Origin(path=PATH, key="supported-markers"),
            remedy="add \"sys_platform == 'linux'\" to `environments` and lock again",
        )


def _may_hold_on_linux(clause: frozenset[str]) -> bool:
    """Whether none of the comparisons that must all hold names another system."""
    return not any(
        part.startswith(f'{variable} == "') and part != f'{variable} == "{value}"'
        for variable, value in _LINUX.items()
        for part in clause
    )
