"""Which Python the image gets: the wishes of all sources, then the wheels of the lock. docs/python.md says it for users."""

from dockwright.decide.python_notices import no_source, notices_about
from dockwright.decide.python_ranges import Candidate, candidates
from dockwright.decide.python_releases import default_release, numbers
from dockwright.decide.python_wheels import Obstacle, Wheels, obstacles
from dockwright.decide.python_wishes import SETTING, Weighed, naming, unsatisfiable, weigh
from dockwright.decide.tags import Libc
from dockwright.decide.wheels import PLATFORMS
from dockwright.model.dependencies import LockedDistribution
from dockwright.model.manager import Manager
from dockwright.model.origin import Decision, Notice
from dockwright.model.python import PythonRelease, RequestedPython
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

DEFAULT_LIBC: Libc = ("glibc", 2, 41)
_FEW = 4


@record
class _Choice:
    candidate: Candidate
    because: str
    instead_of: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


def choose_python(
    requested: tuple[RequestedPython, ...],
    settings: Settings,
    distributions: tuple[LockedDistribution, ...] = (),
    *,
    manager: Manager | None = None,
    libc: Libc = DEFAULT_LIBC,
) -> tuple[Decision[PythonRelease], tuple[str, ...], tuple[Notice, ...]]:
    """Return the Python of the image, the contradictions that were overruled, and the notices.

    `distributions` are those that production installs (production_distributions without a Python), `manager` the one that
    was chosen: manifests of others only hint. Age is judged against the table's own date, so the answer is the same on any
    day. Raises PythonConflictError, PythonUnsupportedError, UsageError.
    """
    weighed = weigh(requested, settings, manager)
    found = candidates(weighed.specifiers, weighed.named)
    if not found:
        raise unsatisfiable(weighed.kept[0])
    wheels = Wheels(
        distributions, libc, settings.platforms or PLATFORMS, settings.extras, settings.wheels
    )
    choice = _choose(found, weighed, wheels)
    chosen = choice.candidate
    notices = (*weighed.notices, *notices_about(chosen, weighed), *choice.notices)
    if not weighed.kept:
        notices = (*notices, no_source(chosen))
    decision = Decision(
        value=_release(chosen, settings),
        because=choice.because,
        evidence=tuple(
            dict.fromkeys(wish.origin for wish in weighed.kept if wish.origin != SETTING)
        ),
        instead_of=choice.instead_of,
    )
    return decision, weighed.conflicts, notices


def _release(chosen: Candidate, settings: Settings) -> PythonRelease:
    release = chosen.release
    exact_tag = (
        settings.python if chosen.kind == "prerelease" and settings.python.count(".") == 2 else ""
    )
    return PythonRelease(
        version=exact_tag or chosen.version,
        end_of_life=release.end_of_life if release else "",
        prerelease=chosen.kind == "prerelease",
    )


def _choose(found: tuple[Candidate, ...], weighed: Weighed, wheels: Wheels) -> _Choice:
    best = _best_class(found)
    pool = best if wheels.named_by_lock else _proven(best, weighed)
    if len(best) == 1:
        return _Choice(candidate=best[0], because=_only_one(best[0], weighed))
    too_new = tuple(
        f"{entry.version}: too new, many distributions have no wheels for it yet"
        for entry in best
        if entry not in pool
    )
    told = wheels.known or wheels.tell_against(tuple(entry.minor for entry in pool))
    choice = _with_wheels(pool, found, weighed, wheels) if told else _without_wheels(pool, weighed)
    return replace(choice, instead_of=(*too_new, *choice.instead_of))


def _proven(pool: tuple[Candidate, ...], weighed: Weighed) -> tuple[Candidate, ...]:
    """Leave out releases that are newer than the default: where the lock names no files, nothing speaks for them.

    What an index told does not change that, or a run without it would choose differently. `latest` means what it says.
    """
    if any(wish.spelled == "latest" for wish in weighed.kept):
        return pool
    limit = numbers(default_release())
    return tuple(entry for entry in pool if numbers(entry.minor) <= limit) or pool[-1:]


