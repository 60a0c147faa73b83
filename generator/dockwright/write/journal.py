"""Several files change together or not at all, whenever the process ends.

Every new text is first put beside its target, and so is a copy of the old one. The journal lists them before the first is
made (state `stage`). Once all are on the disk the journal says `commit`, and only then targets are replaced, one rename each.
A run that finds a journal goes back from `stage`, and forward from `commit`: unless the owner edited a file that was not yet
replaced, then it goes back, so that the edit is not lost.
"""

import json
from pathlib import Path
from typing import Any

from dockwright.errors import OutsideTargetError
from dockwright.model.origin import Origin
from dockwright.model.record import record
from dockwright.write import disk
from dockwright.write.text import digest_of

FOLDER = ".dockwright"
_JOURNAL = "journal.json"
_UNFINISHED = ".journal.json.new"


@record
class Change:
    """One file to write (`data`) or to remove (None). `path` is relative to the root; An existing file keeps its mode."""

    path: str
    data: bytes | None
    executable: bool = False


@record
class _Step:
    """A change as the journal knows it: the SHA-256 of the old and the new bytes, None for no file."""

    target: Path
    old: str | None
    new: str | None

    @property
    def fresh(self) -> Path:
        return self.target.with_name(f".{self.target.name}.dockwright-new")

    @property
    def backup(self) -> Path:
        return self.target.with_name(f".{self.target.name}.dockwright-old")

    @property
    def done(self) -> bool:
        return not self.target.exists() if self.new is None else not self.fresh.exists()


def pending(root: Path) -> bool:
    """Whether a run was interrupted in `root`."""
    return any((root / FOLDER / name).exists() for name in (_JOURNAL, _UNFINISHED))


def apply(root: Path, changes: tuple[Change, ...]) -> None:
    """Make all changes, or none and an OSError. The caller holds the lock, and `recover` was called."""
    if not changes:
        return
    steps = tuple(_step(root, change) for change in changes)
    _stay_inside(root, steps)
    try:
        for folder in sorted({step.target.parent for step in steps}):
            disk.make_folder(folder)
        _record(root, steps, "stage")
        for step, change in zip(steps, changes, strict=True):
            _stage(step, change)
        _record(root, steps, "commit")
    except (OSError, KeyboardInterrupt):
        _clean(root, steps)
        raise
    try:
        _forward(root, steps)
    except OSError:
        _back(root, steps)
        raise
    except KeyboardInterrupt:
        _forward(root, steps)
        raise


def recover(root: Path) -> bool:
    """Finish or undo what an interrupted run left, and say whether there was any. The caller holds the lock."""
    if not pending(root):
        return False
    disk.remove(root / FOLDER / _UNFINISHED)
    state, steps = _read(root)
    if state == "commit" and not any(_edited(step) for step in steps):
        _forward(root, steps)
    elif state in {"commit", "back"}:
        _back(root, steps)
    else:
        _clean(root, steps)
    return True


def _stay_inside(root: Path, steps: tuple[_Step, ...]) -> None:
    """No link of the project, also none in .dockwright, leads a file out of the root."""
    for step in steps:
        if not step.target.parent.resolve().is_relative_to(root.resolve()):
            path = step.target.relative_to(root).as_posix()
            raise OutsideTargetError(
                "a link on the way leads out of the target folder",
                origin=Origin(path=path),
                rule="files are only written below the target folder",
                steps=("remove the link",),
                example=f"ls -l {path.rpartition('/')[0]}",
            )


def _step(root: Path, change: Change) -> _Step:
    target = root / change.path
    old = disk.read(target, root)
    return _Step(
        target=target,
        old=None if old is None else digest_of(old),
        new=None if change.data is None else digest_of(change.data),
    )


def _stage(step: _Step, change: Change) -> None:
    mode = disk.mode_of(step.target)
    if change.data is not None:
        disk.put(step.fresh, change.data, 0o777 if change.executable else 0o666)
        if mode is not None:
            disk.copy_mode(step.fresh, mode)
    if mode is not None:
        disk.put(step.backup, step.target.read_bytes(), 0o666)
        disk.copy_mode(step.backup, mode)


def _forward(root: Path, steps: tuple[_Step, ...]) -> None:
    for step in steps:
        if step.done:
            continue
        if step.new is None:
            disk.remove(step.target)
        else:
            disk.replace(step.fresh, step.target)
    for folder in {step.target.parent for step in steps}:
        disk.sync(folder)
    _clean(root, steps)


def _back(root: Path, steps: tuple[_Step, ...]) -> None:
    _record(root, steps, "back")
    for step in steps:
        if step.new is not None and step.fresh.exists():
            continue
        now = _digest(step.target)
        if now != step.new or now == step.old:
            continue
        if step.old is None:
            disk.remove(step.target)
        elif step.backup.exists():
            disk.replace(step.backup, step.target)
    _clean(root, steps)


def _clean(root: Path, steps: tuple[_Step, ...]) -> None:
    for step in steps:
        disk.remove(step.fresh)
        disk.remove(step.backup)
    for name in (_UNFINISHED, _JOURNAL):
        disk.remove(root / FOLDER / name)
    disk.sync(root / FOLDER)
    own = {
        folder
        for step in steps
        for folder in step.target.parents
        if folder.is_relative_to(root / FOLDER)
    }
    for folder in sorted(own, reverse=True):
        disk.remove_empty(folder)


def _edited(step: _Step) -> bool:
    """Whether the owner changed a file that was not yet replaced."""
    return not step.done and _digest(step.target) not in {step.old, step.new}


def _digest(path: Path) -> str | None:
    return digest_of(path.read_bytes()) if path.exists() else None


def _record(root: Path, steps: tuple[_Step, ...], state: str) -> None:
    listed = [
        {"path": step.target.relative_to(root).as_posix(), "old": step.old, "new": step.new}
        for step in steps
    ]
    text = json.dumps({"state": state, "changes": listed}, indent=1)
    journal = root / FOLDER / _JOURNAL
    fresh = journal.with_name(_UNFINISHED)
    disk.put(fresh, text.encode(), 0o666)
    disk.replace(fresh, journal)
    disk.sync(journal.parent)


def _read(root: Path) -> tuple[str, tuple[_Step, ...]]:
    """Return state and steps; a journal that is missing or not ours (it is never half written) has no steps."""
    try:
        document = json.loads((root / FOLDER / _JOURNAL).read_text("utf-8"))
        steps = tuple(_listed(root, entry) for entry in document["changes"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return "stage", ()
    return str(document.get("state")), steps


def _listed(root: Path, entry: Any) -> _Step:  # noqa: ANN401 - JSON is anything
    target = root / str(entry["path"])
    if not target.resolve().is_relative_to(root.resolve()):
        raise ValueError(entry["path"])
    return _Step(target=target, old=entry["old"], new=entry["new"])
