"""docs/settings.md and the JSON Schema of `[tool.dockwright]`, from the settings' declarations."""

import tomllib
from typing import Any

from dockwright.model.settings import PACKAGE, SETTINGS, VARIABLE, Kind, Setting
from dockwright.settings.setting_values import plain

_HEAD = """# Settings

<!-- Written by scripts/settings_docs.py from dockwright/model/settings.py. -->

None is needed. A setting says what Dockwright would otherwise decide from the project.

```toml
[tool.dockwright]                 # in pyproject.toml; in dockwright.toml without this line
python = "3.13"
packages = ["ffmpeg"]

[tool.dockwright.environment]
LOG_LEVEL = "info"
```

The first place that says something wins:

1. a flag: `dockwright generate --set python=3.13`
2. a variable: `DOCKWRIGHT_PYTHON=3.13`; for `health-path` it is `DOCKWRIGHT_HEALTH_PATH`
3. the file: `[tool.dockwright]` in pyproject.toml, or dockwright.toml; both is an error
4. the decision from the project

In a flag or variable, write a list with commas (`--set packages=ffmpeg,libmagic1`) and a table entry
by entry (`--set environment.LOG_LEVEL=info`). An unknown key is an error that names the nearest one
(exit code 2). `dockwright schema settings` prints the JSON Schema for editors.

| setting | what it does | without it | example |
|---|---|---|---|
"""


def settings_document() -> str:
    """Return the whole page."""
    return _HEAD + "".join(_row(setting) for setting in SETTINGS)


def _row(setting: Setting) -> str:
    cells = (
        f"`{setting.key}`",
        f"{setting.help} {_choices(setting)}".rstrip(),
        setting.decided,
        f"`{setting.example}`",
    )
    return f"| {' | '.join(cells)} |\n"


def _choices(setting: Setting) -> str:
    return f"One of {', '.join(setting.choices)}." if setting.choices else ""


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
    properties = {
        "packages": _strings(PACKAGE),
        "environment": _table(VARIABLE, {"type": "string"}),
        "before": _strings(""),
        "after": _strings(""),
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


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
