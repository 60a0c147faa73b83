"""Arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., object])

project_argument = click.argument("path", type=click.Path(path_type=Path), default=Path())
"""The project's folder, the current one by default."""

set_option = click.option(
    "--set",
    "flags",
    multiple=True,
    metavar="KEY=VALUE",
    help="Settle a setting for this run, such as python=3.13 or strategy=relock. Repeat for more.",
)


def project_command(function: Command) -> Command:
    """Add PATH and --set to a command."""
    return project_argument(set_option(function))
