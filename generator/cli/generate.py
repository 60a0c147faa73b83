"""`dockwright generate`: no questions, for CI and for people who know what they want."""

import json
from pathlib import Path

import click

from generator.cli.options import project_command
from generator.model.origin import Notice
from generator.model.output import Outcome, RenderedFile, WriteOutcome

_KINDS = {"dockerfile": "dockerfile", "ignore": "ignore", "compose": "compose"}


@click.command()
@project_command
@click.option("--output-dir", "-o", type=click.Path(path_type=Path), help="Write there instead of into the project.")
@click.option("--stdout", is_flag=True, help="Print the Dockerfile and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print every file as JSON and write nothing.")
@click.option("--only", type=click.Choice(list(_KINDS)), help="Only this file.")
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 with a diff if a file is not what the project needs."
)
@click.option("--diff", is_flag=True, help="Show what changes.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--force", is_flag=True, help="Overwrite files that Dockwright did not write, and edits.")
@click.option(
    "--conflicts", type=click.Choice(["rej", "inline", "mine"]), default="rej", help="Where conflict marks go."
)
def generate(
    path: Path,
    flags: tuple[str, ...],
    output_dir: Path | None,
    stdout: bool,
    as_json: bool,
    only: str | None,
    check: bool,
    diff: bool,
    dry_run: bool,
    force: bool,
    conflicts: str,
) -> int:
    """Write the Dockerfile, .dockerignore and compose file for the project in PATH."""
    from generator.api import OVERLAY, plan, settings_of
    from generator.render import render

    settings = settings_of(path, flags=flags)
    settled = plan(path, settings)
    overlay = path / OVERLAY
    files = render(settled, settings, overlay=overlay if overlay.is_dir() else None)
    if only:
        files = tuple(file for file in files if file.kind == _KINDS[only])
    if stdout:
        click.echo(_dockerfile(files, only).text, nl=False)
        return 0
    if as_json:
        click.echo(json.dumps({file.path: file.text for file in files}, indent=2, ensure_ascii=False))
        return 0
    from generator import write as room

    options = room.WriteOptions(
        force=force,
        conflicts=conflicts,
        diff=diff or check,
        dry_run=dry_run,
        complete=only is None,
        version=settled.generator,
        command=" ".join(["dockwright generate", *(f"--set {flag}" for flag in flags)]),
    )
    target = output_dir or path
    if check:
        return _say_drift(room.check(files, target, options=options))
    _warn(settled.warnings)
    outcomes = room.write(files, target, options=options)
    _say(outcomes, diff=diff)
    conflict = room.conflict_error(outcomes)
    if conflict:
        raise conflict
    return 0


def _dockerfile(files: tuple[RenderedFile, ...], only: str | None) -> RenderedFile:
    wanted = _KINDS[only] if only else "dockerfile"
    chosen = next((file for file in files if file.kind == wanted), None)
    if chosen is None:
        raise click.UsageError(f"there is no {only} file in this plan: the settings or the project leave it out")
    return chosen


def _warn(notices: tuple[Notice, ...]) -> None:
    for notice in notices:
        place = f"{notice.origin}: " if notice.origin else ""
        click.secho("warning: ", fg="yellow", err=True, nl=False)
        click.echo(f"{place}{notice.text}" + (f"\n         {notice.remedy}" if notice.remedy else ""), err=True)


def _say(outcomes: tuple[WriteOutcome, ...], *, diff: bool) -> None:
    for outcome in outcomes:
        click.echo(f"{outcome.outcome:>9}  {outcome.path}" + (f"  ({outcome.because})" if outcome.because else ""))
        if diff and outcome.diff:
            click.echo(outcome.diff, nl=False)


def _say_drift(outcomes: tuple[WriteOutcome, ...]) -> int:
    drifted = [outcome for outcome in outcomes if outcome.outcome not in {Outcome.IDENTICAL, Outcome.SKIP}]
    for outcome in drifted:
        click.echo(f"{outcome.path}: {outcome.because or outcome.outcome}")
        click.echo(outcome.diff, nl=False)
    return 1 if drifted else 0
