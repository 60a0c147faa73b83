"""Settings from the file, the environment and the flags; the last that says something wins."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.errors import SyntaxFault, TwoSettingsFilesError, UnreadableError, UsageError
from dockwright.model.origin import Origin
from dockwright.model.settings import Kind, Setting, Settings, SettingsSource
from dockwright.model.toml_text import TomlLines, parse_toml
from dockwright.settings.setting_values import (
    BY_KEY,
    STAGE_KEYS,
    Place,
    checked,
    from_text,
    setting_of,
    unknown,
)

PREFIX = "DOCKWRIGHT_"
OWN_FILE, PROJECT_FILE = "dockwright.toml", "pyproject.toml"

# The answers that hooks of a template pack are given have our prefix and are no setting.
_NOT_SETTINGS = frozenset({"DOCKWRIGHT_ANSWERS"})


# Key -> what TOML holds for it, and where it was given.
_Layer = dict[str, tuple[Any, Place]]


def load_settings(
    root: Path, *, flags: tuple[str, ...] = (), environ: Mapping[str, str] | None = None
) -> SettingsSource:
    """Return the settings for the project in `root`.

    `flags` are the `key=value` texts of `--set`, `environ` the environment (only `DOCKWRIGHT_*` is
    looked at; an empty value is none). The entries of a table (`environment.LOG_LEVEL`) are settled
    one by one, everything else as a whole. Raises UsageError for an unknown key or a value that
    does not fit, SyntaxFault or UnreadableError for the file.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for layer in (_from_file(root), _from_environment(environ or {}), _from_flags(flags)):
        for key, (value, place) in layer.items():
            # Each place answers for itself, before anything is put together.
            checked(BY_KEY[key], value, place)
            values[key] = _joined(values.get(key), value)
            sources[key] = place.label
    # Two fitting tables may not fit together, so the joined one is checked too.
    together = Place(label="the settings")
    settled = {
        BY_KEY[key].field: checked(BY_KEY[key], value, together) for key, value in values.items()
    }
    # The stage `test` is built on `dev`.
    if "test" in settled.get("targets", ()):
        settled["targets"] = ("dev", "test")
    return SettingsSource(settings=Settings(**settled), sources=tuple(sorted(sources.items())))


def _joined(below: object, above: object) -> Any:  # noqa: ANN401 - TOML's types
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _joined(below.get(key), value) for key, value in above.items()}


def _from_flags(flags: tuple[str, ...]) -> _Layer:
    layer: _Layer = {}
    for flag in flags:
        path, equals, text = flag.partition("=")
        place = Place(label=f"--set {path}")
        if not equals:
            raise UsageError(
                f"`--set {flag}` has no `=`",
                rule="a setting on the command line is `key=value`",
                steps=("write the value after `=`",),
                example="dockwright generate --set python=3.13",
            )
        key, _, inner = path.strip().partition(".")
        setting = setting_of(key, place)
        value = _nested(setting, inner, text, place) if inner else from_text(setting, text, place)
        before = layer.get(setting.key)
        layer[setting.key] = (_added(before[0], value) if before else value, place)
    return layer


def _added(before: Any, value: Any) -> Any:  # noqa: ANN401 - TOML's types
    # A list that is given twice on one command line is meant to hold both.
    if isinstance(before, list) and isinstance(value, list):
        return [*before, *value]
    if isinstance(before, dict) and isinstance(value, dict):
        return before | {key: _added(before.get(key), inner) for key, inner in value.items()}
    return value


def _nested(setting: Setting, inner: str, text: str, place: Place) -> dict[str, Any]:
    # `environment.NAME=text` and `stages.NAME.packages=text` mean a table.
    if setting.kind is Kind.TABLE:
        return {inner: text}
    if setting.kind is not Kind.STAGES:
        raise unknown(f"{setting.key}.{inner}", (setting.key,), place)
    stage, _, rest = inner.partition(".")
    key, _, variable = rest.partition(".")
    if key not in STAGE_KEYS:
        raise unknown(key, STAGE_KEYS, place)
    # A line of Dockerfile may hold a comma, so it is never split at one.
    value: Any = [text]
    if variable:
        value = {variable: text}
    elif key in BY_KEY:
        value = from_text(BY_KEY[key], text, place)
    return {stage: {key: value}}


