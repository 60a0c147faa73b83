"""One quoting filter per target syntax, so that no value can change the meaning of its line."""

import json
import posixpath
import re
from collections.abc import Callable, Sequence
from shlex import quote

from dockwright.model.artifact import HealthProbe

# Characters of the longest line that is written, where words can be moved to the next one.
WIDTH = 110

_PLAIN_ENV = r"[A-Za-z0-9_./:@%+,=$-]+"
_PLAIN_YAML = r"(?:[A-Za-z_/]|\.(?![0-9]))[A-Za-z0-9_./@+=-]*(?::[A-Za-z0-9_./@+=-]+)*"
_YAML_WORDS = frozenset(
    {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~", ".inf", ".nan"}
)


def exec_form(words: Sequence[str], before: str = "") -> str:
    """Return argv as a JSON list; after `before` it goes on in a new line where it is long."""
    items = [json.dumps(word, ensure_ascii=False) for word in words]
    whole = f"[{', '.join(items)}]"
    if not before or len(before) + len(whole) <= WIDTH:
        return whole
    # A command line for a shell goes on in a new line before `&&`: Docker puts it together again.
    long = WIDTH - 10
    items = [one.replace(" && ", " \\\n      && ") if len(one) > long else one for one in items]
    parts = [f"{item}," for item in items[:-1]] + [f"{items[-1]}]"]
    parts[0] = f"[{parts[0]}"
    return _balanced(_with_values(parts), len(before), " " * 5)


def _with_values(parts: list[str]) -> list[str]:
    # An option and its value are one, so that no line ends between them.
    joined: list[str] = []
    for part in parts:
        is_value = not part.startswith('"-') and joined and joined[-1].startswith('"--')
        if is_value and " " not in joined[-1]:
            joined[-1] = f"{joined[-1]} {part}"
        else:
            joined.append(part)
    return joined


def folded(text: str, before: str) -> str:
    """Return a command whose line begins with `before`, in several lines where it is long."""
    if len(before) + len(text) <= WIDTH:
        return text
    return _balanced(text.split(" "), len(before), " " * 8)


def _balanced(words: list[str], first: int, indent: str) -> str:
    # As few lines as it takes, all of about the same length.
    fewest = len(_lines(words, first, len(indent), WIDTH))
    width = next(
        width
        for width in range(20, WIDTH + 1)
        if len(_lines(words, first, len(indent), width)) <= fewest
    )
    return f" \\\n{indent}".join(_lines(words, first, len(indent), width))


def _lines(words: list[str], first: int, indent: int, width: int) -> list[str]:
    lines: list[str] = []
    room = 0
    for word in words:
        # Two characters stand for the backslash at the end of the line.
        if lines and len(lines[-1]) + 1 + len(word) + 2 <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            room = width - (indent if lines else first)
            lines.append(word)
    return lines


def env_value(value: str) -> str:
    """Return a value for ENV, ARG or LABEL, quoted only where it must be; `$NAME` stays."""
    if re.fullmatch(_PLAIN_ENV, value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def yaml_scalar(value: str | float) -> str:
    """Return a YAML scalar that reads back as exactly this value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if re.fullmatch(_PLAIN_YAML, value) and value.lower() not in _YAML_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def in_app(path: str) -> str:
    """Return where a path of the project lies in the image."""
    return posixpath.normpath(posixpath.join("/app", path))


def below(name: str, folder: str) -> str:
    """Return the path of a file in a folder of the project, "" being its root."""
    return posixpath.join(folder, name)


def port_of(probe: HealthProbe) -> str:
    """Return the port as Python spells it: a number, or the variable that holds it."""
    return f"os.environ['{probe.port_variable}']" if probe.port_variable else str(probe.port)


def url_path(path: str) -> str:
    """Return a path that can stand between single quotes."""
    return path.replace("'", "%27")


FILTERS: dict[str, Callable[..., str]] = {
    "exec": exec_form,
    "folded": folded,
    "env": env_value,
    "word": quote,
    "yaml": yaml_scalar,
    "in_app": in_app,
    "below": below,
    "port": port_of,
    "url_path": url_path,
    "folder": posixpath.dirname,
    "name": posixpath.basename,
}
