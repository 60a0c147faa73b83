"""The Python files of a project: which are read and parsed, and which one an import means."""

import ast
import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Set
from functools import cached_property

from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.module import Binding, Module
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

_MAX_FOLLOWED = 40
_IMPORT = (
    rb"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\(?([\w, \t\n]*)"
    rb"|import[ \t]+([\w., \t]+))"
)

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


class Imports:
    """Finds project files for imported names, and the names under which files can be imported.

    `extra` are further import roots, `outside` top-level names that mean a library wherever else
    they may stand.
    """

    def __init__(
        self, sources: Sources, extra: tuple[str, ...] = (), outside: frozenset[str] = frozenset()
    ) -> None:
        self._sources = sources
        self._outside = outside
        self.roots = ("", "src", *extra)
        self._tops: dict[str, frozenset[str]] = {}
        self._roots_of: dict[str, list[str]] = {}
        self._importable: dict[str, tuple[str, str]] = {}

    def find(self, binding: Binding, path: str) -> str | None:
        """Return the file (of a package without `__init__` the folder/) of an import in `path`."""
        name, here = binding.module or "", folder(path)
        if binding.level:
            base = _up(here, binding.level - 1)
            return self.at(base, name or "__init__") or (None if name else f"{base}/")
        if here not in self._roots_of:
            above = reversed(folders_above(path))
            found = dict.fromkeys([self._package_root(path), "", *above, *self.roots])
            self._roots_of[here] = list(found)
        roots = self._roots_of[here]
        # app/celery/tasks.py that imports celery means the library, although app/celery is there.
        outside = name.partition(".")[0] in self._outside
        for root in roots[:1] if outside else roots:
            target = self.at(root, name)
            # A file cannot import itself: `celery.py` that imports celery means the library.
            if target and (target != path or path.endswith("__init__.py")):
                return target
        return None

    def at(self, root: str, name: str) -> str | None:
        """Return the file of the dotted `name` below `root`."""
        if root not in self._tops:
            names = self._sources.tree.names(root)
            self._tops[root] = frozenset(name.removesuffix(".py") for name in names)
        if name.partition(".")[0] not in self._tops[root]:
            return None
        base = join(root, name.replace(".", "/"))
        for path in (f"{base}/__init__.py", f"{base}.py"):
            if path in self._sources.all:
                return path
        # An installed package wins over a folder without __init__, unless it holds Python directly.
        holds = base in self._sources.folders and any(
            one.endswith(".py") for one in self._sources.tree.names(base)
        )
        return f"{base}/" if holds else None

    def named(self, dotted: str) -> str | None:
        """Return the file of a module that a manifest names, from the usual import roots."""
        found = (self.at(root, dotted) for root in self.roots if dotted)
        return next((path for path in found if path and path.endswith(".py")), None)

    def submodule(self, found: str, name: str) -> str | None:
        """Return the file of `name` inside the package `found` (an `__init__.py` or a folder)."""
        if found.endswith(("/", "/__init__.py")) or found == "__init__.py":
            return self.at(folder(found), name)
        return None

    def importable_as(self, path: str) -> tuple[str, str]:
        """Return (import root, dotted module) under which `path` can be imported."""
        if path not in self._importable:
            # Django puts the folder of manage.py on the path.
            below = [one for one in (*folders_above(path), "") if one != folder(path)]
            django = (one for one in below if join(one, "manage.py") in self._sources.all)
            root = next(django, None)
            if root is None or not _is_dotted(dotted(path, root)):
                root = self._import_root(path)
            self._importable[path] = root, dotted(path, root)
        return self._importable[path]

    def stems(self, paths: Iterable[str]) -> frozenset[str]:
        """Return the paths, without `.py`, that the import lines of `paths` could mean."""
        found: set[str] = set()
        for path in paths:
            here = folder(path)
            bases = {self._package_root(path), here}
            for binding in self._import_lines(path):
                up = _up(here, binding.level - 1) if binding.level else ""
                for base in [up] if binding.level else bases:
                    inner = join(base, (binding.module or "").replace(".", "/"))
                    names = re.findall(r"\w+", binding.attribute)
                    found |= {inner, *(join(inner, name) for name in names)}
        return frozenset(found)

    def closure(self, path: str) -> frozenset[str]:
        """Return a file with all files of the project that importing it imports."""
        found = [path]
        # It grows while it is read.
        for here in found:
            for stem in self.stems([here]) if len(found) < _MAX_FOLLOWED * 4 else ():
                both = (f"{stem}.py", f"{stem}/__init__.py")
                found += [one for one in both if one in self._sources.all and one not in found]
        return frozenset(found)

    def _import_root(self, path: str) -> str:
        own, chain = folder(path), self._package_root(path)
        above = [*folders_above(path), ""]
        candidates = [root for root in above if _is_dotted(dotted(path, root))] or [own]
        in_package = own != chain or own.rpartition("/")[2] == "src"
        usual = chain if in_package else candidates[-1]
        # A relative import of two dots needs a package above.
        depth = max((binding.level for binding in self._import_lines(path)), default=0)
        allowed = [root for root in candidates if above.index(root) >= depth] or candidates
        # The project's own imports decide: `from app.models import x` in app/main.py means the
        # root, `from models import x` means app/.
        seen = self._own_imports(path)
        scores = {root: sum(1 for name in seen if self.at(root, name)) for root in allowed}
        return max(allowed, key=lambda root: (scores[root], root == usual, -len(root)))

    def _package_root(self, path: str) -> str:
        # As Python does: above the outermost package.
        above = (*folders_above(path), "")
        return next((one for one in above if f"{one}/__init__.py" not in self._sources.all), "")

    def _own_imports(self, path: str) -> set[str]:
        found, waiting = set[str](), [path]
        # The list grows while it is read.
        for here in waiting:
            for binding in self._import_lines(here) if len(waiting) <= _MAX_FOLLOWED else ():
                target = self.find(binding, here)
                found |= {binding.module or ""} if target and not binding.level else set()
                if target and target.endswith(".py") and target not in waiting:
                    waiting.append(target)
        return found

    def _import_lines(self, path: str) -> list[Binding]:
        # In each, `attribute` holds all names that one line imports.
        # Read as text: this only weighs roots against each other, and parsing costs more.
        found = []
        for match in re.finditer(_IMPORT, self._sources.raw(path), re.MULTILINE):
            dots, module, names, plain = (part.decode() if part else "" for part in match.groups())
            listed = [name.split()[0] for name in plain.split(",") if name.strip()]
            found += [Binding(line=0, module=name) for name in listed]
            if not listed:
                found.append(Binding(line=0, module=module, level=len(dots), attribute=names))
        return found


def dotted(path: str, root: str) -> str:
    """Return the dotted name of `path` below `root`."""
    inner = path[len(root) + 1 :] if root else path
    return inner.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _is_dotted(name: str) -> bool:
    return name != "__init__" and all(part.isidentifier() for part in name.split("."))


def _up(here: str, steps: int) -> str:
    return [here, *folders_above(here), *[""] * steps][max(steps, 0)]


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
