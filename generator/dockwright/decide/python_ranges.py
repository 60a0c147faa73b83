"""Weighs the places that ask for a Python: which bind, which give way, what lies in all of them.

A range of a manifest binds, then comes the lock, the setting, `.python-version`, and at last the
files of other tools.
"""

import re
from collections.abc import Sequence
from functools import cache

from packaging.specifiers import SpecifierSet

from dockwright.decide.knowledge import python_releases as known
from dockwright.errors import PythonConflictError, PythonUnsupportedError, UsageError
from dockwright.model.dependencies import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import RequestedPython
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

SETTING = Origin(path="settings", key="python")
_SETTING = r"(\d+\.\d+)(\.\d+)?((?:a|b|c|rc)\d*)?"
# What weighs more stands first.
_STRENGTHS = ("range", "lock", "pin", "hint")


@record
class Candidate:
    """A release that could be taken: `version` is the tag, "3.13" or "3.13.2".

    `kind` is "floating" (the newest patch fits), "exact" (only older patches do), "future" (only
    patches newer than the newest known), "prerelease" or "unknown" (not in the table).
    """

    version: str
    kind: str
    release: known.Release | None = None

    @property
    def minor(self) -> str:
        """The X.Y."""
        return known.minor_of(self.version)

    @property
    def supported(self) -> bool:
        """Whether the release is known and gets security fixes."""
        return self.release is not None and self.release.supported


