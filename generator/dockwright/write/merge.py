"""Three texts into one: what we wrote last, what the owner made of it, what we would write now."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from dockwright.model.record import record
from dockwright.write.text import Text, assemble

START, BASE, MIDDLE, END = "<<<<<<< yours", "||||||| last written", "=======", ">>>>>>> dockwright"

_Pairs = tuple[tuple[str, str], ...]
"""Lines with their ends; "" where the line is not from the owner's file."""


@record
class Chunk:
    """A stretch of the result: `merged`, or a conflict of `mine` with `new` at line `line` of the owner's file."""

    merged: _Pairs = ()
    mine: _Pairs = ()
    base: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    line: int = 0

    @property
    def conflict(self) -> bool:
        """Whether somebody has to decide."""
        return self.line > 0

    @property
    def place(self) -> str:
        """The lines of the owner's file, for a message."""
        last = self.line + len(self.mine) - 1
        return f"line {self.line}" if last <= self.line else f"lines {self.line} to {last}"


def merge(base: Text, mine: Text, new: Text) -> tuple[Chunk, ...]:
    """Return the chunks of the merged text, in order."""
    return tuple(_merge(base, mine, new))


def compare(mine: Text, new: Text) -> tuple[Chunk, ...]:
    """Return the chunks of two texts without a common base: every difference is a conflict."""
    chunks = []
    for tag, a, a_end, b, b_end in _opcodes(mine.lines, new.lines):
        pairs = _pairs(mine, a, a_end)
        chunks.append(
            Chunk(merged=pairs)
            if tag == "equal"
            else Chunk(mine=pairs, new=new.lines[b:b_end], line=a + 1)
        )
    return tuple(chunks)


def settled(chunks: tuple[Chunk, ...], like: Text) -> Text:
    """Return the text with the owner's lines wherever there is a conflict."""
    return assemble([pair for chunk in chunks for pair in (chunk.merged or chunk.mine)], like)


def marked(chunks: tuple[Chunk, ...], like: Text) -> Text:
    """Return the text with marks around each conflict."""
    return assemble(
        [pair for chunk in chunks for pair in (_marked(chunk) if chunk.conflict else chunk.merged)],
        like,
    )


def first_mark(text: Text) -> int | None:
    """Return the line of the first conflict mark that somebody left in a file, None where there is none."""
    starts = [number for number, line in enumerate(text.lines, 1) if line.startswith("<<<<<<< ")]
    return starts[0] if starts and any(line.startswith(">>>>>>> ") for line in text.lines) else None


def _merge(base: Text, mine: Text, new: Text) -> Iterator[Chunk]:
    from difflib import SequenceMatcher

    from merge3 import Merge3

    # Without the shortcut that ignores frequent lines in long files: it would turn clean merges into conflicts.
    matcher: Any = partial(SequenceMatcher, autojunk=False)
    at_base = at_mine = at_new = 0
    regions = Merge3(
        base.lines, mine.lines, new.lines, sequence_matcher=matcher
    ).find_sync_regions()
    for base_start, base_end, mine_start, mine_end, new_start, new_end in regions:
        changed = _pairs(mine, at_mine, mine_start)
        yield _resolve(
            base.lines[at_base:base_start], changed, new.lines[at_new:new_start], at_mine + 1
        )
        yield Chunk(merged=_pairs(mine, mine_start, mine_end))
        at_base, at_mine, at_new = base_end, mine_end, new_end


def _resolve(base: tuple[str, ...], mine: _Pairs, new: tuple[str, ...], line: int) -> Chunk:
    lines = tuple(text for text, _ in mine)
    if lines in (new, base):
        return Chunk(merged=mine if lines == new else tuple((text, "") for text in new))
    if new == base:
        return Chunk(merged=mine)
    return _woven(base, mine, new) or Chunk(mine=mine, base=base, new=new, line=line)


def _woven(base: tuple[str, ...], mine: _Pairs, new: tuple[str, ...]) -> Chunk | None:
    """Edits that lie side by side without touching the same lines are both made; None where they do touch."""
    ours, theirs = _edits(base, mine), _edits(base, tuple((text, "") for text in new))
    edits = sorted([*ours, *theirs], key=lambda edit: (edit.start, edit.end))
    if any(_clash(first, second) for first, second in pairwise(edits)):
        return None
    kept = _kept_lines(base, mine)
    result: list[tuple[str, str]] = []
    at = 0
    for edit in edits:
        result += [kept[number] for number in range(at, edit.start)]
        result += edit.lines
        at = edit.end
    return Chunk(merged=(*result, *(kept[number] for number in range(at, len(base)))))


@record
class _Edit:
    """Lines `start` to `end` (exclusive) of the base become `lines`."""

    start: int
    end: int
    lines: _Pairs

    @property
    def adds(self) -> bool:
        return self.start == self.end


def _edits(base: tuple[str, ...], side: _Pairs) -> list[_Edit]:
    codes = _opcodes(base, tuple(text for text, _ in side))
    return [_Edit(start=a, end=b, lines=side[c:d]) for tag, a, b, c, d in codes if tag != "equal"]


def _kept_lines(base: tuple[str, ...], mine: _Pairs) -> dict[int, tuple[str, str]]:
    codes = _opcodes(base, tuple(text for text, _ in mine))
    return {
        a + step: mine[c + step]
        for tag, a, b, c, _ in codes
        if tag == "equal"
        for step in range(b - a)
    }


def _clash(first: _Edit, second: _Edit) -> bool:
    """Whether two edits touch the same lines. A line added beside lines that the other side removed lost its place, too."""
    if second.start < first.end or (first.adds and second.adds and first.start == second.start):
        return True
    touching = second.start == first.end
    return touching and (first.adds or second.adds) and not (first.lines and second.lines)


def _opcodes(
    before: tuple[str, ...], after: tuple[str, ...]
) -> Sequence[tuple[str, int, int, int, int]]:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _marked(chunk: Chunk) -> _Pairs:
    base = ((BASE, ""), *((line, "") for line in chunk.base)) if chunk.base else ()
    return (
        (START, ""),
        *chunk.mine,
        *base,
        (MIDDLE, ""),
        *((line, "") for line in chunk.new),
        (END, ""),
    )


def _pairs(text: Text, start: int, end: int) -> _Pairs:
    return tuple(zip(text.lines[start:end], text.ends[start:end], strict=True))
