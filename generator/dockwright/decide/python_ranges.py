"""Weighs the places that ask for a Python: which bind, which give way, what lies in all of them.

A range of a manifest binds, then comes the setting, the lock, `.python-version`, and at last the
files of other tools.
"""

import re
from collections.abc import Sequence
from functools import cache

from packaging.specifiers import SpecifierSet

from dockwright.decide.knowledge.python_releases import (
    PRERELEASE,
    Release,
    as_of,
    cannot_exist,
    minor_of,
    numbers,
    release_of,
    releases,
    retired,
)
from dockwright.errors import PythonConflictError, PythonUnsupportedError, UsageError
from dockwright.model.dependencies import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.project import RequestedPython
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

SETTING = Origin(path="settings", key="python")
_SETTING = r"(\d+\.\d+)(\.\d+)?((?:a|b|c|rc)\d*)?"
# A range may begin at a patch that came after the table.
_FUTURE_PATCHES = 30
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
    release: Release | None = None

    @property
    def minor(self) -> str:
        """The X.Y."""
        return minor_of(self.version)

    @property
    def supported(self) -> bool:
        """Whether the release is known and gets security fixes."""
        return self.release is not None and self.release.supported


@record
class Weighed:
    """The requests that count, in the order of their weight, and what was said on the way."""

    kept: tuple[RequestedPython, ...]
    conflicts: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The releases that satisfy all of them, newest first."""
        return _satisfying(self.kept)


@cache
def allows(specifier: str, version: str) -> bool:
    """Whether `specifier` (PEP 440, alternatives joined by " || ") lets `version` in."""
    return any(part.contains(version, prereleases=True) for part in _parsed(specifier))


@cache
def _parsed(specifier: str) -> tuple[SpecifierSet, ...]:
    return tuple(SpecifierSet(part) for part in specifier.split("||"))


@cache
def candidates(specifiers: tuple[str, ...], named: tuple[str, ...] = ()) -> tuple[Candidate, ...]:
    """Return what all `specifiers` let in, newest first, at most one for each X.Y.

    `named` are versions ("3.17", "3.12.99") that somebody wrote out: only those bring in
    pre-releases, releases that are not in the table, and patches that are not known yet.
    """
    minors = {minor_of(version) for version in named}
    found = [
        _of_release(release, specifiers, named)
        for release in releases()
        if release.status != PRERELEASE or release.version in minors
    ]
    for version in named:
        full = version if version.count(".") == 2 else f"{version}.0"
        new = release_of(version) is None and minor_of(version) not in retired()
        if new and _all_allow(specifiers, full):
            found.append(Candidate(version=version, kind="unknown"))
    there = [entry for entry in found if entry is not None]
    return tuple(sorted(there, key=lambda entry: numbers(entry.minor), reverse=True))


def _of_release(
    release: Release, specifiers: tuple[str, ...], named: tuple[str, ...]
) -> Candidate | None:
    if release.status == PRERELEASE:
        fits = _all_allow(specifiers, f"{release.version}.0")
        made = Candidate(version=release.version, kind="prerelease", release=release)
        return made if fits else None
    if _all_allow(specifiers, release.newest):
        return Candidate(version=release.version, kind="floating", release=release)
    # Not the newest patch: an older one, which has a tag of its own, or one still to come.
    newest = numbers(release.newest)[2]
    patches = [f"{release.version}.{patch}" for patch in range(newest + _FUTURE_PATCHES)]
    for version in reversed(patches[:newest]):
        if _all_allow(specifiers, version):
            return Candidate(version=version, kind="exact", release=release)
    exact = [version for version in named if version.count(".") == 2]
    for version in exact:
        if minor_of(version) == release.version and _all_allow(specifiers, version):
            return Candidate(version=version, kind="future", release=release)
    if any(_all_allow(specifiers, version) for version in patches[newest + 1 :]):
        return Candidate(version=release.version, kind="future", release=release)
    return None


def _all_allow(specifiers: tuple[str, ...], version: str) -> bool:
    return all(allows(specifier, version) for specifier in specifiers)


def weigh(
    requested: tuple[RequestedPython, ...], settings: Settings, manager: Manager | None
) -> Weighed:
    """Return the requests that count.

    PythonConflictError where two that bind contradict each other, PythonUnsupportedError where one
    lets nothing in, UsageError for a setting that is no version.
    """
    asked = _asked(settings)
    binding, locks, pins, hints = _sorted(requested, settings, manager)
    # A tag that cannot be there would fail at the build only.
    for request in (asked,) if asked else (*binding, *locks, *pins):
        if request.exact and cannot_exist(request.exact):
            raise unsatisfiable(request)
    weighed = _bind(binding, asked)
    # The ranges of manifests bind: a lock that lies outside is out of date.
    for lock in locks:
        weighed = _with(weighed, lock) or _without(weighed, lock, _lock_differs(lock))
    if asked:
        weighed = _with(weighed, asked) or _forced(weighed, asked, force=settings.force)
    # A pin settles the version, unless the setting did; it must lie within the range.
    for pin in pins:
        agreed = _with(weighed, pin, keep=asked is None)
        if agreed is None and asked is None:
            raise _conflict((pin, *_against(pin, weighed.kept)))
        given_way = _gives_way(pin, "the setting `python` decides")
        weighed = agreed or _without(weighed, pin, given_way)
    # Files of other tools only settle what nobody else did, and give way.
    for hint in hints:
        agreed = _with(weighed, hint, keep=not (asked or pins))
        if agreed is None:
            stronger = _said(_against(hint, weighed.kept)[0])
            notice = _gives_way(hint, f"{stronger} weighs more")
            agreed = _without(weighed, hint, notice)
        weighed = agreed
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


def _sorted(
    requested: tuple[RequestedPython, ...], settings: Settings, manager: Manager | None
) -> tuple[list[RequestedPython], ...]:
    """Return what binds, locks, pins and hints."""
    found: dict[str, list[RequestedPython]] = {strength: [] for strength in _STRENGTHS}
    relocks = settings.strategy in ("relock", "update")
    for request in requested:
        ours = manager is None or request.manager in (None, manager)
        # A lock that is about to be made anew has nothing to say.
        if request.strength == "lock" and (relocks or not ours):
            continue
        # What is left of another manager only hints.
        binds = ours or request.strength != "range"
        found[request.strength if binds else "hint"].append(request)
    # Files that tools keep up to date before those that somebody once compiled, left-overs last.
    found["hint"].sort(
        key=lambda request: (request.strength != "hint", request.manager is not None)
    )
    return tuple(found.values())


def _bind(binding: list[RequestedPython], asked: RequestedPython | None) -> Weighed:
    """Return the ranges of manifests, without those that the setting overrules."""
    named = (asked.exact,) if asked else ()
    for request in binding:
        if not _satisfying([request], named):
            raise unsatisfiable(request)
    if _satisfying(binding, named):
        return Weighed(kept=tuple(binding))
    pairs = ((a, b) for i, a in enumerate(binding) for b in binding[i + 1 :])
    against = next((pair for pair in pairs if not _satisfying(pair, named)), tuple(binding))
    if asked is None:
        raise _conflict(against)
    kept = tuple(request for request in binding if _satisfying([request, asked]))
    return Weighed(
        kept=kept,
        conflicts=(f"{_listed(against)} contradict each other",),
        notices=tuple(
            _gives_way(request, "the setting `python` decides")
            for request in binding
            if request not in kept
        ),
    )


def _with(weighed: Weighed, request: RequestedPython, *, keep: bool = True) -> Weighed | None:
    """Return `weighed` with a request that agrees (one more that counts if `keep`), else None.

    PythonUnsupportedError where the request alone lets nothing in.
    """
    together = (*weighed.kept, request)
    if _satisfying(together):
        return replace(weighed, kept=together) if keep else weighed
    if not weighed.kept:
        raise unsatisfiable(request)
    return None


def _without(weighed: Weighed, request: RequestedPython, notice: Notice) -> Weighed:
    """Return `weighed` with what is said of a request that gives way."""
    text = f"{_said(request)} contradicts {_said(_against(request, weighed.kept)[0])}"
    return replace(
        weighed, conflicts=(*weighed.conflicts, text), notices=(*weighed.notices, notice)
    )


def _forced(weighed: Weighed, asked: RequestedPython, *, force: bool) -> Weighed:
    against = _against(asked, weighed.kept)
    if not force:
        raise _conflict((asked, *against))
    notices = (_gives_way(request, "the setting `force` is on") for request in against)
    kept = tuple(request for request in weighed.kept if request not in against)
    return Weighed(
        kept=(*kept, asked),
        conflicts=(*weighed.conflicts, f"{_said(asked)} contradicts {_listed(against)}"),
        notices=(*weighed.notices, *notices),
    )


def _satisfying(
    requests: Sequence[RequestedPython], named: tuple[str, ...] = ()
) -> tuple[Candidate, ...]:
    exact = tuple(request.exact for request in requests if request.exact)
    return candidates(tuple(request.specifier for request in requests), exact + named)


def _against(
    request: RequestedPython, others: tuple[RequestedPython, ...]
) -> tuple[RequestedPython, ...]:
    """Return those that cannot stand beside `request`; all, if only all together cannot."""
    return tuple(other for other in others if not _satisfying([request, other])) or others


def naming(version: str, weighed: Weighed) -> RequestedPython | None:
    """Return the request that names `version` most exactly.

    The setting goes before files, manifests before their locks.
    """
    named = (
        request
        for request in weighed.kept
        if request.exact and f"{version}.".startswith(f"{request.exact}.")
    )
    order = ("lock", "hint", "pin", "range")
    return max(
        named,
        key=lambda request: (
            request.origin == SETTING,
            request.exact.count("."),
            order.index(request.strength),
        ),
        default=None,
    )


def _said(request: RequestedPython) -> str:
    return f"`{request.spelled}` ({request.origin})"


def _listed(requests: Sequence[RequestedPython]) -> str:
    return " and ".join(_said(request) for request in requests)


def _gives_way(request: RequestedPython, reason: str) -> Notice:
    return Notice(
        code="python-source-differs",
        text=f"`{request.spelled}` is not followed: {reason}",
        origin=request.origin,
        remedy=f"bring {request.origin.path} up to date, or remove it",
    )


def _lock_differs(request: RequestedPython) -> Notice:
    return Notice(
        code="python-lock-differs",
        text=f"the lock was made for Python `{request.spelled}`, which the manifest does not allow",
        origin=request.origin,
        remedy="lock again: `dockwright lock`",
    )


def _conflict(requests: tuple[RequestedPython, ...]) -> PythonConflictError:
    return PythonConflictError(
        "the sources of the Python version contradict each other",
        origin=requests[0].origin,
        found=f"no release of Python satisfies {_listed(requests)}",
        rule="a manifest's own range binds, its lock and .python-version must lie within it",
        steps=(
            "change one of the files that are named, so that they agree",
            "or settle it: `--set python=VERSION`; with `--set force=true` even against a range",
        ),
        example=f"dockwright generate --set python={_suggestion(requests)}",
    )


def _suggestion(requests: tuple[RequestedPython, ...]) -> str:
    """Return a version that satisfies the request that weighs most and can be satisfied at all."""
    for request in sorted(requests, key=lambda request: _STRENGTHS.index(request.strength)):
        found = _satisfying([request])
        if found:
            return next((entry for entry in found if entry.supported), found[0]).version
    return "3.13"


def unsatisfiable(request: RequestedPython) -> PythonUnsupportedError:
    """Return the error for one request that no release satisfies, with the reason that fits it."""
    minor = minor_of(request.exact) if request.exact else ""
    oldest, newest = releases()[-1].version, next(r for r in releases() if r.supported).version
    known = release_of(request.exact) if request.exact else None
    reason = f"as of {as_of()}, none of {oldest} to {newest} fits"
    if minor in retired():
        reason = f"Python {minor} reached its end of life on {retired()[minor]}"
    elif known and cannot_exist(request.exact):
        reason = f"as of {as_of()}, the newest {minor} is {known.newest}"
    return PythonUnsupportedError(
        f"no Python that can be used satisfies `{request.spelled}`",
        origin=request.origin,
        found=reason,
        rule=f"an image can be made for Python {oldest} and later",
        steps=(
            "change the range or the version that is named",
            (
                "or say which Python the image shall have: `--set python=VERSION`, "
                "where no manifest forbids it"
            ),
        ),
        example=f"dockwright generate --set python={newest}",
    )
