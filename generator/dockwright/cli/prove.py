"""`dockwright prove`: whether an image is what the lock and the plan say."""

import json
from pathlib import Path

import click

from dockwright.cli.options import set_option
from dockwright.cli.report import megabytes
from dockwright.model.output import Proof


@click.command(short_help="Start an image and compare it with plan and lock.")
@click.argument("image")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@set_option
@click.option(
    "--engine",
    default="",
    metavar="NAME",
    help="docker, podman or nerdctl; otherwise the first that answers.",
)
@click.option(
    "--env",
    "environment",
    multiple=True,
    metavar="NAME=VALUE",
    help="What the application needs to start.",
)
@click.option(
    "--services/--no-services",
    default=True,
    help="Start the backing services of compose.yaml meanwhile.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with what fills the image.",
)
def prove(
    image: str,
    path: Path,
    flags: tuple[str, ...],
    engine: str,
    environment: tuple[str, ...],
    services: bool,
    as_json: bool,
    html: Path | None,
) -> int:
    """Start IMAGE and compare it with the plan and the lock of the project in PATH."""
    from dockwright.api import prove as prove_image
    from dockwright.api import settings_of
    from dockwright.errors import ProofError

    settings = settings_of(path, flags=flags)
    proof = prove_image(
        image, path, settings, engine=engine, environment=environment, services=services
    )
    if html:
        from dockwright.prove.proof_page import proof_page

        html.write_text(proof_page(proof), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(as_document(proof), indent=2))
    else:
        _show(proof)
    if not proof.passed:
        failed = [check.name for check in proof.checks if not check.passed]
        raise ProofError(
            f"{image} is not what was promised: {', '.join(failed)}",
            rule="an image holds what the lock says, is not root, and stops when told to",
            steps=("read the checks above", "build it again from up-to-date files"),
            example="dockwright generate && dockwright build --tag app && dockwright prove app",
        )
    return 0


def as_document(proof: Proof) -> dict[str, object]:
    """Return the proof as JSON values."""
    return {
        "image": proof.image,
        "passed": proof.passed,
        "size": proof.size,
        "checks": [
            {
                "name": check.name,
                "passed": check.passed,
                "found": check.found,
                "expected": check.expected,
                "details": list(check.details),
            }
            for check in proof.checks
        ],
        "distributions": dict(proof.sizes),
    }


def _show(proof: Proof) -> None:
    for check in proof.checks:
        click.secho(
            "   ok  " if check.passed else " FAIL  ",
            fg="green" if check.passed else "red",
            nl=False,
        )
        click.echo(
            f"{check.name:12} {check.found}"
            + (f" (expected {check.expected})" if not check.passed and check.expected else "")
        )
        for detail in check.details[:12] if not check.passed else ():
            click.echo(f"                    {detail}")
    click.echo(f"       size         {megabytes(proof.size)}")
    for name, size in proof.sizes[:10]:
        click.echo(f"                    {megabytes(size):>10}  {name}")
