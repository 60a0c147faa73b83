"""Project and settings in, Plan out: pure functions."""

from dockwright.decide.plan import decide

__all__ = ["decide"]
