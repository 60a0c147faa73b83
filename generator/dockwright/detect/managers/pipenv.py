"""Pipenv: the Pipfile, and whether Pipfile.lock is the lock of it."""

import re
from collections.abc import Iterator
from typing import Any

from dockwright.detect.managers import comparison, toml
from dockwright.detect.managers.pipenv_lock import (
    DEFAULT_SOURCES,
    PATH,
    PipfileLock,
    categories,
    fresh_reason,
    matching_variant,
    pipenv_marker,
    pipenv_source,
    read_lock,
    requires_python,
)
from dockwright.detect.managers.pyproject import local_places
from dockwright.detect.managers.requirement import canonical_name, strip_credentials
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError
from dockwright.model.dependencies import (
    MAIN,
    Index,
    Lock,
    LockedDistribution,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
    Script,
    SourceKind,
)
from dockwright.model.origin import Origin
from dockwright.model.toml_text import TomlLines

PIPFILE = "Pipfile"
VERSION = r"\s*(?:[<>]=?|===?|[~!]=)\s*v?\d[\w.*+!-]*\s*"


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what Pipenv would install, None where there is neither Pipfile nor Pipfile.lock.

    Raises LoneLockError for a lock without its Pipfile, LockFormatError for a damaged lock or one
    of another format, SyntaxFault and ManifestError for a Pipfile that Pipenv would not read.
    """
    if not tree.has(PIPFILE):
        if tree.has(PATH):
            raise comparison.lone_lock(PATH, PIPFILE)
        return None
    document = tree.toml(PIPFILE)
    lines = TomlLines(PIPFILE, tree.text(PIPFILE))
    manifest = _manifest(tree, document, lines)
    lock = _judged(read_lock(tree), manifest, document, lines) if tree.has(PATH) else None
    return ManagerFinding(
        manager=Manager.PIPENV,
        manifest=manifest,
        lock=lock,
        notices=comparison.credential_notices(PIPFILE, tree.text(PIPFILE)),
    )


def _manifest(tree: ProjectTree, document: dict[str, Any], lines: TomlLines) -> Manifest:
    """Categories keep their spelling, because Pipenv compares them letter by letter."""
    further = categories(document)
    tables = (("packages", MAIN), ("dev-packages", "dev"), *((name, name) for name in further))
    requirements = tuple(
        _requirement(name, value, lines.origin(table, name), group)
        for table, group in tables
        for name, value in toml.table_at(document, lines, table).items()
    )
    inside, outside = local_places(tree, requirements)
    return Manifest(
        path=PIPFILE,
        requirements=requirements,
        groups=(*(("dev",) if document.get("dev-packages") else ()), *further),
        indexes=tuple(_indexes(document, lines)),
        also_read=tuple(sorted(inside)),
        outside_root=outside,
        scripts=tuple(_scripts(document, lines)),
    )


def _requirement(name: str, value: object, origin: Origin, group: str) -> Requirement:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value)
        value = {"git": text} if text.startswith("git+") else {"version": text}
    if not isinstance(value, dict):
        raise _unreadable(name, value, origin)
    kind, reference = pipenv_source(value)
    specifier = _specifier(value.get("version", "*")) if kind is SourceKind.REGISTRY else ""
    if specifier and not all(re.fullmatch(VERSION, clause) for clause in specifier.split(",")):
        raise _unreadable(name, value.get("version"), origin)
    bare, _, bracket = name.partition("[")
    in_name = [extra for extra in bracket.rstrip("]").split(",") if extra.strip()]
    extras = (*toml.texts_in(value.get("extras")), *in_name)
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


def _specifier(version: object) -> str:
    """Return Pipenv's spelling ("*", ">=1", or a bare "1.2" that means "==1.2") as PEP 440."""
    text = str(version).strip()
    if text in ("", "*", "==*"):
        return ""
    return text if re.match(r"<|>|==|[~!]=", text) else f"=={text}"


def _unreadable(name: str, value: object, origin: Origin) -> ManifestError:
    return ManifestError(
        f"the entry `{name}` is not a version that Pipenv reads",
        found=strip_credentials(str(value)).url[:80],
        origin=origin,
        rule='an entry is "*", PEP 440 specifiers in quotes, or a table with `version`, `git`,'
        " `path` or `file`",
        steps=("correct the entry that is named",),
        example=f'{name} = {{ version = ">=3.0,<4", extras = ["async"] }}',
    )


