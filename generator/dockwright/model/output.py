"""What was rendered, written, built and proved."""

from enum import StrEnum

from dockwright.model.record import record


@record
class RenderedFile:
    """One output file; `kind` is dockerfile, ignore, compose, env or extra."""

    path: str
    text: str
    kind: str
    executable: bool = False


class Outcome(StrEnum):
    """What happened to one file."""

    CREATE = "create"
    IDENTICAL = "identical"
    UPDATE = "update"
    MERGE = "merge"
    CONFLICT = "conflict"
    SKIP = "skip"


@record
class WriteOutcome:
    """One file's outcome, why, and a unified diff where something changes."""

    path: str
    outcome: Outcome
    because: str = ""
    diff: str = ""


@record
class LayerReport:
    """One layer of a built image: size in bytes and the instruction that made it."""

    instruction: str
    size: int


@record
class StepReport:
    """One step of a build as its engine names it; `seconds` is 0 where the engine does not say."""

    name: str
    cached: bool = False
    seconds: float = 0.0


@record
class BuildResult:
    """A finished build; `unread` says why nothing could be read off the image."""

    tag: str
    image_id: str = ""
    cached: int = 0
    ran: int = 0
    layers: tuple[LayerReport, ...] = ()
    argv: tuple[str, ...] = ()
    steps: tuple[StepReport, ...] = ()
    distributions: tuple[tuple[str, int], ...] = ()
    unread: str = ""


@record
class LockChange:
    """One distribution whose locked version changed; "" where it is new or gone."""

    name: str
    before: str
    after: str


@record
class LockResult:
    """A lock that was made and written, and what changed in it, by name."""

    path: str
    changes: tuple[LockChange, ...] = ()


@record
class Check:
    """One point of a proof: `name` is stable, `passed`, and what was found."""

    name: str
    passed: bool
    found: str
    expected: str = ""
    details: tuple[str, ...] = ()


@record
class Proof:
    """What `prove` saw in an image: bytes, and those of distributions, largest first."""

    image: str
    checks: tuple[Check, ...]
    size: int = 0
    sizes: tuple[tuple[str, int], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


def megabytes(size: int) -> str:
    """Return a size in bytes as people say it."""
    return f"{size / 1_000_000:.1f} MB"
