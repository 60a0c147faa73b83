"""What a comparison of manifest and lock brings to light, gathered until a verdict can be given."""

from dockwright.detect.managers.judgement import summary
from dockwright.errors import redact
from dockwright.model.dependencies import Disagreement
from dockwright.model.manager import LockState
from dockwright.model.origin import Origin


class Findings:
    """Differences, which make a lock stale, and doubts, which leave it unknown where nothing else is wrong."""

    def __init__(self) -> None:
        self._differences: dict[Disagreement, None] = {}
        self._doubts: dict[str, None] = {}
        self._reasons: dict[str, None] = {}

    def added(self, name: str, text: str, origin: Origin | None = None) -> None:
        """Note what the manifest has and the lock has not."""
        self._note("added", name, text, origin)

    def removed(self, name: str, text: str, origin: Origin | None = None) -> None:
        """Note what the lock has and the manifest has not."""
        self._note("removed", name, text, origin)

    def changed(self, name: str, text: str, origin: Origin | None = None) -> None:
        """Note what both have, differently."""
        self._note("changed", name, text, origin)

    def stale(self, reason: str) -> None:
        """Note why the lock is stale where that is no single entry; one sentence."""
        self._reasons[reason] = None

    def doubt(self, text: str) -> None:
        """Note what cannot be compared without the manager itself; one sentence."""
        self._doubts[text] = None

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """The differences in the order in which they were found, each once."""
        return tuple(self._differences)

    @property
    def state(self) -> LockState:
        """Stale if anything differs, unknown if there is only doubt, else fresh."""
        if self._differences or self._reasons:
            return LockState.STALE
        return LockState.UNKNOWN if self._doubts else LockState.FRESH

    def because(self, fresh: str) -> tuple[str, ...]:
        """Return the reasons as sentences; `fresh` is the one to give where nothing was found.

        Several differences are only counted here: `disagreements` has their texts.
        """
        if self.state is not LockState.STALE:
            return tuple(self._doubts) or (fresh,)
        if len(self._differences) == 1:
            return (*self._reasons, *(found.text for found in self._differences))
        return (*self._reasons, *((summary(self.disagreements, 0),) if self._differences else ()))

    def _note(self, kind: str, name: str, text: str, origin: Origin | None) -> None:
        self._differences[Disagreement(kind=kind, name=name, text=redact(text), origin=origin)] = (
            None
        )
