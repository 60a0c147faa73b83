"""Which backing services the application needs, and the variables by which it reaches them."""

import re
from functools import cache

from dockwright.decide.knowledge import load_table, record_fields
from dockwright.decide.process_request import ProcessRequest, notice
from dockwright.errors import UsageError
from dockwright.model.application import ServiceHint
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.plan import BackingService
from dockwright.model.record import record

# What compose uses for a password or a key where .env has none.
LOCAL_VALUE = "only-for-this-machine"

# Hints that name no product, and the groups that answer them, the first one before the others.
_GROUPS_OF_HINT = {
    "database": ("database",),
    "broker": ("broker", "cache"),
    "sqlite": ("database",),
}

# Modules that read a database's URL with SQLAlchemy, which wants the driver in the scheme.
_SQLALCHEMY = r"sqlalchemy|flask_sqlalchemy|sqlmodel|alembic|databases|sqlalchemy_utils|gino"
# Schemes that mean the same: the one that the code uses is kept.
_FAMILIES = {
    "postgresql": ("postgresql", "postgres"),
    "valkey": ("valkey", "redis"),
    "amqp": ("amqp", "pyamqp"),
}
# A switch is spelled as its default is: code may know these two words only.
_NO = {
    "True": "False", "true": "false", "TRUE": "FALSE", "yes": "no", "Yes": "No", "on": "off",
    "On": "Off", "t": "f", "y": "n",
}  # fmt: skip
_OFF = frozenset({"0", "false", "no", "off", "f", "n"})
_ONLY_ASYNC = frozenset({"asyncpg", "aiopg", "aiomysql", "asyncmy"})
# Variables that name the database of the tests, or a certificate.
_NOT_HERE = r"(?i)(^|_)(TEST(S|ING)?|TLS|SSL)(_|$)"
# Drivers of databases for which there is no service here.
_OTHER_SERVERS = (
    "mssql-django", "pyodbc", "pymssql", "oracledb", "cx-oracle", "django-cockroachdb",
    "sqlalchemy-cockroachdb", "clickhouse-driver",
)  # fmt: skip

# MySQL's users have at most 32 letters. The other names are those that servers keep for themselves.
_LONGEST_NAME = 32
_TAKEN = r"postgres|mysql|mariadb|root|admin|sys|template[01]"


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
    spellings: tuple[str, ...] = ()
    instead_of: str = ""
    user: str = ""
    database: str = ""
    volume: str = ""
    engine: str = ""
    volume_before: tuple[int, str] = (0, "")
    since: int = 0
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
    """Return the services by kind, in the order of the table."""
    rows = [ServiceRow(**record_fields(entry)) for entry in load_table("services")["service"]]
    return {row.kind: row for row in rows}


@cache
def server_drivers() -> tuple[str, ...]:
    """Return the distributions that talk to a database server."""
    rows = [row for row in service_rows().values() if row.group in ("database", "documents")]
    return (*(name for row in rows for name in row.distributions), *_OTHER_SERVERS)


def is_sqlite(request: ProcessRequest) -> bool:
    """Whether the database is a file."""
    rows = service_rows()
    if any(name in rows and rows[name].group == "database" for name in request.settings.services):
        return False
    if only_sqlite(request):
        return True
    if request.installed.first(server_drivers()):
        return False
    # Without a lock nobody knows which driver might come along with something else.
    by_default = request.installed.from_lock and any(
        not project.only_server for project in request.application.django
    )
    hinted = any(hint.service == "sqlite" for hint in request.application.service_hints)
    return hinted or by_default or fixed_database(request) is not None


def only_sqlite(request: ProcessRequest) -> bool:
    """Whether the code knows SQLite and nothing that could name another database."""
    hints = request.application.service_hints
    sqlite = [hint for hint in hints if hint.service == "sqlite"]
    settable = any(hint.variable or hint.parts for hint in sqlite)
    named = any(one.database_engine.endswith("sqlite3") for one in request.application.django)
    general = any(hint.service == "database" for hint in hints)
    return bool(sqlite or named) and not settable and not general


def fixed_database(request: ProcessRequest) -> Sourced[str] | None:
    """Return the file ("" unknown) and the place where the code names it, and no other database."""
    rows, application = service_rows(), request.application
    other = any(
        hint.service in ("sqlite", "database")
        or (hint.service in rows and rows[hint.service].group == "database")
        for hint in application.service_hints
    )
    if other or application.django or request.installed.first(server_drivers()):
        return None
    return next(iter(application.fixed_databases), None)


# Kind -> the reason with its evidence.
_Reason = tuple[str, tuple[Origin, ...]]
_Wanted = dict[str, _Reason]


