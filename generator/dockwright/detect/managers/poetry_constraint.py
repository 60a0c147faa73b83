"""Poetry's version constraints (`^1.2`, `~1.2`, `1.*`, `>=1,<2 || >=3`) as PEP 440 specifiers and as markers."""

import re
from functools import lru_cache

from dockwright.model.pattern import Pattern

_OR = Pattern(r"\s*\|\|?\s*")
# A comma or a space separates two constraints, unless it stands behind an operator or inside `>= 1.0`.
_AND = Pattern(r"(?<!^)(?<![\^~=>< ,]) *(?<!-)[, ](?!-) *(?!,|$)")
_ANYTHING = Pattern(r"^v?[xX*](?:\.[xX*])*$")
_ONE = Pattern(
    r"^(?P<op>\^|~=|~|===?|=|<>|!=|<=?|>=?)?\s*v?"
    r"(?P<version>(?:\d+!)?\d+(?:\.\d+)*"
    r"(?:[-_.]?(?:alpha|beta|preview|pre|post|rev|dev|rc|a|b|c|r)[-_.]?\d*)*(?:-\d+)?(?:\+[a-z0-9.]+)?)"
    r"(?P<wild>(?:\.[*x])+)?$",
    re.IGNORECASE,
)
_RELEASE = Pattern(r"^(?:\d+!)?(?P<release>\d+(?:\.\d+)*)")
_CLAUSE = Pattern(r"(?P<op>~=|===?|!=|<=?|>=?)(?P<version>.+)")


@lru_cache(maxsize=4096)
def to_pep440(constraint: str) -> str:
    """Return a constraint as one PEP 440 specifier ("" for any version); ValueError if Poetry could not read it either.

    PEP 440 cannot say "or": for alternatives this is the range from the lowest to the highest of them.
    """
    return _hull(to_alternatives(constraint))


@lru_cache(maxsize=4096)
def to_alternatives(constraint: str) -> tuple[str, ...]:
    """Return the PEP 440 specifiers of which one must hold, in the order of the file; ValueError as `to_pep440`."""
    return tuple(_specifier(part) for part in _OR.split(constraint.strip()))


def python_marker(constraint: str) -> str:
    """Return Poetry's `python = "^3.9"` of a dependency as a PEP 508 marker, "" for any Python."""
    alternatives = [_clauses_as_marker(part) for part in to_alternatives(constraint)]
    if "" in alternatives:
        return ""
    if len(alternatives) == 1:
        return alternatives[0]
    return " or ".join(f"({part})" if " and " in part else part for part in alternatives)


def platform_marker(constraint: str) -> str:
    """Return Poetry's `platform = "linux || darwin"` as a PEP 508 marker, "" for any platform."""
    parts = [part.strip() for part in _OR.split(constraint.strip())]
    if "*" in parts:
        return ""
    return " or ".join(
        f'sys_platform != "{part[2:].strip()}"'
        if part.startswith("!=")
        else f'sys_platform == "{part.lstrip("= ")}"'
        for part in parts
    )


def _specifier(text: str) -> str:
    pieces = [piece for piece in _AND.split(text.strip().rstrip(",").rstrip()) if piece.strip()]
    return ",".join(part for piece in pieces if (part := _one(piece.strip())))


def _one(text: str) -> str:
    if _ANYTHING.match(text) or text in ("==*", "==", ">=*"):
        return ""
    match = _ONE.match(text)
    if match is None:
        raise ValueError(text)
    operator, version = match["op"] or "==", match["version"]
    if match["wild"]:
        return f"{'!=' if operator in ('!=', '<>') else '=='}{version}.*"
    epoch = version.partition("!")[0] + "!" if "!" in version else ""
    if operator == "^" or (operator == "~=" and "." not in version):
        return f">={version},<{epoch}{_next_breaking(_release(version))}"
    if operator == "~":
        return f">={version},<{epoch}{_next_after_tilde(_release(version))}"
    return f"{ {'=': '==', '<>': '!='}.get(operator, operator) }{version}"


def _release(version: str) -> list[int]:
    match = _RELEASE.match(version)
    if match is None:
        raise ValueError(version)
    return [int(part) for part in match["release"].split(".")]


def _next_breaking(release: list[int]) -> str:
    """Raise the first number that is not zero, the last one that is written if all are."""
    for position, number in enumerate(release[:2]):
        if number > 0 or position == len(release) - 1:
            return _raised(release, position)
    return _raised(release, 2)


def _next_after_tilde(release: list[int]) -> str:
    return _raised(release, 0 if len(release) == 1 else 1)


def _raised(release: list[int], position: int) -> str:
    numbers = [*release[:position], release[position] + 1]
    return ".".join(str(number) for number in (numbers if len(numbers) > 1 else [*numbers, 0]))


def _hull(alternatives: tuple[str, ...]) -> str:
    if len(alternatives) == 1:
        return alternatives[0]
    lows = [_bound(part, (">=", ">", "==", "~=")) for part in alternatives]
    highs = [_bound(part, ("<=", "<", "==")) for part in alternatives]
    low = "" if None in lows else min((low for low in lows if low), key=lambda bound: bound[0])[1]
    high = (
        ""
        if None in highs
        else max((high for high in highs if high), key=lambda bound: bound[0])[1]
    )
    return ",".join(part for part in (low, high) if part)


def _bound(specifier: str, operators: tuple[str, ...]) -> tuple[list[int], str] | None:
    """Return the bound that `specifier` sets on one side, None if that side is open."""
    is_low = ">=" in operators
    for clause in specifier.split(","):
        match = _CLAUSE.match(clause)
        if match is None or match["op"] not in operators:
            continue
        version = match["version"].removesuffix(".*")
        exact = ">=" if is_low else "<="
        if match["op"] == "==" and clause.endswith(".*") and not is_low:
            release = _release(version)
            return release, f"<{_raised(release, len(release) - 1)}"
        return _release(
            version
        ), f"{exact if match['op'] in ('==', '~=') else match['op']}{version}"
    return None


def _clauses_as_marker(specifier: str) -> str:
    parts = []
    for clause in specifier.split(",") if specifier else ():
        match = _CLAUSE.match(clause)
        if match is None:
            raise ValueError(specifier)
        version, release = match["version"], _release(match["version"])
        if len(release) == 2 and match["op"] in ("<=", ">"):
            version, release = (
                f"{version}.0",
                [*release, 0],
            )  # "<=3.11" is about 3.11.0: it leaves 3.11.1 out
        # Two numbers compare with `python_version`, which is X.Y itself; so does Poetry.
        name = "python_full_version" if len(release) > 2 else "python_version"
        plain = version.removesuffix(".*") if len(release) == 2 else version
        parts.append(f'{name} {match["op"]} "{plain}"')
    return " and ".join(parts)
