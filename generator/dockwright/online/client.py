"""One conditional request for one page."""

import base64
import http.client
import ssl
import urllib.error
import urllib.request
import zlib

from dockwright.errors import IndexAccessError, PassingFaultError
from dockwright.model.record import record
from dockwright.online.cache import CachedPage, PageCache
from dockwright.online.credentials import Address, Credentials
from dockwright.online.page import ACCEPT, read_page

MAX_BYTES = 64 * 1024 * 1024
_DENIED = frozenset({401, 403})
_ABSENT = frozenset({404, 410})


@record
class Client:
    """Reads pages of indexes: `agent` is the name it gives itself, `seconds` the patience for one request."""

    cache: PageCache
    agent: str = "dockwright"
    seconds: float = 15.0

    def page(self, address: Address, name: str) -> CachedPage | None:
        """Return the page of distribution `name` (canonical), None if the index does not have it.

        Raises PassingFaultError where the network or the index fails, IndexAccessError where it refuses.
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
            with urllib.request.urlopen(request, timeout=self.seconds) as answer:  # noqa: S310 - as above
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
        rule="`--online` asks the index once for each distribution whose files the lock does not name",
        steps=(
            "try again",
            "check the network, the proxy and the address of the index",
            "or go on without `--online`",
        ),
        example="dockwright generate",
    )


def _denied(url: str) -> IndexAccessError:
    return IndexAccessError(
        "the package index wants credentials, or refuses those that were found",
        found=url,
        rule="credentials come from the variables that the manifest names, from those of Poetry and uv, or from netrc",
        steps=("set the variables in this shell", "or add the host to ~/.netrc"),
        example="machine index.example.org login USER password PASSWORD",
    )


def _not_asked(url: str) -> IndexAccessError:
    return IndexAccessError(
        "the address of the package index is not http(s)",
        found=url,
        rule="`--online` asks indexes over http and https only",
        steps=("set the variables that the address is made of", "or go on without `--online`"),
        example="dockwright generate",
    )
