"""Project and settings in, Plan out: pure functions."""

from generator.decide.plan import decide

__all__ = ["decide"]
