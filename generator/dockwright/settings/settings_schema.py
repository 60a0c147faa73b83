"""The JSON Schema of `[tool.dockwright]`, from the settings' declarations."""

import tomllib
from typing import Any

from dockwright.model.settings import PACKAGE, SETTINGS, VARIABLE, Kind, Setting
from dockwright.settings.setting_values import plain


def settings_schema() -> dict[str, Any]:
    """Return the schema of the table (and of dockwright.toml): draft 2020-12, closed."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of Dockwright",
        "type": "object",
        "additionalProperties": False,
        "properties": {setting.key: _property(setting) for setting in SETTINGS},
    }


def _property(setting: Setting) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": f"{setting.help} Without it: {setting.decided}.",
        "examples": [tomllib.loads(f"value = {setting.example}")["value"]],
    }
    if setting.default not in ((), "", None):
        described["default"] = plain(setting.default)
    return described | _type(setting)


def _type(setting: Setting) -> dict[str, Any]:
    match setting.kind:
        case Kind.TEXT if setting.choices:
            return {"type": "string", "enum": list(setting.choices)}
        case Kind.TEXT:
            return {"type": "string", **_pattern(setting.pattern)}
        case Kind.NUMBER:
            return {"type": "integer", "minimum": setting.minimum, "maximum": setting.maximum}
        case Kind.SWITCH:
            return {"type": "boolean"}
        case Kind.LIST:
            return _strings(setting.pattern)
        case Kind.COMMAND:
            return {"oneOf": [{"type": "string"}, _strings("")]}
        case Kind.TABLE:
            return _table(setting.names, {"type": "string", **_pattern(setting.pattern)})
        case Kind.STAGES:
            return _table(setting.names, _stage())


def _stage() -> dict[str, Any]:
    lines, variables = _strings(""), _table(VARIABLE, {"type": "string"})
    packages = _strings(PACKAGE)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "packages": packages,
            "environment": variables,
            "before": lines,
            "after": lines,
        },
    }


def _pattern(pattern: str) -> dict[str, Any]:
    return {"pattern": f"^({pattern})$"} if pattern else {}


def _strings(pattern: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", **_pattern(pattern)}}


def _table(names: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^({names})$"},
        "additionalProperties": values,
    }
