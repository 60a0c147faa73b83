"""Which Python the image gets: what all places ask for, then the wheels of the lock.

docs/internals/python.md has the details.
"""

import re
from collections.abc import Iterator
from functools import cached_property

from dockwright.decide.knowledge.python_releases import (
    END_OF_LIFE,
    as_of,
    default_release,
    numbers,
)
from dockwright.decide.python_ranges import (
    SETTING,
    Candidate,
    Weighed,
    naming,
    unsatisfiable,
    weigh,
)
from dockwright.decide.wheels import (
    GLIBC,
    PLATFORMS,
    Libc,
    kind_of,
    marker_holds,
    older_than_wheels,
    target_on,
)
from dockwright.model.dependencies import LockedDistribution, Manager, SourceKind
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.project import PythonRelease, RequestedPython
from dockwright.model.record import field, record, replace, row
from dockwright.model.settings import Settings

# How many names a reason lists.
_FEW = 4
_ONE_VERSION = r"(?:^|,)\s*(<=|==)\s*(\d+\.\d+)\s*(?=,|$)"
# Names of distributions that a release cannot have as a wheel, with whether it cannot have them at
# all.
_Obstacles = tuple[tuple[str, bool], ...]
# How bad an arrival is, for the comparison of one Python with another.
_BADNESS = {"wheel": 0, "pure": 0, "unknown": 0, "sdist": 1, "none": 2}


@record
class _Choice:
    candidate: Candidate
    because: str
    instead_of: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


@row
class _Wheels:
    """What production installs, on which platforms, and what was once learned of it."""

    distributions: tuple[LockedDistribution, ...]
    libc: Libc
    platforms: tuple[str, ...]
    extras: tuple[str, ...]
    learned: dict[str, str]
    _seen: dict[tuple[str, str, str], int] = field(default_factory=dict, repr=False)

    @property
    def named_by_lock(self) -> bool:
        """Whether the lock itself names the files of anything."""
        return any(not file.learned for dist in self.distributions for file in dist.files)

    def speak(self, minors: tuple[str, ...]) -> bool:
        """Whether files are known, or a version is older than every wheel for one of `minors`."""
        if self.learned or any(dist.files for dist in self.distributions):
            return True
        return any(
            older_than_wheels(dist.name, dist.version, minor)
            for dist in self.distributions
            if dist.source is SourceKind.REGISTRY
            for minor in minors
        )

    @cached_property
    def _by_name(self) -> dict[str, list[LockedDistribution]]:
        by_name: dict[str, list[LockedDistribution]] = {}
        for dist in self.distributions:
            by_name.setdefault(dist.name, []).append(dist)
        return by_name

    def badness(self, name: str, version: str, platform: str) -> int:
        """Return 0 if `name` needs no compiler there, 1 if it is built, 2 if there is nothing."""
        key = (name, version, platform)
        if key not in self._seen:
            target = target_on(platform, version, self.libc)
            kinds = (
                kind_of(dist, target, self.learned)
                for dist in self._by_name[name]
                if marker_holds(dist.marker, target, self.extras)
            )
            self._seen[key] = max((_BADNESS[kind] for kind in kinds), default=0)
        return self._seen[key]

    def against(self, version: str, others: tuple[str, ...]) -> _Obstacles:
        """Return what is worse under `version` than under the best of `others`."""
        # What must be compiled everywhere is no argument against any release.
        return tuple(
            (name, badness == _BADNESS["none"])
            for name in self._by_name
            for platform in self.platforms
            if (badness := self.badness(name, version, platform))
            and any(self.badness(name, other, platform) < badness for other in others)
        )


def choose_python(
    requested: tuple[RequestedPython, ...],
    settings: Settings,
    distributions: tuple[LockedDistribution, ...] = (),
    *,
    manager: Manager | None = None,
    libc: Libc = GLIBC,
) -> tuple[Decision[PythonRelease], tuple[str, ...], tuple[Notice, ...]]:
    """Return the Python of the image, the contradictions that were overruled, and the notices.

    `distributions` are those that production installs, `manager` the one that was chosen:
    manifests of others only hint. Raises PythonConflictError, PythonUnsupportedError, UsageError.
    """
    weighed = weigh(requested, settings, manager)
    found = weighed.candidates
    if not found:
        raise unsatisfiable(weighed.kept[0])
    platforms = settings.platforms or PLATFORMS
    choice = _choose(
        found,
        weighed,
        _Wheels(distributions, libc, platforms, settings.extras, dict(settings.wheels)),
    )
    places = (request.origin for request in weighed.kept if request.origin != SETTING)
    decision = Decision(
        value=_release(choice.candidate, settings),
        because=choice.because,
        evidence=tuple(dict.fromkeys(places)),
        instead_of=choice.instead_of,
    )
    notices = (*weighed.notices, *_notices(choice.candidate, weighed), *choice.notices)
    return decision, weighed.conflicts, notices


