"""What people start that is no server: the entries of a project, and their processes."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dockwright.detect.application import syntax
from dockwright.detect.application.known_names import LISTS, SCRIPT_CALLS
from dockwright.detect.application.module import Module, Site
from dockwright.detect.application.processes import process_of
from dockwright.detect.application.sources import ENTRY_NAMES, folder, is_unlikely, name_rank, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, Function
from dockwright.model.application import FoundProcess, ProcessKind, WebApplication
from dockwright.model.origin import Origin
from dockwright.model.record import replace

_MAX_ENTRIES = 60
_MAX_DEPTH = 3
_MAX_FUNCTIONS = 50
_NOT_STARTED = frozenset(LISTS["never_started"])
_TALKING = ("print", "exit", "quit", "_exit", "SystemExit")
_TELLING = frozenset({*ENTRY_NAMES, "__main__"})
_MAX_COMMANDS = 6
_MAX_IMPORTING = 400
_NOT_A_SERVICE = (
    r"(test|lint|format|fmt|check|dev|docs?|build|clean|install|setup|migrat|coverage|pre-?commit"
    r"|typecheck|mypy|ruff|black|isort)"
)
# An entry point, which is a console script and no command line.
_OBJECT = r"[\w.]+:[\w.]+"
_STRENGTH = (ProcessKind.BOT, ProcessKind.SCHEDULER, ProcessKind.WORKER, ProcessKind.COMMAND)
_CALL_NAMES = frozenset(name.rpartition(".")[2] for name in SCRIPT_CALLS)
# The schedulers of APScheduler that keep the script running.
_BLOCKING = LISTS["blocking_schedulers"]


@dataclass(frozen=True)
class Entry:
    """One way to start something: `command` is argv, `rank` lower for likelier ones."""

    command: tuple[str, ...]
    origin: Origin
    module: Module
    import_root: str
    rank: int
    # That of a console script.
    function: Function | None = None


# The calls and `while` loops that an entry reaches.
Reached = Site[ast.Call] | Site[ast.While]


class Entries:
    """All entries of the project, the likeliest first."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._reached: dict[tuple[str, ...], list[Reached]] = {}
        # Path -> function, None outside of all -> what stands directly in it.
        self._inside: dict[str, dict[syntax.FunctionNode | None, list[Reached]]] = {}

    @cached_property
    def all(self) -> list[Entry]:
        """Scripts, packages with a `__main__.py`, and console scripts."""
        found = [*self._scripts(), *self._console_scripts()]
        found.sort(key=lambda entry: (entry.rank, entry.origin.path))
        # What only prints or exits is advice where anything else starts.
        working = [one for one in found if one.function or not _only_talks(one.module.main_guard)]
        return working or found[:1]

    def reached(self, entry: Entry) -> list[Reached]:
        """Return what runs when the entry is started, through the functions of the project."""
        if entry.command not in self._reached:
            start = entry.function.node if entry.function else None
            found, seen = list(self._sites(entry.module, start)), set[syntax.FunctionNode]()
            # It grows while it is read.
            for site in found:
                for called in self._called(site) if len(seen) < _MAX_FUNCTIONS else ():
                    if called.node not in seen:
                        seen.add(called.node)
                        found += self._sites(called.module, called.node)
            self._reached[entry.command] = found
        return self._reached[entry.command]

    def _sites(self, module: Module, function: syntax.FunctionNode | None) -> list[Reached]:
        if module.path not in self._inside:
            grouped = self._inside[module.path] = {}
            sites: list[Reached] = [*module.sites(ast.Call), *module.sites(ast.While)]
            for site in sites:
                grouped.setdefault(site.scope.function, []).append(site)
        return self._inside[module.path].get(function, [])

    def _called(self, site: Reached) -> Iterator[Function]:
        call = site.node if isinstance(site.node, ast.Call) else None
        for node in (call.func, *syntax.all_arguments(call)) if call else ():
            # What another call returns is not called here.
            named = isinstance(node, ast.Name | ast.Attribute)
            value = self._survey.value(node, site.scope) if named else None
            if isinstance(value, Class):
                value = self._survey.resolver.attribute(value, "__init__")
            if isinstance(value, Function):
                yield value

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
            if module:
                found.append(self._script(module))
        return found

    def _script(self, module: Module) -> Entry:
        path, guard = module.path, module.main_guard
        root, dotted = self._survey.imports.importable_as(path)
        package = stem(path) == "__main__"  # started as `python -m`, so it needs no guard
        rank = name_rank(path) + 10 * path.count("/")
        command = ("python", path) if folder(path) == root else ("python", "-m", dotted)
        if package:
            rank = 12 + 6 * path.count("/")
            above = dotted.rpartition(".")[0]
            command = ("python", "-m", above) if above else ("python", path)
        elif _service_name(stem(path)) == _service_name(self._survey.tree.folder_name):
            rank = 5 + 10 * path.count("/")
        rank += (0 if guard or package else 8) + (100 if is_unlikely(path) else 0)
        origin = module.origin(guard) if guard else Origin(path=path, line=1)
        return Entry(command, origin, module, root, rank)

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

    def processes(
        self, web: list[WebApplication], started: set[tuple[str, ...]]
    ) -> list[FoundProcess]:
        """Return bots, schedulers and workers, then commands; `started` ones start `web`."""
        served = {application.origin.path for application in web}
        entries = [one for one in self.all if one.command not in started and one.rank < 100]
        found = [process for entry in entries if (process := self._of_entry(entry, served))]
        # A command that an installation brings starts the same as its module.
        brought = {one.target.partition(":")[0] for one in found if one.command == (one.name,)}
        found = [
            one
            for one in found
            if one.command[:2] != ("python", "-m") or one.command[2] not in brought
        ]
        serving = [process for process in found if process.kind is not ProcessKind.COMMAND]
        commands = [process for process in found if process.kind is ProcessKind.COMMAND]
        known = {one.command for one in found} | started
        commands = [*self._other_console_scripts(known), *commands]
        return [*serving, *commands[:_MAX_COMMANDS], *self._of_manager()]

    def _of_entry(self, entry: Entry, served: set[str]) -> FoundProcess | None:
        reached, path = self.reached(entry), entry.module.path
        calls = [one for site in reached if (one := self._telling_call(site))]
        plain = (ProcessKind.COMMAND, "script", entry.origin)
        kind, framework, origin = min((*calls, plain), key=lambda one: _STRENGTH.index(one[0]))
        endless: bool | None = kind is not ProcessKind.COMMAND
        if kind is ProcessKind.COMMAND:
            # A script that reads its command line decides there what it does, and for how long.
            reads_arguments = b"argv" in self._survey.sources.raw(path)
            endless = (not reads_arguments and any(map(_never_ends, reached))) or None
            kind = ProcessKind.WORKER if endless else kind
            origin = origin if endless else entry.origin
        if kind is ProcessKind.COMMAND and (
            path in served or not self._is_meant(entry) or self._is_for_developers(entry)
        ):
            return None
        return FoundProcess(
            name=_name(entry),
            kind=kind,
            command=entry.command,
            origin=origin,
            framework=framework,
            import_root=entry.import_root,
            target=entry.origin.key or "",
            endless=endless,
            because=_because(entry),
        )

    def _telling_call(self, site: Reached) -> tuple[ProcessKind, str, Origin] | None:
        """Return what a call of an outside library says about the script that makes it."""
        if not isinstance(site.node, ast.Call) or syntax.called_name(site.node) not in _CALL_NAMES:
            return None
        for name in self._survey.resolver.names(site.node.func, site.scope):
            top = name.partition(".")[0].partition("(")[0]
            found = SCRIPT_CALLS.get(f"{top}.{name.rpartition('.')[2].removesuffix('()')}")
            if found and (top != "apscheduler" or name.startswith(_BLOCKING)):
                return (*found, site.origin)
        return None

    def _is_meant(self, entry: Entry) -> bool:
        # Without any sign, a script that acts and that nobody imports is there to be started.
        module = entry.module
        if entry.function or module.main_guard or stem(module.path) == "__main__":
            return True
        quiet = syntax.FunctionNode | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign
        loud = [one for one in module.tree.body if not isinstance(one, quiet | ast.AnnAssign)]
        # A text that stands alone is a docstring.
        acts = any(not isinstance(getattr(one, "value", None), ast.Constant) for one in loud)
        return acts and module.path.removesuffix(".py") not in self._imported

    def _is_for_developers(self, entry: Entry) -> bool:
        """Whether the script imports what only a group for developers installs."""
        survey = self._survey
        tops = {
            (one.module or "").partition(".")[0] for one in entry.module.imports if not one.level
        }
        names = {top.lower().replace("_", "-") for top in tops}
        return not names.isdisjoint(survey.known - survey.installed)

    @cached_property
    def _imported(self) -> frozenset[str]:
        near = [path for path in self._survey.sources.paths if path.count("/") <= 3]
        return self._survey.imports.stems(near[:_MAX_IMPORTING])

    def _other_console_scripts(self, known: set[tuple[str, ...]]) -> Iterator[FoundProcess]:
        # Those whose object is no plain function, such as a Typer application.
        for script, installed in self._survey.console_scripts:
            command = (script.name,)
            if installed and command not in known:
                yield FoundProcess(
                    name=_service_name(script.name),
                    kind=ProcessKind.COMMAND,
                    command=command,
                    origin=script.origin,
                    framework="script",
                    target=script.target,
                    because=f"{script.origin} installs the command {script.name}",
                )

    def _of_manager(self) -> Iterator[FoundProcess]:
        # Of all that the manager knows, what sounds like something to deploy.
        for script in self._survey.manager_scripts:
            line = "" if re.fullmatch(_OBJECT, script.target) else script.target
            if not line or re.match(_NOT_A_SERVICE, script.name):
                continue
            origin = Origin(path=script.origin.path, line=script.origin.line, key=script.name)
            process = process_of(script.name, line, origin, framework="manager-script")
            if process.kind is ProcessKind.WORKER:
                process = replace(process, kind=ProcessKind.COMMAND, endless=None)
            yield process


