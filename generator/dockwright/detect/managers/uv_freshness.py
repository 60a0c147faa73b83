"""Whether a uv.lock belongs to its pyproject.toml, judged without uv.

uv keeps no hash. Its lock repeats what every project of the workspace asked for, and `uv lock --check` compares that
with the manifests, requirement by requirement. So does this; what only a resolver could know is "unknown".
"""

from typing import Any

from dockwright.detect.managers.findings import Findings
from dockwright.detect.managers.project_table import PATH as PYPROJECT
from dockwright.detect.managers.project_table import ProjectTable, read_project_table
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    is_outside,
    parse_requirement,
)
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.managers.uv_compare import WishComparison, locked_wishes
from dockwright.detect.managers.uv_groups import group_pythons, groups_of
from dockwright.detect.managers.uv_lock import PATH, Package, UvLock
from dockwright.detect.managers.uv_settings import compare_settings, locked_range
from dockwright.detect.managers.uv_wishes import Lowering, all_wishes, canonical_specifier
from dockwright.detect.managers.uv_workspace import NAME, Member, Workspace, is_package
from dockwright.detect.tree import ProjectTree
from dockwright.model.origin import Origin

FRESH = "uv.lock repeats everything that pyproject.toml asks for"

_DEFAULT = ["dev"]

_LISTS = (
    ("constraint-dependencies", "constraints"),
    ("override-dependencies", "overrides"),
    ("build-constraint-dependencies", "build-constraints"),
)
"""Settings that are lists of requirements, and their names in [manifest]."""


def judge(tree: ProjectTree, workspace: Workspace, lock: UvLock) -> Findings:
    """Return what differs between the manifests of a workspace and its lock."""
    from packaging.markers import InvalidMarker
    from packaging.specifiers import InvalidSpecifier

    findings = Findings()
    if not lock.version:
        findings.stale("uv.lock is empty")
        return findings
    try:
        compare_settings(workspace, lock, findings)
        _Comparison(tree, workspace, lock, findings).run()
    except (InvalidMarker, InvalidSpecifier) as error:
        findings.doubt(f"a marker or specifier cannot be read: {str(error).splitlines()[0]}")
    return findings