def _release(chosen: Candidate, settings: Settings) -> PythonRelease:
    prerelease = chosen.kind == "prerelease"
    exact_tag = prerelease and settings.python.count(".") == 2
    return PythonRelease(
        version=settings.python if exact_tag else chosen.version,
        end_of_life=chosen.release.end_of_life if chosen.release else "",
        prerelease=prerelease,
    )


def _choose(found: tuple[Candidate, ...], weighed: Weighed, wheels: _Wheels) -> _Choice:
    best = _best_class(found)
    if len(best) == 1:
        return _Choice(candidate=best[0], because=_only_one(best[0], weighed))
    pool = best if wheels.named_by_lock else _proven(best, weighed)
    if wheels.speak(tuple(entry.minor for entry in pool)):
        choice = _with_wheels(pool, found, weighed, wheels)
    else:
        choice = _without_wheels(pool, weighed)
    too_new = (
        f"{entry.version}: too new, many distributions have no wheels for it yet"
        for entry in best
        if entry not in pool
    )
    return replace(choice, instead_of=(*too_new, *choice.instead_of))


def _best_class(found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the candidates of the best kind: supported ones first, unheard-of ones last."""
    floating = tuple(entry for entry in found if entry.kind == "floating")
    supported = tuple(entry for entry in floating if entry.supported)
    exact = tuple(entry for entry in found if entry.kind == "exact")
    return supported or floating or exact or found


def _proven(pool: tuple[Candidate, ...], weighed: Weighed) -> tuple[Candidate, ...]:
    """Leave out releases that are newer than the default: nothing speaks for them."""
    # What an index told does not change that, or a run without a network would choose differently.
    if any(request.spelled == "latest" for request in weighed.kept):
        return pool
    limit = numbers(default_release())
    return tuple(entry for entry in pool if numbers(entry.minor) <= limit) or pool[-1:]


def _only_one(chosen: Candidate, weighed: Weighed) -> str:
    request = naming(chosen.version, weighed)
    if request is None:
        supported = chosen.kind == "floating" and chosen.supported
        virtue = "is supported" if supported else "exists"
        return f"the only release in {_ranges(weighed)} that {virtue}"
    place = "the setting `python`" if request.origin == SETTING else _place(request)
    return f"{place} says {request.spelled}"


def _without_wheels(pool: tuple[Candidate, ...], weighed: Weighed) -> _Choice:
    latest = next((request for request in weighed.kept if request.spelled == "latest"), None)
    because = (
        f"{_place(latest)} says latest"
        if latest
        else f"the newest release{_within(weighed)} that nearly every distribution has wheels for "
        "(no lock here names its files)"
    )
    return _Choice(candidate=pool[0], because=because)


def _with_wheels(
    pool: tuple[Candidate, ...], found: tuple[Candidate, ...], weighed: Weighed, wheels: _Wheels
) -> _Choice:
    versions = tuple(entry.version for entry in found if entry.kind in ("floating", "exact"))
    hindered: list[_Obstacles] = []
    for entry in pool:
        refused = _refused(pool, hindered)
        hindered.append(wheels.against(entry.version, versions))
        if not hindered[-1]:
            because = _newest(entry, weighed, wheels, refused)
            return _Choice(candidate=entry, because=because, instead_of=refused)
    return _least_evil(pool, hindered, weighed)


def _refused(pool: tuple[Candidate, ...], hindered: list[_Obstacles]) -> tuple[str, ...]:
    seen = zip(pool, hindered, strict=False)
    return tuple(f"{entry.version}: {_hindrance(obstacles)}" for entry, obstacles in seen)


def _least_evil(
    pool: tuple[Candidate, ...], hindered: list[_Obstacles], weighed: Weighed
) -> _Choice:
    """Choose where each has something against it: the fewest obstacles, of equals the oldest."""
    # The oldest is nearest to the wheels that there are: what must be compiled is most likely to
    # compile there.
    counts = [(sum(missing for _, missing in here), len(here)) for here in hindered]
    place = max(index for index, count in enumerate(counts) if count == min(counts))
    text, refused = _hindrance(hindered[place]), _refused(pool, hindered)
    notice = Notice(
        code="python-old-wheels",
        text=f"no supported Python has wheels for all of the lock: on {pool[place].version} {text}",
        remedy="update the lock (`dockwright lock --update`), or name the Python yourself",
    )
    return _Choice(
        candidate=pool[place],
        because=f"the release{_within(weighed)} with the fewest obstacles: {text}",
        instead_of=(*refused[:place], *refused[place + 1 :]),
        notices=(notice,),
    )


def _newest(entry: Candidate, weighed: Weighed, wheels: _Wheels, refused: tuple[str, ...]) -> str:
    nothing = "nothing with wheels elsewhere must be compiled"
    if refused:
        return f"the newest release{_within(weighed)} for which {nothing} ({refused[0]})"
    supported = "supported " if entry.supported and wheels.named_by_lock else ""
    return f"the newest {supported}release{_within(weighed)}, and {nothing} for it"


def _hindrance(hindered: _Obstacles) -> str:
    missing = sorted({name for name, is_missing in hindered if is_missing})
    names = missing or sorted({name for name, _ in hindered})
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    what = "cannot be installed" if missing else "would be compiled"
    return f"{', '.join(names[:_FEW])}{more} {what}"


def _within(weighed: Weighed) -> str:
    ranges = _ranges(weighed)
    return f" in {ranges}" if ranges else ""


def _ranges(weighed: Weighed) -> str:
    # Manifest, lock and setup.cfg often say the same: the first place is enough.
    first: dict[str, RequestedPython] = {}
    for request in weighed.kept:
        if request.specifier:
            first.setdefault(request.specifier, request)
    return " and ".join(f"{request.spelled} ({_place(request)})" for request in first.values())


def _place(request: RequestedPython) -> str:
    # File and line are enough: the key stands in the evidence.
    return str(replace(request.origin, key=None))


def _notices(chosen: Candidate, weighed: Weighed) -> Iterator[Notice]:
    """Yield what the owner should hear about age, patches and spelling, with the place."""
    request = naming(chosen.version, weighed) or next(iter(weighed.kept), None)
    place = request.origin if request else None
    yield from _age(chosen, place)
    yield from _unheard_of(chosen, place)
    for kept in weighed.kept:
        bound = excludes_patches(kept.specifier) if kept.strength == "range" else None
        if bound:
            yield _upper_bound(kept, *bound)
    if not weighed.kept:
        version = chosen.version
        yield Notice(
            code="python-no-source",
            text=f"no file says which Python the project wants: {version} is taken",
            remedy=f"write {version} into .python-version, or a range into the manifest",
        )


def _age(chosen: Candidate, place: Origin | None) -> Iterator[Notice]:
    release, version = chosen.release, chosen.version
    if release is None:
        return
    if release.status == END_OF_LIFE:
        yield Notice(
            code="python-end-of-life",
            text=f"Python {release.version} reached its end of life on {release.end_of_life}: "
            "it gets no security fixes",
            origin=place,
            remedy="move to a supported release; until then the image is as you asked for it",
        )
    exact = version.count(".") == 2 and chosen.kind != "future"
    behind = numbers(release.newest)[2] - numbers(version)[2] if exact else 0
    if behind > 0:
        yield Notice(
            code="python-old-patch",
            text=f"Python {version} lacks the fixes of {behind} later patch releases "
            f"(newest known: {release.newest})",
            origin=place,
            remedy=f"name {release.version} instead of {version}, "
            "so that every build takes the newest patch",
        )


def _unheard_of(chosen: Candidate, place: Origin | None) -> Iterator[Notice]:
    release = chosen.release
    if chosen.kind == "prerelease":
        yield Notice(
            code="python-prerelease",
            text=f"Python {chosen.version} was not released as of {as_of()}: "
            "the image has a pre-release",
            origin=place,
            remedy="use a released version in production",
        )
    elif release is None or chosen.kind == "future":
        newest = f"; the newest patch of {release.version} is {release.newest}" if release else ""
        yield Notice(
            code="python-unknown",
            text=f"the Python that is asked for is newer than the table of this Dockwright, "
            f"which is as of {as_of()}{newest}",
            origin=place,
            remedy="check the spelling, or update Dockwright",
        )


def excludes_patches(specifier: str) -> tuple[str, str] | None:
    """Return ("<=3.11", "3.11") if `specifier` stops at 3.11.0, which is seldom meant."""
    found = re.search(_ONE_VERSION, specifier)
    return (f"{found[1]}{found[2]}", found[2]) if found else None


def _upper_bound(request: RequestedPython, bound: str, version: str) -> Notice:
    major, minor = numbers(version)
    remedy = f"=={version}.*" if bound.startswith("==") else f"<{major}.{minor + 1}"
    return Notice(
        code="python-upper-bound",
        text=f"`{request.spelled}`: {bound} excludes {version}.1 and every later patch",
        origin=request.origin,
        remedy=f"write {remedy}",
    )
