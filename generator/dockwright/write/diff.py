"""What would change, as `diff -u` shows it."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from dockwright.errors import redact
from dockwright.model.pattern import Pattern
from dockwright.model.secret_text import hide_secrets
from dockwright.write.compare import Proposal
from dockwright.write.text import parse

_HUNK = Pattern(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def unified(proposal: Proposal) -> str:
    """Return the unified diff from what stands there to what will; for a conflict, to the new text.

    Passwords in URLs of a hand-written file are not repeated, nor are values of what is called a secret.
    """
    path, before = (
        proposal.file.path,
        proposal.current.lines if proposal.current is not None else (),
    )
    conflict = proposal.text is None or proposal.marked is not None
    after = (
        parse(proposal.file.text.encode()).lines
        if conflict or proposal.text is None
        else proposal.text.lines
    )
    old = f"a/{path}" if proposal.current is not None else "/dev/null"
    lines = list(unified_diff(before, after, old, f"b/{path}", lineterm=""))
    return "".join(
        f"{line}\n" for line in (*lines[:2], *_shown(lines[2:], _hidden(before), _hidden(after)))
    )


def _hidden(lines: Sequence[str]) -> list[str]:
    """The lines of a whole file without secrets: a value may go on over several."""
    return redact(hide_secrets("\n".join(lines))).split("\n")


def _shown(lines: list[str], before: list[str], after: list[str]) -> Iterator[str]:
    """The lines of the hunks, each as it may be shown. A change inside a secret stays a change."""
    old = new = 0
    for line in lines:
        hunk = _HUNK.match(line)
        if hunk:
            old, new = int(hunk[1]) - 1, int(hunk[2]) - 1
            yield line
            continue
        yield line[0] + (after[new] if line[0] == "+" else before[old])
        old, new = old + (line[0] != "+"), new + (line[0] != "-")
