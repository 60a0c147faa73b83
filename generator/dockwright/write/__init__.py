"""Rendered text in, files out: compare, merge, replace."""

from dockwright.write.regenerate import WriteOptions, check, conflict_error, foreign, write

__all__ = ["WriteOptions", "check", "conflict_error", "foreign", "write"]
