"""One project's page of a package index, as JSON (PEP 691) or as HTML (PEP 503)."""

import json
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from dockwright.model.record import record

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@record
class PageFile:
    """A file on a page: `digest` is "sha256:HEX" or "", `size` in bytes where the index says it."""

    name: str
    digest: str = ""
    size: int | None = None


def read_page(content_type: str, body: bytes) -> tuple[PageFile, ...]:
    """Return the files of a page. What the index says it sends decides: some answer a wish for JSON with HTML.

    Raises ValueError if the body is not what its type says.
    """
    if content_type.partition(";")[0].strip().lower().endswith("json"):
        return _from_json(body)
    parser = _Anchors()
    parser.feed(body.decode("utf-8", "replace"))
    return tuple(parser.files)


def _from_json(body: bytes) -> tuple[PageFile, ...]:
    document = json.loads(body)
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, list):
        raise ValueError("the answer has no list of files")  # noqa: TRY004 - the contents are wrong, not a Python type
    return tuple(
        _json_file(entry) for entry in files if isinstance(entry, dict) and entry.get("filename")
    )


def _json_file(entry: dict[str, object]) -> PageFile:
    hashes, size = entry.get("hashes"), entry.get("size")
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    return PageFile(
        name=str(entry["filename"]),
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
