"""The only way in which detection touches the project: one read-only tree."""

import json
import os
import posixpath
import re
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from dockwright.errors import NoProjectError, ProjectError, SyntaxFault, UnreadableError
from dockwright.model.origin import Origin
from dockwright.model.toml_text import parse_toml

# Larger manifests are refused: no manager writes one, and parsing it would take minutes.
MAX_BYTES = 32 * 1024 * 1024
# The longest number that a manifest or lock may hold; Python itself converts 4300 digits.
MAX_DIGITS = 4000
_LONG_NUMBER = rf"\d{{{MAX_DIGITS}}}"
_MAX_LINK = 300
# What the parts of a repository are called.
_PARTS = frozenset({"api", "app", "backend", "server", "src"})
# Deeper folders are not walked into: no code stands there, and the walk must end.
MAX_FOLDERS = 100
# Never walked into: version control, environments and what tools leave behind.
IGNORED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".venv", "venv", "env", ".env", "node_modules", "__pycache__",
        ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs",
        "site-packages", ".dockwright", ".idea", ".vscode", "__pypackages__", ".pdm-build",
        "bower_components", ".terraform", ".cache",
    }
)  # fmt: skip


class ProjectTree:
    """Read-only view of a project folder. Paths are relative, with `/`.

    A missing file is None or False; one that cannot be read raises UnreadableError with the path.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            what = f"{root} is a file, not a folder" if root.exists() else f"there is no {root}"
            raise NoProjectError(
                what,
                rule="the first argument is the folder that holds the project's manifest",
                steps=("check the spelling, or run the command inside the project without it",),
                example="dockwright generate path/to/project",
            )
        self._root = root
        try:
            self._names = frozenset(os.listdir(root))
        except OSError as error:
            raise UnreadableError(
                f"the folder {root} cannot be read: {error.strerror}",
                rule="Dockwright reads the project and needs permission to list its folder",
                steps=("give yourself read and execute permission, or run as its owner",),
                example=f"chmod u+rx {root}",
            ) from error
        self._texts: dict[str, str] = {}

    @property
    def folder_name(self) -> str:
        """The name of the project's folder, or of the one above where it says nothing."""
        root = self._root.resolve()
        return root.parent.name if root.name.lower() in _PARTS and root.parent.name else root.name

    def has(self, path: str) -> bool:
        """Whether `path` is a file (a dangling link is none)."""
        known = "/" in path or path in self._names
        # Path.is_file raises where a name is longer than any file's.
        return known and os.path.isfile(self._root / path)  # noqa: PTH113

    def is_executable(self, path: str) -> bool:
        """Whether a file may be started as a program."""
        return self.has(path) and os.access(self._root / path, os.X_OK)

    def has_folder(self, path: str) -> bool:
        """Whether `path` is a folder."""
        return os.path.isdir(self._root / path)  # noqa: PTH112

    def leads_outside(self, path: str) -> bool:
        """Whether `path`, with links resolved, lies outside the project."""
        try:
            return not (self._root / path).resolve().is_relative_to(self._root.resolve())
        except (OSError, RuntimeError, ValueError):
            # Links that lead to each other lead nowhere, nor does a path with a NUL.
            return False

    def followed(self, path: str) -> str:
        """Return the file of the project to which `path` leads, `path` itself where it is no link.

        Git writes a link as a text with its target where the system has no links.
        """
        try:
            target = os.readlink(self._root / path)  # noqa: PTH115
        except (OSError, ValueError):
            content = (self.raw(path, limit=_MAX_LINK) or b"") if self.has(path) else b""
            target = content.decode("utf-8", "replace")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        same = "\n" not in target and place.rpartition("/")[2] == path.rpartition("/")[2]
        return place if same and self.has(place) and not place.startswith(("/", "..")) else path

    def text(self, path: str) -> str:
        """Return a file's text with `\\n` line ends: UTF-8 with or without BOM, UTF-16 with BOM."""
        if path not in self._texts:
            raw = self.raw(path)
            if raw is None:
                title = f"the file has more than {MAX_BYTES // 1_000_000} MB"
                raise _fault(UnreadableError, title, path)
            text = _decode(raw, path).replace("\r\n", "\n").replace("\r", "\n")
            # Python refuses to convert them, with an error that names neither file nor line.
            if number := re.search(_LONG_NUMBER, text):
                title = f"the file holds a number of more than {MAX_DIGITS} digits"
                raise _fault(UnreadableError, title, path, text.count("\n", 0, number.start()) + 1)
            self._texts[path] = text
        return self._texts[path]

    def raw(self, path: str, *, limit: int = MAX_BYTES) -> bytes | None:
        """Return a file's bytes as they are, None where there are more than `limit` of them."""
        full = self._root / path
        try:
            return full.read_bytes() if full.stat().st_size <= limit else None
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
        text = self.text(path)
        try:
            return parse_toml(text)
        except ValueError as error:
            line = re.search(r"line (\d+)", str(error))
            title = f"not valid TOML: {error}"
            raise _syntax(title, path, text, int(line[1]) if line else None) from error

    def json(self, path: str) -> Any:  # noqa: ANN401 - JSON is anything
        """Return a JSON file's value; SyntaxFault with line and column if it is not JSON."""
        text = self.text(path)
        try:
            return json.loads(text)
        except (RecursionError, ValueError) as error:
            line, title = None, "nested too deeply for a lock"
            if isinstance(error, json.JSONDecodeError):
                line = error.lineno
                title = f"not valid JSON at line {line}, column {error.colno}: {error.msg}"
            raise _syntax(title, path, text, line) from error

    def names(self, folder: str = "") -> tuple[str, ...]:
        """Return the sorted names in a folder, () where it does not exist or cannot be listed."""
        if folder in ("", "."):
            return tuple(sorted(self._names))
        try:
            return tuple(sorted(os.listdir(self._root / folder)))
        except OSError:
            return ()

    def find(self, name: str, *, depth: int = 6) -> tuple[str, ...]:
        """Return the sorted paths of files called `name`, or with that ending (`*.ini`)."""
        end = name.removeprefix("*")
        found = [path for path in self.files if path.endswith(end) and path.count("/") <= depth]
        whole = name == end
        return tuple(sorted(p for p in found if not whole or p.rpartition("/")[2] == name))

    @cached_property
    def files(self) -> tuple[str, ...]:
        """All files, in no order, without what `walk` leaves out."""
        return walk(f"{self._root}/")


