"""`--online` asks the index and uv for what reading cannot tell, `--digest` the registry."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockwright.model.dependencies import LockState, Manager, ManagerFinding
from dockwright.model.project import Project
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from dockwright.online.ask import Progress


def asked_online(path: Path, project: Project, settings: Settings) -> tuple[Project, Settings]:
    """Return project and settings with what was learned; PassingFaultError without a network."""
    from dockwright.decide.base_image import libc_of
    from dockwright.decide.manager import choose_manager, production_distributions
    from dockwright.decide.wheels import PLATFORMS, what_was_learned
    from dockwright.online import ask_indexes, cache_folder, unanswered, with_files

    finding = choose_manager(project, settings)[0].value
    known = _judged_by_uv(path, finding)
    production = production_distributions(known, settings.groups, settings.extras)
    asked = unanswered(production)
    if asked:
        with _progress(len(asked)) as progress:
            indexes = known.manifest.indexes
            files = ask_indexes(
                asked, indexes, os.environ, cache=cache_folder(os.environ), progress=progress
            )
        known = with_files(known, files)
        production = production_distributions(known, settings.groups, settings.extras)
    # Kept as settings, so that the next run decides the same without a network.
    learned = what_was_learned(production, settings.platforms or PLATFORMS, libc_of(settings))
    managers = tuple(known if one is finding else one for one in project.managers)
    wheels = tuple(sorted({**dict(settings.wheels), **dict(learned)}.items()))
    return replace(project, managers=managers), replace(settings, wheels=wheels)


def remember(path: Path, before: Settings, after: Settings) -> None:
    """Save what was learned in the project's settings, so that later runs need no network."""
    from dockwright.settings.save import changed_settings
    from dockwright.write import write

    if after.wheels != before.wheels:
        write(changed_settings(path, {"wheels": dict(after.wheels)}), path)


def pinned(path: Path, settings: Settings, *, keep: bool) -> Settings:
    """Return the settings with the digest of their base image; `keep` saves it for later runs."""
    from dockwright.api import plan
    from dockwright.build.engine import digest_of
    from dockwright.settings.save import changed_settings
    from dockwright.write import write

    reference = plan(path, replace(settings, digest="")).base_image.value.reference
    digest = f"{reference}@{digest_of(reference)}"
    if keep and digest != settings.digest:
        write(changed_settings(path, {"digest": digest}), path)
    return replace(settings, digest=digest)


def _judged_by_uv(path: Path, finding: ManagerFinding) -> ManagerFinding:
    from dockwright.build.programs import uv_says_fresh

    lock = finding.lock
    if finding.manager is not Manager.UV or lock is None or lock.state is not LockState.UNKNOWN:
        return finding
    fresh = uv_says_fresh(path)
    if fresh is None:
        return finding
    verdict = "finds it fresh" if fresh else "wants to change it"
    because = (f"`uv lock --check` {verdict}", *lock.because)
    state = LockState.FRESH if fresh else LockState.STALE
    return replace(finding, lock=replace(lock, state=state, because=because))


@contextmanager
def _progress(total: int) -> Iterator[Progress | None]:
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking the index", total=total)
        yield lambda done, _total, _name: bar.update(task, completed=done)
