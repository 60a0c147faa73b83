"""The releases of Python and their images (python-releases.toml)."""

from functools import cache

from dockwright.decide.knowledge import load_table
from dockwright.model.record import record

END_OF_LIFE, PRERELEASE = "end-of-life", "prerelease"
# How far the world may be ahead of the table: a release a year, a patch every other month.
_YEARS, PATCHES_AHEAD = 3, 30


@record
class Suite:
    """One suite of the official images, from the patch `first` to `last` ("" while it is built)."""

    name: str
    first: str
    last: str


@record
class Release:
    """One X.Y: dates are YYYY-MM-DD, `newest` is a patch, `suites` are sorted, the best first.

    `status` is bugfix, security, end-of-life or prerelease.
    """

    version: str
    first: str
    end_of_life: str
    newest: str
    status: str
    suites: tuple[Suite, ...]

    @property
    def supported(self) -> bool:
        """Whether it is released and gets security fixes."""
        return self.status not in (END_OF_LIFE, PRERELEASE)


def as_of() -> str:
    """Return the day (YYYY-MM-DD) for which the table is right: it takes the place of today."""
    return str(load_table("python-releases")["as_of"])


def default_release() -> str:
    """Return the X.Y that is taken where nothing speaks for another."""
    return str(load_table("python-releases")["default"])


def retired() -> dict[str, str]:
    """Return the X.Y that no image of ours has, with the day of their end of life."""
    return dict(load_table("python-releases")["retired"])


@cache
def releases() -> tuple[Release, ...]:
    """Return all releases, newest first. TypeError for a key that is unknown."""
    found = []
    for entry in load_table("python-releases")["release"]:
        spans = entry.get("suites", {}).items()
        suites = tuple(Suite(name=name, first=first, last=last) for name, (first, last) in spans)
        found.append(Release(**{**entry, "suites": suites}))
    return tuple(sorted(found, key=lambda release: numbers(release.version), reverse=True))


def release_of(version: str) -> Release | None:
    """Return the release of "3.13" or "3.13.2", None if it is not known."""
    minor = minor_of(version)
    return next((release for release in releases() if release.version == minor), None)


def cannot_exist(version: str) -> bool:
    """Whether "3.99" or "3.12.999" is too far ahead of the table to have been released."""
    release = release_of(version)
    if release is None:
        major, minor = numbers(releases()[0].version)
        return numbers(minor_of(version)) > (major, minor + _YEARS)
    return (
        version.count(".") == 2 and numbers(version)[2] > numbers(release.newest)[2] + PATCHES_AHEAD
    )


def suites_of(version: str) -> tuple[str, ...]:
    """Return the suites that the official image of "3.13" or "3.11.4" has a tag for, best first."""
    release = release_of(version)
    if release is None:
        return ()
    # "3.13" follows the patches, so it has the suites that all of them have had.
    patch = numbers(version) if version.count(".") == 2 else None
    return tuple(
        suite.name
        for suite in release.suites
        if patch is None
        or (numbers(suite.first) <= patch and (not suite.last or patch <= numbers(suite.last)))
    )


def numbers(version: str) -> tuple[int, ...]:
    """Return "3.11.4" as (3, 11, 4)."""
    return tuple(int(part) for part in version.split("."))


def minor_of(version: str) -> str:
    """Return the X.Y of "3.11.4"."""
    return ".".join(version.split(".")[:2])
