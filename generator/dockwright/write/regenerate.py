"""A whole run: what is to be done with every file, and then all of it."""

from pathlib import Path

from dockwright.errors import MergeConflictError, NotOursError
from dockwright.model.origin import Origin
from dockwright.model.output import Outcome, RenderedFile, WriteOutcome
from dockwright.model.record import record, replace
from dockwright.write import disk, store
from dockwright.write.diff import unified
from dockwright.write.disk import Change
from dockwright.write.merge import Text, compare, first_mark, merge, parse
from dockwright.write.store import Entry, Manifest

_HEADER, _HEADER_BYTES = b"written by dockwright", 2048

# Files that their owner may well have had before: they are left alone without a complaint.
_LOOSE_KINDS = frozenset({"env"})

# Files without a base and a merge: whoever passes them has put the old text into the new one.
_PLAIN_KINDS = frozenset({"settings", "template", "lock"})

# Files that a command of their own writes: no plan renders them, and still they are not left over.
_OTHER_COMMANDS = frozenset({"ci"})


@record
class WriteOptions:
    """How to write.

    `force` takes the new text, whatever stands there; `replace` names single files for which that
    holds. `obsolete` are files below .dockwright to remove. `conflicts` is for edits and new text
    in the same lines: "rej" leaves the file and writes `FILE.rej` with marks, "inline" writes the
    marks into the file, "mine" keeps the owner's lines. `diff` adds diffs to the outcomes,
    `dry_run` changes nothing. `complete`: all files of the plan are given, so what an earlier run
    wrote beside them is reported. `version` and `command` go into the manifest.
    """

    force: bool = False
    replace: frozenset[str] = frozenset()
    obsolete: tuple[str, ...] = ()
    conflicts: str = "rej"
    diff: bool = False
    dry_run: bool = False
    complete: bool = False
    version: str = ""
    command: str = ""


_DEFAULT = WriteOptions()


@record
class _Proposal:
    """What is to be done with one file.

    `place` is where its path leads once links are followed, `current` what stands there, `entry`
    what the manifest says, `text` what the file will hold (None: as it is), `marked` the content of
    the .rej file. `settled`: the new text becomes the base. `not_ours`: only `force` may touch it.
    """

    file: RenderedFile
    place: str
    new: Text
    current: Text | None
    entry: Entry | None
    outcome: Outcome = Outcome.IDENTICAL
    because: str = ""
    text: Text | None = None
    marked: Text | None = None
    settled: bool = False
    not_ours: bool = False

    @property
    def rejected(self) -> str:
        """The path of the file with the marks."""
        return f"{self.place}.rej"


def write(
    files: tuple[RenderedFile, ...], target: Path, *, options: WriteOptions = _DEFAULT
) -> tuple[WriteOutcome, ...]:
    """Write `files` below `target`, each whole or not at all; the owner's edits are merged.

    Returns one outcome per file. With a conflict no file changes except `FILE.rej` (see
    `WriteOptions.conflicts`); give the outcomes to `conflict_error`. Raises NotOursError,
    OutsideTargetError, NewerFormatError, UnreadableError or UnwritableError.
    """
    root = target.resolve()
    manifest = store.load(root)
    proposals = _proposals(root, files, manifest, options)
    _refuse([one.file.path for one in proposals if one.not_ours])
    proposals = _held(proposals, options)
    if not options.dry_run:
        disk.apply(root, _changes(root, manifest, proposals, options))
    return _outcomes(root, manifest, proposals, options)


def check(
    files: tuple[RenderedFile, ...], target: Path, *, options: WriteOptions = _DEFAULT
) -> tuple[WriteOutcome, ...]:
    """Return what `write` would do, with diffs, and change nothing.

    Files that are not ours are conflicts here.
    """
    root = target.resolve()
    manifest = store.load(root)
    proposals = _proposals(root, files, manifest, options)
    return _outcomes(root, manifest, proposals, replace(options, diff=True))


def foreign(files: tuple[RenderedFile, ...], target: Path) -> tuple[str, ...]:
    """Return the paths of `files` where something stands that we did not write and that differs."""
    root = target.resolve()
    proposals = _proposals(root, files, store.load(root), _DEFAULT)
    return tuple(one.file.path for one in proposals if one.not_ours)


def write_one(file: RenderedFile, target: Path) -> Path:
    """Replace one file that has no base and no merge (the settings), and return its path."""
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
            f"look at the marked lines, edit {first} as you want it, and delete {first}.rej",
            "or keep your lines wherever both differ: dockwright generate --conflicts mine",
            "or take the new text as it is: dockwright generate --force",
        ),
        example="dockwright generate --conflicts mine",
    )


