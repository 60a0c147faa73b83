"""What was written last: `.dockwright/base/PATH`, and `.dockwright/manifest.json` with the version, the command and the hashes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.errors import NewerFormatError
from dockwright.model.origin import Origin
from dockwright.model.record import field, record
from dockwright.write import disk
from dockwright.write.journal import FOLDER
from dockwright.write.text import Text, parse

FORMAT = 1
MANIFEST = f"{FOLDER}/manifest.json"


@record
class Entry:
    """What the manifest says of one file. Hashes are SHA-256 of the lines, so that line ends do not matter.

    `sha256` of the base; while a conflict is open, `conflict` is the hash of the owner's file at that time and `rejected` of the
    file with the marks.
    """

    sha256: str
    kind: str
    conflict: str = ""
    rejected: str = ""


@record
class Manifest:
    """The manifest: `damaged` if it is there and cannot be read."""

    version: str = ""
    command: str = ""
    files: Mapping[str, Entry] = field(default_factory=dict)
    damaged: bool = False


@record
class Base:
    """The text that was written last, or `why` there is none to rely on."""

    text: Text | None = None
    why: str = ""


def base_path(path: str) -> str:
    """Return where the base of a file is kept."""
    return f"{FOLDER}/base/{path}"


def pending_path(path: str) -> str:
    """Return where the new text is kept that the owner has still to merge."""
    return f"{FOLDER}/pending/{path}"


def rejected_path(path: str) -> str:
    """Return the file with the conflict marks."""
    return f"{path}.rej"


def load(root: Path) -> Manifest:
    """Return the manifest, an empty one where there is none; NewerFormatError if a later version wrote it."""
    raw = disk.read(root / MANIFEST, root)
    if raw is None:
        return Manifest()
    try:
        document = json.loads(raw)
        return _manifest(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest(damaged=True)


def _manifest(document: Any) -> Manifest:  # noqa: ANN401 - JSON is anything
    if document["format"] > FORMAT:
        raise NewerFormatError(
            f"the folder was written by version {document.get('version', '?')} of Dockwright, in a newer format",
            found=f"format {document['format']}, this version knows {FORMAT}",
            origin=Origin(path=MANIFEST),
            rule="a newer format is not touched, so that nothing in it is lost",
            steps=("update Dockwright",),
            example="pipx upgrade dockwright",
        )
    files = {_plain(path): Entry(**entry) for path, entry in document["files"].items()}
    return Manifest(version=str(document["version"]), command=str(document["command"]), files=files)


def _plain(path: str) -> str:
    """A path below the target; the manifest comes with the project, and nobody knows who edited it."""
    if path.startswith("/") or ".." in path.split("/") or "\\" in path:
        raise ValueError(path)
    return path


def dump(manifest: Manifest) -> bytes:
    """Return the manifest's bytes: one line per value, sorted, so that version control can merge it."""
    files = {
        path: {key: value for key, value in vars(entry).items() if value}
        for path, entry in sorted(manifest.files.items())
    }
    document = {
        "format": FORMAT,
        "version": manifest.version,
        "command": manifest.command,
        "files": files,
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def load_base(root: Path, path: str, manifest: Manifest) -> Base:
    """Return the base of a file. One that was edited is not relied on: an edit made in both places would be lost."""
    entry, raw = manifest.files.get(path), disk.read(root / base_path(path), root)
    if manifest.damaged:
        return Base(why=f"{MANIFEST} cannot be read")
    if entry is None:
        return Base(why=f"{MANIFEST} does not list it")
    if raw is None:
        return Base(why=f"its copy {base_path(path)} is missing")
    text = parse(raw)
    return (
        Base(text=text)
        if text.digest == entry.sha256
        else Base(why=f"its copy {base_path(path)} was edited")
    )


def load_pending(root: Path, path: str) -> Text | None:
    """Return the text that waited for the owner's decision."""
    raw = disk.read(root / pending_path(path), root)
    return None if raw is None else parse(raw)
