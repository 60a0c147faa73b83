"""From the name in an import statement to the file of the project that it means, and back."""

import re
from collections.abc import Iterable

from dockwright.detect.application.module import Binding
from dockwright.detect.application.sources import Sources, folder, folders_above, join

_MAX_FOLLOWED = 40
_IMPORT = (
    rb"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\(?([\w, \t\n]*)"
    rb"|import[ \t]+([\w., \t]+))"
)


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
