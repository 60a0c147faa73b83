"""uv: pyproject.toml with [tool.uv], and uv.lock."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.markers import InvalidMarker
from packaging.specifiers import InvalidSpecifier
from packaging.version import InvalidVersion, Version

from dockwright.detect.managers import comparison, pyproject, toml, uv_lock, uv_manifest
from dockwright.detect.managers.markers import LINUX, is_impossible, join_markers, parse_condition
from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    is_outside,
    parse_requirement,
)
from dockwright.detect.managers.uv_manifest import Member, Workspace
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import Lock, Manager, ManagerFinding, Requirement, SourceKind
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record, replace

FRESH = "uv.lock repeats everything that pyproject.toml asks for"
# What uv takes for the name of a project.
NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
# Settings that are lists of requirements, and their names in [manifest].
LISTS = (
    ("constraint-dependencies", "constraints"),
    ("override-dependencies", "overrides"),
    ("build-constraint-dependencies", "build-constraints"),
)


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what uv would install, None where the project is not uv's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or
    one of a newer version.
    """
    table = pyproject.project_with_lock(tree, uv_lock.PATH)
    if table is None or not (tree.has(uv_lock.PATH) or claims(tree, table)):
        return None
    workspace = uv_manifest.read_workspace(tree, table)
    lock = uv_lock.read_lock(tree) if tree.has(uv_lock.PATH) else None
    return ManagerFinding(
        manager=Manager.UV,
        manifest=uv_manifest.read_manifest(tree, workspace),
        lock=_judged(tree, workspace, lock) if lock else None,
        notices=tuple(_notices(tree, workspace, lock)),
        workspace_members=tuple(member.folder for member in workspace.members if member.folder),
    )


def claims(tree: ProjectTree, table: pyproject.ProjectTable) -> bool:
    """Whether the project is uv's without a lock.

    There is a [tool.uv] that does not decline, and no other manager's lock.
    """
    tool = table.tool("uv")
    declines = not table.has_tool("uv") or tool.get("managed") is False
    if declines or any(map(tree.has, ("poetry.lock", "pdm.lock"))):
        return False
    return table.declared or "workspace" in tool or "dev-dependencies" in tool


def _judged(tree: ProjectTree, workspace: Workspace, lock: uv_lock.UvLock) -> Lock:
    findings = comparison.Findings()
    if not lock.version:
        findings.stale("uv.lock is empty")
    else:
        try:
            uv_lock.compare_settings(workspace, lock, findings)
            projects = _Projects(tree=tree, workspace=workspace, lock=lock, findings=findings)
            projects.compare()
        except (InvalidMarker, InvalidSpecifier) as error:
            findings.doubt(f"a marker or specifier cannot be read: {str(error).splitlines()[0]}")
    # A root that is no project stands for all of its members.
    root = workspace.root_member
    installed = (root,) if root else workspace.members
    roots = tuple(member.name for member in installed if lock.local_package(member.name))
    return Lock(
        path=uv_lock.PATH,
        format=lock.format,
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        distributions=tuple(uv_lock.distributions(lock, roots)),
        requires_python=lock.requires_python,
    )


def _notices(
    tree: ProjectTree, workspace: Workspace, lock: uv_lock.UvLock | None
) -> Iterator[Notice]:
    for member in workspace.members:
        if not re.fullmatch(NAME, member.table.own.name):
            yield Notice(
                code="invalid-project-name",
                text=f"`{member.table.own.name}` is no valid name for a project, and uv refuses it",
                origin=member.table.own.origin,
                remedy='give the project a name of letters, digits, "-", "_" and "."',
            )
    members = (member.table.path for member in workspace.members)
    paths = (workspace.root.path, *members, uv_manifest.SETTINGS_FILE)
    yield from comparison.credential_notices(tree, *paths)
    markers = toml.texts_in(lock.document, "supported-markers") if lock else ()
    clauses = [clause for marker in markers for clause in parse_condition(marker)]
    if clauses and all(any(map(_names_another_system, clause)) for clause in clauses):
        yield Notice(
            code="lock-not-for-linux",
            text="`environments` leaves Linux out, so the lock holds nothing for an image",
            origin=Origin(path=uv_lock.PATH, key="supported-markers"),
            remedy="add \"sys_platform == 'linux'\" to `environments` and lock again",
        )


def _names_another_system(part: str) -> bool:
    variable, _, value = part.partition(" == ")
    return variable in LINUX and value not in ("", f'"{LINUX[variable]}"')


