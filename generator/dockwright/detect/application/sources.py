"""The Python files of a project: where an application may stand, which are read and parsed."""

import ast
import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Set
from functools import cached_property

from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.module import Module
from dockwright.detect.tree import ProjectTree
from dockwright.errors import UnreadableError
from dockwright.model.origin import Notice, Origin

MAX_SOURCE_BYTES = 1_000_000
MAX_READ = 4_000
MAX_PARSED = 400
# Folders that hold no application of the project.
NEVER = frozenset(LISTS["never_folders"])
# Names of modules that people start, the most telling first.
ENTRY_NAMES = LISTS["entry_modules"]

# What only Python 2 allowed. Since Python 3.14 `except ValueError, e:` lists two exceptions, so
# only a variable's name tells.
_PYTHON_2_MESSAGE = r"Missing parentheses in call to|leading zeros in decimal"
_PYTHON_2_LINE = (
    r"\s*(print|exec) |.* <> "
    r"|\s*except\s+\(?[\w.]+(?:\s*,\s*[\w.]+)*\)?\s*,\s*(e|err|error|ex|exc|exception)\s*:"
)
_TO_WORDS = bytes(b if re.match(rb"\w", bytes((b,))) else ord(" ") for b in range(256))

Pairs = Mapping[bytes, frozenset[bytes]]


def pairs_of(names: Iterable[str]) -> Pairs:
    """Return package -> last names of dotted names: a file that uses one holds both words."""
    found: dict[bytes, set[bytes]] = {}
    for name in names:
        last = name.rpartition(".")[2].encode()
        found.setdefault(name.partition(".")[0].encode(), set()).add(last)
    return {top: frozenset(lasts) for top, lasts in found.items()}


