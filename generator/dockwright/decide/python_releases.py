"""The table of Python releases (knowledge/python-releases.toml), checked and typed."""

from functools import cache

from dockwright.decide.knowledge.load import load_table
from dockwright.model.record import record

END_OF_LIFE, PRERELEASE = "end-of-life", "prerelease"
_STATUSES = ("bugfix", "security", END_OF_LIFE, PRERELEASE)


@record
class Suite:
    """One suite of the official images: patches from `first` to `last` have a tag of it, to the newest where `last` is ""."""

    name: str
    first: str
    last: str

    @property
    def current(self) -> bool:
        """Whether images of this suite are still being built."""
        return not self.last


@record
class Release:
    """One X.Y: dates are YYYY-MM-DD, `newest` the newest patch known, `suites` in the order of preference."""

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
    """Return the day for which the table is right, YYYY-MM-DD. It takes the place of today everywhere."""
    return str(load_table("python-releases")["as_of"])


def default_release() -> str:
    """Return the X.Y that is taken where nothing speaks for another."""
    return str(load_table("python-releases")["default"])


def retired() -> dict[str, str]:
    """Return the X.Y that are too old for any image of ours, with the day of their end of life."""
    return dict(load_table("python-releases")["retired"])


@cache
def releases() -> tuple[Release, ...]:
    """Return all releases, newest first. ValueError if the table is wrong."""
    found = [_release(entry) for entry in load_table("python-releases")["release"]]
    return tuple(sorted(found, key=lambda release: numbers(release.version), reverse=True))


def release_of(version: str) -> Release | None:
    """Return the release of "3.13" or "3.13.2", None if it is not known."""
    minor = minor_of(version)
    return next((release for release in releases() if release.version == minor), None)


_YEARS, _PATCHES = 3, 30
"""How far the world may be ahead of the table: a release comes every year, a patch every other month."""


def cannot_exist(version: str) -> bool:
    """Whether "3.99" or "3.12.999" is too far ahead of the table to be a version that somebody released."""
    release = release_of(version)
    if release is None:
        major, minor = numbers(releases()[0].version)
        return numbers(minor_of(version)) > (major, minor + _YEARS)
    return version.count(".") == 2 and numbers(version)[2] > numbers(release.newest)[2] + _PATCHES


def suites_of(version: str) -> tuple[str, ...]:
    """Return the suites for which the official image has a tag of `version` ("3.13" or "3.11.4"), best first.

    Debian suites stand before Alpine releases. () if nothing is known of that version.
    """
    release = release_of(version)
    if release is None:
        return ()
    if version.count(".") < 2:
        return tuple(suite.name for suite in release.suites)
    return tuple(suite.name for suite in release.suites if _within(version, suite))


def numbers(version: str) -> tuple[int, ...]:
    """Return "3.11.4" as (3, 11, 4)."""
    return tuple(int(part) for part in version.split("."))


def minor_of(version: str) -> str:
    """Return the X.Y of "3.11.4"."""
    return ".".join(version.split(".")[:2])


def _within(version: str, suite: Suite) -> bool:
    if numbers(version) < numbers(suite.first):
        return False
    return suite.current or numbers(version) <= numbers(suite.last)


def _release(entry: dict[str, object]) -> Release:
    if entry["status"] not in _STATUSES:
        raise ValueError(
            f"python-releases.toml: {entry['version']} has the unknown status {entry['status']!r}"
        )
    suites = entry.get("suites", {})
    if not isinstance(suites, dict):
        raise TypeError(f"python-releases.toml: suites of {entry['version']} must be a table")
    return Release(
        version=str(entry["version"]),
        first=str(entry["first"]),
        end_of_life=str(entry["end_of_life"]),
        newest=str(entry["newest"]),
        status=str(entry["status"]),
        suites=tuple(
            Suite(name=name, first=span[0], last=span[1]) for name, span in suites.items()
        ),
    )
