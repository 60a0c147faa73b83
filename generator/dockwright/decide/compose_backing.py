"""The backing services of the compose file, as services.toml describes them."""

from dockwright.decide.process_request import ProcessRequest
from dockwright.decide.service_environment import password_reference
from dockwright.decide.service_table import ServiceRow, service_rows
from dockwright.model.compose import ComposeHealthCheck, ComposeService
from dockwright.model.plan import BackingService


def backing_service(service: BackingService, network: str) -> ComposeService:
    """Return the compose service: reached by the application's processes only, healthy before they start."""
    row = service_rows()[service.kind]
    return ComposeService(
        name=row.kind,
        comment=f"{row.title}: {service.because}.",
        image=service.image,
        command=row.command,
        hostname=row.hostname,
        environment=tuple(sorted(row.environment)),
        configs=((_config_name(row), row.secret),) if row.secret else (),
        volumes=(f"{_volume(row)}:{row.volume}",) if row.volume else (),
        networks=(network,),
        healthcheck=ComposeHealthCheck(
            test=row.healthcheck,
            interval="5s",
            timeout=row.timeout,
            retries=20,
            start_period=row.start_period,
        ),
        restart="unless-stopped",
    )


def configs_of(rows: list[ServiceRow], request: ProcessRequest) -> tuple[tuple[str, str], ...]:
    """Return the files with passwords that compose makes: (name, content)."""
    return tuple(
        (_config_name(row), row.secret_text.replace("{password}", password_reference(row, request)))
        for row in rows
        if row.secret
    )


def volumes_of(rows: list[ServiceRow]) -> tuple[str, ...]:
    """Return the named volumes."""
    return tuple(_volume(row) for row in rows if row.volume)


def _config_name(row: ServiceRow) -> str:
    return f"{row.kind}-password"


def _volume(row: ServiceRow) -> str:
    return f"{row.kind}-data"
