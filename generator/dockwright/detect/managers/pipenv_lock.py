"""Pipfile.lock: its entries with their lines, and the digests of a Pipfile that are in use.

| variant    | written by       | what counts besides sources, requires, packages, dev-packages   |
|------------|------------------|------------------------------------------------------------------|
| legacy     | Pipenv to 2022.9 | nothing                                                          |
| plette     | to 2026.2        | every further table that is not [scripts], [pipenv], [pipfile]   |
| normalised | from 2026.4      | the same, with the names of packages in canonical form (PEP 503) |

All three agree where there are no further tables and every name is canonical.
"""

import json
import re
from dataclasses import field
from hashlib import sha256
from typing import Any

from pipfile.api import Pipfile

from dockwright.detect.managers.comparison import damaged_lock, unknown_format
from dockwright.detect.managers.markers import join_markers
from dockwright.detect.managers.requirement import (
    canonical_name,
    classify_reference,
    git_reference,
    local_path,
    strip_credentials,
)
from dockwright.detect.managers.toml import dig, items_in, text_in, texts_in
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.model.dependencies import MAIN, LockedDistribution, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.record import record, replace

PATH = "Pipfile.lock"
SPEC = 6
DEFAULT_SOURCES = [{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}]
OWN_TABLES = frozenset(
    {"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv"}
)
RESERVED = frozenset({"default", "develop"})
VERSION_CONTROL = ("git", "svn", "hg", "bzr")
MARKER_KEYS = (
    "os_name", "sys_platform", "platform_machine", "platform_python_implementation",
    "platform_release", "platform_system", "platform_version", "python_version",
    "python_full_version", "implementation_name", "implementation_version",
)  # fmt: skip
SECTION_GROUPS = {"default": MAIN, "develop": "dev"}
KEY_LINE = r'^(?P<indent>    |        )"(?P<name>(?:[^"\\]|\\.)+)": \{'


@record
class PipfileLock:
    """The lock. `entries` are (group, distribution), one for each entry of each section.

    `direct` are those (by group and name) that Pipenv marked as asked for by the Pipfile; `meta`
    is `_meta` as it stands, {} if the file is empty.
    """

    digest: str = ""
    meta: dict[str, Any] = field(default_factory=dict, repr=False)
    entries: tuple[tuple[str, LockedDistribution], ...] = field(default=(), repr=False)
    direct: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    groups: tuple[str, ...] = ()

    @property
    def format(self) -> str:
        """The format, "" if the file is empty."""
        return str(SPEC) if self.meta else ""

    @property
    def distributions(self) -> tuple[LockedDistribution, ...]:
        """One for each version and marker, with all groups that hold it."""
        merged: dict[tuple[str, ...], LockedDistribution] = {}
        for _, one in self.entries:
            key = (one.name, one.version, one.reference, one.marker)
            known = merged.get(key, replace(one, groups=()))
            extras = tuple(sorted({*known.extras, *one.extras}))
            merged[key] = replace(known, groups=(*known.groups, *one.groups), extras=extras)
        return tuple(merged.values())


def read_lock(tree: ProjectTree) -> PipfileLock:
    """Read Pipfile.lock; SyntaxFault if it is not JSON, LockFormatError if it is not Pipenv's."""
    text = tree.text(PATH)
    if not text.strip():
        return PipfileLock()
    document = tree.json(PATH)
    meta = dig(document, "_meta")
    if not isinstance(meta, dict):
        raise damaged_lock(PATH, "it has no `_meta`")
    spec = meta.get("pipfile-spec")
    if spec != SPEC:
        origin = Origin(path=PATH, line=line_of(text, '"pipfile-spec"'), key="pipfile-spec")
        found = "" if spec is None else str(spec)
        raise unknown_format(PATH, found, f"`pipfile-spec` {SPEC}", "pipenv lock", origin)
    lines = _lines(text)
    entries: list[tuple[str, LockedDistribution]] = []
    direct: set[tuple[str, str]] = set()
    sections = {name: section for name, section in items_in(document) if name != "_meta"}
    for section, packages in sections.items():
        group = SECTION_GROUPS.get(section, section)
        if not isinstance(packages, dict):
            raise damaged_lock(PATH, f"`{section}` is no table", lines.get((section, "")))
        for name, entry in packages.items():
            origin = Origin(path=PATH, line=lines.get((section, name)), key=f"{section}.{name}")
            locked = _distribution(name, entry, group, origin)
            entries.append((group, locked))
            if "index" in entry or locked.source is not SourceKind.REGISTRY:
                direct.add((group, locked.name))
    return PipfileLock(
        digest=text_in(meta, "hash", "sha256"),
        meta=meta,
        entries=tuple(entries),
        direct=frozenset(direct),
        groups=tuple(SECTION_GROUPS.get(section, section) for section in sections),
    )


def requires_python(meta: dict[str, Any]) -> str:
    """Return the Python that the lock was made for as a PEP 440 specifier, "" for any."""
    full = text_in(meta, "requires", "python_full_version")
    if full.count(".") > 1:
        return f"=={full}"
    version = full or text_in(meta, "requires", "python_version")
    return f"=={version}.*" if re.fullmatch(r"\d+(?:\.\d+)?", version) else ""


