"""`dockwright build`: the image, with the engine's own progress, and a report of what is in it."""

import shlex
from pathlib import Path

import click

from generator.cli.options import project_command
from generator.errors import UsageError
from generator.model.plan import Plan
from generator.model.settings import Settings


@click.command(short_help="Build the image, say what each layer weighs.")
@project_command
@click.option("--tag", "-t", "tags", multiple=True, metavar="NAME", help="Name the image. Repeat for more.")
@click.option(
    "--engine", default="", metavar="NAME", help="docker, podman or nerdctl; otherwise the first that answers."
)
@click.option(
    "--target", default="", metavar="STAGE", help="Build this stage instead of the last: dev, test, lock, ..."
)
@click.option(
    "--platform", "platforms", multiple=True, metavar="PLATFORM", help="Such as linux/arm64. Repeat for more."
)
@click.option("--push", is_flag=True, help="Push the result instead of loading it.")
@click.option("--load/--no-load", default=True, help="Load the result into the engine's image store.")
@click.option(
    "--builder", default="", metavar="NAME", help="A buildx builder: remote and Kubernetes builders work too."
)
@click.option(
    "--cache-to", multiple=True, metavar="PLACE", help="Where buildx exports its cache, such as type=registry,ref=NAME."
)
@click.option("--cache-from", multiple=True, metavar="PLACE", help="Where buildx imports a cache from.")
@click.option(
    "--secret", "secrets", multiple=True, metavar="SECRET", help="A build secret, such as id=netrc,src=$HOME/.netrc."
)
@click.option(
    "--ssh", multiple=True, metavar="KEY", help="An SSH agent or key, such as default, for a step that mounts one."
)
@click.option("--sbom", is_flag=True, help="Attach a software bill of materials.")
@click.option("--provenance", default="", metavar="MODE", help="Attach a provenance attestation, such as mode=max.")
@click.option("--build-arg", "arguments", multiple=True, metavar="NAME=VALUE", help="A build argument.")
@click.option("--no-cache", is_flag=True, help="Run every step anew.")
@click.option("--dry-run", is_flag=True, help="Print the command and build nothing.")
@click.option("--drifted", is_flag=True, help="Build although the files are not what the project needs.")
def build(path: Path, flags: tuple[str, ...], engine: str, arguments: tuple[str, ...], **options: object) -> int:
    """Build the image of the project in PATH from its Dockerfile, and say what each layer weighs."""
    from generator.api import plan, settings_of
    from generator.build.engines import Engine, find_engine, require_known
    from generator.build.image import build_image
    from generator.build.request import BuildRequest, build_argv
    from generator.cli.build_report import report

    dry_run, drifted = options.pop("dry_run"), options.pop("drifted")
    settings = settings_of(path, flags=flags)
    settled = plan(path, settings, lenient=True)
    _require_dockerfile(path, settings)
    if not drifted:
        _refuse_drift(path, settings, settled)
    request = BuildRequest(
        root=path,
        dockerfile=settings.dockerfile_path,
        contexts=settled.extra_context,
        arguments=_with_version(_arguments(arguments), path, settled),
        **options,  # type: ignore[arg-type] # click has checked each against its own type
    )
    require_known(engine)
    if dry_run:
        click.echo(shlex.join(build_argv(Engine(program=engine or "docker", buildx=engine in {"", "docker"}), request)))
        return 0
    found = find_engine(engine)
    for complaint in found.passed_over:
        click.echo(f"{complaint}, so {found.program} builds", err=True)
    result = build_image(found, request)
    report(result)
    return 0


def _arguments(pairs: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    split = [pair.partition("=") for pair in pairs]
    return tuple((name, value) for name, _, value in split)


def _with_version(arguments: tuple[tuple[str, str], ...], path: Path, settled: Plan) -> tuple[tuple[str, str], ...]:
    """Add VERSION where the Dockerfile asks for it and nobody has said it: the image has no .git to ask."""
    asked = any(name == "VERSION" for stage in settled.dockerfile.stages for name, _ in stage.args)
    if not asked or any(name == "VERSION" for name, _ in arguments):
        return arguments
    from generator.build.version import version_of

    version = version_of(path)
    return (*arguments, ("VERSION", version)) if version else arguments


def _require_dockerfile(path: Path, settings: Settings) -> None:
    if not (path / settings.dockerfile_path).is_file():
        raise UsageError(
            f"there is no {settings.dockerfile_path} in {path}",
            rule="build builds from the files that generate has written",
            steps=("write them first",),
            example=f"dockwright generate {path}",
        )


def _refuse_drift(path: Path, settings: Settings, settled: Plan) -> None:
    from generator.api import render_plan
    from generator.model.output import Outcome
    from generator.write import check

    wanted = tuple(file for file in render_plan(settled, settings, path) if file.kind in {"dockerfile", "ignore"})
    stale = [
        seen.path for seen in check(wanted, path) if seen.outcome in {Outcome.UPDATE, Outcome.CONFLICT, Outcome.MERGE}
    ]
    if stale:
        raise UsageError(
            f"{', '.join(stale)} is not what the project needs",
            rule="an image is built from files that are up to date, so that it is what the plan says",
            steps=("write them anew", "or build them as they are: --drifted"),
            example=f"dockwright generate {path}",
        )
