"""Settings into their file: comments, order, line ends and whatever else stands there stay as they are."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.errors import UnwritableError, UsageError
from dockwright.model.origin import Origin
from dockwright.model.output import RenderedFile
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from dockwright.model.toml_text import parse_toml
from dockwright.settings.load import OWN_FILE, PROJECT_FILE, settings_file, settings_table
from dockwright.settings.table import Kind, Setting
from dockwright.settings.values import Place, checked, plain, setting_of

_PLACE = Place(label="the answers")


def save(root: Path, changes: Mapping[str, Any]) -> Path | None:
    """Write what `changed_file` returns and return its path, None where nothing was to change."""
    file = changed_file(root, changes)
    if file is None:
        return None
    from dockwright.write import write_one

    return write_one(file, root)


def changed_file(root: Path, changes: Mapping[str, Any]) -> RenderedFile | None:
    """Return the settings file with `changes` in it, None where it stays as it is."""
    wanted = {
        setting_of(key, _PLACE).key: _stored(setting_of(key, _PLACE), value)
        for key, value in changes.items()
    }
    found = settings_file(root)
    path = found[0] if found else PROJECT_FILE if (root / PROJECT_FILE).is_file() else OWN_FILE
    before = _raw(root / path)
    after = _changed(path, before, wanted)
    return None if after == before else RenderedFile(path=path, text=after, kind="settings")


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return `settings` with `changes` settled as well."""
    rows = {setting_of(key, _PLACE): value for key, value in changes.items()}
    settled = {
        row.field: row.default if value is None else checked(row, plain(value), _PLACE)
        for row, value in rows.items()
    }
    return replace(settings, **settled)


def flags_of(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the `key=value` texts that say the same on the command line."""
    flags: list[str] = []
    for key, value in changes.items():
        setting = setting_of(key, _PLACE)
        stored = _stored(setting, value)
        if stored is not None:
            flags += _flags(setting, stored)
    return tuple(flags)


def _stored(setting: Setting, value: object) -> Any:  # noqa: ANN401 - TOML's types
    """What the file holds for a value, None for one that is as decided and therefore not stored."""
    if value is None:
        return None
    settled = checked(setting, plain(value), _PLACE)
    return None if settled == setting.default else plain(settled)


def _flags(setting: Setting, value: Any) -> list[str]:  # noqa: ANN401 - TOML's types
    match setting.kind:
        case Kind.TABLE:
            return [f"{setting.key}.{name}={text}" for name, text in value.items()]
        case Kind.STAGES:
            return [
                flag
                for name, stage in value.items()
                for flag in _stage_flags(f"{setting.key}.{name}", stage)
            ]
        case Kind.LIST:
            return [f"{setting.key}={_list_text(value)}"]
        case Kind.COMMAND:
            return [f"{setting.key}={shlex.join(value)}"]
        case Kind.SWITCH:
            return [f"{setting.key}={str(value).lower()}"]
        case Kind.TEXT | Kind.NUMBER:
            return [f"{setting.key}={value}"]


def _stage_flags(name: str, stage: Mapping[str, Any]) -> list[str]:
    flags = [f"{name}.packages={_list_text(stage['packages'])}"] if stage.get("packages") else []
    flags += [
        f"{name}.environment.{variable}={text}"
        for variable, text in stage.get("environment", {}).items()
    ]
    return flags + [
        f"{name}.{key}={line}" for key in ("before", "after") for line in stage.get(key, [])
    ]


def _list_text(items: list[str]) -> str:
    if (
        any("," in item or item.strip() != item for item in items)
        or not items
        or items[0].startswith("[")
    ):
        return json.dumps(items, ensure_ascii=False)
    return ",".join(items)


def _raw(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _changed(path: str, before: str, wanted: Mapping[str, Any]) -> str:
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    text = before.removeprefix(mark)
    windows = "\r\n" in text and text.count("\n") == text.count("\r\n")
    text = text.replace("\r\n", "\n") if windows else text
    table = settings_table(path, text)
    expected = _expected(table, wanted)
    if expected == table:
        return before
    after = _appended(path, text, expected) if not table else _edited(path, text, expected)
    if settings_table(path, after) != expected or _others(path, text) != _others(path, after):
        raise _cannot_change(path, expected)
    return mark + (after.replace("\n", "\r\n") if windows else after)


def _expected(table: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The table as it has to be: keys stay spelled as they are, those without a value go."""
    spelled = {key.replace("_", "-"): key for key in table}
    result = dict(table)
    for key, value in wanted.items():
        result.pop(spelled.get(key, key), None) if value is None else result.update(
            {spelled.get(key, key): value}
        )
    return result


def _others(path: str, text: str) -> dict[str, Any]:
    if path == OWN_FILE:
        return {}
    document = parse_toml(text)
    document.get("tool", {}).pop("dockwright", None)
    return {key: value for key, value in document.items() if value}


def _appended(path: str, text: str, table: Mapping[str, Any]) -> str:
    """A new table goes to the end as text: whatever stands before cannot be touched that way."""
    if path == PROJECT_FILE and "tool.dockwright" in text:
        return _edited(path, text, table)
    header = "[tool.dockwright]\n" if path == PROJECT_FILE else ""
    gap = "\n" if text.strip() and header else ""
    start = text if not text or text.endswith("\n") else text + "\n"
    return start + gap + header + _toml(table)


def _toml(table: Mapping[str, Any]) -> str:
    import tomlkit

    document = tomlkit.document()
    for key, value in table.items():
        document.add(key, _item(value))
    return tomlkit.dumps(document)


def _edited(path: str, text: str, expected: Mapping[str, Any]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document if path == OWN_FILE else document["tool"]["dockwright"]
    _sync(table, expected)
    return tomlkit.dumps(document)


def _sync(table: Any, expected: Mapping[str, Any]) -> None:  # noqa: ANN401 - tomlkit's tables
    for key in [key for key in table if key not in expected]:
        del table[key]
    for key, value in expected.items():
        if key in table and isinstance(value, dict) and isinstance(table[key], dict):
            _sync(table[key], value)
        elif key not in table or table[key] != value:
            table[key] = _item(value)


def _item(value: Any) -> Any:  # noqa: ANN401 - tomlkit's items
    import tomlkit

    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        for key, inner in value.items():
            inline.append(key, _item(inner))
        return inline
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(value)
        return array.multiline(len(value) > 4)
    if isinstance(value, str) and "\n" in value:
        return tomlkit.string(value, multiline=True)
    return value


def _cannot_change(path: str, expected: Mapping[str, Any]) -> UsageError | UnwritableError:
    return UnwritableError(
        "the settings cannot be put into this file without changing something else",
        origin=Origin(path=path),
        rule="what is not Dockwright's own in the file stays as it is",
        steps=("write the table [tool.dockwright] as a table of its own",),
        example="[tool.dockwright]\n" + _toml(expected),
    )
