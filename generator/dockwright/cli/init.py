"""`dockwright init`: the wizard."""

import sys
from pathlib import Path

import click

from dockwright.cli.options import project_command


@click.command(short_help="Ask what matters, show the files, write them.")
@project_command
def init(path: Path, flags: tuple[str, ...]) -> None:
    """Ask what matters for the project in PATH, show the files, write them, and keep the answers as settings."""
    from dockwright.api import settings_of
    from dockwright.wizard.flow import require_terminal, run_wizard

    require_terminal(terminal=sys.stdin.isatty() and sys.stdout.isatty())
    run_wizard(path, settings_of(path, flags=flags), given=flags)
