"""pdm.lock, read: its metadata, and its packages with the groups that need them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from dockwright.detect.managers.conditions import Condition, either, parse_condition, to_marker
from dockwright.detect.managers.pdm_graph import walk
from dockwright.detect.managers.poetry_entries import git_reference
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    local_path,
)
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError
from dockwright.model.dependencies import (
    MAIN,
    LockedDistribution,
    LockedFile,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record, replace

PATH = "pdm.lock"
READABLE_MAJOR = 4
_PACKAGE = Pattern(r"^\[\[package\]\]", re.MULTILINE)
_NAME = Pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@record
class PdmLock:
    """The lock; `format` is "" if the file is empty. `groups` are those it was made for ("default" is production), `targets` the platforms."""

    format: str
    content_hash: str
    has_inputs: bool
    groups: tuple[str, ...]
    targets: tuple[dict[str, Any], ...] = field(repr=False)
    packages: tuple[tuple[int, dict[str, Any]], ...] = field(repr=False)
    files: dict[str, Any] = field(repr=False)

    @property
    def requires_python(self) -> str:
        """The Python range that all targets share, "" if they differ or say none."""
        ranges = {str(target.get("requires_python", "")) for target in self.targets}
        return ranges.pop() if len(ranges) == 1 else ""

    def needs_of(self, position: int) -> tuple[str, ...]:
        """Return the names of what the package at a position depends on, itself left out."""
        table = self.packages[position][1]
        names = (_NAME.match(text) for text in texts_in(table.get("dependencies")))
        own = canonical_name(table["name"])
        return tuple(sorted({canonical_name(name[0]) for name in names if name} - {own}))

    @property
    def says_groups(self) -> bool:
        """Whether packages name their groups (strategy `inherit_metadata`)."""
        return any("groups" in table for _, table in self.packages)


def read_lock(tree: ProjectTree) -> PdmLock:
    """Return pdm.lock; SyntaxFault if it is not TOML, LockFormatError if it is of another version or damaged."""
    document = tree.toml(PATH)
    metadata = document.get("metadata")
    version = next(iter(texts_in(dig(metadata, "lock_version"))), "")
    if document and version.partition(".")[0] != str(READABLE_MAJOR):
        raise _unknown_version(version)
    packages, targets = document.get("package", []), dig(metadata, "targets") or []
    if not isinstance(packages, list) or not all(
        isinstance(dig(table, "name"), str) for table in packages
    ):
        raise _damaged()
    lines = [
        tree.text(PATH).count("\n", 0, match.start()) + 1
        for match in _PACKAGE.finditer(tree.text(PATH))
    ]
    return PdmLock(
        format=version,
        content_hash=next(iter(texts_in(dig(metadata, "content_hash"))), ""),
        has_inputs=dig(metadata, "lock_inputs") is not None,
        groups=texts_in(dig(metadata, "groups")),
        targets=tuple(target for target in targets if isinstance(target, dict))
        if isinstance(targets, list)
        else (),
        packages=tuple(zip(lines, packages, strict=False))
        if len(lines) >= len(packages)
        else _without_lines(packages),
        files=dict(items_in(dig(metadata, "files"))),
    )


def distributions(
    lock: PdmLock, extras: tuple[str, ...], wishes: tuple[Requirement, ...]
) -> tuple[LockedDistribution, ...]:
    """Return the packages; an entry `name[extra]` is one with its `name`. `extras` are those of the project."""
    needed = {} if lock.says_groups else walk(lock.packages, wishes)
    found: dict[tuple[str, str, str], LockedDistribution] = {}
    conditions: dict[tuple[str, str, str], Condition] = {}
    for position, (line, table) in enumerate(lock.packages):
        one = replace(_distribution(lock, line, table), depends_on=lock.needs_of(position))
        if lock.says_groups:
            groups = tuple(
                name
                for group in texts_in(table.get("groups"))
                for name in _group_names(group, extras)
            )
            condition = parse_condition(next(iter(texts_in(table.get("marker"))), ""))
        else:
            groups, condition = needed.get(position, ((), parse_condition("")))
        key = (one.name, one.version, one.reference)
        known = found.get(key)
        conditions[key] = either(conditions[key], condition) if key in conditions else condition
        joined = (*(known.groups if known else ()), *groups)
        found[key] = replace(
            known or one,
            groups=tuple(sorted(set(joined), key=lambda group: (group != MAIN, group))),
            extras=tuple(sorted({*one.extras, *(known.extras if known else ())})),
            files=one.files if known is None or not known.files else known.files,
            hashes=one.hashes if known is None or not known.hashes else known.hashes,
            depends_on=tuple(sorted({*one.depends_on, *(known.depends_on if known else ())})),
        )
    return tuple(replace(one, marker=to_marker(conditions[key])) for key, one in found.items())


def _distribution(lock: PdmLock, line: int, table: dict[str, Any]) -> LockedDistribution:
    name, version = canonical_name(table["name"]), _text(table, "version")
    kind, reference = _place(table)
    entries = table.get("files") or lock.files.get(f"{table['name']} {version}")
    files = (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    origin = Origin(path=PATH, line=line or None, key=table["name"])
    return LockedDistribution(
        name=name,
        version=version,
        origin=origin,
        groups=(),
        extras=tuple(canonical_name(extra) for extra in texts_in(table.get("extras"))),
        source=kind,
        reference=reference,
        editable=table.get("editable") is True,
        files=tuple(LockedFile(name=file) for file in _file_names(files)),
        hashes=tuple(str(entry["hash"]) for entry in files if "hash" in entry),
        requires_python=_text(table, "requires_python"),
    )


def _group_names(group: str, extras: tuple[str, ...]) -> Iterator[str]:
    """A group of the lock may be an extra of the project; PDM keeps both under one name."""
    if group == "default":
        yield MAIN
    elif canonical_name(group) in extras:
        yield f"extra:{canonical_name(group)}"
    else:
        yield canonical_name(group)


def _place(table: dict[str, Any]) -> tuple[SourceKind, str]:
    if "git" in table:
        revision = _text(table, "revision") or _text(table, "ref")
        return SourceKind.GIT, git_reference(
            _text(table, "git"), revision, _text(table, "subdirectory")
        )
    if "url" in table:
        return SourceKind.URL, classify_reference(_text(table, "url"))[1]
    if "path" in table:
        return SourceKind.PATH, local_path(_text(table, "path"))
    return SourceKind.REGISTRY, ""


def _file_names(files: list[dict[str, Any]]) -> Iterator[str]:
    for entry in files:
        name = entry.get("file") or entry.get("url")
        if isinstance(name, str):
            yield unquote(name.partition("#")[0].rpartition("/")[2])


def _without_lines(packages: list[dict[str, Any]]) -> tuple[tuple[int, dict[str, Any]], ...]:
    return tuple((0, table) for table in packages)


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def _unknown_version(version: str) -> LockFormatError:
    return LockFormatError(
        f"pdm.lock has the lock version {version}, and only {READABLE_MAJOR}.x can be read"
        if version
        else "pdm.lock does not say its lock version",
        found=f'lock_version = "{version}"',
        origin=Origin(path=PATH, key="metadata.lock_version"),
        rule="PDM itself reads only locks with the first number of its own lock version",
        steps=("let PDM write the lock again", "or update Dockwright if a newer PDM wrote it"),
        example="pdm lock --update-reuse",
    )


def _damaged() -> LockFormatError:
    return LockFormatError(
        "pdm.lock is damaged: a [[package]] has no name",
        origin=Origin(path=PATH),
        rule="a lock is written by its manager and not by hand",
        steps=("let PDM write the lock again", "or restore it from version control"),
        example=f"git checkout -- {PATH}",
    )
