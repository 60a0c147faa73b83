"""The packaged tables, read once: the only files that `decide` opens."""

from functools import cache
from pathlib import Path
from typing import Any

_COMPILED = Path(__file__).parent.parent.parent / "_compiled_knowledge"
"""The same tables as JSON, which a wheel carries: reading it takes a twentieth of the time. A checkout has none."""


@cache
def load_table(name: str) -> dict[str, Any]:
    """Return the table `name` ("python-releases" for python-releases.toml); FileNotFoundError if there is none."""
    compiled = compiled_table(name)
    if compiled is not None:
        return compiled
    import tomllib

    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def compiled_table(name: str) -> dict[str, Any] | None:
    """Return the JSON of the table `name`, None in a checkout."""
    path = _COMPILED / f"{name}.json"
    if not path.is_file():
        return None
    import json

    table: dict[str, Any] = json.loads(path.read_bytes())
    return table


def record_fields(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a table as the fields of a record: `-` becomes `_`, lists and tables become tuples."""
    return {key.replace("-", "_"): _frozen(value) for key, value in row.items()}


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return tuple((name, _frozen(inner)) for name, inner in value.items())
    return value
