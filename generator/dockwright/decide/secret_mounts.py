"""The credentials that an index asks for: mounted as secrets, never written."""

from dockwright.model.dependencies import ManagerFinding
from dockwright.model.dockerfile import Mount


def secret_mounts(finding: ManagerFinding) -> tuple[Mount, ...]:
    """Return optional secrets for indexes that ask for credentials: the named variables, else a netrc file."""
    private = [
        index for index in finding.manifest.indexes if index.needs_credentials or index.variables
    ]
    variables = sorted({name for index in private for name in index.variables})
    mounts = [Mount(kind="secret", id=name, env=name) for name in variables]
    if private and not variables:
        mounts.append(Mount(kind="secret", id="netrc", target="/root/.netrc"))
    return tuple(mounts)