def _best_class(found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the candidates of the best kind there is: supported ones that get patches first, unheard-of ones last."""
    floating = tuple(entry for entry in found if entry.kind == "floating")
    supported = tuple(entry for entry in floating if entry.supported)
    exact = tuple(entry for entry in found if entry.kind == "exact")
    return supported or floating or exact or found


def _only_one(chosen: Candidate, weighed: Weighed) -> str:
    wish = naming(chosen.version, weighed)
    if wish:
        return f"{'the setting `python`' if wish.origin == SETTING else _place(wish)} says {wish.spelled}"
    return f"the only release in {_ranges(weighed)} that {_virtue(chosen)}"


def _virtue(chosen: Candidate) -> str:
    if chosen.kind == "floating":
        return "is supported" if chosen.supported else "exists"
    return "exists"


def _without_wheels(pool: tuple[Candidate, ...], weighed: Weighed) -> _Choice:
    latest = next((wish for wish in weighed.kept if wish.spelled == "latest"), None)
    because = (
        f"{_place(latest)} says latest"
        if latest
        else f"the newest release{_within(weighed)} that nearly every distribution has wheels for (no lock here names its files)"
    )
    return _Choice(candidate=pool[0], because=because)


def _with_wheels(
    pool: tuple[Candidate, ...], found: tuple[Candidate, ...], weighed: Weighed, wheels: Wheels
) -> _Choice:
    versions = tuple(entry.version for entry in found if entry.kind in ("floating", "exact"))
    refused: list[str] = []
    hindered: list[tuple[Obstacle, ...]] = []
    for entry in pool:
        obstacles_here = obstacles(wheels, entry.version, versions)
        if not obstacles_here:
            return _Choice(
                candidate=entry,
                because=_newest(entry, weighed, wheels, refused),
                instead_of=tuple(refused),
            )
        refused.append(f"{entry.version}: {_hindrance(obstacles_here)}")
        hindered.append(obstacles_here)
    return _least_evil(pool, hindered, refused, weighed)


def _least_evil(
    pool: tuple[Candidate, ...],
    hindered: list[tuple[Obstacle, ...]],
    refused: list[str],
    weighed: Weighed,
) -> _Choice:
    """Choose where every release has something against it: the fewest obstacles, of equals the oldest release.

    The oldest is nearest to the wheels that there are, so what must be compiled is most likely to compile there.
    """
    counts = [(sum(each.kind == "none" for each in here), len(here)) for here in hindered]
    place = max(index for index, count in enumerate(counts) if count == min(counts))
    text = _hindrance(hindered[place])
    notice = Notice(
        code="python-old-wheels",
        text=f"no supported Python has wheels for all of the lock: on {pool[place].version} {text}",
        remedy="update the lock (`dockwright lock --update`), or name the Python yourself",
    )
    return _Choice(
        candidate=pool[place],
        because=f"the release{_within(weighed)} with the fewest obstacles: {text}",
        instead_of=tuple(other for index, other in enumerate(refused) if index != place),
        notices=(notice,),
    )


def _newest(entry: Candidate, weighed: Weighed, wheels: Wheels, refused: list[str]) -> str:
    if not refused:
        word = (
            "newest supported release"
            if entry.supported and wheels.named_by_lock
            else "newest release"
        )
        return f"the {word}{_within(weighed)}, and nothing with wheels elsewhere must be compiled for it"
    return f"the newest release{_within(weighed)} for which nothing with wheels elsewhere must be compiled ({refused[0]})"


def _hindrance(hindered: tuple[Obstacle, ...]) -> str:
    missing = sorted({each.name for each in hindered if each.kind == "none"})
    if missing:
        return f"{_few(missing)} cannot be installed"
    return f"{_few(sorted({each.name for each in hindered}))} would be compiled"


def _few(names: list[str]) -> str:
    more = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {more} more" if more > 0 else "")


def _within(weighed: Weighed) -> str:
    ranges = _ranges(weighed)
    return f" in {ranges}" if ranges else ""


def _ranges(weighed: Weighed) -> str:
    """Return the ranges that count, each once, with the first place that says it."""
    spelled = {wish.specifier: wish for wish in reversed(weighed.kept) if wish.specifier}
    return " and ".join(f"{wish.spelled} ({_place(wish)})" for wish in reversed(spelled.values()))


def _place(wish: RequestedPython) -> str:
    """Return file and line; the key stands in the evidence."""
    return str(replace(wish.origin, key=None))