def _proposals(
    root: Path, files: tuple[RenderedFile, ...], manifest: Manifest, options: WriteOptions
) -> tuple[_Proposal, ...]:
    return tuple(_proposal(root, file, manifest, options) for file in files)


def _proposal(
    root: Path, file: RenderedFile, manifest: Manifest, options: WriteOptions
) -> _Proposal:
    place = disk.place_of(root, file.path, store.BOOKS)
    data, raw = disk.read(root, place), file.text.encode()
    found = _Proposal(
        file=file,
        place=place,
        new=parse(raw),
        current=None if data is None else parse(data),
        entry=manifest.files.get(file.path),
    )
    if file.kind in _PLAIN_KINDS or file.path.startswith(f"{store.FOLDER}/"):
        outcome = Outcome.CREATE if data is None else Outcome.UPDATE
        return found if data == raw else replace(found, outcome=outcome, text=found.new)
    if data is None or found.current is None:
        if found.entry is not None and not options.force:
            because = "you deleted it, so it stays deleted; --force writes it again"
            return replace(found, outcome=Outcome.SKIP, because=because)
        return replace(found, outcome=Outcome.CREATE, text=found.new, settled=True)
    if found.current.digest == found.new.digest:
        return replace(found, settled=True)
    if options.force or file.path in options.replace:
        return _taken(found, found.current, "forced: what stood there is replaced")
    if found.entry is None and _HEADER not in data[:_HEADER_BYTES].lower():
        return _foreign(found)
    line = first_mark(found.current)
    if line is not None:
        because = f"line {line} holds the mark of a conflict that nobody has resolved yet"
        return replace(found, outcome=Outcome.CONFLICT, because=because)
    return _merged(root, found, found.current, manifest, options)


def _taken(found: _Proposal, current: Text, because: str = "") -> _Proposal:
    text = current.with_lines(found.new.lines)
    return replace(found, outcome=Outcome.UPDATE, because=because, text=text, settled=True)


def _foreign(found: _Proposal) -> _Proposal:
    if found.file.kind in _LOOSE_KINDS:
        because = "it is yours, so it is left alone; --force replaces it"
        return replace(found, outcome=Outcome.SKIP, because=because)
    because = "it was not written by Dockwright"
    return replace(found, outcome=Outcome.CONFLICT, because=because, not_ours=True)


def _merged(
    root: Path, found: _Proposal, current: Text, manifest: Manifest, options: WriteOptions
) -> _Proposal:
    base: Text | str = current  # unedited, whatever became of the copy
    if found.entry is None or current.digest != found.entry.sha256:
        base = store.base_of(root, found.file.path, manifest, found.new)
    if isinstance(base, Text):
        if base.lines == current.lines:
            return _taken(found, current)
        chunks = tuple(merge(base.lines, current.lines, found.new.lines))
    else:
        chunks = tuple(compare(current.lines, found.new.lines))
    open_ones = [chunk for chunk in chunks if chunk.conflict]
    marked = current.with_lines(tuple(line for chunk in chunks for line in chunk.marked))
    if open_ones and options.conflicts != "mine" and not _decided(root, found, marked):
        why = "" if isinstance(base, Text) else f" (there is nothing to compare with: {base})"
        places = ", ".join(chunk.place for chunk in open_ones[:5])
        more = " ..." if len(open_ones) > 5 else ""
        return _conflict(root, found, marked, places + more + why, options)
    kept = tuple(line for chunk in chunks for line in (chunk.merged or chunk.mine))
    instead = f", {len(open_ones)} of them instead of new lines" if open_ones else ""
    found = replace(found, because=f"your edits are kept{instead}", settled=True)
    if kept == current.lines:
        return found
    return replace(found, outcome=Outcome.MERGE, text=current.with_lines(kept))


def _decided(root: Path, found: _Proposal, marked: Text) -> bool:
    """Whether the owner deleted the .rej file and edited the file: the edit is the decision."""
    before = found.entry.rejected if found.entry else ""
    return before not in {"", marked.digest} and disk.read(root, found.rejected) is None


def _conflict(
    root: Path, found: _Proposal, marked: Text, because: str, options: WriteOptions
) -> _Proposal:
    found = replace(found, outcome=Outcome.CONFLICT, because=because)
    if options.conflicts == "inline":
        because = f"{because}; the marks are in the file"
        return replace(found, because=because, text=marked, settled=True)
    there = disk.read(root, found.rejected)
    if there not in {None, marked.encode()} and not _is_ours(root, found):
        because = (
            f"{found.rejected} is still there; delete it when {found.file.path} is as you want it"
        )
        return replace(found, because=because)
    return replace(found, marked=marked)