def choose_services(
    request: ProcessRequest,
) -> tuple[tuple[BackingService, ...], tuple[Notice, ...]]:
    """Return the backing services in the order of the table, each with the variables that reach it.

    The settings decide alone where they say something. Otherwise the installed distributions ask
    for a service, or the code points to one that an installed distribution can talk to. Raises
    UsageError for a service that is not known.
    """
    notices: tuple[Notice, ...] = ()
    if request.settings.services:
        kinds = _of_settings(request.settings.services)
        wanted: _Wanted = {kind: (f"the settings ask for {kind}", ()) for kind in kinds}
    else:
        wanted, notices = _of_project(request)
    rows = [row for kind, row in service_rows().items() if kind in wanted]
    services = tuple(
        BackingService(
            kind=row.kind,
            image=_image(row, request),
            because=wanted[row.kind][0],
            evidence=wanted[row.kind][1],
            environment=tuple((key, _filled(row, text, request)) for key, text in row.environment),
            application_environment=_application_environment(row, rows, request),
            password_variable=_password_variable(row, request),
            command=row.command,
            hostname=row.hostname,
            volume=_volume(row, request),
            healthcheck=tuple(_filled(row, word, request) for word in row.healthcheck),
            start_period=row.start_period,
        )
        for row in rows
    )
    unreached = [one for one in services if not one.application_environment]
    meant = {*_of_settings(request.settings.services)} | {
        one.kind for one in request.application.deployed_services if not one.tests
    }
    # What nothing can reach is only started where the project itself does so. Without any code to
    # read nobody knows.
    seen = bool(request.application.imported)
    kept = tuple(one for one in services if one not in unreached or one.kind in meant or not seen)
    return kept, (*notices, *(_unreached(one, request, started=one in kept) for one in unreached))


def _of_settings(names: tuple[str, ...]) -> tuple[str, ...]:
    spelled = {name: row.kind for row in service_rows().values() for name in row.spellings}
    kinds = tuple(spelled.get(name, name) for name in names)
    if "none" in kinds:
        return ()
    for name, kind in zip(names, kinds, strict=True):
        if kind not in service_rows():
            raise UsageError(
                f"the settings ask for the unknown service {name}",
                found=", ".join(names),
                rule=f"`services` are among {', '.join(service_rows())}, or none",
                steps=("correct the setting `services`",),
                example='services = ["postgres", "redis"]',
            )
    return kinds


def _of_project(request: ProcessRequest) -> tuple[_Wanted, tuple[Notice, ...]]:
    found: _Wanted = {}
    for row in service_rows().values():
        reason = (
            _asked_by_distribution(row, request)
            or _asked_by_code(row, request)
            or _deployed(row, request)
        )
        if reason:
            found[row.kind] = reason
    has_worker = any(one.framework == "celery" for one in request.application.processes)
    if has_worker and request.installed.has("celery"):
        brokers = {"redis", "valkey", "rabbitmq"} & set(found)
        because = "Celery is installed and no other broker: its default is RabbitMQ"
        if not brokers:
            found["rabbitmq"] = (because, _origins(request, "celery"))
    for row in service_rows().values():
        if row.kind in found and row.instead_of:
            found.pop(row.instead_of, None)
    return _one_database(found, request)


def _asked_by_distribution(row: ServiceRow, request: ProcessRequest) -> _Reason | None:
    name = request.installed.first(row.distributions)
    told = [hint for hint in request.application.service_hints if _means(hint, row)]
    # Where the settings can only mean SQLite, the driver is there for another installation.
    unused = not told and row.group == "database" and only_sqlite(request)
    if not name or unused:
        return None
    origins = (*_origins(request, name), *(hint.origin for hint in told[:2]))
    return f"{name} is installed", origins


def _asked_by_code(row: ServiceRow, request: ProcessRequest) -> _Reason | None:
    able = _able(row, request)
    if not able:
        return None
    gis = next((one for one in request.application.django if one.gis), None)
    if row.kind == "postgis" and gis is not None:
        return "the Django settings use GeoDjango", (gis.manage, *_origins(request, able))
    hints = [hint for hint in request.application.service_hints if hint.service in row.names]
    # A mail server is worth one only if the code lets its address be set.
    hints = [hint for hint in hints if row.group != "mail" or hint.variable or hint.parts]
    if row.group == "storage" and not request.installed.first(row.distributions):
        # Where the code can do without the variable, it means Amazon's.
        read = {one.name: one for one in request.application.variables}
        hints = [
            hint
            for hint in hints
            if hint.variable
            and ((one := read.get(hint.variable)) is None or one.required or one.default)
        ]
    return (hints[0].because, tuple(hint.origin for hint in hints[:2])) if hints else None


def _able(row: ServiceRow, request: ProcessRequest) -> str:
    """Return an installed distribution that can talk to the service, "" without one."""
    replaced = service_rows().get(row.instead_of)
    others = replaced.distributions if replaced else ()
    return request.installed.first((*row.distributions, *row.hinted, *others))


