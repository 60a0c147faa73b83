"""The Pipfile: packages, dev-packages and custom categories as requirements, sources as indexes."""

import re
from typing import Any

from dockwright.detect.managers.conditions import both, parse_condition, to_marker
from dockwright.detect.managers.pipenv_digest import DEFAULT_SOURCES, categories
from dockwright.detect.managers.poetry_entries import git_reference
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    is_outside,
    local_path,
    strip_credentials,
)
from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.detect.managers.toml_values import dig, items_in, texts_in, wrong_type
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError
from dockwright.model.dependencies import MAIN, Index, Manifest, Requirement, Script, SourceKind
from dockwright.model.origin import Notice, Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record

PATH = "Pipfile"
_VERSION_CONTROL = ("git", "svn", "hg", "bzr")
_OPERATOR = Pattern(r"^\s*(?:<=?|>=?|===?|[~!]=)")
_MARKER_KEYS = (
    "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release", "platform_system",
    "platform_version", "python_version", "python_full_version", "implementation_name", "implementation_version",
)  # fmt: skip
_KNOWN_KEYS = frozenset(
    {
        *_VERSION_CONTROL, *_MARKER_KEYS, "ref", "subdirectory", "name", "version", "extras", "editable", "markers", "os_markers",
        "hashes", "index", "no_binary", "pip_args", "skip_resolver", "path", "file",
    }
)  # fmt: skip


@record
class Pipfile:
    """The Pipfile as a Manifest, as the plain tables that its digest is made of, and what its owner should know.

    Categories keep their spelling, because Pipenv compares them letter by letter.
    """

    manifest: Manifest
    document: dict[str, Any] = field(repr=False)
    lines: TomlLines = field(repr=False)
    notices: tuple[Notice, ...] = ()


def read_pipfile(tree: ProjectTree) -> Pipfile:
    """Read the Pipfile; SyntaxFault if it is not TOML, ManifestError where an entry is of no form that Pipenv knows."""
    document = tree.toml(PATH)
    lines = TomlLines(PATH, tree.text(PATH))
    further = categories(document)
    requirements = [
        *_entries(document, lines, "packages", MAIN),
        *_entries(document, lines, "dev-packages", "dev"),
        *(wish for name in further for wish in _entries(document, lines, name, name)),
    ]
    paths = {wish.reference for wish in requirements if wish.source is SourceKind.PATH}
    outside = {path for path in paths if is_outside(path)}
    manifest = Manifest(
        path=PATH,
        requirements=tuple(requirements),
        groups=(*(("dev",) if document.get("dev-packages") else ()), *further),
        default_groups=(),
        indexes=_indexes(document, lines),
        also_read=tuple(sorted(paths - outside - {"."})),
        outside_root=tuple(sorted(outside)),
        scripts=_scripts(document, lines),
    )
    return Pipfile(
        manifest=manifest, document=document, lines=lines, notices=_notices(document, lines)
    )


def pipenv_specifier(version: object) -> str:
    """Return Pipenv's spelling of a version ("*", ">=1", or a bare "1.2" that means "==1.2") as PEP 440."""
    text = str(version).strip()
    if text in ("", "*", "==*"):
        return ""
    return text if _OPERATOR.match(text) else f"=={text}"


def pipenv_source(entry: dict[str, Any]) -> tuple[SourceKind, str]:
    """Return where an entry of a Pipfile or of its lock comes from, and the reference without credentials."""
    for system in _VERSION_CONTROL:
        if system in entry:
            revision, subdirectory = (
                str(entry.get("ref") or ""),
                str(entry.get("subdirectory") or ""),
            )
            url = str(entry[system])
            if system == "git":
                return SourceKind.GIT, git_reference(url, revision, subdirectory)
            full = url if url.startswith(f"{system}+") else f"{system}+{url}"
            return SourceKind.GIT, strip_credentials(full).url + (
                f"@{revision}" if revision else ""
            )
    for key in ("path", "file"):
        if key in entry:
            place = str(entry[key])
            return (
                classify_reference(place)
                if "://" in place
                else (SourceKind.PATH, local_path(place))
            )
    return SourceKind.REGISTRY, ""


def pipenv_marker(entry: dict[str, Any]) -> str:
    """Return `markers` and the marker keys (`sys_platform = "== 'linux'"`) of an entry as one PEP 508 marker."""
    written = [f"{key} {entry[key]}" for key in _MARKER_KEYS if isinstance(entry.get(key), str)]
    written += [text for key in ("markers", "os_markers") for text in texts_in(entry.get(key))]
    if len(written) < 2:
        return written[0] if written else ""
    condition = parse_condition(written[0])
    for text in written[1:]:
        condition = both(condition, parse_condition(text))
    return to_marker(condition)


