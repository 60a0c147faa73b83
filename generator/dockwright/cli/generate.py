"""`dockwright generate`: no questions, for CI and for people who know what they want."""

import json
from pathlib import Path
from typing import Any

import click

from dockwright.cli.options import FOLDER, GenerateRequest, flag, project_command, word
from dockwright.cli.report import format_option, report, report_drift, reported_errors, warn
from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.project import Project
from dockwright.model.record import replace
from dockwright.model.settings import Settings

_KINDS = ("dockerfile", "ignore", "compose")


@click.command(short_help="Write the files; run again, keep your edits.")
@project_command
@click.argument("answers", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--output-dir", "-o", type=FOLDER, help="Write there instead of into the project.")
@flag("--stdout", help="Print the Dockerfile (with --only another file) and write nothing.")
@flag("--json", "as_json", help="Print the text of every file as JSON and write nothing.")
@click.option("--only", type=click.Choice(_KINDS), help="Only this file; the others stay.")
@flag("--check", help="Write nothing; exit 1 with a diff if a file is not what the project needs.")
@flag("--diff", help="Show what changes in each file.")
@flag("--dry-run", help="Say what would happen and write nothing.")
@flag("--force", help="Take the new text over edits and files of others, and what does not fit.")
@click.option(
    "--conflicts",
    type=click.Choice(["rej", "inline", "mine"]),
    default="rej",
    help="Where your edits meet the new text: marks in FILE.rej, marks in the file, or your lines.",
)
@flag("--adopt", help="Read the existing Dockerfile into settings and show what differs.")
@flag("--online", help="Ask the index what a lock with hashes only cannot say, and remember it.")
@flag("--digest", help="Ask the registry for the base image's digest, pin it, and remember it.")
@word("--template", metavar="PATH|URL[@REF]", help="A template pack: a folder or a Git repository.")
@word("--directory", metavar="FOLDER", help="The pack's folder inside --template.")
@flag("--no-input", help="Ask nothing: KEY=VALUE, and the pack's defaults for the rest.")
@flag("--replay", help="Take the answers of the last run with this pack.")
@flag("--overwrite-if-exists", help="Replace files that exist, whoever wrote them.")
@flag("--skip-if-file-exists", help="Leave files alone that exist.")
@flag("--accept-hooks", help="Run the scripts that the pack brings along.")
@format_option
def generate(**options: Any) -> int:  # noqa: ANN401 - click's values, typed by GenerateRequest
    """Write the Dockerfile, .dockerignore and compose file for the project in PATH.

    Run again, it merges your edits with what has changed. With --template the files of a template
    pack are written too; KEY=VALUE answers its questions.
    """
    # A first word of the form key=value is an answer and not the folder.
    if "=" in str(options["path"]) and not options["path"].is_dir():
        options["answers"] = (str(options["path"]), *options["answers"])
        options["path"] = Path()
    request = GenerateRequest(**options)
    if request.answers and not request.template:
        answer = request.answers[0]
        raise click.UsageError(f"{answer} answers a template pack, and --template is missing")
    with reported_errors(request.target, request.output_format):
        return _generate(request)


def _generate(request: GenerateRequest) -> int:
    from dockwright.api import settings_of
    from dockwright.cli.online import pinned

    settings = settings_of(request.path, flags=request.flags)
    settings = replace(settings, force=settings.force or request.force)
    # The digest is part of the plan, so it has to be known before anything is decided.
    if request.digest:
        settings = pinned(request.path, settings, keep=request.remembers)
    if request.adopt:
        return _adopt(request, settings)
    if request.template:
        return _from_template(request, settings)
    settled, files = _rendered(request, settings)
    if request.prints:
        warn(settled.warnings)
        return _print(files, request)
    return _write(request, settled, files)


def _from_template(request: GenerateRequest, settings: Settings) -> int:
    from dockwright.api import plan
    from dockwright.build.programs import run_hook
    from dockwright.cli.template import from_pack

    settled = plan(request.path, settings)
    with from_pack(request, settled, settings) as made:
        files = tuple(file for file in made.files if not _is_skipped(request, file))
        if request.prints:
            warn(settled.warnings)
            return _print(files, request)
        # A `before` hook that fails stops the run while nothing is written yet.
        if "before" in made.hooks:
            run_hook(made.hooks["before"], request.path, made.answers)
        code = _write(request, settled, files, kept=made.kept, obsolete=made.obsolete)
        if "after" in made.hooks:
            run_hook(made.hooks["after"], request.target, made.answers)
        return code


def _is_skipped(request: GenerateRequest, file: RenderedFile) -> bool:
    other = request.only not in (None, file.kind)
    return other or (request.skip_if_file_exists and (request.target / file.path).exists())


def _print(files: tuple[RenderedFile, ...], request: GenerateRequest) -> int:
    if request.stdout:
        click.echo(_one(files, request.only).text, nl=False)
        return 0
    texts = {file.path: file.text for file in files}
    click.echo(json.dumps(texts, indent=2, ensure_ascii=False))
    return 0


def _rendered(
    request: GenerateRequest, settings: Settings
) -> tuple[Plan, tuple[RenderedFile, ...]]:
    from dockwright.cli.online import asked_online, remember
    from dockwright.detect import detect

    project = detect(request.path)
    if request.force and request.only in (None, "ignore"):
        # With --force the owner's lines are about to go, so nothing may rely on them.
        project = replace(project, ignore_files=())
    if not request.online:
        return _from_project(request, settings, project)
    project, informed = asked_online(request.path, project, settings)
    rendered = _from_project(request, informed, project)
    if request.remembers:
        remember(request.path, settings, informed)
    return rendered


def _from_project(
    request: GenerateRequest, settings: Settings, project: Project
) -> tuple[Plan, tuple[RenderedFile, ...]]:
    from dockwright.api import render_plan
    from dockwright.decide import decide

    settled = decide(project, settings)
    files = render_plan(settled, settings, request.path, request.target)
    return settled, tuple(file for file in files if request.only in (None, file.kind))


def _write(
    request: GenerateRequest,
    settled: Plan,
    files: tuple[RenderedFile, ...],
    *,
    kept: tuple[RenderedFile, ...] = (),
    obsolete: tuple[str, ...] = (),
) -> int:
    # `kept` goes along unreported; `obsolete` are ours and removed.
    from dockwright.write import WriteOptions, check, conflict_error, write

    replaced = frozenset(file.path for file in files) if request.overwrite_if_exists else None
    options = WriteOptions(
        force=request.force,
        replace=replaced or frozenset(),
        obsolete=obsolete,
        conflicts=request.conflicts,
        diff=request.diff,
        dry_run=request.dry_run,
        complete=request.only is None and not request.skip_if_file_exists,
        version=settled.generator,
        command=request.command,
    )
    if request.check:
        found = check(files, request.target, options=options)
        return report_drift(found, request.target, request.output_format)
    outcomes = write((*files, *kept), request.target, options=options)
    silent = {file.path for file in kept}
    shown = tuple(outcome for outcome in outcomes if outcome.path not in silent)
    report(shown, settled.warnings, request.target, request.output_format, diff=request.diff)
    # The report comes first: it says which files were written although one was not.
    conflict = conflict_error(outcomes)
    if conflict:
        raise conflict
    return 0


def _adopt(request: GenerateRequest, settings: Settings) -> int:
    # Settings first, then the difference; only --force replaces the Dockerfile itself.
    from dockwright.cli.adopt import adopt_dockerfile, show_adoption
    from dockwright.detect import detect
    from dockwright.settings.save import changed_settings
    from dockwright.write import check, write

    # The old Dockerfile will be gone: what only it says must not be what the decision relies on.
    project = replace(detect(request.path), exposed_port=None)
    adopted, informed = adopt_dockerfile(
        request.path, settings, lambda tried: _from_project(request, tried, project)[1]
    )
    quiet = request.dry_run or request.check
    saved = changed_settings(request.path, adopted.changes)
    names = ", ".join(file.path for file in saved)
    show_adoption(adopted, written=f"not written: {names}" if names and quiet else names)
    settled, files = _from_project(request, informed, project)
    dockerfile = _one(files, "dockerfile")
    click.secho("What differs", bold=True)
    for outcome in check((dockerfile,), request.target):
        click.echo(outcome.diff or "  nothing\n", nl=False)
    if quiet:
        return 0
    write(saved, request.path)
    if request.force:
        return _write(request, settled, files)
    click.echo("Nothing but the settings was written.")
    click.echo(f"To replace {dockerfile.path}: dockwright generate --force")
    return 0


def _one(files: tuple[RenderedFile, ...], only: str | None) -> RenderedFile:
    chosen = next((file for file in files if file.kind == (only or "dockerfile")), None)
    if chosen is None:
        raise click.UsageError(f"there is no {only} file: the settings or the project leave it out")
    return chosen
