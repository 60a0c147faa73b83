"""poetry.lock: every format from 1.0 to 2.1, with the line of each package and who needs it."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from dockwright.detect.managers.comparison import damaged_lock, unknown_format
from dockwright.detect.managers.groups import (
    Edge,
    Needs,
    Node,
    by_package,
    production_marker,
    sorted_groups,
    walk,
)
from dockwright.detect.managers.markers import (
    ALWAYS,
    Condition,
    allows,
    parse_condition,
    split_extras,
)
from dockwright.detect.managers.poetry_manifest import to_alternatives
from dockwright.detect.managers.requirement import (
    canonical_name,
    classify_reference,
    git_reference,
    local_path,
)
from dockwright.detect.managers.toml import (
    dig,
    header_lines,
    items_in,
    read_lock_document,
    tables_in,
    text_in,
    texts_in,
)
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.model.dependencies import (
    MAIN,
    LockedDistribution,
    LockedFile,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Origin
from dockwright.model.record import field, record

PATH = "poetry.lock"
NEWEST_MAJOR = 2
HEADER = r"#.*\bPoetry (?P<version>\d+(?:\.\d+)*\S*)"

Files = tuple[tuple[str, str], ...]
"""(file name, "sha256:...") pairs; format 1.0 knows no names."""


@record
class LockedPackage:
    """One [[package]]: `dependencies` as spelled, `line` of its header, `category` before 1.5."""

    name: str
    version: str
    line: int | None
    optional: bool = False
    category: str = ""
    groups: tuple[str, ...] = ()
    markers: dict[str, str] = field(default_factory=dict)
    dependencies: tuple[tuple[str, Any], ...] = field(default=(), repr=False)
    extras: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), repr=False)
    files: Files = field(default=(), repr=False)
    python_versions: str = ""
    kind: SourceKind = SourceKind.REGISTRY
    reference: str = ""
    index: str = ""
    develop: bool = False


@record
class PoetryLock:
    """The lock: `format` is its lock-version, `extras` the names it was made with."""

    format: str = ""
    written_by: str = ""
    content_hash: str = ""
    python_versions: str = ""
    extras: tuple[str, ...] = ()
    packages: tuple[LockedPackage, ...] = field(default=(), repr=False)

    @property
    def says_groups(self) -> bool:
        """Whether each package names its groups."""
        return numbers(self.format) >= (2, 1)


def read_lock(tree: ProjectTree) -> PoetryLock:
    """Read poetry.lock; SyntaxFault if it is not TOML, LockFormatError if damaged or too new.

    An empty file is a lock without a format: somebody meant to lock, and never did.
    """
    text = tree.text(PATH)
    if not text.strip():
        return PoetryLock()
    document = read_lock_document(tree, PATH)
    metadata = document.get("metadata")
    lock_format = text_in(metadata, "lock-version")
    if not numbers(lock_format):
        raise damaged_lock(PATH, "[metadata] has no `lock-version`", line_of(text, "[metadata]"))
    if numbers(lock_format)[0] > NEWEST_MAJOR:
        origin = Origin(path=PATH, line=line_of(text, "lock-version"), key="lock-version")
        raise unknown_format(PATH, lock_format, f"1.0 to {NEWEST_MAJOR}.x", "poetry lock", origin)
    entries = document.get("package", [])
    if not isinstance(entries, list) or not all(text_in(entry, "name") for entry in entries):
        raise damaged_lock(PATH, "a [[package]] has no name")
    lines = header_lines(text, "[[package]]")
    written_by = re.match(HEADER, text)
    return PoetryLock(
        format=lock_format,
        written_by=written_by["version"] if written_by else "",
        content_hash=text_in(metadata, "content-hash"),
        python_versions=text_in(metadata, "python-versions"),
        extras=tuple(canonical_name(name) for name, _ in items_in(document.get("extras"))),
        packages=tuple(
            _package(entry, lines[position] if position < len(lines) else None, metadata)
            for position, entry in enumerate(entries)
        ),
    )


def numbers(version: str) -> tuple[int, ...]:
    """Return the release numbers at the start of a version, () without any."""
    match = re.match(r"\d{1,9}(?:\.\d{1,9})*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def locked_distributions(
    lock: PoetryLock, requirements: tuple[Requirement, ...]
) -> tuple[LockedDistribution, ...]:
    """Return the packages with their groups, without those that nothing installs.

    These are optional, and in no extra that the manifest has.
    """
    optional = {(one.name, one.line) for one in lock.packages if one.optional}
    found = all_distributions(lock, requirements)
    return tuple(one for one in found if one.groups or (one.name, one.origin.line) not in optional)


def all_distributions(
    lock: PoetryLock, requirements: tuple[Requirement, ...]
) -> tuple[LockedDistribution, ...]:
    """Return all packages; `groups` are () where no requirement leads to one."""
    found = {} if lock.says_groups else _Graph(lock.packages).needs(requirements)
    return tuple(
        _distribution(one, _recorded(one) if lock.says_groups else found.get(position, {}))
        for position, one in enumerate(lock.packages)
    )


def _distribution(package: LockedPackage, needs: Needs) -> LockedDistribution:
    # Before Poetry 1.5 a package said at least whether it is for production or for development.
    category = (package.category,) if package.category in (MAIN, "dev") else ()
    return LockedDistribution(
        name=package.name,
        version=package.version,
        origin=Origin(path=PATH, line=package.line, key=package.name),
        groups=sorted_groups(needs) or category,
        marker=production_marker(needs),
        source=package.kind,
        reference=package.reference,
        editable=package.develop,
        files=tuple(LockedFile(name=name) for name, _ in package.files if name),
        hashes=tuple(digest for _, digest in package.files),
        requires_python="" if package.python_versions == "*" else package.python_versions,
        index=package.index,
        depends_on=tuple(sorted({canonical_name(name) for name, _ in package.dependencies})),
    )


def _recorded(package: LockedPackage) -> Needs:
    """Return the groups that the lock itself names (format 2.1), extras taken from the markers."""
    needs: Needs = {}
    for group in package.groups:
        condition = parse_condition(package.markers.get(group, package.markers.get("", "")))
        if group != MAIN:
            needs[group] = condition
            continue
        extras, rest = split_extras(condition)
        for extra in extras:
            if extra or not package.optional:
                needs[f"extra:{canonical_name(extra)}" if extra else MAIN] = rest
    return needs


class _Graph:
    """From the requirements of the manifest along the dependencies that the lock holds."""

    def __init__(self, packages: tuple[LockedPackage, ...]) -> None:
        self._packages = packages
        self._by_name: dict[str, list[int]] = {}
        self._edges: dict[Node, list[Edge]] = {}
        for position, package in enumerate(packages):
            self._by_name.setdefault(package.name, []).append(position)

    def needs(self, requirements: Iterable[Requirement]) -> dict[int, Needs]:
        """Return by package which groups need it under which condition."""
        starts: dict[str, list[Edge]] = {}
        for one in requirements:
            nodes = self._nodes(one.name, (one.specifier,), one.extras)
            condition = parse_condition(one.marker)
            starts.setdefault(one.group, []).extend((node, condition) for node in nodes)
        return by_package(walk(starts, self._edges_of))

    def _nodes(
        self, name: str, alternatives: tuple[str, ...], extras: tuple[str, ...]
    ) -> Iterator[Node]:
        positions = self._by_name.get(name, [])
        if len(positions) > 1:
            versions = {position: self._packages[position].version for position in positions}
            fitting = [
                position
                for position, version in versions.items()
                if any(allows(one, version) for one in alternatives)
            ]
            positions = fitting or positions
        for position in positions:
            yield from ((position, extra) for extra in ("", *extras))

    def _edges_of(self, _group: str, node: Node) -> list[Edge]:
        if node not in self._edges:
            package = self._packages[node[0]]
            entries = (
                (canonical_name(name), table)
                for name, value in package.dependencies
                for table in (value if isinstance(value, list) else [value])
            )
            self._edges[node] = [
                edge
                for name, table in entries
                for edge in self._edges_to(package, name, table, node[1])
            ]
        return self._edges[node]

    def _edges_to(
        self, package: LockedPackage, name: str, entry: object, extra: str
    ) -> Iterator[Edge]:
        """Yield what one dependency of a package (or of its `extra`) leads to."""
        table = entry if isinstance(entry, dict) else {"version": entry}
        extras, condition = split_extras(parse_condition(text_in(table, "markers")))
        if table.get("optional") is True and "" in extras:
            extras = _extras_listing(package, name)
        if extra in {canonical_name(one) for one in extras}:
            wanted = tuple(canonical_name(one) for one in texts_in(table.get("extras")))
            for node in self._nodes(name, _alternatives(text_in(table, "version")), wanted):
                yield node, _or_always(condition)


def _or_always(condition: Condition) -> Condition:
    return condition or ALWAYS


def _alternatives(constraint: str) -> tuple[str, ...]:
    try:
        return to_alternatives(constraint or "*")
    except ValueError:
        return ("",)


def _extras_listing(package: LockedPackage, name: str) -> frozenset[str]:
    return frozenset(
        extra
        for extra, entries in package.extras
        if any(canonical_name(re.split(r"[ \[;(]", entry)[0]) == name for entry in entries)
    )


def _package(entry: dict[str, Any], line: int | None, metadata: object) -> LockedPackage:
    kind, reference, index = _source(entry.get("source"))
    markers = entry.get("markers")
    by_group = {canonical_name(group): text_in(markers, group) for group, _ in items_in(markers)}
    return LockedPackage(
        name=canonical_name(entry["name"]),
        version=text_in(entry, "version"),
        line=line,
        optional=entry.get("optional") is True,
        category=text_in(entry, "category"),
        groups=tuple(canonical_name(group) for group in texts_in(entry.get("groups"))),
        markers=by_group or {"": text_in(entry, "markers")},
        dependencies=items_in(entry.get("dependencies")),
        extras=tuple(
            (canonical_name(extra), texts_in(names))
            for extra, names in items_in(entry.get("extras"))
        ),
        files=_files(entry, metadata),
        python_versions=text_in(entry, "python-versions"),
        kind=kind,
        reference=reference,
        index=index,
        develop=entry.get("develop") is True,
    )


def _files(entry: dict[str, Any], metadata: object) -> Files:
    """Return the files from where this generation of the lock keeps them."""
    hashes = texts_in(dig(metadata, "hashes", entry["name"]))
    if hashes:
        return tuple(("", value if ":" in value else f"sha256:{value}") for value in hashes)
    found = tables_in(entry.get("files", dig(metadata, "files", entry["name"])))
    pairs = ((text_in(one, "file"), text_in(one, "hash")) for one in found)
    return tuple(pair for pair in pairs if pair[0])


def _source(source: object) -> tuple[SourceKind, str, str]:
    url = text_in(source, "url")
    match text_in(source, "type"):
        case "git":
            revision = text_in(source, "resolved_reference") or text_in(source, "reference")
            folder = text_in(source, "subdirectory")
            return SourceKind.GIT, git_reference(url, revision, folder), ""
        case "url":
            return SourceKind.URL, classify_reference(url)[1], ""
        case "directory" | "file":
            return SourceKind.PATH, local_path(url), ""
        case _:
            return SourceKind.REGISTRY, "", text_in(source, "reference")
