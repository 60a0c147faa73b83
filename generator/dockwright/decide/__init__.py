"""Project and settings in, Plan out: pure functions."""

from dockwright.decide.decisions import decide

__all__ = ["decide"]
