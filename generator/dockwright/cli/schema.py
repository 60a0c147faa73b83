"""`dockwright schema`: the JSON Schemas that other programs and editors build on."""

import json

import click


@click.command(short_help="Print a JSON Schema.")
@click.argument("document", type=click.Choice(["inspect", "settings"]), default="inspect")
def schema(document: str) -> None:
    """Print the JSON Schema of `inspect --json`, or of the settings."""
    if document == "settings":
        from dockwright.settings.document import settings_schema

        click.echo(json.dumps(settings_schema(), indent=2))
        return
    from dockwright.inspection import inspection_schema

    click.echo(json.dumps(inspection_schema(), indent=2))