def walk(root: str) -> tuple[str, ...]:
    """Return the relative paths of all files below `root` (with its `/`), in no order."""
    found: list[str] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        names: list[str] = []
        below: list[str] = []
        # What cannot be listed, and links that lead to each other, hold no files.
        with suppress(OSError):
            for entry in os.scandir(root + folder):
                with suppress(OSError):
                    # Nearly every entry is a plain file: that question first. Links to folders are
                    # not followed: they may lead back, or out of the project.
                    if entry.is_file():
                        names += [] if _leads_back(entry, root) else [entry.name]
                    elif entry.is_dir(follow_symlinks=False) and entry.name not in IGNORED_FOLDERS:
                        below.append(entry.name)
        # A virtual environment.
        if folder and "pyvenv.cfg" in names:
            continue
        above = f"{folder}/" if folder else ""
        found += [above + name for name in names]
        folders += [above + name for name in below if folder.count("/") < MAX_FOLDERS - 1]
    return tuple(found)


def _leads_back(entry: os.DirEntry[str], root: str) -> bool:
    # A link to another file of the project is that file: code would be found twice.
    if not entry.is_symlink():
        return False
    return os.path.realpath(entry.path).startswith(os.path.realpath(root) + os.sep)


def line_of(text: str, needle: str, start: int = 1) -> int | None:
    """Return the first line of `text` (from 1, at or after `start`) that holds `needle`."""
    for number, line in enumerate(text.splitlines(), 1):
        if number >= start and needle in line:
            return number
    return None


def _decode(raw: bytes, path: str) -> str:
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = next((name for mark, name in marks.items() if raw.startswith(mark)), "utf-8")
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


def _syntax(title: str, path: str, text: str, line: int | None) -> ProjectError:
    conflict = re.search(r"(?m)^(?:<<<<<<<|>>>>>>>) ", text)
    if conflict:
        # What the parser says of the marks helps nobody.
        title = "the file holds the marks of an unresolved merge"
        line = text.count("\n", 0, conflict.start()) + 1
    return _fault(SyntaxFault, title, path, line)


def _fault(
    kind: type[ProjectError], title: str, path: str, line: int | None = None
) -> ProjectError:
    return kind(
        title,
        origin=Origin(path=path, line=line),
        rule="manifests and locks must be whole and valid before anything can be decided from them",
        steps=(
            "mend the line that is named, or let the manager write its lock again",
            "or restore the file from version control",
        ),
        example=f"git diff {path}",
    )
