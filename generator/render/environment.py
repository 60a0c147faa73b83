"""The Jinja2 environment: strict, without surprises in white space, with one quoting filter per target syntax."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined

from generator.render.compiled import compiled_folder
from generator.render.filters import FILTERS


def template_folder() -> Path:
    """Return the folder of the built-in templates: inside the wheel, or at the top of a checkout."""
    package = Path(__file__).parent.parent
    packaged = package / "_templates"
    return packaged if packaged.is_dir() else package.parent / "templates"


def make_environment(overlay: Path | None = None) -> Environment:
    """Return the environment; templates in `overlay` come before the built-in ones, which stay reachable as `base/NAME`.

    Raises TemplateFaultError for a block of the overlay that overrides nothing.
    """
    if overlay is not None:
        return _with_overlay(overlay)
    compiled = compiled_folder()
    environment = Environment(
        loader=ModuleLoader(compiled) if compiled else FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Dockerfiles and YAML are no HTML; each has a quoting filter of its own
    )
    environment.filters.update(FILTERS)
    environment.globals["own"] = lambda _stage, _step, default: default
    return environment


def _with_overlay(overlay: Path) -> Environment:
    from generator.render.overlay import check_blocks, overlay_environment, own_step

    environment = overlay_environment(overlay, template_folder())
    environment.filters.update(FILTERS)
    environment.globals["own"] = own_step
    check_blocks(environment, overlay, template_folder())
    return environment
