"""Which releases of Python a set of specifiers lets in."""

import operator
import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from dockwright.decide.python_releases import (
    PRERELEASE,
    Release,
    minor_of,
    numbers,
    release_of,
    releases,
    retired,
)
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

_FUTURE_PATCHES = 30
_ONE_VERSION = Pattern(r"(?:^|,)\s*(<=|==)\s*(\d+\.\d+)\s*(?=,|$)")


@record
class Candidate:
    """A release that could be taken: `version` is the tag, "3.13" or "3.13.2".

    `kind` is "floating" (the newest patch fits), "exact" (only older patches do), "future" (only patches that are newer
    than the newest known), "prerelease" or "unknown" (a release that the table does not hold).
    """

    version: str
    kind: str
    release: Release | None = None

    @property
    def minor(self) -> str:
        """The X.Y."""
        return minor_of(self.version)

    @property
    def supported(self) -> bool:
        """Whether the release is known and gets security fixes."""
        return self.release is not None and self.release.supported


@cache
def allows(specifier: str, version: str) -> bool:
    """Whether `specifier` (PEP 440, alternatives joined by " || ") lets `version` in."""
    simple = _simple(specifier)
    if simple is not None and _FINAL.fullmatch(version):
        return all(_holds(clause, _padded(version)) for clause in simple)
    return any(part.contains(version, prereleases=True) for part in _parsed(specifier))


_FINAL = Pattern(r"\d+(?:\.\d+){0,2}")
_CLAUSE = Pattern(r"\s*(==|!=|>=|<=|<|>)\s*(\d+(?:\.\d+){0,2})(\.\*)?\s*")
_COMPARED: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
}
_Clause = tuple[str, tuple[int, ...], str]


@cache
def _simple(specifier: str) -> tuple[_Clause, ...] | None:
    """Return the clauses of a specifier that only compares numbers, None for any other.

    Most are so simple that a comparison of tuples answers, and then the library, which takes as long to import as all else here,
    is not needed.
    """
    clauses: list[_Clause] = []
    for text in specifier.split(","):
        found = _CLAUSE.fullmatch(text)
        if found is None or (found[3] and found[1] not in {"==", "!="}):
            return None
        clauses.append((found[1], tuple(int(part) for part in found[2].split(".")), found[3] or ""))
    return tuple(clauses)


def _padded(version: str) -> tuple[int, ...]:
    return (*(int(part) for part in version.split(".")), 0, 0)[:3]


def _holds(clause: _Clause, version: tuple[int, ...]) -> bool:
    sign, named, wild = clause
    bound = named if wild else (*named, 0, 0)[:3]
    seen = version[: len(named)] if wild else version
    return _COMPARED[sign](seen, bound)


@cache
def candidates(specifiers: tuple[str, ...], named: tuple[str, ...] = ()) -> tuple[Candidate, ...]:
    """Return what all `specifiers` let in, newest first, at most one for each X.Y.

    `named` are versions ("3.17", "3.12.99") that somebody wrote out: only those bring in pre-releases, releases that are
    not in the table, and patches that are not known yet.
    """
    minors = {minor_of(version) for version in named}
    known = [
        release
        for release in releases()
        if release.status != PRERELEASE or release.version in minors
    ]
    found = [_of_release(release, specifiers, named) for release in known]
    found += [_unnamed(version, specifiers) for version in named if release_of(version) is None]
    return tuple(
        sorted(
            (entry for entry in found if entry),
            key=lambda entry: numbers(entry.minor),
            reverse=True,
        )
    )


def excludes_patches(specifier: str) -> tuple[str, str] | None:
    """Return ("<=3.11", "3.11") if `specifier` has a bound that stops at 3.11.0 and is seldom meant so, else None."""
    found = _ONE_VERSION.search(specifier)
    return (f"{found[1]}{found[2]}", found[2]) if found else None


def _of_release(
    release: Release, specifiers: tuple[str, ...], named: tuple[str, ...]
) -> Candidate | None:
    if release.status == PRERELEASE:
        fits = _all_allow(specifiers, f"{release.version}.0")
        return (
            Candidate(version=release.version, kind="prerelease", release=release) if fits else None
        )
    if _all_allow(specifiers, release.newest):
        return Candidate(version=release.version, kind="floating", release=release)
    if any(_is_beyond(specifier, release.version) for specifier in specifiers):
        return None
    newest = numbers(release.newest)[2]
    for patch in range(newest - 1, -1, -1):
        if _all_allow(specifiers, f"{release.version}.{patch}"):
            return Candidate(version=f"{release.version}.{patch}", kind="exact", release=release)
    for version in named:
        if (
            version.count(".") == 2
            and minor_of(version) == release.version
            and _all_allow(specifiers, version)
        ):
            return Candidate(version=version, kind="future", release=release)
    for patch in range(newest + 1, newest + _FUTURE_PATCHES):
        if _all_allow(specifiers, f"{release.version}.{patch}"):
            return Candidate(version=release.version, kind="future", release=release)
    return None


def _is_beyond(specifier: str, minor: str) -> bool:
    """Whether a clause lets no patch of a release in: then they need not be asked one by one, and most releases are beyond."""
    first = _padded(minor)
    last = (*first[:2], sys.maxsize)
    for sign, named, _ in _simple(specifier) or ():
        bound = (*named, 0, 0)[:3]
        above = (sign == "<" and first >= bound) or (sign == "<=" and first > bound)
        below = sign in {">", ">="} and last < bound
        if above or below or (sign == "==" and named[:2] != first[: min(len(named), 2)]):
            return True
    return False


def _unnamed(version: str, specifiers: tuple[str, ...]) -> Candidate | None:
    """Return a release that the table does not hold; one that is too old is none."""
    if minor_of(version) in retired():
        return None
    full = version if version.count(".") == 2 else f"{version}.0"
    return Candidate(version=version, kind="unknown") if _all_allow(specifiers, full) else None


def _all_allow(specifiers: tuple[str, ...], version: str) -> bool:
    return all(allows(specifier, version) for specifier in specifiers)


@cache
def _parsed(specifier: str) -> "tuple[SpecifierSet, ...]":
    from packaging.specifiers import SpecifierSet

    return tuple(SpecifierSet(part) for part in specifier.split("||"))
