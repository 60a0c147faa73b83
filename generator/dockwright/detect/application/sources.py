"""The Python files of a project: which are read, which are parsed, and what that may cost."""

import ast
import warnings
from collections.abc import Mapping, Set
from functools import cached_property

from dockwright.detect.application.module import Module
from dockwright.detect.application.places import is_candidate, likely_first
from dockwright.detect.application.words import INTERESTING
from dockwright.detect.tree import ProjectTree
from dockwright.errors import UnreadableError
from dockwright.model.origin import Notice, Origin
from dockwright.model.pattern import Pattern

MAX_SOURCE_BYTES = 1_000_000
MAX_READ = 4_000
MAX_PARSED = 400

_IDENTIFIERS = bytes(
    byte if (chr(byte).isalnum() and byte < 128) or byte == ord("_") else ord(" ")
    for byte in range(256)
)


_OLD_EXCEPT = Pattern(
    r"^except\s+\(?[\w.]+(?:\s*,\s*[\w.]+)*\)?\s*,\s*(e|err|error|ex|exc|exception)\s*:"
)
"""`except ValueError, e:`; since Python 3.14 the same spelling lists two exceptions, so only a variable's name tells."""


class Sources:
    """Reads each Python file at most once, and parses only what a concern asks for.

    Start-up is a feature: a file is first cut into words, which costs microseconds, and parsed only if it holds a word without which
    the thing that is looked for cannot stand in it. The words never decide anything; the syntax tree does.
    """

    def __init__(self, tree: ProjectTree, foreign: tuple[str, ...] = ()) -> None:
        self.tree = tree
        self.foreign = foreign
        self.all = frozenset([path for path in tree.files if path.endswith(".py")])
        self.folders = _folders(self.all)
        left_out = tuple(f"{folder}/" for folder in foreign)
        wanted = likely_first(
            path for path in self.all if not path.startswith(left_out) and is_candidate(path)
        )
        self.paths = tuple(wanted[:MAX_READ])
        self._left_out = len(wanted) - len(self.paths)
        self._raw: dict[str, bytes] = {}
        self._modules: dict[str, Module | None] = {}
        self._notices: dict[str, Notice] = {}
        self._over_budget = False

    def mentioning(self, words: frozenset[bytes]) -> tuple[str, ...]:
        """Return the paths, likely ones first, that hold one of `words`, which must be INTERESTING."""
        return self._in_order(set().union(*(self._mentioned.get(word, ()) for word in words)))

    def pairing(self, wanted: Mapping[bytes, frozenset[bytes]]) -> tuple[str, ...]:
        """Return the paths that hold a package's name and one of the names that go with it; all must be INTERESTING."""
        words = self._words
        return self._in_order(
            {
                path
                for package, names in wanted.items()
                for path in self._mentioned.get(package, ())
                if not names.isdisjoint(words[path])
            }
        )

    def containing(self, text: bytes) -> tuple[str, ...]:
        """Return the paths, likely ones first, whose bytes hold `text` anywhere."""
        if text not in self._joined:
            return ()
        return tuple([path for path, data in self._contents if text in data])

    def raw(self, path: str) -> bytes:
        """Return a file's bytes, nothing where it is too large or cannot be read (which is then said)."""
        if path not in self._raw:
            self._raw[path] = self._read(path)
        return self._raw[path]

    def module(self, path: str) -> Module | None:
        """Return the parsed file; None if there is none, it does not parse, or enough has been parsed."""
        if path not in self._modules:
            if path not in self.all:
                return None
            if len(self._modules) >= MAX_PARSED:
                self._over_budget = True
                return None
            self._modules[path] = self._parse(path)
        return self._modules[path]

    def close(self) -> None:
        """Forget all syntax trees: they are many and full of cycles."""
        for module in self.parsed:
            module.forget()
        self._modules.clear()

    @property
    def parsed(self) -> tuple[Module, ...]:
        """All files that have been parsed so far."""
        return tuple(module for module in self._modules.values() if module)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What had to be left out, and why."""
        limits = []
        if self._left_out:
            limits.append(
                f"{self._left_out} of {len(self.paths) + self._left_out} Python files were not read"
            )
        if self._over_budget:
            limits.append(f"only the {MAX_PARSED} most likely Python files were parsed")
        bounds = tuple(
            Notice(
                code="sources-left-out",
                text=f"{text}: the project is large",
                remedy="name the application in the settings if the wrong one was found",
            )
            for text in limits
        )
        return (*self._notices.values(), *bounds)

    @cached_property
    def _contents(self) -> tuple[tuple[str, bytes], ...]:
        return tuple([(path, self.raw(path)) for path in self.paths])

    @cached_property
    def _joined(self) -> bytes:
        """All contents in one: most texts stand in no file, and one search says so."""
        return b"\0".join([data for _, data in self._contents])

    @cached_property
    def _mentioned(self) -> dict[bytes, list[str]]:
        found: dict[bytes, list[str]] = {}
        for path, words in self._words.items():
            for word in words:
                found.setdefault(word, []).append(path)
        return found

    @cached_property
    def _words(self) -> dict[str, frozenset[bytes]]:
        """Path -> the INTERESTING words in that file, where it holds any."""
        cut = (
            (path, INTERESTING.intersection(data.translate(_IDENTIFIERS).split()))
            for path, data in self._contents
        )
        return {path: words for path, words in cut if words}

    def _in_order(self, found: Set[str]) -> tuple[str, ...]:
        return tuple([path for path in self.paths if path in found]) if found else ()

    def _read(self, path: str) -> bytes:
        try:
            data = self.tree.raw(path, limit=MAX_SOURCE_BYTES)
        except UnreadableError as error:
            self._say(path, "source-unreadable", f"{error.title}; the file is skipped")
            return b""
        if data is None:
            self._say(path, "source-too-large", "more than 1 MB of Python; the file is skipped")
            return b""
        return data

    def _parse(self, path: str) -> Module | None:
        data = self.raw(path)
        try:
            with warnings.catch_warnings():
                # Doubtful escapes in other people's code are theirs to hear about.
                warnings.simplefilter("ignore")
                return Module(path, ast.parse(data))
        except SyntaxError as error:
            newer = self._parse_newer(path, error)
            if newer:
                return newer
            self._say_syntax(path, error)
        except (ValueError, RecursionError, MemoryError):
            # Null bytes (UTF-16), or an expression nested deeper than the parser goes.
            self._say(
                path,
                "source-unparsable",
                "the file is not Python source that can be parsed; it is skipped",
            )
        return None

    def _parse_newer(self, path: str, error: SyntaxError) -> Module | None:
        if is_python_2(error):
            return None
        from dockwright.detect.application.repair import parse_newer

        try:
            source = self.raw(path).decode("utf-8-sig")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = parse_newer(source, error)
        except (ValueError, RecursionError, MemoryError):
            return None
        return Module(path, tree) if tree else None

    def _say_syntax(self, path: str, error: SyntaxError) -> None:
        if b"\x00" in self.raw(path):
            self._say(
                path,
                "source-unparsable",
                "the file is not UTF-8: Python itself cannot read it; it is skipped",
            )
        elif is_python_2(error):
            self._say(
                path,
                "python-2",
                "this is Python 2: Python 3 cannot run it; it is skipped",
                error.lineno,
            )
        else:
            self._say(
                path,
                "source-unparsable",
                f"does not parse: {error.msg}; the file is skipped",
                error.lineno,
            )

    def _say(self, path: str, code: str, text: str, line: int | None = None) -> None:
        self._notices[path] = Notice(code=code, text=text, origin=Origin(path=path, line=line))


def is_python_2(error: SyntaxError) -> bool:
    """Whether the parser stumbled over something that only Python 2 allowed."""
    message = error.msg or ""
    if message.startswith(("Missing parentheses in call to", "leading zeros in decimal")):
        return True
    line = (error.text or "").strip()
    return line.startswith(("print ", "exec ")) or bool(_OLD_EXCEPT.match(line)) or " <> " in line


def _folders(paths: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)
