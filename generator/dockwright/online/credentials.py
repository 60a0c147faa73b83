"""Who to be for an index: its address, the variables that the manifest names, those of the managers, then netrc."""

import netrc
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from dockwright.model.dependencies import Index
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record

_VARIABLE = Pattern(r"\$(?:\{(\w+)\}|(\w+))")


@record
class Credentials:
    """A user and a password; neither is ever shown."""

    user: str = field(repr=False)
    password: str = field(repr=False, default="")


@record
class Address:
    """Where an index really is: `url` without credentials and without a slash at the end, `credentials` in the order to try."""

    url: str
    credentials: tuple[Credentials, ...] = ()


def address_of(index: Index, environ: Mapping[str, str]) -> Address:
    """Return the index's address with variables filled in, and the credentials that are at hand for it."""
    parts = urlsplit(_VARIABLE.sub(lambda found: environ.get(found[1] or found[2], ""), index.url))
    host = parts.hostname or ""
    place = f"{host}:{parts.port}" if parts.port else host
    url = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), parts.query, ""))
    found = []
    if parts.username:
        found.append(
            Credentials(user=unquote(parts.username), password=unquote(parts.password or ""))
        )
    found += [*_named(index, environ), *_of_managers(index, environ), *_from_netrc(host, environ)]
    return Address(url=url, credentials=tuple(dict.fromkeys(found)))


def _named(index: Index, environ: Mapping[str, str]) -> Iterator[Credentials]:
    """Yield what the manifest's own variables hold. A single one is a token: some indexes want it as user, some as password."""
    values = [environ[name] for name in index.variables if environ.get(name)]
    if len(values) >= 2:
        yield Credentials(user=values[0], password=values[1])
    elif values:
        yield Credentials(user=values[0])
        yield Credentials(user="__token__", password=values[0])


def _of_managers(index: Index, environ: Mapping[str, str]) -> Iterator[Credentials]:
    upper = re.sub(r"[^A-Za-z0-9]", "_", index.name).upper()
    for prefix in (f"POETRY_HTTP_BASIC_{upper}", f"UV_INDEX_{upper}"):
        user, password = (
            environ.get(f"{prefix}_USERNAME", ""),
            environ.get(f"{prefix}_PASSWORD", ""),
        )
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
