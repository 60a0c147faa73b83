"""The table of backing services (knowledge/services.toml), checked and typed."""

from functools import cache
from typing import Any

from dockwright.decide.knowledge.load import load_table
from dockwright.model.record import record


@record
class ServiceRow:
    """One backing service; the fields are explained at the top of services.toml."""

    kind: str
    title: str
    image: str
    group: str
    port: int
    url: str
    scheme: str
    source: str
    healthcheck: tuple[str, ...]
    distributions: tuple[str, ...] = ()
    hinted: tuple[str, ...] = ()
    also_for: tuple[str, ...] = ()
    instead_of: str = ""
    user: str = ""
    database: str = ""
    volume: str = ""
    hostname: str = ""
    password: str = ""
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    drivers: tuple[tuple[str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    asynchronous: tuple[str, ...] = ()
    start_period: str = "30s"

    @property
    def names(self) -> frozenset[str]:
        """All names under which code and settings may ask for this service."""
        return frozenset({self.kind, *self.also_for})


@cache
def service_rows() -> dict[str, ServiceRow]:
    """Return the services by kind, in the order of the table. ValueError if the table is wrong."""
    rows = [_row(entry) for entry in load_table("services")["service"]]
    found = {row.kind: row for row in rows}
    if len(found) != len(rows):
        raise ValueError("services.toml: a kind stands there twice")
    for row in rows:
        _check(row, found)
    return found


_OTHER_SERVERS = (
    "mssql-django",
    "pyodbc",
    "pymssql",
    "oracledb",
    "cx-oracle",
    "django-cockroachdb",
    "sqlalchemy-cockroachdb",
    "clickhouse-driver",
)
"""Drivers of databases for which there is no service here."""


@cache
def server_drivers() -> tuple[str, ...]:
    """Return the distributions that talk to a database server."""
    rows = [row for row in service_rows().values() if row.group in ("database", "documents")]
    return (*(name for row in rows for name in row.distributions), *_OTHER_SERVERS)


def _row(entry: dict[str, Any]) -> ServiceRow:
    values: dict[str, Any] = {}
    for key, value in entry.items():
        field = key.replace("-", "_")
        if isinstance(value, list):
            values[field] = tuple(value)
        elif isinstance(value, dict):
            values[field] = tuple(value.items())
        else:
            values[field] = value
    return ServiceRow(**values)


def _check(row: ServiceRow, rows: dict[str, ServiceRow]) -> None:
    image, _, tag = row.image.rpartition(":")
    problems = (
        (not image or tag in ("", "latest"), "image has no version"),
        (
            row.instead_of and row.instead_of not in rows,
            f"instead-of names the unknown {row.instead_of}",
        ),
        (
            bool(row.password) != any("{password}" in value for _, value in row.environment),
            "password belongs to an environment that holds it",
        ),
        (
            row.healthcheck[:1] not in (("CMD",), ("CMD-SHELL",)),
            "healthcheck starts with CMD or CMD-SHELL",
        ),
        (not row.distributions and not row.hinted, "nothing asks for it"),
        (not row.source.startswith("https://"), "source is an address"),
        (bool(row.volume) and not row.volume.startswith("/"), "volume is not absolute"),
    )
    wrong = [text for found, text in problems if found]
    if wrong:
        raise ValueError(f"services.toml: {row.kind}: {'; '.join(wrong)}")
