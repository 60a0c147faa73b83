"""What distributions need of the system (native-packages/*.toml), and compilers by name.

A row is one top-level table. A row is parsed when it is asked for: a lock names a few of them,
and the whole table would cost a noticeable part of a second at every start.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion

from dockwright.decide.knowledge import compiled_table, load_table, record_fields
from dockwright.model.record import record

# What `compilers` and `wheels` of a row may hold.
COMPILERS = ("c", "c++", "fortran", "rust")
WHEELS = ("pure", "glibc", "glibc-x86_64", "glibc-aarch64", "musl", "musl-x86_64", "musl-aarch64")
# The first line of a table, of a part of it or of an item of its lists.
_HEADER = r'(?m)^\[{1,2}"?([a-z0-9][a-z0-9-]*)"?[].]'
_FAMILIES = ("debian", "alpine")


@record
class FamilyPackages:
    """Package names of one family (Debian's in trixie's spelling, Alpine's).

    `build` is needed to compile, `linked` are the libraries that the result is linked against,
    `loaded` is opened or executed at run time, compiled or not. `unavailable` says why the family
    cannot have it. `environment` goes before the row's: folders lie elsewhere.
    """

    build: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()
    unavailable: str = ""
    environment: tuple[tuple[str, str], ...] = ()


@record
class NativePackage:
    """One row, for one span of versions.

    `wheels` says for which platforms the index has wheels (a subset of WHEELS, () for source only),
    `wheels_python` for which Pythons, `wheels_checked` in which month somebody looked. `compilers`
    are those of COMPILERS that a build needs. `unless` are distributions ("psycopg-binary") or
    extras ("psycopg[c]") with which `loaded` is not needed, `not_for` distributions that require
    this one and do without its system packages. `note` is for everybody who installs it,
    `build_note` for those who compile it.
    """

    name: str
    evidence: str
    wheels: tuple[str, ...] = ()
    wheels_python: str = ""
    wheels_checked: str = ""
    compilers: tuple[str, ...] = ()
    debian: FamilyPackages = field(default_factory=FamilyPackages)
    alpine: FamilyPackages = field(default_factory=FamilyPackages)
    commands: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    import_name: str = ""
    suggest: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    command: str = ""
    note: str = ""
    build_note: str = ""
    derived: str = ""
    by_hand: str = ""
    extras: tuple[tuple[str, "NativePackage"], ...] = ()
    changes: tuple[tuple[str, "NativePackage"], ...] = ()

    def family(self, name: str) -> FamilyPackages:
        """Return the names for "debian" (Ubuntu spells most alike) or "alpine"."""
        return self.alpine if name == "alpine" else self.debian

    def at(self, version: str) -> "NativePackage":
        """Return the row as it was for `version`; an unreadable version counts as the newest."""
        for versions, older in self.changes:
            try:
                if SpecifierSet(versions).contains(version, prereleases=True):
                    return older
            except InvalidVersion:
                return self
        return self


@cache
def load_native_packages() -> Mapping[str, NativePackage]:
    """Return all rows by canonical name, sorted. TypeError names a key that is unknown."""
    names = sorted(compiled_table("native-packages") or _texts())
    found = {name: native_package(name) for name in names}
    return MappingProxyType({name: row for name, row in found.items() if row is not None})


@cache
def native_package(name: str) -> NativePackage | None:
    """Return the row of the canonical name `name`, None if there is none."""
    compiled = compiled_table("native-packages")
    if compiled is not None:
        return _row(name, compiled[name]["row"]) if name in compiled else None
    text = _texts().get(name)
    return _row(name, tomllib.loads(text)[name]) if text else None


@cache
def _texts() -> Mapping[str, str]:
    # Text is cut at the headers, so that only the rows that are asked for are parsed.
    texts: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "native-packages").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        headers = list(re.finditer(_HEADER, text))
        ends = [header.start() for header in headers[1:]] + [len(text)]
        for header, end in zip(headers, ends, strict=True):
            texts[header[1]] = texts.get(header[1], "") + text[header.start() : end]
    return texts


def _row(name: str, row: Mapping[str, Any]) -> NativePackage:
    base = {key: value for key, value in row.items() if key not in ("when", "extras")}
    changes = []
    for change in row.get("when", ()):
        # What a change leaves open is as before, also inside debian and alpine.
        there = (family for family in _FAMILIES if family in change)
        families = {family: {**base.get(family, {}), **change[family]} for family in there}
        older = {key: value for key, value in change.items() if key != "versions"}
        changes.append((change["versions"], _package(name, {**base, **older, **families})))
    extras = (
        (extra, _package(name, {"evidence": row["evidence"], **part}))
        for extra, part in sorted(row.get("extras", {}).items())
    )
    return _package(name, {**base, "extras": tuple(extras), "changes": tuple(changes)})


def _package(name: str, row: Mapping[str, Any]) -> NativePackage:
    """Return the fields of `row` as a record: tuples, pairs, and the two families."""
    there = (family for family in _FAMILIES if family in row)
    families = {family: FamilyPackages(**record_fields(row[family])) for family in there}
    fields = record_fields({key: value for key, value in row.items() if key not in _FAMILIES})
    # `import` is a word of Python's, so no field can be called so.
    import_name = fields.pop("import", name.replace("-", "_"))
    return NativePackage(**{**fields, **families}, name=name, import_name=import_name)


@cache
def compiler(name: str, family: str) -> FamilyPackages:
    """Return what a compiler of COMPILERS is called in "debian" or "alpine"."""
    row = load_table("toolchains")["compilers"][name]
    return FamilyPackages(**record_fields(row["alpine" if family == "alpine" else "debian"]))


@cache
def load_triggers() -> Mapping[str, NativePackage]:
    """Return what needs packages without being a distribution, by name."""
    rows = load_table("triggers").items()
    return MappingProxyType({name: _package(name, row) for name, row in rows})
