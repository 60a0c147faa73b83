"""Rendered text in, files out: compare, merge, replace."""

from dockwright.write.regenerate import (
    WriteOptions,
    check,
    conflict_error,
    drifted,
    foreign,
    write,
    write_one,
)

__all__ = [
    "WriteOptions",
    "check",
    "conflict_error",
    "drifted",
    "foreign",
    "write",
    "write_one",
]
