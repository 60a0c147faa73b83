"""A uv project as its pyproject.toml files say: the workspace, sources, groups, settings."""

import fnmatch
import posixpath
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from dockwright.detect.managers import markers, toml
from dockwright.detect.managers.comparison import Copy
from dockwright.detect.managers.pyproject import (
    PATH,
    ProjectTable,
    folders_matching,
    local_places,
    read_project_table,
)
from dockwright.detect.managers.requirement import (
    canonical_name,
    index_at,
    parse_requirement,
    place_in,
    strip_credentials,
)
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError
from dockwright.model.dependencies import MAIN, Index, Manifest, Requirement, SourceKind
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record, replace
from dockwright.model.toml_text import Place

SETTINGS_FILE = "uv.toml"
OLD_GROUP = ("tool", "uv", "dev-dependencies")


@record
class Member:
    """One project of the workspace; `folder` is "" for the root.

    `is_package` is whether uv builds and installs it.
    """

    folder: str
    table: ProjectTable
    is_package: bool

    @property
    def name(self) -> str:
        """The canonical name."""
        return canonical_name(self.table.own.name)


@record
class Workspace:
    """The root's pyproject.toml and its members (the root too, with [project]), by folder.

    `settings` are those of uv.toml if that file exists, else [tool.uv]: uv does not mix the two.
    What belongs to the project and not to the tool (sources, constraints, groups, environments) is
    always in [tool.uv]. `required` are the members that another one names in its sources with
    `workspace = true`, each with its `editable` (None: not said).
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

    def setting_origin(self, *place: str | int) -> Origin:
        """Return the place of a setting."""
        if self.settings_path == PATH:
            return self.root.lines.origin("tool", "uv", *place)
        key = ".".join(part for part in place if isinstance(part, str))
        return Origin(path=self.settings_path, key=key)


def read_workspace(tree: ProjectTree, root: ProjectTable) -> Workspace:
    """Return the workspace of a root; without [tool.uv.workspace] it is the root alone.

    Raises SyntaxFault and ManifestError of any member's pyproject.toml.
    """
    tables = _member_tables(tree, root)
    required: dict[str, bool | None] = {}
    for table in {root.path: root, **{table.path: table for table in tables.values()}}.values():
        for name, entries in _sources_of(table).items():
            for entry in entries:
                if entry.get("workspace") is True and name != canonical_name(table.own.name):
                    said = entry.get("editable")
                    required[name] = said if isinstance(said, bool) else required.get(name)
    members = []
    for folder, table in sorted(tables.items()):
        # uv installs what `package` says, else what has a build system or is required.
        is_needed = table.has_build_system or canonical_name(table.own.name) in required
        package = table.tool("uv").get("package")
        is_package = package if isinstance(package, bool) else is_needed
        members.append(Member(folder=folder, table=table, is_package=is_package))
    has_file = tree.has(SETTINGS_FILE)
    return Workspace(
        root=root,
        members=tuple(members),
        settings=tree.toml(SETTINGS_FILE) if has_file else root.tool("uv"),
        settings_path=SETTINGS_FILE if has_file else PATH,
        required=required,
    )


def _member_tables(tree: ProjectTree, root: ProjectTable) -> dict[str, ProjectTable]:
    tables = {"": root} if root.declared else {}
    if "workspace" not in root.tool("uv"):
        return tables
    workspace = toml.table_at(root.document, root.lines, "tool", "uv", "workspace")
    excluded = [posixpath.normpath(pattern) for pattern in toml.texts_in(workspace, "exclude")]
    for folder in folders_matching(tree, toml.texts_in(workspace, "members")):
        if any(fnmatch.fnmatchcase(folder, pattern) for pattern in excluded):
            continue
        table = read_project_table(tree, f"{folder}/{PATH}")
        if table is None or not table.declared:
            raise ManifestError(
                "a member of the uv workspace has no [project] table",
                origin=Origin(path=f"{folder}/{PATH}"),
                rule="every folder that [tool.uv.workspace] members names must be a project with a"
                " name",
                steps=("give it a [project] table", "or take the folder out with `exclude`"),
                example=f'[tool.uv.workspace]\nexclude = ["{folder}"]',
            )
        tables[folder] = table
    managed = (one for one in tables.items() if one[1].tool("uv").get("managed") is not False)
    return dict(managed)


def _sources_of(table: ProjectTable) -> dict[str, list[dict[str, Any]]]:
    # [tool.uv.sources] by canonical name; a single table is a list of one.
    sources = toml.items_in(table.document, "tool", "uv", "sources")
    return {
        canonical_name(name): toml.tables_in(value if isinstance(value, list) else [value])
        for name, value in sources
    }


def groups_of(table: ProjectTable) -> dict[str, tuple[Requirement, ...]]:
    """Return the requirements by group, with [tool.uv] dev-dependencies as part of "dev"."""
    found = {name: table.of_group(name) for name in table.groups}
    if toml.dig(table.document, *OLD_GROUP) is not None:
        for at, text in enumerate(toml.texts_in(table.document, *OLD_GROUP)):
            one = parse_requirement(text, table.lines.origin(*OLD_GROUP, at), "dev")
            found["dev"] = (*found.get("dev", ()), one)
        found.setdefault("dev", ())
    return found


def with_sources(workspace: Workspace, member: Member, requirement: Requirement) -> Iterator[Copy]:
    """Yield what uv makes of a requirement: one for each source that applies, one for the rest."""
    # A member's own sources come first; without any, those of the root apply.
    own = _sources_of(member.table).get(requirement.name)
    entries = own or _sources_of(workspace.root).get(requirement.name, [])
    off = map(canonical_name, toml.texts_in(workspace.settings, "no-sources-package"))
    if workspace.settings.get("no-sources") is True or requirement.name in off:
        entries = []
    rest = markers.ALWAYS
    for entry in entries:
        if _applies(entry, requirement.group):
            condition = markers.parse_condition(toml.text_in(entry, "marker"))
            marker = markers.join_markers((requirement.marker, markers.to_marker(condition)))
            sourced = replace(requirement, marker=marker)
            yield _sourced(workspace, member, sourced, entry, member.folder if own else "")
            rest = markers.both(rest, markers.opposite(condition))
    if rest == markers.ALWAYS:
        yield Copy(requirement=requirement)
    elif rest:
        marker = markers.to_marker(markers.both(markers.parse_condition(requirement.marker), rest))
        yield Copy(requirement=replace(requirement, marker=marker))


def _applies(entry: dict[str, Any], group: str) -> bool:
    extra, said = (canonical_name(toml.text_in(entry, key)) for key in ("extra", "group"))
    return ("extra" not in entry or f"extra:{extra}" == group) and (
        "group" not in entry or said == group
    )


def _sourced(
    workspace: Workspace, member: Member, one: Requirement, entry: dict[str, Any], folder: str
) -> Copy:
    if name := toml.text_in(entry, "index"):
        tables = (member.table.tool("uv"), workspace.settings)
        indexes = (index for settings in tables for index in toml.tables_in(settings, "index"))
        urls = (toml.text_in(index, "url") for index in indexes if index.get("name") == name)
        url = next(map(canonical_url, urls), f"(no index is called {name})")
        return Copy(requirement=one, index=url)
    if entry.get("workspace") is True and (other := workspace.member(one.name)):
        kind, reference = SourceKind.PATH, other.folder or "."
        editable = workspace.required.get(one.name) is not False and other.is_package
    else:
        kind, reference = place_in(entry)
        editable = entry.get("editable") is True and kind is SourceKind.PATH
        if kind is SourceKind.PATH:
            # Relative to the pyproject.toml that names it, and not to the root.
            reference = posixpath.normpath(posixpath.join(folder, reference))
    if kind is SourceKind.REGISTRY:
        return Copy(requirement=one)
    return Copy(requirement=replace(one, source=kind, reference=reference, editable=editable))


def canonical_url(url: str) -> str:
    """Return a URL without credentials. A slash at its end counts, but a bare host has one."""
    plain = strip_credentials(url).url
    address = plain.partition("://")[2]
    return f"{plain}/" if address and "/" not in address else plain


def read_manifest(tree: ProjectTree, workspace: Workspace) -> Manifest:
    """Return the manifest of the root; a root without [project] stands for all of its members."""
    root, settings = workspace.root_member, workspace.settings
    installed = _installed_members(workspace)
    requirements = tuple(
        copy.requirement
        for member in installed
        for one in _requirements(workspace, member)
        for copy in with_sources(workspace, member, one)
    )
    tables = [member.table for member in ((root,) if root else workspace.members)]
    grouping = tables if root else [workspace.root, *tables]
    groups = tuple(dict.fromkeys(name for table in grouping for name in groups_of(table)))
    said = workspace.root.tool("uv").get("default-groups", ["dev"])
    default = groups if said == "all" else map(canonical_name, toml.texts_in(said))
    inside, outside = local_places(tree, requirements)
    required = toml.text_in(settings, "required-version")
    required_origin = workspace.setting_origin("required-version")
    every = (":all:",) if settings.get("no-binary") is True else ()
    no_binary = map(canonical_name, toml.texts_in(settings, "no-binary-package"))
    return Manifest(
        path=PATH,
        requirements=requirements,
        groups=groups,
        extras=tuple(dict.fromkeys(extra for member in installed for extra in member.table.extras)),
        default_groups=tuple(name for name in default if name in groups),
        indexes=tuple(_indexes(workspace)),
        distribution=root.table.distribution(installable=root.is_package) if root else None,
        also_read=tuple(sorted(_also_read(tree, workspace, inside))),
        tool_requirement=Sourced(value=required, origin=required_origin) if required else None,
        scripts=tuple(script for member in installed for script in member.table.own.scripts),
        outside_root=outside,
        no_binary=(*every, *no_binary),
    )


def _installed_members(workspace: Workspace) -> tuple[Member, ...]:
    """Return what `uv sync` installs: the root and what it needs of the others, or all of them."""
    root = workspace.root_member
    if root is None:
        return workspace.members
    chosen, waiting = {root.folder: root}, [root]
    while waiting:
        for one in waiting.pop().table.requirements:
            other = workspace.member(one.name)
            if other is not None and one.group == MAIN and other.folder not in chosen:
                chosen[other.folder] = other
                waiting.append(other)
    return tuple(chosen[folder] for folder in sorted(chosen))


def _requirements(workspace: Workspace, member: Member) -> Iterator[Requirement]:
    # Only the root's extras and groups can be asked for.
    is_main = workspace.root_member is None or not member.folder
    yield from (one for one in member.table.requirements if is_main or one.group == MAIN)
    for group in groups_of(member.table).values() if is_main else ():
        yield from group


def _indexes(workspace: Workspace) -> Iterator[Index]:
    settings = workspace.settings
    indexes = enumerate(toml.tables_in(settings, "index"))
    entries: list[tuple[dict[str, Any], Place]] = [(one, ("index", at)) for at, one in indexes]
    for key in ("index-url", "extra-index-url"):
        entries += [({"url": url}, (key,)) for url in toml.texts_in(settings, key)]
    for entry, place in entries:
        name, origin = toml.text_in(entry, "name"), workspace.setting_origin(*place)
        secret, explicit = entry.get("authenticate") == "always", entry.get("explicit") is True
        url = toml.text_in(entry, "url")
        found = index_at(name, url, origin, explicit=explicit, secret=secret)
        if name and found.needs_credentials and not found.variables:
            # uv reads the credentials of a named index from two variables.
            upper = "".join(one if one.isalnum() else "_" for one in name).upper()
            pair = (f"UV_INDEX_{upper}_USERNAME", f"UV_INDEX_{upper}_PASSWORD")
            found = replace(found, variables=pair)
        yield found


def _also_read(tree: ProjectTree, workspace: Workspace, places: set[str]) -> set[str]:
    """Return what `uv sync` reads besides manifest and lock before the source is there."""
    folders = {member.folder for member in workspace.members if member.folder}
    found = {f"{folder}/{PATH}" for folder in folders}
    found |= {place for place in places - folders if tree.has(place) or tree.has_folder(place)}
    found |= {SETTINGS_FILE} if tree.has(SETTINGS_FILE) else set()
    root = workspace.root_member
    # Its build is asked for the dependencies, and reads what the metadata is made of.
    if root and root.table.has_dynamic_requirements:
        own = root.table.own
        found |= {*root.table.build_reads, *own.license_files}
        found |= {own.readme} if tree.has(own.readme) else set()
    return found
