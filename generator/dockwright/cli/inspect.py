"""`dockwright inspect` and `dockwright schema`: what was found and decided."""

import json
from pathlib import Path

import click

from dockwright.cli.options import flag, json_option, project_command


@click.command(short_help="Show what was found and what follows from it.")
@project_command
@json_option
@flag("--why", help="Give each decision its places, what was not chosen, and the tools used.")
@flag("--online", help="Ask the index what a lock that holds only hashes cannot say.")
def inspect(path: Path, flags: tuple[str, ...], as_json: bool, why: bool, online: bool) -> None:
    """Show what was found in PATH and what follows from it. Nothing is written."""
    from dockwright.api import settings_of
    from dockwright.cli.screen import show_plan
    from dockwright.decide import decide
    from dockwright.detect import detect
    from dockwright.render.inspection_document import inspection

    settings, project = settings_of(path, flags=flags), detect(path)
    if online:
        from dockwright.cli.online import asked_online

        project, settings = asked_online(path, project, settings)
    settled = decide(project, settings, lenient=True)
    if as_json:
        click.echo(json.dumps(inspection(settled), indent=2, ensure_ascii=False))
    else:
        show_plan(settled, why=why)


@click.command(short_help="Print a JSON Schema.")
@click.argument("document", type=click.Choice(["inspect", "settings"]), default="inspect")
def schema(document: str) -> None:
    """Print the JSON Schema of `inspect --json`, or of the settings."""
    from dockwright.model.inspection import inspection_schema
    from dockwright.settings.settings_schema import settings_schema

    found = settings_schema() if document == "settings" else inspection_schema()
    click.echo(json.dumps(found, indent=2))
