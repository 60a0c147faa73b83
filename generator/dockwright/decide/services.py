"""Which backing services the application needs, and the variables by which it reaches them."""

from dockwright.decide.process_request import ProcessRequest
from dockwright.decide.service_environment import filled, password_variable, service_environment
from dockwright.decide.service_table import ServiceRow, service_rows
from dockwright.decide.sqlite import only_sqlite
from dockwright.errors import UsageError
from dockwright.model.application import ServiceHint
from dockwright.model.origin import Notice, Origin
from dockwright.model.plan import BackingService

_NONE = "none"
_SPELLINGS = {
    "postgresql": "postgres",
    "pg": "postgres",
    "mongo": "mongodb",
    "rabbit": "rabbitmq",
    "mail": "mailpit",
    "smtp": "mailpit",
    "elastic": "elasticsearch",
    "s3": "minio",
    "memcache": "memcached",
}
_GENERAL = {"database": "database", "broker": "cache"}
"""Hints that name no product, and the group that answers them."""


def choose_services(
    request: ProcessRequest,
) -> tuple[tuple[BackingService, ...], tuple[Notice, ...]]:
    """Return the backing services in the order of the table, each with its reason and the variables that reach it.

    The settings decide alone where they say something. Otherwise the installed distributions ask for a service, or the code
    points to one that an installed distribution can talk to. Raises UsageError for a service that is not known.
    """
    wanted: _Wanted
    notices: tuple[Notice, ...] = ()
    if request.settings.services:
        wanted = {
            kind: (f"the settings ask for {kind}", ())
            for kind in _of_settings(request.settings.services)
        }
    else:
        wanted, notices = _of_project(request)
    rows = [row for kind, row in service_rows().items() if kind in wanted]
    services = []
    for row in rows:
        because, evidence = wanted[row.kind]
        services.append(
            BackingService(
                kind=row.kind,
                image=row.image,
                because=because,
                evidence=evidence,
                environment=tuple(
                    (name, filled(row, value, request)) for name, value in row.environment
                ),
                application_environment=service_environment(row, rows, request),
                password_variable=password_variable(row, request),
                command=row.command,
                hostname=row.hostname,
                volume=row.volume,
                healthcheck=tuple(filled(row, word, request) for word in row.healthcheck),
                start_period=row.start_period,
            )
        )
    unreached = tuple(
        _unreached(service, request) for service in services if not service.application_environment
    )
    return tuple(services), (*notices, *unreached)


def _of_settings(names: tuple[str, ...]) -> tuple[str, ...]:
    kinds = []
    for name in names:
        kind = _SPELLINGS.get(name, name)
        if kind == _NONE:
            return ()
        if kind not in service_rows():
            raise UsageError(
                f"the settings ask for the unknown service {name}",
                found=", ".join(names),
                rule=f"`services` are among {', '.join(service_rows())}, or none",
                steps=("correct the setting `services`",),
                example='services = ["postgres", "redis"]',
            )
        kinds.append(kind)
    return tuple(kinds)


_Wanted = dict[str, tuple[str, tuple[Origin, ...]]]


def _of_project(request: ProcessRequest) -> tuple[_Wanted, tuple[Notice, ...]]:
    found: _Wanted = {}
    for row in service_rows().values():
        reason = _asked_by_distribution(row, request) or _asked_by_code(row, request)
        if reason:
            found[row.kind] = reason
    if (
        "celery" in request.installed.names
        and not {"redis", "valkey", "rabbitmq"} & set(found)
        and _has_worker(request)
    ):
        found["rabbitmq"] = (
            "Celery is installed and no other broker: its default is RabbitMQ",
            _origins(request, "celery"),
        )
    for row in service_rows().values():
        if row.kind in found and row.instead_of:
            found.pop(row.instead_of, None)
    return _one_per_group(found, request)