@record
class _Projects:
    """Every requirement of every project, against the lock's own copy."""

    tree: ProjectTree
    workspace: Workspace
    lock: uv_lock.UvLock
    findings: comparison.Findings

    def compare(self) -> None:
        """Compare everything; a lock that knows none of the projects is not compared further."""
        members = {member.name: member for member in self.workspace.members}
        for member in members.values():
            if not re.fullmatch(NAME, member.table.own.name):
                text = f"uv refuses the project name `{member.table.own.name}`"
                self.findings.doubt(f"{text}, so it cannot check the lock")
        if not self.lock.packages and members:
            self.findings.stale("the lock holds no packages at all")
            return
        if members and not any(map(self.lock.local_package, members)):
            held = [package.name for package in self.lock.packages if package.folder is not None]
            text = f"the lock was made for {', '.join(held) or 'another project'}"
            text += f", and the manifest is that of {', '.join(sorted(members))}"
            self.findings.stale(text)
            return
        self._compare_members(set(members))
        self._compare_root_lists()
        for name, member in members.items():
            package = self.lock.local_package(name)
            if package is None:
                text = f"{name} is not in the lock"
                self.findings.note("added", name, text, member.table.own.origin)
            else:
                self._compare_kind(member, package)
                self._compare_project(member, package)
        for package in self.lock.packages:
            if package.name not in members:
                self._compare_path_dependency(package)

    def _compare_members(self, names: set[str]) -> None:
        # A project alone is no member; uv lists members from two on.
        listed = set(toml.texts_in(self.lock.manifest("members")))
        single = len(names) == 1 and self.workspace.root_member is not None
        origin = self.workspace.root.lines.origin("tool", "uv", "workspace")
        wanted = dict.fromkeys(names, origin)
        known = dict.fromkeys(listed or (names if single else ()), origin)
        comparison.compare_names("workspace member", wanted, known, uv_lock.PATH, self.findings)
        if single and listed == names:
            text = "the members of the workspace are not those of the lock"
            self.findings.note("changed", "workspace", text, origin)

    def _compare_root_lists(self) -> None:
        """Compare the lists of [tool.uv], and the groups of a root that is no project."""
        table = self.workspace.root
        root = Member(folder="", table=table, is_package=False)
        for setting, key in LISTS:
            self._compare_list(root, setting, key)
        # What is said of a package that the lock does not hold changes nothing for uv.
        known = {one.name for one in self.lock.packages}
        wanted = {*canonical_names(toml.texts_in(table.tool("uv"), "exclude-dependencies"))}
        locked = {*canonical_names(toml.texts_in(self.lock.manifest("excludes")))}
        if locked - wanted or (wanted - locked) & known:
            text = "`exclude-dependencies` is not what the lock was made with"
            origin = table.lines.origin("tool", "uv", "exclude-dependencies")
            self.findings.note("changed", "exclude-dependencies", text, origin)
        if self.workspace.root_member is None:
            copy = toml.table_in(self.lock.document, "manifest")
            if not self._only_uv_compares(table, copy):
                groups = toml.table_in(copy, "dependency-groups")
                self._compare_groups(root, groups, Origin(path=uv_lock.PATH), with_empty=False)

    def _compare_list(self, root: Member, setting: str, key: str) -> None:
        entries, lines = root.table.tool("uv").get(setting, []), root.table.lines
        texts = toml.texts_in(entries)
        if not isinstance(entries, list) or len(texts) != len(entries):
            text = f"`{setting}` holds more than plain requirements"
            self.findings.doubt(f"{text}, and only uv itself can compare it")
            return
        locked = _copies(self.lock.manifest(key), Origin(path=uv_lock.PATH, key=f"manifest.{key}"))
        known = {one.name for one in self.lock.packages}
        known |= {one.requirement.name for one in locked}
        origins = (lines.origin("tool", "uv", setting, position) for position in range(len(texts)))
        asked = map(parse_requirement, texts, origins)
        wanted = [one for one in asked if one.name in known or setting.startswith("build")]
        self._compare_requirements(setting, root, wanted, locked)

    def _compare_kind(self, member: Member, package: uv_lock.Package) -> None:
        kind, why = "virtual", "it has no build system, or `package = false`"
        if member.is_package:
            editable = self.workspace.required.get(member.name) is not False
            kind, why = "editable" if editable else "directory", "it has a build system"
        if kind not in package.source:
            was = next(iter(package.source), "nothing")
            text = f"{member.name} is {was} in the lock and would be {kind} now: {why}"
            origin = member.table.lines.origin("tool", "uv", "package")
            self.findings.note("changed", member.name, text, origin)

    def _compare_path_dependency(self, package: uv_lock.Package) -> None:
        """A folder outside the workspace has a manifest of its own, which uv reads every time."""
        folder = package.folder
        if folder is None and "path" not in package.source:
            return
        outside = folder is None or is_outside(folder) or self.tree.leads_outside(folder)
        path = f"{folder}/{pyproject.PATH}"
        table = None if outside else pyproject.read_project_table(self.tree, path)
        if table is None or not table.declared:
            place = folder or toml.text_in(package.source, "path")
            text = f"{package.name} ({place}) was not compared: it lies outside the project"
            self.findings.doubt(f"{text}, or has no [project] table")
        else:
            member = Member(folder=folder or "", table=table, is_package=True)
            self._compare_project(member, package)

    def _compare_project(self, member: Member, package: uv_lock.Package) -> None:
        table, metadata = member.table, package.table.get("metadata")
        self._compare_version(table, package)
        if metadata is None and self.lock.revision >= 4 and (table.requirements or table.groups):
            self.findings.doubt("the lock was written without metadata (`lock-without-metadata`)")
            return
        if table.has_dynamic_requirements:
            text = f"the dependencies of {member.name} are dynamic"
            self.findings.doubt(f"{text}: only its build back end knows them")
            return
        locked = _copies(toml.dig(metadata, "requires-dist"), package.origin)
        self._compare_requirements("requirements", member, table.requirements, locked)
        if self.lock.revision:
            place = ("project", "optional-dependencies")
            wanted = {name: table.lines.origin(*place, name) for name in table.extras}
            found = dict.fromkeys(toml.texts_in(metadata, "provides-extras"), package.origin)
            comparison.compare_names("extra", wanted, found, uv_lock.PATH, self.findings)
        if not self._only_uv_compares(table, package.table):
            groups, has_empty = toml.table_in(metadata, "requires-dev"), self.lock.revision > 0
            self._compare_groups(member, groups, package.origin, with_empty=has_empty)

    def _compare_requirements(
        self,
        where: str,
        member: Member,
        requirements: Iterable[Requirement],
        locked: list[comparison.Copy],
    ) -> None:
        wanted = [copy for one in requirements for copy in self._lowered(member, one)]
        comparison.compare_copies(where, wanted, locked, self.lock.requires_python, self.findings)

    def _lowered(self, member: Member, one: Requirement) -> Iterator[comparison.Copy]:
        """Yield a requirement as the lock copies it: sources applied, extras as markers."""
        extra = one.group.removeprefix("extra:") if one.group.startswith("extra:") else ""
        for copy in uv_manifest.with_sources(self.workspace, member, one):
            marker = copy.requirement.marker
            if marker == one.marker or not is_impossible(marker):
                of_extra = f'extra == "{extra}"' if extra else ""
                joined = join_markers((marker, of_extra))
                specifier = one.specifier if copy.requirement.source is SourceKind.REGISTRY else ""
                found = replace(copy.requirement, marker=joined, specifier=specifier)
                yield replace(copy, requirement=found)

    def _compare_version(self, table: pyproject.ProjectTable, package: uv_lock.Package) -> None:
        now = "" if "version" in table.own.dynamic else table.own.version
        locked = package.version
        try:
            same = now == locked or Version(now) == Version(locked)
        except InvalidVersion:
            same = False
        if not same:
            text = f"{package.name} is {now or 'of a dynamic version'} now"
            text += f", and the lock was made for {locked or 'a dynamic version'}"
            origin = table.lines.origin("project", "version")
            self.findings.note("changed", package.name, text, origin)

    def _only_uv_compares(self, table: pyproject.ProjectTable, recorded: object) -> bool:
        """Whether groups have a Python, or, from revision 5 on, other `default-groups`."""
        tool, copy = table.tool("uv"), toml.table_in(recorded)
        wanted, locked = (one.get("default-groups", ["dev"]) for one in (tool, copy))
        doubtful = "dependency-groups" in tool or "group-requires-python" in copy
        if doubtful or (self.lock.revision >= 5 and wanted != locked):
            text = "only uv compares `default-groups` and the Pythons of groups with the lock"
            self.findings.doubt(text)
        return doubtful

    def _compare_groups(
        self, member: Member, locked: Mapping[str, Any], origin: Origin, *, with_empty: bool
    ) -> None:
        wanted, lines = uv_manifest.groups_of(member.table), member.table.lines
        places = {
            name: lines.origin("dependency-groups", name)
            for name, found in wanted.items()
            if found or with_empty
        }
        known = {name: origin for name, entries in locked.items() if entries or with_empty}
        comparison.compare_names("group", places, known, uv_lock.PATH, self.findings)
        for name in sorted(places.keys() & known.keys()):
            copies = _copies(locked[name], origin)
            self._compare_requirements(name, member, wanted[name], copies)


def _copies(entries: object, origin: Origin) -> list[comparison.Copy]:
    found = []
    for entry in toml.tables_in(entries):
        kind, reference = uv_lock.place_of(entry)
        requirement = Requirement(
            name=canonical_name(toml.text_in(entry, "name")),
            origin=origin,
            specifier=toml.text_in(entry, "specifier") if kind is SourceKind.REGISTRY else "",
            extras=canonical_names(toml.texts_in(entry, "extras")),
            marker=toml.text_in(entry, "marker"),
            source=kind,
            reference=posixpath.normpath(reference) if kind is SourceKind.PATH else reference,
            editable="editable" in entry,
        )
        url = uv_manifest.canonical_url(toml.text_in(entry, "index"))
        found.append(comparison.Copy(requirement=requirement, index=url))
    return found
