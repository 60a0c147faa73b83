"""What would change, as `diff -u` shows it."""

from collections.abc import Sequence
from difflib import unified_diff

from dockwright.errors import redact
from dockwright.model.secret import hide_secrets


def unified(path: str, before: Sequence[str] | None, after: Sequence[str]) -> str:
    """Return the unified diff of two files' lines; `before` is None for a new file.

    Passwords in URLs of a hand-written file are not repeated, nor are values of what is called a
    secret: where only such a value differs, there is no difference to show.
    """
    old = f"a/{path}" if before is not None else "/dev/null"
    lines = unified_diff(_shown(before or []), _shown(after), old, f"b/{path}", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _shown(lines: Sequence[str]) -> list[str]:
    # Hidden in the whole text, because a value may go on over several lines.
    shown = redact(hide_secrets("\n".join(lines))).split("\n")
    # A last line end is an empty last line here, and no line of its own in a diff.
    return shown if shown[-1] else shown[:-1]
