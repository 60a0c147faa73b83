"""Three texts into one: what we wrote last, what the owner made of it, what we would write now."""

import hashlib
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise
from typing import Any

from merge3 import Merge3

from dockwright.model.record import record

START, BASE, MIDDLE, END = "<<<<<<< yours", "||||||| last written", "=======", ">>>>>>> dockwright"

_Lines = tuple[str, ...]

# The shortcut that ignores frequent lines in long files would make conflicts of clean merges.
_MATCHER: Any = partial(SequenceMatcher, autojunk=False)


@record
class Text:
    """A file's lines, and how its owner writes them: Windows line ends, a byte order mark."""

    lines: _Lines
    windows: bool = False
    mark: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the lines: the same with other line ends, and without the last one."""
        body = "\n".join(self.lines).removesuffix("\n")
        return hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest()

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        end = "\r\n" if self.windows else "\n"
        return (self.mark + end.join(self.lines)).encode("utf-8", "surrogateescape")


def parse(data: bytes) -> Text:
    """Return the text of a file; bytes that are not UTF-8 survive."""
    body = data.decode("utf-8", "surrogateescape")
    mark = "\ufeff" if body.startswith("\ufeff") else ""
    body = body.removeprefix(mark)
    # The majority decides. In a file of Unix line ends a single `\r` is part of its line.
    windows = 2 * body.count("\r\n") > body.count("\n")
    if windows:
        body = body.replace("\r\n", "\n")
    return Text(lines=tuple(body.split("\n")), windows=windows, mark=mark)


@record
class Chunk:
    """A stretch of the result: `merged`, or a conflict at `line` of the owner's file."""

    merged: _Lines = ()
    mine: _Lines = ()
    base: _Lines = ()
    new: _Lines = ()
    line: int = 0

    @property
    def place(self) -> str:
        """The lines of the owner's file, for a message."""
        last = self.line + len(self.mine) - 1
        return f"line {self.line}" if last <= self.line else f"lines {self.line} to {last}"

    @property
    def marked(self) -> _Lines:
        """The lines as `git merge` shows them."""
        if not self.line:
            return self.merged
        base = (BASE, *self.base) if self.base else ()
        return (START, *self.mine, *base, MIDDLE, *self.new, END)


def merge(base: _Lines, mine: _Lines, new: _Lines) -> Iterator[Chunk]:
    """Yield the chunks of the merged text, in order."""
    at_base = at_mine = at_new = 0
    regions = Merge3(base, mine, new, sequence_matcher=_MATCHER).find_sync_regions()
    for base_start, base_end, mine_start, mine_end, new_start, new_end in regions:
        old, own, ours = base[at_base:base_start], mine[at_mine:mine_start], new[at_new:new_start]
        if own in (ours, old):
            yield Chunk(merged=ours)
        elif ours == old:
            yield Chunk(merged=own)
        else:
            # merge3 calls neighbouring lines a conflict: a comment above a changed FROM is none.
            conflict = Chunk(mine=own, base=old, new=ours, line=at_mine + 1)
            yield _woven(old, own, ours) or conflict
        yield Chunk(merged=mine[mine_start:mine_end])
        at_base, at_mine, at_new = base_end, mine_end, new_end


def compare(mine: _Lines, new: _Lines) -> Iterator[Chunk]:
    """Yield the chunks of two texts without a common base: every difference is a conflict."""
    for tag, start, end, new_start, new_end in _opcodes(mine, new):
        if tag == "equal":
            yield Chunk(merged=mine[start:end])
        else:
            yield Chunk(mine=mine[start:end], new=new[new_start:new_end], line=start + 1)


def first_mark(text: Text) -> int | None:
    """Return the line of the first conflict mark that somebody left in a file, None without one."""
    starts = [number for number, line in enumerate(text.lines, 1) if line.startswith("<<<<<<< ")]
    return starts[0] if starts and any(line.startswith(">>>>>>> ") for line in text.lines) else None


# From line, to line (exclusive) of the base, and what stands there instead.
_Edit = tuple[int, int, _Lines]


def _woven(base: _Lines, mine: _Lines, new: _Lines) -> Chunk | None:
    # Both sides' edits lie side by side, or they touch the same lines.
    edits: list[_Edit] = sorted(
        (start, end, side[side_start:side_end])
        for side in (mine, new)
        for tag, start, end, side_start, side_end in _opcodes(base, side)
        if tag != "equal"
    )
    if any(_clash(first, second) for first, second in pairwise(edits)):
        return None
    result: list[str] = []
    at = 0
    for start, end, lines in edits:
        result += (*base[at:start], *lines)
        at = end
    return Chunk(merged=(*result, *base[at:]))


def _clash(first: _Edit, second: _Edit) -> bool:
    (start, end, lines), (next_start, next_end, next_lines) = first, second
    adds, next_adds = start == end, next_start == next_end
    if next_start != end or not (adds or next_adds):
        return next_start < end
    # Two additions at one place have no order. A line that was added beside lines that the other
    # side removed has lost its place.
    return (adds and next_adds) or not (lines and next_lines)


def _opcodes(before: _Lines, after: _Lines) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
