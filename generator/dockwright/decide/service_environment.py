"""The variables by which an application reaches a backing service: those that its code reads, with the right driver."""

import re

from dockwright.decide.process_request import ProcessRequest
from dockwright.decide.service_table import ServiceRow
from dockwright.model.application import ReadVariable, ServiceHint
from dockwright.model.pattern import Pattern

LOCAL_PASSWORD = "only-for-this-machine"  # noqa: S105 - what compose uses where .env says nothing
_NO = "0"
_SQLALCHEMY = frozenset(
    {
        "sqlalchemy",
        "flask_sqlalchemy",
        "sqlmodel",
        "alembic",
        "databases",
        "sqlalchemy_utils",
        "gino",
    }
)
_GENERAL = {"database": ("database",), "broker": ("cache", "broker"), "sqlite": ("database",)}


def password_variable(row: ServiceRow, request: ProcessRequest) -> str:
    """Return the variable of .env that holds the password of a service: the one that the code reads, if it reads one."""
    return next((name for role, name in _parts(row, request) if role == "password"), row.password)


def password_reference(row: ServiceRow, request: ProcessRequest) -> str:
    """Return how compose fills in the password: from .env, else with one for the developer's machine."""
    return f"${{{password_variable(row, request)}:-{LOCAL_PASSWORD}}}"


def service_environment(
    row: ServiceRow, chosen: list[ServiceRow], request: ProcessRequest
) -> tuple[tuple[str, str], ...]:
    """Return (variable, value) pairs, sorted, for every variable that the code reads to reach the service `row`.

    `chosen` are all services of the application: a hint that names no product belongs to one of them.
    """
    found: dict[str, str] = {}
    for hint in request.application.service_hints:
        if not _belongs(hint, row, chosen) or _NOT_HERE.search(hint.variable):
            continue
        if hint.variable:
            found[hint.variable] = _url(row, hint, request)
        for role, name in hint.parts:
            value = _part(row, role, hint, request)
            if value:
                found.setdefault(name, value)
    if found:
        read = {
            variable.name: variable
            for variable in request.application.variables
            if variable.name not in found
        }
        also = ((name, _as_read(value, read[name])) for name, value in row.also if name in read)
        found.update(
            {name: filled(row, value, request) for name, value in also if value is not None}
        )
    return tuple(sorted(found.items()))


def _as_read(value: str, variable: ReadVariable) -> str | None:
    """Return `value` as the code understands it: where it asks for presence only, "0" would mean yes; None for a variable to leave out."""
    if value != _NO or not variable.asked:
        return value
    return None if variable.asked == "presence" else ""


def _belongs(hint: ServiceHint, row: ServiceRow, chosen: list[ServiceRow]) -> bool:
    if hint.service in row.names:
        return True
    if hint.service in {name for other in chosen for name in other.names}:
        return False
    if hint.service == row.instead_of:
        return True
    if hint.service in {other.instead_of for other in chosen}:
        return False
    groups = _GENERAL.get(hint.service)
    if groups is None:
        # The code names another product of the group (MySQL by default, PostgreSQL by its driver): one variable serves both.
        return row.group == "database" and hint.service in (
            "postgres",
            "postgis",
            "mysql",
            "mariadb",
        )
    candidates = [other for other in chosen if other.group in groups]
    # A message broker is one first of all; Redis is also a cache.
    candidates.sort(key=lambda other: other.group != "broker")
    return bool(candidates) and candidates[0] is row


def _parts(row: ServiceRow, request: ProcessRequest) -> tuple[tuple[str, str], ...]:
    return tuple(
        part
        for hint in request.application.service_hints
        if hint.service
        in (*row.names, row.instead_of, "database" if row.group == "database" else "")
        for part in hint.parts
    )


def _url(row: ServiceRow, hint: ServiceHint, request: ProcessRequest) -> str:
    if not row.scheme or (row.group == "storage" and not _is_url(hint.variable)):
        return filled(row, "{host}:{port}", request)
    scheme = _scheme(row, hint, request)
    return filled(row, row.url.replace("{scheme}", scheme), request)


