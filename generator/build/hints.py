"""What a failed build's last words mean."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from generator.model.record import record


@record
class Hint:
    """A usual failure: what it `means` in one sentence and the `steps` to take."""

    pattern: str
    means: str
    steps: tuple[str, ...]


@cache
def hints() -> tuple[Hint, ...]:
    """Return all hints, the more special ones first."""
    table = tomllib.loads(files("generator.build").joinpath("failure-hints.toml").read_text(encoding="utf-8"))
    return tuple(Hint(pattern=row["pattern"], means=row["means"], steps=tuple(row["steps"])) for row in table["hint"])


def hint_for(output: str) -> Hint | None:
    """Return the hint for the last lines of a build, None if they are not known."""
    return next((hint for hint in hints() if re.search(hint.pattern, output, re.IGNORECASE)), None)


def failing_instruction(output: str) -> str:
    """Return the instruction that failed, as BuildKit names it at the end; "" if it does not."""
    found = re.findall(r'failed to solve: process "(.+?)" did not complete', output)
    if found:
        return f"RUN {found[-1].removeprefix('/bin/sh -c ')}"
    marked = re.findall(r"^\s*\d+ \| >>> (.+)$", output, re.MULTILINE)
    return " ".join(line.rstrip("\\ ").strip() for line in marked)


def last_words(output: str, limit: int = 8) -> tuple[str, ...]:
    """Return the last lines of the step that failed, without their times; the last lines of all where BuildKit names no step."""
    steps = re.findall(r"^ > \[.*?\] .*?:\n(.*?)^------$", output, re.MULTILINE | re.DOTALL)
    said = [re.sub(r"^\d+\.\d+ ", "", line) for line in (steps[-1] if steps else "").splitlines() if line.strip()]
    everything = [line for line in output.splitlines() if line.strip() and not line.lstrip().startswith(("---", ">>>"))]
    return tuple((said or everything)[-limit:])
