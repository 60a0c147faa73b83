"""What a failed build's last words mean."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from dockwright.model.record import record


@record
class Hint:
    """A usual failure: what it `means` in one sentence and the `steps` to take."""

    pattern: str
    means: str
    steps: tuple[str, ...]


@cache
def hints() -> tuple[Hint, ...]:
    """Return all hints, the more special ones first."""
    table = tomllib.loads(
        files("dockwright.build").joinpath("failure-hints.toml").read_text(encoding="utf-8")
    )
    return tuple(
        Hint(pattern=row["pattern"], means=row["means"], steps=tuple(row["steps"]))
        for row in table["hint"]
    )


def hint_for(output: str) -> Hint | None:
    """Return the hint for what a failing step said, None if it is not known."""
    return next((hint for hint in hints() if re.search(hint.pattern, output, re.IGNORECASE)), None)
