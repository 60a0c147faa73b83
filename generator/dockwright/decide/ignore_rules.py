"""Docker's own rules for .dockerignore: which paths of a build context a list of patterns leaves
out.

Source: the pattern matcher of the engine and of BuildKit. `**` stands for any number of folders,
`*` and `?` stop at a slash, a pattern that matches a folder takes everything below it, `!` takes
back, and the last pattern that matches decides.
"""

import posixpath
import re
from collections.abc import Iterable
from functools import cache

_SPECIAL = frozenset("*?[\\")


def left_out(path: str, patterns: Iterable[str]) -> bool:
    """Whether the patterns leave `path` (relative to the context, with `/`) out of the build
    context.
    """
    places = (path, *_parents(path))
    out = False
    for line in patterns:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        back = text.startswith("!")
        pattern = _clean(text.removeprefix("!").strip())
        if out is back and any(_matches(pattern, place) for place in places):
            out = not back
    return out


def _matches(pattern: str, place: str) -> bool:
    """Whether a pattern names a place; the usual forms are answered without making a regular
    expression of them.
    """
    body = pattern.removeprefix("**/")
    if _SPECIAL.isdisjoint(body):
        return place == body or (body != pattern and place.endswith(f"/{body}"))
    if body != pattern and body.startswith("*.") and _SPECIAL.isdisjoint(body[1:]):
        return place.endswith(body[1:])
    return _compiled(pattern).fullmatch(place) is not None


def _parents(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    return tuple("/".join(parts[:count]) for count in range(1, len(parts)))


def _clean(text: str) -> str:
    return posixpath.normpath(text).lstrip("/") if text else text


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate a pattern as Docker does; one that is not valid matches nothing."""
    made, position = "", 0
    while position < len(pattern):
        step, text = _token(pattern, position)
        made += text
        position += step
    try:
        return re.compile(made, re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")


def _token(pattern: str, position: int) -> tuple[int, str]:
    rest = pattern[position:]
    if rest.startswith("**/"):
        return 3, "(?:.*/)?"
    if rest.startswith("**"):
        return 2, ".*"
    match rest[0]:
        case "*":
            return 1, "[^/]*"
        case "?":
            return 1, "[^/]"
        case "\\" if len(rest) > 1:
            return 2, re.escape(rest[1])
        case "[" if "]" in rest[2:]:
            end = rest.index("]", 2)
            return end + 1, "[" + rest[1:end].replace("\\", "\\\\").replace("[", "\\[") + "]"
        case literal:
            return 1, re.escape(literal)
