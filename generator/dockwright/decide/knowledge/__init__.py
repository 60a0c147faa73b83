"""What Dockwright knows of the world, as TOML: the only files that `decide` opens."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

# A wheel carries the same tables as JSON, which is read twenty times as fast. A checkout has none.
_COMPILED = Path(__file__).parents[2] / "_compiled_knowledge"


@cache
def load_table(name: str) -> dict[str, Any]:
    """Return the table `name` ("services" for services.toml)."""
    compiled = compiled_table(name)
    if compiled is not None:
        return compiled
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def compiled_table(name: str) -> dict[str, Any] | None:
    """Return the JSON of the table `name`, None in a checkout."""
    path = _COMPILED / f"{name}.json"
    if not path.is_file():
        return None
    table: dict[str, Any] = json.loads(path.read_bytes())
    return table


def record_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the fields of a record: `-` becomes `_`, lists and tables become tuples."""
    return {key.replace("-", "_"): _frozen(value) for key, value in row.items()}


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return tuple((name, _frozen(inner)) for name, inner in value.items())
    return value
