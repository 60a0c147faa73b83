"""The only way in which detection touches the project: one read-only tree."""

import json
import os
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from dockwright.detect.long_numbers import refuse_long_number
from dockwright.detect.walk import walk
from dockwright.errors import NoProjectError, SyntaxFault, UnreadableError
from dockwright.model.origin import Origin

MAX_BYTES = 32 * 1024 * 1024
"""Larger manifests are refused: no manager writes one, and parsing it would take minutes."""

_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_CHUNK = 64 * 1024

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class ProjectTree:
    """Read-only view of a project folder. Paths are relative, with `/`.

    A missing file is None or False; one that is there and cannot be read raises UnreadableError with the path.
    """

    def __init__(self, root: Path) -> None:
        if not root.exists():
            raise NoProjectError(
                f"there is no folder {root}",
                rule="the first argument is the folder that holds the project's manifest",
                steps=(
                    "check the spelling",
                    "or run the command inside the project without an argument",
                ),
                example="dockwright generate path/to/project",
            )
        if not root.is_dir():
            raise NoProjectError(
                f"{root} is a file, not a folder",
                rule="the first argument is the folder that holds the project's manifest",
                steps=("pass its folder",),
                example=f"dockwright generate {root.parent}",
            )
        self._root = root
        self._prefix = f"{root}/"
        try:
            self._names = frozenset(os.listdir(root))
        except OSError as error:
            raise UnreadableError(
                f"the folder {root} cannot be read: {error.strerror}",
                rule="Dockwright reads the project and needs permission to list its folder",
                steps=(
                    "give yourself read and execute permission",
                    "or run as the user who owns it",
                ),
                example=f"chmod u+rx {root}",
            ) from error
        self._texts: dict[str, str] = {}

    @property
    def folder_name(self) -> str:
        """The name of the project's folder."""
        return self._root.resolve().name

    def has(self, path: str) -> bool:
        """Whether `path` is a file (a dangling link is none)."""
        if "/" not in path and path not in self._names:
            return False
        return _ask(self._root / path, Path.is_file)

    def has_folder(self, path: str) -> bool:
        """Whether `path` is a folder."""
        return _ask(self._root / path, Path.is_dir)

    def is_dangling(self, path: str) -> bool:
        """Whether `path` is a symbolic link that leads nowhere."""
        full = self._root / path
        return _ask(full, Path.is_symlink) and not _ask(full, Path.exists)

    def leads_outside(self, path: str) -> bool:
        """Whether `path`, with links resolved, lies outside the project."""
        try:
            return not (self._root / path).resolve().is_relative_to(self._root.resolve())
        except (OSError, RuntimeError):
            return False  # links that lead to each other lead nowhere

    def size(self, path: str) -> int:
        """Return the size of a file in bytes."""
        return (self._root / path).stat().st_size

    def text(self, path: str) -> str:
        """Return a file's text with `\\n` line ends: UTF-8 with or without BOM, UTF-16 with BOM."""
        if path not in self._texts:
            text = _decode(self._bytes(path), path).replace("\r\n", "\n").replace("\r", "\n")
            refuse_long_number(path, text)
            self._texts[path] = text
        return self._texts[path]

    def raw(self, path: str, *, limit: int = MAX_BYTES) -> bytes | None:
        """Return a file's bytes as they are, None where there are more than `limit` of them."""
        try:
            return _read(self._prefix + path, limit)
        except OSError as error:
            raise UnreadableError(
                f"the file cannot be read: {error.strerror}",
                origin=Origin(path=path),
                rule="every file that says what the application is must be readable",
                steps=("give yourself read permission, or mend the link",),
                example=f"chmod u+r {path}",
            ) from error

    def optional_text(self, path: str) -> str | None:
        """Return the text, or None where there is no such file."""
        return self.text(path) if self.has(path) else None

    def toml(self, path: str) -> dict[str, Any]:
        """Return a TOML file as plain dicts; SyntaxFault with line and column if it is not TOML."""
        from dockwright.model.toml_text import parse_toml

        text = self.text(path)
        try:
            return parse_toml(text)
        except ValueError as error:  # what is not TOML
            raise _toml_fault(path, text, error) from error

    def json(self, path: str) -> Any:  # noqa: ANN401 - JSON is anything
        """Return a JSON file's value; SyntaxFault with line and column if it is not JSON."""
        text = self.text(path)
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise _conflict_fault(path, text) or SyntaxFault(
                f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}",
                origin=Origin(path=path, line=error.lineno),
                rule="a lock is written by its manager and not by hand",
                steps=("let the manager write it again", "or restore it from version control"),
                example=f"git checkout -- {path}",
            ) from error
        except (RecursionError, ValueError) as error:
            # ValueError: an integer with more digits than Python converts.
            raise SyntaxFault(
                "nested too deeply, or with longer numbers, than a lock can be",
                origin=Origin(path=path),
                rule="a lock is written by its manager and not by hand",
                steps=("restore it from version control",),
                example=f"git checkout -- {path}",
            ) from error

    def names(self, folder: str = "") -> tuple[str, ...]:
        """Return the sorted names in a folder, () where it does not exist or cannot be listed."""
        if folder in ("", "."):
            return tuple(sorted(self._names))
        try:
            return tuple(sorted(os.listdir(self._root / folder)))
        except OSError:
            return ()

    def find(self, name: str, *, depth: int = 6) -> tuple[str, ...]:
        """Return the sorted paths of files called `name`, or with that ending (`*.ini`), at most `depth` folders down."""
        end = name.removeprefix("*") if name.startswith("*") else f"/{name}"
        return tuple(sorted(path for path in self._ending_with(end) if path.count("/") <= depth))

    @cached_property
    def files(self) -> tuple[str, ...]:
        """All files, in no order, without what `walk` leaves out."""
        return walk(self._prefix)

    @cached_property
    def _joined(self) -> str:
        """All files in one text, each as `\\0/path`: one search through it costs a tenth of asking each of them."""
        return "".join(("\0/", "\0/".join(self.files), "\0"))

    def _ending_with(self, end: str) -> Iterator[str]:
        """Yield the files of which `/` and the path end with `end`."""
        joined, sought = self._joined, f"{end}\0"
        at = joined.find(sought)
        while at >= 0:
            stop = at + len(end)
            yield joined[joined.rindex("\0", 0, stop) + 2 : stop]
            at = joined.find(sought, stop)

    def _bytes(self, path: str) -> bytes:
        full = self._root / path
        try:
            size = full.stat().st_size
            if size > MAX_BYTES:
                raise UnreadableError(
                    f"the file has {size // 1_000_000} MB",
                    origin=Origin(path=path),
                    rule=f"files over {MAX_BYTES // 1_000_000} MB are not read: no manifest or lock is that large",
                    steps=("look what wrote into it", "restore it from version control"),
                    example=f"git checkout -- {path}",
                )
            return full.read_bytes()
        except OSError as error:
            raise UnreadableError(
                f"the file cannot be read: {error.strerror}",
                origin=Origin(path=path),
                rule="every manifest and lock in the project must be readable",
                steps=("give yourself read permission, or mend the link",),
                example=f"chmod u+r {path}",
            ) from error


