"""A whole run: propose for every file, then change all of them at once."""

from pathlib import Path, PurePosixPath

from dockwright.errors import NotOursError, OutsideTargetError
from dockwright.model.origin import Origin
from dockwright.model.output import Outcome, RenderedFile, WriteOutcome
from dockwright.model.record import replace
from dockwright.write import WriteOptions, disk, journal, store
from dockwright.write.compare import Proposal, changes_of, glance, propose
from dockwright.write.journal import Change
from dockwright.write.store import Entry, Manifest
from dockwright.write.text import parse

_Placed = tuple[Proposal, str]
"""A proposal and the path to which the file's path leads."""

_BOOKS = frozenset({"base", "pending", "manifest.json", "journal.json", "lock"})
"""What this room keeps in .dockwright for itself. Templates and answers beside it are files like others."""

_INTERRUPTED = WriteOutcome(
    path=f"{journal.FOLDER}/journal.json",
    outcome=Outcome.UPDATE,
    because="a run was killed here; the next `dockwright generate` finishes or undoes it",
)
_OTHER_COMMANDS = frozenset({"ci"})
"""Kinds of files that a command of their own writes: no plan renders them, and still they are not left over."""


def run(
    files: tuple[RenderedFile, ...], target: Path, options: WriteOptions
) -> tuple[WriteOutcome, ...]:
    """Write, as `dockwright.write.write` says."""
    root = target.resolve()
    if not journal.pending(root):
        manifest, placed = _proposals(files, root, options)
        if options.dry_run or not _plan_of(root, manifest, placed, options):
            return _reported(root, manifest, placed, options)
    from dockwright.write.lock import exclusive

    with disk.explained(root):
        disk.make_folder(root)
        with exclusive(root, wait=options.wait):
            journal.recover(root)
            manifest, placed = _proposals(
                files, root, options
            )  # again: another run may have written meanwhile
            journal.apply(root, _plan_of(root, manifest, placed, options))
    return _reported(root, manifest, placed, options)


def look(
    files: tuple[RenderedFile, ...], target: Path, options: WriteOptions
) -> tuple[WriteOutcome, ...]:
    """Say what would be done, as `dockwright.write.check` says."""
    root = target.resolve()
    manifest = store.load(root)
    places = tuple((file, _place(root, file.path)) for file in files)
    placed = tuple(
        (glance(file, root, place) or propose(file, root, place, manifest, options), place)
        for file, place in places
    )
    return (
        _outcomes(placed, replace(options, diff=True))
        + _left_over(root, manifest, files, options)
        + ((_INTERRUPTED,) if journal.pending(root) else ())
    )


def strangers(files: tuple[RenderedFile, ...], target: Path) -> tuple[str, ...]:
    """Return the paths where something stands that is not ours, as `dockwright.write.foreign` says."""
    root = target.resolve()
    manifest = store.load(root)
    proposals = (
        propose(file, root, _place(root, file.path), manifest, WriteOptions()) for file in files
    )
    return tuple(proposal.file.path for proposal in proposals if proposal.not_ours)


def _reported(
    root: Path, manifest: Manifest, placed: tuple[_Placed, ...], options: WriteOptions
) -> tuple[WriteOutcome, ...]:
    files = tuple(proposal.file for proposal, _ in placed)
    return _outcomes(_held(placed, options), options) + _left_over(root, manifest, files, options)


def _proposals(
    files: tuple[RenderedFile, ...], root: Path, options: WriteOptions
) -> tuple[Manifest, tuple[_Placed, ...]]:
    manifest = store.load(root)
    placed = []
    for file in files:
        place = _place(root, file.path)
        placed.append((propose(file, root, place, manifest, options), place))
    _refuse([proposal for proposal, _ in placed if proposal.not_ours])
    return manifest, tuple(placed)


def _held(placed: tuple[_Placed, ...], options: WriteOptions) -> tuple[_Placed, ...]:
    """With a conflict nothing but the .rej files is written, so the files keep fitting each other."""
    if options.conflicts == "inline":
        return placed
    open_ones = [
        proposal.file.path for proposal, _ in placed if proposal.outcome is Outcome.CONFLICT
    ]
    if not open_ones:
        return placed
    because = f"not written yet: {', '.join(open_ones)} has a conflict"
    return tuple((_waiting(proposal, because), place) for proposal, place in placed)


def _waiting(proposal: Proposal, because: str) -> Proposal:
    if proposal.outcome in {Outcome.CONFLICT, Outcome.IDENTICAL, Outcome.SKIP}:
        return proposal
    return replace(
        proposal,
        outcome=Outcome.SKIP,
        because=because,
        text=None,
        base=None,
        entry=None,
        clears=False,
    )


