"""Whether two environment markers mean the same, decided by trying them on every environment that could tell them apart.

uv writes markers into its lock in a form of its own (`python_version < '3.13'` becomes `python_full_version < '3.13'`,
what `requires-python` implies is left out), so texts cannot be compared.
"""

import itertools
import re
from collections.abc import Callable, Mapping

from dockwright.detect.managers.python_range import PythonRange, Release
from dockwright.model.pattern import Pattern
from dockwright.model.record import row

Environment = Mapping[str, str]

_MAX_ENVIRONMENTS = 6000
"""More than this are not tried: the answer is then that nobody knows."""

_PYTHON = ("python_version", "python_full_version")
_VALUE = r"""(?:"[^"]*"|'[^']*')"""
_COMPARISON = Pattern(
    rf"(?P<left>{_VALUE}|[a-z_]+(?:\.[a-z_]+)?)\s*(?P<operator>[<>=!~]+|not\s+in\b|in\b)\s*(?P<right>{_VALUE}|[a-z_]+)"
)
_ORDERED = frozenset({"<", ">", "<=", ">=", "~="})
_PLATFORMS = {
    "linux": ("posix", "Linux"),
    "darwin": ("posix", "Darwin"),
    "win32": ("nt", "Windows"),
    "cygwin": ("posix", "CYGWIN"),
    "emscripten": ("posix", "Emscripten"),
}


@row
class Truth:
    """One or several marker texts and how their answers are put together."""

    markers: tuple[str, ...]
    holds: Callable[[Environment], bool]


def truth(marker: str) -> Truth:
    """Return a PEP 508 marker ("" always holds); packaging.markers.InvalidMarker where it is none."""
    if not marker:
        return ALWAYS
    from packaging.markers import Marker

    parsed = Marker(marker)
    return Truth((marker,), lambda environment: parsed.evaluate(dict(environment)))


def all_of(*truths: Truth) -> Truth:
    """Return what holds where all of them hold."""
    markers = tuple(marker for part in truths for marker in part.markers)
    return Truth(markers, lambda environment: all(part.holds(environment) for part in truths))


def none_of(*truths: Truth) -> Truth:
    """Return what holds where none of them holds."""
    markers = tuple(marker for part in truths for marker in part.markers)
    return Truth(markers, lambda environment: not any(part.holds(environment) for part in truths))


ALWAYS = Truth((), lambda environment: True)  # noqa: ARG005 - the environment makes no difference
NEVER = Truth((), lambda environment: False)  # noqa: ARG005


def equivalent(one: Truth, other: Truth, python: PythonRange) -> bool | None:
    """Whether both hold on the same environments with a Python in the range; None if that cannot be decided here."""
    if one.markers == other.markers and len(one.markers) <= 1 and one.holds is other.holds:
        return True
    values = _values(one.markers + other.markers, python)
    if values is None:
        return None
    unlikely = False
    for environment in _environments(values):
        if one.holds(environment) != other.holds(environment):
            if _exists(environment, values):
                return False
            unlikely = True
    return None if unlikely else True


def _environments(values: dict[str, list[str]]) -> list[dict[str, str]]:
    found = []
    for chosen in itertools.product(*values.values()):
        environment = dict(zip(values, chosen, strict=True))
        full = environment["python_full_version"]
        environment["python_version"] = ".".join(full.split(".")[:2])
        environment.setdefault("extra", "")
        found.append(environment)
    return found


def _exists(environment: Environment, values: dict[str, list[str]]) -> bool:
    """Whether operating system, platform and system of an environment go together on any machine."""
    system = environment.get("sys_platform", "")
    posix, name = _PLATFORMS.get(system, ("", ""))
    agrees = not posix or environment.get("os_name", posix) in (
        posix,
        *values.get("os_name", ())[-1:],
    )
    return agrees and (
        not name
        or environment.get("platform_system", name)
        in (name, *values.get("platform_system", ())[-1:])
    )


def _values(markers: tuple[str, ...], python: PythonRange) -> dict[str, list[str]] | None:
    """Return for every variable the values that matter: those that are named, and one that nobody names (last)."""
    named: dict[str, set[str]] = {"python_full_version": set()}
    for marker in markers:
        for match in _COMPARISON.finditer(marker):
            variable, value = _sides(match["left"], match["right"])
            if variable in _PYTHON:
                named["python_full_version"] |= {value}
            elif match["operator"] in _ORDERED:
                return None
            else:
                named.setdefault(variable, set()).update({value, *re.split(r"[\s,|]+", value)})
    values = {name: [*sorted(found), "something-else"] for name, found in named.items()}
    values["python_full_version"] = _pythons(named["python_full_version"], python)
    count = 1
    for found in values.values():
        count *= len(found)
    return values if 0 < count <= _MAX_ENVIRONMENTS else None


def _sides(left: str, right: str) -> tuple[str, str]:
    variable, value = (right, left) if left[0] in "\"'" else (left, right)
    return {"os.name": "os_name", "sys.platform": "sys_platform"}.get(
        variable, variable
    ), value.strip("\"'")


def _pythons(named: set[str], python: PythonRange) -> list[str]:
    """Return releases just below, at and just above every version that is named, and at both ends of the range."""
    releases: set[Release] = {python.low or (3, 8)}
    if python.high:
        releases.add(python.high)
    for text in named:
        for part in re.findall(r"\d+(?:\.\d+)*", text):
            releases.add(tuple(int(number) for number in part.split(".")))
    found = {near for release in releases for near in _near(release)}
    return [".".join(map(str, release)) for release in sorted(found) if python.holds(release)]


def _near(release: Release) -> tuple[Release, ...]:
    major, minor, patch = (*release, 0, 0)[:3]
    below = (major, minor, patch - 1) if patch else (major, minor - 1, 99)
    return tuple(
        near
        for near in (below, (major, minor, patch), (major, minor, patch + 1), (major, minor + 1, 0))
        if min(near) >= 0
    )
