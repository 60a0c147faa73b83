"""`dockwright prove`: whether an image is what the lock and the plan say."""

import json
from pathlib import Path

import click

from dockwright.cli.options import engine_option, json_option, many, project_command
from dockwright.model.output import Proof, megabytes

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Start an image and compare it with plan and lock.")
@click.argument("image")
@project_command
@engine_option
@many("--env", "environment", metavar="NAME=VALUE", help="What the application needs to start.")
@click.option(
    "--services/--no-services", default=True, help="Start the services of compose.yaml meanwhile."
)
@json_option
@click.option("--html", type=_FILE, help="Write a page with what fills the image.")
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
    # The page is written for a proof that failed too: it is the one that somebody reads.
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
        "checks": [{**vars(check), "details": list(check.details)} for check in proof.checks],
        "distributions": dict(proof.sizes),
    }


def _show(proof: Proof) -> None:
    for check in proof.checks:
        mark, colour = ("  ok ", "green") if check.passed else ("FAIL ", "red")
        click.secho(f" {mark} ", fg=colour, nl=False)
        expected = f" (expected {check.expected})" if check.expected and not check.passed else ""
        click.echo(f"{check.name:12} {check.found}{expected}")
        # Details of what failed, and of a long list its beginning: JSON and the page have all.
        for detail in check.details[:12] if not check.passed else ():
            click.echo(f"{'':20}{detail}")
    click.echo(f"{'':7}size         {megabytes(proof.size)}")
    for name, size in proof.sizes[:10]:
        click.echo(f"{'':20}{megabytes(size):>10}  {name}")
