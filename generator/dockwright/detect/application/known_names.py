"""Names that mean something, with their types; the names stand in known_names.toml."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from dockwright.model.application import Framework, Interface, ProcessKind
from dockwright.model.record import record

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _by_name(table: str) -> dict[str, str]:
    return {name: key for key, names in _TABLES[table].items() for name in names}


LISTS: dict[str, tuple[str, ...]] = {name: tuple(names) for name, names in _TABLES["lists"].items()}
DRIVERS: dict[str, list[str]] = _TABLES["drivers"]
FRONT_END_LOCKS: dict[str, str] = _TABLES["front_end_locks"]
DJANGO_WORKERS: dict[str, tuple[str, str]] = _TABLES["django_workers"]
FRONT_END_TOOLS: dict[str, tuple[str, str]] = _TABLES["front_end_tools"]
QUEUES = _by_name("queues")
IMPLIED_VARIABLES = _by_name("implied_variables")
SERVICE_SETTINGS = _by_name("settings")
_SCHEMES = _by_name("schemes")
_BACKENDS: dict[str, str] = _TABLES["backends"]


@record
class ServerCall:
    """Where a call that opens a port has its arguments, None where only by keyword."""

    app: int | None = None
    host: int | None = None
    port: int | None = None
    # An address that is host and port in one.
    pair: int | None = None
    framework: str = Framework.SCRIPT
    speaks_http: bool = True
    # Where it listens if nothing says on which address: nobody outside of a container is there.
    loopback: bool = False


SERVER_CALLS = {name: ServerCall(**table) for name, table in _TABLES["servers"].items()}
SERVER_METHODS = {name: ServerCall(**table) for name, table in _TABLES["methods"].items()}

APPLICATIONS: dict[str, tuple[Framework, Interface]] = {
    name: (Framework(framework), Interface(interface))
    for framework, by_interface in _TABLES["applications"].items()
    for interface, names in by_interface.items()
    for name in names
}
# Class -> position and name of the wrapped application, and the interface that comes out.
WRAPPERS: dict[str, tuple[int, str, Interface]] = {
    name: (position, argument, Interface(interface))
    for name, (position, argument, interface) in _TABLES["wrappers"].items()
}
# Framework that starts a file by itself -> decorators of what it calls, and what the file then is.
STARTED_BY: dict[Framework, tuple[list[str], str]] = {
    Framework(name): (table["decorators"], table["because"])
    for name, table in _TABLES["started_by"].items()
}
# Framework that starts pages by a command of its own -> pattern of the calls in one, and why.
PAGES: dict[Framework, tuple[str, str]] = {
    Framework(name): (table["calls"], table["because"]) for name, table in _TABLES["pages"].items()
}
SCRIPT_CALLS: dict[str, tuple[ProcessKind, str]] = {
    name: (ProcessKind(kind), framework)
    for kind, by_framework in _TABLES["scripts"].items()
    for framework, names in by_framework.items()
    for name in names
}
# Call -> service ("database" and "broker" wait for a scheme), and position of the address.
SERVICE_CALLS: dict[str, tuple[str, int | None]] = {
    name: (table["service"], table.get("position"))
    for table in _TABLES["services"]
    for name in table["calls"]
}


def words(name: str) -> frozenset[bytes]:
    """Return a list of words as they stand in a file."""
    return frozenset(word.encode() for word in LISTS[name])


def service_of_scheme(scheme: str) -> str:
    """Return the service that a URL scheme reaches, "" if none."""
    return _SCHEMES.get(scheme.partition("+")[0].lower(), "")


def engine_of_scheme(scheme: str) -> str:
    """Return the end of the name of Django's engine for a URL scheme, "" if none."""
    return str(_TABLES["engines"].get(service_of_scheme(scheme), ""))


def service_of_backend(dotted: str) -> str:
    """Return the service behind the dotted name of a backend, "" if none."""
    # Django's cache in the process's own memory is called LocMemCache.
    lowered = dotted.lower().replace("locmemcache", "")
    return next((service for part, service in _BACKENDS.items() if part in lowered), "")


def meaning(name: str, kind: str) -> str:
    """Return which of the "roles" or "services" the name of a variable stands for, "" if none."""
    patterns = _TABLES["patterns"][kind].items()
    return next((key for key, one in patterns if re.search(one, name.upper())), "")


def roles_of(names: Iterable[str]) -> dict[str, str]:
    """Return role -> the first variable that has it, sorted by role."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(meaning(name, "roles"), name)
    return {role: found[role] for role in sorted(found) if role}
