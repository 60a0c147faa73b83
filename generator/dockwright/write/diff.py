"""What would change, as `diff -u` shows it."""

import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff

from dockwright.errors import redact
from dockwright.model.secret import hide_secrets

_HUNK = r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@"


def unified(path: str, before: Sequence[str] | None, after: Sequence[str]) -> str:
    """Return the unified diff of two files' lines; `before` is None for a new file.

    Passwords in URLs of a hand-written file are not repeated, nor are values of what is called a
    secret.
    """
    old = f"a/{path}" if before is not None else "/dev/null"
    # A last line end is an empty last line here, and no line of its own in a diff.
    first, second = _ended(before or ()), _ended(after)
    lines = list(unified_diff(first, second, old, f"b/{path}", lineterm=""))
    shown = (*lines[:2], *_shown(lines[2:], _hidden(first), _hidden(second)))
    return "".join(f"{line}\n" for line in shown)


def _ended(lines: Sequence[str]) -> Sequence[str]:
    return lines[:-1] if lines and not lines[-1] else lines


def _hidden(lines: Sequence[str]) -> list[str]:
    """Return the lines of a whole file without secrets: a value may go on over several."""
    return redact(hide_secrets("\n".join(lines))).split("\n")


def _shown(lines: list[str], before: list[str], after: list[str]) -> Iterator[str]:
    """Yield the lines of the hunks without secrets. A change inside of one stays a change."""
    old = new = 0
    for line in lines:
        hunk = re.match(_HUNK, line)
        if hunk:
            old, new = int(hunk[1]) - 1, int(hunk[2]) - 1
            yield line
            continue
        yield line[0] + (after[new] if line[0] == "+" else before[old])
        old, new = old + (line[0] != "+"), new + (line[0] != "-")
