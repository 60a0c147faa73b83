"""Releases of Linux distributions (suites.toml): their libc, their age, and how they spell package names."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from dockwright.decide.knowledge.load import load_table
from dockwright.model.record import record

_KEYS = frozenset(
    {
        "family",
        "release",
        "libc",
        "python",
        "end_of_life",
        "long_term",
        "official",
        "archived",
        "names",
    }
)
_FAMILIES = ("debian", "alpine", "ubuntu", "redhat", "wolfi")


@record
class DistributionRelease:
    """One release: `family` decides whose package names fit, dates are YYYY-MM-DD ("" where there is none).

    `names` maps a name of the tables to this release's spelling; "" says that the release has no such package.
    `archived`: its packages are gone from the mirrors.
    """

    name: str
    family: str
    release: str
    libc: tuple[str, int, int]
    python: str
    end_of_life: str
    long_term: str
    official: bool
    names: Mapping[str, str]
    archived: bool = False

    @property
    def title(self) -> str:
        """The name as people say it: "Debian 13 (trixie)"."""
        known = {
            "debian": "Debian",
            "alpine": "Alpine",
            "ubuntu": "Ubuntu",
            "redhat": "RHEL",
            "wolfi": "Wolfi",
        }
        number = f" {self.release}" if self.release else ""
        return f"{known[self.family]}{number}" + (
            f" ({self.name})" if self.family in ("debian", "ubuntu") else ""
        )

    @property
    def last_day(self) -> str:
        """The last day on which anybody fixes this release, long-term support included."""
        return self.long_term or self.end_of_life


@cache
def load_suites() -> Mapping[str, DistributionRelease]:
    """Return all releases by name. ValueError if the table is wrong."""
    return MappingProxyType({name: _suite(name, row) for name, row in load_table("suites").items()})


def suite_of(name: str) -> DistributionRelease | None:
    """Return the release called `name`, None if it is not known."""
    return load_suites().get(name)


def _suite(name: str, row: Mapping[str, Any]) -> DistributionRelease:
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        raise ValueError(f"suites.toml: {name}: unknown key {unknown[0]!r}")
    if row["family"] not in _FAMILIES:
        raise ValueError(f"suites.toml: {name}: unknown family {row['family']!r}")
    kind, major, minor = row["libc"]
    return DistributionRelease(
        name=name,
        family=row["family"],
        release=row["release"],
        libc=(kind, major, minor),
        python=row["python"],
        end_of_life=row["end_of_life"],
        long_term=row.get("long_term", ""),
        official=row["official"],
        names=MappingProxyType(dict(row.get("names", {}))),
        archived=row.get("archived", False),
    )
