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
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from dockwright.errors import IndexAccessError, PassingFaultError
from dockwright.model.dependencies import Index
from dockwright.model.record import field, record
from dockwright.online.index_page import ACCEPT, CachedPage, PageCache, read_page

MAX_BYTES = 64 * 1024 * 1024
_DENIED = frozenset({401, 403})
_ABSENT = frozenset({404, 410})


@record
class Credentials:
    """A user and a password; neither is ever shown."""

    user: str = field(repr=False)
    password: str = field(repr=False, default="")


@record
class Address:
    """Where an index is: `url` without credentials or a last slash, `credentials` in order."""

    url: str
    credentials: tuple[Credentials, ...] = ()


def address_of(index: Index, environ: Mapping[str, str]) -> Address:
    """Return the index's address with variables filled in, and the credentials for it."""
    # The manifest may name variables in the address.
    parts = urlsplit(
        re.sub(
            r"\$(?:\{(\w+)\}|(\w+))", lambda found: environ.get(found[1] or found[2], ""), index.url
        )
    )
    host = parts.hostname or ""
    place = f"{host}:{parts.port}" if parts.port else host
    url = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), parts.query, ""))
    found = []
    if parts.username:
        user, password = unquote(parts.username), unquote(parts.password or "")
        found.append(Credentials(user=user, password=password))
    found += [*_named(index, environ), *_of_managers(index, environ), *_from_netrc(host, environ)]
    return Address(url=url, credentials=tuple(dict.fromkeys(found)))


def _named(index: Index, environ: Mapping[str, str]) -> Iterator[Credentials]:
    """Yield what the manifest's own variables hold."""
    values = [environ[name] for name in index.variables if environ.get(name)]
    if len(values) >= 2:
        yield Credentials(user=values[0], password=values[1])
    elif values:
        # A token: some indexes want it as the user, some as the password.
        yield Credentials(user=values[0])
        yield Credentials(user="__token__", password=values[0])


def _of_managers(index: Index, environ: Mapping[str, str]) -> Iterator[Credentials]:
    upper = re.sub(r"[^A-Za-z0-9]", "_", index.name).upper()
    for prefix in (f"POETRY_HTTP_BASIC_{upper}", f"UV_INDEX_{upper}"):
        user = environ.get(f"{prefix}_USERNAME", "")
        password = environ.get(f"{prefix}_PASSWORD", "")
        if index.name and (user or password):
            yield Credentials(user=user, password=password)


def _from_netrc(host: str, environ: Mapping[str, str]) -> Iterator[Credentials]:
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    paths = [Path(environ["NETRC"])] if environ.get("NETRC") else [home / ".netrc", home / "_netrc"]
    for path in paths:
        with suppress(OSError, netrc.NetrcParseError, UnicodeDecodeError):
            entry = netrc.netrc(str(path)).authenticators(host)
            if entry:
                yield Credentials(user=entry[0], password=entry[2] or "")
                return


@record
class Client:
    """Reads pages of indexes: `agent` is the name it gives, `seconds` the limit of a request."""

    cache: PageCache
    agent: str = "dockwright"
    seconds: float = 15.0

    def page(self, address: Address, name: str) -> CachedPage | None:
        """Return the page of distribution `name` (canonical), None if the index does not have it.

        Raises PassingFaultError where network or index fail, IndexAccessError where it refuses.
        """
        url = f"{address.url}/{name}/"
        if not url.startswith(("https://", "http://")):
            raise _not_asked(url)
        known = self.cache.load(url)
        for credentials in (*address.credentials, None):
            try:
                return self._asked(url, known, credentials)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code in _ABSENT:
                        return None
                    if error.code not in _DENIED:
                        raise _failed(url, f"HTTP {error.code} {error.reason}") from error
            except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
                raise _failed(url, _reason(error)) from error
        raise _denied(address.url)

    def _asked(
        self, url: str, known: CachedPage | None, credentials: Credentials | None
    ) -> CachedPage:
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            url, headers={"Accept": ACCEPT, "Accept-Encoding": "gzip", "User-Agent": self.agent}
        )
        if known and known.etag:
            request.add_header("If-None-Match", known.etag)
        if credentials:
            pair = f"{credentials.user}:{credentials.password}".encode()
            # Unredirected: another host that the index sends us to must not see them.
            request.add_unredirected_header(
                "Authorization", f"Basic {base64.b64encode(pair).decode()}"
            )
        try:
            answer = urllib.request.urlopen(request, timeout=self.seconds)  # noqa: S310 - as above
            with answer:
                return self._kept(url, answer)
        except urllib.error.HTTPError as error:
            if error.code == http.client.NOT_MODIFIED and known:
                error.close()
                return known
            raise

    def _kept(self, url: str, answer: http.client.HTTPResponse) -> CachedPage:
        body = answer.read(MAX_BYTES + 1)
        if answer.headers.get("Content-Encoding", "") == "gzip":
            body = zlib.decompressobj(wbits=31).decompress(body, MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise ValueError(f"the page has more than {MAX_BYTES // 1_000_000} MB")
        files = read_page(answer.headers.get("Content-Type", ""), body)
        page = CachedPage(etag=answer.headers.get("ETag", ""), files=files)
        if page.etag:
            self.cache.save(url, page)
        return page


def _reason(error: Exception) -> str:
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


def _denied(url: str) -> IndexAccessError:
    return IndexAccessError(
        "the package index wants credentials, or refuses those that were found",
        found=url,
        rule="they come from the manifest's variables, from those of Poetry and uv, or from netrc",
        steps=("set the variables in this shell", "or add the host to ~/.netrc"),
        example="machine index.example.org login USER password PASSWORD",
    )


def _not_asked(url: str) -> IndexAccessError:
    return IndexAccessError(
        "the address of the package index is not http(s)",
        found=url,
        rule="`--online` asks over http and https only",
        steps=("set the variables of the address", "or go on without `--online`"),
        example="dockwright generate",
    )
