"""Compilers by name, what installs what, and the needs that no distribution names (toolchains.toml, triggers.toml)."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from dockwright.decide.knowledge.load import load_table
from dockwright.decide.knowledge.native_packages import COMPILERS, FamilyPackages
from dockwright.model.record import record


@record
class Trigger:
    """A need without a distribution: `because` is one sentence, `note` what the owner should know ("" nothing)."""

    name: str
    because: str
    debian: FamilyPackages
    alpine: FamilyPackages
    note: str = ""

    def family(self, name: str) -> FamilyPackages:
        """Return the names for "debian" or "alpine"."""
        return self.alpine if name == "alpine" else self.debian


@cache
def compiler(name: str, family: str) -> FamilyPackages:
    """Return what the compiler `name` ("c", "c++", "fortran", "rust") is called in `family` ("debian", "alpine")."""
    row = load_table("toolchains")["compilers"][name]
    return _family(
        f"toolchains.toml: compilers.{name}", row["alpine" if family == "alpine" else "debian"]
    )


@cache
def includes() -> Mapping[str, frozenset[str]]:
    """Return package -> the packages that it installs anyway."""
    table = load_table("toolchains")
    wrong = sorted(set(table["compilers"]) ^ set(COMPILERS))
    if wrong:
        raise ValueError(
            f"toolchains.toml: the compilers must be {', '.join(COMPILERS)}; see {wrong[0]!r}"
        )
    return MappingProxyType({name: frozenset(names) for name, names in table["includes"].items()})


@cache
def load_triggers() -> Mapping[str, Trigger]:
    """Return all triggers by name. ValueError if the table is wrong."""
    return MappingProxyType(
        {name: _trigger(name, row) for name, row in load_table("triggers").items()}
    )


def _trigger(name: str, row: Mapping[str, Any]) -> Trigger:
    unknown = sorted(set(row) - {"debian", "alpine", "because", "note"})
    if unknown:
        raise ValueError(f"triggers.toml: {name}: unknown key {unknown[0]!r}")
    return Trigger(
        name=name,
        because=row["because"],
        note=row.get("note", ""),
        debian=_family(f"triggers.toml: {name}.debian", row.get("debian", {})),
        alpine=_family(f"triggers.toml: {name}.alpine", row.get("alpine", {})),
    )


def _family(place: str, row: Mapping[str, Any]) -> FamilyPackages:
    unknown = sorted(set(row) - {"build", "linked", "loaded", "unavailable"})
    if unknown:
        raise ValueError(f"{place}: unknown key {unknown[0]!r}")
    return FamilyPackages(
        build=tuple(row.get("build", ())),
        linked=tuple(row.get("linked", ())),
        loaded=tuple(row.get("loaded", ())),
        unavailable=row.get("unavailable", ""),
    )
