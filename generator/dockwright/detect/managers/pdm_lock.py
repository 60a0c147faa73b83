"""pdm.lock: its metadata, and its packages with the groups that need them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

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
from dockwright.detect.managers.markers import either, parse_condition
from dockwright.detect.managers.requirement import (
    canonical_name,
    classify_reference,
    git_reference,
    local_path,
    parse_requirement,
)
from dockwright.detect.managers.toml import (
    dig,
    header_lines,
    read_lock_document,
    table_in,
    tables_in,
    text_in,
    texts_in,
)
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    MAIN,
    LockedDistribution,
    LockedFile,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Origin
from dockwright.model.record import field, record, replace

PATH = "pdm.lock"
READABLE_MAJOR = "4"


@record
class PdmLock:
    """The lock; `format` is "" if the file is empty, `targets` are the platforms.

    `groups` are those it was made for ("default" is production), `packages` have their lines.
    """

    format: str
    content_hash: str
    has_inputs: bool
    groups: tuple[str, ...]
    targets: list[dict[str, Any]] = field(repr=False)
    packages: tuple[tuple[int | None, dict[str, Any]], ...] = field(repr=False)
    files: dict[str, Any] = field(repr=False)

    @property
    def requires_python(self) -> str:
        """The Python range that all targets share, "" if they differ or say none."""
        ranges = {text_in(target, "requires_python") for target in self.targets}
        return ranges.pop() if len(ranges) == 1 else ""

    @property
    def says_groups(self) -> bool:
        """Whether packages name their groups (strategy `inherit_metadata`)."""
        return any("groups" in table for _, table in self.packages)


def read_lock(tree: ProjectTree) -> PdmLock:
    """Return pdm.lock; SyntaxFault if it is not TOML, LockFormatError if damaged or too new."""
    document = read_lock_document(tree, PATH)
    metadata = document.get("metadata")
    version = text_in(metadata, "lock_version")
    if document and version.partition(".")[0] != READABLE_MAJOR:
        origin = Origin(path=PATH, key="metadata.lock_version")
        command = "pdm lock --update-reuse"
        raise unknown_format(PATH, version, f"{READABLE_MAJOR}.x", command, origin)
    packages = document.get("package", [])
    if not isinstance(packages, list) or not all(text_in(table, "name") for table in packages):
        raise damaged_lock(PATH, "a [[package]] has no name")
    lines = header_lines(tree.text(PATH), "[[package]]")
    return PdmLock(
        format=version,
        content_hash=text_in(metadata, "content_hash"),
        has_inputs=dig(metadata, "lock_inputs") is not None,
        groups=texts_in(dig(metadata, "groups")),
        targets=tables_in(dig(metadata, "targets")),
        packages=tuple(
            (lines[position] if position < len(lines) else None, table)
            for position, table in enumerate(packages)
        ),
        files=table_in(metadata, "files"),
    )


def distributions(
    lock: PdmLock, extras: tuple[str, ...], requirements: tuple[Requirement, ...]
) -> tuple[LockedDistribution, ...]:
    """Return the packages; an entry `name[extra]` is one with its `name`.

    `extras` are those of the project: PDM keeps extras and groups under one name.
    """
    found = {} if lock.says_groups else by_package(walk(*_graph(lock, requirements)))
    joined: dict[tuple[str, str, str], LockedDistribution] = {}
    needs: dict[tuple[str, str, str], Needs] = {}
    for position, (line, table) in enumerate(lock.packages):
        one = _distribution(lock, line, table)
        key = (one.name, one.version, one.reference)
        own = _recorded(table, extras) if lock.says_groups else found.get(position, {})
        all_needs = needs.setdefault(key, {})
        for group, condition in own.items():
            all_needs[group] = either(all_needs.get(group, condition), condition)
        known = joined.get(key, one)
        joined[key] = replace(
            known,
            extras=tuple(sorted({*one.extras, *known.extras})),
            files=known.files or one.files,
            hashes=known.hashes or one.hashes,
            depends_on=tuple(sorted({*one.depends_on, *known.depends_on})),
        )
    return tuple(
        replace(one, groups=sorted_groups(needs[key]), marker=production_marker(needs[key]))
        for key, one in joined.items()
    )


def unneeded(lock: PdmLock, requirements: tuple[Requirement, ...]) -> list[LockedDistribution]:
    """Return the packages that no requirement leads to, whatever its version and marker."""
    # What was only changed is not "removed", nor is what it needs.
    plain = tuple(replace(one, specifier="", marker="") for one in requirements)
    reached = by_package(walk(*_graph(lock, plain)))
    return [
        _distribution(lock, line, table)
        for position, (line, table) in enumerate(lock.packages)
        if position not in reached and not table.get("extras")
    ]


def _recorded(table: dict[str, Any], extras: tuple[str, ...]) -> Needs:
    condition = parse_condition(text_in(table, "marker"))
    needs: Needs = {}
    for spelled in texts_in(table.get("groups")):
        group = MAIN if spelled == "default" else canonical_name(spelled)
        needs[f"extra:{group}" if group in extras else group] = condition
    return needs


def _graph(lock: PdmLock, requirements: tuple[Requirement, ...]) -> tuple[Any, Any]:
    """Return what `walk` needs: what each group asks for, and what each package asks for."""
    index: dict[str, list[tuple[int, frozenset[str]]]] = {}
    for position, (_, table) in enumerate(lock.packages):
        extras = frozenset(canonical_name(extra) for extra in texts_in(table.get("extras")))
        index.setdefault(canonical_name(table["name"]), []).append((position, extras))

    def targets(one: Requirement) -> Iterator[Edge]:
        """Yield the entry without extras, and those whose extras are all asked for."""
        for position, extras in index.get(one.name, ()):
            if extras <= frozenset(one.extras):
                yield (position, ""), parse_condition(one.marker)

    edges: dict[int, list[Edge]] = {}

    def edges_of(_group: str, node: Node) -> list[Edge]:
        if node[0] not in edges:
            table = lock.packages[node[0]][1]
            origin = Origin(path=PATH, key=table["name"])
            asked = [parse_requirement(one, origin) for one in texts_in(table.get("dependencies"))]
            edges[node[0]] = [edge for one in asked for edge in targets(one)]
        return edges[node[0]]

    starts: dict[str, list[Edge]] = {}
    for one in requirements:
        starts.setdefault(one.group, []).extend(targets(one))
    return starts, edges_of


def _distribution(lock: PdmLock, line: int | None, table: dict[str, Any]) -> LockedDistribution:
    name, version = canonical_name(table["name"]), text_in(table, "version")
    kind, reference = _place(table)
    files = tables_in(table.get("files") or lock.files.get(f"{table['name']} {version}"))
    names = (text_in(entry, "file") or text_in(entry, "url") for entry in files)
    asked = (re.match(r"[\w.-]+", text) for text in texts_in(table.get("dependencies")))
    return LockedDistribution(
        name=name,
        version=version,
        origin=Origin(path=PATH, line=line, key=table["name"]),
        groups=(),
        extras=tuple(canonical_name(extra) for extra in texts_in(table.get("extras"))),
        source=kind,
        reference=reference,
        editable=table.get("editable") is True,
        files=tuple(
            LockedFile(name=unquote(one.partition("#")[0].rpartition("/")[2]))
            for one in names
            if one
        ),
        hashes=tuple(str(entry["hash"]) for entry in files if "hash" in entry),
        requires_python=text_in(table, "requires_python"),
        depends_on=tuple(sorted({canonical_name(one[0]) for one in asked if one} - {name})),
    )


def _place(table: dict[str, Any]) -> tuple[SourceKind, str]:
    if "git" in table:
        revision, folder = text_in(table, "revision"), text_in(table, "subdirectory")
        reference = git_reference(text_in(table, "git"), revision or text_in(table, "ref"), folder)
        return SourceKind.GIT, reference
    if "url" in table:
        return SourceKind.URL, classify_reference(text_in(table, "url"))[1]
    if "path" in table:
        return SourceKind.PATH, local_path(text_in(table, "path"))
    return SourceKind.REGISTRY, ""
