"""`dockwright inspect`: what was found, what was decided, because of which file and line."""

import json
from pathlib import Path

import click

from dockwright.cli.options import project_command


@click.command(short_help="Show what was found and what follows from it.")
@project_command
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON; `dockwright schema` prints its schema."
)
@click.option(
    "--why",
    is_flag=True,
    help="Say of each decision where it stands and what was not chosen; and which tools take part.",
)
@click.option(
    "--online", is_flag=True, help="Ask the index what a lock that holds only hashes cannot say."
)
def inspect(path: Path, flags: tuple[str, ...], as_json: bool, why: bool, online: bool) -> None:
    """Show what was found in PATH and what follows from it. Nothing is written."""
    from dockwright.api import settings_of
    from dockwright.decide import decide
    from dockwright.detect import detect

    settings, project = settings_of(path, flags=flags), detect(path)
    if online:
        from dockwright.cli.online import asked_online

        project, settings = asked_online(path, project, settings)
    settled = decide(project, settings, lenient=True)
    if as_json:
        from dockwright.inspection import inspection

        click.echo(json.dumps(inspection(settled), indent=2, ensure_ascii=False))
        return
    from dockwright.cli.screen import show_plan

    show_plan(settled, why=why)
