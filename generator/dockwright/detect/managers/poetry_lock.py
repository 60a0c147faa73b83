"""poetry.lock as a file: every format from 1.0 to 2.1, read fast, with the line of each package."""

import re
import tomllib
from typing import Any

from dockwright.detect.managers.poetry_digest import header_version
from dockwright.detect.managers.poetry_entries import git_reference
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    local_path,
)
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError
from dockwright.model.dependencies import LockedFile, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record
from dockwright.model.toml_text import parse_toml

PATH = "poetry.lock"
_NEWEST_MAJOR = 2

# Nine tenths of a lock are lists of files, always written alike. Taking them out first makes tomllib's work three times shorter.
_FILES = Pattern(
    r'^([\w."-]+) = \[\n((?:    \{file = "[^"\\\n]*", hash = "[^"\\\n]*"\},\n)+)\]$', re.MULTILINE
)
_FILE = Pattern(r'file = "([^"]*)", hash = "([^"]*)"')
_TAKEN, _TAKEN_ESCAPED = "\0files ", "\\u0000files "
"""Stands for a list that was taken out; no manager writes a NUL."""
_PACKAGE = Pattern(r"^\[\[package\]\]$", re.MULTILINE)

Files = tuple[tuple[str, str], ...]
"""(file name, "sha256:...") pairs."""


@record
class LockedPackage:
    """One [[package]]: `dependencies` as the lock spells them, `line` of its header, `category` before Poetry 1.5."""

    name: str
    version: str
    line: int | None
    optional: bool = False
    category: str = ""
    groups: tuple[str, ...] = ()
    markers: str | dict[str, str] = ""
    dependencies: tuple[tuple[str, Any], ...] = field(default=(), repr=False)
    extras: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), repr=False)
    files: Files = field(default=(), repr=False)
    python_versions: str = ""
    kind: SourceKind = SourceKind.REGISTRY
    reference: str = ""
    index: str = ""
    develop: bool = False
    asked_revision: str = ""
    """Of a Git source: the branch, tag or revision that the manifest named when it was locked."""

    @property
    def locked_files(self) -> tuple[LockedFile, ...]:
        """The files that have a name (format 1.0 knows only hashes)."""
        return tuple(LockedFile(name=name) for name, _ in self.files if name)


@record
class PoetryLock:
    """The lock: `format` is its lock-version, `extras` the names it was made with, `python_versions` as recorded."""

    format: str
    written_by: str
    content_hash: str
    python_versions: str
    extras: tuple[str, ...]
    packages: tuple[LockedPackage, ...] = field(repr=False)

    @property
    def says_groups(self) -> bool:
        """Whether each package names its groups (format 2.1)."""
        return _numbers(self.format) >= (2, 1)


def read_lock(tree: ProjectTree) -> PoetryLock:
    """Read poetry.lock; SyntaxFault if it is not TOML, LockFormatError if it is damaged or newer than we know.

    An empty file is a lock without a format: somebody meant to lock, and never did.
    """
    text = tree.text(PATH)
    if not text.strip():
        return PoetryLock(
            format="", written_by="", content_hash="", python_versions="", extras=(), packages=()
        )
    document = _document(tree, text)
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        raise _damaged("it has no [metadata]")
    lock_format = metadata.get("lock-version")
    if not isinstance(lock_format, str) or not _numbers(lock_format):
        raise _damaged(
            "[metadata] has no `lock-version`",
            origin=Origin(path=PATH, line=_line(text, "[metadata]")),
        )
    if _numbers(lock_format)[0] > _NEWEST_MAJOR:
        raise _too_new(
            lock_format, Origin(path=PATH, line=_line(text, "lock-version"), key="lock-version")
        )
    entries = document.get("package", [])
    if not isinstance(entries, list) or not all(
        isinstance(dig(entry, "name"), str) for entry in entries
    ):
        raise _damaged("a [[package]] has no name")
    lines = _package_lines(text) if len(entries) > 0 else []
    packages = tuple(
        _package(entry, lines[position] if position < len(lines) else None, metadata)
        for position, entry in enumerate(entries)
    )
    return PoetryLock(
        format=lock_format,
        written_by=header_version(text),
        content_hash=_text(metadata, "content-hash"),
        python_versions=_text(metadata, "python-versions"),
        extras=tuple(canonical_name(name) for name, _ in items_in(document.get("extras"))),
        packages=packages,
    )


