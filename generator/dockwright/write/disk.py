"""The only calls that change the disk: a file is replaced whole, and none outside of the target."""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from dockwright.errors import OutsideTargetError, UnreadableError, UnwritableError
from dockwright.model.origin import Origin
from dockwright.model.record import record


@record
class Change:
    """A file to write (`data`) or to remove (None); `path` is relative to the root."""

    path: str
    data: bytes | None
    executable: bool = False


def read(root: Path, path: str) -> bytes | None:
    """Return a file's bytes, None where there is none; UnreadableError where it cannot be read."""
    try:
        return (root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError(
            f"the file cannot be read: {error.strerror}",
            origin=Origin(path=path),
            rule="a file is read before it is written, so that no edit is lost",
            steps=("give yourself read permission", "or move what stands there out of the way"),
            example=f"chmod u+r {path}",
        ) from error


# What `store` keeps for itself. Templates and packs beside it are files like others.
_BOOKS = frozenset({"base", "manifest.json"})


def place_of(root: Path, path: str) -> str:
    """Return where `path` leads below `root` once links are followed; OutsideTargetError if out."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or ":" in parts[0]:
        raise _outside(path, "it is not a plain path below the target folder")
    try:
        full = (root / path).resolve()
    except (OSError, RuntimeError) as error:
        raise _outside(path, "links on the way lead to each other") from error
    # From Python 3.13 on a circle of links is no error: it is returned as it stands.
    if any(one.is_symlink() for one in (full, *full.parents)):
        raise _outside(path, "links on the way lead to each other")
    if not full.is_relative_to(root):
        raise _outside(path, "a link on the way leads out of the target folder")
    place = full.relative_to(root)
    # The link may be the project's, which somebody else wrote: it must not reach git's hooks.
    for one in (parts, place.parts):
        if ".git" in one or (one[0] == ".dockwright" and (len(one) < 2 or one[1] in _BOOKS)):
            raise _outside(path, f"{'/'.join(one[:2])} is not for generated files")
    return place.as_posix()


def apply(root: Path, changes: Iterable[Change]) -> None:
    """Make the changes in their order; each file is old or new at every moment, and never half.

    All new texts are on the disk before the first is put in its place, so a full disk changes
    nothing. Raises UnwritableError, or OutsideTargetError where a link stands on the way.
    """
    targets = [(root / change.path, change) for change in changes]
    staged: dict[Path, Path] = {}
    for target, change in targets:
        # A link in the project's own .dockwright leads nowhere.
        if target.parent.resolve() != target.parent or not target.is_relative_to(root):
            raise _outside(change.path, "a link stands on the way")
    try:
        for target, change in targets:
            if change.data is not None:
                # The name is of this process: two runs at once never write into one file.
                staged[target] = target.with_name(f".{target.name}.dockwright-{os.getpid()}")
                _stage(staged[target], target, change.data, 0o777 if change.executable else 0o666)
        for target, _ in targets:
            if target in staged:
                os.replace(staged[target], target)  # noqa: PTH105 - the tests count these calls
            else:
                target.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(root, error) from error
    finally:
        for fresh in staged.values():
            with suppress(OSError):
                fresh.unlink(missing_ok=True)


def _stage(fresh: Path, target: Path, data: bytes, mode: int) -> None:
    # `mode`, less the umask, is for a target that is new.
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.unlink(missing_ok=True)
    with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(data)
        file.flush()
        # Without it a power cut may leave the new name with nothing in it.
        os.fsync(file.fileno())
    with suppress(FileNotFoundError):
        fresh.chmod(stat.S_IMODE(target.stat().st_mode))


def _outside(path: str, why: str) -> OutsideTargetError:
    return OutsideTargetError(
        f"`{path}` cannot be written: {why}",
        origin=Origin(path=path),
        rule="files are only written below the target folder, and not into .git or .dockwright",
        steps=("use a relative path without `..`", "or remove the link"),
        example='dockerfile-path = "docker/Dockerfile"',
    )


def _unwritable(root: Path, error: OSError) -> UnwritableError:
    place = str(error.filename or ".")
    with suppress(ValueError):
        place = Path(place).relative_to(root).as_posix()
    step, example = "give yourself write permission for the folder", "chmod u+w ."
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        step, example = "make room on the disk (or raise the quota)", "df -h ."
    elif error.errno in {errno.EISDIR, errno.ENOTDIR, errno.EEXIST}:
        step, example = "move what stands there out of the way", f"ls -ld {place}"
    return UnwritableError(
        f"the files cannot be written: {error.strerror or error}",
        origin=Origin(path=place),
        rule="a file is replaced as a whole: each is either as it was or as it should be",
        steps=(step, "then run the command again, or write elsewhere"),
        example=example,
    )