def _held(proposals: tuple[_Proposal, ...], options: WriteOptions) -> tuple[_Proposal, ...]:
    """With a conflict only .rej files are written, so that the files keep fitting each other."""
    open_ones = [one.file.path for one in proposals if one.outcome is Outcome.CONFLICT]
    if options.conflicts == "inline" or not open_ones:
        return proposals
    because = f"not written yet: {', '.join(open_ones)} has a conflict"
    final = {Outcome.CONFLICT, Outcome.IDENTICAL, Outcome.SKIP}
    return tuple(
        one
        if one.outcome in final
        else replace(one, outcome=Outcome.SKIP, because=because, text=None, settled=False)
        for one in proposals
    )


def _changes(
    root: Path, manifest: Manifest, proposals: tuple[_Proposal, ...], options: WriteOptions
) -> tuple[Change, ...]:
    """Return every change of the run.

    The base copies come after the files: a run that is killed between them leaves a file that is
    new and equal to what the next run writes. The manifest is last.
    """
    changes, entries = [], dict(manifest.files)
    for one in proposals:
        if one.text is not None:
            executable = one.file.executable
            changes.append(Change(path=one.place, data=one.text.encode(), executable=executable))
        if one.marked is not None:
            changes.append(Change(path=one.rejected, data=one.marked.encode()))
            old = one.entry or Entry(sha256="", kind=one.file.kind)
            entries[one.file.path] = replace(old, rejected=one.marked.digest)
    for one in proposals:
        if one.settled:
            changes.append(Change(path=store.base_path(one.file.path), data=one.new.encode()))
            entries[one.file.path] = Entry(sha256=one.new.digest, kind=one.file.kind)
            if _is_ours(root, one):
                changes.append(Change(path=one.rejected, data=None))
    # Those that are neither rendered any more nor there are forgotten; their base copies may stay.
    rendered = {one.file.path for one in proposals}
    for path in manifest.files if options.complete else ():
        if path not in rendered and not (root / path).exists():
            del entries[path]
    ours = [path for path in options.obsolete if path.startswith(f"{store.FOLDER}/")]
    changes += [Change(path=path, data=None) for path in ours]
    changes = [change for change in changes if disk.read(root, change.path) != change.data]
    if entries != manifest.files or (changes and entries):
        signed = Manifest(
            version=options.version or manifest.version,
            command=options.command or manifest.command,
            files=entries,
        )
        changes.append(Change(path=store.MANIFEST, data=store.dump(signed)))
    return tuple(changes)


def _is_ours(root: Path, one: _Proposal) -> bool:
    """Whether the .rej file is as we wrote it: one that its owner has written into stays."""
    data = disk.read(root, one.rejected)
    if data is None or one.entry is None:
        return False
    return parse(data).digest == one.entry.rejected


def _refuse(not_ours: list[str]) -> None:
    if not not_ours:
        return
    raise NotOursError(
        f"{', '.join(not_ours)}: not written by Dockwright, and not overwritten",
        origin=Origin(path=not_ours[0]),
        rule="a file that somebody wrote by hand is only replaced when asked to",
        steps=(
            "read it into the settings and see what differs: dockwright generate --adopt",
            "or replace it: dockwright generate --force",
            "or leave it out: dockwright generate --only dockerfile|ignore|compose",
        ),
        example="dockwright generate --adopt",
    )


def _outcomes(
    root: Path, manifest: Manifest, proposals: tuple[_Proposal, ...], options: WriteOptions
) -> tuple[WriteOutcome, ...]:
    outcomes = [_outcome(one, options) for one in proposals]
    rendered = {one.file.path for one in proposals}
    because = "no longer part of what is written; it stays, delete it if you do not need it"
    for path, entry in sorted(manifest.files.items()) if options.complete else ():
        left = path not in rendered and entry.kind not in _OTHER_COMMANDS
        if left and (root / path).exists():
            outcomes.append(WriteOutcome(path=path, outcome=Outcome.SKIP, because=because))
    return tuple(outcomes)


def _outcome(one: _Proposal, options: WriteOptions) -> WriteOutcome:
    diff = ""
    asked = options.diff or options.dry_run
    if asked and one.outcome not in {Outcome.IDENTICAL, Outcome.SKIP}:
        # For a conflict the owner wants to see the new text, not the one with the marks.
        after = one.new if one.text is None or one.marked is not None else one.text
        before = None if one.current is None else one.current.lines
        diff = unified(one.file.path, before, after.lines)
    return WriteOutcome(path=one.file.path, outcome=one.outcome, because=one.because, diff=diff)
