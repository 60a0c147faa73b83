"""`dockwright lock`: lock in the target image and write the lock back beside the manifest."""

from pathlib import Path
from typing import Any

import click

from dockwright.cli.options import engine_options, flag, pairs, project_command


@click.command(short_help="Lock inside the target image, without the package manager.")
@project_command
@flag("--update", help="Take the newest versions that the manifest allows, not those that fit.")
@engine_options
def lock(
    path: Path,
    flags: tuple[str, ...],
    update: bool,
    engine: str,
    arguments: tuple[str, ...],
    **options: Any,  # noqa: ANN401 - click's values, typed by BuildRequest
) -> None:
    """Lock the project in PATH inside its target image and write the lock back.

    A container engine is needed, the package manager is not.
    """
    from dockwright.api import lock as lock_project
    from dockwright.api import settings_of
    from dockwright.build.request import BuildRequest

    settings = settings_of(path, flags=flags)
    request = BuildRequest(root=path, arguments=pairs(arguments), **options)
    result = lock_project(request, settings, update=update, engine=engine, quiet=False)
    for change in result.changes:
        before, after = change.before or "new", change.after or "gone"
        click.echo(f"{change.name:30} {before:>12} -> {after}")
    if not result.changes:
        click.echo("no version changed")
    click.echo(f"{result.path} is written; `dockwright generate` finds it fresh")
