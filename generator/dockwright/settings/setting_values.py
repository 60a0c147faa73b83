"""One value of a setting: from a flag's text or TOML's types into ours, or an error that helps."""

import difflib
import re
import shlex
import tomllib
from contextlib import suppress
from typing import Any

from dockwright.errors import SettingValueError, UnknownSettingError
from dockwright.model.origin import Origin
from dockwright.model.record import fields, record
from dockwright.model.settings import PACKAGE, SETTINGS, VARIABLE, Kind, Setting, StageSettings
from dockwright.model.toml_text import parse_toml

BY_KEY = {setting.key: setting for setting in SETTINGS}
STAGE_KEYS = tuple(field.name for field in fields(StageSettings))
_ONE_LINE = r"[^\n\r]*"
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
# In this order: a boolean is a whole number for Python.
_TOML_NAMES = (
    (str, "a string"),
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a number"),
    (list, "an array"),
    (dict, "a table"),
)


@record
class Place:
    """Where a value was given: `label` for people ("--set port"), `origin` in a file."""

    label: str
    origin: Origin | None = None


def setting_of(key: str, place: Place) -> Setting:
    """Return the setting called `key` (`-` or `_`); UnknownSettingError that names the nearest."""
    setting = BY_KEY.get(key.replace("_", "-"))
    if setting is None:
        raise unknown(key, tuple(BY_KEY), place)
    return setting


def unknown(key: str, known: tuple[str, ...], place: Place) -> UnknownSettingError:
    """Return the error for a key that does not exist; it names the most similar of those known."""
    spelled = {name.replace("_", "-").lower(): name for name in known}
    alike = key.replace("_", "-").lower()
    near = "".join(spelled[one] for one in difflib.get_close_matches(alike, spelled, 1, 0.5))
    return UnknownSettingError(
        f"there is no setting `{key}`" + (f"; did you mean `{near}`?" if near else ""),
        found=f"`{key}`, given by {place.label}",
        origin=place.origin,
        rule="an unknown key is an error, because a misspelled one would have no effect",
        steps=(f"write `{near}`" if near else f"use one of: {', '.join(known)}", "or remove it"),
        example=f"{near} = {BY_KEY[near].example}" if near in BY_KEY else "",
    )


def from_text(setting: Setting, text: str, place: Place) -> Any:  # noqa: ANN401 - TOML's types
    """Return what the file would hold for the text of a flag or variable."""
    opens = {Kind.LIST: "[", Kind.COMMAND: "[", Kind.TABLE: "{", Kind.STAGES: "{"}
    parts = [part.strip() for part in text.split(",") if part.strip()]
    match setting.kind:
        case kind if kind in opens and text.lstrip().startswith(opens[kind]):
            with suppress(ValueError):
                return parse_toml(f"value = {text}")["value"]
        case Kind.NUMBER if re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text):
            return int(text)
        # Shells and CI write a switch in many ways; the file has TOML's two only.
        case Kind.SWITCH if text.strip().lower() in _YES | _NO:
            return text.strip().lower() in _YES
        case Kind.LIST:
            return parts
        case Kind.TABLE if all("=" in part for part in parts):
            pairs = (part.partition("=") for part in parts)
            return {name.strip(): value.strip() for name, _, value in pairs}
        case Kind.TEXT | Kind.COMMAND:
            return text
        case _:
            pass
    raise _wrong(setting, text, place)


class _Unfit(Exception):  # noqa: N818 - it never leaves this file
    # In an array one `entry` does not fit, below a table its `key`.

    def __init__(self, value: object, key: str = "", *, entry: bool = False) -> None:
        super().__init__(key)
        self.value, self.key, self.entry = value, key, entry


def checked(setting: Setting, value: object, place: Place) -> Any:  # noqa: ANN401 - of the field
    """Return the value as `Settings` holds it; SettingValueError says what is expected."""
    try:
        return _settled(setting, value, place)
    except _Unfit as unfit:
        raise _wrong(setting, unfit.value, place, unfit.key, entry=unfit.entry) from None


def _settled(setting: Setting, value: object, place: Place) -> Any:  # noqa: ANN401 - of the field
    match setting.kind:
        case Kind.TEXT | Kind.NUMBER | Kind.SWITCH if _fits(setting, value):
            return value
        case Kind.LIST:
            return _strings(value, setting.pattern)
        case Kind.COMMAND if isinstance(value, str):
            with suppress(ValueError):
                return tuple(shlex.split(value))
        case Kind.COMMAND:
            return _strings(value, _ONE_LINE)
        case Kind.TABLE:
            return _texts(value, setting.names, setting.pattern)
        case Kind.STAGES if isinstance(value, dict):
            stages = (_stage(setting, name, stage, place) for name, stage in value.items())
            return tuple(sorted(stages))
        case _:
            pass
    raise _Unfit(value)


