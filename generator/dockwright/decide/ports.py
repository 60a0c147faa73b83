"""On which port the web process listens, and why."""

import re

from dockwright.decide.process_request import ProcessRequest
from dockwright.decide.servers import own_servers
from dockwright.model.application import Framework, WebApplication
from dockwright.model.origin import Origin, Sourced
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_IN_COMMAND = Pattern(
    r"(?:--port[= ]|(?<!\w)-p |--bind[= ]\S*:|(?<!\w)-b \S*:|--listen=\S*:|--http(?:-socket)?[= ]\S*:|\b0\.0\.0\.0:|\[::\]:)"
    r"(?:\$\{[A-Z_]*PORT:-)?(?P<port>\d{2,5})\b"
)


@record
class PortDecision:
    """The port with its reason."""

    port: int
    because: str
    origin: Origin | None = None


def choose_port(
    request: ProcessRequest, web: WebApplication | None, *, named: Sourced[int] | None = None
) -> PortDecision:
    """Return the port of the web process; `named` is what its own command line says."""
    settings = request.settings
    if settings.port is not None:
        return PortDecision(port=settings.port, because="the settings say so")
    if named is not None:
        return _found(named, "the command names it")
    if web is not None and web.port is not None:
        return _found(web.port, "the code names it")
    configured = next(
        (config.port for config in request.application.server_configs if config.port is not None),
        None,
    )
    if configured is not None:
        return _found(configured, "the server's configuration names it")
    if request.exposed_port is not None:
        return _found(request.exposed_port, "the Dockerfile that is there exposes it")
    framework = web.framework if web is not None else Framework.SCRIPT
    return PortDecision(
        port=own_servers()[framework].port, because=f"the usual port of {framework}"
    )


def _found(port: Sourced[int], because: str) -> PortDecision:
    return PortDecision(port=port.value, because=f"{because} ({port.origin})", origin=port.origin)


def port_in_command(text: str, origin: Origin) -> Sourced[int] | None:
    """Return the literal port of a command line (`--port 5000`, `-b 0.0.0.0:5000`, `${PORT:-5000}`)."""
    match = _IN_COMMAND.search(text)
    if match is None:
        match = re.search(r"\$\{[A-Z_]*PORT:-(?P<port>\d{2,5})\}", text)
    return Sourced(value=int(match["port"]), origin=origin) if match else None
