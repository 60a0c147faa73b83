"""Values of a manifest that is valid TOML, taken out with a clear error where the type is wrong."""

from typing import Any

from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.errors import ManifestError

_RULE = "the tools that read this file accept no other type here"


def table_at(document: dict[str, Any], lines: TomlLines, *keys: str) -> dict[str, Any]:
    """Return the table at `keys`, {} where there is none; ManifestError if something on the way is not a table."""
    value: Any = document
    for depth, key in enumerate(keys, 1):
        value = value.get(key, {})
        if not isinstance(value, dict):
            raise wrong_type(lines, keys[:depth], "a table", value)
    return value  # type: ignore[no-any-return]  # TOML tables are dict[str, Any], narrowed above


def text_at(table: dict[str, Any], lines: TomlLines, *keys: str) -> str:
    """Return the string at the last of `keys` in its `table`, "" where there is none."""
    value = table.get(keys[-1], "")
    if not isinstance(value, str):
        raise wrong_type(lines, keys, "a string", value)
    return value


def texts_at(table: dict[str, Any], lines: TomlLines, *keys: str) -> tuple[str, ...]:
    """Return the strings of the array at the last of `keys` in its `table`, () where there is none."""
    value = table.get(keys[-1], [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong_type(lines, keys, "an array of strings", value)
    return tuple(value)


def wrong_type(
    lines: TomlLines, keys: tuple[str, ...], wanted: str, value: object
) -> ManifestError:
    """Return the error for a value at `keys` that is not what is `wanted`."""
    name = ".".join(keys)
    return ManifestError(
        f"`{name}` must be {wanted}",
        found=f"{name} = {_shortened(value)}",
        origin=lines.origin(*keys),
        rule=_RULE,
        steps=(f"write `{name}` as {wanted}",),
        example=_EXAMPLES.get(wanted, ""),
    )


_EXAMPLES = {
    "a string": 'name = "shop"',
    "an array of strings": 'dependencies = ["flask>=3", "redis"]',
    "a table": "[project]",
}


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def dig(document: object, *keys: str) -> Any:  # noqa: ANN401 - a value of TOML
    """Return what stands at `keys`, None where there is nothing or where something on the way is not a table."""
    value = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def texts_in(value: object) -> tuple[str, ...]:
    """Return the strings of an array, a lone string as one, () for anything else."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def items_in(value: object) -> tuple[tuple[str, Any], ...]:
    """Return the keys and values of a table, () for anything else."""
    return tuple(value.items()) if isinstance(value, dict) else ()
