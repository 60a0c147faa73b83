"""One conditional request for one page, and with which credentials."""

import base64
import http.client
import netrc
import re
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from dockwright.errors import IndexAccessError, PassingFaultError
from dockwright.model.dependencies import Index
from dockwright.model.record import record
from dockwright.online.index_page import ACCEPT, CachedPage, PageCache, home_of, read_page

MAX_BYTES = 64 * 1024 * 1024
_DENIED = frozenset({401, 403})
_ABSENT = frozenset({404, 410})

# A user and a password.
_User = tuple[str, str]


@record
class Address:
    """Where an index is: `url` without credentials or a last slash, `users` in order, not shown."""

    url: str
    users: tuple[_User, ...] = field(repr=False, default=())


def address_of(index: Index, environ: Mapping[str, str]) -> Address:
    """Return the index's address with variables filled in, and the credentials for it."""
    # The manifest may name variables in the address.
    variable = r"\$(?:\{(\w+)\}|(\w+))"
    url = re.sub(variable, lambda found: environ.get(found[1] or found[2], ""), index.url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    place = f"{host}:{parts.port}" if parts.port else host
    url = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), parts.query, ""))
    inside = [(unquote(parts.username), unquote(parts.password or ""))] if parts.username else []
    users = (*inside, *_from_environment(index, environ), *_from_netrc(host, environ))
    return Address(url=url, users=tuple(dict.fromkeys(users)))


def _from_environment(index: Index, environ: Mapping[str, str]) -> Iterator[_User]:
    """Yield what the manifest's own variables hold, then those of Poetry and uv."""
    values = [environ[name] for name in index.variables if environ.get(name)]
    if len(values) >= 2:
        yield values[0], values[1]
    elif values:
        # A token: some indexes want it as the user, some as the password.
        yield values[0], ""
        yield "__token__", values[0]
    upper = re.sub(r"[^A-Za-z0-9]", "_", index.name).upper()
    for prefix in (f"POETRY_HTTP_BASIC_{upper}", f"UV_INDEX_{upper}") if upper else ():
        user, password = (environ.get(f"{prefix}_{part}", "") for part in ("USERNAME", "PASSWORD"))
        if user or password:
            yield user, password


def _from_netrc(host: str, environ: Mapping[str, str]) -> Iterator[_User]:
    home = home_of(environ)
    paths = [Path(environ["NETRC"])] if environ.get("NETRC") else [home / ".netrc", home / "_netrc"]
    for path in paths:
        # Most people have none, and one that cannot be read is another program's matter.
        with suppress(OSError, netrc.NetrcParseError, UnicodeDecodeError):
            entry = netrc.netrc(str(path)).authenticators(host)
            if entry:
                yield entry[0], entry[2] or ""
                return


@record
class Client:
    """Reads pages of indexes: `seconds` is the limit of a request."""

    cache: PageCache | None
    seconds: float

    def page(self, address: Address, name: str) -> CachedPage | None:
        """Return the page of distribution `name` (canonical), None if the index does not have it.

        Raises PassingFaultError where network or index fail, IndexAccessError where it refuses.
        """
        url = f"{address.url}/{name}/"
        if not url.startswith(("https://", "http://")):
            raise _refused("the address of the package index is not http(s)", url)
        known = self.cache.load(url) if self.cache else None
        # Without credentials last: a public index refuses wrong ones.
        for user in (*address.users, None):
            try:
                return self._asked(url, known, user)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == http.client.NOT_MODIFIED and known:
                        return known
                    # Any other code may be gone tomorrow.
                    if error.code in _ABSENT:
                        return None
                    if error.code not in _DENIED:
                        raise _failed(url, f"HTTP {error.code} {error.reason}") from error
            except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
                raise _failed(url, _reason(error)) from error
        title = "the package index wants credentials, or refuses those that were found"
        raise _refused(title, address.url)

    def _asked(self, url: str, known: CachedPage | None, user: _User | None) -> CachedPage:
        headers = {"Accept": ACCEPT, "Accept-Encoding": "gzip", "User-Agent": "dockwright"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310
        if known and known.etag:
            request.add_header("If-None-Match", known.etag)
        if user:
            pair = base64.b64encode(":".join(user).encode()).decode()
            # Unredirected: another host that the index sends us to must not see them.
            request.add_unredirected_header("Authorization", f"Basic {pair}")
        with urllib.request.urlopen(request, timeout=self.seconds) as answer:  # noqa: S310
            # One byte more than is allowed tells a page that is too long; a packed one may grow.
            body = answer.read(MAX_BYTES + 1)
            if answer.headers.get("Content-Encoding", "") == "gzip":
                body = zlib.decompressobj(wbits=31).decompress(body, MAX_BYTES + 1)
            if len(body) > MAX_BYTES:
                raise ValueError(f"the page has more than {MAX_BYTES // 1_000_000} MB")
            files = read_page(answer.headers.get("Content-Type", ""), body)
            page = CachedPage(etag=answer.headers.get("ETag", ""), files=files)
        if page.etag and self.cache:
            self.cache.save(url, page)
        return page


def _reason(error: Exception) -> str:
    # urllib wraps what the socket said, and a company's own certificate is the usual cause.
    if isinstance(error, TimeoutError):
        return "no answer in time"
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    return str(reason) or type(error).__name__


def _failed(url: str, reason: str) -> PassingFaultError:
    return PassingFaultError(
        f"the package index did not answer: {reason}",
        found=url,
        rule="`--online` asks for each distribution whose files the lock does not name",
        steps=("check network, proxy and address, and try again", "or go on without `--online`"),
        example="dockwright generate",
    )


def _refused(title: str, url: str) -> IndexAccessError:
    return IndexAccessError(
        title,
        found=url,
        rule="address and credentials come from the manifest, the environment (also the variables "
        "of Poetry and uv), or netrc",
        steps=("set the variables in this shell", "or add the host to ~/.netrc"),
        example="machine index.example.org login USER password PASSWORD",
    )
