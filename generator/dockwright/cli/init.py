"""`dockwright init`: the wizard."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dockwright.cli.options import project_command
from dockwright.errors import UsageError
from dockwright.model.output import RenderedFile
from dockwright.model.settings import Settings

Render = Callable[[Settings], tuple[RenderedFile, ...]]


@click.command(short_help="Ask what matters, show the files, write them.")
@project_command
def init(path: Path, flags: tuple[str, ...]) -> None:
    """Ask what matters for the project in PATH, show the files, and write them.

    The answers are kept as settings, so that `dockwright generate` needs no questions.
    """
    from dockwright.api import settings_of
    from dockwright.cli.adopt import adopt_dockerfile, show_adoption
    from dockwright.wizard import run_wizard

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "`init` asks questions, and there is no terminal to ask on",
            rule="in CI and in scripts nothing is asked",
            steps=(
                "use `generate`, which decides the same without questions",
                "or run `init` in a terminal",
            ),
            example="dockwright generate",
        )

    # The wizard imports no part of cli: it gets what reads the old Dockerfile handed in.
    def read(settings: Settings, render: Render) -> dict[str, Any]:
        adopted, _ = adopt_dockerfile(path, settings, render)
        show_adoption(adopted, written="")
        return adopted.changes

    run_wizard(path, settings_of(path, flags=flags), read=read, given=flags)
