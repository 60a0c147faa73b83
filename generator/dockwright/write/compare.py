"""One file: what stands there, what was written last, what is new; and from these what is to be done."""

from pathlib import Path

from dockwright.model.output import Outcome, RenderedFile
from dockwright.model.record import record, replace
from dockwright.write import WriteOptions, disk
from dockwright.write.journal import FOLDER, Change
from dockwright.write.merge import Chunk, compare, first_mark, marked, merge, settled
from dockwright.write.store import (
    Base,
    Entry,
    Manifest,
    base_path,
    load_base,
    load_pending,
    pending_path,
    rejected_path,
)
from dockwright.write.text import Text, in_the_manner_of, parse

_HEADER = b"written by dockwright"
_HEADER_BYTES = 2048
_LOOSE_KINDS = frozenset({"env"})
"""Files that their owner may well have had before: then they are left alone without a word of complaint."""
PLAIN_KINDS = frozenset({"settings", "template", "lock"})
"""Files that are replaced without a base and a merge: whoever passes them has put their old text into the new one."""


@record
class Proposal:
    """What is to be done with one file.

    `text` is what the file will hold (None: as it is), `base` the new base, `entry` the manifest's new entry, `marked` the content
    of the .rej file. `not_ours` says that only `force` may touch the file.
    """

    file: RenderedFile
    outcome: Outcome
    because: str = ""
    current: Text | None = None
    text: Text | None = None
    base: Text | None = None
    entry: Entry | None = None
    marked: Text | None = None
    clears: bool = False
    not_ours: bool = False


@record
class _Case:
    file: RenderedFile
    new: Text
    current: Text
    base: Base
    entry: Entry | None
    options: WriteOptions

    @property
    def path(self) -> str:
        return self.file.path


def glance(file: RenderedFile, root: Path, place: str) -> Proposal | None:
    """Return the proposal for a file that stands there byte by byte: nothing is parsed, hashed or compared."""
    same = disk.read(root / place, root) == file.text.encode()
    return Proposal(file=file, outcome=Outcome.IDENTICAL) if same else None


def propose(
    file: RenderedFile, root: Path, place: str, manifest: Manifest, options: WriteOptions
) -> Proposal:
    """Return what is to be done with one file; `place` is where its path leads once links are followed."""
    data, entry = disk.read(root / place, root), manifest.files.get(file.path)
    raw = file.text.encode()
    new = parse(raw)
    if file.kind in PLAIN_KINDS or file.path.startswith(f"{FOLDER}/"):
        return _plain(file, new, data)
    if data is None:
        return _missing(file, new, entry, options)
    current = parse(data)
    if current.lines == new.lines:
        return _same(file, new, current, entry)
    if options.force or file.path in options.replace:
        return _taken(file, new, current, Outcome.UPDATE, "forced: what stood there is replaced")
    case = _Case(
        file=file,
        new=new,
        current=current,
        base=load_base(root, file.path, manifest),
        entry=entry,
        options=options,
    )
    if entry is None and _HEADER not in data[:_HEADER_BYTES].lower():
        return _foreign(case)
    line = first_mark(current)
    if line is not None:
        because = f"line {line} holds the mark of a conflict that nobody has resolved yet"
        return Proposal(file=file, outcome=Outcome.CONFLICT, because=because, current=current)
    return _open(case, root, place) if entry is not None and entry.conflict else _merged(case)


def changes_of(proposal: Proposal, place: str) -> tuple[Change, ...]:
    """Return the changes on the disk that a proposal means, the manifest apart."""
    path, changes = proposal.file.path, []
    if proposal.text is not None:
        changes.append(
            Change(path=place, data=proposal.text.encode(), executable=proposal.file.executable)
        )
    if proposal.base is not None:
        changes.append(Change(path=base_path(path), data=proposal.base.encode()))
    if proposal.marked is not None:
        changes.append(Change(path=rejected_path(place), data=proposal.marked.encode()))
        changes.append(
            Change(path=pending_path(path), data=parse(proposal.file.text.encode()).encode())
        )
    if proposal.clears:
        changes.append(Change(path=pending_path(path), data=None))
    return tuple(changes)


def _plain(file: RenderedFile, new: Text, data: bytes | None) -> Proposal:
    if data == file.text.encode():
        return Proposal(file=file, outcome=Outcome.IDENTICAL)
    current = None if data is None else parse(data)
    outcome = Outcome.CREATE if data is None else Outcome.UPDATE
    return Proposal(file=file, outcome=outcome, current=current, text=new)


