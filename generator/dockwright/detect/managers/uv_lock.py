"""uv.lock, read: its packages, its own copy of the manifest, and which groups need which package."""

import re
import tomllib
from functools import cached_property
from typing import Any

from dockwright.detect.managers.toml_values import dig, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record
from dockwright.model.toml_text import parse_toml

PATH = "uv.lock"
READABLE_VERSION = 1
_PACKAGE = Pattern(r"^\[\[package\]\]", re.MULTILINE)

# Nine tenths of a lock are lists of wheels, always written alike. Taking them out first makes tomllib's work three times shorter.
_WHEEL = r'    \{ url = "[^"\\\n]*", hash = "[^"\\\n]*"(?:, size = \d+)?(?:, upload-time = "[^"\\\n]*")? \},\n'
_WHEELS = Pattern(rf"^wheels = \[\n((?:{_WHEEL})+)\]$", re.MULTILINE)
_FIELDS = Pattern(r'url = "([^"]*)", hash = "([^"]*)"(?:, size = (\d+))?')

LOCAL_SOURCES = ("editable", "virtual", "directory")
"""Sources that are a folder with a pyproject.toml of its own."""


@record
class Package:
    """One [[package]]: `table` as TOML, `source` its source table, `line` where it starts."""

    name: str
    version: str
    source: dict[str, Any] = field(repr=False)
    table: dict[str, Any] = field(repr=False)
    line: int

    @property
    def folder(self) -> str | None:
        """The folder of a local project as the lock spells it ("." is the root), None for anything else."""
        return next((str(self.source[kind]) for kind in LOCAL_SOURCES if kind in self.source), None)

    @property
    def origin(self) -> Origin:
        """The place in the lock."""
        return Origin(path=PATH, line=self.line, key=self.name)


@record
class UvLock:
    """The lock; `revision` is 0 where it has none (uv before 0.6), `version` 0 if the file is empty."""

    version: int
    revision: int
    requires_python: str
    document: dict[str, Any] = field(repr=False)
    packages: tuple[Package, ...] = field(repr=False)

    @property
    def format(self) -> str:
        """The format as people write it: "1 rev 3"."""
        return f"{self.version} rev {self.revision}" if self.revision else str(self.version or "")

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all packages."""
        return frozenset(package.name for package in self.packages)

    def manifest(self, key: str) -> Any:  # noqa: ANN401 - a value of TOML
        """Return what [manifest] says of `key`, None if nothing."""
        return dig(self.document, "manifest", key)

    def local_package(self, name: str) -> Package | None:
        """Return the package of that name whose source is a folder."""
        return next(
            (
                package
                for package in self.packages
                if package.name == name and package.folder is not None
            ),
            None,
        )


def read_lock(tree: ProjectTree) -> UvLock:
    """Return uv.lock; SyntaxFault if it is not TOML, LockFormatError if it is of another version or damaged."""
    document = _document(tree)
    if not document:
        return UvLock(version=0, revision=0, requires_python="", document={}, packages=())
    version, revision = document.get("version"), document.get("revision", 0)
    if version != READABLE_VERSION or not isinstance(revision, int):
        raise _unknown_version(document)
    tables = document.get("package", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _damaged("`package` is not an array of tables", 1)
    return UvLock(
        version=READABLE_VERSION,
        revision=revision,
        requires_python=next(iter(texts_in(document.get("requires-python"))), ""),
        document=document,
        packages=_packages(tables, tree.text(PATH)),
    )


def _document(tree: ProjectTree) -> dict[str, Any]:
    """Parse the lock without its lists of wheels, then put them back; whatever does not fit goes the slow way."""
    text = tree.text(PATH)
    taken: list[list[dict[str, Any]]] = []

    def take(match: re.Match[str]) -> str:
        taken.append([_wheel(*fields) for fields in _FIELDS.findall(match[1])])
        return f"wheels = {len(taken) - 1}"

    try:
        document = parse_toml(_WHEELS.sub(take, text))
    except tomllib.TOMLDecodeError:
        return tree.toml(PATH)  # raises with the line of the whole file
    packages = document.get("package")
    for package in packages if isinstance(packages, list) else ():
        position = dig(package, "wheels")
        if isinstance(position, int) and position < len(taken):
            package["wheels"] = taken[position]
    return document


def _wheel(url: str, digest: str, size: str) -> dict[str, Any]:
    return {"url": url, "hash": digest, **({"size": int(size)} if size else {})}


def _packages(tables: list[dict[str, Any]], text: str) -> tuple[Package, ...]:
    lines = _lines(text)
    found = []
    for position, table in enumerate(tables):
        line = lines[position] if position < len(lines) else 1
        name, source = table.get("name"), table.get("source")
        if not isinstance(name, str) or not isinstance(source, dict):
            raise _damaged("a [[package]] has no name or no source", line)
        version = next(iter(texts_in(table.get("version"))), "")
        found.append(Package(name=name, version=version, source=source, table=table, line=line))
    return tuple(found)


def _lines(text: str) -> list[int]:
    lines, line, end = [], 1, 0
    for match in _PACKAGE.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        lines.append(line)
    return lines


def _unknown_version(document: dict[str, Any]) -> LockFormatError:
    version = document.get("version")
    return LockFormatError(
        f"uv.lock has the format version {version}, and only {READABLE_VERSION} can be read"
        if version is not None
        else "uv.lock does not say its format version",
        found=f"version = {version!r}, revision = {document.get('revision')!r}",
        origin=Origin(path=PATH, line=1, key="version"),
        rule="the format version of uv.lock says which tools can read it",
        steps=("let uv write the lock again", "or update Dockwright if a newer uv wrote it"),
        example="uv lock",
    )


def _damaged(what: str, line: int) -> LockFormatError:
    return LockFormatError(
        f"uv.lock is damaged: {what}",
        origin=Origin(path=PATH, line=line),
        rule="a lock is written by its manager and not by hand",
        steps=("let uv write the lock again", "or restore it from version control"),
        example=f"git checkout -- {PATH}",
    )
