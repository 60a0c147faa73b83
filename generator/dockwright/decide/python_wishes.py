"""Weighs what the project's files ask for against each other: who binds, who gives way, who contradicts whom."""

from collections.abc import Sequence

from dockwright.decide.python_ranges import candidates
from dockwright.decide.python_releases import (
    as_of,
    cannot_exist,
    minor_of,
    release_of,
    releases,
    retired,
)
from dockwright.errors import PythonConflictError, PythonUnsupportedError, UsageError
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.pattern import Pattern
from dockwright.model.python import RequestedPython
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

SETTING = Origin(path="settings", key="python")
_SETTING = Pattern(r"^(\d+\.\d+)(\.\d+)?((?:a|b|c|rc)\d*)?$")


@record
class Weighed:
    """The wishes that count, in the order of their weight, and what was said on the way."""

    kept: tuple[RequestedPython, ...]
    conflicts: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def specifiers(self) -> tuple[str, ...]:
        """All specifiers that count."""
        return _specifiers(self.kept)

    @property
    def named(self) -> tuple[str, ...]:
        """The versions that were written out."""
        return _named(self.kept)

    def with_wish(self, wish: RequestedPython) -> "Weighed":
        """Return this with one more wish that counts."""
        return replace(self, kept=(*self.kept, wish))

    def without(self, wish: RequestedPython, notice: Notice) -> "Weighed":
        """Return this with a wish that gives way."""
        text = f"{_said(wish)} contradicts {_said(_against(wish, self.kept)[0])}"
        return replace(self, conflicts=(*self.conflicts, text), notices=(*self.notices, notice))


def weigh(
    requested: tuple[RequestedPython, ...], settings: Settings, manager: Manager | None
) -> Weighed:
    """Return the wishes that count.

    A manifest's range binds, then the setting, the lock, `.python-version`; the files of other tools give way. Raises
    PythonConflictError where two that bind contradict each other, PythonUnsupportedError where one lets nothing in.
    """
    asked = _asked(settings)
    binding, locks, pins, hints = _sorted(requested, settings, manager)
    # A tag that cannot be there would fail at the build only.
    for wish in (asked,) if asked else (*binding, *locks, *pins):
        if wish.exact and cannot_exist(wish.exact):
            raise unsatisfiable(wish)
    weighed = _bind(binding, asked)
    for lock in locks:
        weighed = _lock(weighed, lock)
    if asked:
        weighed = _settle(weighed, asked, force=settings.force)
    for pin in pins:
        weighed = _pin(weighed, pin, asked)
    settled = bool(asked or pins)
    for hint in hints:
        weighed = _hint(weighed, hint, settled=settled)
    return weighed


def _sorted(
    requested: tuple[RequestedPython, ...], settings: Settings, manager: Manager | None
) -> tuple[list[RequestedPython], ...]:
    """Return what binds, locks, pins and hints. Another manager's manifest is a left-over: it only hints."""
    binding, locks, pins, hints = [], [], [], []
    locked = settings.strategy not in ("relock", "update")
    for wish in requested:
        ours = manager is None or wish.manager in (None, manager)
        if wish.strength == "range" and ours:
            binding.append(wish)
        elif wish.strength == "lock":
            locks += [wish] if ours and locked else []
        elif wish.strength == "pin":
            pins.append(wish)
        else:
            hints.append(wish)
    # Files that tools keep up to date before those that somebody once compiled, left-overs last.
    hints.sort(key=lambda wish: (wish.strength != "hint", wish.manager is not None))
    return binding, locks, pins, hints


def naming(version: str, weighed: Weighed) -> RequestedPython | None:
    """Return the wish that names `version` most exactly: the setting before files, manifests before their locks."""
    named = [
        wish for wish in weighed.kept if wish.exact and f"{version}.".startswith(f"{wish.exact}.")
    ]
    order = ("lock", "hint", "pin", "range")
    return max(
        named,
        key=lambda wish: (
            wish.origin == SETTING,
            wish.exact.count("."),
            order.index(wish.strength),
        ),
        default=None,
    )


def _asked(settings: Settings) -> RequestedPython | None:
    if not settings.python:
        return None
    found = _SETTING.match(settings.python)
    if not found:
        raise UsageError(
            f"`{settings.python}` is not a version of Python",
            rule="the setting `python` is one release, X.Y or X.Y.Z",
            steps=("write one release; a range belongs into the manifest",),
            example="dockwright generate --set python=3.13",
        )
    minor, patch, prerelease = found.groups()
    exact = minor if prerelease or not patch else f"{minor}{patch}"
    specifier = f"=={exact}" if exact.count(".") == 2 else f"=={exact}.*"
    return RequestedPython(
        specifier=specifier, spelled=settings.python, origin=SETTING, exact=exact, strength="pin"
    )


def _bind(binding: list[RequestedPython], asked: RequestedPython | None) -> Weighed:
    for wish in binding:
        if not _possible([wish], asked):
            raise unsatisfiable(wish)
    if _possible(binding, asked):
        return Weighed(kept=tuple(binding))
    pair = next(
        (
            (a, b)
            for i, a in enumerate(binding)
            for b in binding[i + 1 :]
            if not _possible([a, b], asked)
        ),
        None,
    )
    if asked is None:
        raise _conflict(pair or tuple(binding))
    kept = tuple(wish for wish in binding if _possible([wish, asked], asked))
    dropped = tuple(wish for wish in binding if wish not in kept)
    return Weighed(
        kept=kept,
        conflicts=(f"{_listed(pair or tuple(binding))} contradict each other",),
        notices=tuple(_gives_way(wish, "the setting `python` decides") for wish in dropped),
    )