def line_of(text: str, needle: str, start: int = 1) -> int | None:
    """Return the first line (from 1, at or after `start`) of `text` that holds `needle`, None if there is none."""
    for number, line in enumerate(text.splitlines(), 1):
        if number >= start and needle in line:
            return number
    return None


def _ask(path: Path, question: Callable[[Path], bool]) -> bool:
    try:
        return question(path)
    except OSError:
        return False  # a name longer than any file's


def _read(path: str, limit: int) -> bytes | None:
    """Return a file's bytes, None for more than `limit`. `open` takes twice as long, and thousands are read."""
    descriptor = os.open(path, _READ)
    try:
        parts, size = [], 0
        while size <= limit and (part := os.read(descriptor, _CHUNK)):
            parts.append(part)
            size += len(part)
        return b"".join(parts) if size <= limit else None
    finally:
        os.close(descriptor)


def _decode(raw: bytes, path: str) -> str:
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"the file is not text: byte {error.start} is not {encoding}",
            origin=Origin(path=path, line=raw[: error.start].count(b"\n") + 1),
            rule="manifests are UTF-8, or UTF-16 with a byte order mark",
            steps=("save the file as UTF-8",),
            example=f"iconv -f latin1 -t utf-8 {path} > {path}.utf8 && mv {path}.utf8 {path}",
        ) from error


def _toml_fault(path: str, text: str, error: ValueError) -> SyntaxFault:
    conflict = _conflict_fault(path, text)
    if conflict:
        return conflict
    message = str(error)
    line = _number_after(message, "line ")
    return SyntaxFault(
        f"not valid TOML: {message}",
        origin=Origin(path=path, line=line),
        rule="manifests and TOML locks must parse before anything can be decided from them",
        steps=("mend the line that is named", "or restore the file from version control"),
        example=f"git diff {path}",
    )


def _number_after(message: str, word: str) -> int | None:
    digits = ""
    for character in message.partition(word)[2]:
        if not character.isdigit():
            break
        digits += character
    return int(digits) if digits else None


def _conflict_fault(path: str, text: str) -> SyntaxFault | None:
    line = next(
        (
            n
            for n, line in enumerate(text.splitlines(), 1)
            if line.startswith(("<<<<<<< ", ">>>>>>> "))
        ),
        None,
    )
    if line is None:
        return None
    return SyntaxFault(
        "the file holds the marks of an unresolved merge",
        origin=Origin(path=path, line=line),
        rule="a file with conflict marks says two things at once",
        steps=(
            "resolve the manifest first",
            "take either side of the lock",
            "let the manager lock again",
        ),
        example=f"git checkout --theirs {path}",
    )
