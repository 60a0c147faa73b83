"""What was written last: `.dockwright/base/PATH`, and `.dockwright/manifest.json` with hashes."""

import json
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from dockwright.errors import NewerFormatError
from dockwright.model.origin import Origin
from dockwright.model.record import fields, record
from dockwright.write import disk
from dockwright.write.merge import Text, parse

FORMAT = 1
FOLDER = ".dockwright"
MANIFEST = f"{FOLDER}/manifest.json"


@record
class Entry:
    """What the manifest says of one file: the digests of its base and of its `.rej` file."""

    sha256: str
    kind: str
    rejected: str = ""


@record
class Manifest:
    """The manifest; `damaged` where it is there and cannot be read."""

    version: str = ""
    command: str = ""
    files: Mapping[str, Entry] = field(default_factory=dict)
    damaged: bool = False


def base_path(path: str) -> str:
    """Return where the base of a file is kept."""
    return f"{FOLDER}/base/{path}"


def load(root: Path) -> Manifest:
    """Return the manifest, empty without any; NewerFormatError if a later version wrote it."""
    raw = disk.read(root, MANIFEST)
    if raw is None:
        return Manifest()
    try:
        return _manifest(json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Manifest(damaged=True)


def _manifest(document: Any) -> Manifest:  # noqa: ANN401 - JSON is anything
    if document["format"] > FORMAT:
        version = document.get("version", "?")
        raise NewerFormatError(
            f"version {version} of Dockwright wrote this folder, in a newer format",
            found=f"format {document['format']}, this version knows {FORMAT}",
            origin=Origin(path=MANIFEST),
            rule="a newer format is not touched, so that nothing in it is lost",
            steps=("update Dockwright",),
            example="pipx upgrade dockwright",
        )
    files = {
        path: Entry(**{field.name: str(entry.get(field.name, "")) for field in fields(Entry)})
        for path, entry in document["files"].items()
    }
    return Manifest(version=str(document["version"]), command=str(document["command"]), files=files)


def dump(manifest: Manifest) -> bytes:
    """Return the manifest's bytes: a line per value, sorted, so that version control merges it."""
    document = {
        "format": FORMAT,
        "version": manifest.version,
        "command": manifest.command,
        "files": {
            path: {key: value for key, value in vars(entry).items() if value}
            for path, entry in sorted(manifest.files.items())
        },
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    # A file name or an argument may hold bytes that are no text; json reads them back like this.
    return text.encode("utf-8", "surrogatepass")


def base_of(root: Path, path: str, manifest: Manifest, new: Text) -> Text | str:
    """Return the base of a file, or why there is none to rely on."""
    # A base that was edited is not relied on: somebody may have replaced a word in all files at
    # once, and that edit would be lost. A run that was interrupted may have left `new` as the base.
    if manifest.damaged:
        return f"{MANIFEST} cannot be read"
    entry, raw = manifest.files.get(path), disk.read(root, base_path(path))
    if entry is None:
        return f"{MANIFEST} does not list it"
    if raw is None:
        return f"its copy {base_path(path)} is missing"
    text = parse(raw)
    known = text.digest in {entry.sha256, new.digest}
    return text if known else f"its copy {base_path(path)} was edited"
