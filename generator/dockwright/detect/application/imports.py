"""From the name in an import statement to the file of the project that it means."""

import re
from collections.abc import Iterable

from dockwright.detect.application.module import Binding
from dockwright.detect.application.places import folder, join
from dockwright.detect.application.sources import Sources

_MAX_FOLLOWED = 40
# Compiled where they are used: many projects need one or neither.
_IMPORT = rb"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import\b|import[ \t]+([\w., \t]+))"
_FROM = rb"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\(?([\w, \t\n]+)"


def package_root(sources: Sources, path: str) -> str:
    """Return the folder above the outermost package that holds `path`: what Python itself would put on its path."""
    here = folder(path)
    while here and f"{here}/__init__.py" in sources.all:
        here = folder(here)
    return here


class Imports:
    """Finds project files for imported names. Outside modules give None."""

    def __init__(
        self, sources: Sources, roots: tuple[str, ...] = (), outside: frozenset[str] = frozenset()
    ) -> None:
        self._sources = sources
        self.extra = roots
        self._outside = outside
        self._roots: dict[str, tuple[str, ...]] = {}
        self._tops: dict[str, frozenset[str]] = {}

    def roots(self, path: str) -> tuple[str, ...]:
        """Return the folders from which a file's absolute imports may resolve, the usual one first."""
        here = folder(path)
        if here not in self._roots:
            chain = package_root(self._sources, path)
            above = [here]
            while above[-1]:
                above.append(folder(above[-1]))
            self._roots[here] = tuple(dict.fromkeys((chain, *reversed(above), "src", *self.extra)))
        return self._roots[here]

    def find(self, binding: Binding, path: str) -> str | None:
        """Return the file (or folder, ending in "/", of a package without `__init__`) of an import in `path`."""
        if binding.level:
            return self._relative(binding, path)
        name = binding.module or ""
        usual, *others = self.roots(path)
        # app/celery/tasks.py that imports celery means the library, although app/celery is there.
        outside = name.partition(".")[0] in self._outside
        for root in (usual,) if outside else (usual, *others):
            found = self.at(root, name)
            # A file cannot import itself (`celery.py` that imports celery means the library), a package its own parts.
            if found and (found != path or path.endswith("__init__.py")):
                return found
        return None

    def at(self, root: str, name: str) -> str | None:
        """Return the file of the dotted `name` below `root`."""
        if name.partition(".")[0] not in self._top(root):
            return None
        base = join(root, name.replace(".", "/"))
        if f"{base}/__init__.py" in self._sources.all:
            return f"{base}/__init__.py"
        if f"{base}.py" in self._sources.all:
            return f"{base}.py"
        return f"{base}/" if base in self._sources.folders and self._is_namespace(base) else None

    def submodule(self, found: str, name: str) -> str | None:
        """Return the file of `name` inside the package `found` (an `__init__.py` or a folder)."""
        if found.endswith("/__init__.py") or found == "__init__.py":
            return self.at(folder(found), name)
        return self.at(found.rstrip("/"), name) if found.endswith("/") else None

    def _top(self, root: str) -> frozenset[str]:
        if root not in self._tops:
            names = self._sources.tree.names(root)
            self._tops[root] = frozenset(name.removesuffix(".py") for name in names)
        return self._tops[root]

    def _is_namespace(self, base: str) -> bool:
        # An installed package wins over a folder without __init__, so such a folder must at least hold Python directly.
        return any(name.endswith(".py") for name in self._sources.tree.names(base))

    def _relative(self, binding: Binding, path: str) -> str | None:
        here = folder(path)
        for _ in range(binding.level - 1):
            here = folder(here)
        if binding.module:
            return self.at(here, binding.module)
        package = join(here, "__init__.py")
        return package if package in self._sources.all else f"{here}/"


def importable_as(sources: Sources, imports: Imports, path: str) -> tuple[str, str]:
    """Return (import root, dotted module) under which `path` can be imported together with what it imports.

    The project's own imports decide: `from app.models import x` in app/main.py means the root, `from models import x` means app/.
    Without any such sign it is the folder above the outermost package, else the root of the project.
    """
    chain = package_root(sources, path)
    own = folder(path)
    candidates = [root for root in _above(own) if _is_dotted(path, root)] or [own]
    usual = (
        chain if own != chain or _is_source_folder(own) else (candidates[-1] if candidates else own)
    )
    seen = _own_imports(sources, imports, path)
    depth = _relative_reach(sources, path)
    allowed = [root for root in candidates if _height(own, root) >= depth] or candidates
    best = max(allowed, key=lambda root: (_score(imports, seen, root), root == usual, -len(root)))
    return best, dotted(path, best)


def dotted(path: str, root: str) -> str:
    """Return the dotted name of `path` below `root`."""
    inner = path[len(root) + 1 :] if root else path
    return inner.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _above(own: str) -> list[str]:
    found = [own]
    while found[-1]:
        found.append(folder(found[-1]))
    return found


def _is_dotted(path: str, root: str) -> bool:
    name = dotted(path, root)
    return name != "__init__" and all(part.isidentifier() for part in name.split("."))


def _is_source_folder(own: str) -> bool:
    return own == "src" or own.endswith("/src")


def _height(own: str, root: str) -> int:
    return len(own.split("/")) - len(root.split("/")) * bool(root) if own else 0


def _relative_reach(sources: Sources, path: str) -> int:
    return max((binding.level for binding in _import_lines(sources, path)), default=0)


def _own_imports(sources: Sources, imports: Imports, path: str) -> tuple[str, ...]:
    """Return the dotted names of the project's own absolute imports, followed from `path`."""
    found: dict[str, None] = {}
    waiting, visited = [path], {path}
    while waiting and len(visited) <= _MAX_FOLLOWED:
        here = waiting.pop(0)
        for binding in _import_lines(sources, here):
            target = imports.find(binding, here)
            if not target:
                continue
            if not binding.level:
                found[binding.module or ""] = None
            if target.endswith(".py") and target not in visited:
                visited.add(target)
                waiting.append(target)
    return tuple(found)


def _import_lines(sources: Sources, path: str) -> list[Binding]:
    # Read as text: this only weighs roots against each other, and the files need not be parsed for anything else.
    found = []
    for match in re.finditer(_IMPORT, sources.raw(path), re.MULTILINE):
        dots, relative, names = (part.decode() if part else "" for part in match.groups())
        if names:
            found += [
                Binding(line=0, module=name.split()[0]) for name in names.split(",") if name.strip()
            ]
        else:
            found.append(Binding(line=0, module=relative, level=len(dots)))
    return found


def _score(imports: Imports, seen: tuple[str, ...], root: str) -> int:
    return sum(1 for name in seen if imports.at(root, name))


def imported_stems(sources: Sources, paths: Iterable[str]) -> frozenset[str]:
    """Return the paths, without `.py`, that the import lines of the files `paths` could mean."""
    found: set[str] = set()
    for path in paths:
        here = folder(path)
        bases = dict.fromkeys((package_root(sources, path), here))
        for match in re.finditer(_FROM, sources.raw(path), re.MULTILINE):
            dots, module, names = (part.decode() for part in match.groups())
            inner = module.replace(".", "/")
            for base in [_up(here, len(dots))] if dots else bases:
                found.add(join(base, inner))
                found |= {join(join(base, inner), name) for name in re.findall(r"\w+", names)}
        for binding in _import_lines(sources, path):
            if not binding.level and binding.module:
                found |= {join(base, binding.module.replace(".", "/")) for base in bases}
    return frozenset(found)


def _up(here: str, level: int) -> str:
    for _ in range(level - 1):
        here = folder(here)
    return here