def _entries(
    document: dict[str, Any], lines: TomlLines, table: str, group: str
) -> list[Requirement]:
    entries = document.get(table, {})
    if not isinstance(entries, dict):
        raise wrong_type(lines, (table,), "a table", entries)
    return [
        _entry(name, value, lines.origin(table, name), group) for name, value in items_in(entries)
    ]


def _entry(name: str, value: object, origin: Origin, group: str) -> Requirement:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value)
        value = {"git": text} if text.startswith("git+") else {"version": text}
    if not isinstance(value, dict):
        raise _unreadable(name, value, origin)
    kind, reference = pipenv_source(value)
    specifier = pipenv_specifier(value.get("version", "*")) if kind is SourceKind.REGISTRY else ""
    if not _is_specifier(specifier):
        raise _unreadable(name, value.get("version"), origin)
    bare, _, bracket = name.partition("[")
    extras = [
        *texts_in(value.get("extras")),
        *(part for part in bracket.rstrip("]").split(",") if part.strip()),
    ]
    return Requirement(
        name=canonical_name(bare),
        origin=origin,
        specifier=specifier,
        extras=tuple(sorted(canonical_name(extra) for extra in extras)),
        marker=pipenv_marker(value),
        group=group,
        source=kind,
        reference=reference,
        editable=value.get("editable") is True,
    )


def _is_specifier(text: str) -> bool:
    """A quick look that needs no import: each clause is an operator and something that begins like a version."""
    return all(
        re.match(r"^\s*(?:[<>]=?|===?|[~!]=)\s*v?\d[\w.*+!-]*\s*$", clause)
        for clause in text.split(",")
        if text
    )


def _unreadable(name: str, value: object, origin: Origin) -> ManifestError:
    return ManifestError(
        f"the entry `{name}` is not a version that Pipenv reads",
        found=strip_credentials(str(value)).url[:80],
        origin=origin,
        rule='an entry is "*", PEP 440 specifiers in quotes, or a table with `version`, `git`, `path` or `file`',
        steps=("correct the entry that is named",),
        example=f'{name} = {{ version = ">=3.0,<4", extras = ["async"] }}',
    )


def _indexes(document: dict[str, Any], lines: TomlLines) -> tuple[Index, ...]:
    sources = document.get("source", DEFAULT_SOURCES)
    if not isinstance(sources, list):
        raise wrong_type(lines, ("source",), "an array of tables", sources)
    search_all = dig(document, "pipenv", "install_search_all_sources") is True
    found = []
    for position, source in enumerate(sources):
        safe = strip_credentials(next(iter(texts_in(dig(source, "url"))), ""))
        found.append(
            Index(
                name=next(iter(texts_in(dig(source, "name"))), ""),
                url=safe.url,
                origin=lines.origin("source", position),
                needs_credentials=safe.needs_credentials,
                variables=safe.variables,
                # Since 2022.3.23 Pipenv asks only the index that an entry names, and the first one for all others.
                explicit=position > 0 and not search_all,
            )
        )
    return tuple(found)


def _scripts(document: dict[str, Any], lines: TomlLines) -> tuple[Script, ...]:
    found = []
    for name, value in items_in(document.get("scripts")):
        target = dig(value, "call") or dig(value, "cmd") if isinstance(value, dict) else value
        words = texts_in(target)
        if words:
            found.append(
                Script(name=name, target=" ".join(words), origin=lines.origin("scripts", name))
            )
    return tuple(found)


def _notices(document: dict[str, Any], lines: TomlLines) -> tuple[Notice, ...]:
    found = []
    if "build-system" in document:
        found.append(
            Notice(
                code="pipfile-build-system",
                text="Pipenv stops with DataValidationError at [build-system] in a Pipfile, though its documentation shows one",
                origin=lines.origin("build-system"),
                remedy="move [build-system] to pyproject.toml and lock again",
            )
        )
    for table in ("packages", "dev-packages", *categories(document)):
        for name, value in items_in(document.get(table)):
            unknown = sorted(set(value) - _KNOWN_KEYS) if isinstance(value, dict) else []
            if unknown:
                found.append(
                    Notice(
                        code="pipfile-unknown-option",
                        text=f"`{name}` has an option that Pipenv does not know: {', '.join(unknown)}",
                        origin=lines.origin(table, name),
                        remedy="correct its spelling; current releases of Pipenv refuse the whole Pipfile",
                    )
                )
    return tuple(found)