def _asked_by_distribution(
    row: ServiceRow, request: ProcessRequest
) -> tuple[str, tuple[Origin, ...]] | None:
    name = request.installed.first(row.distributions)
    if not name:
        return None
    told = [hint for hint in request.application.service_hints if _means(hint, row)]
    # SQLite in the settings and no variable that could say otherwise: the driver is there for another installation.
    if not told and row.group == "database" and only_sqlite(request):
        return None
    origins = (*_origins(request, name), *(hint.origin for hint in told[:2]))
    return f"{name} is installed", origins


def _asked_by_code(
    row: ServiceRow, request: ProcessRequest
) -> tuple[str, tuple[Origin, ...]] | None:
    hints = [hint for hint in request.application.service_hints if hint.service in row.names]
    gis = row.kind == "postgis" and any(project.gis for project in request.application.django)
    able = request.installed.first((*row.distributions, *row.hinted)) or _driver_of_family(
        row, request
    )
    if not able:
        return None
    if gis:
        project = next(project for project in request.application.django if project.gis)
        return "the Django settings use GeoDjango", (project.manage, *_origins(request, able))
    # A mail server is worth one only if the code lets its address be set.
    hints = [hint for hint in hints if row.group != "mail" or hint.variable or hint.parts]
    if row.group == "storage" and not request.installed.first(row.distributions):
        hints = [hint for hint in hints if _is_counted_on(hint.variable, request)]
    if not hints:
        return None
    return hints[0].because, tuple(hint.origin for hint in hints[:2])


def _is_counted_on(variable: str, request: ProcessRequest) -> bool:
    """Whether the code cannot do without a variable, or has an address of its own for it: without either, it means Amazon."""
    read = next((one for one in request.application.variables if one.name == variable), None)
    return read is None or read.required or bool(read.default)


def _driver_of_family(row: ServiceRow, request: ProcessRequest) -> str:
    replaced = service_rows().get(row.instead_of)
    return request.installed.first(replaced.distributions) if replaced else ""


def _means(hint: ServiceHint, row: ServiceRow) -> bool:
    """Whether a hint points to this service: by its name, or because it names no product of the group."""
    return hint.service in (*row.names, row.instead_of) or _GENERAL.get(hint.service) == row.group


def _one_per_group(found: _Wanted, request: ProcessRequest) -> tuple[_Wanted, tuple[Notice, ...]]:
    """Keep one database: the one that the code points to, else the first of the table."""
    rows = service_rows()
    databases = [kind for kind in found if rows[kind].group == "database"]
    if len(databases) < 2:
        return found, ()
    named = [
        kind
        for kind in databases
        if any(hint.service in rows[kind].names for hint in request.application.service_hints)
    ]
    kept = (named or databases)[0]
    left = [kind for kind in databases if kind != kept]
    for kind in left:
        del found[kind]
    notice = Notice(
        code="several-databases",
        text=f"drivers for {', '.join(rows[kind].title for kind in (kept, *left))} are installed; compose starts {rows[kept].title}",
        remedy=f'to have another one, set services = ["{left[0]}"]',
    )
    return found, (notice,)


def _has_worker(request: ProcessRequest) -> bool:
    return any(process.framework == "celery" for process in request.application.processes)


def _origins(request: ProcessRequest, name: str) -> tuple[Origin, ...]:
    origin = request.installed.origin(name)
    return (origin,) if origin else ()


def _unreached(service: BackingService, request: ProcessRequest) -> Notice:
    row = service_rows()[service.kind]
    hint = next((hint for hint in request.application.service_hints if _means(hint, row)), None)
    variable = f"{row.kind.upper()}_URL" if row.group != "database" else "DATABASE_URL"
    return Notice(
        code="service-not-reachable",
        text=f"compose starts {row.title}, and the code reads no variable that says where it is",
        origin=hint.origin if hint else next(iter(service.evidence), None),
        remedy=f"read {variable} from the environment, or use the host name {row.kind}",
    )
