"""Runs a program, shows its output as it comes, and keeps the end of it."""

import os
import select
import subprocess
import sys
import time
from collections import deque

_KEPT_LINES = 4000
_PATIENCE_SECONDS = 10.0
_CALM = b"\x1b[?25h\x1b[0m"
"""Shows the cursor again, in no colour."""


def run_watched(argv: tuple[str, ...], *, quiet: bool = False) -> tuple[int, str]:
    """Run `argv`; its error output goes to ours unless `quiet`. Returns the exit code and the last lines, without terminal codes.

    On a terminal the program gets a pseudo-terminal, so that it draws its progress as it would for a person.
    """
    if sys.stderr.isatty() and os.name == "posix" and not quiet:
        return _on_terminal(argv)
    return _through_pipe(argv, quiet=quiet)


def _through_pipe(argv: tuple[str, ...], *, quiet: bool) -> tuple[int, str]:
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    read, write = os.pipe()
    with (
        os.fdopen(read, "rb") as output,
        subprocess.Popen(argv, stdout=write, stderr=write) as process,
    ):
        os.close(write)
        try:
            for line in output:
                _tell(line, kept, quiet=quiet)
        except KeyboardInterrupt:
            _end(process, read)
            raise
    return process.returncode, "\n".join(kept)


def _end(process: subprocess.Popen[bytes], output: int) -> None:
    """Stop a program, reading what it still writes, or it would wait for a reader; one that does not stop is killed."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    process.terminate()
    try:
        while process.poll() is None and time.monotonic() < deadline:
            readable, _, _ = select.select([output], [], [], 0.1)
            if readable and not _read(output):
                time.sleep(0.1)  # the program has closed its end, and tidies up
    except KeyboardInterrupt:
        pass  # asked twice
    if process.poll() is None:
        process.kill()
        process.wait()


def _tell(line: bytes, kept: deque[str], *, quiet: bool) -> None:
    text = line.decode("utf-8", errors="replace")
    if not quiet:
        sys.stderr.write(text)
        sys.stderr.flush()
    kept.append(text.rstrip("\r\n"))


def _on_terminal(argv: tuple[str, ...]) -> tuple[int, str]:
    import pty

    master, slave = pty.openpty()
    _like_ours(slave)
    kept = bytearray()
    process = subprocess.Popen(argv, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL)
    os.close(slave)
    try:
        while chunk := _read(master):
            os.write(sys.stderr.fileno(), chunk)
            kept += chunk
            del kept[:-200_000]
    except KeyboardInterrupt:
        _end(process, master)
        os.write(sys.stderr.fileno(), _CALM)
        raise
    finally:
        os.close(master)
    return process.wait(), "\n".join(_plain(bytes(kept)).splitlines()[-_KEPT_LINES:])


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux answers EIO once the other end is closed
        return b""


def _like_ours(descriptor: int) -> None:
    """Give a pseudo-terminal the size of ours, and let ours alone turn line feeds into new lines."""
    import fcntl
    import termios

    size = fcntl.ioctl(sys.stderr.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, size)
    settings = termios.tcgetattr(descriptor)
    settings[1] &= ~termios.ONLCR
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)


def _plain(raw: bytes) -> str:
    import re

    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", raw)
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("utf-8", errors="replace")
