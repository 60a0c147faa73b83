"""What keeps templates of other people in bounds: a sandbox, their own folder, and an end."""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import SandboxedEnvironment

from dockwright.errors import TemplateFaultError
from dockwright.model.origin import Origin

# Rounds of loops and calls of macros in one rendering. The longest Dockerfile known here takes some
# hundred.
MAX_STEPS = 200_000

MAX_SECONDS = 20.0
# Characters that one repetition may make.
MAX_LENGTH = 10_000_000

_TICK = "dockwright_tick"
_LOOPS = frozenset({"for", "macro", "call"})
# `{{ dockwright_tick() }}` as the lexer of Jinja2 gives it.
_CALL = (
    *(("variable_begin", "{{"), ("name", _TICK)),
    *(("lparen", "("), ("rparen", ")"), ("variable_end", "}}")),
)


class Budget:
    """Counts the rounds of a rendering and ends one that goes on for ever."""

    def __init__(self) -> None:
        self._steps = 0
        self._until = time.monotonic() + MAX_SECONDS

    def tick(self) -> str:
        """Count one round and print nothing; TemplateRuntimeError beyond the limits."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TemplateRuntimeError(f"it takes more than {MAX_STEPS} rounds of loops and macros")
        if not self._steps % 1000 and time.monotonic() > self._until:
            raise TemplateRuntimeError(f"it takes more than {MAX_SECONDS:.0f} seconds")
        return ""


class _Ticks(Extension):
    # A call of `Budget.tick` starts each loop's and macro's body.

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template with the calls added."""
        opening = False
        before = ""
        for token in stream:
            yield token
            if before == "block_begin" and token.type == "name":
                opening = token.value in _LOOPS
            if opening and token.type == "block_end":
                opening = False
                for kind, value in _CALL:
                    yield Token(token.lineno, kind, value)
            before = token.type


class _Sandbox(SandboxedEnvironment):
    # It also refuses to make a text of gigabytes.

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Refuse huge powers and repetitions."""
        size = _size(left) * _size(right) if operator == "*" else 0
        if size > MAX_LENGTH or (operator == "**" and isinstance(right, int) and right > 64):
            raise SecurityError("the result of this multiplication is too large")
        return super().call_binop(context, operator, left, right)


class FolderLoader(BaseLoader):
    """Templates of one folder: no path and no link leads out of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja2's
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return text and file of a template; TemplateNotFound where none is inside the folder."""
        path = (self._folder / template).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise TemplateNotFound(template)
        return template_text(path), str(path), lambda: True

    def list_templates(self) -> list[str]:
        """Return the names of all templates, sorted."""
        return sorted(
            path.relative_to(self._folder).as_posix()
            for path in self._folder.rglob("*.j2")
            if path.is_file()
        )


def template_text(path: Path) -> str:
    """Return the text of a template; TemplateSyntaxError where it is not UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is not UTF-8, in which templates are written"
        raise TemplateSyntaxError(message, line, path.name, str(path.resolve())) from error


def guarded_environment(loader: BaseLoader) -> Environment:
    """Return a strict, sandboxed environment whose templates end, for one rendering."""
    environment = _Sandbox(
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        extensions=[_Ticks],
    )
    environment.globals[_TICK] = Budget().tick
    return environment


def _size(value: object) -> int:
    if isinstance(value, str | bytes | list | tuple):
        return len(value)
    return value if isinstance(value, int) else 1


# What an expression in a template can raise besides Jinja2's own errors.
RAISED = (
    *(TypeError, ValueError, ArithmeticError, LookupError),
    *(AttributeError, RecursionError, MemoryError),
)


@contextmanager
def explained(shown: tuple[tuple[Path, str], ...]) -> Iterator[None]:
    """Raise what a template raises as a TemplateFaultError; `shown` names folders of templates."""
    try:
        yield
    except (TemplateError, *RAISED) as error:
        raise _fault(error, shown) from error


def _fault(error: Exception, shown: tuple[tuple[Path, str], ...]) -> TemplateFaultError:
    # Jinja2 has translated the traceback back: its innermost line in a folder is the fault's.
    frames = reversed(traceback.extract_tb(error.__traceback__))
    places = (_named(frame.filename, frame.lineno, shown) for frame in frames)
    match error:
        case TemplateSyntaxError():
            title = f"the template does not parse: {error.message}"
            places = (_named(one, error.lineno, shown) for one in (error.filename or "",))
        case TemplateNotFound():
            title = f"there is no template `{error.name}` in the folder"
        case UndefinedError():
            title = f"the template reads something that does not exist: {error.message}"
        case _:
            what = str(error).strip() or type(error).__name__
            title = f"the template fails: {type(error).__name__}: {what[:300]}"
    return TemplateFaultError(
        title,
        origin=next((place for place in places if place), None),
        rule="a template reads the plan and nothing else, and must come to an end",
        steps=("mend the line that is named", "look up names in docs/templates.md"),
        example="{{ plan.python.value.version }}",
    )


def _named(filename: str, line: int | None, shown: tuple[tuple[Path, str], ...]) -> Origin | None:
    for folder, name in shown:
        path = Path(filename)
        if filename and path.is_relative_to(folder.resolve()):
            return Origin(path=f"{name}/{path.relative_to(folder.resolve()).as_posix()}", line=line)
    return None
