"""Where a value was found, and why a decision was taken."""

from typing import Generic, TypeVar

from dockwright.model.record import record

T = TypeVar("T")


@record
class Origin:
    """A place in the project: `path` relative to its root, `line` from 1, `key` as the file says
    it.
    """

    path: str
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place} ({self.key})" if self.key else place


@record
class Sourced(Generic[T]):
    """A detected value together with the place that says so."""

    value: T
    origin: Origin


@record
class Decision(Generic[T]):
    """A settled value, why, the places that support it, and what was not taken."""

    value: T
    because: str
    evidence: tuple[Origin, ...] = ()
    instead_of: tuple[str, ...] = ()


@record
class Notice:
    """Something the owner should know: a stable `code`, one sentence, and what to do."""

    code: str
    text: str
    origin: Origin | None = None
    remedy: str = ""

    @property
    def placed(self) -> str:
        """The sentence after its place, unless it begins with the place itself."""
        if self.origin is None or self.text.startswith(f"{self.origin} "):
            return self.text
        return f"{self.origin}: {self.text}"