def _indexes(document: dict[str, Any], lines: TomlLines) -> Iterator[Index]:
    sources = document.get("source", DEFAULT_SOURCES)
    if not isinstance(sources, list):
        raise toml.wrong_type(lines, ("source",), "an array of tables", sources)
    search_all = toml.dig(document, "pipenv", "install_search_all_sources") is True
    for position, source in enumerate(sources):
        safe = strip_credentials(toml.text_in(source, "url"))
        yield Index(
            name=toml.text_in(source, "name"),
            url=safe.url,
            origin=lines.origin("source", position),
            needs_credentials=safe.needs_credentials,
            variables=safe.variables,
            # Since 2022.3.23 Pipenv asks only the index that an entry names, else the first one.
            explicit=position > 0 and not search_all,
        )


def _scripts(document: dict[str, Any], lines: TomlLines) -> Iterator[Script]:
    for name, value in toml.items_in(document.get("scripts")):
        target = (
            toml.dig(value, "call") or toml.dig(value, "cmd") if isinstance(value, dict) else value
        )
        if command := " ".join(toml.texts_in(target)):
            yield Script(name=name, target=command, origin=lines.origin("scripts", name))


def _judged(
    lock: PipfileLock, manifest: Manifest, document: dict[str, Any], lines: TomlLines
) -> Lock:
    variant = matching_variant(document, lock)
    findings = comparison.Findings()
    if not variant and lock.format:
        _compare(lock, manifest, document, lines, findings)
    counted = comparison.summary(findings.disagreements, len(manifest.requirements))
    because = "records no digest" if not lock.digest else "records the digest of another Pipfile"
    reasons = (
        (f"{PATH} is empty",)
        if not lock.format
        else (f"{PATH} {because}: every Pipenv would refuse it", counted)
    )
    return Lock(
        path=PATH,
        format=lock.format,
        state=LockState.FRESH if variant else LockState.STALE,
        because=(fresh_reason(variant, document),) if variant else reasons,
        disagreements=findings.disagreements,
        variant=variant,
        distributions=lock.distributions,
        requires_python=requires_python(lock.meta),
        hashed=all(one.hashes for one in lock.distributions if one.source is SourceKind.REGISTRY),
    )


def _compare(
    lock: PipfileLock,
    manifest: Manifest,
    document: dict[str, Any],
    lines: TomlLines,
    findings: comparison.Findings,
) -> None:
    locked = {(group, one.name): one for group, one in lock.entries}

    def candidates(one: Requirement) -> list[LockedDistribution]:
        return [locked[one.group, one.name]] if (one.group, one.name) in locked else []

    comparison.compare_with_locked(manifest.requirements, candidates, PATH, findings)
    for one in manifest.requirements:
        found = locked.get((one.group, one.name))
        lost = set(one.extras) - set(found.extras) if found else set()
        # Some releases of Pipenv drop all extras; only a lock that keeps some is held to them.
        if lost and found and found.extras and found.source is one.source:
            text = f"{one.name}[{','.join(sorted(lost))}] is asked for, not locked"
            findings.changed(one.name, text, one.origin)
    _compare_meta(lock, document, lines, findings)
    with_entries = {one.group for one in manifest.requirements}
    wanted = {name: lines.origin(name) for name in manifest.groups if name not in with_entries}
    known = (MAIN, "dev", *with_entries)
    in_lock = {name: Origin(path=PATH, key=name) for name in lock.groups if name not in known}
    comparison.compare_names("category", wanted, in_lock, PATH, findings)
    asked = {(one.group, one.name) for one in manifest.requirements}
    for group, name in sorted(lock.direct - asked):
        if group in (MAIN, "dev", *manifest.groups):
            gone = locked[group, name]
            text = (
                f"{name} {gone.version or gone.reference} is locked, and the Pipfile does not ask"
            )
            findings.removed(name, f"{text} for it any more", gone.origin)


def _compare_meta(
    lock: PipfileLock, document: dict[str, Any], lines: TomlLines, findings: comparison.Findings
) -> None:
    asked = dict(toml.items_in(document.get("requires")))
    locked = dict(toml.items_in(lock.meta.get("requires")))
    for key in sorted({*asked, *locked}):
        if asked.get(key) != locked.get(key):
            now, before = asked.get(key, "not set"), locked.get(key, "not set")
            text = f"[requires] {key} is {now}, the lock was made for {before}"
            findings.changed(key, text, lines.origin("requires", key))
    sources, before = document.get("source", DEFAULT_SOURCES), lock.meta.get("sources")
    if sources != before:
        shown = [
            ", ".join(
                strip_credentials(toml.text_in(one, "url")).url for one in toml.tables_in(tables)
            )
            for tables in (sources, before)
        ]
        text = f"the sources ({shown[0]}) are not those of the lock ({shown[1]})"
        if "source" not in document:
            text += "; without [[source]] Pipenv takes them from the machine's pip configuration"
        findings.changed("source", text, lines.origin("source"))
