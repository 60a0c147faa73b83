"""The places from which people start something, and what then runs."""

import ast
from collections.abc import Iterator
from functools import cached_property

from dockwright.detect.application.module import (
    FunctionNode,
    Module,
    Site,
    all_arguments,
    called_name,
)
from dockwright.detect.application.sources import (
    ENTRY_NAMES,
    folder,
    is_unlikely,
    name_rank,
    stem,
)
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, Function
from dockwright.model.origin import Origin
from dockwright.model.record import row

_MAX_ENTRIES = 60
_MAX_DEPTH = 3
_MAX_FUNCTIONS = 80
_NOT_STARTED = frozenset({
    "manage", "setup", "conftest", "gunicorn.conf", "gunicorn_conf", "gunicorn_config",
    "__init__", "tasks",
})  # fmt: skip
_TELLING = frozenset({*ENTRY_NAMES, "__main__"})
_EXITS = ("sys.exit", "exit", "quit", "os._exit")


@row
class Entry:
    """One way to start something: `command` is argv, `rank` lower for likelier ones.

    `prints` is whether the main guard holds one `print` and nothing that is called for it: a
    script's only line, or advice. `function` is that of a console script.
    """

    command: tuple[str, ...]
    origin: Origin
    module: Module
    import_root: str
    rank: int
    function: Function | None = None
    guarded: bool = False
    prints: bool = False


@row
class Reached:
    """The calls and `while` loops that an entry reaches."""

    calls: list[Site[ast.Call]]
    loops: list[Site[ast.While]]


class Entries:
    """All entries of the project, the likeliest first."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._reached: dict[tuple[str, ...], Reached] = {}
        self._by_function: dict[str, dict[int, list[Site[ast.Call]]]] = {}

    @cached_property
    def all(self) -> list[Entry]:
        """Scripts, packages with a `__main__.py`, and console scripts."""
        scripts = (entry for entry in self._scripts if not entry.prints)
        return sorted([*scripts, *self._console_scripts()], key=_likelihood)

    @cached_property
    def printing(self) -> list[Entry]:
        """Scripts that only print, which count where there is nothing else."""
        return sorted((entry for entry in self._scripts if entry.prints), key=_likelihood)

    def reached(self, entry: Entry) -> Reached:
        """Return what runs when the entry is started, through the functions of the project."""
        if entry.command not in self._reached:
            function = entry.function
            found = self._inside(entry.module, function.node if function else None)
            waiting, seen = list(found.calls), set[int]()
            while waiting and len(seen) < _MAX_FUNCTIONS:
                for called in self._called(waiting.pop(0)):
                    if id(called.node) not in seen:
                        seen.add(id(called.node))
                        inner = self._inside(called.module, called.node)
                        found.calls.extend(inner.calls)
                        found.loops.extend(inner.loops)
                        waiting += inner.calls
            self._reached[entry.command] = found
        return self._reached[entry.command]

    def _inside(self, module: Module, function: FunctionNode | None) -> Reached:
        """Return what stands directly in a function, or outside of all (None)."""
        if module.path not in self._by_function:
            grouped: dict[int, list[Site[ast.Call]]] = {}
            for site in module.sites.calls:
                grouped.setdefault(id(site.scope.function), []).append(site)
            self._by_function[module.path] = grouped
        loops = [site for site in module.sites.loops if site.scope.function is function]
        return Reached(list(self._by_function[module.path].get(id(function), [])), loops)

    def _called(self, site: Site[ast.Call]) -> Iterator[Function]:
        """Yield the functions of the project that a call reaches: its own, and those handed over."""
        given = (
            one for one in all_arguments(site.node) if isinstance(one, ast.Name | ast.Attribute)
        )
        for node in (site.node.func, *given):
            value = self._survey.value(node, site.scope)
            if isinstance(value, Class):
                made = value.module.locals(value.node).get("__init__", ())
                for binding in made:
                    if isinstance(binding.node, FunctionNode):
                        yield Function(value.module, binding.node, value.node)
            elif isinstance(value, Function):
                yield value

    @cached_property
    def _scripts(self) -> list[Entry]:
        sources = self._survey.sources
        naming_main = frozenset(sources.containing(b"__main__"))
        found: list[Entry] = []
        for path in sources.paths:
            depth, name = path.count("/"), stem(path)
            telling = depth == 0 or (depth <= 2 and name in _TELLING) or path in naming_main
            if depth > _MAX_DEPTH or name in _NOT_STARTED or not telling:
                continue
            module = sources.module(path) if len(found) < _MAX_ENTRIES else None
            statement = _only_statement(module) if module else ""
            # A guard that only raises or exits says that the file is not to be started.
            if module and statement not in (*_EXITS, "raise"):
                found.append(self._script(module, prints=statement == "print"))
        return found

    def _script(self, module: Module, *, prints: bool) -> Entry:
        path, guard = module.path, module.main_guard
        root, dotted = self._survey.imports.importable_as(path)
        package = stem(path) == "__main__"  # started as `python -m`, so it needs no guard
        rank = name_rank(path) + 10 * path.count("/")
        command = ("python", path) if folder(path) == root else ("python", "-m", dotted)
        if package:
            rank = 12 + 6 * path.count("/")
            above = dotted.rpartition(".")[0]
            command = ("python", "-m", above) if above else ("python", path)
        elif _plain(stem(path)) == _plain(self._survey.tree.folder_name):
            rank = 5 + 10 * path.count("/")
        rank += (0 if guard or package else 8) + (100 if is_unlikely(path) else 0)
        origin = module.origin(guard) if guard else Origin(path=path, line=1)
        guarded = guard is not None
        return Entry(command, origin, module, root, rank, guarded=guarded, prints=prints)

    def _console_scripts(self) -> Iterator[Entry]:
        for script, installed in self._survey.console_scripts:
            dotted, _, name = script.target.partition("[")[0].strip().partition(":")
            path = self._survey.imports.named(dotted)
            name = name.partition(".")[0]
            value = self._survey.resolver.exported(path, name) if path else None
            if isinstance(value, Function):
                # An entry point of a project that is not installed as a package is called.
                code = f"import sys; from {dotted} import {name}; sys.exit({name}())"
                command = (script.name,) if installed else ("python", "-c", code)
                origin = Origin(path=script.origin.path, line=script.origin.line, key=script.target)
                yield Entry(command, origin, value.module, "", 30, function=value)


def _likelihood(entry: Entry) -> tuple[int, str]:
    return entry.rank, entry.origin.path


def _plain(name: str) -> str:
    return name.replace("_", "-").lower()


def _only_statement(module: Module) -> str:
    """Return "raise" or the function that the main guard only calls, to exit or to print.

    `sys.exit(main())` and `raise SystemExit(main())` do more: what they call is the script.
    """
    match module.main_guard.body if module.main_guard else []:
        case [ast.Raise(exc=call)]:
            name = "raise"
        case [ast.Expr(value=ast.Call() as call)]:
            name = ast.unparse(call.func)
        case _:
            return ""
    if name not in (*_EXITS, "print", "raise"):
        return ""
    is_exit = isinstance(call, ast.Call) and (name != "raise" or called_name(call) == "SystemExit")
    parts = all_arguments(call) if isinstance(call, ast.Call) and is_exit else []
    inner = [one for part in parts for one in ast.walk(part) if isinstance(one, ast.Call)]
    # Methods of texts that are written out are no work: "...".format(name).
    working = (
        one for one in inner if not isinstance(getattr(one.func, "value", None), ast.Constant)
    )
    return "" if any(working) else name
