"""The pages that were read, with the ETags by which the index says that they still hold."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from dockwright.model.record import record
from dockwright.online.page import PageFile


@record
class CachedPage:
    """A page as it was when the index gave it `etag`."""

    etag: str
    files: tuple[PageFile, ...]


def cache_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the user's cache folder for Dockwright, as the platform has it: XDG, ~/Library/Caches or LOCALAPPDATA."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if platform == "win32":
        return (
            Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "dockwright" / "Cache"
        )
    if platform == "darwin":
        return home / "Library" / "Caches" / "dockwright"
    chosen = environ.get("XDG_CACHE_HOME", "")
    return (Path(chosen) if chosen.startswith("/") else home / ".cache") / "dockwright"


class PageCache:
    """Pages in a folder, one file each, named after the address. A cache that cannot be read or written is no error."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder / "index" if folder else None

    def load(self, address: str) -> CachedPage | None:
        """Return the page that was saved for `address`, None if there is none that can be read."""
        if self._folder is None:
            return None
        try:
            document = json.loads(self._path(self._folder, address).read_text(encoding="utf-8"))
            files = tuple(
                PageFile(name=name, digest=digest, size=size)
                for name, digest, size in document["files"]
            )
            return CachedPage(etag=str(document["etag"]), files=files)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, address: str, page: CachedPage) -> None:
        """Keep `page`, whole or not at all: two runs may save the same page at the same time."""
        if self._folder is None:
            return
        path = self._path(self._folder, address)
        document = {
            "etag": page.etag,
            "files": [[file.name, file.digest, file.size] for file in page.files],
        }
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(json.dumps(document), encoding="utf-8")
            unfinished.replace(path)

    @staticmethod
    def _path(folder: Path, address: str) -> Path:
        return folder / f"{sha256(address.encode()).hexdigest()}.json"
