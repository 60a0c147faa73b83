"""Parses Python that is newer than the interpreter that runs Dockwright.

A project for Python 3.14 must be readable on 3.11. Only the few lines that are new syntax are rewritten, and only in memory: what
they say (a type, a caught exception, a log message) is never what the application is found by.
"""

import ast

from dockwright.model.pattern import Pattern

_MAX_REPAIRS = 40

_EXCEPT = Pattern(r"^(\s*except\*?\s+)([\w.]+(?:\s*,\s*[\w.]+)+)(\s*:)")
_GENERIC = Pattern(r"^(\s*(?:async\s+def|def|class)\s+\w+)\[[^\]]*(?:\[[^\]]*\][^\]]*)*\](?=[(:])")
_OPEN_GENERIC = Pattern(r"^(\s*(?:async\s+def|def|class)\s+\w+)\[\s*(?:#.*)?$")
_CLOSED_GENERIC = Pattern(r"^\s*\](?=\s*[(:])")
_ALIAS = Pattern(r"^(\s*)type\s+(\w+)(?:\[[^=]*\])?\s*=")
_TEMPLATE = Pattern(r"\b[tT][rR]?(?=[\"'])|\b[rR][tT](?=[\"'])")
_FORMATTED = Pattern(r"\b(?:[rR]?[fF]|[fF][rR])(?P<quote>[\"'])(?!(?P=quote){2}).*(?P=quote)")


def parse_newer(source: str, first: SyntaxError) -> ast.Module | None:
    """Return the tree of `source` after rewriting syntax of later Python versions, None where that does not help."""
    lines = source.splitlines()
    error = first
    for _ in range(_MAX_REPAIRS):
        number = (error.lineno or 0) - 1
        if not 0 <= number < len(lines):
            return None
        better = _without_parameters(lines, number) or [_rewritten(lines[number])]
        if better == lines[number : number + len(better)]:
            return None
        lines[number : number + len(better)] = better
        try:
            return ast.parse("\n".join(lines) + "\n")
        except SyntaxError as next_error:
            error = next_error
        except (ValueError, RecursionError, MemoryError):
            return None
    return None


def _without_parameters(lines: list[str], number: int) -> list[str]:
    """Return as many lines for a class or function whose type parameters stand on lines of their own, [] for anything else."""
    opening = _OPEN_GENERIC.match(lines[number])
    closing = next(
        (n for n in range(number + 1, len(lines)) if _CLOSED_GENERIC.match(lines[n])), None
    )
    if not opening or closing is None:
        return []
    return [
        f"{opening[1]}\\",
        *("\\" for _ in lines[number + 1 : closing]),
        _CLOSED_GENERIC.sub("", lines[closing]),
    ]


def _rewritten(line: str) -> str:
    for pattern, replacement in ((_EXCEPT, r"\1(\2)\3"), (_GENERIC, r"\1"), (_ALIAS, r"\1\2 =")):
        better = pattern.sub(replacement, line)
        if better != line:
            return better
    better = _FORMATTED.sub('""', line)
    return better if better != line else _TEMPLATE.sub("", line)
