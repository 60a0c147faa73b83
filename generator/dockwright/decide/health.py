"""The HEALTHCHECK of the web process: the standard library asks, any answer below 500 is a sign of life."""

from dockwright.decide.process_request import ProcessRequest
from dockwright.model.application import WebApplication
from dockwright.model.dockerfile import HealthCheck
from dockwright.model.plan import HealthProbe, Process
from dockwright.model.settings import Settings

_PROBE = (
    "{imports}from http.client import HTTPConnection as H; c = H({address}, timeout=2); "
    "c.request('GET', '{path}'); exit(c.getresponse().status >= 500)"
)


def probe_of(
    process: Process, request: ProcessRequest, web: WebApplication | None
) -> HealthProbe | None:
    """Return what the health check asks: the health route, or a TCP connect where HTTP is not answered or not allowed."""
    if process.port is None or not process.health_path or not request.settings.healthcheck:
        return None
    closed = any(project.refuses_loopback for project in request.application.django)
    speaks_http = web is None or web.speaks_http
    return HealthProbe(
        kind="http" if speaks_http and not closed else "tcp",
        port=process.port,
        path=process.health_path,
        port_variable=process.port_variable,
    )


def health_command(process: Process) -> tuple[str, ...]:
    """Return argv that exits with 0 if the web process answers; it needs no shell and no curl."""
    path = process.health_path or "/"
    if any(name == "PORT" for name, _ in process.environment):
        address, imports = "'127.0.0.1:' + os.environ['PORT']", "import os; "
    else:
        address, imports = f"'127.0.0.1:{process.port}'", ""
    return (
        "python",
        "-c",
        _PROBE.format(imports=imports, address=address, path=path.replace("'", "%27")),
    )


def health_check(process: Process | None, settings: Settings) -> HealthCheck | None:
    """Return the check of the process that the image starts, None for one that does not listen."""
    if (
        process is None
        or process.port is None
        or not process.health_path
        or not settings.healthcheck
    ):
        return None
    return HealthCheck(
        command=health_command(process), comment="Any answer below 500 is a sign of life."
    )
