"""One run at a time in a folder. The system releases the lock of a process that was killed."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dockwright.errors import BusyError
from dockwright.model.origin import Origin
from dockwright.write import disk
from dockwright.write.journal import FOLDER

_PAUSE = 0.05
_OPEN = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def exclusive(root: Path, *, wait: float) -> Iterator[None]:
    """Hold the folder for writing; wait at most `wait` seconds for another run, then raise BusyError."""
    folder = root / FOLDER
    disk.make_folder(folder)
    path = folder / "lock"
    descriptor = _acquire(path, time.monotonic() + wait)
    try:
        yield
    finally:
        _release(path, descriptor)
        disk.remove_empty(folder)


def _acquire(path: Path, until: float) -> int:
    while True:
        disk.make_folder(path.parent)
        try:
            descriptor = os.open(path, _OPEN, 0o666)
        except FileNotFoundError:  # another run has just tidied the empty folder away
            continue
        if _take(descriptor) and _same(path, descriptor):
            _sign(descriptor)
            return descriptor
        holder = _holder(descriptor)
        os.close(descriptor)
        if time.monotonic() >= until:
            raise BusyError(
                f"another run{holder} is writing into this folder",
                origin=Origin(path=f"{FOLDER}/{path.name}"),
                rule="one run at a time writes, so that the files belong together",
                steps=("wait until it has ended", "run the command again"),
                example="dockwright generate",
            )
        time.sleep(_PAUSE)


def _same(path: Path, descriptor: int) -> bool:
    """Whether the locked file is still the one at `path`: its last holder may have removed it just before."""
    with suppress(FileNotFoundError):
        here, there = os.fstat(descriptor), path.stat()
        return (here.st_ino, here.st_dev) == (there.st_ino, there.st_dev)
    return False


def _sign(descriptor: int) -> None:
    with suppress(
        OSError
    ):  # who holds the lock is a help for others, and a full disk is reported when it matters
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()}\n".encode())


def _holder(descriptor: int) -> str:
    with suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        digits = os.read(descriptor, 20).decode("ascii", "replace").strip()
        return f" (process {digits})" if digits.isdigit() else ""
    return ""


def _release(path: Path, descriptor: int) -> None:
    if (
        sys.platform == "win32"
    ):  # an open file cannot be removed there; who comes in between keeps it
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()
    else:
        disk.remove(path)
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        # The locked byte lies behind the text, so that others can read who holds the lock.
        os.lseek(descriptor, 1000, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
