"""TOML with the bounds that the standard parser lacks: a file of a few kilobytes must not stop it
for minutes.
"""

import re
import tomllib
from typing import Any

MAX_KEY_PARTS = 100
"""Parts of one dotted key; the standard parser's time grows with their cube."""

_LONG_KEY = rf"(?m)^[ \t]*\[*[ \t]*(?:[\w\"'-]+[ \t]*\.[ \t]*){{{MAX_KEY_PARTS},}}"


class BoundError(tomllib.TOMLDecodeError):
    """TOML that is well formed as far as it was read, and beyond what any file needs."""

    def __init__(self, message: str) -> None:
        # The base class would ask for the document and the position from Python 3.14 on.
        ValueError.__init__(self, message)


def parse_toml(text: str) -> dict[str, Any]:
    """Return a TOML document as plain dicts. Raises tomllib.TOMLDecodeError, also for what is too
    deep or too long.
    """
    long_key = re.search(_LONG_KEY, text)
    if long_key:
        line = text.count("\n", 0, long_key.start()) + 1
        raise BoundError(f"A key of more than {MAX_KEY_PARTS} parts (at line {line}, column 1)")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise BoundError(f"Nested too deeply (at line {_deepest_line(text)}, column 1)") from error
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        # An integer with more digits than Python converts.
        raise BoundError(f"A value that cannot be read: {str(error).partition(';')[0]}") from error


def _deepest_line(text: str) -> int:
    depths = [line.count("[") + line.count("{") for line in text.splitlines()]
    return depths.index(max(depths)) + 1
