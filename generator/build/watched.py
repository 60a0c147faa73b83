"""Runs a program, shows its output as it comes, and keeps the end of it."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from typing import IO

_KEPT_LINES = 400


def run_watched(argv: tuple[str, ...]) -> tuple[int, str]:
    """Run `argv`; its error output goes to ours. Returns the exit code and the last 400 lines, without terminal codes.

    On a terminal the program gets a pseudo-terminal, so that it draws its progress as it would for a person.
    """
    return _on_terminal(argv) if sys.stderr.isatty() and os.name == "posix" else _through_pipe(argv)


def _through_pipe(argv: tuple[str, ...]) -> tuple[int, str]:
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(argv, stderr=subprocess.STDOUT, stdout=subprocess.PIPE) as process:
        try:
            for line in _lines(process.stdout):
                sys.stderr.write(line)
                sys.stderr.flush()
                kept.append(line.rstrip("\n"))
        except KeyboardInterrupt:
            process.terminate()
            raise
    return process.returncode, "\n".join(kept)


def _lines(stream: IO[bytes] | None) -> Iterator[str]:
    for raw in stream or ():
        yield raw.decode("utf-8", errors="replace")


def _on_terminal(argv: tuple[str, ...]) -> tuple[int, str]:
    import pty

    master, slave = pty.openpty()
    _same_size(slave)
    kept = bytearray()
    process = subprocess.Popen(argv, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL)
    os.close(slave)
    try:
        while chunk := _read(master):
            os.write(sys.stderr.fileno(), chunk)
            kept += chunk
            del kept[:-200_000]
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    finally:
        os.close(master)
    return process.wait(), "\n".join(_plain(bytes(kept)).splitlines()[-_KEPT_LINES:])


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux answers EIO once the other end is closed
        return b""


def _same_size(descriptor: int) -> None:
    import fcntl
    import termios

    size = fcntl.ioctl(sys.stderr.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, size)


def _plain(raw: bytes) -> str:
    import re

    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", raw)
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", errors="replace")
