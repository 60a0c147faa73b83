"""The built-in templates, compiled when the wheel is built: compiling them takes longer than everything else in a run."""

from pathlib import Path

import jinja2

_STAMP = "jinja2-version.txt"


def compiled_folder() -> Path | None:
    """Return the folder of compiled templates; None in a checkout, and for another Jinja2 than the one that compiled them."""
    folder = Path(__file__).parent.parent / "_compiled_templates"
    try:
        stamp = (folder / _STAMP).read_text(encoding="utf-8")
    except OSError:
        return None
    return folder if stamp == jinja2.__version__ else None


def compile_templates(folder: Path) -> None:
    """Compile the built-in templates into `folder` as Python modules, with a stamp of the version that did it."""
    from dockwright.render.environment import make_environment

    make_environment().compile_templates(folder, extensions=["j2"], zip=None, ignore_errors=False)
    (folder / _STAMP).write_text(jinja2.__version__, encoding="utf-8")
