"""Poetry's version constraints (`^3.10`, `~3.12.7`, `3.9.2`, `>=3.8 <4`, `^2.7 || ^3.6`) as PEP 440 specifiers."""

import re

_OR = re.compile(r"\s*\|\|?\s*")
_CLAUSE = re.compile(
    r"(?P<operator>\^|~=|~|<>|[!=]==?|=|[<>]=?)?\s*v?(?P<version>\d+(?:\.\d+)*(?:(?:a|b|rc|\.dev)\d+|\.\*)?|\*)(?![\w.])"
)
_SEPARATORS = re.compile(r"^[\s,]*$")


def from_poetry(text: str) -> str | None:
    """Return the PEP 440 form, alternatives joined by " || ", "" for any version; None if `text` is no constraint."""
    alternatives = [_conjunction(part) for part in _OR.split(text.strip())]
    if any(part is None for part in alternatives):
        return None
    if any(part == "" for part in alternatives):
        return ""
    return " || ".join(part for part in alternatives if part)


def _conjunction(text: str) -> str | None:
    clauses: list[str] = []
    end = 0
    for found in _CLAUSE.finditer(text):
        if not _SEPARATORS.match(text[end : found.start()]):
            return None
        clauses.append(_clause(found["operator"] or "", found["version"]))
        end = found.end()
    if not clauses or not _SEPARATORS.match(text[end:]):
        return None
    return ",".join(clause for clause in clauses if clause)


def _clause(operator: str, version: str) -> str:
    if version == "*":
        return ""
    match operator:
        case "^":
            return f">={version},<{_after_caret(version)}"
        case "~":
            return f">={version},<{_after_tilde(version)}"
        case "" | "=" | "==" | "===":
            return f"=={version}"
        case "<>" | "!=" | "!==":
            return f"!={version}"
        case ">=" | ">" | "<" | "<=" if version.endswith(".*"):
            return f"{operator}{version.removesuffix('.*')}"
        case _:
            return f"{operator}{version}"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _after_caret(version: str) -> str:
    """Return the first version after `^version`: the leftmost number that is not zero goes up."""
    numbers = _numbers(version)
    place = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return ".".join(str(number) for number in [*numbers[:place], numbers[place] + 1])


def _after_tilde(version: str) -> str:
    """Return the first version after `~version`: the second number goes up, or the only one."""
    numbers = _numbers(version)
    kept = numbers[:2]
    return ".".join(str(number) for number in [*kept[:-1], kept[-1] + 1])
