"""The base images (images.toml), checked and typed."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from dockwright.decide.knowledge.load import load_table
from dockwright.decide.knowledge.suites import load_suites
from dockwright.model.record import record

_KEYS = frozenset(
    {
        "reference", "build", "suites", "pythons", "packages", "shell", "interpreter", "user", "contents", "installs",
        "matches", "note", "pip",
    }
)  # fmt: skip
MANAGERS = ("apt", "apk", "dnf", "microdnf", "none")


@record
class ImageKind:
    """One kind of base image; the fields are those of images.toml.

    `suites` are the names themselves, or ("debian",) / ("alpine",) for whatever the official images are built on.
    """

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
    pip: bool = False

    @property
    def official(self) -> bool:
        """Whether it is an image of Docker's own python repository, with one tag per suite."""
        return self.suites in (("debian",), ("alpine",))


@cache
def load_images() -> Mapping[str, ImageKind]:
    """Return all kinds by name, in the table's order. ValueError if the table is wrong."""
    return MappingProxyType({name: _image(name, row) for name, row in load_table("images").items()})


def _image(name: str, row: Mapping[str, Any]) -> ImageKind:
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        raise ValueError(f"images.toml: {name}: unknown key {unknown[0]!r}")
    suites = (row["suites"],) if isinstance(row["suites"], str) else tuple(row["suites"])
    strange = [
        suite
        for suite in suites
        if suite not in ("debian", "alpine") and suite not in load_suites()
    ]
    if strange or row["packages"] not in MANAGERS:
        raise ValueError(
            f"images.toml: {name}: unknown {f'suite {strange[0]!r}' if strange else row['packages']}"
        )
    return ImageKind(
        name=name,
        reference=row["reference"],
        suites=suites,
        pythons=tuple(row["pythons"]),
        packages=row["packages"],
        shell=row["shell"],
        interpreter=row["interpreter"],
        contents=tuple(row["contents"]),
        build=row.get("build", ""),
        user=row.get("user", ""),
        installs=tuple(row.get("installs", ())),
        matches=tuple(row.get("matches", ())),
        note=row.get("note", ""),
        pip=row.get("pip", False),
    )
