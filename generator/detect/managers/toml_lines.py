"""Which line of a TOML file says something, found by scanning its text: a parser that keeps positions would be ten times slower."""

import re
from collections.abc import Iterator

from generator.model.origin import Origin

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"^[ \t]*(\[\[?)[ \t]*({_PATH})[ \t]*\]\]?[ \t]*(?:#.*)?$")
_KEY = re.compile(rf"^[ \t]*({_PATH})[ \t]*=")
_PARTS = re.compile(_PART)


class TomlLines:
    """The lines of one TOML file, by the path of keys. A place that is not found gives its nearest parent's line."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._lines = text.split("\n")
        self._places: dict[tuple[str, ...], list[int]] = {}
        self._headers: set[int] = set()
        for number, keys in self._scan():
            self._places.setdefault(keys, []).append(number)
        self._starts = {number for numbers in self._places.values() for number in numbers}

    def origin(self, *keys: str, needle: str = "", nth: int = 0) -> Origin:
        """Return the place of `keys`, or of the first `needle` in its value; `nth` counts tables of an array from 0."""
        line = self.line(*keys, nth=nth)
        if needle and line is not None:
            line = self._line_in_value(line, needle)
        return Origin(path=self.path, line=line, key=".".join(keys) or None)

    def line(self, *keys: str, nth: int = 0) -> int | None:
        """Return the line (from 1) at which `keys` stands, or its nearest parent; None where no parent is written."""
        for length in range(len(keys), 0, -1):
            numbers = self._places.get(keys[:length])
            if numbers:
                return numbers[min(nth, len(numbers) - 1)]
        return None

    def _scan(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        table: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, 1):
            header = _HEADER.match(line)
            if header:
                table = _split(header[2])
                self._headers.add(number)
                yield number, table
            elif found := _KEY.match(line):
                yield number, table + _split(found[1])

    def _line_in_value(self, line: int, needle: str) -> int:
        stops = self._headers if line in self._headers else self._starts
        stop = next(
            (number for number in range(line + 1, len(self._lines) + 1) if number in stops), len(self._lines) + 1
        )
        value = self._lines[line - 1 : stop - 1]
        bare = needle.partition('"')[0]
        for spelled in (f'"{needle}"', f"'{needle}'", bare):
            found = next((number for number, text in enumerate(value, line) if spelled in text), None)
            if found is not None:
                return found
        return line


def _split(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PARTS.findall(path))
