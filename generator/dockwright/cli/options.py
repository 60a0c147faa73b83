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


_ENGINE_OPTIONS = (
    click.option(
        "--engine",
        default="",
        metavar="NAME",
        help="docker, podman or nerdctl; otherwise the first that answers.",
    ),
    click.option(
        "--builder",
        default="",
        metavar="NAME",
        help="A buildx builder: remote and Kubernetes builders work too.",
    ),
    click.option(
        "--secret",
        "secrets",
        multiple=True,
        metavar="SECRET",
        help="A build secret, such as id=netrc,src=$HOME/.netrc.",
    ),
    click.option(
        "--ssh",
        multiple=True,
        metavar="KEY",
        help="An SSH agent or key, such as default, for a step that mounts one.",
    ),
    click.option(
        "--build-arg", "arguments", multiple=True, metavar="NAME=VALUE", help="A build argument."
    ),
)


def engine_options(function: Command) -> Command:
    """Add what every build takes: engine, builder, secrets, SSH agents, build arguments."""
    for option in reversed(_ENGINE_OPTIONS):
        function = option(function)
    return function


def pairs(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return NAME=VALUE words as (name, value)."""
    split = [word.partition("=") for word in words]
    return tuple((name, value) for name, _, value in split)
