"""The command line: the only room that prints, asks and exits. One module per command, imported when it is called."""

import atexit
import errno
import gc
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from dockwright import __version__
from dockwright.errors import DockwrightError

_COMMANDS = {
    "init": "dockwright.cli.init",
    "generate": "dockwright.cli.generate",
    "eject": "dockwright.cli.eject",
    "inspect": "dockwright.cli.inspect",
    "schema": "dockwright.cli.schema",
    "build": "dockwright.cli.build",
    "lock": "dockwright.cli.lock",
    "prove": "dockwright.cli.prove",
    "ci": "dockwright.cli.ci",
}
"""Command -> module that defines a click command of the same name, in the order in which help lists them."""

_EXIT_CODES = """\b
Exit codes:
   0  done
   1  generate --check found drift
   2  wrong usage or settings
   3  the project cannot be containerised as it stands
   4  the lock is stale
   5  merge conflict
   6  the engine or the build failed
   7  the proof failed
  75  a passing fault, usually the network: try again
"""


_ALLOCATIONS_BETWEEN_COLLECTIONS = 100_000


class _LazyGroup(click.Group):
    """Imports a command's module when that command is asked for: start-up time is a feature."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name)
        return command


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXIT_CODES,
)
@click.version_option(__version__, prog_name="dockwright")
def dockwright() -> None:
    """Write the Dockerfile, .dockerignore and compose file that your Python project needs, and keep them true.

    Begin with `dockwright inspect`, which writes nothing, or with `dockwright init`, which asks. PATH is the project's
    folder, the current one if it is left out.
    """


def run() -> NoReturn:
    """Run the program, and leave at once: to tidy up memory that the system takes back anyway was a tenth of a run."""
    try:
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0
    atexit._run_exitfuncs()  # noqa: SLF001 - what os._exit leaves out
    try:
        for stream in (sys.stdout, sys.stderr):
            if not stream.closed:
                stream.flush()
    except OSError as error:
        code = 141 if isinstance(error, BrokenPipeError) else 1
    os._exit(code)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code that the README documents."""
    # Nearly all that a run makes lives until its end: looking for garbage as often as usual took a twentieth of it.
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    try:
        result = dockwright.main(arguments, prog_name="dockwright", standalone_mode=False)
    except DockwrightError as error:
        click.echo(f"dockwright: {error.text()}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("dockwright: stopped, nothing was left half done", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        click.echo(
            f"dockwright: {error.filename or 'the output'} cannot be written: no space is left",
            err=True,
        )
        sys.exit(75)
    sys.exit(result if isinstance(result, int) else 0)
