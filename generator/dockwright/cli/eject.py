"""`dockwright eject`: templates of the project's own, to begin with."""

from pathlib import Path

import click

from dockwright.cli.options import flag, project_argument
from dockwright.errors import NotOursError, UsageError
from dockwright.model.origin import Origin
from dockwright.model.output import RenderedFile

_EXTENDING = """{{% extends "base/{name}" %}}
{{# Override a block below: {blocks}.
   What stands in no block is ignored. docs/templates.md says more. #}}
"""
_STEP = """{# `super()` is what Dockwright would write there.
{% block packages %}{{ super() }}COPY certificates/ /usr/local/share/ca-certificates/
RUN update-ca-certificates
{% endblock %}
#}
"""


@click.command(short_help="Copy the built-in templates, to change them.")
@project_argument
@click.argument("names", nargs=-1)
@flag("--extend", help="Write templates that extend the built-in ones instead of copies.")
@flag("--force", help="Replace templates that are there.")
def eject(path: Path, names: tuple[str, ...], extend: bool, force: bool) -> None:
    """Put templates into .dockwright/templates of the project in PATH, to be changed there.

    NAMES are built-in templates such as Dockerfile.j2, all if none is given; PATH may be left out
    before them. A copy no longer follows new versions of Dockwright. A template that extends the
    built-in one (--extend) does.
    """
    from dockwright.api import OVERLAY
    from dockwright.render.files import make_environment, template_folder
    from dockwright.write import write

    built_in = sorted(file.name for file in template_folder().glob("*.j2"))
    environment = make_environment()
    path, names = _sorted_out(path, names, built_in)
    wanted = names or tuple(
        name for name in built_in if not extend or environment.get_template(name).blocks
    )
    for name in wanted:
        if name not in built_in:
            raise _unknown(name, built_in)
    there = [name for name in wanted if (path / OVERLAY / name).exists()]
    if there and not force:
        raise NotOursError(
            "the template is there already",
            origin=Origin(path=f"{OVERLAY}/{there[0]}"),
            rule="a template that somebody edited is not replaced unasked",
            steps=("name other templates", "or replace it with --force"),
            example="dockwright eject --force",
        )
    files = []
    for name in wanted:
        blocks = ", ".join(sorted(environment.get_template(name).blocks))
        text = _EXTENDING.format(name=name, blocks=blocks) + (
            _STEP if name == "Dockerfile.j2" else ""
        )
        text = text if extend else (template_folder() / name).read_text(encoding="utf-8")
        files.append(RenderedFile(path=f"{OVERLAY}/{name}", text=text, kind="template"))
    for outcome in write(tuple(files), path):
        click.echo(f"{outcome.outcome:>9}  {outcome.path}")


def _sorted_out(
    path: Path, names: tuple[str, ...], built_in: list[str]
) -> tuple[Path, tuple[str, ...]]:
    # The first word is the folder, unless it is a name.
    if path.is_dir():
        return path, names
    if str(path) in built_in:
        return Path(), (str(path), *names)
    raise _unknown(str(path), built_in)


def _unknown(name: str, built_in: list[str]) -> UsageError:
    return UsageError(
        f"{name} is neither a folder nor a built-in template",
        rule="the first word is the project's folder, or a template for the current folder",
        steps=(f"name a folder that is there, or one of: {', '.join(built_in)}",),
        example="dockwright eject . Dockerfile.j2",
    )
