"""What the stage for development says of itself, and what it leaves out."""

from dockwright.decide.install import Installation
from dockwright.model.application import ProcessKind
from dockwright.model.dockerfile import Run
from dockwright.model.plan import Process
from dockwright.model.settings import Settings


def development_comment(
    installation: Installation, first: Process, main: Process, settings: Settings
) -> str:
    """Return the comment of `dev`: only what holds for this project."""
    more = [
        *(("the development groups too",) if installation.development else ()),
        *(("a server that reloads",) if first.development_command else ()),
    ]
    what = f"{', and '.join(more)}." if more else "what is shipped, and every file is the user's."
    in_compose = settings.compose and main.kind != ProcessKind.COMMAND
    how = (
        "`TARGET=dev docker compose watch` runs it."
        if in_compose
        else "`docker build --target dev .` makes it."
    )
    return f"For development: {what} {how}"


def without_static(assets: tuple[Run, ...], static: Run | None, first: Process) -> tuple[Run, ...]:
    """Return the steps of `dev`: a server that reloads finds static files itself."""
    return (
        tuple(step for step in assets if step is not static)
        if first.development_command
        else assets
    )
