"""The places from which people start something: scripts, `__main__.py`, console scripts."""

import ast
from functools import cached_property

from dockwright.detect.application.module import Module, Site
from dockwright.detect.application.places import ENTRY_NAMES, folder, is_unlikely, name_rank, stem
from dockwright.detect.application.reach import Reach, Reached
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Function
from dockwright.model.origin import Origin
from dockwright.model.record import row

_MAX_ENTRIES = 60
_MAX_DEPTH = 3
_NOT_STARTED = frozenset(
    {
        "manage",
        "setup",
        "conftest",
        "gunicorn.conf",
        "gunicorn_conf",
        "gunicorn_config",
        "__init__",
        "tasks",
    }
)
_TELLING = frozenset({*ENTRY_NAMES, "__main__"})
_EXITS = ("sys.exit", "exit", "quit", "os._exit")


@row
class Entry:
    """One way to start something: `command` is argv, `rank` lower for likelier ones.

    `prints` is whether the main guard holds one `print` and nothing that is called for it: a script's only line, or advice.
    """

    command: tuple[str, ...]
    origin: Origin
    module: Module
    import_root: str
    rank: int
    console_script: bool = False
    guarded: bool = False
    prints: bool = False


class Entries:
    """All entries of the project, the likeliest first."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self.reach = Reach(survey.resolver)
        self._reached: dict[tuple[str, ...], Reached] = {}

    @cached_property
    def all(self) -> tuple[Entry, ...]:
        """Scripts, packages with a `__main__.py`, and console scripts."""
        scripts = (entry for entry in self._scripts if not entry.prints)
        return _likeliest_first([*scripts, *self._console_scripts()])

    @cached_property
    def printing(self) -> tuple[Entry, ...]:
        """Scripts that only print, which count where there is nothing else."""
        return _likeliest_first([entry for entry in self._scripts if entry.prints])

    def sites(self, entry: Entry) -> list[Site]:
        """Return the calls that are made when the entry is started."""
        return self._follow(entry).calls

    def loops(self, entry: Entry) -> list[Site]:
        """Return the `while` loops that run when the entry is started."""
        return self._follow(entry).loops

    def _follow(self, entry: Entry) -> Reached:
        if entry.command not in self._reached:
            function = self._function(entry.origin.key or "") if entry.console_script else None
            self._reached[entry.command] = (
                self.reach.of_function(function) if function else self.reach.of_script(entry.module)
            )
        return self._reached[entry.command]

    @cached_property
    def _scripts(self) -> list[Entry]:
        found: list[Entry] = []
        for path in self._survey.sources.paths:
            if len(found) >= _MAX_ENTRIES:
                break
            if not self._may_be_script(path):
                continue
            module = self._survey.sources.module(path)
            if module and not _refuses(module):
                found.append(self._script(path, module))
        return found

    def _may_be_script(self, path: str) -> bool:
        depth, name = path.count("/"), stem(path)
        if depth > _MAX_DEPTH or name in _NOT_STARTED:
            return False
        return depth == 0 or (depth <= 2 and name in _TELLING) or path in self._naming_main

    @cached_property
    def _naming_main(self) -> frozenset[str]:
        return frozenset(self._survey.sources.containing(b"__main__"))

    def _script(self, path: str, module: Module) -> Entry:
        root, dotted = self._survey.importable_as(path)
        command = _script_command(path, root, dotted)
        guard = module.main_guard
        return Entry(
            command=command,
            origin=module.origin(guard) if guard else Origin(path=path, line=1),
            module=module,
            import_root=root,
            rank=_script_rank(
                path, guarded=guard is not None, folder_name=self._survey.tree.folder_name
            ),
            guarded=guard is not None,
            prints=_only_statement(module) == "print",
        )

    def _console_scripts(self) -> list[Entry]:
        found = []
        for script, installed in self._survey.console_scripts:
            function = self._function(script.target)
            if function:
                origin = Origin(path=script.origin.path, line=script.origin.line, key=script.target)
                command = (script.name,) if installed else _calling(script.target)
                found.append(Entry(command, origin, function.module, "", 30, console_script=True))
        return found

    def _function(self, target: str) -> Function | None:
        module, _, name = target.partition("[")[0].strip().partition(":")
        for root in ("", "src", *self._survey.imports.extra):
            path = self._survey.imports.at(root, module) if module else None
            if path and path.endswith(".py"):
                value = self._survey.resolver.exported(path, name.partition(".")[0])
                return value if isinstance(value, Function) else None
        return None


def _likeliest_first(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.rank, entry.origin.path)))


def _refuses(module: Module) -> bool:
    """Whether the main guard does nothing but say that this file is not to be started."""
    return _only_statement(module) in (*_EXITS, "raise")


def _only_statement(module: Module) -> str:
    """Return "raise" or the function that the main guard only calls, to exit or to print; "" where it does more.

    `sys.exit(main())` and `raise SystemExit(main())` do more: what they call is the script.
    """
    body = module.main_guard.body if module.main_guard else []
    first = body[0] if len(body) == 1 else None
    raised = first.exc if isinstance(first, ast.Raise) else None
    call = first.value if isinstance(first, ast.Expr) else raised
    name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
    if (
        isinstance(call, ast.Call)
        and name in (*_EXITS, "print", "SystemExit")
        and _calls_something(call)
    ):
        return ""
    if isinstance(first, ast.Raise):
        return "raise"
    return name if name in (*_EXITS, "print") else ""


def _calls_something(call: ast.Call) -> bool:
    """Whether anything is called for the arguments, but for methods of texts that are written out."""
    inner = (
        node
        for part in (*call.args, *call.keywords)
        for node in ast.walk(part)
        if isinstance(node, ast.Call)
    )
    return any(
        not (isinstance(one.func, ast.Attribute) and isinstance(one.func.value, ast.Constant))
        for one in inner
    )


def _calling(target: str) -> tuple[str, ...]:
    """Return argv that calls an entry point of a project that is not installed as a package."""
    module, _, name = target.partition(":")
    return ("python", "-c", f"import sys; from {module} import {name}; sys.exit({name}())")


def _script_command(path: str, root: str, dotted: str) -> tuple[str, ...]:
    if stem(path) == "__main__":
        package = dotted.rpartition(".")[0]
        return ("python", "-m", package) if package else ("python", path)
    if folder(path) == root:
        return ("python", path)
    return ("python", "-m", dotted)


def _script_rank(path: str, *, guarded: bool, folder_name: str) -> int:
    rank = name_rank(path) + 10 * path.count("/")
    package = stem(path) == "__main__"  # started as `python -m`, so it needs no guard
    if package:
        rank = 12 + 6 * path.count("/")
    elif stem(path).replace("_", "-").lower() == folder_name.replace("_", "-").lower():
        rank = 5 + 10 * path.count("/")
    return rank + (0 if guarded or package else 8) + (100 if is_unlikely(path) else 0)
