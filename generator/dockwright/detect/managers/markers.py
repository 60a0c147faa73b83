"""Environment markers (PEP 508): joined along a lock's graph, and compared by what they mean."""

import itertools
import re
from collections.abc import Iterable
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

# A marker as a set of clauses of which one must hold; a clause is a set of comparisons that must
# all hold. In this form two of them can be joined without growing.
Clause = frozenset[str]
Condition = frozenset[Clause]

ALWAYS: Condition = frozenset({frozenset()})
NEVER: Condition = frozenset()

# More alternatives are not worth their length. The condition is then taken as always true,
# which installs too much rather than too little.
MAX_CLAUSES = 24
MAX_ENVIRONMENTS = 500
EXTRA = r'extra (?:==|===|in) "(?P<name>[^"]*)"'
COMPARISON = r"(?P<left>\S+) (?P<operator>not in|\S+) (?P<right>.+)"
OPPOSITES = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in",
    "not in": "in",
}  # fmt: skip
LINUX = {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"}
# Values that go together on one machine: with all combinations, markers that no machine tells
# apart would look different.
PLATFORMS = (
    LINUX,
    {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    {"sys_platform": "other", "os_name": "other", "platform_system": "other"},
)
IMPLEMENTATIONS = (
    {"implementation_name": "cpython", "platform_python_implementation": "CPython"},
    {"implementation_name": "pypy", "platform_python_implementation": "PyPy"},
    {"implementation_name": "other", "platform_python_implementation": "other"},
)


def parse_condition(marker: str) -> Condition:
    """Return a marker ("" is always) as a condition; one that cannot be read counts as always."""
    if not marker.strip():
        return ALWAYS
    try:
        parsed = Marker(marker)
    except (InvalidMarker, RecursionError):
        return ALWAYS
    # packaging has no public way to its parts, and joining by text would grow without end.
    return _condition(parsed._markers)  # noqa: SLF001


def both(first: Condition, second: Condition) -> Condition:
    """Return the condition under which both hold."""
    if first == ALWAYS:
        return second
    if second == ALWAYS:
        return first
    return _shortest({one | other for one in first for other in second})


def either(first: Condition, second: Condition) -> Condition:
    """Return the condition under which one of the two holds."""
    if ALWAYS in (first, second):
        return ALWAYS
    return _shortest(first | second)


def opposite(condition: Condition) -> Condition:
    """Return the condition under which it does not hold; a comparison without opposite is kept."""
    negated = ALWAYS
    for clause in condition:
        parts = set()
        for comparison in clause:
            match = re.fullmatch(COMPARISON, comparison)
            operator = OPPOSITES.get(match["operator"]) if match else None
            turned = f"{match['left']} {operator} {match['right']}" if match and operator else ""
            parts.add(frozenset({turned or comparison}))
        negated = both(negated, frozenset(parts))
    return negated


def to_marker(condition: Condition) -> str:
    """Return a condition as a marker, "" where it always holds; sorted, so the same every time."""
    if condition == ALWAYS:
        return ""
    clauses = sorted(" and ".join(sorted(clause)) for clause in condition)
    if len(clauses) == 1:
        return clauses[0]
    return " or ".join(f"({clause})" if " and " in clause else clause for clause in clauses)


def join_markers(markers: Iterable[str]) -> str:
    """Return the marker that holds where all of them hold; a single one stays as it is written."""
    written = [marker for marker in markers if marker]
    if len(written) < 2:
        return "".join(written)
    condition = ALWAYS
    for marker in written:
        condition = both(condition, parse_condition(marker))
    return to_marker(condition)


def split_extras(condition: Condition) -> tuple[frozenset[str], Condition]:
    """Return the extras that bring something in ("" for none of them), and the rest."""
    names: set[str] = set()
    rest: set[Clause] = set()
    for clause in condition:
        found = {match["name"] for part in clause if (match := re.fullmatch(EXTRA, part))}
        names |= found or {""}
        rest.add(frozenset(part for part in clause if not part.startswith("extra ")))
    return frozenset(names), _shortest(rest)


def equivalent(one: str, other: str, python: str) -> bool | None:
    """Whether two markers hold on the same machines with a Python in the specifier `python`.

    None where that takes more than a look at platform, implementation, Python and extra.
    """
    if parse_condition(one) == parse_condition(other):
        return True
    environments = _environments((one, other), python)
    if environments is None:
        return None
    markers = [Marker(text or "python_version >= '0'") for text in (one, other)]
    return all(len({marker.evaluate(place) for marker in markers}) == 1 for place in environments)


def is_impossible(marker: str) -> bool:
    """Whether a marker holds nowhere, as far as `equivalent` looks."""
    return equivalent(marker, "python_version < '0'", "") is True


def same_python(one: str, other: str) -> bool:
    """Whether two specifiers admit the same range of Pythons; gaps made by `!=` do not count."""
    first, second = map(_without_gaps, (one, other))
    return all(
        first.contains(version, prereleases=True) == second.contains(version, prereleases=True)
        for version in _near(f"{one},{other}")
    )


def allows(specifier: str, version: str) -> bool:
    """Whether a specifier admits a version, pre-releases included; True for what is not PEP 440."""
    try:
        return not specifier or SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _condition(parts: list[Any]) -> Condition:
    condition, clause = NEVER, ALWAYS
    for part in parts:
        if part == "or":
            condition, clause = either(condition, clause), ALWAYS
        elif isinstance(part, list):
            clause = both(clause, _condition(part))
        elif part != "and":
            left, operator, right = part[0].serialize(), part[1].value, part[2].serialize()
            # "'linux' == sys_platform" is turned, so that equal comparisons are equal texts.
            if operator in ("==", "!=") and left.startswith('"') and not right.startswith('"'):
                left, right = right, left
            clause = both(clause, frozenset({frozenset({f"{left} {operator} {right}"})}))
    return either(condition, clause)


def _shortest(clauses: frozenset[Clause] | set[Clause]) -> Condition:
    # A clause that another one already covers adds nothing.
    kept = frozenset(clause for clause in clauses if not any(other < clause for other in clauses))
    return kept if len(kept) <= MAX_CLAUSES else ALWAYS


def _environments(markers: tuple[str, str], python: str) -> list[dict[str, str]] | None:
    """Return every environment that could tell the markers apart, None if they are too many."""
    pythons, named = python, dict[str, set[str]]()
    comparisons = {part for one in markers for clause in parse_condition(one) for part in clause}
    for match in filter(None, (re.fullmatch(COMPARISON, part) for part in comparisons)):
        sides = (match["left"], match["right"])
        name, value = reversed(sides) if sides[0].startswith('"') else sides
        if name.startswith("python_"):
            pythons += f",{value}"
        else:
            named.setdefault(name, {""} if name == "extra" else {"other"}).add(value.strip('"'))
    versions = [one for one in _near(pythons) if _without_gaps(python).contains(one)]
    axes: list[Iterable[dict[str, str]]] = [
        [
            {"python_full_version": str(one), "python_version": f"{one.major}.{one.minor}"}
            for one in versions
        ]
    ]
    axes += [one for one in (PLATFORMS, IMPLEMENTATIONS) if named.keys() & one[0].keys()]
    alone = named.keys() - PLATFORMS[0].keys() - IMPLEMENTATIONS[0].keys()
    if not alone <= {"extra", "platform_machine"}:
        return None
    axes += [[{name: value} for value in sorted(named[name])] for name in sorted(alone)]
    chosen = itertools.islice(itertools.product(*axes), MAX_ENVIRONMENTS + 1)
    found = [{name: part[name] for part in parts for name in part} for parts in chosen]
    return found if len(found) <= MAX_ENVIRONMENTS else None


def _near(text: str) -> list[Version]:
    """Return the releases just below, at and just above every version that `text` names."""
    found = {(3, 8, 0)}
    for number in re.findall(r"\d+(?:\.\d+)*", text):
        major, minor, patch = (*(int(part) for part in number.split(".")[:3]), 0, 0)[:3]
        found |= {(major, minor, patch), (major, minor, patch + 1), (major, minor + 1, 0)}
        found.add((major, minor, patch - 1) if patch else (major, minor - 1, 99))
    return [Version(".".join(map(str, one))) for one in sorted(found) if min(one) >= 0]


def _without_gaps(specifier: str) -> SpecifierSet:
    return SpecifierSet(",".join(part for part in specifier.split(",") if "!=" not in part))
