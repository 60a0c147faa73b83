"""Manifest and lock compared: one way for all managers, offline, without the managers.

Most locks only hold versions, so each requirement is compared with what is locked for it. uv
copies the requirements themselves into its lock, so the two lists are compared entry by entry.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dockwright.detect.managers.markers import allows, equivalent, same_python
from dockwright.detect.managers.requirement import split_reference
from dockwright.detect.managers.toml import dig
from dockwright.detect.tree import ProjectTree
from dockwright.errors import LockFormatError, LoneLockError, redact
from dockwright.model.dependencies import (
    MAIN,
    Disagreement,
    LockedDistribution,
    LockState,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import record

KINDS = ("added", "removed", "changed")
USER_IN_URL = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<user>[^/\s'\"]+)@(?P<host>[^/\s'\":#@]+)"


class Findings:
    """Differences make a lock stale; doubts leave it unknown where nothing else is wrong."""

    def __init__(self) -> None:
        self._differences: dict[Disagreement, None] = {}
        self._doubts: dict[str, None] = {}
        self._reasons: dict[str, None] = {}

    def added(self, name: str, text: str, origin: Origin | None = None) -> None:
        """Note what the manifest has and the lock has not."""
        self._note("added", name, text, origin)

    def removed(self, name: str, text: str, origin: Origin | None = None) -> None:
        """Note what the lock has and the manifest has not."""
        self._note("removed", name, text, origin)

    def changed(self, name: str, text: str, origin: Origin | None = None) -> None:
        """Note what both have, differently."""
        self._note("changed", name, text, origin)

    def stale(self, reason: str) -> None:
        """Note in one sentence why the lock is stale where that is no single entry."""
        self._reasons[reason] = None

    def doubt(self, text: str) -> None:
        """Note in one sentence what only the manager itself can compare."""
        self._doubts[text] = None

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """The differences in the order in which they were found, each once."""
        return tuple(self._differences)

    @property
    def state(self) -> LockState:
        """Stale if anything differs, unknown if there is only doubt, else fresh."""
        if self._differences or self._reasons:
            return LockState.STALE
        return LockState.UNKNOWN if self._doubts else LockState.FRESH

    def because(self, fresh: str) -> tuple[str, ...]:
        """Return the reasons as sentences, `fresh` where nothing was found.

        Several differences are only counted: `disagreements` has their texts.
        """
        if self.state is not LockState.STALE:
            return tuple(self._doubts) or (fresh,)
        if len(self._differences) == 1:
            return (*self._reasons, *(found.text for found in self._differences))
        counted = (summary(self.disagreements, 0),) if self._differences else ()
        return (*self._reasons, *counted)

    def _note(self, kind: str, name: str, text: str, origin: Origin | None) -> None:
        found = Disagreement(kind=kind, name=name, text=redact(text), origin=origin)
        self._differences[found] = None


@record
class Copy:
    """A requirement as uv copies it into its lock, and the index that it names ("" for none)."""

    requirement: Requirement
    index: str = ""


def compare_with_locked(
    requirements: Iterable[Requirement],
    candidates: Callable[[Requirement], Sequence[LockedDistribution]],
    path: str,
    findings: Findings,
) -> None:
    """Note the requirements for which the lock at `path` has nothing, or nothing that fits.

    `candidates` are the locked distributions that may answer a requirement. One that stands in
    several extras or groups is noted once.
    """
    for one in {(one.name, one.origin, one.specifier): one for one in requirements}.values():
        locked = candidates(one)
        faults = [misfit(one, found) for found in locked]
        if not locked:
            findings.added(one.name, f"{asked(one)} is asked for and not in {path}", one.origin)
        elif "" not in faults:
            findings.changed(one.name, f"{asked(one)} is asked for, {faults[0]}", one.origin)


def misfit(requirement: Requirement, locked: LockedDistribution) -> str:
    """Return how a locked distribution fails a requirement, "" where it fits."""
    if requirement.source is not locked.source:
        place = locked.reference or (locked.index and f"the index {locked.index}")
        return f"the lock has it from {place or 'the package index'}"
    if requirement.source is SourceKind.REGISTRY:
        fits = allows(requirement.specifier, locked.version)
        return "" if fits else f"{locked.version} is locked"
    if requirement.source is SourceKind.GIT:
        # The lock has the commit where the manifest names a branch: only the manager compares them.
        same = split_reference(requirement.reference)[0] == split_reference(locked.reference)[0]
    else:
        same = requirement.reference == locked.reference
    return "" if same else f"{locked.reference} is locked"


def compare_unneeded(unneeded: Sequence[LockedDistribution], findings: Findings) -> None:
    """Note what no requirement leads to, without what only came along with another one of it."""
    carried = {name for one in unneeded for name in one.depends_on if name != one.name}
    for one in [one for one in unneeded if one.name not in carried] or unneeded:
        text = f"{one.name} {one.version} is locked, and nothing asks for it any more"
        findings.removed(one.name, text, one.origin)


def compare_names(
    kind: str, wanted: Mapping[str, Origin], locked: Mapping[str, Origin], path: str, to: Findings
) -> None:
    """Note the extras or groups (`kind`) that only one of manifest and lock has."""
    for name in sorted(wanted.keys() - locked.keys()):
        to.added(name, f"the {kind} {name} is not in {path}", wanted[name])
    for name in sorted(locked.keys() - wanted.keys()):
        to.removed(name, f"the {kind} {name} is in {path} only", locked[name])


def compare_python(wanted: Sourced[str] | None, locked: str, findings: Findings) -> None:
    """Note where the Python range (PEP 440) is not that of the lock; "" is one it does not say."""
    try:
        same = wanted is None or not locked or same_python(wanted.value, locked)
    except InvalidSpecifier:
        return
    if wanted is not None and not same:
        text = f"Python {wanted.value} is asked for, the lock was made for {locked}"
        findings.changed("requires-python", text, wanted.origin)


def compare_copies(
    where: str, wanted: Iterable[Copy], locked: Iterable[Copy], python: str, findings: Findings
) -> None:
    """Compare a list of requirements with the copy in the lock; `where` names it for people."""
    suffix = "" if where == "requirements" else f" (in {where})"
    ours, theirs = _by_name(wanted), _by_name(locked)
    for name in sorted({*ours, *theirs}):
        mine, others = ours.get(name, []), theirs.get(name, [])
        if not others:
            text = f"{asked(mine[0].requirement, mine[0].index)}{suffix} is not in the lock"
            findings.added(name, text, mine[0].requirement.origin)
        elif not mine:
            shown = asked(others[0].requirement, others[0].index)
            text = f"the lock has {shown}{suffix}, the manifest has not"
            findings.removed(name, text, others[0].requirement.origin)
        else:
            _compare_entries(mine, others, suffix, python, findings)


def _compare_entries(
    mine: list[Copy], others: list[Copy], suffix: str, python: str, findings: Findings
) -> None:
    """Every entry must have an equal one on the other side."""
    same = [[_same(one, other, python) for other in others] for one in mine]
    of_mine = [_best(row) for row in same]
    of_others = [_best(column) for column in zip(*same, strict=True)]
    if False in of_mine or False in of_others:
        one = mine[of_mine.index(False) if False in of_mine else 0]
        other = others[of_others.index(False) if False in of_others else 0]
        text = f"the manifest asks for {asked(one.requirement, one.index)}{suffix}"
        text += f", the lock was made for {asked(other.requirement, other.index)}"
        findings.changed(one.requirement.name, text, one.requirement.origin)
    elif None in of_mine or None in of_others:
        name = f"{mine[0].requirement.name}{suffix}"
        findings.doubt(f"the markers of {name} can only be compared by the manager itself")


def _same(one: Copy, other: Copy, python: str) -> bool | None:
    first, second = one.requirement, other.requirement
    if (first.extras, first.source, first.reference, first.editable, one.index) != (
        second.extras,
        second.source,
        second.reference,
        second.editable,
        other.index,
    ) or SpecifierSet(first.specifier) != SpecifierSet(second.specifier):
        return False
    return equivalent(first.marker, second.marker, python)


def _best(answers: Sequence[bool | None]) -> bool | None:
    return True if True in answers else (None if None in answers else False)


def _by_name(copies: Iterable[Copy]) -> dict[str, list[Copy]]:
    found: dict[str, list[Copy]] = {}
    for one in copies:
        found.setdefault(one.requirement.name, []).append(one)
    return found


def asked(one: Requirement, index: str = "") -> str:
    """Return a requirement as people write it, with its index, marker and group."""
    extras = f"[{','.join(one.extras)}]" if one.extras else ""
    place = f" from {index or one.reference}" if index or one.reference else ""
    marker = f" ; {one.marker}" if one.marker else ""
    group = "" if one.group == MAIN else f" ({one.group})"
    return f"{one.name}{extras}{one.specifier}{place}{marker}{group}"


def summary(disagreements: Sequence[Disagreement], requirements: int) -> str:
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


def lone_lock(lock: str, manifest: str) -> LoneLockError:
    """Return the error for `lock` without `manifest`."""
    return LoneLockError(
        f"{lock} stands here without its {manifest}",
        origin=Origin(path=lock),
        rule=f"a lock says how to install what {manifest} asks for; alone it cannot be checked,"
        " and no manager installs it",
        steps=(
            f"restore {manifest} from version control",
            f"or remove {lock} if the project has another manager now",
        ),
        example=f"git checkout HEAD -- {manifest}",
    )


def damaged_lock(path: str, what: str, line: int | None = None) -> LockFormatError:
    """Return the error for a lock that its manager did not write like this."""
    return LockFormatError(
        f"{path} is damaged: {what}",
        origin=Origin(path=path, line=line),
        rule="a lock is written by its manager and not by hand",
        steps=("restore it from version control", "or delete it and let its manager lock again"),
        example=f"git checkout -- {path}",
    )


def locked_tables(
    tree: ProjectTree, path: str, document: dict[str, Any], key: str = "package"
) -> tuple[tuple[int | None, dict[str, Any]], ...]:
    """Return the packages of a lock and the lines of their headers (None where they are inline).

    Raises LockFormatError where one of them has no name.
    """
    tables = document.get(key, [])
    named = isinstance(tables, list) and all(isinstance(dig(one, "name"), str) for one in tables)
    if not named:
        raise damaged_lock(path, f"a [[{key}]] has no name")
    text = enumerate(tree.text(path).split("\n"), 1)
    lines = [number for number, line in text if line.startswith(f"[[{key}]]")]
    return tuple(zip_longest(lines[: len(tables)], tables))


def unknown_format(
    path: str, found: str, readable: str, command: str, origin: Origin
) -> LockFormatError:
    """Return the error for a lock of another format; `found` is "" where it does not say which."""
    said = f"has the format {found}, and only {readable} can be read"
    return LockFormatError(
        f"{path} {said if found else 'does not say its format'}",
        origin=origin,
        rule="the format of a lock says which tools can read it",
        steps=("let its manager write it again", "or update Dockwright if a newer one wrote it"),
        example=command,
    )


def credential_notices(path: str, text: str) -> tuple[Notice, ...]:
    """Return a notice for each line whose URL holds a user or password in plain text.

    A variable holds none, and the user of an ssh URL is part of the address.
    """
    found = []
    for number, line in enumerate(text.split("\n") if "@" in text else (), 1):
        match = None if line.lstrip().startswith("#") else re.search(USER_IN_URL, line)
        if match and not _is_harmless(match["scheme"], match["user"]):
            found.append(
                Notice(
                    code="credentials-in-manifest",
                    text=f"the address at {match['host']} holds credentials in plain text,"
                    f" and so does every copy of {path}",
                    origin=Origin(path=path, line=number),
                    remedy="change them, and read them from the environment:"
                    " https://${INDEX_USER}:${INDEX_PASSWORD}@...",
                )
            )
    return tuple(found)


def _is_harmless(scheme: str, user: str) -> bool:
    name, _, password = user.partition(":")
    is_address = "ssh" in scheme.lower() and not password
    return is_address or all(part.startswith("$") for part in (name, password) if part)
