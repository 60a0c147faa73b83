"""One value of a setting: from the text of a flag, and from TOML's types into ours, refused with what is expected."""

import re
import shlex
from collections.abc import Callable
from typing import Any, NoReturn

from dockwright.errors import SettingValueError, UnknownSettingError
from dockwright.model.origin import Origin
from dockwright.model.record import fields, record
from dockwright.model.settings import StageSettings
from dockwright.settings.table import BY_KEY, STAGE_KEYS, VARIABLE, Kind, Setting

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_PACKAGES = BY_KEY["packages"].pattern


@record
class Place:
    """Where a value was given: `label` for people ("--set", "DOCKWRIGHT_PORT", "pyproject.toml:12"), `origin` in a file."""

    label: str
    origin: Origin | None = None


def setting_of(key: str, place: Place) -> Setting:
    """Return the row for `key` (`-` or `_`); UnknownSettingError that names the nearest key."""
    setting = BY_KEY.get(key.replace("_", "-"))
    if setting is None:
        raise unknown(key, tuple(BY_KEY), place)
    return setting


def unknown(key: str, known: tuple[str, ...], place: Place) -> UnknownSettingError:
    """Return the error for a key that does not exist."""
    import difflib

    near = difflib.get_close_matches(key.replace("_", "-").lower(), known, n=1, cutoff=0.5)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return UnknownSettingError(
        f"there is no setting `{key}`{hint}",
        found=f"`{key}`, given by {place.label}",
        origin=place.origin,
        rule="a key that is not known is an error, so that a slip of the pen is not silently without effect",
        steps=(
            f"write `{near[0]}`" if near else f"use one of: {', '.join(known)}",
            "or take the key out",
        ),
        example=f"{near[0]} = {BY_KEY[near[0]].example}" if near and near[0] in BY_KEY else "",
    )


def from_text(setting: Setting, text: str, place: Place) -> Any:  # noqa: ANN401 - what TOML would have given
    """Return what the file would hold for the text of a flag or variable."""
    match setting.kind:
        case Kind.NUMBER:
            return (
                int(text)
                if re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text)
                else refuse(setting, text, place)
            )
        case Kind.SWITCH:
            return _switch(setting, text, place)
        case Kind.LIST:
            return _toml(setting, text, place) if text.lstrip().startswith("[") else _split(text)
        case Kind.COMMAND:
            return _toml(setting, text, place) if text.lstrip().startswith("[") else text
        case Kind.TABLE | Kind.STAGES:
            return (
                _toml(setting, text, place)
                if text.lstrip().startswith("{")
                else _pairs(setting, text, place)
            )
        case Kind.TEXT:
            return text


def checked(setting: Setting, value: object, place: Place) -> Any:  # noqa: ANN401 - the type of the field in Settings
    """Return the value as `Settings` holds it; SettingValueError with what is expected and an example."""
    return _CHECKS[setting.kind](setting, value, place)


def refuse(setting: Setting, value: object, place: Place, key: str = "") -> NoReturn:
    """Raise the error for a value that does not fit."""
    name = f"{setting.key}.{key}" if key else setting.key
    expected = _expected(setting)
    raise SettingValueError(
        f"`{name}` must be {expected}",
        found=f"{_spelled(value)}, given by {place.label}",
        origin=place.origin,
        rule=setting.description,
        steps=(f"write {expected}", "or take the key out: then it is decided from the project"),
        example=f"{setting.key} = {setting.example}",
    )


def _expected(setting: Setting) -> str:
    if setting.choices:
        return f"one of {', '.join(setting.choices)}"
    if setting.kind is Kind.NUMBER:
        return f"a whole number from {setting.minimum} to {setting.maximum}"
    kind = (
        "a string"
        if setting.kind is Kind.TEXT
        else f"an {setting.kind.value}"
        if setting.kind is Kind.LIST
        else setting.kind.value
    )
    kind = f"a {kind}" if setting.kind in {Kind.TABLE, Kind.STAGES, Kind.COMMAND} else kind
    return f"{kind} ({setting.expected})" if setting.expected else kind


def _spelled(value: object) -> str:
    names = {
        str: "a string",
        bool: "a boolean",
        int: "a whole number",
        float: "a number",
        list: "an array",
        dict: "a table",
    }
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({names.get(type(value), 'a date or time')})"


