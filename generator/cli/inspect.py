"""`dockwright inspect`: what was found, what was decided, because of which file and line."""

import json
from pathlib import Path

import click

from generator.cli.options import project_command


@click.command()
@project_command
@click.option("--json", "as_json", is_flag=True, help="Print JSON; `dockwright schema` prints its schema.")
@click.option("--why", is_flag=True, help="Say the reason and the places for every decision.")
def inspect(path: Path, flags: tuple[str, ...], as_json: bool, why: bool) -> None:
    """Show what was found in PATH and what follows from it. Nothing is written."""
    from generator.api import plan, settings_of

    settled = plan(path, settings_of(path, flags=flags), lenient=True)
    if as_json:
        from generator.inspection import inspection

        click.echo(json.dumps(inspection(settled), indent=2, ensure_ascii=False))
        return
    from generator.cli.screen import show_plan

    show_plan(settled, why=why)