def _plan_of(
    root: Path, manifest: Manifest, placed: tuple[_Placed, ...], options: WriteOptions
) -> tuple[Change, ...]:
    """Return every change of the run, the manifest last; () where nothing is to be done."""
    kept = _held(placed, options)
    changes = [change for proposal, place in kept for change in changes_of(proposal, place)]
    entries = dict(manifest.files)
    for proposal, place in kept:
        changes += _tidied(root, manifest, proposal, place)
        if proposal.entry is not None:
            entries[proposal.file.path] = proposal.entry
    for path in _gone(root, manifest, placed, options):
        changes.append(Change(path=store.base_path(path), data=None))
        del entries[path]
    changes += [
        Change(path=path, data=None)
        for path in options.obsolete
        if path.startswith(f"{journal.FOLDER}/")
    ]
    changes = [change for change in changes if _differs(root, change)]
    if entries != manifest.files or (changes and entries):
        changes.append(
            Change(path=store.MANIFEST, data=store.dump(_signed(manifest, entries, options)))
        )
    return tuple(changes)


def _signed(manifest: Manifest, entries: dict[str, Entry], options: WriteOptions) -> Manifest:
    return Manifest(
        version=options.version or manifest.version,
        command=options.command or manifest.command,
        files=entries,
    )


def _differs(root: Path, change: Change) -> bool:
    return disk.read(root / change.path, root) != change.data


def _tidied(root: Path, manifest: Manifest, proposal: Proposal, place: str) -> list[Change]:
    """The .rej file of a settled conflict goes, unless its owner has written into it."""
    entry, path = manifest.files.get(proposal.file.path), store.rejected_path(place)
    if not proposal.clears or entry is None or not entry.rejected:
        return []
    data = disk.read(root / path, root)
    return (
        [Change(path=path, data=None)]
        if data is not None and parse(data).digest == entry.rejected
        else []
    )


def _gone(
    root: Path, manifest: Manifest, placed: tuple[_Placed, ...], options: WriteOptions
) -> list[str]:
    """Files of an earlier run that are neither rendered any more nor there: they are forgotten."""
    if not options.complete:
        return []
    rendered = {proposal.file.path for proposal, _ in placed}
    return [path for path in manifest.files if path not in rendered and not (root / path).exists()]


def _left_over(
    root: Path, manifest: Manifest, files: tuple[RenderedFile, ...], options: WriteOptions
) -> tuple[WriteOutcome, ...]:
    if not options.complete:
        return ()
    rendered = {file.path for file in files}
    because = (
        "no longer part of what is written; it is left in place, delete it if you do not need it"
    )
    own = {
        path: entry for path, entry in manifest.files.items() if entry.kind not in _OTHER_COMMANDS
    }
    left = [path for path in sorted(own) if path not in rendered and (root / path).exists()]
    return tuple(WriteOutcome(path=path, outcome=Outcome.SKIP, because=because) for path in left)


def _place(root: Path, path: str) -> str:
    """Return where `path` leads, relative to the root and with links followed; OutsideTargetError if not below the root."""
    parts = PurePosixPath(path).parts
    private = parts and (
        parts[0] == ".git"
        or (parts[0] == journal.FOLDER and (len(parts) < 2 or parts[1] in _BOOKS))
    )
    if (
        not parts
        or path.startswith("/")
        or ".." in parts
        or "\\" in path
        or ":" in parts[0]
        or private
    ):
        raise _outside(path, "it is not a plain path below the target folder")
    try:
        full = (root / path).resolve()
    except (OSError, RuntimeError) as error:
        raise _outside(path, "links on the way lead to each other") from error
    if not full.is_relative_to(root):
        raise _outside(path, "a link on the way leads out of the target folder")
    return full.relative_to(root).as_posix()


def _outside(path: str, why: str) -> OutsideTargetError:
    return OutsideTargetError(
        f"`{path}` cannot be written: {why}",
        origin=Origin(path=path),
        rule="files are only written below the target folder, and not into .git or .dockwright",
        steps=("use a relative path without `..`", "or remove the link"),
        example='dockerfile-path = "docker/Dockerfile"',
    )


def _refuse(foreign: list[Proposal]) -> None:
    if not foreign:
        return
    names = ", ".join(proposal.file.path for proposal in foreign)
    first = foreign[0].file
    raise NotOursError(
        f"{names}: not written by Dockwright, and not overwritten",
        origin=Origin(path=first.path),
        rule="a file that somebody wrote by hand is only replaced when asked to; nothing was written",
        steps=(
            "read it into the settings and see what differs: dockwright generate --adopt",
            "or replace it: dockwright generate --force",
            "or leave it out: dockwright generate --only dockerfile|ignore|compose",
        ),
        example="dockwright generate --adopt",
    )


def _outcomes(placed: tuple[_Placed, ...], options: WriteOptions) -> tuple[WriteOutcome, ...]:
    return tuple(_outcome(proposal, options) for proposal, _ in placed)


def _outcome(proposal: Proposal, options: WriteOptions) -> WriteOutcome:
    diff = ""
    if (options.diff or options.dry_run) and proposal.outcome not in {
        Outcome.IDENTICAL,
        Outcome.SKIP,
    }:
        from dockwright.write.diff import unified

        diff = unified(proposal)
    return WriteOutcome(
        path=proposal.file.path, outcome=proposal.outcome, because=proposal.because, diff=diff
    )
