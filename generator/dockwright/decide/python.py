"""Which Python the image gets: what all places ask for, then wheels. docs/python.md says more."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from dockwright.decide.knowledge.python_releases import END_OF_LIFE, as_of, default_release, numbers
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
    judge,
    marker_holds,
    older_than_wheels,
    target_on,
    too_old_to_run,
)
from dockwright.model.dependencies import LockedDistribution, Manager, SourceKind
from dockwright.model.origin import Decision, Notice
from dockwright.model.project import PythonRelease, RequestedPython
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

# How many names a reason lists.
_FEW = 4
# Distributions that a release cannot have as a wheel, and whether it cannot have them at all.
_Obstacles = tuple[tuple[str, bool], ...]
# How bad an arrival is, for the comparison of one Python with another.
_BADNESS = {"wheel": 0, "pure": 0, "unknown": 0, "sdist": 1, "none": 2}


@record
class _Choice:
    candidate: Candidate
    because: str
    instead_of: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class _Wheels:
    """What production installs, on which platforms, and what was once learned of it."""

    distributions: tuple[LockedDistribution, ...]
    libc: Libc
    platforms: tuple[str, ...]
    extras: tuple[str, ...]
    learned: dict[str, str]
    _seen: dict[tuple[str, str, str], int] = field(default_factory=dict, repr=False)

    def speak(self, pool: tuple[Candidate, ...]) -> bool:
        """Whether files are known, or a version is older than every wheel for one of `pool`."""
        if self.learned or any(dist.files for dist in self.distributions):
            return True
        return any(
            older_than_wheels(dist.name, dist.version, entry.minor)
            or too_old_to_run(dist.name, dist.version, entry.minor)
            for dist in self.distributions
            if dist.source is SourceKind.REGISTRY
            for entry in pool
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
            every = self._by_name[name]
            here = [dist for dist in every if marker_holds(dist.marker, target, self.extras)]
            found = [_BADNESS[judge(dist, target, self.learned)[0]] for dist in here]
            fails = any(too_old_to_run(name, dist.version, target.minor) for dist in here)
            self._seen[key] = max((*found, _BADNESS["none"] if fails else 0), default=0)
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
    wheels = _Wheels(distributions, libc, platforms, settings.extras, dict(settings.wheels))
    # Pins of a project that asks for no Python may be from one that has ended since. A lock is made
    # for a Python: its owner renews it.
    from_pins = manager in (None, Manager.REQUIREMENTS, Manager.SETUPTOOLS) and not weighed.kept
    choice = _choose(found, weighed, wheels, ended=from_pins)
    chosen = choice.candidate
    prerelease = chosen.kind == "prerelease"
    # Of a pre-release only the setting can name the very tag: 3.16.0a2.
    exact_tag = prerelease and settings.python.count(".") == 2
    release = PythonRelease(
        version=settings.python if exact_tag else chosen.version,
        end_of_life=chosen.release.end_of_life if chosen.release else "",
        prerelease=prerelease,
    )
    places = (request.origin for request in weighed.kept if request.origin != SETTING)
    decision = Decision(
        value=release,
        because=choice.because,
        evidence=tuple(dict.fromkeys(places)),
        instead_of=choice.instead_of,
    )
    notices = (*weighed.notices, *_notices(chosen, weighed), *choice.notices)
    return decision, weighed.conflicts, notices


def _choose(
    found: tuple[Candidate, ...], weighed: Weighed, wheels: _Wheels, *, ended: bool
) -> _Choice:
    floating = tuple(entry for entry in found if entry.kind == "floating")
    supported = tuple(entry for entry in floating if entry.supported)
    exact = tuple(entry for entry in found if entry.kind == "exact")
    # What somebody wrote out, and nobody has heard of, is taken where nothing else fits.
    best = supported or floating or exact or found
    if len(best) == 1:
        return _Choice(candidate=best[0], because=_only_one(best[0], weighed))
    latest = next((request for request in weighed.kept if request.spelled == "latest"), None)
    limit = numbers(default_release())
    proven = tuple(entry for entry in best if numbers(entry.minor) <= limit) or best[-1:]
    pool = best if latest else proven
    if wheels.speak(pool):
        old = tuple(entry for entry in floating if not entry.supported)
        pool = (*pool, *old) if ended else pool
        choice = _with_wheels(pool, found, weighed, wheels)
    else:
        nearly = f"the newest release{_within(weighed)} that nearly every distribution has wheels"
        because = f"{nearly} for (no lock here names its files)"
        said = f"{_place(latest)} says latest" if latest else because
        choice = _Choice(candidate=pool[0], because=said)
    too_new = (
        f"{entry.version}: too new, many distributions have no wheels for it yet"
        for entry in best
        if entry not in pool
    )
    return replace(choice, instead_of=(*too_new, *choice.instead_of))


def _only_one(chosen: Candidate, weighed: Weighed) -> str:
    request = naming(chosen.version, weighed)
    if request is None:
        virtue = "is supported" if chosen.supported else "exists"
        return f"the only release{_within(weighed)} that {virtue}"
    place = "the setting `python`" if request.origin == SETTING else _place(request)
    return f"{place} says {request.spelled}"


def _with_wheels(
    pool: tuple[Candidate, ...], found: tuple[Candidate, ...], weighed: Weighed, wheels: _Wheels
) -> _Choice:
    # What must be compiled takes minutes in every build: an older Python is the smaller evil.
    versions = tuple(entry.version for entry in found if entry.kind in ("floating", "exact"))
    refused: list[str] = []
    counts: list[tuple[int, int]] = []
    for entry in pool:
        obstacles = wheels.against(entry.version, versions)
        if not obstacles:
            after = f" ({refused[0]})" if refused else ""
            because = f"the newest release{_within(weighed)} for which nothing with wheels "
            because += f"elsewhere must be compiled{after}"
            return _Choice(candidate=entry, because=because, instead_of=tuple(refused))
        refused.append(f"{entry.version}: {_hindrance(obstacles)}")
        counts.append((sum(missing for _, missing in obstacles), len(obstacles)))
    # Of equals the oldest is nearest to the wheels that there are: what must be compiled is most
    # likely to compile there.
    place = max(index for index, count in enumerate(counts) if count == min(counts))
    notice = Notice(
        code="python-old-wheels",
        text=f"no supported Python has wheels for all of the lock: on {refused[place]}",
        remedy="update the lock (`dockwright lock --update`), or name the Python yourself",
    )
    return _Choice(
        candidate=pool[place],
        because=f"the release{_within(weighed)} with the fewest obstacles: {refused.pop(place)}",
        instead_of=tuple(refused),
        notices=(notice,),
    )


def _hindrance(obstacles: _Obstacles) -> str:
    missing = sorted({name for name, is_missing in obstacles if is_missing})
    names = missing or sorted({name for name, _ in obstacles})
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    what = "cannot be used" if missing else "would be compiled"
    return f"{', '.join(names[:_FEW])}{more} {what}"


def _within(weighed: Weighed) -> str:
    # Manifest, lock and setup.cfg often say the same: the first place is enough.
    first: dict[str, RequestedPython] = {}
    for request in weighed.kept:
        if request.specifier:
            first.setdefault(request.specifier, request)
    ranges = " and ".join(f"{one.spelled} ({_place(one)})" for one in first.values())
    return f" in {ranges}" if ranges else ""


def _place(request: RequestedPython) -> str:
    # File and line are enough: the key stands in the evidence.
    return str(replace(request.origin, key=None))


def _notices(chosen: Candidate, weighed: Weighed) -> tuple[Notice, ...]:
    # Each stands at the place that asks for this Python: there the owner changes it.
    request = naming(chosen.version, weighed) or next(iter(weighed.kept), None)
    origin = request.origin if request else None
    return tuple(
        Notice(code=code, text=text, origin=origin, remedy=remedy)
        for code, text, remedy in _told(chosen, asked=request is not None)
    )


def _told(chosen: Candidate, *, asked: bool) -> Iterator[tuple[str, str, str]]:
    release, version = chosen.release, chosen.version
    if release and release.status == END_OF_LIFE:
        text = f"Python {release.version} reached its end of life on {release.end_of_life}: "
        remedy = "move to a supported release; until then the image is as you asked for it"
        yield "python-end-of-life", text + "it gets no security fixes", remedy
    if release and chosen.kind == "exact":
        behind = numbers(release.newest)[2] - numbers(version)[2]
        text = f"Python {version} lacks the fixes of {behind} later patch releases"
        remedy = f"name {release.version}, so that every build takes the newest patch"
        yield "python-old-patch", text, remedy
    if chosen.kind == "prerelease":
        text = f"Python {version} was not released as of {as_of()}: the image has a pre-release"
        yield "python-prerelease", text, "use a released version in production"
    elif chosen.kind in ("unknown", "future"):
        text = f"Python {version} is newer than the table of this Dockwright ({as_of()})"
        yield "python-unknown", text, "check the spelling, or update Dockwright"
    if not asked:
        remedy = f"write {version} into .python-version, or a range into the manifest"
        text = f"no file says which Python the project wants: {version} is taken"
        yield "python-no-source", text, remedy
