"""What the owner settled: flags, then `DOCKWRIGHT_*`, then the file, then what is decided from the project."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.model.output import RenderedFile
from dockwright.model.settings import Settings, SettingsSource
from dockwright.settings.load import load_settings

__all__ = [
    "SettingsSource",
    "changed_settings",
    "load_settings",
    "save_settings",
    "settings_document",
    "settings_flags",
    "settings_schema",
    "with_changes",
]


def changed_settings(root: Path, changes: Mapping[str, Any]) -> RenderedFile | None:
    """Return the settings file with `changes` in it, None where it stays as it is.

    `changes` has keys as the file spells them ("health-path"); None takes a key out, and so does a value that is the default.
    Comments and order stay. Raises UsageError for a key or value that `load_settings` would refuse.
    """
    from dockwright.settings.save import changed_file

    return changed_file(root, changes)


def save_settings(root: Path, changes: Mapping[str, Any]) -> Path | None:
    """Write `changes` (as for `changed_settings`) and return the file, None where nothing was to change."""
    from dockwright.settings.save import save

    return save(root, changes)


def with_changes(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return `settings` with `changes` (as for `changed_settings`, None for the default) settled as well."""
    from dockwright.settings.save import changed

    return changed(settings, changes)


def settings_flags(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the `key=value` texts for `--set` that say the same as `changes`."""
    from dockwright.settings.save import flags_of

    return flags_of(changes)


def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of `[tool.dockwright]`, for editors."""
    from dockwright.settings.schema import schema

    return schema()


def settings_document() -> str:
    """Return docs/settings.md."""
    from dockwright.settings.document import document

    return document()
