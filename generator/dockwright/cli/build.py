"""`dockwright build` and `dockwright lock`: what a container engine makes, an image or a lock."""

import json
import shlex
from pathlib import Path
from typing import Any

import click

from dockwright.cli.options import (
    engine_options,
    flag,
    json_option,
    many,
    pairs,
    project_command,
    word,
)
from dockwright.model.output import BuildResult, StepReport, megabytes

_BAR = 24
_WIDTH = 72
_LARGEST = 10


@click.command(short_help="Build the image, say what each layer weighs.")
@project_command
@engine_options
@many("--tag", "-t", "tags", metavar="NAME", help="Name the image. Repeat for more.")
@word(
    "--target", metavar="STAGE", help="Build this stage instead of the last, such as dev or test."
)
@many("--platform", "platforms", metavar="PLATFORM", help="Such as linux/arm64. Repeat for more.")
@flag("--push", help="Push the result instead of loading it.")
@click.option("--load/--no-load", default=True, help="Load the result into the engine's store.")
@many("--cache-to", metavar="PLACE", help="Where to export a cache: type=registry,ref=NAME.")
@many("--cache-from", metavar="PLACE", help="Where to import a cache from.")
@flag("--sbom", help="Attach a software bill of materials.")
@word("--provenance", metavar="MODE", help="Attach a provenance attestation, such as mode=max.")
@flag("--no-cache", help="Run every step anew.")
@flag("--dry-run", help="Print the command and build nothing.")
@json_option
@flag("--drifted", help="Build although the files are not what the project needs.")
def build(
    path: Path, flags: tuple[str, ...], engine: str, arguments: tuple[str, ...], **options: object
) -> int:
    """Build the image of the project in PATH, and say what each layer weighs."""
    from dockwright.api import build_request, settings_of
    from dockwright.build.engine import Engine, find_engine, require_known
    from dockwright.build.image import build_image
    from dockwright.build.request import BuildRequest, build_argv

    # These three are for this function; the others are fields of BuildRequest.
    dry_run, drifted, as_json = (
        bool(options.pop(name)) for name in ("dry_run", "drifted", "as_json")
    )
    asked = BuildRequest(
        root=path,
        arguments=pairs(arguments),
        **options,  # type: ignore[arg-type] # click has checked each against its own type
    )
    request = build_request(asked, settings_of(path, flags=flags), drifted=drifted)
    require_known(engine)
    # A dry run needs no engine: the command may be for another machine.
    if dry_run:
        named = Engine(program=engine or "docker", buildx=engine in {"", "docker"})
        click.echo(shlex.join(build_argv(named, request)))
        return 0
    found = find_engine(engine)
    for complaint in found.passed_over:
        click.echo(f"{complaint}, so {found.program} builds", err=True)
    result = build_image(found, request)
    if as_json:
        click.echo(json.dumps(as_document(result), indent=2, ensure_ascii=False))
    else:
        _show(result)
    return 0


def _show(result: BuildResult) -> None:
    click.echo(_headline(result))
    for title, lines in (
        ("Steps", [_step(step) for step in result.steps]),
        ("Layers", _bars([(layer.instruction, layer.size) for layer in result.layers])),
        (
            f"Largest of {len(result.distributions)} distributions",
            _bars(list(result.distributions[:_LARGEST])),
        ),
    ):
        if lines:
            click.echo("\n".join(("", title, *lines)))
    if result.unread:
        click.echo(f"\n{result.unread}")


def as_document(result: BuildResult) -> dict[str, object]:
    """Return the report as JSON values."""
    return {
        "tag": result.tag,
        "image_id": result.image_id,
        "size": sum(layer.size for layer in result.layers),
        "ran": result.ran,
        "cached": result.cached,
        "steps": [vars(step) for step in result.steps],
        "layers": [vars(layer) for layer in result.layers],
        "distributions": dict(result.distributions),
        "unread": result.unread,
    }


def _headline(result: BuildResult) -> str:
    name = result.tag or result.image_id or "the build"
    total = sum(layer.size for layer in result.layers)
    weight = f"{megabytes(total)}, " if total else ""
    if not result.steps:
        return f"{name}: {weight}built"
    steps = "step" if result.ran == 1 else "steps"
    return f"{name}: {weight}{result.ran} {steps} ran, {result.cached} came from the cache"


def _step(step: StepReport) -> str:
    spent = f"{step.seconds:.1f} s" if step.seconds else "ran"
    return f"{'cached' if step.cached else spent:>10}  {_cut(step.name)}"


def _bars(rows: list[tuple[str, int]]) -> list[str]:
    largest = max((size for _, size in rows), default=0) or 1
    return [
        f"{megabytes(size):>10}  {'#' * max(1, round(_BAR * size / largest)):{_BAR}}  {_cut(name)}"
        for name, size in rows
    ]


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


@click.command(short_help="Lock inside the target image, without the package manager.")
@project_command
@flag("--update", help="Take the newest versions that the manifest allows, not those that fit.")
@engine_options
def lock(
    path: Path,
    flags: tuple[str, ...],
    update: bool,
    engine: str,
    arguments: tuple[str, ...],
    **options: Any,  # noqa: ANN401 - click's values, typed by BuildRequest
) -> None:
    """Lock the project in PATH inside its target image and write the lock back.

    A container engine is needed, the package manager is not.
    """
    from dockwright.api import lock as lock_project
    from dockwright.api import settings_of
    from dockwright.build.request import BuildRequest

    settings = settings_of(path, flags=flags)
    request = BuildRequest(root=path, arguments=pairs(arguments), **options)
    result = lock_project(request, settings, update=update, engine=engine, quiet=False)
    for change in result.changes:
        before, after = change.before or "new", change.after or "gone"
        click.echo(f"{change.name:30} {before:>12} -> {after}")
    if not result.changes:
        click.echo("no version changed")
    click.echo(f"{result.path} is written; `dockwright generate` finds it fresh")
