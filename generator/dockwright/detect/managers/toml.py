"""TOML of manifests and locks: values of the right type, and the line where each one stands."""

import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError
from dockwright.model.origin import Origin
from dockwright.model.toml_text import parse_toml

Place = tuple[str | int, ...]
"""Keys and positions in arrays: ("project", "dependencies", 0), ("tool", "uv", "index", 1, "url")."""

WORD = (
    r'(?s)"{3}(?:[^\\]|\\.)*?"{3,5}'
    r"|'{3}.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{},=\n]"
    r"|[^\s\[\]{},=\"'\#]+"
)
FIELD = r'[\w-]+ = (?:"[^"\\\n]*"|\d{1,15})'
FILES = rf'(?m)^([\w."-]+) = \[\n((?:    \{{ ?(?=url|file){FIELD}(?:, {FIELD})* ?\}},\n)+)\]$'
FIELDS = r'([\w-]+) = (?:"([^"]*)"|(\d+))'
EXAMPLES = {
    "a string": 'name = "shop"',
    "an array of strings": 'dependencies = ["flask>=3", "redis"]',
    "a table": "[project]",
}

Word = tuple[str, int]
"""A word, string, bracket, comma or `=` of the file, and its line."""


class TomlLines:
    """The lines of one TOML file, for which tomllib keeps no positions.

    The text is split into words when the first line is asked for; a parser that keeps positions
    would take ten times as long as tomllib. The file must be one that tomllib accepts.
    """

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
    """One pass over the statements: which table is open, and what stands in each value."""

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
        """Note `key = value` below `parent`."""
        equals = next((index for index, (text, _) in enumerate(words) if text == "="), None)
        if equals is not None:
            place = (*parent, *_names("".join(text for text, _ in words[:equals])))
            self._note(place, words[0][1])
            self._value(place, words[equals + 1 :])

    def _value(self, place: Place, words: list[Word]) -> None:
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


def _statements(text: str) -> Iterator[list[Word]]:
    """Split a file at the line ends that are not inside brackets; comments are left out."""
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
    """Split a dotted key; tomllib reads it where it is quoted."""
    if '"' not in key and "'" not in key:
        return tuple(key.split("."))
    value: object = tomllib.loads(f"{key} = 0")
    names: list[str] = []
    while isinstance(value, dict):
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)


def read_lock_document(tree: ProjectTree, path: str) -> dict[str, Any]:
    """Return a lock as plain dicts; SyntaxFault with the line if it is not TOML.

    Nine tenths of a lock are lists of files, always written alike. They are taken out first and
    put back afterwards, which makes tomllib's work three times shorter.
    """
    text = tree.text(path)
    taken: dict[str, list[dict[str, Any]]] = {}

    def take(match: re.Match[str]) -> str:
        taken[f"\0{len(taken)}"] = [_file(line) for line in match[2].splitlines()]
        return f'{match[1]} = "\\u0000{len(taken) - 1}"'

    if '"""' in text or "'''" in text:
        return tree.toml(path)
    try:
        document = parse_toml(re.sub(FILES, take, text))
    except tomllib.TOMLDecodeError:
        return tree.toml(path)  # raises with the line of the whole file
    packages = document.get("package", document.get("packages"))
    for table in (*tables_in(packages), dig(document, "metadata", "files")):
        for key, value in items_in(table):
            if isinstance(value, str) and value in taken:
                table[key] = taken[value]
    return document


def _file(line: str) -> dict[str, Any]:
    return {key: int(size) if size else text for key, text, size in re.findall(FIELDS, line)}


def header_lines(text: str, header: str) -> list[int]:
    """Return the lines (from 1) on which a header like `[[package]]` stands."""
    return [number for number, line in enumerate(text.split("\n"), 1) if line.startswith(header)]


def table_at(document: dict[str, Any], lines: TomlLines, *keys: str) -> dict[str, Any]:
    """Return the table at `keys`, {} where there is none; ManifestError if it is no table."""
    value: dict[str, Any] = document
    for depth, key in enumerate(keys, 1):
        inner = value.get(key, {})
        if not isinstance(inner, dict):
            raise wrong_type(lines, keys[:depth], "a table", inner)
        value = inner
    return value


def text_at(table: dict[str, Any], lines: TomlLines, *keys: str) -> str:
    """Return the string at the last of `keys` in its `table`, "" where there is none."""
    value = table.get(keys[-1], "")
    if not isinstance(value, str):
        raise wrong_type(lines, keys, "a string", value)
    return value


def texts_at(table: dict[str, Any], lines: TomlLines, *keys: str) -> tuple[str, ...]:
    """Return the strings of the array at the last of `keys` in its `table`, () without one."""
    value = table.get(keys[-1], [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong_type(lines, keys, "an array of strings", value)
    return tuple(value)


def wrong_type(
    lines: TomlLines, keys: tuple[str, ...], wanted: str, value: object
) -> ManifestError:
    """Return the error for a value at `keys` that is not what is `wanted`."""
    name, shown = ".".join(keys), repr(value)
    return ManifestError(
        f"`{name}` must be {wanted}",
        found=f"{name} = {shown if len(shown) <= 60 else f'{shown[:57]}...'}",
        origin=lines.origin(*keys),
        rule="the tools that read this file accept no other type here",
        steps=(f"write `{name}` as {wanted}",),
        example=EXAMPLES.get(wanted, ""),
    )


def dig(document: object, *keys: str) -> Any:  # noqa: ANN401 - a value of TOML
    """Return what stands at `keys`, None where there is nothing, or no table on the way."""
    value = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_in(document: object, *keys: str) -> str:
    """Return the string at `keys`, "" for anything else."""
    value = dig(document, *keys)
    return value if isinstance(value, str) else ""


def texts_in(value: object) -> tuple[str, ...]:
    """Return the strings of an array, a lone string as one, () for anything else."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def items_in(value: object) -> tuple[tuple[str, Any], ...]:
    """Return the keys and values of a table, () for anything else."""
    return tuple(value.items()) if isinstance(value, dict) else ()


def table_in(document: object, *keys: str) -> dict[str, Any]:
    """Return the table at `keys`, {} for anything else."""
    value = dig(document, *keys)
    return value if isinstance(value, dict) else {}


def tables_in(value: object) -> list[dict[str, Any]]:
    """Return the tables of an array, [] for anything else."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
