"""Settings into their file: comments, order, line ends and everything else there stay."""

import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit

from dockwright.errors import UnwritableError
from dockwright.model.origin import Origin
from dockwright.model.output import RenderedFile
from dockwright.model.record import replace
from dockwright.model.settings import Kind, Setting, Settings
from dockwright.model.toml_text import parse_toml
from dockwright.settings.load import OWN_FILE, PROJECT_FILE, settings_file, settings_table
from dockwright.settings.setting_values import Place, checked, plain, setting_of

_PLACE = Place(label="the answers")


def changed_settings(root: Path, changes: Mapping[str, Any]) -> tuple[RenderedFile, ...]:
    """Return the settings file with `changes` in it, () where it stays; None takes a key out."""
    rows = {setting_of(key, _PLACE): value for key, value in changes.items()}
    wanted = {row.key: _stored(row, value) for row, value in rows.items()}
    found = settings_file(root)
    path = found[0] if found else PROJECT_FILE if (root / PROJECT_FILE).is_file() else OWN_FILE
    file = root / path
    # Read as it is: settings_file has translated line ends and taken the byte order mark off.
    before = file.read_bytes().decode() if file.exists() else ""
    after = _changed(path, before, wanted)
    return () if after == before else (RenderedFile(path=path, text=after, kind="settings"),)


def with_changes(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return `settings` with `changes`, as for `changed_settings`, in it."""
    rows = {setting_of(key, _PLACE): value for key, value in changes.items()}
    settled = {
        row.field: row.default if value is None else checked(row, plain(value), _PLACE)
        for row, value in rows.items()
    }
    return replace(settings, **settled)


def settings_flags(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the `key=value` texts for `--set` that say the same as `changes`."""
    flags: list[str] = []
    for key, value in changes.items():
        setting = setting_of(key, _PLACE)
        stored = _stored(setting, value)
        if stored is not None:
            flags += _flags(setting, stored)
    return tuple(flags)


def _stored(setting: Setting, value: object) -> Any:  # noqa: ANN401 - TOML's types
    # A default is not stored.
    if value is None:
        return None
    settled = checked(setting, plain(value), _PLACE)
    return None if settled == setting.default else plain(settled)


def _flags(setting: Setting, value: Any) -> Iterator[str]:  # noqa: ANN401 - TOML's types
    key = setting.key
    match setting.kind:
        case Kind.TABLE:
            yield from (f"{key}.{name}={text}" for name, text in value.items())
        case Kind.STAGES:
            for name, stage in value.items():
                for inner, part in stage.items():
                    yield from _stage_flags(f"{key}.{name}.{inner}", part)
        case Kind.LIST:
            yield f"{key}={_list_text(value)}"
        case Kind.COMMAND:
            yield f"{key}={shlex.join(value)}"
        case Kind.SWITCH:
            yield f"{key}={str(value).lower()}"
        case Kind.TEXT | Kind.NUMBER:
            yield f"{key}={value}"


def _stage_flags(key: str, part: Any) -> Iterator[str]:  # noqa: ANN401 - TOML's types
    if isinstance(part, dict):
        yield from (f"{key}.{name}={text}" for name, text in part.items())
    elif key.endswith(".packages"):
        yield f"{key}={_list_text(part)}"
    else:
        # One flag a line: a line of a Dockerfile may hold a comma.
        yield from (f"{key}={line}" for line in part)


def _list_text(items: list[str]) -> str:
    # With a comma, a blank at an end or a bracket the short form would be read as something else.
    unclear = any("," in item or item.strip() != item for item in items)
    if unclear or not items or items[0].startswith("["):
        return json.dumps(items, ensure_ascii=False)
    return ",".join(items)


def _changed(path: str, before: str, wanted: Mapping[str, Any]) -> str:
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    text = before.removeprefix(mark)
    windows = "\r\n" in text and text.count("\n") == text.count("\r\n")
    text = text.replace("\r\n", "\n") if windows else text
    table = settings_table(path, text)
    # Keys keep their spelling; those without a value go.
    spelled = {key.replace("_", "-"): key for key in table}
    new = {spelled.get(key, key): value for key, value in wanted.items()}
    expected = {key: value for key, value in {**table, **new}.items() if value is not None}
    if expected == table:
        return before
    whole, there, header = expected, bool(table), ""
    if path == PROJECT_FILE:
        whole, header = parse_toml(text), "[tool.dockwright]\n"
        there = "dockwright" in whole.setdefault("tool", {})
        whole["tool"]["dockwright"] = expected
    if there:
        document: Any = tomlkit.parse(text)
        _sync(document["tool"]["dockwright"] if header else document, expected)
        after = tomlkit.dumps(document)
    else:
        # A new table goes to the end as text: whatever stands before cannot be touched that way.
        gap = "\n" if text.strip() and header else ""
        line_end = "" if text.endswith("\n") or not text else "\n"
        after = text + line_end + gap + header + _toml(expected)
    # The file belongs to others too, so tomlkit is not believed.
    with suppress(ValueError):
        if parse_toml(after) == whole:
            return mark + (after.replace("\n", "\r\n") if windows else after)
    raise UnwritableError(
        "the settings cannot be put into this file without changing something else",
        origin=Origin(path=path),
        rule="what is not Dockwright's own in the file stays as it is",
        steps=("write [tool.dockwright] as a table of its own",),
        example="[tool.dockwright]\n" + _toml(expected),
    )


def _sync(table: Any, expected: Mapping[str, Any]) -> None:  # noqa: ANN401 - tomlkit's tables
    # Only what differs is touched: tomlkit gives a new value without the comment of the old one.
    for key in [key for key in table if key not in expected]:
        del table[key]
    for key, value in expected.items():
        if key in table and isinstance(value, dict) and isinstance(table[key], dict):
            _sync(table[key], value)
        elif key not in table or table[key] != value:
            table[key] = _item(value)


def _toml(table: Mapping[str, Any]) -> str:
    document = tomlkit.document()
    for key, value in table.items():
        document.add(key, _item(value))
    return tomlkit.dumps(document)


def _item(value: Any) -> Any:  # noqa: ANN401 - tomlkit's items
    if isinstance(value, dict):
        # A table of its own would have to stand behind all plain keys.
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
