"""One value of a setting: from a flag's text or TOML's types into ours, or an error that helps."""

import difflib
import re
import shlex
from collections.abc import Callable
from typing import Any, NoReturn

from dockwright.errors import SettingValueError, UnknownSettingError
from dockwright.model.origin import Origin
from dockwright.model.record import fields, record
from dockwright.model.settings import PACKAGE, SETTINGS, VARIABLE, Kind, Setting, StageSettings
from dockwright.model.toml_text import parse_toml

BY_KEY = {setting.key: setting for setting in SETTINGS}
STAGE_KEYS = fields(StageSettings)
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_TOML_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "a whole number",
    float: "a number",
    list: "an array",
    dict: "a table",
}


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


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return the known name that is most like `name`, "" where none is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return near[0] if near else ""


def unknown(key: str, known: tuple[str, ...], place: Place) -> UnknownSettingError:
    """Return the error for a key that does not exist."""
    near = nearest(key.replace("_", "-").lower(), known)
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
    if setting.kind in opens and text.lstrip().startswith(opens[setting.kind]):
        return _toml(setting, text, place)
    match setting.kind:
        case Kind.NUMBER if re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text):
            return int(text)
        case Kind.SWITCH if text.strip().lower() in _YES | _NO:
            return text.strip().lower() in _YES
        case Kind.LIST:
            return split(text)
        case Kind.TABLE if all("=" in part for part in split(text)):
            pairs = (part.partition("=") for part in split(text))
            return {name.strip(): value.strip() for name, _, value in pairs}
        case Kind.TEXT | Kind.COMMAND:
            return text
        case _:
            return refuse(setting, text, place)


def split(text: str) -> list[str]:
    """Return the parts of a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _toml(setting: Setting, text: str, place: Place) -> Any:  # noqa: ANN401 - TOML's types
    try:
        return parse_toml(f"value = {text}")["value"]
    except ValueError:
        refuse(setting, text, place)


def checked(setting: Setting, value: object, place: Place) -> Any:  # noqa: ANN401 - of the field
    """Return the value as `Settings` holds it; SettingValueError says what is expected."""
    return _CHECKS[setting.kind](setting, value, place)


def plain(value: object) -> Any:  # noqa: ANN401 - TOML's types
    """Return a value of `Settings` as TOML's types: the way back from `checked`."""
    if isinstance(value, StageSettings):
        return {name: plain(getattr(value, name)) for name in STAGE_KEYS if getattr(value, name)}
    if isinstance(value, tuple | list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {name: plain(item) for name, item in value}
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def refuse(setting: Setting, value: object, place: Place, key: str = "") -> NoReturn:
    """Raise the error for a value that does not fit."""
    expected = _expected(setting)
    raise SettingValueError(
        f"`{setting.key}{key and '.'}{key}` must be {expected}",
        found=f"{_spelled(value)}, given by {place.label}",
        origin=place.origin,
        rule=setting.help,
        steps=(f"write {expected}", "or take the key out: then it is decided from the project"),
        example=f"{setting.key} = {setting.example}",
    )


def value_of(setting: Setting) -> str:
    """Return what a value of the setting is, for a message or a table."""
    if setting.choices:
        return f"one of {', '.join(setting.choices)}"
    if setting.kind is Kind.NUMBER:
        return f"whole number from {setting.minimum} to {setting.maximum}"
    return f"{setting.kind.value}{setting.expected and f' ({setting.expected})'}"


def _expected(setting: Setting) -> str:
    if setting.choices or setting.kind is Kind.SWITCH:
        return value_of(setting)
    return f"{'an' if setting.kind is Kind.LIST else 'a'} {value_of(setting)}"


def _spelled(value: object) -> str:
    text = repr(value)
    kind = _TOML_NAMES.get(type(value), "a date or time")
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({kind})"


def _text(setting: Setting, value: object, place: Place) -> str:
    if not isinstance(value, str) or (setting.choices and value not in setting.choices):
        refuse(setting, value, place)
    if value and setting.pattern and not re.fullmatch(setting.pattern, value):
        refuse(setting, value, place)
    return value


def _number(setting: Setting, value: object, place: Place) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        refuse(setting, value, place)
    return value if setting.minimum <= value <= setting.maximum else refuse(setting, value, place)


def _switch(setting: Setting, value: object, place: Place) -> bool:
    return value if isinstance(value, bool) else refuse(setting, value, place)


def _list(setting: Setting, value: object, place: Place) -> tuple[str, ...]:
    return _strings(setting, value, place, setting.pattern)


def _command(setting: Setting, value: object, place: Place) -> tuple[str, ...]:
    if not isinstance(value, str):
        return _strings(setting, value, place, r"[^\n\r]*")
    try:
        return tuple(shlex.split(value))
    except ValueError:
        refuse(setting, value, place)


def _table(setting: Setting, value: object, place: Place) -> tuple[tuple[str, str], ...]:
    return _texts(setting, value, place, names=setting.names, pattern=setting.pattern)


def _stages(setting: Setting, value: object, place: Place) -> tuple[tuple[str, StageSettings], ...]:
    if not isinstance(value, dict):
        refuse(setting, value, place)
    stages = ((name, _stage(setting, name, stage, place)) for name, stage in value.items())
    return tuple(sorted(stages))


def _stage(setting: Setting, name: str, value: object, place: Place) -> StageSettings:
    if not isinstance(value, dict) or not re.fullmatch(setting.names, name):
        refuse(setting, value, place, name)
    for key in value:
        if key not in STAGE_KEYS:
            raise unknown(key, STAGE_KEYS, place)
    anything = r"(?s:.*)"
    return StageSettings(
        packages=_strings(setting, value.get("packages", []), place, PACKAGE, f"{name}.packages"),
        environment=_texts(
            setting, value.get("environment", {}), place, names=VARIABLE, pattern=r"[^\n\r]*"
        ),
        before=_strings(setting, value.get("before", []), place, anything, f"{name}.before"),
        after=_strings(setting, value.get("after", []), place, anything, f"{name}.after"),
    )


def _strings(
    setting: Setting, value: object, place: Place, pattern: str, key: str = ""
) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        refuse(setting, value, place, key)
    for item in value:
        if not isinstance(item, str) or not re.fullmatch(pattern, item):
            _refuse_item(setting, item, place, key)
    return tuple(value)


def _refuse_item(setting: Setting, item: object, place: Place, key: str) -> NoReturn:
    """Raise the error for one entry of an array, which itself is fine: so the entry is shown."""
    if not isinstance(item, str) or not setting.expected:
        refuse(setting, item, place, key)
    name = f"{setting.key}{key and '.'}{key}"
    raise SettingValueError(
        f"{item!r} in `{name}` does not fit: its entries are {setting.expected}",
        found=f"{_spelled(item)}, given by {place.label}",
        origin=place.origin,
        rule=setting.help,
        steps=("correct the entry, or take it out",),
        example=f"{setting.key} = {setting.example}",
    )


def _texts(
    setting: Setting, value: object, place: Place, *, names: str, pattern: str
) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        refuse(setting, value, place)
    for key, item in value.items():
        fits = isinstance(item, str) and re.fullmatch(pattern, item)
        if not fits or not re.fullmatch(names, key):
            refuse(setting, item, place, key)
    return tuple(sorted(value.items()))


_CHECKS: dict[Kind, Callable[[Setting, object, Place], Any]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.SWITCH: _switch,
    Kind.LIST: _list,
    Kind.COMMAND: _command,
    Kind.TABLE: _table,
    Kind.STAGES: _stages,
}
