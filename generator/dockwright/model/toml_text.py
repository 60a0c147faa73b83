"""TOML with what the standard parser lacks: bounds, and the line where each value stands."""

import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from dockwright.model.origin import Origin

# Keys and positions in arrays: ("project", "dependencies", 0), ("tool", "uv", "index", 1).
Place = tuple[str | int, ...]

# A word, string, bracket, comma or `=` of the file, and its line.
Word = tuple[str, int]

WORD = (
    r'(?s)"{3}(?:[^\\]|\\.)*?"{3,5}'
    r"|'{3}.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{},=\n]"
    r"|[^\s\[\]{},=\"'\#]+"
)

# Parts of one dotted key; the standard parser's time grows with their cube.
MAX_KEY_PARTS = 100

_LONG_KEY = rf"(?m)^[ \t]*\[*[ \t]*(?:[\w\"'-]+[ \t]*\.[ \t]*){{{MAX_KEY_PARTS},}}"


class BoundError(tomllib.TOMLDecodeError):
    """TOML that is well formed as far as it was read, and beyond what any file needs."""

    def __init__(self, message: str) -> None:
        # The base class would ask for the document and the position from Python 3.14 on.
        ValueError.__init__(self, message)


def parse_toml(text: str) -> dict[str, Any]:
    """Return a TOML document as plain dicts; TOMLDecodeError, also for what is too deep or too
    long.
    """
    long_key = re.search(_LONG_KEY, text)
    if long_key:
        line = text.count("\n", 0, long_key.start()) + 1
        raise BoundError(f"A key of more than {MAX_KEY_PARTS} parts (at line {line}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        depths = [line.count("[") + line.count("{") for line in text.splitlines()]
        line = depths.index(max(depths)) + 1
        raise BoundError(f"Nested too deeply (at line {line}, column 1)") from error
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        # An integer with more digits than Python converts.
        raise BoundError(f"A value that cannot be read: {str(error).partition(';')[0]}") from error


class TomlLines:
    """The lines of one TOML file that tomllib accepts; tomllib itself keeps no positions."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._text = text

    def line(self, *place: str | int) -> int | None:
        """Return the line (from 1) of a key, table or array item; else that of what holds it."""
        for end in range(len(place), 0, -1):
            if place[:end] in self._lines:
                return self._lines[place[:end]]
        return None

    def origin(self, *place: str | int) -> Origin:
        """Return the same as an Origin; its key leaves positions in arrays out."""
        keys = [part for part in place if isinstance(part, str)]
        return Origin(path=self.path, line=self.line(*place), key=".".join(keys) or None)

    @cached_property
    def _lines(self) -> dict[Place, int]:
        return _Scan(self._text).lines


class _Scan:
    # One pass over the statements: which table is open, and what stands in each value.

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._last: dict[Place, int] = {}
        table: Place = ()
        for statement in _statements(text):
            if statement[0][0] == "[":
                table = self._header(statement)
            else:
                self._entry(table, statement)

    def _header(self, words: list[Word]) -> Place:
        place: Place = ()
        for name in _names("".join(text for text, _ in words if text not in "[]")):
            last = (self._last[place],) if place in self._last else ()
            place = (*place, *last, name)
        if words[1][0] == "[":
            self._note(place, words[0][1])
            self._last[place] = self._last.get(place, -1) + 1
            place = (*place, self._last[place])
        self._note(place, words[0][1])
        return place

    def _entry(self, parent: Place, words: list[Word]) -> None:
        equals = next((index for index, (text, _) in enumerate(words) if text == "="), None)
        if equals is not None:
            place = (*parent, *_names("".join(text for text, _ in words[:equals])))
            self._note(place, words[0][1])
            self._value(place, words[equals + 1 :])

    def _value(self, place: Place, words: list[Word]) -> None:
        if not words or words[0][0] not in "[{":
            return
        for position, item in enumerate(_items(words[1:-1])):
            if words[0][0] == "{":
                self._entry(place, item)
            else:
                self._note((*place, position), item[0][1])
                self._value((*place, position), item)

    def _note(self, place: Place, line: int) -> None:
        for end in range(1, len(place) + 1):
            self.lines.setdefault(place[:end], line)


def _statements(text: str) -> Iterator[list[Word]]:
    # Split at the line ends that are not inside brackets; comments are left out.
    statement: list[Word] = []
    depth, line, end = 0, 1, 0
    for match in re.finditer(WORD, text):
        line += text.count("\n", end, match.start())
        end = match.start()
        word = match[0]
        depth += (word in "[{") - (word in "]}")
        if word == "\n" and depth <= 0 and statement:
            yield statement
            statement = []
        elif word != "\n" and not word.startswith("#"):
            statement.append((word, line))
    if statement:
        yield statement


def _items(words: list[Word]) -> list[list[Word]]:
    items: list[list[Word]] = [[]]
    depth = 0
    for word, line in words:
        depth += (word in "[{") - (word in "]}")
        if word == "," and depth == 0:
            items.append([])
        else:
            items[-1].append((word, line))
    return [item for item in items if item]


def _names(key: str) -> tuple[str, ...]:
    if '"' not in key and "'" not in key:
        return tuple(key.split("."))
    value: object = tomllib.loads(f"{key} = 0")
    names: list[str] = []
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)
