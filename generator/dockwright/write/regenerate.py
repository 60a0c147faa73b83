"""A whole run: what is to be done with every file, and then all of it."""

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from dockwright.errors import MergeConflictError, NotOursError, redact
from dockwright.model.origin import Origin
from dockwright.model.output import Outcome, RenderedFile, WriteOutcome
from dockwright.model.record import record, replace
from dockwright.model.secret import hide_secrets
from dockwright.write import disk, store
from dockwright.write.disk import Change
from dockwright.write.merge import Text, compare, first_mark, merge, parse
from dockwright.write.store import Entry, Manifest

# What the first lines of each of our files say: without a manifest it tells them from others.
_HEADER, _HEADER_BYTES = b"written by dockwright", 2048

# Files that their owner may well have had before: they are left alone without a complaint.
_LOOSE_KINDS = frozenset({"env"})

# Files without a base and a merge: whoever passes them has put the old text into the new one.
_PLAIN_KINDS = frozenset({"settings", "template", "lock"})

_LEFT_OVER = "no longer part of what is written; it stays, delete it if you do not need it"

# Files whose owner may have written down how the project runs.
_EVIDENCE_KINDS = frozenset({"dockerfile", "compose"})

# Files that a command of their own writes: no plan renders them, and still they are not left over.
_OTHER_COMMANDS = frozenset({"ci"})


@record
class WriteOptions:
    """How to write; `version` and `command` go into the manifest."""

    # Take the new text, whatever stands there; `replace` says that of single files.
    force: bool = False
    replace: frozenset[str] = frozenset()
    # Files below .dockwright to remove.
    obsolete: tuple[str, ...] = ()
    # "rej" leaves the file and writes FILE.rej, "inline" writes marks into it, "mine" keeps it.
    conflicts: str = "rej"
    diff: bool = False
    dry_run: bool = False
    # All files of the plan are given: what an earlier run wrote beside them is reported.
    complete: bool = False
    version: str = ""
    command: str = ""


_DEFAULT = WriteOptions()


@record
class _Proposal:
    # What is to be done with one file; `text` is None where it stays as it is.

    file: RenderedFile
    # Where its path leads once links are followed.
    place: str
    new: Text
    current: Text | None
    entry: Entry | None
    outcome: Outcome = Outcome.IDENTICAL
    because: str = ""
    text: Text | None = None
    marked: Text | None = None
    # The new text becomes the base.
    settled: bool = False
    # Only `force` may touch it.
    not_ours: bool = False

    @property
    def rejected(self) -> str:
        return f"{self.place}.rej"

    def left(self, because: str) -> "_Proposal":
        return replace(self, outcome=Outcome.SKIP, because=because, text=None, settled=False)

    def conflict(self, because: str) -> "_Proposal":
        return replace(self, outcome=Outcome.CONFLICT, because=because)

    def taken(self, current: Text, because: str = "") -> "_Proposal":
        # Not `new` itself: the file keeps the line ends of its owner.
        text = replace(current, lines=self.new.lines)
        return replace(self, outcome=Outcome.UPDATE, because=because, text=text, settled=True)

    def reported(self, *, diff: bool) -> WriteOutcome:
        shown = ""
        if diff and self.outcome not in {Outcome.IDENTICAL, Outcome.SKIP}:
            # For a conflict the owner wants to see the new text, not the one with the marks.
            after = self.new if self.text is None or self.marked is not None else self.text
            before = self.current.lines if self.current else None
            shown = unified(self.file.path, before, after.lines)
        path = self.file.path
        return WriteOutcome(path=path, outcome=self.outcome, because=self.because, diff=shown)


def write(
    files: tuple[RenderedFile, ...], target: Path, *, options: WriteOptions = _DEFAULT
) -> tuple[WriteOutcome, ...]:
    """Write `files` below `target`, each whole or not at all; the owner's edits are merged.

    Returns one outcome per file. With a conflict no file changes except `FILE.rej` (see
    `WriteOptions.conflicts`); give the outcomes to `conflict_error`. Raises NotOursError,
    OutsideTargetError, NewerFormatError, UnreadableError or UnwritableError.
    """
    run = _started(target, options)
    proposals = [run.proposal(file) for file in files]
    not_ours = [one.file.path for one in proposals if one.not_ours]
    if not_ours:
        raise _not_ours_error(not_ours)
    proposals = run.held(proposals)
    if not options.dry_run:
        disk.apply(run.root, run.changes(proposals))
    return run.outcomes(proposals, diff=options.diff or options.dry_run)


def check(
    files: tuple[RenderedFile, ...], target: Path, *, options: WriteOptions = _DEFAULT
) -> tuple[WriteOutcome, ...]:
    """Return what `write` would do, with diffs; files that are not ours are conflicts here."""
    run = _started(target, options)
    return run.outcomes([run.proposal(file) for file in files], diff=True)


