"""`dockwright build`: the image, with the engine's own progress, and a report of what is in it."""

import json
import shlex
from pathlib import Path

import click

from dockwright.cli.options import engine_options, pairs, project_command


@click.command(short_help="Build the image, say what each layer weighs.")
@project_command
@engine_options
@click.option(
    "--tag", "-t", "tags", multiple=True, metavar="NAME", help="Name the image. Repeat for more."
)
@click.option(
    "--target",
    default="",
    metavar="STAGE",
    help="Build this stage instead of the last: dev, test, lock, ...",
)
@click.option(
    "--platform",
    "platforms",
    multiple=True,
    metavar="PLATFORM",
    help="Such as linux/arm64. Repeat for more.",
)
@click.option("--push", is_flag=True, help="Push the result instead of loading it.")
@click.option(
    "--load/--no-load", default=True, help="Load the result into the engine's image store."
)
@click.option(
    "--cache-to",
    multiple=True,
    metavar="PLACE",
    help="Where buildx exports its cache, such as type=registry,ref=NAME.",
)
@click.option(
    "--cache-from", multiple=True, metavar="PLACE", help="Where buildx imports a cache from."
)
@click.option("--sbom", is_flag=True, help="Attach a software bill of materials.")
@click.option(
    "--provenance",
    default="",
    metavar="MODE",
    help="Attach a provenance attestation, such as mode=max.",
)
@click.option("--no-cache", is_flag=True, help="Run every step anew.")
@click.option("--dry-run", is_flag=True, help="Print the command and build nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--drifted", is_flag=True, help="Build although the files are not what the project needs."
)
def build(
    path: Path, flags: tuple[str, ...], engine: str, arguments: tuple[str, ...], **options: object
) -> int:
    """Build the image of the project in PATH from its Dockerfile, and say what each layer weighs."""
    from dockwright.api import build_request, settings_of
    from dockwright.build.engine import Engine, find_engine, require_known
    from dockwright.build.image import build_image
    from dockwright.build.request import BuildRequest, build_argv
    from dockwright.cli.build_report import as_document, report

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
    if dry_run:
        click.echo(
            shlex.join(
                build_argv(
                    Engine(program=engine or "docker", buildx=engine in {"", "docker"}), request
                )
            )
        )
        return 0
    found = find_engine(engine)
    for complaint in found.passed_over:
        click.echo(f"{complaint}, so {found.program} builds", err=True)
    result = build_image(found, request)
    if as_json:
        click.echo(json.dumps(as_document(result), indent=2, ensure_ascii=False))
    else:
        report(result)
    return 0
