"""Regular expressions that are compiled when they are first used.

A run of `generate` loads a hundred and fifty of them and uses thirty; compiling all took a sixth of
the run.
"""

import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any


class Pattern:
    """What `re.compile` gives, later. Takes the same arguments and has the methods that are used
    here.
    """

    def __init__(self, text: str, flags: int = 0) -> None:
        self._text = text
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._text, self._flags)

    @property
    def pattern(self) -> str:
        """The text of the expression."""
        return self._text

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.match`."""
        return self._compiled.match(text, start, end)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.fullmatch`."""
        return self._compiled.fullmatch(text)

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self._compiled.search(text, start, end)

    def sub(self, new: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """As `re.Pattern.sub`."""
        return self._compiled.sub(new, text, count)

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        """As `re.Pattern.split`."""
        return self._compiled.split(text, maxsplit)

    def findall(self, text: str) -> list[Any]:
        """As `re.Pattern.findall`: texts, or tuples of texts where there are several groups."""
        return self._compiled.findall(text)

    def finditer(
        self, text: str, start: int = 0, end: int = sys.maxsize
    ) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self._compiled.finditer(text, start, end)
