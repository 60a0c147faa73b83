"""What would change, as `diff -u` shows it."""

from difflib import unified_diff

from generator.errors import redact
from generator.model.secret_text import hide_secrets
from generator.write.compare import Proposal
from generator.write.text import parse


def unified(proposal: Proposal) -> str:
    """Return the unified diff from what stands there to what will; for a conflict, to the new text.

    Passwords in URLs of a hand-written file are not repeated, nor are values of what is called a secret.
    """
    path, before = proposal.file.path, proposal.current.lines if proposal.current is not None else ()
    conflict = proposal.text is None or proposal.marked is not None
    after = parse(proposal.file.text.encode()).lines if conflict or proposal.text is None else proposal.text.lines
    old = f"a/{path}" if proposal.current is not None else "/dev/null"
    return "".join(
        f"{redact(hide_secrets(line))}\n" for line in unified_diff(before, after, old, f"b/{path}", lineterm="")
    )
