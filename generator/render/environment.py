"""The Jinja2 environment: strict, without surprises in white space, with one quoting filter per target syntax."""

from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from generator.render.filters import FILTERS


def template_folder() -> Path:
    """Return the folder of the built-in templates: inside the wheel, or at the top of a checkout."""
    package = Path(__file__).parent.parent
    packaged = package / "_templates"
    return packaged if packaged.is_dir() else package.parent / "templates"


def make_environment(overlay: Path | None = None) -> Environment:
    """Return the environment; templates in `overlay` come before the built-in ones, which stay reachable as `base/NAME`."""
    built_in = FileSystemLoader(template_folder())
    loaders: list[BaseLoader] = [built_in]
    if overlay is not None:
        from jinja2 import PrefixLoader

        loaders = [FileSystemLoader(overlay), built_in, PrefixLoader({"base": built_in})]
    environment = Environment(
        loader=ChoiceLoader(loaders) if len(loaders) > 1 else built_in,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Dockerfiles and YAML are no HTML; each has a quoting filter of its own
    )
    environment.filters.update(FILTERS)
    return environment
