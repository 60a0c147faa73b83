"""The finder that all tests of this folder use."""

from support.applications import find

__all__ = ["find"]
