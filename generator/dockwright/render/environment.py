"""The Jinja2 environment: strict, without surprises in white space, with one quoting filter per target syntax."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined

from dockwright.render.compiled import compiled_folder
from dockwright.render.filters import FILTERS


def template_folder() -> Path:
    """Return the folder of the built-in templates: inside the wheel, or at the top of a checkout."""
    package = Path(__file__).parent.parent
    packaged = package / "_templates"
    return packaged if packaged.is_dir() else package.parent.parent / "templates"


def make_environment() -> Environment:
    """Return the environment of the built-in templates."""
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