def _document(tree: ProjectTree, text: str) -> dict[str, Any]:
    """Parse the lock without its lists of files, then put them back; whatever does not fit goes the slow way."""
    if '"""' in text or "'''" in text:
        return tree.toml(PATH)
    taken: list[Files] = []

    def take(match: re.Match[str]) -> str:
        taken.append(tuple(_FILE.findall(match[2])))
        return f'{match[1]} = "{_TAKEN_ESCAPED}{len(taken) - 1}"'

    try:
        document = parse_toml(_FILES.sub(take, text))
    except tomllib.TOMLDecodeError:
        return tree.toml(PATH)  # raises with the line of the whole file
    packages = document.get("package")
    for package in packages if isinstance(packages, list) else ():
        if isinstance(package, dict):
            _put_back(package, "files", taken)
    by_name = dig(document, "metadata", "files")
    for name, _ in items_in(by_name):
        _put_back(by_name, name, taken)
    return document


def _put_back(table: dict[str, Any], key: str, taken: list[Files]) -> None:
    value = table.get(key)
    if isinstance(value, str) and value.startswith(_TAKEN):
        table[key] = taken[int(value.removeprefix(_TAKEN))]


def _package(entry: dict[str, Any], line: int | None, metadata: dict[str, Any]) -> LockedPackage:
    kind, reference, index = _source(dig(entry, "source"))
    name = entry["name"]
    return LockedPackage(
        name=canonical_name(name),
        version=_text(entry, "version"),
        line=line,
        optional=entry.get("optional") is True,
        category=_text(entry, "category"),
        groups=tuple(canonical_name(group) for group in texts_in(entry.get("groups"))),
        markers=_markers(entry.get("markers")),
        dependencies=items_in(entry.get("dependencies")),
        extras=tuple(
            (canonical_name(extra), texts_in(names))
            for extra, names in items_in(entry.get("extras"))
        ),
        files=_files(entry, name, metadata),
        python_versions=_text(entry, "python-versions"),
        kind=kind,
        reference=reference,
        index=index,
        develop=entry.get("develop") is True,
        asked_revision=_text(dig(entry, "source"), "reference") if kind is SourceKind.GIT else "",
    )


def _files(entry: dict[str, Any], name: str, metadata: dict[str, Any]) -> Files:
    """Return the files from where this generation of the lock keeps them."""
    hashes = dig(metadata, "hashes", name)
    if hashes:
        return tuple(
            ("", f"sha256:{value}" if ":" not in value else value) for value in texts_in(hashes)
        )
    found = entry.get("files", dig(metadata, "files", name))
    if isinstance(found, tuple):
        return found
    pairs = (
        (_text(one, "file"), _text(one, "hash"))
        for one in (found if isinstance(found, list) else ())
    )
    return tuple(pair for pair in pairs if pair[0])


def _source(source: object) -> tuple[SourceKind, str, str]:
    url = _text(source, "url")
    match _text(source, "type"):
        case "git":
            revision = _text(source, "resolved_reference") or _text(source, "reference")
            return SourceKind.GIT, git_reference(url, revision, _text(source, "subdirectory")), ""
        case "url":
            return SourceKind.URL, classify_reference(url)[1], ""
        case "directory" | "file":
            return SourceKind.PATH, local_path(url), ""
        case _:
            return SourceKind.REGISTRY, "", _text(source, "reference")


def _markers(value: object) -> str | dict[str, str]:
    if isinstance(value, dict):
        return {
            canonical_name(group): marker
            for group, marker in value.items()
            if isinstance(marker, str)
        }
    return value if isinstance(value, str) else ""


def _package_lines(text: str) -> list[int]:
    lines: list[int] = []
    position, number = 0, 1
    for match in _PACKAGE.finditer(text):
        number += text.count("\n", position, match.start())
        position = match.start()
        lines.append(number)
    return lines


def _line(text: str, needle: str) -> int | None:
    position = text.rfind(needle)
    return text.count("\n", 0, position) + 1 if position >= 0 else None


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _text(table: object, key: str) -> str:
    value = dig(table, key)
    return value if isinstance(value, str) else ""


def _damaged(what: str, origin: Origin | None = None) -> LockFormatError:
    return LockFormatError(
        f"poetry.lock is damaged: {what}",
        origin=origin or Origin(path=PATH),
        rule="every lock that Poetry writes has [metadata] with `lock-version` and `content-hash`, and named packages",
        steps=("restore the lock from version control", "or delete it and let Poetry lock again"),
        example="poetry lock",
    )


def _too_new(lock_format: str, origin: Origin) -> LockFormatError:
    return LockFormatError(
        f"poetry.lock has lock-version {lock_format}, newer than this release of Dockwright reads",
        origin=origin,
        rule=f"lock-versions 1.0 to {_NEWEST_MAJOR}.x are read; another first number is another format",
        steps=("update Dockwright", "or lock again with a Poetry whose lock-version is 2.1"),
        example="pipx run poetry==2.5.1 lock",
    )
