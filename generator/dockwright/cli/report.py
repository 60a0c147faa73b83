"""What happened to the files: as text, as JSON, or as annotations of GitHub."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dockwright.errors import DockwrightError, visible
from dockwright.model.origin import Notice, Origin
from dockwright.model.output import Outcome, WriteOutcome

format_option = click.option(
    "--output-format",
    type=click.Choice(("text", "json", "github")),
    default="text",
    help="How to report: for people, programs, or GitHub.",
)


def report(
    outcomes: tuple[WriteOutcome, ...],
    notices: tuple[Notice, ...],
    root: Path,
    output_format: str,
    *,
    diff: bool,
) -> None:
    """Print what happened to each file below `root`."""
    match output_format:
        case "json":
            warnings = [{**vars(one), "origin": _origin(one.origin)} for one in notices]
            document = {"files": [vars(one) for one in outcomes], "warnings": warnings}
            click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        case "github":
            for notice in notices:
                annotate("warning", notice.text, root, notice.origin, title=notice.code)
            for outcome in outcomes:
                _annotate_outcome(outcome, root)
        case _:
            warn(notices)
            for one in outcomes:
                because = f"  ({one.because})" if one.because else ""
                click.echo(f"{one.outcome:>9}  {one.path}{because}")
                click.echo(one.diff if diff else "", nl=False)


def report_drift(outcomes: tuple[WriteOutcome, ...], root: Path, output_format: str) -> int:
    """Print what is not as it should be, with diffs, and return the exit code."""
    # What is skipped belongs to its owner, so it cannot drift.
    drifted = tuple(one for one in outcomes if one.outcome not in {Outcome.IDENTICAL, Outcome.SKIP})
    if output_format != "text":
        report(outcomes if output_format == "json" else drifted, (), root, output_format, diff=True)
        return 1 if drifted else 0
    for outcome in drifted:
        click.echo(f"{outcome.path}: {_drift(outcome)}")
        click.echo(outcome.diff, nl=False)
    if drifted:
        click.echo("dockwright: run `dockwright generate` and commit what it writes", err=True)
    return 1 if drifted else 0


def warn(notices: tuple[Notice, ...]) -> None:
    """Print warnings for people."""
    for notice in notices:
        remedy = f"\n         {visible(notice.remedy)}" if notice.remedy else ""
        click.secho("warning: ", fg="yellow", err=True, nl=False)
        click.echo(f"{visible(notice.placed)}{remedy}", err=True)


@contextmanager
def reported_errors(root: Path, output_format: str) -> Iterator[None]:
    """Report an error in the format that was asked for, too; `main` ends the program with it."""
    try:
        yield
    except DockwrightError as error:
        if output_format == "github":
            annotate("error", error.text(), root, error.origin, title=error.code)
        elif output_format == "json":
            names = ("code", "exit_code", "title", "found", "rule", "steps", "example")
            facts = {name: getattr(error, name) for name in names}
            document = {"error": {**facts, "origin": _origin(error.origin)}}
            click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        raise  # `main` says it on standard error and ends with its exit code


def annotate(level: str, text: str, root: Path, origin: Origin | None, *, title: str) -> None:
    """Print a workflow command that puts `text` beside a line in GitHub's view of the change."""
    # What an error names need not be a file: a setting may come from a flag.
    fields = {"title": f"dockwright {title}"}
    if origin and (root / origin.path).exists():
        file = Path(os.path.relpath(root / origin.path)).as_posix()
        fields = {"file": file, "line": str(origin.line or 1), **fields}
    spelled = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in fields.items())
    click.echo(f"::{level} {spelled}::{_escaped(text)}")


_DRIFT = {
    Outcome.CREATE: "it is missing",
    Outcome.UPDATE: "it is not what the project needs any more",
    Outcome.MERGE: "it is not what the project needs any more; your edits will be kept",
    Outcome.CONFLICT: "your edits and the new text touch the same lines",
}


def _drift(outcome: WriteOutcome) -> str:
    # That a merge keeps edits is no reason of its own.
    own = "" if outcome.outcome is Outcome.MERGE else outcome.because
    return own or _DRIFT[outcome.outcome]


def _annotate_outcome(outcome: WriteOutcome, root: Path) -> None:
    if outcome.outcome in {Outcome.IDENTICAL, Outcome.SKIP}:
        return
    level = "error" if outcome.outcome is Outcome.CONFLICT else "warning"
    text = f"{_drift(outcome)}\n{outcome.diff}".strip()
    # The first line of the old file that the diff changes.
    hunk = re.search(r"(?m)^@@ -(\d+).*\n((?: .*\n)*)", outcome.diff)
    line = max(1, int(hunk[1]) + hunk[2].count("\n")) if hunk else 1
    annotate(level, text, root, Origin(path=outcome.path, line=line), title=outcome.outcome)


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    return vars(origin) if origin else None