def _missing(file: RenderedFile, new: Text, entry: Entry | None, options: WriteOptions) -> Proposal:
    if entry is not None and not options.force:
        because = "you deleted it, so it stays deleted; --force writes it again"
        return Proposal(file=file, outcome=Outcome.SKIP, because=because)
    return _taken(file, new, None, Outcome.CREATE, "")


def _same(file: RenderedFile, new: Text, current: Text, entry: Entry | None) -> Proposal:
    fresh = Entry(sha256=new.digest, kind=file.kind)
    return Proposal(
        file=file,
        outcome=Outcome.IDENTICAL,
        current=current,
        base=new,
        entry=fresh,
        clears=entry is not None and bool(entry.conflict),
    )


def _taken(
    file: RenderedFile, new: Text, current: Text | None, outcome: Outcome, because: str
) -> Proposal:
    """The new text as it is, in the manner of the old one."""
    return Proposal(
        file=file,
        outcome=outcome,
        because=because,
        current=current,
        text=new if current is None else in_the_manner_of(new, current),
        base=new,
        entry=Entry(sha256=new.digest, kind=file.kind),
        clears=True,
    )


def _foreign(case: _Case) -> Proposal:
    if case.file.kind in _LOOSE_KINDS or case.options.keep_foreign:
        because = "it is yours, so it is left alone; --force replaces it"
        return Proposal(file=case.file, outcome=Outcome.SKIP, because=because, current=case.current)
    because = "it was not written by Dockwright"
    return Proposal(
        file=case.file,
        outcome=Outcome.CONFLICT,
        because=because,
        current=case.current,
        not_ours=True,
    )


def _open(case: _Case, root: Path, place: str) -> Proposal:
    """A conflict was reported before. It is settled once the .rej file is gone and the owner's file has changed."""
    entry, waiting = case.entry, load_pending(root, case.path)
    rejected = disk.read(root / rejected_path(place), root)
    if entry is None:
        return _merged(case)
    if rejected is None and case.current.digest != entry.conflict and waiting is not None:
        return replace(_merged(replace(case, base=Base(text=waiting))), clears=True)
    again = _merged(case)
    if again.outcome is not Outcome.CONFLICT:
        return replace(again, clears=True)
    if rejected is not None and parse(rejected).digest != entry.rejected:
        because = (
            f"{rejected_path(place)} is still there; delete it when {case.path} is as you want it"
        )
        return replace(again, because=because, marked=None, entry=None)
    return again


def _merged(case: _Case) -> Proposal:
    base = case.base.text
    if case.entry is not None and case.current.digest == case.entry.sha256:
        base = case.current  # unedited, whatever became of the copy
    if base is not None and base.lines == case.current.lines:
        return _taken(case.file, case.new, case.current, Outcome.UPDATE, "")
    chunks = (
        merge(base, case.current, case.new) if base is not None else compare(case.current, case.new)
    )
    conflicts = [chunk for chunk in chunks if chunk.conflict]
    if conflicts and case.options.conflicts != "mine":
        return _conflict(case, chunks, conflicts)
    return _kept(case, settled(chunks, case.current), kept=len(conflicts))


def _kept(case: _Case, text: Text, *, kept: int) -> Proposal:
    """The owner's edits and the new text are in `text`, which may be just what stands there."""
    same = text.lines == case.current.lines
    entry = Entry(sha256=case.new.digest, kind=case.file.kind)
    because = (
        "your edits are kept"
        if not kept
        else f"your edits are kept, {kept} of them instead of new lines"
    )
    return Proposal(
        file=case.file,
        outcome=Outcome.IDENTICAL if same else Outcome.MERGE,
        because=because,
        current=case.current,
        text=None if same else text,
        base=case.new,
        entry=entry,
    )


def _conflict(case: _Case, chunks: tuple[Chunk, ...], conflicts: list[Chunk]) -> Proposal:
    because = ", ".join(chunk.place for chunk in conflicts[:5]) + (
        " ..." if len(conflicts) > 5 else ""
    )
    because += (
        f" (there is nothing to compare with: {case.base.why})" if case.base.text is None else ""
    )
    text = marked(chunks, case.current)
    if case.options.conflicts == "inline":
        entry = Entry(sha256=case.new.digest, kind=case.file.kind)
        return Proposal(
            file=case.file, outcome=Outcome.CONFLICT, because=f"{because}; the marks are in the file", current=case.current,
            text=text, base=case.new, entry=entry, clears=True,
        )  # fmt: skip
    old = case.entry or Entry(sha256="", kind=case.file.kind)
    entry = replace(old, conflict=case.current.digest, rejected=text.digest)
    return Proposal(
        file=case.file,
        outcome=Outcome.CONFLICT,
        because=because,
        current=case.current,
        marked=text,
        entry=entry,
    )
