"""The built-in templates and the strict Jinja2 environment that lays them out."""

from pathlib import Path

import jinja2
from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined

from dockwright.render.filters import FILTERS

_STAMP = "jinja2-version.txt"
_PACKAGE = Path(__file__).parent.parent


def template_folder() -> Path:
    """Return the folder of the built-in templates: in the wheel, or at the top of a checkout."""
    packaged = _PACKAGE / "_templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "templates"


def make_environment() -> Environment:
    """Return the environment of the built-in templates."""
    compiled = _compiled_folder()
    environment = Environment(
        loader=ModuleLoader(compiled) if compiled else FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML; each syntax has a quoting filter
    )
    environment.filters.update(FILTERS)
    return environment


def _compiled_folder() -> Path | None:
    # None in a checkout, and for another Jinja2 than the one that compiled them.
    folder = _PACKAGE / "_compiled_templates"
    try:
        stamp = (folder / _STAMP).read_text(encoding="utf-8")
    except OSError:
        return None
    return folder if stamp == jinja2.__version__ else None


def compile_templates(folder: Path) -> None:
    """Compile the built-in templates into `folder`, with a stamp of the version that did it."""
    make_environment().compile_templates(folder, extensions=["j2"], zip=None, ignore_errors=False)
    (folder / _STAMP).write_text(jinja2.__version__, encoding="utf-8")
