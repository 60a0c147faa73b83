"""The first lines of every file that is written: who wrote it, from what, and how to change it."""

from dockwright import __version__
from dockwright.model.manager import Manager, Strategy
from dockwright.model.origin import Decision
from dockwright.model.plan import LockVerdict

AUTHOR = f"dockwright {__version__}"


def dockerfile_header(
    verdict: LockVerdict, manager: Manager, manifest: str, strategy: Decision[Strategy]
) -> tuple[str, ...]:
    """Return the comment lines of the Dockerfile, without `#`."""
    if manager is Manager.NONE:
        source = "a script without a manifest"
    elif verdict.file:
        source = f"{verdict.file} (strategy: {strategy.value})"
    else:
        source = f"{manifest}, which has no lock (strategy: {strategy.value})"
    return (
        f"Written by {AUTHOR} from {source}.",
        "Edit it, or its settings; `dockwright generate` keeps your edits.",
    )


def short_header() -> tuple[str, ...]:
    """Return the comment line of the other files."""
    return (
        f"Written by {AUTHOR}. Edit it, or its settings; `dockwright generate` keeps your edits.",
    )
