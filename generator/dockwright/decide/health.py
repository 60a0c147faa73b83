"""The HEALTHCHECK of the web process: the standard library asks, any answer below 500 is a sign of life."""

from dockwright.model.dockerfile import HealthCheck
from dockwright.model.plan import HealthProbe, Process

_HTTP = (
    "{imports}from http.client import HTTPConnection as H; c = H('127.0.0.1', {port}, timeout=2); "
    "c.request('GET', '{path}'); exit(c.getresponse().status >= 500)"
)
_TCP = "{imports}from socket import create_connection as c; c(('127.0.0.1', {port}), timeout=2)"


def health_command(probe: HealthProbe) -> tuple[str, ...]:
    """Return argv that exits with 0 if the process answers; it needs no shell and no curl."""
    variable = probe.port_variable
    port = f"int(os.environ['{variable}'])" if variable else str(probe.port)
    text = (_HTTP if probe.kind == "http" else _TCP).format(
        imports="import os; " if variable else "", port=port, path=probe.path.replace("'", "%27")
    )
    return ("python", "-c", text)


def health_check(process: Process | None) -> HealthCheck | None:
    """Return the check of the process that the image starts, None for one that does not listen."""
    if process is None or process.health is None:
        return None
    command = health_command(process.health)
    return HealthCheck(command=command, comment="Any answer below 500 is a sign of life.")