class Sources:
    """Reads each Python file at most once, and parses only what a concern asks for."""

    def __init__(self, tree: ProjectTree, foreign: tuple[str, ...] = ()) -> None:
        self.tree = tree
        self.all = frozenset(path for path in tree.files if path.endswith(".py"))
        self.folders = frozenset(above for path in self.all for above in folders_above(path))
        wanted = [p for p in self.all if not under(p, foreign) and is_candidate(p)]
        wanted.sort(key=lambda path: (is_unlikely(path), path.count("/"), name_rank(path), path))
        self.paths = tuple(wanted[:MAX_READ])
        self._left_out = len(wanted) - len(self.paths)
        self._raw: dict[str, bytes] = {}
        self._modules: dict[str, Module | None] = {}
        self._notices: dict[str, Notice] = {}
        self._over_budget = False

    def mentioning(self, words: Set[bytes]) -> tuple[str, ...]:
        """Return the paths, likely ones first, that hold one of `words`."""
        return tuple(path for path, held in self._words.items() if not held.isdisjoint(words))

    def pairing(self, wanted: Pairs) -> tuple[str, ...]:
        """Return the paths that hold a package's name and one of the names that go with it."""
        tops = wanted.keys()
        return tuple(
            path
            for path, held in self._words.items()
            if any(not held.isdisjoint(wanted[top]) for top in tops & held)
        )

    def containing(self, *texts: bytes) -> tuple[str, ...]:
        """Return the paths, likely ones first, whose bytes hold one of `texts` anywhere."""
        there = [text for text in texts if text in self._joined]
        held = ((path, self.raw(path)) for path in self.paths if there)
        return tuple(path for path, data in held if any(text in data for text in there))

    def raw(self, path: str) -> bytes:
        """Return a file's bytes, none where it is too large or cannot be read; that is said."""
        if path not in self._raw:
            try:
                data = self.tree.raw(path, limit=MAX_SOURCE_BYTES)
            except UnreadableError as error:
                data = b""
                self._say(path, "source-unreadable", error.title)
            if data is None:
                self._say(path, "source-too-large", "more than 1 MB of Python")
            self._raw[path] = data or b""
        return self._raw[path]

    def module(self, path: str | None) -> Module | None:
        """Return the parsed file; None if it is missing or wrong, or enough is parsed."""
        if path not in self._modules:
            if path is None or path not in self.all:
                return None
            if len(self._modules) >= MAX_PARSED:
                self._over_budget = True
                return None
            self._modules[path] = self._parse(path)
        return self._modules[path]

    def modules(self, paths: Iterable[str]) -> Iterable[Module]:
        """Yield the files of `paths` that parse."""
        return (module for path in paths if (module := self.module(path)))

    @property
    def parsed(self) -> tuple[Module, ...]:
        """All files that have been parsed so far."""
        return tuple(module for module in self._modules.values() if module)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What had to be left out, and why."""
        remedy = "name the application in the settings if the wrong one was found"
        total = len(self.paths) + self._left_out
        limits = {
            f"{self._left_out} of {total} Python files were not read": self._left_out,
            f"only the {MAX_PARSED} most likely Python files were parsed": self._over_budget,
        }
        bounds = (
            Notice(code="sources-left-out", text=f"{text}: the project is large", remedy=remedy)
            for text, reached in limits.items()
            if reached
        )
        return (*self._notices.values(), *bounds)

    @cached_property
    def _joined(self) -> bytes:
        # Most texts stand in no file, and one search through all contents says so.
        return b"\0".join(self.raw(path) for path in self.paths)

    # A file is cut into words, which costs microseconds, and parsed only if it holds a word
    # without which the thing that is looked for cannot stand in it. The syntax tree decides.
    @cached_property
    def _words(self) -> dict[str, frozenset[bytes]]:
        return {p: frozenset(self.raw(p).translate(_TO_WORDS).split()) for p in self.paths}

    def _parse(self, path: str) -> Module | None:
        try:
            with warnings.catch_warnings():
                # Doubtful escapes in other people's code are theirs to hear about.
                warnings.simplefilter("ignore")
                return Module(path, ast.parse(self.raw(path)))
        except SyntaxError as error:
            old = re.match(_PYTHON_2_MESSAGE, error.msg or "")
            if old or re.match(_PYTHON_2_LINE, error.text or ""):
                text = "this is Python 2: Python 3 cannot run it"
                self._say(path, "python-2", text, error.lineno)
            else:
                # A file may also be newer than the Python that runs Dockwright.
                text = f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot parse it"
                self._say(path, "source-unparsable", f"{text}: {error.msg}", error.lineno)
        except (ValueError, RecursionError, MemoryError):
            # Null bytes (UTF-16), or an expression nested deeper than the parser goes.
            self._say(path, "source-unparsable", "not Python source that can be parsed")
        return None

    def _say(self, path: str, code: str, text: str, line: int | None = None) -> None:
        origin = Origin(path=path, line=line)
        self._notices[path] = Notice(code=code, text=f"{text}; the file is skipped", origin=origin)


def is_candidate(path: str) -> bool:
    """Whether an application may stand in this file at all, by its path alone."""
    *folders, name = path.split("/")
    if name in LISTS["never_files"] or is_test_name(name):
        return False
    return not any(
        one in NEVER or one.startswith((".", "tests", "test_", "test-")) for one in folders
    )


def is_test_name(name: str) -> bool:
    """Whether a file of this name is a test by the habits of pytest, unittest and Django."""
    return name.startswith("test_") or name.endswith("_test.py") or name in ("test.py", "tests.py")


def is_unlikely(path: str) -> bool:
    """Whether the file stands in a folder that usually holds helpers."""
    return not set(path.lower().split("/")[:-1]).isdisjoint(LISTS["unlikely_folders"])


def name_rank(path: str) -> int:
    """Return 0 for the most telling module name, larger for less telling ones."""
    name = stem(path).lower()
    return ENTRY_NAMES.index(name) if name in ENTRY_NAMES else len(ENTRY_NAMES)


def stem(path: str) -> str:
    """Return the file's name without folder and `.py`."""
    return path.rpartition("/")[2].removesuffix(".py")


def folder(path: str) -> str:
    """Return the folder of a path, "" for the root."""
    return path.rpartition("/")[0]


def folders_above(path: str) -> list[str]:
    """Return the folders of a path, the innermost first, without the root."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def join(base: str, name: str) -> str:
    """Return `name` below `base`, where "" is the root."""
    return f"{base}/{name}" if base and name else base or name


def under(path: str, folders: Iterable[str]) -> bool:
    """Whether `path` lies in one of `folders`."""
    return path.startswith(tuple(f"{one}/" for one in folders))
