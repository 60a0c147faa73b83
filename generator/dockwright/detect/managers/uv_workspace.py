"""A uv project as its pyproject.toml files describe it: the root, the members of its workspace, uv's own tables."""

import fnmatch
import posixpath
from typing import Any

from dockwright.detect.managers.project_table import PATH, ProjectTable, read_project_table
from dockwright.detect.managers.requirement_text import canonical_name, is_outside
from dockwright.detect.managers.toml_values import dig, items_in, table_at, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record

SETTINGS_FILE = "uv.toml"
NAME = Pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""What uv takes for the name of a project."""


@record
class Member:
    """One project of the workspace; `folder` is "" for the root. `is_package` whether uv builds and installs it."""

    folder: str
    table: ProjectTable
    is_package: bool

    @property
    def name(self) -> str:
        """The canonical name."""
        return canonical_name(self.table.name)


@record
class Workspace:
    """The root's pyproject.toml and its members (the root too if it has a [project]), sorted by folder.

    `settings` are those of uv.toml if that file exists, else [tool.uv]: uv does not mix the two. What belongs to the
    project and not to the tool (sources, constraints, groups, environments) is always in [tool.uv]. `required` are the
    members that another one names in its sources with `workspace = true`, each with its `editable` (None: not said).
    """

    root: ProjectTable
    members: tuple[Member, ...]
    settings: dict[str, Any] = field(repr=False)
    settings_path: str = PATH
    required: dict[str, bool | None] = field(default_factory=dict)

    @property
    def root_member(self) -> Member | None:
        """The root as a project, None where it only holds the workspace together."""
        return next((member for member in self.members if not member.folder), None)

    def member(self, name: str) -> Member | None:
        """Return the member of that canonical name."""
        return next((member for member in self.members if member.name == name), None)

    def ignores_sources(self, name: str) -> bool:
        """Whether the settings turn [tool.uv.sources] off, for all or for this package."""
        named = {canonical_name(text) for text in texts_in(self.settings.get("no-sources-package"))}
        return self.settings.get("no-sources") is True or name in named

    def setting_origin(self, *place: str | int) -> Origin:
        """Return the place of a setting."""
        if self.settings_path == PATH:
            return self.root.lines.origin("tool", "uv", *place)
        return Origin(
            path=self.settings_path, key=".".join(part for part in place if isinstance(part, str))
        )


def read_workspace(tree: ProjectTree, root: ProjectTable) -> Workspace:
    """Return the workspace of a root; without [tool.uv.workspace] it is the root alone.

    Raises SyntaxFault and ManifestError of any member's pyproject.toml.
    """
    tables = _member_tables(tree, root)
    required = _required(root, tables)
    members = tuple(
        Member(
            folder=folder,
            table=table,
            is_package=is_package(table, required=canonical_name(table.name) in required),
        )
        for folder, table in sorted(tables.items())
    )
    has_file = tree.has(SETTINGS_FILE)
    return Workspace(
        root=root,
        members=members,
        settings=tree.toml(SETTINGS_FILE) if has_file else root.tool("uv"),
        settings_path=SETTINGS_FILE if has_file else PATH,
        required=required,
    )


def is_package(table: ProjectTable, *, required: bool) -> bool:
    """Whether uv builds and installs a project: as `tool.uv.package` says, else if it has a build system or is required."""
    said = table.tool("uv").get("package")
    return said if isinstance(said, bool) else table.build_system.declared or required


def sources_of(table: ProjectTable) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return [tool.uv.sources] by canonical name; a single table and an array of tables look alike afterwards."""
    found = {}
    for name, value in items_in(dig(table.document, "tool", "uv", "sources")):
        entries = value if isinstance(value, list) else [value]
        found[canonical_name(name)] = tuple(entry for entry in entries if isinstance(entry, dict))
    return found


def _member_tables(tree: ProjectTree, root: ProjectTable) -> dict[str, ProjectTable]:
    tables = {"": root} if root.declared else {}
    if dig(root.document, "tool", "uv", "workspace") is None:
        return tables
    workspace = table_at(root.document, root.lines, "tool", "uv", "workspace")
    candidates = [
        path.removesuffix(f"/{PATH}") for path in tree.find(PATH, depth=12) if path != PATH
    ]
    excluded = [posixpath.normpath(pattern) for pattern in texts_in(workspace.get("exclude"))]
    for pattern in texts_in(workspace.get("members")):
        for folder in candidates:
            if not _matches(folder, posixpath.normpath(pattern)):
                continue
            if any(fnmatch.fnmatchcase(folder, glob) for glob in excluded):
                continue
            tables[folder] = _member_table(tree, folder, tables)
    return {
        folder: table
        for folder, table in tables.items()
        if table.tool("uv").get("managed") is not False
    }


def _member_table(tree: ProjectTree, folder: str, known: dict[str, ProjectTable]) -> ProjectTable:
    table = known.get(folder) or read_project_table(tree, f"{folder}/{PATH}")
    if table is None or not table.declared:
        raise ManifestError(
            "a member of the uv workspace has no [project] table",
            origin=Origin(path=f"{folder}/{PATH}"),
            rule="every folder that [tool.uv.workspace] members names must be a project with a name",
            steps=("give it a [project] table", "or take the folder out with `exclude`"),
            example=f'[tool.uv.workspace]\nexclude = ["{folder}"]',
        )
    return table


def _required(root: ProjectTable, tables: dict[str, ProjectTable]) -> dict[str, bool | None]:
    required: dict[str, bool | None] = {}
    for table in {root.path: root, **{table.path: table for table in tables.values()}}.values():
        for name, entries in sources_of(table).items():
            for entry in entries:
                if entry.get("workspace") is True and name != canonical_name(table.name):
                    editable = entry.get("editable")
                    required[name] = editable if isinstance(editable, bool) else required.get(name)
    return required


def _matches(folder: str, pattern: str) -> bool:
    """Whether a folder matches a glob of `members`: `*` stays within one name, `**` is any number of them."""
    return not is_outside(pattern) and _parts_match(folder.split("/"), pattern.split("/"))


def _parts_match(names: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == "**":
        return any(_parts_match(names[start:], patterns[1:]) for start in range(len(names) + 1))
    return (
        bool(names)
        and fnmatch.fnmatchcase(names[0], patterns[0])
        and _parts_match(names[1:], patterns[1:])
    )
