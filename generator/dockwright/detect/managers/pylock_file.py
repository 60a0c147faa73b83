"""A pylock file, read: its packages, and the groups and extras that their markers ask for."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from dockwright.detect.managers.conditions import Condition, either, parse_condition, to_marker
from dockwright.detect.managers.poetry_entries import git_reference
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    local_path,
    strip_credentials,
)
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError
from dockwright.model.dependencies import MAIN, LockedDistribution, LockedFile, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record

READABLE_MAJOR = "1"
_PACKAGE = Pattern(r"^\[\[packages\]\]", re.MULTILINE)
_CHOICE = Pattern(r'^"(?P<name>[^"]*)" (?P<operator>in|not in) (?P<kind>extras|dependency_groups)$')


@record
class Pylock:
    """The file; `version` is "" if it is empty. `header` holds the comments above the first key; `pdm_hash` is "sha256:..." where PDM wrote one."""

    path: str
    version: str
    created_by: str
    requires_python: str
    header: str
    pdm_hash: str
    distributions: tuple[LockedDistribution, ...] = field(repr=False)


def read_pylock(tree: ProjectTree, path: str) -> Pylock:
    """Return the file; SyntaxFault if it is not TOML, LockFormatError if it is of another version or damaged."""
    document = tree.toml(path)
    version = next(iter(texts_in(document.get("lock-version"))), "")
    if document and version.partition(".")[0] != READABLE_MAJOR:
        raise _unknown_version(path, version)
    packages = document.get("packages", [])
    if not isinstance(packages, list) or not all(
        isinstance(dig(table, "name"), str) for table in packages
    ):
        raise _damaged(path)
    text = tree.text(path)
    lines = [text.count("\n", 0, match.start()) + 1 for match in _PACKAGE.finditer(text)]
    defaults = {canonical_name(group) for group in texts_in(document.get("default-groups"))}
    hashes = items_in(dig(document, "tool", "pdm", "hashes"))
    return Pylock(
        path=path,
        version=version,
        created_by=next(iter(texts_in(document.get("created-by"))), ""),
        requires_python=next(iter(texts_in(document.get("requires-python"))), ""),
        header="\n".join(_comments(text)),
        pdm_hash=next((f"{algorithm}:{value}" for algorithm, value in hashes), ""),
        distributions=tuple(
            _distribution(path, lines[position] if position < len(lines) else None, table, defaults)
            for position, table in enumerate(packages)
        ),
    )


def _comments(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line


def _distribution(
    path: str, line: int | None, table: dict[str, Any], defaults: set[str]
) -> LockedDistribution:
    kind, reference, editable = _place(table)
    groups, marker = _groups(parse_condition(_text(table, "marker")), defaults)
    entries = list(_file_entries(table))
    dependencies = table.get("dependencies")
    names = (
        dig(entry, "name") for entry in (dependencies if isinstance(dependencies, list) else ())
    )
    return LockedDistribution(
        name=canonical_name(table["name"]),
        version=_text(table, "version"),
        origin=Origin(path=path, line=line, key=table["name"]),
        groups=groups,
        marker=to_marker(marker),
        source=kind,
        reference=reference,
        editable=editable,
        files=tuple(
            LockedFile(name=_file_name(entry), size=_size(entry))
            for entry in entries
            if _file_name(entry)
        ),
        hashes=tuple(
            f"{name}:{value}" for entry in entries for name, value in items_in(entry.get("hashes"))
        ),
        requires_python=_text(table, "requires-python"),
        index=strip_credentials(_text(table, "index")).url,
        depends_on=tuple(sorted({canonical_name(name) for name in names if isinstance(name, str)})),
    )


def _groups(condition: Condition, defaults: set[str]) -> tuple[tuple[str, ...], Condition]:
    """Take `"dev" in dependency_groups` and `"pg" in extras` out of a marker; a default group is production."""
    groups: set[str] = set()
    rest: Condition = frozenset()
    for clause in condition:
        chosen = [
            match for part in clause if (match := _CHOICE.match(part)) and match["operator"] == "in"
        ]
        groups |= {
            _group(match["kind"], canonical_name(match["name"]), defaults) for match in chosen
        } or {MAIN}
        rest = either(
            rest, frozenset({frozenset(part for part in clause if not _CHOICE.match(part))})
        )
    return tuple(sorted(groups, key=lambda group: (group != MAIN, group))), rest


def _group(kind: str, name: str, defaults: set[str]) -> str:
    if kind == "extras":
        return f"extra:{name}"
    return MAIN if name == "default" and name in defaults else name


def _place(table: dict[str, Any]) -> tuple[SourceKind, str, bool]:
    vcs, directory, archive = table.get("vcs"), table.get("directory"), table.get("archive")
    if isinstance(vcs, dict):
        revision = _text(vcs, "commit-id") or _text(vcs, "requested-revision")
        url = _text(vcs, "url") or _text(vcs, "path")
        return SourceKind.GIT, git_reference(url, revision, _text(vcs, "subdirectory")), False
    if isinstance(directory, dict):
        return (
            SourceKind.PATH,
            local_path(_text(directory, "path")),
            directory.get("editable") is True,
        )
    if isinstance(archive, dict):
        if _text(archive, "url"):
            return SourceKind.URL, classify_reference(_text(archive, "url"))[1], False
        return SourceKind.PATH, local_path(_text(archive, "path")), False
    return SourceKind.REGISTRY, "", False


def _file_entries(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    wheels = table.get("wheels")
    for entry in (
        *(wheels if isinstance(wheels, list) else ()),
        table.get("sdist"),
        table.get("archive"),
    ):
        if isinstance(entry, dict):
            yield entry


def _file_name(entry: dict[str, Any]) -> str:
    address = _text(entry, "url") or _text(entry, "path")
    return _text(entry, "name") or unquote(address.partition("#")[0].rpartition("/")[2])


def _size(entry: dict[str, Any]) -> int | None:
    size = entry.get("size")
    return size if isinstance(size, int) else None


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def _unknown_version(path: str, version: str) -> LockFormatError:
    return LockFormatError(
        f"{path} has the lock version {version}, and only {READABLE_MAJOR}.x can be read"
        if version
        else f"{path} does not say its lock version",
        found=f'lock-version = "{version}"',
        origin=Origin(path=path, key="lock-version"),
        rule="a tool must refuse a pylock file whose first number it does not know",
        steps=(
            "let the tool that wrote it write it again",
            "or update Dockwright if that tool is newer",
        ),
        example="uv export --format pylock.toml --output-file pylock.toml",
    )


def _damaged(path: str) -> LockFormatError:
    return LockFormatError(
        f"{path} is damaged: one of its [[packages]] has no name",
        origin=Origin(path=path),
        rule="a lock is written by a tool and not by hand",
        steps=("let the tool that wrote it write it again", "or restore it from version control"),
        example=f"git checkout -- {path}",
    )
