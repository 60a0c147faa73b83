"""What the outcomes of a run say."""

from dockwright.model.output import Outcome, WriteOutcome


def drifted(outcomes: tuple[WriteOutcome, ...]) -> bool:
    """Whether anything is not as it should be."""
    return any(outcome.outcome not in {Outcome.IDENTICAL, Outcome.SKIP} for outcome in outcomes)
