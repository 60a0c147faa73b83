"""Pipenv: the Pipfile, Pipfile.lock, and whether that is the lock of it.

The lock records a digest of the Pipfile, reckoned as each generation of Pipenv does:

| variant    | written by       | what counts besides sources, requires, packages, dev-packages   |
|------------|------------------|------------------------------------------------------------------|
| legacy     | Pipenv to 2022.9 | nothing                                                          |
| plette     | to 2026.2        | every further table that is not [scripts], [pipenv], [pipfile]   |
| normalised | from 2026.4      | the same, with the names of packages in canonical form (PEP 503) |

All three agree where there are no further tables and every name is canonical.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from pipfile.api import Pipfile

from dockwright.detect.managers import comparison, locks, toml
from dockwright.detect.managers.markers import join_markers
from dockwright.detect.managers.pyproject import local_places
from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    index_at,
    place_in,
    strip_credentials,
    unreadable_entry,
)
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.errors import ManifestError
from dockwright.model import dependencies as model
from dockwright.model.origin import Origin
from dockwright.model.record import record, replace
from dockwright.model.toml_text import TomlLines

PIPFILE = "Pipfile"
PATH = "Pipfile.lock"
SPEC = 6
VERSION = r"\s*(?:[<>]=?|===?|[~!]=)\s*v?\d[\w.*+!-]*\s*"
DEFAULT_SOURCES = [{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}]
OWN_TABLES = frozenset(
    {"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"}
)
# What Pipenv counts into no digest as a table of its own.
UNCOUNTED = OWN_TABLES | {"default", "develop"}
READERS = {
    "normalised": "2026.4 and newer reckon it (older ones",
    "plette": "before 2026.4 reckons it (newer ones",
    "legacy": "before 2022.10 reckons it (newer ones",
}
SECTION_GROUPS = {"default": model.MAIN, "develop": "dev"}
KEY_LINE = r'^(?P<indent>    |        )"(?P<name>(?:[^"\\]|\\.)+)": \{'


@record
class PipfileLock:
    """The lock: one distribution, of one group, for each entry of each section.

    `direct` are those (by group and name) that Pipenv marked as asked for by the Pipfile; `meta`
    is `_meta` as it stands, {} if the file is empty.
    """

    digest: str = ""
    meta: dict[str, Any] = field(default_factory=dict, repr=False)
    entries: tuple[model.LockedDistribution, ...] = field(default=(), repr=False)
    direct: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    groups: tuple[str, ...] = ()

    @property
    def distributions(self) -> tuple[model.LockedDistribution, ...]:
        """One for each version and marker, with all groups that hold it."""
        merged: dict[tuple[str, ...], model.LockedDistribution] = {}
        for one in self.entries:
            key = (one.name, one.version, one.reference, one.marker)
            known = merged.get(key, replace(one, groups=()))
            extras = canonical_names((*known.extras, *one.extras))
            merged[key] = replace(known, groups=(*known.groups, *one.groups), extras=extras)
        return tuple(merged.values())


def find(tree: ProjectTree) -> model.ManagerFinding | None:
    """Return what Pipenv would install, None where there is neither Pipfile nor Pipfile.lock.

    Raises LoneLockError for a lock without its Pipfile, LockFormatError for a damaged lock or one
    of another format, SyntaxFault and ManifestError for a Pipfile that Pipenv would not read.
    """
    if not tree.has(PIPFILE):
        if tree.has(PATH):
            raise locks.lone_lock(PATH, PIPFILE)
        return None
    document = tree.toml(PIPFILE)
    lines = TomlLines(PIPFILE, tree.text(PIPFILE))
    manifest = _manifest(tree, document, lines)
    lock = _judged(_read_lock(tree), manifest, document, lines) if tree.has(PATH) else None
    return model.ManagerFinding(
        manager=model.Manager.PIPENV,
        manifest=manifest,
        lock=lock,
        notices=tuple(comparison.credential_notices(tree, PIPFILE)),
    )


def _manifest(tree: ProjectTree, document: dict[str, Any], lines: TomlLines) -> model.Manifest:
    # Categories keep their spelling, because Pipenv compares them letter by letter.
    known = UNCOUNTED | {"build-system"}
    further = [key for key in document if key not in known and isinstance(document[key], dict)]
    tables = (
        ("packages", model.MAIN),
        ("dev-packages", "dev"),
        *((name, name) for name in further),
    )
    requirements = tuple(
        _requirement(name, value, lines.origin(table, name), group)
        for table, group in tables
        for name, value in toml.table_at(document, lines, table).items()
    )
    inside, outside = local_places(tree, requirements)
    return model.Manifest(
        path=PIPFILE,
        requirements=requirements,
        groups=(*(("dev",) if document.get("dev-packages") else ()), *further),
        indexes=tuple(_indexes(document, lines)),
        also_read=tuple(sorted(inside)),
        outside_root=outside,
        scripts=tuple(toml.scripts_at(document, lines, ("scripts",), ("call", "cmd"))),
    )


def _requirement(name: str, value: object, origin: Origin, group: str) -> model.Requirement:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value)
        value = {"git": text} if text.startswith("git+") else {"version": text}
    if not isinstance(value, dict):
        raise _unreadable(name, value, origin)
    kind, reference = place_in(value)
    specifier = str(value.get("version", "*")).strip() if kind is model.SourceKind.REGISTRY else ""
    if specifier in ("*", "==*"):
        specifier = ""
    # A bare "1.2" means "==1.2".
    if specifier and not re.match(r"<|>|==|[~!]=", specifier):
        specifier = f"=={specifier}"
    if specifier and not all(re.fullmatch(VERSION, clause) for clause in specifier.split(",")):
        raise _unreadable(name, value.get("version"), origin)
    bare, _, bracket = name.partition("[")
    in_name = [extra for extra in bracket.rstrip("]").split(",") if extra.strip()]
    return model.Requirement(
        name=canonical_name(bare),
        origin=origin,
        specifier=specifier,
        extras=canonical_names((*toml.texts_in(value, "extras"), *in_name)),
        marker=_marker(value),
        group=group,
        source=kind,
        reference=reference,
        editable=value.get("editable") is True,
    )


def _marker(entry: dict[str, Any]) -> str:
    """Return `markers` and keys like `sys_platform = "== 'linux'"` of an entry as one marker."""
    keys = (
        f"{key} {entry[key]}"
        for key in toml.NAMES["marker_keys"]
        if isinstance(entry.get(key), str)
    )
    whole = (text for key in ("markers", "os_markers") for text in toml.texts_in(entry, key))
    return join_markers((*keys, *whole))


def _unreadable(name: str, value: object, origin: Origin) -> ManifestError:
    rule = '"*", PEP 440 specifiers in quotes, or a table with `version`, `git`, `path` or `file`'
    example = 'version = ">=3.0,<4", extras = ["async"]'
    return unreadable_entry(name, value, origin, "version that Pipenv reads", rule, example)


def _indexes(document: dict[str, Any], lines: TomlLines) -> Iterator[model.Index]:
    sources = document.get("source", DEFAULT_SOURCES)
    if not isinstance(sources, list):
        raise toml.wrong_type(lines, ("source",), "an array of tables", sources)
    search_all = toml.dig(document, "pipenv", "install_search_all_sources") is True
    for position, source in enumerate(sources):
        name, url = toml.text_in(source, "name"), toml.text_in(source, "url")
        # Since 2022.3.23 Pipenv asks only the index that an entry names, else the first one.
        explicit = position > 0 and not search_all
        yield index_at(name, url, lines.origin("source", position), explicit=explicit)


def _judged(
    lock: PipfileLock, manifest: model.Manifest, document: dict[str, Any], lines: TomlLines
) -> model.Lock:
    digests, findings = digests_of(document), comparison.Findings()
    # A lock with categories was not written by a Pipenv of the legacy digest.
    known = digests if set(lock.groups) <= {model.MAIN, "dev"} else {**digests, "legacy": ""}
    recorded = (name for name, digest in known.items() if digest and digest == lock.digest)
    variant = next(recorded, "")
    if variant:
        agree = lock.digest == digests["normalised"] == digests["plette"]
        reader = "" if agree else f" as Pipenv {READERS[variant]} would refuse the lock)"
        because: tuple[str, ...] = (f"{PATH} records the digest of this Pipfile{reader}",)
    elif not lock.meta:
        because = (f"{PATH} is empty",)
    else:
        _compare(lock, manifest, document, lines, findings)
        records = "records the digest of another Pipfile" if lock.digest else "records no digest"
        counted = comparison.summary(findings.disagreements, len(manifest.requirements))
        because = (f"{PATH} {records}: every Pipenv would refuse it", counted)
    return model.Lock(
        path=PATH,
        format=str(SPEC) if lock.meta else "",
        state=model.LockState.FRESH if variant else model.LockState.STALE,
        because=because,
        disagreements=findings.disagreements,
        variant=variant,
        distributions=lock.distributions,
        requires_python=_requires_python(lock.meta),
        hashed=all(one.hashes for one in lock.entries if one.source is model.SourceKind.REGISTRY),
    )


def _compare(
    lock: PipfileLock,
    manifest: model.Manifest,
    document: dict[str, Any],
    lines: TomlLines,
    findings: comparison.Findings,
) -> None:
    asked = {(one.group, one.name) for one in manifest.requirements}
    with_entries = {group for group, _ in asked}
    # What stands in one section of the lock answers no other section of the Pipfile.
    for group in dict.fromkeys(one.group for one in manifest.requirements):
        ours = [one for one in manifest.requirements if one.group == group]
        theirs = [one for one in lock.entries if one.groups == (group,)]
        comparison.compare_with_locked(ours, theirs, PATH, findings)
    locked = {(one.groups[0], one.name): one for one in lock.entries}
    _compare_meta(lock, document, lines, findings)
    wanted = {name: lines.origin(name) for name in manifest.groups if name not in with_entries}
    known = (model.MAIN, "dev", *with_entries)
    in_lock = {name: Origin(path=PATH, key=name) for name in lock.groups if name not in known}
    comparison.compare_names("category", wanted, in_lock, PATH, findings)
    for group, name in sorted(lock.direct - asked):
        if group in (model.MAIN, "dev", *manifest.groups):
            gone = locked[group, name]
            version = gone.version or gone.reference
            text = f"{name} {version} is locked, and the Pipfile does not ask for it any more"
            findings.note("removed", name, text, gone.origin)


def _compare_meta(
    lock: PipfileLock, document: dict[str, Any], lines: TomlLines, findings: comparison.Findings
) -> None:
    asked, locked = (toml.table_in(one, "requires") for one in (document, lock.meta))
    for key in sorted({*asked, *locked}):
        if asked.get(key) != locked.get(key):
            now, before = asked.get(key, "not set"), locked.get(key, "not set")
            text = f"[requires] {key} is {now}, the lock was made for {before}"
            findings.note("changed", key, text, lines.origin("requires", key))
    sources, before = document.get("source", DEFAULT_SOURCES), lock.meta.get("sources")
    if sources != before:
        addresses = (
            [strip_credentials(toml.text_in(one, "url")).url for one in toml.tables_in(tables)]
            for tables in (sources, before)
        )
        ours, theirs = map(", ".join, addresses)
        text = f"the sources ({ours}) are not those of the lock ({theirs})"
        if "source" not in document:
            text += "; without [[source]] Pipenv takes them from the machine's pip configuration"
        findings.note("changed", "source", text, lines.origin("source"))


def _read_lock(tree: ProjectTree) -> PipfileLock:
    text = tree.text(PATH)
    if not text.strip():
        return PipfileLock()
    document = tree.json(PATH)
    meta = toml.dig(document, "_meta")
    if not isinstance(meta, dict):
        raise locks.damaged_lock(PATH, "it has no `_meta`")
    spec = meta.get("pipfile-spec")
    if spec != SPEC:
        origin = Origin(path=PATH, line=line_of(text, '"pipfile-spec"'), key="pipfile-spec")
        found = "" if spec is None else str(spec)
        raise locks.unknown_format(PATH, found, f"`pipfile-spec` {SPEC}", "pipenv lock", origin)
    lines = _lines(text)
    entries: list[model.LockedDistribution] = []
    direct: set[tuple[str, str]] = set()
    sections = {name: section for name, section in document.items() if name != "_meta"}
    for section, packages in sections.items():
        group = SECTION_GROUPS.get(section, section)
        if not isinstance(packages, dict):
            raise locks.damaged_lock(PATH, f"`{section}` is no table", lines.get((section, "")))
        for name, entry in packages.items():
            origin = Origin(path=PATH, line=lines.get((section, name)), key=f"{section}.{name}")
            locked = _distribution(name, entry, group, origin)
            entries.append(locked)
            if "index" in entry or locked.source is not model.SourceKind.REGISTRY:
                direct.add((group, locked.name))
    return PipfileLock(
        digest=toml.text_in(meta, "hash", "sha256"),
        meta=meta,
        entries=tuple(entries),
        direct=frozenset(direct),
        groups=tuple(SECTION_GROUPS.get(section, section) for section in sections),
    )


def _requires_python(meta: dict[str, Any]) -> str:
    # The Python that the lock was made for as a PEP 440 specifier, "" for any.
    full = toml.text_in(meta, "requires", "python_full_version")
    if full.count(".") > 1:
        return f"=={full}"
    version = full or toml.text_in(meta, "requires", "python_version")
    return f"=={version}.*" if re.fullmatch(r"\d+(?:\.\d+)?", version) else ""


def _distribution(name: str, entry: object, group: str, origin: Origin) -> model.LockedDistribution:
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(key, ""), str) for key in ("version", "markers")
    ):
        what = f"the entry `{name}` is not one that Pipenv writes"
        raise locks.damaged_lock(PATH, what, origin.line)
    kind, reference = place_in(entry)
    return model.LockedDistribution(
        name=canonical_name(name),
        version=toml.text_in(entry, "version").lstrip("=").strip(),
        origin=origin,
        groups=(group,),
        marker=_marker(entry),
        extras=canonical_names(toml.texts_in(entry, "extras")),
        source=kind,
        reference=reference,
        editable=entry.get("editable") is True,
        hashes=toml.texts_in(entry, "hashes"),
        index=toml.text_in(entry, "index"),
    )


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Return the line of each section ("" for the entry) and entry, as Pipenv indents them."""
    found: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        if match := re.match(KEY_LINE, line):
            is_section = len(match["indent"]) == 4
            section = match["name"] if is_section else section
            found[section, "" if is_section else match["name"]] = number
    return found


