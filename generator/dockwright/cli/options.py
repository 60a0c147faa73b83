"""Arguments that several commands share, and short ways to declare an option."""

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from dockwright.model.record import record

Command = TypeVar("Command", bound=Callable[..., object])

FOLDER = click.Path(path_type=Path)

flag = partial(click.option, is_flag=True)
word = partial(click.option, default="", metavar="NAME")
# Options that are given or not, that take one word, and that may be repeated.
many = partial(click.option, multiple=True)

# The project's folder, the current one by default.
project_argument = click.argument("path", type=FOLDER, default=Path())

_SET_HELP = (
    "Settle a setting for this run, such as python=3.13 or strategy=relock. Repeat for more."
)
set_option = many("--set", "flags", metavar="KEY=VALUE", help=_SET_HELP)

json_option = flag("--json", "as_json", help="Print JSON and nothing else.")

engine_option = word(
    "--engine", help="docker, podman or nerdctl; otherwise the first that answers."
)


def project_command(function: Command) -> Command:
    """Add PATH and --set to a command."""
    return project_argument(set_option(function))


def engine_options(function: Command) -> Command:
    """Add what every build takes: engine, builder, secrets, SSH agents, build arguments."""
    source_help = "A build secret, such as id=netrc,src=$HOME/.netrc."
    agent_help = "An SSH agent or key, such as default, for a step that mounts one."
    # Decorators apply from the inside, so the last one stands first in the help.
    for option in (
        many("--build-arg", "arguments", metavar="NAME=VALUE", help="A build argument."),
        many("--ssh", metavar="KEY", help=agent_help),
        many("--secret", "secrets", metavar="SECRET", help=source_help),
        word("--builder", help="A buildx builder: remote and Kubernetes builders work too."),
        engine_option,
    ):
        function = option(function)
    return function


def pairs(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return NAME=VALUE words as (name, value)."""
    split = [word.partition("=") for word in words]
    return tuple((name, value) for name, _, value in split)


@record
class GenerateRequest:
    """The options of `generate` as they were given."""

    path: Path
    flags: tuple[str, ...]
    output_dir: Path | None
    stdout: bool
    as_json: bool
    only: str | None
    check: bool
    diff: bool
    dry_run: bool
    force: bool
    conflicts: str
    adopt: bool
    online: bool
    digest: bool
    template: str
    directory: str
    no_input: bool
    replay: bool
    overwrite_if_exists: bool
    skip_if_file_exists: bool
    accept_hooks: bool
    answers: tuple[str, ...]
    output_format: str

    @property
    def target(self) -> Path:
        """The folder that is written to."""
        return self.output_dir or self.path

    @property
    def remembers(self) -> bool:
        """Whether what was learned is saved in the settings: only where files are written too."""
        return not (self.check or self.dry_run or self.prints)

    @property
    def command(self) -> str:
        """The command line as the manifest remembers it: what decides about the files."""
        words = [word for flag in self.flags for word in ("--set", flag)]
        return shlex.join(["dockwright", "generate", *words])

    @property
    def prints(self) -> bool:
        """Whether the files go to standard output and nowhere else."""
        return self.stdout or self.as_json
