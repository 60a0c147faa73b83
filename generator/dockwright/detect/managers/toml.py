"""Values of manifests and locks: `..._at` insists on a type, `..._in` takes what has it."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dockwright.errors import ManifestError
from dockwright.model.dependencies import Script
from dockwright.model.toml_text import TomlLines

_NAMES = tomllib.loads(Path(__file__).with_name("manager_names.toml").read_text(encoding="utf-8"))
NAMES: dict[str, tuple[str, ...]] = {key: tuple(names) for key, names in _NAMES["lists"].items()}
GROUP_FILES: dict[str, list[str]] = _NAMES["group_files"]
EXAMPLES = {
    "a string": 'name = "shop"',
    "an array of strings": 'dependencies = ["flask>=3", "redis"]',
    "a table": "[project]",
}


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


def first_text(document: object, *keys: str) -> str:
    """Return the first of `keys` that holds a string with anything in it, "" without one."""
    return next((text for key in keys if (text := text_in(document, key))), "")


def texts_in(document: object, *keys: str) -> tuple[str, ...]:
    """Return the strings of the array at `keys`, a lone string as one, () for anything else."""
    value = dig(document, *keys)
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def items_in(document: object, *keys: str) -> tuple[tuple[str, Any], ...]:
    """Return the keys and values of the table at `keys`, () for anything else."""
    return tuple(table_in(document, *keys).items())


def table_in(document: object, *keys: str) -> dict[str, Any]:
    """Return the table at `keys`, {} for anything else."""
    value = dig(document, *keys)
    return value if isinstance(value, dict) else {}


def tables_in(document: object, *keys: str) -> list[dict[str, Any]]:
    """Return the tables of the array at `keys`, [] for anything else."""
    value = dig(document, *keys)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def scripts_at(
    document: object, lines: TomlLines, place: tuple[str, ...], kinds: tuple[str, ...]
) -> Iterator[Script]:
    """Yield a manager's scripts: a command, its words, or a table with one at one of `kinds`."""
    for name, value in items_in(document, *place):
        commands = (texts_in(value), *(texts_in(value, kind) for kind in kinds))
        command = " ".join(next(filter(None, commands), ()))
        # PDM keeps the settings of all scripts at `_`.
        if command and name != "_":
            yield Script(name=name, target=command, origin=lines.origin(*place, name))
