"""TOML of manifests and locks: values of the right type, and locks read in less time."""

import re
import tomllib
from typing import Any

from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError
from dockwright.model.toml_text import TomlLines, parse_toml

FIELD = r'[\w-]+ = (?:"[^"\\\n]*"|\d{1,15})'
FILES = rf'(?m)^([\w."-]+) = \[\n((?:    \{{ ?(?=url|file){FIELD}(?:, {FIELD})* ?\}},\n)+)\]$'
FIELDS = r'([\w-]+) = (?:"([^"]*)"|(\d+))'
EXAMPLES = {
    "a string": 'name = "shop"',
    "an array of strings": 'dependencies = ["flask>=3", "redis"]',
    "a table": "[project]",
}


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