def _lock(weighed: Weighed, lock: RequestedPython) -> Weighed:
    if _agree(weighed, lock):
        return weighed.with_wish(lock)
    if not weighed.kept:
        raise unsatisfiable(lock)
    return weighed.without(lock, _lock_differs(lock))


def _settle(weighed: Weighed, asked: RequestedPython, *, force: bool) -> Weighed:
    if _agree(weighed, asked):
        return weighed.with_wish(asked)
    if not weighed.kept:
        raise unsatisfiable(asked)
    against = _against(asked, weighed.kept)
    if not force:
        raise _conflict((asked, *against))
    notices = tuple(_gives_way(wish, "the setting `force` is on") for wish in against)
    text = f"{_said(asked)} contradicts {_listed(against)}"
    kept = tuple(wish for wish in weighed.kept if wish not in against)
    return Weighed(
        kept=(*kept, asked),
        conflicts=(*weighed.conflicts, text),
        notices=(*weighed.notices, *notices),
    )


def _pin(weighed: Weighed, pin: RequestedPython, asked: RequestedPython | None) -> Weighed:
    if _agree(weighed, pin):
        return weighed if asked else weighed.with_wish(pin)
    if asked:
        return weighed.without(pin, _gives_way(pin, "the setting `python` decides"))
    if not weighed.kept:
        raise unsatisfiable(pin)
    raise _conflict((pin, *_against(pin, weighed.kept)))


def _hint(weighed: Weighed, hint: RequestedPython, *, settled: bool) -> Weighed:
    if _agree(weighed, hint):
        return weighed if settled else weighed.with_wish(hint)
    if not weighed.kept:
        raise unsatisfiable(hint)
    return weighed.without(
        hint, _gives_way(hint, f"{_said(_against(hint, weighed.kept)[0])} weighs more")
    )


def _agree(weighed: Weighed, wish: RequestedPython) -> bool:
    return _possible([*weighed.kept, wish], None)


def _possible(wishes: Sequence[RequestedPython], asked: RequestedPython | None) -> bool:
    named = _named(wishes) + ((asked.exact,) if asked else ())
    return bool(candidates(_specifiers(wishes), named))


def _against(
    wish: RequestedPython, others: tuple[RequestedPython, ...]
) -> tuple[RequestedPython, ...]:
    """Return those of `others` that cannot stand beside `wish`; all of them if only all together cannot."""
    return tuple(other for other in others if not _possible([wish, other], None)) or others


def _specifiers(wishes: Sequence[RequestedPython]) -> tuple[str, ...]:
    return tuple(wish.specifier for wish in wishes)


def _named(wishes: Sequence[RequestedPython]) -> tuple[str, ...]:
    return tuple(wish.exact for wish in wishes if wish.exact)


def _said(wish: RequestedPython) -> str:
    return f"`{wish.spelled}` ({wish.origin})"


def _listed(wishes: Sequence[RequestedPython]) -> str:
    return " and ".join(_said(wish) for wish in wishes)


def _gives_way(wish: RequestedPython, reason: str) -> Notice:
    return Notice(
        code="python-source-differs",
        text=f"`{wish.spelled}` is not followed: {reason}",
        origin=wish.origin,
        remedy=f"bring {wish.origin.path} up to date, or remove it",
    )


def _lock_differs(wish: RequestedPython) -> Notice:
    return Notice(
        code="python-lock-differs",
        text=f"the lock was made for Python `{wish.spelled}`, which the manifest does not allow",
        origin=wish.origin,
        remedy="lock again: `dockwright lock`",
    )


def _conflict(wishes: tuple[RequestedPython, ...]) -> PythonConflictError:
    version = releases()[0].version if not wishes else _suggestion(wishes)
    return PythonConflictError(
        "the sources of the Python version contradict each other",
        origin=wishes[0].origin,
        found=f"no release of Python satisfies {_listed(wishes)}",
        rule="a manifest's own range binds, its lock and .python-version must lie within it",
        steps=(
            "change one of the files that are named, so that they agree",
            "or settle it: `--set python=VERSION`; with `--set force=true` even against a range",
        ),
        example=f"dockwright generate --set python={version}",
    )


def _suggestion(wishes: tuple[RequestedPython, ...]) -> str:
    """Return a version that satisfies the wish that weighs most and can be satisfied at all."""
    order = {"range": 0, "lock": 1, "pin": 2, "hint": 3}
    for wish in sorted(wishes, key=lambda wish: order[wish.strength]):
        found = candidates((wish.specifier,), (wish.exact,) if wish.exact else ())
        best = next((entry for entry in found if entry.supported), found[0] if found else None)
        if best:
            return best.version
    return "3.13"


def unsatisfiable(wish: RequestedPython) -> PythonUnsupportedError:
    """Return the error for a single wish that no release satisfies, with the reason that fits it."""
    minor = minor_of(wish.exact) if wish.exact else ""
    ended = retired().get(minor)
    oldest, newest = releases()[-1].version, next(r for r in releases() if r.supported).version
    known = release_of(wish.exact) if wish.exact else None
    reason = f"as of {as_of()}, none of {oldest} to {newest} fits"
    if ended:
        reason = f"Python {minor} reached its end of life on {ended}"
    elif known and cannot_exist(wish.exact):
        reason = f"as of {as_of()}, the newest {minor} is {known.newest}"
    return PythonUnsupportedError(
        f"no Python that can be used satisfies `{wish.spelled}`",
        origin=wish.origin,
        found=reason,
        rule=f"an image can be made for Python {oldest} and later",
        steps=(
            "change the range or the version that is named",
            "or say which Python the image shall have: `--set python=VERSION`, where no manifest forbids it",
        ),
        example=f"dockwright generate --set python={newest}",
    )
