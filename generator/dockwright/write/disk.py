"""The few calls that change the disk. Every error that a person can cure becomes an UnwritableError."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dockwright.errors import UnreadableError, UnwritableError
from dockwright.model.origin import Origin

_NEW_FILE = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)


@contextmanager
def explained(root: Path) -> Iterator[None]:
    """Turn an OSError of writing below `root` into an UnwritableError."""
    try:
        yield
    except OSError as error:
        raise _unwritable(root, error) from error


def read(path: Path, root: Path) -> bytes | None:
    """Return a file's bytes, None where there is none; UnreadableError where it cannot be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError(
            f"the file cannot be read: {error.strerror}",
            origin=Origin(path=_shown(root, str(path))),
            rule="a file is read before it is written, so that no edit is lost",
            steps=("give yourself read permission", "or move what stands there out of the way"),
            example=f"chmod u+r {_shown(root, str(path))}",
        ) from error


def mode_of(path: Path) -> int | None:
    """Return the permission bits of a file, None where there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def put(path: Path, data: bytes, mode: int) -> None:
    """Create `path` with `data`, on the disk when this returns; what stood there under this private name is removed first.

    `mode` is reduced by the umask, as for every new file.
    """
    remove(path)
    descriptor = os.open(path, _NEW_FILE, mode)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def copy_mode(path: Path, mode: int) -> None:
    """Give `path` exactly the permission bits `mode`."""
    path.chmod(mode)


def replace(source: Path, target: Path) -> None:
    """Put `source` in the place of `target`: at every moment one of the two texts is there, whole."""
    os.replace(source, target)  # noqa: PTH105 - the one call that the kill test counts


def remove(path: Path) -> None:
    """Remove a file if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 - the one call that the kill test counts


def make_folder(path: Path) -> None:
    """Make a folder and those above it."""
    os.makedirs(path, exist_ok=True)  # noqa: PTH103 - the one call that the kill test counts


def remove_empty(path: Path) -> None:
    """Remove a folder if nothing is in it."""
    with suppress(OSError):
        path.rmdir()


def sync(folder: Path) -> None:
    """Put a folder's entries on the disk, where the system knows how to."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def _unwritable(root: Path, error: OSError) -> UnwritableError:
    place = _shown(root, str(error.filename)) if error.filename else "."
    if error.errno in _FULL:
        steps, example = (
            ("make room on the disk (or raise the quota)", "run the command again"),
            "df -h .",
        )
    elif error.errno in {errno.EISDIR, errno.ENOTDIR, errno.EEXIST}:
        steps, example = (
            ("move what stands there out of the way", "or set another path for the file"),
            f"ls -ld {place}",
        )
    else:
        steps, example = (
            ("give yourself write permission for the folder", "or write elsewhere"),
            "chmod u+w .",
        )
    return UnwritableError(
        f"the files cannot be written: {error.strerror or error}",
        origin=Origin(path=place),
        rule="all files are written, or none; what was there before is still there",
        steps=steps,
        example=example,
    )


def _shown(root: Path, path: str) -> str:
    with suppress(ValueError):
        return Path(path).relative_to(root).as_posix() or "."
    return path
