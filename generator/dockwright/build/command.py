"""Runs other programs: quietly, to read what they say, or watched, with their own progress."""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from dockwright.model.record import record

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

# The exit codes that a shell and `timeout` give to what could not be run, or not to its end.
NOT_INSTALLED, TOO_LATE = 127, 124

_KEPT_LINES = 4000
_PATIENCE_SECONDS = 10.0
_SHOW_CURSOR = b"\x1b[?25h\x1b[0m"


@record
class Said:
    """What a program printed and its exit code; `errors` is its standard error."""

    code: int
    output: str = ""
    errors: str = ""

    def complaint(self, lines: int = 1) -> str:
        """Return the last lines of its standard error."""
        said = self.errors.strip() or "it failed without a message"
        return "\n".join(said.splitlines()[-lines:])


def ask(
    argv: Sequence[str],
    *,
    text: str = "",
    seconds: float | None = None,
    folder: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Said:
    """Run `argv` to its end with `text` as its input; nothing is raised, the code says it all."""
    try:
        done = subprocess.run(
            argv,
            input=text.encode(),
            capture_output=True,
            check=False,
            timeout=seconds,
            cwd=folder,
            env={**os.environ, **(environment or {})},
        )
    except OSError:
        return Said(code=NOT_INSTALLED, errors=f"{argv[0]} is not installed, or not on PATH")
    except subprocess.TimeoutExpired:
        return Said(code=TOO_LATE, errors=f"no answer within {seconds:.0f} seconds")
    output, errors = (part.decode(errors="replace") for part in (done.stdout, done.stderr))
    return Said(code=done.returncode, output=output, errors=errors)


def run_watched(argv: tuple[str, ...], *, quiet: bool = False) -> tuple[int, str]:
    """Run `argv` and show its output on standard error unless `quiet`.

    Returns the exit code and the last lines, without terminal codes. On a terminal the program
    gets a pseudo-terminal, so that it draws its progress as it would for a person.
    """
    if sys.platform != "win32" and sys.stderr.isatty() and not quiet:
        return _on_terminal(argv)
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            for line in process.stdout:
                text = line.decode("utf-8", errors="replace")
                kept.append(text.rstrip("\r\n"))
                if not quiet:
                    sys.stderr.write(text)
                    sys.stderr.flush()
        except KeyboardInterrupt:
            # Nobody reads the pipe any more: closed, it does not block the engine's last words.
            process.stdout.close()
            _stop(process)
            raise
    return process.returncode, "\n".join(kept)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _on_terminal(argv: tuple[str, ...]) -> tuple[int, str]:
    assert sys.platform != "win32"  # noqa: S101 - for the type checker, which knows the modules
    master, slave = pty.openpty()
    size = fcntl.ioctl(sys.stderr.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    # Our terminal turns line feeds into new lines already.
    settings = termios.tcgetattr(slave)
    settings[1] &= ~termios.ONLCR
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    kept = bytearray()
    process = subprocess.Popen(argv, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL)
    os.close(slave)
    try:
        while chunk := _read(master):
            os.write(sys.stderr.fileno(), chunk)
            kept += chunk
            del kept[:-200_000]
    except KeyboardInterrupt:
        os.close(master)
        _stop(process)
        os.write(sys.stderr.fileno(), _SHOW_CURSOR)
        raise
    os.close(master)
    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", bytes(kept)).replace(b"\r\n", b"\n")
    text = plain.replace(b"\r", b"\n").decode("utf-8", errors="replace")
    return process.wait(), "\n".join(text.splitlines()[-_KEPT_LINES:])


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux answers EIO once the other end is closed
        return b""
