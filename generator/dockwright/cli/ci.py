"""`dockwright ci`: a pipeline that keeps the files true."""

from pathlib import Path

import click

from dockwright.cli.options import flag, project_command, word
from dockwright.model.record import replace


@click.command(short_help="Write a pipeline for GitHub or GitLab.")
@click.argument("system", type=click.Choice(["github", "gitlab"]), metavar="SYSTEM")
@project_command
@word("--output", metavar="FILE", help="Write there, relative to the repository's root.")
@flag("--stdout", help="Print the file and write nothing.")
@flag("--force", help="Replace a file that Dockwright did not write.")
def ci(
    system: str, path: Path, flags: tuple[str, ...], output: str, stdout: bool, force: bool
) -> int:
    """Write a pipeline for SYSTEM, github or gitlab.

    It checks the files, builds with a cache, proves the image, and pushes it from the default
    branch.
    """
    from dockwright import __version__
    from dockwright.api import plan, settings_of
    from dockwright.cli.report import report
    from dockwright.render.files import render_pipeline
    from dockwright.write import WriteOptions, conflict_error, write

    settled = plan(path, settings_of(path, flags=flags))
    # Pipelines stand where .git is, which need not be the project's own folder.
    place = path.resolve()
    root = next((one for one in (place, *place.parents) if (one / ".git").exists()), place)
    folder = place.relative_to(root).as_posix()
    file = render_pipeline(system, settled, "" if folder == "." else folder, __version__)
    file = replace(file, path=output) if output else file
    if stdout:
        click.echo(file.text, nl=False)
        return 0
    options = WriteOptions(
        force=force, version=settled.generator, command=f"dockwright ci {system}"
    )
    outcomes = write((file,), root, options=options)
    report(outcomes, (), root, "text", diff=False)
    conflict = conflict_error(outcomes)
    if conflict:
        raise conflict
    return 0
