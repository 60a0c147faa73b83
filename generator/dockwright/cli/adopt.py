"""`--adopt`: a hand-written Dockerfile becomes settings, and the owner sees what did not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dockwright.decide.adoption import Adoption, Unread, adopt, needed_settings
from dockwright.detect.application.previous import previous_dockerfile
from dockwright.detect.tree import ProjectTree
from dockwright.errors import NoProjectError
from dockwright.model.output import RenderedFile
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from dockwright.settings.save import settings_flags, with_changes

_JOINED = frozenset({"packages", "environment", "labels"})
_SHOWN = 6


def adopt_dockerfile(
    root: Path, settings: Settings, render: Callable[[Settings], tuple[RenderedFile, ...]]
) -> tuple[Adoption, Settings]:
    """Return what the Dockerfile of `root` means, and settings with it; NoProjectError without."""
    path = settings.dockerfile_path
    text = ProjectTree(root).optional_text(path)
    if text is None:
        raise NoProjectError(
            f"there is no {path} to adopt",
            rule="--adopt reads an existing Dockerfile",
            steps=("set `dockerfile-path` to where it is", "or generate without --adopt"),
            example="dockwright generate --adopt --set dockerfile-path=docker/Dockerfile",
        )
    found = adopt(previous_dockerfile(text, path), path)
    adopted = needed_settings(found, lambda changes: render(_with(settings, changes)))
    return adopted, _with(settings, adopted.changes)


def show_adoption(adopted: Adoption, *, written: str) -> None:
    """Print what was read, what is decided so anyway, and what was not read and why."""
    click.secho("Read into settings" + (f" ({written})" if written else ""), bold=True)
    for key, value in adopted.changes.items():
        for flag in settings_flags({key: value}):
            click.echo(f"  {flag}  ({_places(adopted, key, flag)})")
    if not adopted.changes:
        click.echo("  nothing: the project says it all")
    if adopted.same:
        click.echo(f"Decided the same without a setting: {', '.join(adopted.same)}")
    groups: dict[str, list[Unread]] = {}
    for one in adopted.unread:
        groups.setdefault(one.why, []).append(one)
    if groups:
        click.secho("Not read", bold=True)
    for why, group in groups.items():
        click.echo(f"  {why}")
        for one in group[:_SHOWN]:
            instead = f"  -> {one.instead}" if one.instead else ""
            click.echo(f"    line {one.origin.line}: {one.text[:90]}{instead}")
        if len(group) > _SHOWN:
            click.echo(f"    and {len(group) - _SHOWN} more")


def _places(adopted: Adoption, key: str, flag: str) -> str:
    # Of a table, the lines that say the entry in `flag`.
    name = flag.partition("=")[0].removeprefix(f"{key}.")
    said = [one for one in adopted.readings if one.key == key]
    said = [one for one in said if not isinstance(one.value, dict) or name in one.value]
    return ", ".join(f"line {line}" for line in dict.fromkeys(one.origin.line for one in said))


def _with(settings: Settings, changes: dict[str, Any]) -> Settings:
    # What the owner settled already stays.
    for key, value in changes.items():
        field = key.replace("-", "_")
        read = getattr(with_changes(Settings(), {key: value}), field)
        before = getattr(settings, field)
        # Lists are joined: the owner's settings and the Dockerfile may each know something.
        if key in _JOINED:
            read = tuple(dict.fromkeys((*before, *read)))
        elif before != getattr(Settings(), field):
            continue
        changed: dict[str, Any] = {field: read}
        settings = replace(settings, **changed)
    return settings
