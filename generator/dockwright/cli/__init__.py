"""The command line: it prints, asks and exits. A command's module is imported when it is called."""

import errno
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from dockwright import __version__
from dockwright.errors import DockwrightError

# Command -> module that defines a click command of that name, in the order of the help.
_COMMANDS = {
    "init": "dockwright.cli.init",
    "generate": "dockwright.cli.generate",
    "eject": "dockwright.cli.eject",
    "inspect": "dockwright.cli.inspect",
    "schema": "dockwright.cli.inspect",
    "build": "dockwright.cli.build",
    "lock": "dockwright.cli.build",
    "prove": "dockwright.cli.prove",
    "ci": "dockwright.cli.ci",
}

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

_INTERRUPTED = 130
_PIPE_CLOSED = 141
_PASSING_FAULT = 75


class _LazyGroup(click.Group):
    # A command's module is imported when that command is asked for.

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
    """Write the Dockerfile, .dockerignore and compose file of a Python project, and keep them true.

    Begin with `dockwright inspect`, which writes nothing, or with `dockwright init`, which asks.
    PATH is the project's folder, the current one if it is left out.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with a code of the table above."""
    try:
        result = dockwright.main(arguments, prog_name="dockwright", standalone_mode=False)
        # What a full disk or a closed pipe refuses is told here, not while Python shuts down.
        sys.stdout.flush()
    except DockwrightError as error:
        click.echo(f"dockwright: {error.text()}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("dockwright: stopped, nothing was left half done", err=True)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        _drop_output()
        sys.exit(_PIPE_CLOSED)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        place = error.filename or "the output"
        click.echo(f"dockwright: {place} cannot be written: no space is left", err=True)
        _drop_output()
        sys.exit(_PASSING_FAULT)
    sys.exit(result if isinstance(result, int) else 0)


def _drop_output() -> None:
    # Python would try to write once more what is still buffered.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