def _is_url(variable: str) -> bool:
    return variable.upper().endswith(("URL", "URI"))


def _scheme(row: ServiceRow, hint: ServiceHint, request: ProcessRequest) -> str:
    """Return the scheme: what reads the URL, and the driver that is installed, must both understand it."""
    base, _, driver = hint.scheme.partition("+")
    drivers = dict(row.drivers)
    if driver and hint.scheme in {drivers[name] for name in drivers if request.installed.has(name)}:
        return hint.scheme
    if hint.called.startswith("tortoise."):
        return request.installed.first(("asyncpg", "psycopg")) or row.scheme
    family = _FAMILIES.get(row.scheme, (row.scheme,))
    if drivers and _read_by_sqlalchemy(hint, request):
        return _driver_scheme(row, hint, request) or row.scheme
    return base if base in family and not driver else row.scheme


_FAMILIES = {
    "postgresql": ("postgresql", "postgres"),
    "valkey": ("valkey", "redis"),
    "amqp": ("amqp", "pyamqp"),
}
_NOT_HERE = Pattern(r"(^|_)(TEST(S|ING)?|TLS|SSL)(_|$)", re.IGNORECASE)


def _read_by_sqlalchemy(hint: ServiceHint, request: ProcessRequest) -> bool:
    """Whether SQLAlchemy reads the URL: not where the code hands it to a driver, or where Django does."""
    if hint.called:
        return hint.called.partition(".")[0] in _SQLALCHEMY
    return bool(_SQLALCHEMY & set(request.application.imported)) and not request.application.django


def _driver_scheme(row: ServiceRow, hint: ServiceHint, request: ProcessRequest) -> str:
    """Return SQLAlchemy's scheme for the installed driver; where several are, for one that fits the engine."""
    drivers = dict(row.drivers)
    installed = [name for name in drivers if request.installed.has(name)]
    only_async = [name for name in installed if name in _ONLY_ASYNC]
    if _is_asynchronous(hint, otherwise=bool(only_async)):
        fitting = only_async or [name for name in installed if name in row.asynchronous]
    else:
        fitting = [name for name in installed if name not in _ONLY_ASYNC]
    candidates = fitting or installed
    direct = [name for name in candidates if name in request.installed.direct]
    return drivers[(direct or candidates)[0]] if candidates else ""


_ONLY_ASYNC = frozenset({"asyncpg", "aiopg", "aiomysql", "asyncmy"})


def _is_asynchronous(hint: ServiceHint, *, otherwise: bool) -> bool:
    if "ASYNC" in hint.variable.upper() or "async" in hint.called or "+a" in hint.scheme:
        return True
    return otherwise and not hint.called and not hint.setting.startswith("SQLALCHEMY_")


def _part(row: ServiceRow, role: str, hint: ServiceHint, request: ProcessRequest) -> str:
    match role:
        case "host":
            return row.kind
        case "port":
            return str(row.port)
        case "name":
            return filled(row, row.database, request)
        case "user":
            return filled(row, row.user, request)
        case "password":
            return password_reference(row, request) if row.password else ""
        case "protocol":
            return _scheme(row, hint, request)
        case _:
            return ""


def filled(row: ServiceRow, text: str, request: ProcessRequest) -> str:
    """Return `text` with its placeholders filled; user and database are called like the project."""
    return (
        text.replace("{user}", row.user)
        .replace("{password}", password_reference(row, request) if row.password else "")
        .replace("{host}", row.kind)
        .replace("{port}", str(row.port))
        .replace("{database}", row.database)
        .replace("{scheme}", row.scheme)
        .replace("{name}", database_name(request.name))
    )


def database_name(name: str) -> str:
    """Return the project's name as every database takes it for a user and a database: letters, digits and _."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_LONGEST_NAME]
    return plain if plain[:1].isalpha() and plain not in _TAKEN else "app"


_LONGEST_NAME = 32
_TAKEN = frozenset({"postgres", "mysql", "root", "admin", "sys", "template0", "template1"})
"""Names that the servers keep for themselves."""
