"""What the versions that a project pins tell by themselves: since when there are wheels (knowledge/first-wheels.toml)."""

from dockwright.decide.knowledge.load import load_table
from dockwright.model.pattern import Pattern

_NUMBERS = Pattern(r"\d+(?:\.\d+)*")


def first_wheel(name: str, minor: str) -> str:
    """Return the first version of `name` with a wheel for CPython `minor`, "" where the table does not say."""
    return str(load_table("first-wheels").get(name, {}).get(minor, ""))


def older_than_wheels(name: str, version: str, minor: str) -> str:
    """Return the first version with a wheel where `version` is older, else ""."""
    first = first_wheel(name, minor)
    return first if first and version and _release(version) < _release(first) else ""


def _release(version: str) -> tuple[int, ...]:
    found = _NUMBERS.match(version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
