"""Pipfile.lock: its sections as locked distributions, with the line of each entry."""

import re
from typing import Any

from dockwright.detect.managers.pipenv_manifest import pipenv_marker, pipenv_source
from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError
from dockwright.model.dependencies import MAIN, LockedDistribution, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record, replace

PATH = "Pipfile.lock"
SPEC = 6
_SECTION_OF = {"default": MAIN, "develop": "dev"}
_SECTION_LINE = Pattern(r'^    "((?:[^"\\]|\\.)+)": \{', re.MULTILINE)
_ENTRY_LINE = Pattern(r'^        "((?:[^"\\]|\\.)+)": \{', re.MULTILINE)


@record
class PipfileLock:
    """The lock. `entries` are (group, distribution), one for each entry of each section; `direct` are the keys of
    `entries` that Pipenv marked as asked for by the Pipfile; `meta` is `_meta` as it stands.
    """

    format: str
    digest: str
    meta: dict[str, Any] = field(repr=False)
    entries: tuple[tuple[str, LockedDistribution], ...] = field(repr=False)
    direct: frozenset[tuple[str, str]] = field(repr=False)
    groups: tuple[str, ...] = ()
    is_empty: bool = False

    @property
    def distributions(self) -> tuple[LockedDistribution, ...]:
        """The locked distributions, one for each version and marker, with all groups that hold it."""
        merged: dict[tuple[str, ...], LockedDistribution] = {}
        for _, one in self.entries:
            key = (one.name, one.version, one.reference, one.marker)
            known = merged.get(key)
            if known is None:
                merged[key] = one
            else:
                extras = tuple(sorted({*known.extras, *one.extras}))
                merged[key] = replace(known, groups=(*known.groups, *one.groups), extras=extras)
        return tuple(merged.values())


def read_lock(tree: ProjectTree) -> PipfileLock:
    """Read Pipfile.lock; SyntaxFault if it is not JSON, LockFormatError if it is damaged or of another `pipfile-spec`."""
    text = tree.text(PATH)
    if not text.strip():
        return PipfileLock(
            format="", digest="", meta={}, entries=(), direct=frozenset(), is_empty=True
        )
    document = tree.json(PATH)
    meta = dig(document, "_meta")
    if not isinstance(meta, dict):
        raise _damaged("it has no `_meta`", Origin(path=PATH))
    spec = meta.get("pipfile-spec")
    if spec != SPEC:
        raise _other_spec(
            spec, Origin(path=PATH, line=_line(text, '"pipfile-spec"'), key="pipfile-spec")
        )
    lines = _lines(text)
    entries: list[tuple[str, LockedDistribution]] = []
    direct: set[tuple[str, str]] = set()
    sections = [(name, section) for name, section in items_in(document) if name != "_meta"]
    for section, packages in sections:
        group = _SECTION_OF.get(section, section)
        if not isinstance(packages, dict):
            raise _damaged(
                f"`{section}` is no table", Origin(path=PATH, line=lines.get((section, "")))
            )
        for name, entry in items_in(packages):
            origin = Origin(path=PATH, line=lines.get((section, name)), key=f"{section}.{name}")
            locked = _distribution(name, entry, group, origin)
            entries.append((group, locked))
            if "index" in entry or locked.source is not SourceKind.REGISTRY:
                direct.add((group, locked.name))
    return PipfileLock(
        format=str(spec),
        digest=next(iter(texts_in(dig(meta, "hash", "sha256"))), ""),
        meta=meta,
        entries=tuple(entries),
        direct=frozenset(direct),
        groups=tuple(_SECTION_OF.get(section, section) for section, _ in sections),
    )


def requires_python(meta: dict[str, Any]) -> str:
    """Return the Python that the lock was made for as a PEP 440 specifier, "" where it does not say."""
    full, minor = (
        dig(meta, "requires", "python_full_version"),
        dig(meta, "requires", "python_version"),
    )
    if isinstance(full, str) and full.count(".") > 1:
        return f"=={full}"
    version = full if isinstance(full, str) else minor
    return (
        f"=={version}.*"
        if isinstance(version, str) and re.fullmatch(r"\d+(?:\.\d+)?", version)
        else ""
    )


def _distribution(name: str, entry: object, group: str, origin: Origin) -> LockedDistribution:
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(key, ""), str) for key in ("version", "markers")
    ):
        raise _damaged(f"the entry `{name}` is not one that Pipenv writes", origin)
    kind, reference = pipenv_source(entry)
    return LockedDistribution(
        name=canonical_name(name),
        version=str(entry.get("version", "")).lstrip("=").strip(),
        origin=origin,
        groups=(group,),
        marker=pipenv_marker(entry),
        extras=tuple(sorted(canonical_name(extra) for extra in texts_in(entry.get("extras")))),
        source=kind,
        reference=reference,
        editable=entry.get("editable") is True,
        hashes=texts_in(entry.get("hashes")),
        index=next(iter(texts_in(entry.get("index"))), ""),
    )


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Return the line of each section ("" for the entry) and of each entry, in the indentation that Pipenv writes."""
    marks = [(match.start(), match[1], True) for match in _SECTION_LINE.finditer(text)]
    marks += [(match.start(), match[1], False) for match in _ENTRY_LINE.finditer(text)]
    found: dict[tuple[str, str], int] = {}
    section, line, end = "", 1, 0
    for start, name, is_section in sorted(marks):
        line += text.count("\n", end, start)
        end = start
        section = name if is_section else section
        found[(section, "" if is_section else name)] = line
    return found


def _line(text: str, needle: str) -> int | None:
    position = text.find(needle)
    return text.count("\n", 0, position) + 1 if position >= 0 else None


def _damaged(what: str, origin: Origin) -> LockFormatError:
    return LockFormatError(
        f"Pipfile.lock is damaged: {what}",
        origin=origin,
        rule="every lock that Pipenv writes has `_meta` with `hash` and `pipfile-spec`, and tables of packages",
        steps=("restore the lock from version control", "or delete it and let Pipenv lock again"),
        example="pipenv lock",
    )


def _other_spec(spec: object, origin: Origin) -> LockFormatError:
    found = "no `pipfile-spec`" if spec is None else f"`pipfile-spec` {spec}"
    return LockFormatError(
        f"Pipfile.lock has {found}, and only {SPEC} is known",
        origin=origin,
        rule=f"all releases of Pipenv since 2017 write `pipfile-spec` {SPEC}; another number is another format",
        steps=(
            "lock again with a current Pipenv",
            "or update Dockwright, if a newer Pipenv wrote this lock",
        ),
        example="pipx run pipenv lock",
    )
