"""A person at an 80-column terminal, played by pexpect."""

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pexpect
import pytest

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class Terminal:
    """Runs `dockwright` in a pseudo-terminal; `text` is what was printed, without control sequences."""

    def __init__(self, arguments: list[str], folder: Path, **environment: str) -> None:
        # Without the answer of a real terminal to its question for the cursor, the prompt waits for two seconds.
        defaults = {"TERM": "xterm", "COLUMNS": "80", "LINES": "40", "PROMPT_TOOLKIT_NO_CPR": "1"}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"NO_COLOR", "FORCE_COLOR"}
        }
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "dockwright", *arguments],
            cwd=str(folder),
            env={**inherited, **defaults, **environment},
            dimensions=(40, 80),
            encoding="utf-8",
        )
        self.raw = ""
        self._seen = 0

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.child.close(force=True)

    @property
    def text(self) -> str:
        return CONTROL.sub("", self.raw).replace("\r", "")

    def question(self, seconds: float = 120) -> str:
        """Return the next question, "" when the program has ended."""
        pattern = re.compile(r"^\? ([^\n?]+\?|Write\?|[^\n]+[.:])", re.MULTILINE)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            quiet = self._read()
            found = pattern.search(self.text, self._seen)
            if found and quiet:
                self._seen = len(self.text)
                return found[1]
            if not self.child.isalive() and quiet:
                return ""
        raise AssertionError(
            f"no question within {seconds} s; the last output was {self.text[-500:]!r}"
        )

    def answer(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for number, key in enumerate(keys):
            if number:
                self._settle()
            self._seen = len(self.text)
            self.child.send(key)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        until = time.monotonic() + 120
        while self.child.isalive() and time.monotonic() < until:
            self._read()
        self._settle()
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    def _settle(self) -> None:
        while not self._read():
            continue

    def _read(self) -> bool:
        """Read what is there; True if nothing came for a moment."""
        try:
            self.raw += self.child.read_nonblocking(65536, 0.08)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return True
        return False


@pytest.fixture
def terminal() -> Callable[..., Terminal]:
    """Start `dockwright` with arguments in a folder of its own terminal."""
    return Terminal