def foreign(files: tuple[RenderedFile, ...], target: Path) -> tuple[str, ...]:
    """Return the paths of `files` where something stands that we did not write and that differs."""
    run = _started(target, _DEFAULT)
    return tuple(file.path for file in files if run.proposal(file).not_ours)


def conflict_error(outcomes: tuple[WriteOutcome, ...]) -> MergeConflictError | None:
    """Return the error for the conflicts among `outcomes`, None if there are none."""
    conflicts = [outcome for outcome in outcomes if outcome.outcome is Outcome.CONFLICT]
    if not conflicts:
        return None
    names, first = ", ".join(outcome.path for outcome in conflicts), conflicts[0].path
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


def _not_ours_error(not_ours: list[str]) -> NotOursError:
    return NotOursError(
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


def _started(target: Path, options: WriteOptions) -> "_Run":
    root = target.resolve()
    return _Run(root=root, manifest=store.load(root), options=options)


@record
class _Run:
    # `root` has no links itself, `manifest` says what earlier runs wrote.

    root: Path
    manifest: Manifest
    options: WriteOptions

    def proposal(self, file: RenderedFile) -> _Proposal:
        place = disk.place_of(self.root, file.path)
        data, raw = disk.read(self.root, place), file.text.encode()
        current = None if data is None else parse(data)
        entry = self.manifest.files.get(file.path)
        found = _Proposal(file=file, place=place, new=parse(raw), current=current, entry=entry)
        if file.kind in _PLAIN_KINDS or file.path.startswith(f"{store.FOLDER}/"):
            outcome = Outcome.CREATE if data is None else Outcome.UPDATE
            return found if data == raw else replace(found, outcome=outcome, text=found.new)
        if data is None or current is None:
            if entry is not None and not self.options.force:
                return found.left("you deleted it, so it stays deleted; --force writes it again")
            return replace(found, outcome=Outcome.CREATE, text=found.new, settled=True)
        if current.digest == found.new.digest:
            return replace(found, settled=True)
        if self.options.force or file.path in self.options.replace:
            return found.taken(current, "forced: what stood there is replaced")
        if entry is None and _HEADER not in data[:_HEADER_BYTES].lower():
            if file.kind in _LOOSE_KINDS:
                return found.left("it is yours, so it is left alone; --force replaces it")
            return replace(found.conflict("it was not written by Dockwright"), not_ours=True)
        # Merging on would take the marks for the owner's lines, and keep them for ever.
        line = first_mark(current)
        if line is not None:
            mark = f"line {line} holds the mark of a conflict that nobody has resolved yet"
            return found.conflict(mark)
        return self._merged(found, current)

    def _merged(self, found: _Proposal, current: Text) -> _Proposal:
        base: Text | str = current  # unedited, whatever became of the copy
        if found.entry is None or current.digest != found.entry.sha256:
            base = store.base_of(self.root, found.file.path, self.manifest, found.new)
        if isinstance(base, str):
            chunks, why = [*compare(current.lines, found.new.lines)], base
        elif base.lines == current.lines:
            return found.taken(current)
        else:
            chunks, why = [*merge(base.lines, current.lines, found.new.lines)], ""
        open_ones = [chunk for chunk in chunks if chunk.line]
        marked = replace(current, lines=tuple(line for chunk in chunks for line in chunk.marked))
        if open_ones and self.options.conflicts != "mine" and not self._decided(found, marked):
            places = ", ".join(chunk.place for chunk in open_ones[:5])
            more = " ..." if len(open_ones) > 5 else ""
            without = f" (there is nothing to compare with: {why})" if why else ""
            return self._conflict(found, marked, places + more + without)
        kept = tuple(line for chunk in chunks for line in (chunk.merged or chunk.mine))
        instead = f", {len(open_ones)} of them instead of new lines" if open_ones else ""
        found = replace(found, because=f"your edits are kept{instead}", settled=True)
        if kept == current.lines:
            return found
        return replace(found, outcome=Outcome.MERGE, text=replace(current, lines=kept))

    def _decided(self, found: _Proposal, marked: Text) -> bool:
        # The owner deleted the .rej file and edited the file: the edit is the decision.
        before = found.entry.rejected if found.entry else ""
        return before not in {"", marked.digest} and disk.read(self.root, found.rejected) is None

    def _conflict(self, found: _Proposal, marked: Text, because: str) -> _Proposal:
        if self.options.conflicts == "inline":
            found = found.conflict(f"{because}; the marks are in the file")
            return replace(found, text=marked, settled=True)
        there = disk.read(self.root, found.rejected)
        if there in {None, marked.encode()} or self._is_ours(found):
            return replace(found.conflict(because), marked=marked)
        still = (
            f"{found.rejected} is still there; delete it when {found.file.path} is as you want it"
        )
        return found.conflict(still)

    def _is_ours(self, one: _Proposal) -> bool:
        # A .rej file into which its owner has written stays.
        data = disk.read(self.root, one.rejected)
        return bool(data is not None and one.entry and parse(data).digest == one.entry.rejected)

    def held(self, proposals: list[_Proposal]) -> list[_Proposal]:
        """With a conflict only .rej files are written: the files keep fitting each other."""
        open_ones = [one.file.path for one in proposals if one.outcome is Outcome.CONFLICT]
        if self.options.conflicts == "inline" or not open_ones:
            return proposals
        because = f"not written yet: {', '.join(open_ones)} has a conflict"
        final = {Outcome.CONFLICT, Outcome.IDENTICAL, Outcome.SKIP}
        return [one if one.outcome in final else one.left(because) for one in proposals]

    def changes(self, proposals: list[_Proposal]) -> list[Change]:
        """Return every change of the run, in the order in which a killed run does no harm.

        The base copies come after the files: between them a file is new and equal to what the next
        run writes. The manifest is last.
        """
        files, books, entries = [], [], dict(self.manifest.files)
        for one in proposals:
            path, kind = one.file.path, one.file.kind
            if one.text is not None:
                data, executable = one.text.encode(), one.file.executable
                files.append(Change(path=one.place, data=data, executable=executable))
            if one.marked is not None:
                files.append(Change(path=one.rejected, data=one.marked.encode()))
                old = one.entry or Entry(sha256="", kind=kind)
                entries[path] = replace(old, rejected=one.marked.digest)
            if one.text is not None and (kept := _of_the_owner(one)):
                books.append(kept)
            if one.settled:
                books.append(Change(path=store.base_path(path), data=one.new.encode()))
                entries[path] = Entry(sha256=one.new.digest, kind=kind)
                if self._is_ours(one):
                    books.append(Change(path=one.rejected, data=None))
        for path in self._no_longer_rendered(proposals):
            # Its base copy may stay. The file is forgotten once its owner has deleted it.
            if not (self.root / path).exists():
                del entries[path]
        # The list was made from what .dockwright holds: nothing outside of it is removed.
        ours = [path for path in self.options.obsolete if path.startswith(f"{store.FOLDER}/")]
        changes = [*files, *books, *(Change(path=path, data=None) for path in ours)]
        changes = [one for one in changes if disk.read(self.root, one.path) != one.data]
        # A run that changes nothing leaves the manifest alone too, whatever its command was.
        if entries != self.manifest.files or (changes and entries):
            signed = Manifest(
                version=self.options.version or self.manifest.version,
                command=self.options.command or self.manifest.command,
                files=entries,
            )
            changes.append(Change(path=store.MANIFEST, data=store.dump(signed)))
        return changes

    def _no_longer_rendered(self, proposals: list[_Proposal]) -> list[str]:
        rendered = {one.file.path for one in proposals}
        known = self.manifest.files if self.options.complete else {}
        return sorted(path for path in known if path not in rendered)

    def outcomes(self, proposals: list[_Proposal], *, diff: bool) -> tuple[WriteOutcome, ...]:
        left = [
            WriteOutcome(path=path, outcome=Outcome.SKIP, because=_LEFT_OVER)
            for path in self._no_longer_rendered(proposals)
            if self.manifest.files[path].kind not in _OTHER_COMMANDS and (self.root / path).exists()
        ]
        return (*(one.reported(diff=diff) for one in proposals), *left)


def _of_the_owner(one: _Proposal) -> Change | None:
    """Return the copy of a hand-written file that is replaced: what it says is still heard."""
    if one.current is None or one.entry is not None or one.file.kind not in _EVIDENCE_KINDS:
        return None
    data = one.current.encode()
    if _HEADER in data[:_HEADER_BYTES].lower():
        return None
    text = redact(hide_secrets(data.decode(errors="replace")))
    return Change(path=f"{store.FOLDER}/replaced/{one.file.path}", data=text.encode())


def unified(path: str, before: Sequence[str] | None, after: Sequence[str]) -> str:
    """Return the unified diff of two files' lines, without secrets; `before` is None for a new
    file.
    """
    old = f"a/{path}" if before is not None else "/dev/null"
    lines = unified_diff(_shown(before or []), _shown(after), old, f"b/{path}", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _shown(lines: Sequence[str]) -> list[str]:
    # Hidden in the whole text, because a value may go on over several lines.
    shown = redact(hide_secrets("\n".join(lines))).split("\n")
    # A last line end is an empty last line here, and no line of its own in a diff.
    return shown if shown[-1] else shown[:-1]