def pipenv_source(entry: dict[str, Any]) -> tuple[SourceKind, str]:
    """Return where an entry of Pipfile or lock comes from, and that without credentials."""
    for system in VERSION_CONTROL:
        if system in entry:
            url, revision = str(entry[system]), str(entry.get("ref") or "")
            if system == "git":
                folder = str(entry.get("subdirectory") or "")
                return SourceKind.GIT, git_reference(url, revision, folder)
            full = url if url.startswith(f"{system}+") else f"{system}+{url}"
            at_revision = f"@{revision}" if revision else ""
            return SourceKind.GIT, strip_credentials(full).url + at_revision
    for key in ("path", "file"):
        if key in entry:
            place = str(entry[key])
            if "://" in place:
                return classify_reference(place)
            return SourceKind.PATH, local_path(place)
    return SourceKind.REGISTRY, ""


def pipenv_marker(entry: dict[str, Any]) -> str:
    """Return `markers` and keys like `sys_platform = "== 'linux'"` of an entry as one marker."""
    keys = (f"{key} {entry[key]}" for key in MARKER_KEYS if isinstance(entry.get(key), str))
    whole = (text for key in ("markers", "os_markers") for text in texts_in(entry.get(key)))
    return join_markers((*keys, *whole))


def _distribution(name: str, entry: object, group: str, origin: Origin) -> LockedDistribution:
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(key, ""), str) for key in ("version", "markers")
    ):
        raise damaged_lock(PATH, f"the entry `{name}` is not one that Pipenv writes", origin.line)
    kind, reference = pipenv_source(entry)
    return LockedDistribution(
        name=canonical_name(name),
        version=text_in(entry, "version").lstrip("=").strip(),
        origin=origin,
        groups=(group,),
        marker=pipenv_marker(entry),
        extras=tuple(sorted(canonical_name(extra) for extra in texts_in(entry.get("extras")))),
        source=kind,
        reference=reference,
        editable=entry.get("editable") is True,
        hashes=texts_in(entry.get("hashes")),
        index=text_in(entry, "index"),
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


def matching_variant(pipfile: dict[str, Any], lock: PipfileLock) -> str:
    """Return which digest of the Pipfile the lock records, "" for none of them.

    The newest is tried first: where they agree, any Pipenv reads the lock, and the newest is the
    one to use. A lock with categories was not written by a Pipenv of the legacy digest.
    """
    if not lock.digest:
        return ""
    if lock.digest == normalised_digest(pipfile):
        return "normalised"
    # Pipenv 2022.10.9 alone counts [pipenv] as well.
    if lock.digest in (plette_digest(pipfile), plette_digest(pipfile, counted=("pipenv",))):
        return "plette"
    has_categories = set(lock.groups) - {MAIN, "dev"}
    return "legacy" if not has_categories and lock.digest == legacy_digest(pipfile) else ""


def fresh_reason(variant: str, pipfile: dict[str, Any]) -> str:
    """Say which releases of Pipenv take the lock for that of this Pipfile."""
    same = f"{PATH} records the digest of this Pipfile"
    if variant == "legacy":
        return f"{same} as Pipenv before 2022.10 reckons it (newer ones would refuse the lock)"
    if variant == "plette":
        return f"{same} as Pipenv before 2026.4 reckons it (newer ones would refuse the lock)"
    if normalised_digest(pipfile) != plette_digest(pipfile):
        same += " as Pipenv 2026.4 and newer reckon it (older ones would refuse the lock)"
    return same


def normalised_digest(pipfile: dict[str, Any]) -> str:
    """Return the digest of Pipenv 2026.4 and newer, hexadecimal."""
    content = {
        key: {canonical_name(name): entry for name, entry in value.items()}
        if key != "_meta" and isinstance(value, dict)
        else value
        for key, value in _content(pipfile).items()
    }
    return _digest(content)


def plette_digest(pipfile: dict[str, Any], counted: tuple[str, ...] = ()) -> str:
    """Return the digest of Pipenv 2022.10 to 2026.2; tables of `counted` count as well."""
    return _digest(_content(pipfile) | {key: pipfile[key] for key in counted if key in pipfile})


def legacy_digest(pipfile: dict[str, Any]) -> str:
    """Return the digest of Pipenv before 2022.10, with the library that Pipenv used then.

    Its own loader opens files by itself, and puts in an index of 2017 where there is no
    [[source]]; so it gets the tables that were read already.
    """
    document = Pipfile(filename="Pipfile")
    document.data = json.loads(_json(_core(pipfile)))
    return str(document.hash)


def categories(pipfile: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the custom categories, as spelled, in the order of the file."""
    known = OWN_TABLES | RESERVED | {"build-system"}
    return tuple(key for key in pipfile if key not in known and isinstance(pipfile[key], dict))


def _core(pipfile: dict[str, Any]) -> dict[str, Any]:
    return {
        "_meta": {
            "sources": pipfile.get("source", DEFAULT_SOURCES),
            "requires": pipfile.get("requires", {}),
        },
        "default": pipfile.get("packages", {}),
        "develop": pipfile.get("dev-packages", {}),
    }


def _content(pipfile: dict[str, Any]) -> dict[str, Any]:
    known = OWN_TABLES | RESERVED
    return _core(pipfile) | {key: value for key, value in pipfile.items() if key not in known}


def _json(content: dict[str, Any]) -> str:
    # JSON has no dates, and Pipenv accepts none; `str` keeps a strange one from ending the run.
    return json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)


def _digest(content: dict[str, Any]) -> str:
    return sha256(_json(content).encode("utf-8")).hexdigest()