def digests_of(pipfile: dict[str, Any]) -> dict[str, str]:
    """Return the digest of a Pipfile in each variant, hexadecimal.

    The newest comes first: where they agree, any Pipenv reads the lock, and it is the one to use.
    """
    content = _core(pipfile) | {key: pipfile[key] for key in pipfile if key not in UNCOUNTED}
    normalised = {
        key: {canonical_name(name): entry for name, entry in value.items()}
        if key != "_meta" and isinstance(value, dict)
        else value
        for key, value in content.items()
    }
    # Pipenv's own library of then. Its loader opens files by itself, and puts in an index of 2017
    # where there is no [[source]]; so it gets the tables that were read already.
    legacy = Pipfile(filename=PIPFILE)
    legacy.data = json.loads(json.dumps(_core(pipfile), default=str))
    return {
        "normalised": locks.digest(normalised, separators=(",", ":")),
        "plette": locks.digest(content, separators=(",", ":")),
        "legacy": str(legacy.hash),
    }


def _core(pipfile: dict[str, Any]) -> dict[str, Any]:
    sources = pipfile.get("source", DEFAULT_SOURCES)
    return {
        "_meta": {"sources": sources, "requires": pipfile.get("requires", {})},
        "default": pipfile.get("packages", {}),
        "develop": pipfile.get("dev-packages", {}),
    }
