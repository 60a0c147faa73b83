"""What distributions need of the system (native-packages/*.toml), checked and typed.

A row is one top-level table. Rows are parsed one by one and only when they are asked for: a lock names a few of them, and
the whole table would cost a noticeable part of a second at every start.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dockwright.decide.knowledge.load import compiled_table
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record

COMPILERS = ("c", "c++", "fortran", "rust")
WHEELS = ("pure", "glibc", "glibc-x86_64", "glibc-aarch64", "musl", "musl-x86_64", "musl-aarch64")
_HEADER = Pattern(r'^\[{1,2}"?([a-z0-9][a-z0-9-]*)"?[].]', re.MULTILINE)
_LISTS = frozenset({"compilers", "wheels", "commands", "unless", "not_for"})
_TEXTS = frozenset(
    {
        "wheels_python",
        "wheels_checked",
        "import",
        "suggest",
        "command",
        "note",
        "build_note",
        "derived",
        "by_hand",
        "evidence",
    }
)
_KEYS = _LISTS | _TEXTS | {"debian", "alpine", "environment", "extras", "when", "versions"}


@record
class FamilyPackages:
    """Package names of one family (Debian's in trixie's spelling, Alpine's).

    `build` is needed to compile, `linked` are the libraries that what was compiled is linked against, `loaded` is opened or
    executed at run time whether or not anything was compiled. `unavailable` says why the family cannot have it.
    `environment` goes before the row's: folders lie elsewhere.
    """

    build: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()
    unavailable: str = ""
    environment: tuple[tuple[str, str], ...] = ()


@record
class NativePackage:
    """One row, for one span of versions.

    `wheels` says for which platforms the index has wheels (a subset of WHEELS, () for source only), `wheels_python` for which
    Pythons, `wheels_checked` in which month somebody looked ("" never). `compilers` are those of COMPILERS that a build
    needs. `unless` are distributions ("psycopg-binary") or extras ("psycopg[c]") with which `loaded` is not needed,
    `not_for` distributions that require this one and do without its system packages. `note` is for everybody who installs it,
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
        from packaging.specifiers import SpecifierSet
        from packaging.version import InvalidVersion

        for versions, older in self.changes:
            try:
                if SpecifierSet(versions).contains(version, prereleases=True):
                    return older
            except InvalidVersion:
                return self
        return self


@cache
def load_native_packages() -> Mapping[str, NativePackage]:
    """Return all rows by canonical name, sorted. ValueError names the file, the row and the key that is wrong."""
    found = {
        name: native_package(name) for name in sorted(compiled_table("native-packages") or _texts())
    }
    return MappingProxyType({name: row for name, row in found.items() if row is not None})


@cache
def native_package(name: str) -> NativePackage | None:
    """Return the row of the canonical name `name`, None if there is none."""
    compiled = compiled_table("native-packages")
    found = _parsed(name) if compiled is None else compiled.get(name)
    return None if found is None else _row(f"{found['place']}: {name}", name, found["row"])


def _parsed(name: str) -> Mapping[str, Any] | None:
    """Return where the row stands and the row, read from the TOML of that row alone."""
    found = _texts().get(name)
    if found is None:
        return None
    import tomllib

    place, text = found
    return {"place": place, "row": tomllib.loads(text)[name]}


@cache
def _texts() -> Mapping[str, tuple[str, str]]:
    texts: dict[str, tuple[str, str]] = {}
    for path in sorted((Path(__file__).parent / "native-packages").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        for name, part in _split(text):
            known_place, known = texts.get(name, (path.name, ""))
            if known_place != path.name:
                raise ValueError(f"{path.name}: {name} stands in {known_place} already")
            texts[name] = (path.name, known + part)
    return texts


def _split(text: str) -> list[tuple[str, str]]:
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [
        (header[1], text[header.start() : end]) for header, end in zip(headers, ends, strict=True)
    ]


def _row(place: str, name: str, row: Mapping[str, Any]) -> NativePackage:
    _check(place, row)
    base = {key: value for key, value in row.items() if key not in ("when", "extras")}
    changes = tuple(
        (change["versions"], _package(place, name, {**base, **_merged(base, change)}))
        for change in row.get("when", ())
    )
    extras = tuple(
        (extra, _package(f"{place}[{extra}]", name, {"evidence": row["evidence"], **part}))
        for extra, part in sorted(row.get("extras", {}).items())
    )
    return _package(place, name, base, extras=extras, changes=changes)


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return `change` with what it leaves open filled in, also inside debian and alpine."""
    filled = {
        family: {**base.get(family, {}), **change[family]}
        for family in ("debian", "alpine")
        if family in change
    }
    return {**change, **filled}


def _package(
    place: str,
    name: str,
    row: Mapping[str, Any],
    *,
    extras: tuple[tuple[str, NativePackage], ...] = (),
    changes: tuple[tuple[str, NativePackage], ...] = (),
) -> NativePackage:
    _check(place, row)
    plain: dict[str, Any] = {key: tuple(row.get(key, ())) for key in sorted(_LISTS)}
    plain |= {key: row.get(key, "") for key in sorted(_TEXTS - {"import"})}
    return NativePackage(
        name=name,
        import_name=row.get("import", name.replace("-", "_")),
        debian=_family(f"{place}.debian", row.get("debian", {})),
        alpine=_family(f"{place}.alpine", row.get("alpine", {})),
        environment=tuple(sorted(row.get("environment", {}).items())),
        extras=extras,
        changes=changes,
        **plain,
    )


def _family(place: str, row: Mapping[str, Any]) -> FamilyPackages:
    unknown = sorted(set(row) - {"build", "linked", "loaded", "unavailable", "environment"})
    if unknown:
        raise ValueError(f"{place}: unknown key {unknown[0]!r}")
    return FamilyPackages(
        build=tuple(row.get("build", ())),
        linked=tuple(row.get("linked", ())),
        loaded=tuple(row.get("loaded", ())),
        unavailable=row.get("unavailable", ""),
        environment=tuple(sorted(row.get("environment", {}).items())),
    )


def _check(place: str, row: Mapping[str, Any]) -> None:
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        raise ValueError(f"{place}: unknown key {unknown[0]!r}")
    for key, allowed in (("compilers", COMPILERS), ("wheels", WHEELS)):
        wrong = [value for value in row.get(key, ()) if value not in allowed]
        if wrong:
            raise ValueError(f"{place}: {key} cannot hold {wrong[0]!r}, only {', '.join(allowed)}")
