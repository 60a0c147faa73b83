"""The line at which a key stands in a TOML text. tomllib keeps no positions, and tomlkit is too slow to load on every run."""

import re

from dockwright.model.pattern import Pattern

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = Pattern(rf"^[ \t]*\[\[?[ \t]*({_PATH})[ \t]*\]")
_KEY = Pattern(rf"^[ \t]*({_PATH})[ \t]*=")


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the path of every table and key with its first line, counted from 1; parents are entered with their children."""
    table: tuple[str, ...] = ()
    lines: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            path = table = _split(header[1])
        elif key:
            path = table + _split(key[1])
        else:
            continue
        for length in range(1, len(path) + 1):
            lines.setdefault(path[:length], number)
    return lines


def _split(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, path))
