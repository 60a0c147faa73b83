"""Two lists of wishes, one of a manifest and one of a uv.lock: where they differ."""

from collections.abc import Iterable, Sequence

from dockwright.detect.managers.findings import Findings
from dockwright.detect.managers.marker_truth import NEVER, equivalent
from dockwright.detect.managers.python_range import PythonRange
from dockwright.detect.managers.uv_wishes import Wish, locked_wish
from dockwright.model.origin import Origin


class WishComparison:
    """Compares lists of wishes for one range of Python versions; what differs goes to the findings."""

    def __init__(self, python: PythonRange, findings: Findings) -> None:
        self._python = python
        self._findings = findings

    def compare(self, where: str, wanted: Iterable[Wish], locked: list[Wish]) -> None:
        """Compare two sets of wishes; `where` names the list for people."""
        ours: dict[str, list[Wish]] = {}
        theirs: dict[str, list[Wish]] = {}
        for wish in wanted:
            if equivalent(wish.truth, NEVER, PythonRange()) is not True:
                ours.setdefault(wish.name, []).append(wish)
        for wish in locked:
            theirs.setdefault(wish.name, []).append(wish)
        suffix = "" if where == "requirements" else f" (in {where})"
        for name in sorted({*ours, *theirs}):
            self._compare_one(name, ours.get(name, []), theirs.get(name, []), suffix)

    def _compare_one(self, name: str, ours: list[Wish], theirs: list[Wish], suffix: str) -> None:
        if not theirs:
            self._findings.added(name, f"{ours[0].text}{suffix} is not in the lock", ours[0].origin)
        elif not ours:
            self._findings.removed(
                name,
                f"the lock has {theirs[0].text}{suffix}, the manifest has not",
                theirs[0].origin,
            )
        else:
            same = [[self._same(wish, other) for other in theirs] for wish in ours]
            mine, others = (
                [_best(row) for row in same],
                [_best(column) for column in zip(*same, strict=True)],
            )
            answers = mine + others
            if False in answers:
                asked = ours[mine.index(False)] if False in mine else ours[0]
                made_for = theirs[others.index(False)] if False in others else theirs[0]
                text = f"the manifest asks for {asked.text}{suffix}, the lock was made for {made_for.text}"
                self._findings.changed(name, text, asked.origin)
            elif None in answers:
                self._findings.doubt(
                    f"the markers of {name}{suffix} can only be compared by uv itself"
                )

    def _same(self, wish: Wish, other: Wish) -> bool | None:
        return equivalent(wish.truth, other.truth, self._python) if wish.key == other.key else False


def _best(answers: Sequence[bool | None]) -> bool | None:
    """Return whether one of several is the same wish; None if one might be."""
    return True if True in answers else (None if None in answers else False)


def locked_wishes(entries: object, origin: Origin) -> list[Wish]:
    """Return an array of the lock as wishes, [] where there is none."""
    return (
        [locked_wish(entry, origin) for entry in entries if isinstance(entry, dict)]
        if isinstance(entries, list)
        else []
    )
