"""The range of Python versions that a `requires-python` spans: its two ends, as uv compares them."""

from collections.abc import Iterable

from dockwright.model.record import record

Release = tuple[int, ...]


@record
class PythonRange:
    """From `low` to `high`, releases without trailing zeros; None is an open end."""

    low: Release | None = None
    low_included: bool = True
    high: Release | None = None
    high_included: bool = False

    def holds(self, release: Release) -> bool:
        """Whether a release lies between the two ends."""
        release = _trimmed(release)
        above = (
            self.low is None or release > self.low or (self.low_included and release == self.low)
        )
        below = (
            self.high is None
            or release < self.high
            or (self.high_included and release == self.high)
        )
        return above and below


def python_range(specifiers: Iterable[str]) -> PythonRange:
    """Return what all of the specifiers ("">=3.10,<4") span together; gaps made by `!=` do not count.

    Raises packaging.specifiers.InvalidSpecifier where one is not PEP 440.
    """
    from packaging.specifiers import SpecifierSet

    span = PythonRange()
    for text in specifiers:
        for clause in SpecifierSet(text):
            span = _narrowed(span, _span(clause.operator, clause.version))
    return span


def _span(operator: str, version: str) -> PythonRange:
    release = _release(version)
    match operator:
        case ">=" | ">":
            return PythonRange(low=_trimmed(release), low_included=operator == ">=")
        case "<" | "<=":
            return PythonRange(high=_trimmed(release), high_included=operator == "<=")
        case "~=":
            return PythonRange(low=_trimmed(release), high=_next(release[:-1]))
        case "==" if version.endswith(".*"):
            return PythonRange(low=_trimmed(release), high=_next(release))
        case "==" | "===":
            return PythonRange(low=_trimmed(release), high=_trimmed(release), high_included=True)
        case _:
            return PythonRange()


def _narrowed(one: PythonRange, other: PythonRange) -> PythonRange:
    lows = [(span.low, not span.low_included) for span in (one, other) if span.low is not None]
    highs = [(span.high, span.high_included) for span in (one, other) if span.high is not None]
    low, low_excluded = max(lows, default=(None, False))
    high, high_included = min(highs, default=(None, False))
    return PythonRange(
        low=low, low_included=not low_excluded, high=high, high_included=high_included
    )


def _release(version: str) -> Release:
    from packaging.version import Version

    return Version(version.removesuffix(".*")).release


def _next(release: Release) -> Release:
    return (*release[:-1], release[-1] + 1)


def _trimmed(release: Release) -> Release:
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]