def _fits(setting: Setting, value: object) -> bool:
    match setting.kind:
        case Kind.TEXT if isinstance(value, str):
            matches = not value or re.fullmatch(setting.pattern or r"(?s:.*)", value)
            return bool(matches) and (not setting.choices or value in setting.choices)
        case Kind.NUMBER if isinstance(value, int) and not isinstance(value, bool):
            return setting.minimum <= value <= setting.maximum
        case _:
            return setting.kind is Kind.SWITCH and isinstance(value, bool)


def _stage(setting: Setting, name: str, value: object, place: Place) -> tuple[str, StageSettings]:
    if not isinstance(value, dict) or not re.fullmatch(setting.names, name):
        raise _Unfit(value, name)
    for key in value:
        if key not in STAGE_KEYS:
            raise unknown(key, STAGE_KEYS, place)
    # Lines of a Dockerfile may go on over several lines.
    patterns = {"packages": PACKAGE, "before": r"(?s:.*)", "after": r"(?s:.*)"}
    lists = {
        key: _strings(value.get(key, []), pattern, f"{name}.{key}")
        for key, pattern in patterns.items()
    }
    variables = _texts(value.get("environment", {}), VARIABLE, _ONE_LINE)
    return name, StageSettings(environment=variables, **lists)


def _strings(value: object, pattern: str, key: str = "") -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _Unfit(value, key)
    for item in value:
        if not isinstance(item, str) or not re.fullmatch(pattern, item):
            # The array itself is fine, so the entry is shown.
            raise _Unfit(item, key, entry=isinstance(item, str))
    return tuple(value)


def _texts(value: object, names: str, pattern: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise _Unfit(value)
    for key, item in value.items():
        fits = isinstance(item, str) and re.fullmatch(pattern, item)
        if not fits or not re.fullmatch(names, key):
            raise _Unfit(item, key)
    return tuple(sorted(value.items()))


def plain(value: object) -> Any:  # noqa: ANN401 - TOML's types
    """Return a value of `Settings` as TOML's types: the way back from `checked`."""
    if isinstance(value, StageSettings):
        return {name: plain(getattr(value, name)) for name in STAGE_KEYS if getattr(value, name)}
    if isinstance(value, tuple | list):
        # Tables are pairs in `Settings`, so that they can be hashed.
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {name: plain(item) for name, item in value}
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def _wrong(
    setting: Setting, value: object, place: Place, key: str = "", *, entry: bool = False
) -> SettingValueError:
    name = f"`{setting.key}{key and '.'}{key}`"
    expected = f"{setting.kind.value}{setting.expected and f' ({setting.expected})'}"
    if setting.choices:
        expected = f"one of {', '.join(setting.choices)}"
    elif setting.kind is Kind.NUMBER:
        expected = f"a whole number from {setting.minimum} to {setting.maximum}"
    elif setting.kind is not Kind.SWITCH:
        expected = f"{'an' if setting.kind is Kind.LIST else 'a'} {expected}"
    # An array with one bad entry is shown by that entry.
    title, step = f"{name} must be {expected}", f"write {expected}"
    if entry and setting.expected:
        title = f"{value!r} in {name} does not fit: its entries are {setting.expected}"
        step = "correct the entry"
    text = repr(value)
    shown = text if len(text) <= 80 else text[:77] + "..."
    kind = next((word for kind, word in _TOML_NAMES if isinstance(value, kind)), "a date or time")
    return SettingValueError(
        title,
        found=f"{shown} ({kind}), given by {place.label}",
        origin=place.origin,
        rule=setting.help,
        steps=(step, "or take it out: then it is decided from the project"),
        example=f"{setting.key} = {setting.example}",
    )


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
            return _strings_schema(setting.pattern)
        case Kind.COMMAND:
            return {"oneOf": [{"type": "string"}, _strings_schema("")]}
        case Kind.TABLE:
            return _table_schema(setting.names, {"type": "string", **_pattern(setting.pattern)})
        case Kind.STAGES:
            return _table_schema(setting.names, _stage_schema())


def _stage_schema() -> dict[str, Any]:
    packages, variables = _strings_schema(PACKAGE), _table_schema(VARIABLE, {"type": "string"})
    around = {"before": _strings_schema(""), "after": _strings_schema("")}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {"packages": packages, "environment": variables, **around},
    }


def _pattern(pattern: str) -> dict[str, Any]:
    return {"pattern": f"^({pattern})$"} if pattern else {}


def _strings_schema(pattern: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", **_pattern(pattern)}}


def _table_schema(names: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^({names})$"},
        "additionalProperties": values,
    }
