"""Two lists of wishes, one of a manifest and one of a uv.lock: where they differ."""

from collections.abc import Iterable

from generator.detect.managers.findings import Findings
from generator.detect.managers.marker_truth import NEVER, equivalent
from generator.detect.managers.python_range import PythonRange
from generator.detect.managers.uv_wishes import Wish, locked_wish
from generator.model.origin import Origin


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
                name, f"the lock has {theirs[0].text}{suffix}, the manifest has not", theirs[0].origin
            )
        else:
            answers = [self._best(wish, theirs) for wish in ours] + [self._best(wish, ours) for wish in theirs]
            if False in answers:
                mine = next((wish for wish in ours if self._best(wish, theirs) is False), ours[0])
                other = next((wish for wish in theirs if self._best(wish, ours) is False), theirs[0])
                text = f"the manifest asks for {mine.text}{suffix}, the lock was made for {other.text}"
                self._findings.changed(name, text, mine.origin)
            elif None in answers:
                self._findings.doubt(f"the markers of {name}{suffix} can only be compared by uv itself")

    def _best(self, wish: Wish, others: list[Wish]) -> bool | None:
        """Whether one of the others is the same wish; None if one might be."""
        answers = [equivalent(wish.truth, other.truth, self._python) for other in others if other.key == wish.key]
        return True if True in answers else (None if None in answers else False)


def locked_wishes(entries: object, origin: Origin) -> list[Wish]:
    """Return an array of the lock as wishes, [] where there is none."""
    return (
        [locked_wish(entry, origin) for entry in entries if isinstance(entry, dict)]
        if isinstance(entries, list)
        else []
    )