def _deployed(row: ServiceRow, request: ProcessRequest) -> _Reason | None:
    """Return where files of the project start the service, and something installed talks to it."""
    deployed = request.application.deployed_services
    origins = tuple(one.origin for one in deployed if one.kind == row.kind and not one.tests)
    able = _able(row, request)
    return (f"{origins[0].path} starts it", origins[:1]) if origins and able else None


def _image(row: ServiceRow, request: ProcessRequest) -> str:
    """Return the image with the version that the project itself starts, where it names one."""
    repository = row.image.rpartition(":")[0]
    named = (one.image for one in request.application.deployed_services if one.kind == row.kind)
    same = (image for image in named if image.rpartition(":")[0] == repository)
    # An older one would not know the health check.
    return next((image for image in same if _major(image) >= row.since), row.image)


def _major(image: str) -> int:
    number = re.search(r"\d+", image.rpartition(":")[2])
    return int(number[0]) if number else 0


def _volume(row: ServiceRow, request: ProcessRequest) -> str:
    version, folder = row.volume_before
    return folder if _major(_image(row, request)) < version else row.volume


def _means(hint: ServiceHint, row: ServiceRow) -> bool:
    """Whether a hint points to this service, by its name or that of its group."""
    general = {"database": "database", "broker": "cache"}.get(hint.service)
    return hint.service in (*row.names, row.instead_of) or general == row.group


def _one_database(found: _Wanted, request: ProcessRequest) -> tuple[_Wanted, tuple[Notice, ...]]:
    """Keep one database: the one that the project starts, that its code points to, or the first."""
    rows = service_rows()
    databases = [kind for kind in found if rows[kind].group == "database"]
    if len(databases) < 2:
        return found, ()
    hinted = {hint.service for hint in request.application.service_hints}
    named = [kind for kind in databases if rows[kind].names & hinted]
    started = [one.kind for one in request.application.deployed_services if not one.tests]
    deployed = [kind for kind in started if kind in databases]
    kept = (deployed or named or databases)[0]
    left = [kind for kind in databases if kind != kept]
    titles = ", ".join(rows[kind].title for kind in (kept, *left))
    said = notice("several-databases", None, titles=titles, kept=rows[kept].title, left=left[0])
    return {kind: reason for kind, reason in found.items() if kind not in left}, (said,)


def _origins(request: ProcessRequest, name: str) -> tuple[Origin, ...]:
    origin = request.installed.origin(name)
    return (origin,) if origin else ()


def _unreached(service: BackingService, request: ProcessRequest, *, started: bool) -> Notice:
    row = service_rows()[service.kind]
    hint = next((hint for hint in request.application.service_hints if _means(hint, row)), None)
    variable = "DATABASE_URL" if row.group == "database" else f"{row.kind.upper()}_URL"
    origin = hint.origin if hint else next(iter(service.evidence), None)
    values = {"title": row.title, "variable": variable, "host": row.kind}
    row_name = "service-not-reachable" if started else "service-not-started"
    return notice(row_name, origin, because=service.because, **values)


def _application_environment(
    row: ServiceRow, chosen: list[ServiceRow], request: ProcessRequest
) -> tuple[tuple[str, str], ...]:
    """Return (variable, value) pairs for every variable that the code reads to reach the service.

    `chosen` are all services: a hint that names no product belongs to one of them.
    """
    read = {variable.name: variable for variable in request.application.variables}
    found: dict[str, str] = {}
    for hint in request.application.service_hints:
        if not _belongs(hint, row, chosen) or re.search(_NOT_HERE, hint.variable):
            continue
        if hint.variable:
            found[hint.variable] = _url(row, hint, request)
        parts = dict(hint.parts)
        found.update(dict(hint.switches) if hint.service in row.names else {})
        for role, text in _texts(row, hint, request).items():
            name, value = parts.get(role, ""), _filled(row, text, request)
            if role == "protocol" and name in read and "." in (read[name].default or ""):
                # Django names its engines by their modules.
                value = row.engine
            # The code already knows the usual port.
            known = role == "port" and name in read and read[name].default == value
            if name and value and not known:
                found.setdefault(name, value)
    for name, text in row.also if found else ():
        if name in read and name not in found:
            # Where the code asks only whether the variable is set, "0" would mean yes.
            asked = read[name].asked if text == "0" else ""
            default = read[name].default or ""
            # What is off by default stays so. A text is spelled as its default is, a number not.
            off = text == "0" and default.lower() in _OFF
            if asked != "presence" and not off:
                no = _NO.get(default, text) if read[name].spelled else text
                found[name] = "" if asked else no if text == "0" else _filled(row, text, request)
    return tuple(found.items())


