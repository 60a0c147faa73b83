"""`dockwright generate --adopt`: a hand-written Dockerfile becomes settings, and everybody sees what did not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dockwright.adopt import Adoption, Reading, Unread, adopt
from dockwright.errors import DockwrightError, NoProjectError
from dockwright.model.output import RenderedFile
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings
from dockwright.settings.save import settings_flags, with_changes

_Render = Callable[[Settings], tuple[RenderedFile, ...]]


@record
class _Attempt:
    """What the settings so far lead to: files, or the error that they end in."""

    settings: Settings
    files: tuple[RenderedFile, ...] = ()
    error: DockwrightError | None = None


@record
class Adopted:
    """What was taken over: `changes` for the settings file, `same` keys that the decision agrees with, `refused` the rest."""

    changes: dict[str, Any]
    same: tuple[str, ...]
    refused: tuple[Unread, ...]
    adoption: Adoption
    settings: Settings


def adopt_dockerfile(root: Path, settings: Settings, render: _Render) -> Adopted:
    """Read the Dockerfile of `root` and keep each setting only if the plan differs with it and still works.

    Raises NoProjectError if there is no Dockerfile, and the error that no setting of it cures.
    """
    from dockwright.detect.tree import ProjectTree

    path = settings.dockerfile_path
    text = ProjectTree(root).optional_text(path)
    if text is None:
        raise NoProjectError(
            f"there is no {path} to adopt",
            rule="--adopt reads an existing Dockerfile",
            steps=("set `dockerfile-path` to where it is", "or generate without --adopt"),
            example="dockwright generate --adopt --set dockerfile-path=docker/Dockerfile",
        )
    found = adopt(text, path)
    best = _attempt(settings, render)
    changes: dict[str, Any] = {}
    refused: list[Unread] = []
    for key, value in found.changes.items():
        attempt = _attempt(_with(best.settings, key, value), render)
        if attempt.error and (best.error is None or type(attempt.error) is not type(best.error)):
            refused.append(_refusal(found, key, attempt.error))
        else:
            changes[key], best = value, attempt
    if best.error:
        raise best.error
    needed, same = _needed(changes, settings, best, render)
    return Adopted(
        changes=needed,
        same=same,
        refused=tuple(refused),
        adoption=found,
        settings=_all(settings, needed),
    )


def show_adoption(adopted: Adopted, *, written: str) -> None:
    """Print what was read, what the decision says anyway, and what was not read and why."""
    click.secho("Read into settings" + (f" ({written})" if written else ""), bold=True)
    for key in adopted.changes:
        for flag in settings_flags({key: adopted.changes[key]}):
            click.echo(f"  {flag}  ({_places(adopted.adoption, key, flag)})")
    if not adopted.changes:
        click.echo("  nothing: the project says it all")
    if adopted.same:
        click.echo(f"Decided the same without a setting: {', '.join(adopted.same)}")
    unread = (*adopted.refused, *adopted.adoption.unread)
    if unread:
        click.secho("Not read", bold=True)
    for why, group in _by_reason(unread).items():
        click.echo(f"  {why}")
        for one in group[:6]:
            click.echo(
                f"    line {one.origin.line}: {one.text[:90]}"
                + (f"  -> {one.instead}" if one.instead else "")
            )
        if len(group) > 6:
            click.echo(f"    and {len(group) - 6} more")


def _places(adoption: Adoption, key: str, flag: str) -> str:
    """The lines that say a setting; of a table, those that say the entry in `flag`."""
    name = flag.partition("=")[0].removeprefix(f"{key}.")
    found = [
        one
        for one in adoption.readings
        if one.key == key and (not isinstance(one.value, dict) or name in one.value)
    ]
    return ", ".join(f"line {line}" for line in dict.fromkeys(one.origin.line for one in found))


def _attempt(settings: Settings, render: _Render) -> _Attempt:
    try:
        return _Attempt(settings=settings, files=render(settings))
    except DockwrightError as error:
        return _Attempt(settings=settings, error=error)


def _needed(
    changes: dict[str, Any], settings: Settings, best: _Attempt, render: _Render
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Leave out every setting, package and entry of a table without which the files are the same."""
    needed = dict(changes)
    for key, value in changes.items():
        items = () if isinstance(value, str | int) or key == "command" else tuple(value)
        for item in ("", *items):  # first the whole setting, then each of its items
            rest = _without(needed, key, item)
            if key in needed and _attempt(_all(settings, rest), render).files == best.files:
                needed = rest
    return needed, tuple(key for key in changes if key not in needed)


def _without(changes: dict[str, Any], key: str, item: str) -> dict[str, Any]:
    value = changes.get(key)
    less: Any = None
    if item and isinstance(value, dict):
        less = {name: text for name, text in value.items() if name != item}
    elif item and isinstance(value, list):
        less = [other for other in value if other != item]
    rest = {name: was for name, was in changes.items() if name != key}
    return {**rest, key: less} if less else rest


def _all(settings: Settings, changes: dict[str, Any]) -> Settings:
    for key, value in changes.items():
        settings = _with(settings, key, value)
    return settings


def _with(settings: Settings, key: str, value: Any) -> Settings:  # noqa: ANN401 - TOML's types
    """The settings with one more, unless the owner has settled it already; tables and lists are joined."""
    field = key.replace("-", "_")
    fresh = getattr(with_changes(Settings(), {key: value}), field)
    before = getattr(settings, field)
    if isinstance(before, tuple) and key in {"packages", "environment", "labels"}:
        fresh = tuple(dict.fromkeys((*before, *fresh)))
    elif before != getattr(Settings(), field):
        return settings
    changed: dict[str, Any] = {field: fresh}
    return replace(settings, **changed)


def _refusal(found: Adoption, key: str, error: DockwrightError) -> Unread:
    reading: Reading = next(reading for reading in found.readings if reading.key == key)
    flags = " ".join(settings_flags({key: found.changes[key]}))
    return Unread(
        text=flags, why=f"it does not fit the project: {error.title}", origin=reading.origin
    )


def _by_reason(unread: tuple[Unread, ...]) -> dict[str, list[Unread]]:
    groups: dict[str, list[Unread]] = {}
    for one in unread:
        groups.setdefault(one.why, []).append(one)
    return groups
