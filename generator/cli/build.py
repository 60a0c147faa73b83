"""`dockwright build`: the image, with the engine's own progress."""

from pathlib import Path

import click

from generator.cli.options import project_command


@click.command()
@project_command
@click.option("--tag", "-t", "tags", multiple=True, help="Name the image. Repeat for more.")
def build(path: Path, flags: tuple[str, ...], tags: tuple[str, ...]) -> None:
    """Build the image of the project in PATH."""
    from generator.api import settings_of
    from generator.build import build_image

    build_image(path, settings_of(path, flags=flags).dockerfile_path, tags)
