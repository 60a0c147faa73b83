"""`dockwright lock`: lock in the target image and write the lock back beside the manifest."""

from pathlib import Path

import click

from generator.cli.options import project_command
from generator.model.dependencies import ManagerFinding
from generator.model.manager import Strategy
from generator.model.record import replace


@click.command(short_help="Lock inside the target image, without the package manager.")
@project_command
@click.option(
    "--update", is_flag=True, help="Take the newest versions that the manifest allows, not those that still fit."
)
def lock(path: Path, flags: tuple[str, ...], update: bool) -> None:
    """Lock the project in PATH inside its target image and write the lock back.

    Docker with buildx is needed, the package manager is not.
    """
    from generator.api import render_plan, settings_of
    from generator.build.lock import lock_in_image
    from generator.decide import decide
    from generator.decide.manager import choose_manager
    from generator.detect import detect
    from generator.model.output import RenderedFile
    from generator.write import write_one

    strategy = Strategy.UPDATE if update else Strategy.RELOCK
    settings = replace(settings_of(path, flags=flags), strategy=str(strategy), compose=False)
    project = detect(path)
    finding = choose_manager(project, settings)[0].value
    plan = decide(project, settings, lenient=True)
    target = plan.lock_file
    if not target:
        raise _nothing_to_lock(finding)
    dockerfile = next(file.text for file in render_plan(plan, settings, path) if file.kind == "dockerfile")
    made = lock_in_image(path, dockerfile, target).decode("utf-8")
    before = versions(finding)
    write_one(RenderedFile(path=target, text=made, kind="lock"), path)
    after = versions(choose_manager(detect(path), settings)[0].value)
    for line in changes(before, after):
        click.echo(line)
    click.echo(f"{target} is written; `dockwright generate` finds it fresh")


def versions(finding: ManagerFinding) -> dict[str, str]:
    """Return name -> locked version, () without a lock; several versions by marker are joined."""
    found: dict[str, list[str]] = {}
    for entry in finding.lock.distributions if finding.lock else ():
        found.setdefault(entry.name, []).append(entry.version or entry.reference)
    return {name: ", ".join(sorted(set(all_of_them))) for name, all_of_them in sorted(found.items())}


def changes(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    """Return one line per distribution that came, went or changed its version."""
    names = sorted(before.keys() | after.keys())
    lines = [
        f"{name:30} {before.get(name, 'new'):>12} -> {after.get(name, 'gone')}"
        for name in names
        if before.get(name) != after.get(name)
    ]
    return tuple(lines) or ("no version changed",)


def _nothing_to_lock(finding: ManagerFinding) -> click.UsageError:
    return click.UsageError(
        f"{finding.manager} has no lock of its own for {finding.manifest.path or 'a script'}; "
        "for requirements, rename requirements.txt to requirements.in and compile it, or move to uv, PDM, Poetry or Pipenv"
    )
