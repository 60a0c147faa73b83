"""One quoting filter per target syntax, so that no value can change the meaning of the line it stands in."""

import json
from collections.abc import Callable

from dockwright.model.dockerfile import Copy
from dockwright.model.pattern import Pattern

_PLAIN_ENV = Pattern(r"^[A-Za-z0-9_./:@%+,=$-]+$")
_PLAIN_YAML = Pattern(r"^(?:[A-Za-z_/]|\.(?![0-9]))[A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=-]+)*$")
_YAML_WORDS = frozenset(
    {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~", ".inf", ".nan"}
)


def exec_form(words: tuple[str, ...]) -> str:
    """Return argv as the JSON list of an exec-form instruction."""
    return json.dumps(list(words), ensure_ascii=False)


def env_value(value: str) -> str:
    """Return a value for ENV, ARG or LABEL: quoted only where it must be; `$NAME` stays a reference."""
    if _PLAIN_ENV.match(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def shell_word(value: str) -> str:
    """Return one word for a shell line."""
    from shlex import quote

    return quote(value)


def yaml_scalar(value: str | float) -> str:
    """Return a YAML scalar that reads back as exactly this value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if _PLAIN_YAML.match(value) and value.lower() not in _YAML_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def dedented(text: str) -> str:
    """Return `text` with two spaces less before each line."""
    return "".join(line.removeprefix("  ") for line in text.splitlines(keepends=True))


def comment(text: str) -> str:
    """Return `text` as `#` comment lines, "" for none."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def copy_paths(step: Copy) -> str:
    """Return the sources and the destination of a COPY; the JSON form where a path holds white space."""
    paths = (*step.sources, step.destination)
    return exec_form(paths) if any(" " in path for path in paths) else " ".join(paths)


FILTERS: dict[str, Callable[..., str]] = {
    "exec": exec_form,
    "env": env_value,
    "word": shell_word,
    "yaml": yaml_scalar,
    "comment": comment,
    "dedent": dedented,
    "copy_paths": copy_paths,
}
