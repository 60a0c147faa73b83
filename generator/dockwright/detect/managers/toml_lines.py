"""Which line of a TOML file says something: tomllib gives the values, this gives the lines.

A parser that keeps positions would be ten times slower than tomllib. This only splits the text into words and brackets,
and only when the first line is asked for; it expects a file that tomllib has accepted.
"""

import re
from functools import cached_property

from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern

Place = tuple[str | int, ...]
"""A path of keys and positions in arrays: ("project", "dependencies", 0), ("tool", "uv", "index", 1, "url")."""

_WORD = Pattern(
    r'"{3}(?:[^\\]|\\.)*?"{3,5}'
    r"|'{3}.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{},=\n]"
    r"|[^\s\[\]{},=\"'\#]+",
    re.DOTALL,
)

_Words = list[tuple[str, int]]
"""Words of the file, each with its line."""


class TomlLines:
    """The lines of one TOML file. A place that is not found gives its nearest parent's line."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._text = text

    def line(self, *place: str | int) -> int | None:
        """Return the line (from 1) of a key, of a table's header or of an item of an array; None if nothing is near."""
        return next(
            (
                self._lines[place[:end]]
                for end in range(len(place), 0, -1)
                if place[:end] in self._lines
            ),
            None,
        )

    def origin(self, *place: str | int) -> Origin:
        """Return the same as an Origin; its key leaves positions in arrays out."""
        keys = [part for part in place if isinstance(part, str)]
        return Origin(path=self.path, line=self.line(*place), key=".".join(keys) or None)

    @cached_property
    def _lines(self) -> dict[Place, int]:
        return _Scan(self._text).lines


class _Scan:
    """One pass over the words, statement by statement: which table is open, and what stands in each value."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._table: Place = ()
        self._last: dict[Place, int] = {}
        for statement in _statements(text):
            if statement[0][0] == "[":
                self._header(statement)
            else:
                self._entry(self._table, statement)

    def _header(self, words: _Words) -> None:
        is_array = words[1][0] == "["
        inner = [word for word, _ in words if word not in "[]"]
        place: Place = ()
        for name in _names("".join(inner)):
            place = (*place, *self._position_in(place), name)
        if is_array:
            self._note(place, words[0][1])
            self._last[place] = self._last.get(place, -1) + 1
            place = (*place, self._last[place])
        self._table = place
        self._note(place, words[0][1])

    def _position_in(self, place: Place) -> Place:
        return (self._last[place],) if place in self._last else ()

    def _entry(self, parent: Place, words: _Words) -> None:
        """Note `key = value` below `parent`."""
        equals = next((index for index, (word, _) in enumerate(words) if word == "="), None)
        if equals is None:
            return
        place = (*parent, *_names("".join(word for word, _ in words[:equals])))
        self._note(place, words[0][1])
        self._value(place, words[equals + 1 :])

    def _value(self, place: Place, words: _Words) -> None:
        """Note the items of an array and the keys of an inline table, to any depth."""
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


def _statements(text: str) -> list[_Words]:
    """Split a file at the line ends that are not inside brackets; comments are left out."""
    statements: list[_Words] = [[]]
    depth, line, end = 0, 1, 0
    for match in _WORD.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        word = match[0]
        depth += (word in "[{") - (word in "]}")
        if word == "\n":
            if depth <= 0 and statements[-1]:
                statements.append([])
        elif not word.startswith("#"):
            statements[-1].append((word, line))
    return [statement for statement in statements if statement]


def _items(words: _Words) -> list[_Words]:
    items: list[_Words] = [[]]
    depth = 0
    for word, line in words:
        depth += (word in "[{") - (word in "]}")
        if word == "," and depth == 0:
            items.append([])
        else:
            items[-1].append((word, line))
    return [item for item in items if item]


def _names(key: str) -> tuple[str, ...]:
    """Split a dotted key; tomllib reads it where it is quoted."""
    if '"' not in key and "'" not in key:
        return tuple(key.split("."))
    import tomllib

    value: object = tomllib.loads(f"{key} = 0")
    names: list[str] = []
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)
