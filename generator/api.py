"""The library's front door: what `dockwright` does, as functions."""

import os
from collections.abc import Mapping
from pathlib import Path

from generator.model.inspection import InspectionJson
from generator.model.output import RenderedFile, WriteOutcome
from generator.model.plan import Plan
from generator.model.settings import Settings

__all__ = ["inspect", "plan", "render", "settings_of", "write"]

OVERLAY = ".dockwright/templates"
"""Where a project keeps templates of its own, relative to its root."""

ANSWERS = ".dockwright/answers.json"
"""Where it is recorded which template packs made files, and with which answers."""


def settings_of(root: Path, *, flags: tuple[str, ...] = (), environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings for the project in `root`: flags, environment, file, in that order."""
    from generator.settings import load_settings

    return load_settings(root, flags=flags, environ=os.environ if environ is None else environ).settings


def plan(root: Path, settings: Settings | None = None, *, lenient: bool = False) -> Plan:
    """Read the project in `root` and return the plan for it; see `generator.decide.decide` for the errors."""
    from generator.decide import decide
    from generator.detect import detect

    project = detect(root)
    return decide(project, settings_of(root) if settings is None else settings, lenient=lenient)


def inspect(root: Path, settings: Settings | None = None) -> InspectionJson:
    """Return what `dockwright inspect --json` prints."""
    from generator.inspection import inspection

    return inspection(plan(root, settings, lenient=True))


def render(root: Path, settings: Settings | None = None) -> tuple[RenderedFile, ...]:
    """Return the text of every file for the project in `root`, with the templates and packs that it keeps of its own."""
    wanted = settings_of(root) if settings is None else settings
    return render_plan(plan(root, wanted), wanted, root)


def render_plan(settled: Plan, settings: Settings, root: Path, target: Path | None = None) -> tuple[RenderedFile, ...]:
    """Return the files of a plan; templates of the owner are in `root`, packs that were applied in `target` (the same)."""
    from generator.render import render as render_files

    kept = target or root
    overlay = root / OVERLAY
    own = overlay if overlay.is_dir() else None
    if not (kept / ANSWERS).is_file():
        return render_files(settled, settings, overlay=own)
    from generator.packs import applied_packs, files_of, layers_of

    applied = applied_packs(kept, settled)
    files = {file.path: file for file in render_files(settled, settings, overlay=own, layers=layers_of(applied))}
    return tuple((files | {file.path: file for file in files_of(applied, settled)}).values())


def write(files: tuple[RenderedFile, ...], target: Path) -> tuple[WriteOutcome, ...]:
    """Write `files` below `target`; the owner's edits are merged, and what is not ours is not overwritten."""
    from generator.write import write as write_files

    return write_files(files, target)
