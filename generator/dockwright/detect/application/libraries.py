"""What outside libraries mean: the tables of libraries.toml, by the dotted names that code calls."""

import tomllib
from pathlib import Path

from dockwright.model.application import Framework, Interface, ProcessKind
from dockwright.model.record import record, row

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@record
class ServerCall:
    """Where a call that opens a port has its arguments (None: only by keyword), and its usual port.

    `pair` is the position of an address that is host and port in one.
    """

    usual: int
    app: int | None = None
    host: int | None = None
    port: int | None = None
    pair: int | None = None
    framework: str = Framework.SCRIPT
    speaks_http: bool = True


@row
class Wrapper:
    """Position and name of the wrapped application, and the interface that comes out."""

    position: int
    name: str
    interface: Interface


APPLICATIONS: dict[str, tuple[Framework, Interface]] = {
    name: (Framework(framework), Interface(interface))
    for framework, names_by_interface in _TABLES["applications"].items()
    for interface, names in names_by_interface.items()
    for name in names
}
WRAPPERS = {
    name: Wrapper(table["position"], table["name"], Interface(table["interface"]))
    for name, table in _TABLES["wrappers"].items()
}
SERVER_CALLS = {name: ServerCall(**table) for name, table in _TABLES["servers"].items()}
SERVER_METHODS = {name: ServerCall(**table) for name, table in _TABLES["methods"].items()}
SCRIPT_CALLS: dict[str, tuple[ProcessKind, str]] = {
    name: (ProcessKind(kind), framework)
    for kind, names_by_framework in _TABLES["scripts"].items()
    for framework, names in names_by_framework.items()
    for name in names
}
SERVICE_CALLS: dict[str, tuple[str, int | None]] = {
    name: (table["service"], table.get("position"))
    for table in _TABLES["services"]
    for name in table["calls"]
}
"""Call -> service ("database" and "broker" wait for a scheme), and position of the address."""

SERVICE_SETTINGS: dict[str, str] = {
    name: service for service, names in _TABLES["settings"].items() for name in names
}
_SCHEMES: dict[str, str] = {
    scheme: service for service, schemes in _TABLES["schemes"].items() for scheme in schemes
}
_BACKENDS: dict[str, str] = _TABLES["backends"]


def service_of_scheme(scheme: str) -> str:
    """Return the service that a URL scheme reaches, "" if none."""
    return _SCHEMES.get(scheme.partition("+")[0].lower(), "")


def service_of_backend(dotted: str) -> str:
    """Return the service behind the dotted name of a backend, "" if none."""
    # Django's cache in the process's own memory is called LocMemCache.
    lowered = dotted.lower().replace("locmemcache", "")
    return next((service for part, service in _BACKENDS.items() if part in lowered), "")
