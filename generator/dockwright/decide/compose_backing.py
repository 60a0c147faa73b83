"""The backing services of the compose file."""

from dockwright.model.compose import ComposeHealthCheck, ComposeService
from dockwright.model.plan import BackingService


def backing_service(service: BackingService, network: str) -> ComposeService:
    """Return the compose service: reached by the application's processes only, healthy before they start."""
    return ComposeService(
        name=service.kind,
        comment=f"{service.because}.",
        image=service.image,
        command=service.command,
        hostname=service.hostname,
        environment=service.environment,
        volumes=(f"{service.volume_name}:{service.volume}",) if service.volume else (),
        networks=(network,),
        healthcheck=ComposeHealthCheck(test=service.healthcheck, start_period=service.start_period),
        restart="unless-stopped",
    )