def _texts(row: ServiceRow, hint: ServiceHint, request: ProcessRequest) -> dict[str, str]:
    """Return role -> its text for a connection that is put together from several variables."""
    return {
        "host": row.kind,
        "port": str(row.port),
        "name": row.database,
        "user": row.user,
        "password": "{password}",
        "protocol": _scheme(row, hint, request),
    }


def _belongs(hint: ServiceHint, row: ServiceRow, chosen: list[ServiceRow]) -> bool:
    if hint.service in row.names:
        return True
    if hint.service in {name for other in chosen for name in other.names}:
        return False
    if hint.service == row.instead_of:
        return True
    if hint.service in {other.instead_of for other in chosen}:
        return False
    groups = _GROUPS_OF_HINT.get(hint.service)
    if groups is None:
        # The code names MySQL by default and PostgreSQL by its driver: one variable serves both.
        other = service_rows().get(hint.service)
        return row.group == "database" and other is not None and other.group == "database"
    candidates = [one for group in groups for one in chosen if one.group == group]
    return bool(candidates) and candidates[0] is row


def _password_variable(row: ServiceRow, request: ProcessRequest) -> str:
    """Return the variable of .env that holds the password: the one that the code reads, if any."""
    names = {*row.names, row.instead_of, "database" if row.group == "database" else row.kind}
    for hint in request.application.service_hints:
        if hint.service in names and row.password and "password" in dict(hint.parts):
            return dict(hint.parts)["password"]
    return row.password


def _filled(row: ServiceRow, text: str, request: ProcessRequest, scheme: str = "") -> str:
    """Return `text` with its placeholders filled; user and database are called like the project."""
    password = _password_variable(row, request)
    values = {
        "user": row.user,
        "password": f"${{{password}:-{LOCAL_VALUE}}}" if password else "",
        "host": row.kind,
        "port": str(row.port),
        "database": row.database,
        "scheme": scheme or row.scheme,
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text.replace("{name}", database_name(request.name))


def database_name(name: str) -> str:
    """Return the project's name as every server takes it for a user: letters, digits and _."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_LONGEST_NAME]
    return plain if plain[:1].isalpha() and not re.fullmatch(_TAKEN, plain) else "app"


def _url(row: ServiceRow, hint: ServiceHint, request: ProcessRequest) -> str:
    is_url = hint.variable.upper().endswith(("URL", "URI"))
    if not row.scheme or (row.group == "storage" and not is_url):
        return _filled(row, "{host}:{port}", request)
    return _filled(row, row.url, request, _scheme(row, hint, request))


def _scheme(row: ServiceRow, hint: ServiceHint, request: ProcessRequest) -> str:
    """Return the scheme that both the URL's reader and the installed driver understand."""
    base, _, driver = hint.scheme.partition("+")
    drivers = dict(row.drivers)
    if driver and hint.scheme in {drivers[name] for name in drivers if request.installed.has(name)}:
        return hint.scheme
    if hint.called.startswith("tortoise."):
        # Tortoise's schemes are called like the drivers.
        return request.installed.first(("asyncpg", "psycopg")) or row.scheme
    if drivers and _read_by_sqlalchemy(hint, request):
        return _driver_scheme(row, hint, request) or row.scheme
    family = _FAMILIES.get(row.scheme, (row.scheme,))
    return base if base in family and not driver else row.scheme


def _read_by_sqlalchemy(hint: ServiceHint, request: ProcessRequest) -> bool:
    """Whether SQLAlchemy reads the URL, and neither a driver nor Django."""
    if hint.called:
        return bool(re.match(rf"({_SQLALCHEMY})(\.|$)", hint.called))
    imported = any(re.fullmatch(_SQLALCHEMY, name) for name in request.application.imported)
    return imported and not request.application.django


def _driver_scheme(row: ServiceRow, hint: ServiceHint, request: ProcessRequest) -> str:
    """Return SQLAlchemy's scheme for the installed driver that fits the engine."""
    drivers = dict(row.drivers)
    installed = [name for name in drivers if request.installed.has(name)]
    only_async = [name for name in installed if name in _ONLY_ASYNC]
    if _is_asynchronous(hint, otherwise=bool(only_async)):
        fitting = only_async or [name for name in installed if name in row.asynchronous]
    else:
        fitting = [name for name in installed if name not in _ONLY_ASYNC]
    candidates = fitting or installed
    # A driver that the manifest names goes before one that only came along.
    direct = [name for name in candidates if name in request.installed.direct]
    return drivers[(direct or candidates)[0]] if candidates else ""


def _is_asynchronous(hint: ServiceHint, *, otherwise: bool) -> bool:
    if "ASYNC" in hint.variable.upper() or "async" in hint.called or "+a" in hint.scheme:
        return True
    return otherwise and not hint.called and not hint.setting.startswith("SQLALCHEMY_")
