"""What is shown instead of a secret's value."""

from dockwright.model.pattern import Pattern

PLACEHOLDERS = frozenset({"build-only", "only-for-this-machine"})
"""What Dockwright itself writes where a secret would stand. None of it is one."""

CONTINUED = r"\\[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*"
"""The end of a line that goes on: in a Dockerfile comments and empty lines may stand between."""

HIDDEN = "***"

_REFERENCE = Pattern(r"\$(\w+|\{\w+\}|\{\w+:?\?[^}]*\}|\(.*)")
_DEFAULT = Pattern(r"\$\{(\w+):?[-+](.*)\}")


def shown(value: str) -> str:
    """Return what may be shown: a reference to a variable is no secret, nor is what Dockwright
    wrote itself.
    """
    bare = value.strip("\"',")
    default = _DEFAULT.fullmatch(bare)
    if not bare or bare in PLACEHOLDERS or _REFERENCE.fullmatch(bare):
        return value
    if default:
        return (
            value
            if not default[2] or default[2] in PLACEHOLDERS
            else value.replace(default[2], HIDDEN)
        )
    return hidden(value)


def hidden(value: str) -> str:
    """Return what stands for a value: as many lines, and nothing of them but that they were empty
    or went on.
    """
    lines = value.split("\n")
    return "\n".join(
        line
        if not line.strip()
        else HIDDEN + (" \\" if number < len(lines) and line.rstrip().endswith("\\") else "")
        for number, line in enumerate(lines, 1)
    )
