"""One project's page of a package index: read as JSON (PEP 691) or HTML (PEP 503), and kept."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dockwright.model.record import record

_PEP_691 = "application/vnd.pypi.simple.v1"
ACCEPT = f"{_PEP_691}+json, {_PEP_691}+html;q=0.2, text/html;q=0.1"


@record
class PageFile:
    """A file on a page: `digest` is "sha256:HEX" or "", `size` in bytes where the index says it."""

    name: str
    digest: str = ""
    size: int | None = None


def read_page(content_type: str, body: bytes) -> tuple[PageFile, ...]:
    """Return the files of a page.

    What the index says it sends decides: some answer with HTML where JSON was asked for. Raises
    ValueError if the body is not what its type says.
    """
    if content_type.partition(";")[0].strip().lower().endswith("json"):
        return tuple(_from_json(body))
    # A name that is not UTF-8 cannot be a distribution's, so it may be damaged.
    parser = _Anchors()
    parser.feed(body.decode("utf-8", "replace"))
    return tuple(parser.files)


def _from_json(body: bytes) -> Iterator[PageFile]:
    document = json.loads(body)
    rows = document.get("files") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise ValueError("the answer has no list of files")  # noqa: TRY004 - JSON
    for row in rows:
        if not isinstance(row, dict) or not row.get("filename"):
            continue
        hashes, size = row.get("hashes"), row.get("size")
        digest = hashes.get("sha256") if isinstance(hashes, dict) else None
        yield PageFile(
            name=str(row["filename"]),
            digest=f"sha256:{digest.lower()}" if isinstance(digest, str) else "",
            size=size if isinstance(size, int) else None,
        )


class _Anchors(HTMLParser):
    """Collects the links of a page that lead to files."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.files: list[PageFile] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read one link."""
        address = dict(attrs).get("href") if tag == "a" else None
        if not address:
            return
        parts = urlsplit(address)
        name = unquote(parts.path.rpartition("/")[2])
        algorithm, _, value = parts.fragment.partition("=")
        if name:
            digest = f"sha256:{value.lower()}" if algorithm == "sha256" else ""
            self.files.append(PageFile(name=name, digest=digest))


@record
class CachedPage:
    """A page as it was when the index gave it `etag`."""

    etag: str
    files: tuple[PageFile, ...]


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the user's home folder."""
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())


def cache_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the user's cache folder: XDG, ~/Library/Caches or LOCALAPPDATA."""
    home = home_of(environ)
    if platform == "win32":
        local = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return local / "dockwright" / "Cache"
    if platform == "darwin":
        return home / "Library" / "Caches" / "dockwright"
    chosen = environ.get("XDG_CACHE_HOME", "")
    return (Path(chosen) if chosen.startswith("/") else home / ".cache") / "dockwright"


@record
class PageCache:
    """Pages in a folder, one file each, named after the address.

    A cache that cannot be read or written is no error.
    """

    folder: Path

    def _path(self, address: str) -> Path:
        return self.folder / "index" / f"{sha256(address.encode()).hexdigest()}.json"

    def load(self, address: str) -> CachedPage | None:
        """Return the page that was saved for `address`, None if there is none that can be read."""
        try:
            document = json.loads(self._path(address).read_text(encoding="utf-8"))
            files = tuple(
                PageFile(name=name, digest=digest, size=size)
                for name, digest, size in document["files"]
            )
            return CachedPage(etag=str(document["etag"]), files=files)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, address: str, page: CachedPage) -> None:
        """Keep `page`, whole or not at all: two runs may save the same page at once."""
        path = self._path(address)
        rows = [[file.name, file.digest, file.size] for file in page.files]
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Named after the process, so that two runs never write into one file.
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(json.dumps({"etag": page.etag, "files": rows}), encoding="utf-8")
            unfinished.replace(path)
