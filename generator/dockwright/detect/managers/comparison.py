"""Manifest and lock compared: one way for all managers, offline, without the managers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dockwright.detect.managers.markers import allows, equivalent, same_python
from dockwright.detect.managers.requirement import split_reference
from dockwright.detect.tree import ProjectTree
from dockwright.errors import redact
from dockwright.model import dependencies as model
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import record

# What the manifest has and the lock has not, the reverse, and what both have, differently.
KINDS = ("added", "removed", "changed")
USER_IN_URL = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/\s'\"]+)@(?P<host>[^/\s'\":#@]+)"


class Findings:
    """Differences make a lock stale; doubts leave it unknown where nothing else is wrong."""

    def __init__(self) -> None:
        self._differences: dict[model.Disagreement, None] = {}
        self._doubts: dict[str, None] = {}
        self._reasons: dict[str, None] = {}

    def note(self, kind: str, name: str, text: str, origin: Origin | None = None) -> None:
        """Note a difference of one of the KINDS, as seen from the lock."""
        found = model.Disagreement(kind=kind, name=name, text=redact(text), origin=origin)
        self._differences[found] = None

    def stale(self, reason: str) -> None:
        """Note in one sentence why the lock is stale where that is no single entry."""
        self._reasons[reason] = None

    def doubt(self, text: str) -> None:
        """Note in one sentence what only the manager itself can compare."""
        self._doubts[text] = None

    @property
    def disagreements(self) -> tuple[model.Disagreement, ...]:
        """The differences in the order in which they were found, each once."""
        return tuple(self._differences)

    @property
    def state(self) -> model.LockState:
        """Stale if anything differs, unknown if there is only doubt, else fresh."""
        if self._differences or self._reasons:
            return model.LockState.STALE
        return model.LockState.UNKNOWN if self._doubts else model.LockState.FRESH

    def because(self, fresh: str) -> tuple[str, ...]:
        """Return the reasons as sentences, `fresh` where nothing was found."""
        if self.state is not model.LockState.STALE:
            return tuple(self._doubts) or (fresh,)
        if len(self._differences) == 1:
            return (*self._reasons, *(found.text for found in self._differences))
        # Several differences are only counted: `disagreements` has their texts.
        counted = (summary(self.disagreements, 0),) if self._differences else ()
        return (*self._reasons, *counted)


@record
class Copy:
    """A requirement as uv copies it into its lock, and the index that it names ("" for none)."""

    requirement: model.Requirement
    index: str = ""


def compare_with_locked(
    requirements: Iterable[model.Requirement],
    locked: Iterable[model.LockedDistribution],
    path: str,
    findings: Findings,
) -> None:
    """Note the requirements for which the lock at `path` has nothing, or nothing that fits."""
    by_name: dict[str, list[model.LockedDistribution]] = {}
    for found in locked:
        by_name.setdefault(found.name, []).append(found)
    # One that stands in several extras or groups is noted once.
    for one in {(one.name, one.origin, one.specifier): one for one in requirements}.values():
        faults = [misfit(one, found) for found in by_name.get(one.name, ())]
        text = f"{asked(one)} is asked for"
        if not faults:
            findings.note("added", one.name, f"{text} and not in {path}", one.origin)
        elif "" not in faults:
            findings.note("changed", one.name, f"{text}, {faults[0]}", one.origin)


def misfit(requirement: model.Requirement, locked: model.LockedDistribution) -> str:
    """Return how a locked distribution fails a requirement, "" where it fits."""
    if requirement.source is not locked.source:
        place = locked.reference or (locked.index and f"the index {locked.index}")
        return f"the lock has it from {place or 'the package index'}"
    lost = set(requirement.extras) - set(locked.extras)
    # Many locks name no extras; only one that names some is held to them.
    if lost and locked.extras:
        return f"the lock has it without [{','.join(sorted(lost))}]"
    if requirement.source is model.SourceKind.REGISTRY:
        fits = allows(requirement.specifier, locked.version)
        return "" if fits else f"{locked.version} is locked"
    places = [one.reference.partition("#")[0] for one in (requirement, locked)]
    if requirement.source is model.SourceKind.GIT:
        # The lock has the commit where the manifest names a branch: only the manager compares them.
        places = [split_reference(place)[0] for place in places]
    return "" if places[0] == places[1] else f"{locked.reference} is locked"


def compare_unneeded(unneeded: Sequence[model.LockedDistribution], findings: Findings) -> None:
    """Note what no requirement leads to, without what only came along with another one of it."""
    carried = {name for one in unneeded for name in one.depends_on if name != one.name}
    for one in [one for one in unneeded if one.name not in carried] or unneeded:
        text = f"{one.name} {one.version} is locked, and nothing asks for it any more"
        findings.note("removed", one.name, text, one.origin)


def compare_names(
    kind: str, wanted: Mapping[str, Origin], locked: Mapping[str, Origin], path: str, to: Findings
) -> None:
    """Note the extras or groups (`kind`) that only one of manifest and lock has."""
    for name in sorted(wanted.keys() - locked.keys()):
        to.note("added", name, f"the {kind} {name} is not in {path}", wanted[name])
    for name in sorted(locked.keys() - wanted.keys()):
        to.note("removed", name, f"the {kind} {name} is in {path} only", locked[name])


def compare_python(wanted: Sourced[str] | None, locked: str, findings: Findings) -> None:
    """Note where the Python range (PEP 440) is not that of the lock; "" is one it does not say."""
    try:
        same = wanted is None or not locked or same_python(wanted.value, locked)
    except InvalidSpecifier as error:
        findings.doubt(f"the range of Python cannot be read: {error}")
        return
    if wanted is not None and not same:
        text = f"Python {wanted.value} is asked for, the lock was made for {locked}"
        findings.note("changed", "requires-python", text, wanted.origin)


def compare_copies(
    where: str, wanted: Iterable[Copy], locked: Iterable[Copy], python: str, findings: Findings
) -> None:
    """Compare a list of requirements with the copy in the lock; `where` names it for people."""
    suffix = "" if where == "requirements" else f" (in {where})"
    names: dict[str, tuple[list[Copy], list[Copy]]] = {}
    for side, copies in enumerate((wanted, locked)):
        for one in copies:
            names.setdefault(one.requirement.name, ([], []))[side].append(one)
    for name, (mine, others) in sorted(names.items()):
        if not others:
            text = f"{asked(mine[0].requirement, mine[0].index)}{suffix} is not in the lock"
            findings.note("added", name, text, mine[0].requirement.origin)
        elif not mine:
            shown = asked(others[0].requirement, others[0].index)
            text = f"the lock has {shown}{suffix}, the manifest has not"
            findings.note("removed", name, text, others[0].requirement.origin)
        else:
            _compare_entries(mine, others, suffix, python, findings)


def _compare_entries(
    mine: list[Copy], others: list[Copy], suffix: str, python: str, findings: Findings
) -> None:
    # Every entry must have an equal one on the other side.
    same = [[_same(one, other, python) for other in others] for one in mine]
    of_mine = [_best(row) for row in same]
    of_others = [_best(column) for column in zip(*same, strict=True)]
    if False in of_mine or False in of_others:
        one = mine[of_mine.index(False) if False in of_mine else 0]
        other = others[of_others.index(False) if False in of_others else 0]
        text = f"the manifest asks for {asked(one.requirement, one.index)}{suffix}"
        text += f", the lock was made for {asked(other.requirement, other.index)}"
        findings.note("changed", one.requirement.name, text, one.requirement.origin)
    elif None in of_mine or None in of_others:
        name = f"{mine[0].requirement.name}{suffix}"
        findings.doubt(f"the markers of {name} can only be compared by the manager itself")


def _same(one: Copy, other: Copy, python: str) -> bool | None:
    first, second = one.requirement, other.requirement
    if one.index != other.index or any(
        getattr(first, name) != getattr(second, name)
        for name in ("extras", "source", "reference", "editable")
    ):
        return False
    if SpecifierSet(first.specifier) != SpecifierSet(second.specifier):
        return False
    return equivalent(first.marker, second.marker, python)


def _best(answers: Sequence[bool | None]) -> bool | None:
    return True if True in answers else (None if None in answers else False)


def asked(one: model.Requirement, index: str = "") -> str:
    """Return a requirement as people write it, with its index, marker and group."""
    extras = f"[{','.join(one.extras)}]" if one.extras else ""
    place = f" from {index or one.reference}" if index or one.reference else ""
    marker = f" ; {one.marker}" if one.marker else ""
    group = "" if one.group == model.MAIN else f" ({one.group})"
    return f"{one.name}{extras}{one.specifier}{place}{marker}{group}"


def summary(disagreements: Sequence[model.Disagreement], requirements: int) -> str:
    """Return in one sentence how much of a stale lock differs from so many requirements."""
    if not disagreements:
        return (
            "no entry contradicts the lock: one was removed, or only a constraint, marker, extra,"
            " group or source was edited"
        )
    counts = Counter(one.kind for one in disagreements)
    if requirements > 2 and counts["added"] * 5 >= requirements * 4:
        return (
            f"{counts['added']} of the {requirements} entries of the manifest are not in it:"
            " it looks like the lock of another project"
        )
    parts = ", ".join(f"{counts[one]} {one}" for one in KINDS if counts[one])
    noun = "1 entry" if len(disagreements) == 1 else f"{len(disagreements)} entries"
    return f"seen from the lock, {noun} of the manifest no longer fit: {parts}"


def credential_notices(tree: ProjectTree, *paths: str) -> Iterator[Notice]:
    """Yield a notice for each line whose URL holds a user or password in plain text."""
    texts = {path: tree.optional_text(path) or "" for path in paths}
    lines = ((path, *one) for path in texts for one in enumerate(texts[path].split("\n"), 1))
    for path, number, line in lines:
        is_url = "@" in line and not line.lstrip().startswith("#")
        match = re.search(USER_IN_URL, line) if is_url else None
        user, _, password = match["user"].partition(":") if match else ("", "", "")
        plain = [part for part in (user, password) if part and not part.startswith("$")]
        # The user of an ssh URL is part of the address.
        if match and plain and (password or "ssh" not in match["scheme"].lower()):
            yield Notice(
                code="credentials-in-manifest",
                text=f"the address at {match['host']} holds credentials in plain text,"
                f" and so does every copy of {path}",
                origin=Origin(path=path, line=number),
                remedy="change them, and read them from the environment:"
                " https://${INDEX_USER}:${INDEX_PASSWORD}@...",
            )