class _Comparison:
    """Every requirement of every project, against the lock's own copy."""

    def __init__(
        self, tree: ProjectTree, workspace: Workspace, lock: UvLock, findings: Findings
    ) -> None:
        self._tree = tree
        self._workspace = workspace
        self._lock = lock
        self._findings = findings
        self._wishes = WishComparison(locked_range(lock), findings)

    def run(self) -> None:
        """Compare everything; a lock that knows none of the projects is not compared further."""
        names = {member.name for member in self._workspace.members}
        for member in self._workspace.members:
            if not NAME.fullmatch(member.table.name):
                self._findings.doubt(
                    f"uv refuses the project name `{member.table.name}`, so it cannot check the lock"
                )
        if names and not any(self._lock.local_package(name) for name in names):
            self._other_project(sorted(names))
            return
        self._compare_members()
        self._compare_root_lists()
        for member in self._workspace.members:
            package = self._lock.local_package(member.name)
            if package is None:
                self._findings.added(
                    member.name, f"{member.name} is not in the lock", _name_origin(member.table)
                )
            else:
                self._compare_kind(member, package)
                self._compare_project(member, package)
        for package in self._lock.packages:
            if package.name not in names:
                self._compare_path_dependency(package)

    def _other_project(self, names: list[str]) -> None:
        held = [package.name for package in self._lock.packages if package.folder is not None]
        if held:
            text = f"the lock was made for {', '.join(held)}, and the manifest is that of {', '.join(names)}"
        elif self._lock.packages:
            text = f"the lock holds no project called {', '.join(names)}"
        else:
            text = "the lock holds no packages at all"
        self._findings.stale(text)

    def _compare_members(self) -> None:
        names = {member.name for member in self._workspace.members}
        single = len(names) == 1 and self._workspace.root_member is not None
        locked = set(texts_in(self._lock.manifest("members")))
        expected = set() if single else names
        if locked == expected:
            return
        origin = self._workspace.root.lines.origin("tool", "uv", "workspace")
        for name in sorted(
            expected - locked - ({next(iter(names))} if not locked and single else set())
        ):
            self._findings.added(
                name, f"{name} is a member of the workspace and not in the lock", origin
            )
        for name in sorted(locked - names):
            self._findings.removed(
                name, f"{name} is in the lock and no longer a member of the workspace", origin
            )
        if not self._findings.disagreements:
            self._findings.changed(
                "workspace", "the members of the workspace are not those of the lock", origin
            )

    def _compare_root_lists(self) -> None:
        root = self._workspace.root_member or Member(
            folder="", table=self._workspace.root, is_package=False
        )
        lowering = Lowering(self._tree, self._workspace, root)
        for setting, key in _LISTS:
            self._compare_list(lowering, setting, key)
        self._compare_excludes()
        if self._workspace.root_member is None:
            self._compare_group_settings(self._workspace.root, self._lock.document.get("manifest"))
            groups = self._lock.manifest("dependency-groups")
            self._compare_groups(
                self._workspace.root,
                lowering,
                dict(items_in(groups)),
                Origin(path=PATH),
                empty=False,
            )

    def _compare_list(self, lowering: Lowering, setting: str, key: str) -> None:
        lines = self._workspace.root.lines
        entries = self._workspace.root.tool("uv").get(setting, [])
        texts = texts_in(entries)
        if not isinstance(entries, list) or len(texts) != len(entries):
            self._findings.doubt(
                f"`{setting}` holds more than plain requirements, and only uv itself can compare it"
            )
            return
        wishes = tuple(
            parse_requirement(text, lines.origin("tool", "uv", setting, position))
            for position, text in enumerate(texts)
        )
        locked = locked_wishes(self._lock.manifest(key), Origin(path=PATH, key=f"manifest.{key}"))
        if setting != "build-constraint-dependencies":
            # What is said of a package that the lock does not hold changes nothing, and uv lets it pass.
            known = self._lock.names | {wish.name for wish in locked}
            wishes = tuple(wish for wish in wishes if wish.name in known)
        self._wishes.compare(setting, all_wishes(lowering, wishes), locked)

    def _compare_excludes(self) -> None:
        excludes = self._workspace.root.tool("uv").get("exclude-dependencies", [])
        wanted = {canonical_name(name) for name in texts_in(excludes)}
        locked = {canonical_name(name) for name in texts_in(self._lock.manifest("excludes"))}
        if len(wanted) != len(excludes if isinstance(excludes, list) else []):
            self._findings.doubt(
                "`exclude-dependencies` holds more than names, and only uv itself can compare it"
            )
        elif locked - wanted or (wanted - locked) & self._lock.names:
            origin = self._workspace.root.lines.origin("tool", "uv", "exclude-dependencies")
            text = "`exclude-dependencies` is not what the lock was made with"
            self._findings.changed("exclude-dependencies", text, origin)

    def _compare_kind(self, member: Member, package: Package) -> None:
        kind = "virtual" if not member.is_package else "editable"
        if member.is_package and self._workspace.required.get(member.name) is False:
            kind = "directory"
        if kind in package.source:
            return
        was = next(iter(package.source))
        why = (
            "it has a build system"
            if kind != "virtual"
            else "it has no build system, or `package = false`"
        )
        text = f"{member.name} is {was} in the lock and would be {kind} now: {why}"
        self._findings.changed(
            member.name, text, member.table.lines.origin("tool", "uv", "package")
        )

    def _compare_path_dependency(self, package: Package) -> None:
        """A folder outside the workspace has a manifest of its own, which uv reads again every time."""
        folder = package.folder
        if folder is None:
            if "path" in package.source:
                self._findings.doubt(
                    f"{package.name} is a local archive whose metadata only uv itself can read again"
                )
            return
        if is_outside(folder) or self._tree.leads_outside(folder):
            self._findings.doubt(
                f"{package.name} lies outside the project ({folder}) and was not compared"
            )
            return
        table = read_project_table(self._tree, f"{folder}/{PYPROJECT}")
        if table is None or not table.declared:
            self._findings.doubt(
                f"{package.name} ({folder}) has no [project] table to compare with"
            )
            return
        member = Member(folder=folder, table=table, is_package=is_package(table, required=True))
        self._compare_project(member, package)

    def _compare_project(self, member: Member, package: Package) -> None:
        table, metadata = member.table, package.table.get("metadata")
        self._compare_version(table, package)
        if metadata is None and self._lock.revision >= 4 and (table.requirements or table.groups):
            self._findings.doubt("the lock was written without metadata (`lock-without-metadata`)")
            return
        if {"dependencies", "optional-dependencies"} & set(table.dynamic):
            self._findings.doubt(
                f"the dependencies of {member.name} are dynamic: only its build back end knows them"
            )
            return
        self._compare_group_settings(table, package.table)
        lowering = Lowering(self._tree, self._workspace, member)
        locked = locked_wishes(dig(metadata, "requires-dist"), package.origin)
        self._wishes.compare("requirements", all_wishes(lowering, table.requirements), locked)
        if self._lock.revision:
            self._compare_extras(table, set(texts_in(dig(metadata, "provides-extras"))), package)
        groups = dict(items_in(dig(metadata, "requires-dev")))
        self._compare_groups(table, lowering, groups, package.origin, empty=self._lock.revision > 0)

    def _compare_version(self, table: ProjectTable, package: Package) -> None:
        from packaging.version import InvalidVersion, Version

        origin = table.lines.origin("project", "version")
        if "version" in table.dynamic:
            if package.version:
                text = f"the version of {package.name} is dynamic now, and the lock was made for {package.version}"
                self._findings.changed(package.name, text, table.lines.origin("project", "dynamic"))
            return
        try:
            same = bool(package.version) and Version(table.version) == Version(package.version)
        except InvalidVersion:
            same = table.version == package.version
        if not same:
            was = package.version or "a dynamic version"
            text = f"{package.name} is {table.version or 'without a version'} now, and the lock was made for {was}"
            self._findings.changed(package.name, text, origin)

    def _compare_group_settings(self, table: ProjectTable, recorded: object) -> None:
        """From revision 5 on the lock records `default-groups` where they are not just `dev`, and the Pythons of groups."""
        if self._lock.revision < 5:
            return
        wanted = table.tool("uv").get("default-groups", _DEFAULT)
        locked = dig(recorded, "default-groups")
        locked = _DEFAULT if locked is None else locked
        if _groups(wanted) != _groups(locked):
            text = f"default-groups: the manifest says {wanted}, the lock {locked}"
            self._findings.changed(
                "default-groups", text, table.lines.origin("tool", "uv", "default-groups")
            )
        pythons = {name: canonical_specifier(said) for name, said in group_pythons(table).items()}
        known = items_in(dig(recorded, "group-requires-python"))
        if pythons != {name: canonical_specifier(str(said)) for name, said in known}:
            text = "the Python of a dependency group is not what the lock was made with"
            self._findings.changed(
                "dependency-groups", text, table.lines.origin("tool", "uv", "dependency-groups")
            )

    def _compare_extras(self, table: ProjectTable, locked: set[str], package: Package) -> None:
        for extra in sorted(set(table.extras) - locked):
            origin = table.lines.origin("project", "optional-dependencies", extra)
            self._findings.added(extra, f"the extra {extra} is not in the lock", origin)
        for extra in sorted(locked - set(table.extras)):
            self._findings.removed(
                extra, f"the lock has an extra {extra} that the manifest has not", package.origin
            )

    def _compare_groups(
        self,
        table: ProjectTable,
        lowering: Lowering,
        groups: dict[str, Any],
        origin: Origin,
        *,
        empty: bool,
    ) -> None:
        wanted = groups_of(table)
        names = {name for name, wishes in wanted.items() if wishes or empty}
        locked_names = {name for name, wishes in groups.items() if wishes or empty}
        for name in sorted(names | locked_names):
            if name not in locked_names:
                place = table.lines.origin("dependency-groups", name)
                self._findings.added(name, f"the group {name} is not in the lock", place)
            elif name not in names:
                self._findings.removed(
                    name, f"the lock has a group {name} that the manifest has not", origin
                )
            else:
                self._wishes.compare(
                    name, all_wishes(lowering, wanted[name]), locked_wishes(groups[name], origin)
                )


def _groups(value: object) -> list[str] | object:
    return [canonical_name(name) for name in texts_in(value)] if isinstance(value, list) else value


def _name_origin(table: ProjectTable) -> Origin:
    return table.lines.origin("project", "name")
