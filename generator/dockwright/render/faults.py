"""Errors of templates, with the file and the line in which they happened."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError

from dockwright.errors import TemplateFaultError
from dockwright.model.origin import Origin

# What an expression in a template can raise besides Jinja2's own errors.
RAISED = (
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)


@contextmanager
def explained(shown: tuple[tuple[Path, str], ...]) -> Iterator[None]:
    """Raise what a template raises as a TemplateFaultError; `shown` names folders of templates."""
    try:
        yield
    except (TemplateError, *RAISED) as error:
        raise _fault(error, shown) from error


def _fault(error: Exception, shown: tuple[tuple[Path, str], ...]) -> TemplateFaultError:
    steps: tuple[str, ...] = ("mend the line that is named", "look up names in docs/templates.md")
    if isinstance(error, TemplateSyntaxError):
        return _made(
            f"the template does not parse: {error.message}",
            _named(error.filename or "", error.lineno, shown),
            steps,
        )
    place = _place(error, shown)
    if isinstance(error, TemplateNotFound):
        return _made(f"there is no template `{error.name}` in the folder", place, steps)
    if isinstance(error, UndefinedError):
        return _made(
            f"the template reads something that does not exist: {error.message}", place, steps
        )
    what = str(error).strip() or type(error).__name__
    return _made(f"the template fails: {type(error).__name__}: {what[:300]}", place, steps)


def _made(title: str, origin: Origin | None, steps: tuple[str, ...]) -> TemplateFaultError:
    return TemplateFaultError(
        title,
        origin=origin,
        rule="a template reads the plan and nothing else, and must come to an end",
        steps=steps,
        example="{{ plan.python.value.version }}",
    )


def _place(error: Exception, shown: tuple[tuple[Path, str], ...]) -> Origin | None:
    # Jinja2 has translated the traceback back: the innermost line is one of a template.
    places = [
        _named(frame.filename, frame.lineno, shown)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return next((place for place in reversed(places) if place), None)


def _named(filename: str, line: int | None, shown: tuple[tuple[Path, str], ...]) -> Origin | None:
    for folder, name in shown:
        path = Path(filename)
        if filename and path.is_relative_to(folder.resolve()):
            return Origin(path=f"{name}/{path.relative_to(folder.resolve()).as_posix()}", line=line)
    return None
