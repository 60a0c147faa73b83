"""Rendered text in, files out: compare, merge, replace."""

from pathlib import Path

from dockwright.errors import MergeConflictError
from dockwright.model.output import Outcome, RenderedFile, WriteOutcome
from dockwright.model.record import record

__all__ = ["WriteOptions", "check", "conflict_error", "drifted", "foreign", "write", "write_one"]


@record
class WriteOptions:
    """How to write.

    `force` takes the new text, whatever stands there, `replace` names single files for which that holds. `keep_foreign` leaves
    files alone that Dockwright did not write, instead of refusing to run. `obsolete` are files below .dockwright to remove.
    `conflicts` says where the owner's edits and the new text touch the same
    lines: "rej" leaves the file and writes `FILE.rej` with the marks, "inline" writes the marks into the file, "mine" keeps the
    owner's lines. `diff` fills in the diffs, `dry_run` changes nothing. `complete` says that all files of the plan are
    given: then files of an earlier run that are no longer part of it are reported. `version` and `command` go into the
    manifest. `wait` is how many seconds to wait for another run.
    """

    force: bool = False
    keep_foreign: bool = False
    replace: frozenset[str] = frozenset()
    obsolete: tuple[str, ...] = ()
    conflicts: str = "rej"
    diff: bool = False
    dry_run: bool = False
    complete: bool = False
    version: str = ""
    command: str = ""
    wait: float = 10.0


def write(
    files: tuple[RenderedFile, ...], target: Path, *, options: WriteOptions | None = None
) -> tuple[WriteOutcome, ...]:
    """Write `files` below `target`: all of them or none, whenever the process ends; the owner's edits are merged.

    Returns one outcome per file. With a conflict no file changes except `FILE.rej` (see `WriteOptions.conflicts`); give the
    outcomes to `conflict_error`. Raises NotOursError, OutsideTargetError, NewerFormatError, UnreadableError,
    UnwritableError or BusyError; then nothing was written.
    """
    from dockwright.write.run import run

    return run(files, target, options or WriteOptions())


def check(
    files: tuple[RenderedFile, ...], target: Path, *, options: WriteOptions | None = None
) -> tuple[WriteOutcome, ...]:
    """Return what `write` would do, with diffs, and change nothing. Files that are not ours are conflicts here."""
    from dockwright.write.run import look

    return look(files, target, options or WriteOptions())


def foreign(files: tuple[RenderedFile, ...], target: Path) -> tuple[str, ...]:
    """Return the paths of `files` where something stands that Dockwright did not write and that differs."""
    from dockwright.write.run import strangers

    return strangers(files, target)


def write_one(file: RenderedFile, target: Path) -> Path:
    """Replace one file that has no base and no merge (the settings), atomically, and return its path."""
    write((file,), target)
    return target / file.path


def drifted(outcomes: tuple[WriteOutcome, ...]) -> bool:
    """Whether anything is not as it should be."""
    return any(outcome.outcome not in {Outcome.IDENTICAL, Outcome.SKIP} for outcome in outcomes)


def conflict_error(outcomes: tuple[WriteOutcome, ...]) -> MergeConflictError | None:
    """Return the error for the conflicts among `outcomes`, None if there are none."""
    conflicts = [outcome for outcome in outcomes if outcome.outcome is Outcome.CONFLICT]
    if not conflicts:
        return None
    names = ", ".join(outcome.path for outcome in conflicts)
    first = conflicts[0].path
    return MergeConflictError(
        f"your edits and the new text touch the same lines of {names}",
        found="; ".join(f"{outcome.path}: {outcome.because}" for outcome in conflicts),
        rule="an edit is never overwritten; what can be merged without a question is merged",
        steps=(
            f"look at the marked lines, bring {first} into the form that you want, and delete {first}.rej",
            "or keep your lines wherever both differ: dockwright generate --conflicts mine",
            "or take the new text as it is: dockwright generate --force",
        ),
        example="dockwright generate --conflicts mine",
    )
