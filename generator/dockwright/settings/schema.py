"""The JSON Schema of `[tool.dockwright]`, from the table of settings."""

import tomllib
from typing import Any

from dockwright.settings.table import BY_KEY, SETTINGS, VARIABLE, Kind, Setting
from dockwright.settings.values import plain


def schema() -> dict[str, Any]:
    """Return the schema of the table (and of dockwright.toml): draft 2020-12, closed, with defaults and examples."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of Dockwright",
        "type": "object",
        "additionalProperties": False,
        "properties": {setting.key: _property(setting) for setting in SETTINGS},
    }


def _property(setting: Setting) -> dict[str, Any]:
    described: dict[str, Any] = {"description": setting.description}
    if setting.decided:
        described["description"] += f" Without it: {setting.decided}."
    described["examples"] = [tomllib.loads(f"value = {setting.example}")["value"]]
    if setting.default not in ((), "", None):
        described["default"] = plain(setting.default)
    return described | _type(setting)


def _type(setting: Setting) -> dict[str, Any]:
    match setting.kind:
        case Kind.TEXT:
            return {"type": "string"} | (
                {"enum": list(setting.choices)} if setting.choices else _pattern(setting.pattern)
            )
        case Kind.NUMBER:
            return {"type": "integer", "minimum": setting.minimum, "maximum": setting.maximum}
        case Kind.SWITCH:
            return {"type": "boolean"}
        case Kind.LIST:
            return _strings(setting.pattern)
        case Kind.COMMAND:
            return {"oneOf": [{"type": "string"}, _strings("")]}
        case Kind.TABLE:
            return _texts(setting.names, setting.pattern)
        case Kind.STAGES:
            return {
                "type": "object",
                "propertyNames": {"pattern": f"^({setting.names})$"},
                "additionalProperties": _stage(),
            }


def _stage() -> dict[str, Any]:
    properties = {
        "packages": _strings(BY_KEY["packages"].pattern),
        "environment": _texts(VARIABLE, ""),
        "before": _strings(""),
        "after": _strings(""),
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _pattern(pattern: str) -> dict[str, Any]:
    # Inline flags are Python's own; a pattern that has them is checked by the program alone.
    return {"pattern": f"^({pattern})$"} if pattern and "(?s:" not in pattern else {}


def _strings(pattern: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"} | _pattern(pattern)}


def _texts(names: str, pattern: str) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^({names})$"},
        "additionalProperties": {"type": "string"} | _pattern(pattern),
    }
