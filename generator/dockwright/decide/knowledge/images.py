"""Base images and the releases of Linux that they are made of (images.toml, suites.toml)."""

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from types import MappingProxyType

from dockwright.decide.knowledge import load_table, record_fields
from dockwright.model.record import record


@record
class DistributionRelease:
    """One release of a distribution: `family` decides whose package names fit.

    Dates are YYYY-MM-DD ("" for none). `names` maps a name of the tables to this release's
    spelling; "" says that it has no such package. `archived`: its packages left the mirrors.
    """

    name: str
    family: str
    release: str
    libc: tuple[str, int, int]
    python: str
    end_of_life: str
    official: bool
    long_term: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    archived: bool = False

    @property
    def title(self) -> str:
        """The name as people say it: "Debian 13 (trixie)"."""
        # Alpine and RHEL have numbers only.
        named = f" ({self.name})" if self.family in ("debian", "ubuntu") else ""
        family = "RHEL" if self.family == "redhat" else self.family.title()
        return f"{family} {self.release}".rstrip() + named

    @property
    def last_day(self) -> str:
        """The last day on which anybody fixes this release, long-term support included."""
        return self.long_term or self.end_of_life


@record
class ImageKind:
    """One kind of base image, as images.toml says: `suites` may be ("debian",) or ("alpine",)."""

    name: str
    reference: str
    suites: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    packages: str = "apt"
    shell: bool = True
    interpreter: str = "/usr/local/bin/python"
    contents: tuple[str, ...] = ()
    build: str = ""
    user: str = ""
    installs: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    note: str = ""

    @property
    def official(self) -> bool:
        """Whether it is an image of Docker's own python repository, with one tag per suite."""
        return self.suites in (("debian",), ("alpine",))


@cache
def load_suites() -> Mapping[str, DistributionRelease]:
    """Return all releases by name, in the table's order. TypeError for a key that is unknown."""
    return MappingProxyType(
        {
            name: DistributionRelease(**{**row, "name": name, "libc": tuple(row["libc"])})
            for name, row in load_table("suites").items()
        }
    )


def suite_of(name: str) -> DistributionRelease | None:
    """Return the release called `name`, None if it is not known."""
    return load_suites().get(name)


@cache
def load_images() -> Mapping[str, ImageKind]:
    """Return all kinds by name, in the table's order. TypeError for a key that is unknown."""
    found = {}
    for name, row in load_table("images").items():
        # "debian" stands for whatever the official images are built on.
        suites = [row["suites"]] if isinstance(row["suites"], str) else row["suites"]
        fields = {**record_fields(row), "name": name, "suites": tuple(suites)}
        found[name] = ImageKind(**fields)
    return MappingProxyType(found)