def _only_talks(guard: ast.If | None) -> bool:
    match guard.body if guard else []:
        case [ast.Raise(exc=ast.Call() as call)] | [ast.Expr(value=ast.Call() as call)]:
            # `sys.exit(main())` and `print(main())` do more: what they call is the script.
            inner = (one for part in syntax.all_arguments(call) for one in ast.walk(part))
            works = any(
                isinstance(one, ast.Call) and syntax.called_name(one) != "format" for one in inner
            )
            return syntax.called_name(call) in _TALKING and not works
        case _:
            return False


def _never_ends(site: Reached) -> bool:
    # An endless loop that neither breaks nor asks at the terminal. A generator goes on only as long
    # as somebody asks it for more.
    test = site.node.test if isinstance(site.node, ast.While) else None
    if not isinstance(test, ast.Constant) or not test.value:
        return False
    leaves = ast.Break | ast.Return | ast.Yield | ast.YieldFrom
    inner = list(ast.walk(site.node))
    asks = any(isinstance(one, ast.Call) and syntax.called_name(one) == "input" for one in inner)
    return not asks and not any(isinstance(one, leaves) for one in inner)


def _because(entry: Entry) -> str:
    if entry.function:
        return f"{entry.origin.path}:{entry.origin.line} names the entry point {entry.origin.key}"
    if entry.module.main_guard:
        return f'{entry.origin} runs when the file is started (__name__ == "__main__")'
    return f"{entry.module.path} does its work when it is started"


def _name(entry: Entry) -> str:
    path = entry.module.path
    if entry.function and len(entry.command) == 1:
        return _service_name(entry.command[0])
    is_package = stem(path) == "__main__" and "/" in path and not entry.function
    return _service_name(path.split("/")[-2] if is_package else stem(path))


def _service_name(name: str) -> str:
    # Compose and YAML take such a name as it is.
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "command"