@record
class Weighed:
    """The requests that count, the weightiest first; `named` is the setting (or a pre-release)."""

    kept: tuple[RequestedPython, ...] = ()
    named: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The releases that satisfy all of them, newest first."""
        return _satisfying(self.kept, self.named)

    def against(self, request: RequestedPython) -> tuple[RequestedPython, ...]:
        """Return what contradicts `request`: single ones, or all where only all together do."""
        if _satisfying((*self.kept, request), self.named):
            return ()
        alone = (other for other in self.kept if not _satisfying((request, other), self.named))
        return tuple(alone) or self.kept or (request,)


_parsed = cache(SpecifierSet)


@cache
def allows(specifier: str, version: str) -> bool:
    """Whether `specifier` (PEP 440, alternatives joined by " || ") lets `version` in."""
    parts = specifier.split("||")
    return any(_parsed(part).contains(version, prereleases=True) for part in parts)


@cache
def candidates(specifiers: tuple[str, ...], named: tuple[str, ...] = ()) -> tuple[Candidate, ...]:
    """Return what all `specifiers` let in, newest first, at most one for each X.Y.

    `named` are versions ("3.17", "3.12.99") that somebody wrote out: only those bring in
    pre-releases and releases that are not in the table.
    """
    minors = {known.minor_of(version) for version in named}
    found = [
        _of_release(release, specifiers, named)
        for release in known.releases()
        if release.status != known.PRERELEASE or release.version in minors
    ]
    for version in named:
        full = version if version.count(".") == 2 else f"{version}.0"
        new = known.release_of(version) is None and known.minor_of(version) not in known.retired()
        if new and _all_allow(specifiers, full):
            found.append(Candidate(version=version, kind="unknown"))
    there = [entry for entry in found if entry is not None]
    return tuple(sorted(there, key=lambda entry: known.numbers(entry.minor), reverse=True))


def _of_release(
    release: known.Release, specifiers: tuple[str, ...], named: tuple[str, ...]
) -> Candidate | None:
    made = Candidate(version=release.version, kind="floating", release=release)
    if release.status == known.PRERELEASE:
        fits = _all_allow(specifiers, f"{release.version}.0")
        return replace(made, kind="prerelease") if fits else None
    if _all_allow(specifiers, release.newest):
        return made
    # Not the newest patch: an older one, which has a tag of its own, or one still to come.
    newest = known.numbers(release.newest)[2]
    for patch in (*reversed(range(newest)), *range(newest + 1, newest + known.PATCHES_AHEAD)):
        version = f"{release.version}.{patch}"
        if _all_allow(specifiers, version):
            older = patch < newest
            tag = version if older or version in named else release.version
            return replace(made, version=tag, kind="exact" if older else "future")
    return None


def _all_allow(specifiers: tuple[str, ...], version: str) -> bool:
    return all(allows(specifier, version) for specifier in specifiers)


def _satisfying(
    requests: Sequence[RequestedPython], named: tuple[str, ...] = ()
) -> tuple[Candidate, ...]:
    exact = tuple(request.exact for request in requests if request.exact)
    return candidates(tuple(request.specifier for request in requests), exact + named)


def weigh(
    requested: tuple[RequestedPython, ...], settings: Settings, manager: Manager | None
) -> Weighed:
    """Return the requests that count.

    PythonConflictError where two that bind contradict each other, PythonUnsupportedError where one
    lets nothing in, UsageError for a setting that is no version.
    """
    asked = _asked(settings)
    ordered = _ordered(requested, settings, manager)
    if asked:
        # The ranges of manifests bind even the setting, unless it is forced.
        place = sum(request.strength in ("range", "lock") for request in ordered)
        ordered.insert(0 if settings.force else place, asked)
    weighed = Weighed(named=(asked.exact,) if asked else ())
    for request in ordered:
        # A tag that cannot be there would fail at the build only.
        counts = request is asked or (asked is None and request.strength != "hint")
        if counts and request.exact and known.cannot_exist(request.exact):
            raise unsatisfiable(request)
        weighed = _with(weighed, request, asked, settings)
    return weighed


def _asked(settings: Settings) -> RequestedPython | None:
    if not settings.python:
        return None
    found = re.fullmatch(_SETTING, settings.python)
    if not found:
        raise UsageError(
            f"`{settings.python}` is not a version of Python",
            rule="the setting `python` is one release, X.Y or X.Y.Z",
            steps=("write one release; a range belongs into the manifest",),
            example="dockwright generate --set python=3.13",
        )
    minor, patch, prerelease = found.groups()
    exact = minor if prerelease or not patch else f"{minor}{patch}"
    return RequestedPython(
        specifier=f"=={exact}" if exact.count(".") == 2 else f"=={exact}.*",
        spelled=settings.python,
        origin=SETTING,
        exact=exact,
        strength="pin",
    )


def _ordered(
    requested: tuple[RequestedPython, ...], settings: Settings, manager: Manager | None
) -> list[RequestedPython]:
    # The strongest first: each is held against those before it.
    found = []
    for request in requested:
        ours = manager is None or request.manager in (None, manager)
        # A lock that is about to be made anew has nothing to say.
        if request.strength == "lock" and (settings.strategy in ("relock", "update") or not ours):
            continue
        # What is left of another manager only hints.
        binds = ours or request.strength != "range"
        found.append(request if binds else replace(request, strength="hint"))
    # Files that tools keep up to date before those that somebody once compiled, left-overs last.
    return sorted(
        found,
        key=lambda one: (
            _STRENGTHS.index(one.strength),
            one.strength == "hint" and one.manager is not None,
            one.manager not in (None, manager),
        ),
    )


def _with(
    weighed: Weighed, request: RequestedPython, asked: RequestedPython | None, settings: Settings
) -> Weighed:
    # Of two that contradict each other the weaker gives way and is told, or it is an error.
    strength, against = request.strength, weighed.against(request)
    if not against:
        # What the setting or a pin has settled is not sharpened by what weighs less.
        settled = asked is not None or any(kept.strength == "pin" for kept in weighed.kept)
        weaker = strength == "hint" or (strength == "pin" and asked not in (None, request))
        return weighed if settled and weaker else replace(weighed, kept=(*weighed.kept, request))
    if not weighed.kept:
        raise unsatisfiable(request)
    # "" where nothing is allowed to overrule it.
    reason = {
        "lock": "the manifest allows other versions",
        "hint": f"{_said(against[0])} weighs more",
        "pin": "the setting `python` decides" if asked not in (None, request) else "",
        "range": "the setting `force` is on" if asked and settings.force else "",
    }[strength]
    if not reason:
        raise _conflict((request, *against))
    remedy = f"bring {request.origin.path} up to date, or remove it"
    notice = Notice(
        code="python-source-differs",
        text=f"`{request.spelled}` is not followed: {reason}",
        origin=request.origin,
        remedy="lock again: `dockwright lock`" if strength == "lock" else remedy,
    )
    conflicts = (*weighed.conflicts, f"{_said(request)} contradicts {_said(against[0])}")
    return replace(weighed, conflicts=conflicts, notices=(*weighed.notices, notice))


def naming(version: str, weighed: Weighed) -> RequestedPython | None:
    """Return the request that names `version` most exactly, that of the setting first."""
    # A manifest is what people read, so it is named before the lock that repeats it.
    order = ("lock", "hint", "pin", "range")
    named = (one for one in weighed.kept if one.exact and f"{version}.".startswith(f"{one.exact}."))
    return max(
        named,
        key=lambda one: (one.origin == SETTING, one.exact.count("."), order.index(one.strength)),
        default=None,
    )


def _said(request: RequestedPython) -> str:
    return f"`{request.spelled}` ({request.origin})"


def _conflict(requests: tuple[RequestedPython, ...]) -> PythonConflictError:
    # The example satisfies what weighs most, and can be satisfied at all.
    ordered = sorted(requests, key=lambda request: _STRENGTHS.index(request.strength))
    found = next(filter(None, (_satisfying([request]) for request in ordered)), ())
    best = next((entry.version for entry in found if entry.supported), "3.13")
    return PythonConflictError(
        "the sources of the Python version contradict each other",
        origin=requests[0].origin,
        found=f"no release of Python satisfies {' and '.join(map(_said, requests))}",
        rule="a manifest's own range binds, its lock and .python-version must lie within it",
        steps=(
            "change one of the files that are named, so that they agree",
            "or settle it: `--set python=VERSION`; with `--set force=true` even against a range",
        ),
        example=f"dockwright generate --set python={best}",
    )


def unsatisfiable(request: RequestedPython) -> PythonUnsupportedError:
    """Return the error for one request that no release satisfies, with the reason that fits it."""
    minor = known.minor_of(request.exact) if request.exact else ""
    oldest = known.releases()[-1].version
    newest = next(one.version for one in known.releases() if one.supported)
    release = known.release_of(request.exact) if request.exact else None
    reason = f"as of {known.as_of()}, none of {oldest} to {newest} fits"
    if minor in known.retired():
        reason = f"Python {minor} reached its end of life on {known.retired()[minor]}"
    elif release and known.cannot_exist(request.exact):
        reason = f"as of {known.as_of()}, the newest {minor} is {release.newest}"
    return PythonUnsupportedError(
        f"no Python that can be used satisfies `{request.spelled}`",
        origin=request.origin,
        found=reason,
        rule=f"an image can be made for Python {oldest} and later",
        steps=(
            "change the range or the version that is named",
            "or set the Python, where no manifest forbids it: `--set python=VERSION`",
        ),
        example=f"dockwright generate --set python={newest}",
    )