def _from_environment(environ: Mapping[str, str]) -> _Layer:
    layer: _Layer = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or not environ[name] or name in _NOT_SETTINGS:
            continue
        place = Place(label=name)
        setting = BY_KEY.get(name.removeprefix(PREFIX).lower().replace("_", "-"))
        if setting is None:
            raise unknown(name, tuple(setting.variable for setting in BY_KEY.values()), place)
        layer[setting.key] = (from_text(setting, environ[name], place), place)
    return layer


def _from_file(root: Path) -> _Layer:
    found = settings_file(root)
    if found is None:
        return {}
    path, text = found
    lines, above = TomlLines(path, text), ("tool", "dockwright") if path == PROJECT_FILE else ()
    layer: _Layer = {}
    for key, value in settings_table(path, text).items():
        # A table of one entry is best shown at that entry.
        inner = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else ""
        line = lines.line(*above, key, inner)
        origin = Origin(path=path, line=line, key=".".join((*above, key)))
        place = Place(label=f"{path}:{line}" if line else path, origin=origin)
        setting = setting_of(key, place)
        if setting.key in layer:
            raise unknown(key, (setting.key,), place)
        layer[setting.key] = (value, place)
    return layer


def settings_file(root: Path) -> tuple[str, str] | None:
    """Return name and text of the file with settings, None without any; two are an error."""
    own, project = _read(root, OWN_FILE), _read(root, PROJECT_FILE)
    if project is None or not _has_table(project):
        return None if own is None else (OWN_FILE, own)
    if own is None:
        return PROJECT_FILE, project
    raise TwoSettingsFilesError(
        f"settings stand in {OWN_FILE} and in [tool.dockwright] of {PROJECT_FILE}",
        origin=Origin(path=OWN_FILE),
        rule="one project has one place for its settings",
        steps=(f"move what is in {OWN_FILE} under [tool.dockwright]", f"then delete {OWN_FILE}"),
        example=f"git rm {OWN_FILE}",
    )


def settings_table(path: str, text: str) -> dict[str, Any]:
    """Return the table of settings in a file's text; SyntaxFault where it is not TOML."""
    try:
        document = parse_toml(text)
    except ValueError as error:
        digits = str(error).rpartition("at line ")[2].partition(",")[0]
        raise SyntaxFault(
            f"not valid TOML: {error}",
            origin=Origin(path=path, line=int(digits) if digits.isdigit() else None),
            rule="the settings must parse before anything can be decided",
            steps=("correct the named line", "or restore the file from version control"),
            example=f"git diff {path}",
        ) from error
    if path == OWN_FILE:
        return document
    table = document.get("tool", {}).get("dockwright", {})
    if not isinstance(table, dict):
        raise UsageError(
            "`tool.dockwright` must be a table",
            origin=Origin(path=path),
            rule="settings are a table",
            steps=("write a header",),
            example='[tool.dockwright]\npython = "3.13"',
        )
    return table


def _has_table(text: str) -> bool:
    # Most manifests are none of ours, and need no parsing here.
    if "dockwright" not in text:
        return False
    try:
        tool = parse_toml(text).get("tool")
    except ValueError:
        # One that is not TOML and has nothing of ours is for detection to complain about.
        return "tool.dockwright" in text
    return isinstance(tool, dict) and "dockwright" in tool


def _read(root: Path, name: str) -> str | None:
    try:
        return (root / name).read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        # A manifest in another encoding has no settings of ours; detection says what is wrong.
        if name == PROJECT_FILE:
            return None
        raise _unreadable(
            name, f"byte {error.start} is not UTF-8", f"iconv -f latin1 -t utf-8 {name}"
        ) from error
    except OSError as error:
        raise _unreadable(name, str(error.strerror), f"chmod u+r {name}") from error


def _unreadable(name: str, why: str, example: str) -> UnreadableError:
    return UnreadableError(
        f"the file cannot be read: {why}",
        origin=Origin(path=name),
        rule="the settings are read before anything is decided",
        steps=("make it a readable UTF-8 file",),
        example=example,
    )
