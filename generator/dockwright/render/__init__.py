"""Plan in, text out: pure functions."""

from pathlib import Path

from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.settings import Settings
from dockwright.render.layer import Layer

__all__ = ["Layer", "render"]


def render(
    plan: Plan, settings: Settings, *, overlay: Path | None = None, layers: tuple[Layer, ...] = ()
) -> tuple[RenderedFile, ...]:
    """Return the text of every file of the plan: Dockerfile, .dockerignore, and compose.yaml with .env.example where wanted.

    `overlay` is a folder of the owner's templates, `layers` are those of template packs below it, the uppermost first. Raises
    TemplateFaultError with file and line of a template that fails.
    """
    from dockwright.render.files import render_files

    return render_files(plan, settings, overlay, layers)