def _text(setting: Setting, value: object, place: Place) -> str:
    if not isinstance(value, str):
        refuse(setting, value, place)
    if setting.choices and value not in setting.choices:
        refuse(setting, value, place)
    if value and setting.pattern and not re.fullmatch(setting.pattern, value):
        refuse(setting, value, place)
    return str(value)


def _number(setting: Setting, value: object, place: Place) -> int:
    if (
        not isinstance(value, int)
        or isinstance(value, bool)
        or not setting.minimum <= value <= setting.maximum
    ):
        refuse(setting, value, place)
    return value


def _flag(setting: Setting, value: object, place: Place) -> bool:
    return value if isinstance(value, bool) else refuse(setting, value, place)


def _list(setting: Setting, value: object, place: Place) -> tuple[str, ...]:
    return _strings(setting, value, place, setting.pattern)


def _command(setting: Setting, value: object, place: Place) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            refuse(setting, value, place)
    return _strings(setting, value, place, r"[^\n\r]*")


def _table(setting: Setting, value: object, place: Place) -> tuple[tuple[str, str], ...]:
    return _texts(setting, value, place, names=setting.names, pattern=setting.pattern)


def _stages(setting: Setting, value: object, place: Place) -> tuple[tuple[str, StageSettings], ...]:
    if not isinstance(value, dict):
        refuse(setting, value, place)
    return tuple(
        sorted((name, _stage(setting, name, stage, place)) for name, stage in value.items())
    )


def _stage(setting: Setting, name: str, value: object, place: Place) -> StageSettings:
    if not isinstance(value, dict) or not re.fullmatch(setting.names, name):
        refuse(setting, value, place, name)
    for key in value:
        if key not in STAGE_KEYS:
            raise unknown(key, STAGE_KEYS, place)
    return StageSettings(
        packages=_strings(setting, value.get("packages", []), place, _PACKAGES, f"{name}.packages"),
        environment=_texts(
            setting, value.get("environment", {}), place, names=VARIABLE, pattern=r"[^\n\r]*"
        ),
        before=_strings(setting, value.get("before", []), place, r"(?s:.*)", f"{name}.before"),
        after=_strings(setting, value.get("after", []), place, r"(?s:.*)", f"{name}.after"),
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
    """Raise the error for one entry of an array: the array itself is fine, so it is the entry that is shown."""
    if not isinstance(item, str) or not setting.expected:
        refuse(setting, item, place, key)
    name = f"{setting.key}.{key}" if key else setting.key
    raise SettingValueError(
        f"{item!r} in `{name}` does not fit: its entries are {setting.expected}",
        found=f"{_spelled(item)}, given by {place.label}",
        origin=place.origin,
        rule=setting.description,
        steps=("correct the entry, or take it out",),
        example=f"{setting.key} = {setting.example}",
    )


def _texts(
    setting: Setting, value: object, place: Place, *, names: str, pattern: str
) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        refuse(setting, value, place)
    for key, item in value.items():
        if (
            not re.fullmatch(names, key)
            or not isinstance(item, str)
            or not re.fullmatch(pattern, item)
        ):
            refuse(setting, item, place, key)
    return tuple(sorted(value.items()))


_CHECKS: dict[Kind, Callable[[Setting, object, Place], Any]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.SWITCH: _flag,
    Kind.LIST: _list,
    Kind.COMMAND: _command,
    Kind.TABLE: _table,
    Kind.STAGES: _stages,
}


def plain(value: object) -> Any:  # noqa: ANN401 - what a TOML file holds
    """Return a value of `Settings` as TOML's types: the way back from `checked`."""
    if isinstance(value, StageSettings):
        return {name: plain(getattr(value, name)) for name in fields(value) if getattr(value, name)}
    if isinstance(value, tuple | list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {name: plain(item) for name, item in value}
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def _switch(setting: Setting, text: str, place: Place) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        refuse(setting, text, place)
    return word in _YES


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _pairs(setting: Setting, text: str, place: Place) -> dict[str, str]:
    if setting.kind is Kind.STAGES or not all("=" in part for part in _split(text)):
        refuse(setting, text, place)
    pairs = (part.partition("=") for part in _split(text))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _toml(setting: Setting, text: str, place: Place) -> Any:  # noqa: ANN401 - TOML's types
    from dockwright.model.toml_text import parse_toml

    try:
        return parse_toml(f"value = {text}")["value"]
    except ValueError:
        refuse(setting, text, place)
