"""Bots, schedulers, workers and commands that a script of the project is."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from dockwright.detect.application.entries import Entries, Entry
from dockwright.detect.application.libraries import SCRIPT_CALLS
from dockwright.detect.application.module import FunctionNode, Module, Site, called_name
from dockwright.detect.application.processes import process_of
from dockwright.detect.application.sources import stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Made
from dockwright.model.application import FoundProcess, ProcessKind, WebApplication
from dockwright.model.origin import Origin
from dockwright.model.record import replace

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
_BLOCKING = (
    "apscheduler.schedulers.blocking", "apscheduler.schedulers.asyncio", "apscheduler.Scheduler",
    "apscheduler.AsyncScheduler",
)  # fmt: skip


class Scripts:
    """Turns entries into processes; `started` are the commands that start a web application."""

    def __init__(
        self,
        survey: Survey,
        entries: Entries,
        web: list[WebApplication],
        started: set[tuple[str, ...]],
    ) -> None:
        self._survey = survey
        self._entries = entries
        self._started = started
        self._served = {application.origin.path for application in web}

    def find(self) -> list[FoundProcess]:
        """Return bots, schedulers and workers first, then commands, the likeliest first."""
        found = [process for entry in self._entries.all if (process := self._of_entry(entry))]
        serving = [process for process in found if process.kind is not ProcessKind.COMMAND]
        commands = [process for process in found if process.kind is ProcessKind.COMMAND]
        commands = [*self._other_console_scripts({one.command for one in found}), *commands]
        return [*serving, *commands[:_MAX_COMMANDS], *self._of_manager()]

    def last_resort(self) -> list[FoundProcess]:
        """Return the likeliest script that only prints: its work where there is nothing else."""
        found = (self._of_entry(entry) for entry in self._entries.printing)
        return [process for process in found if process][:1]

    def _of_entry(self, entry: Entry) -> FoundProcess | None:
        if entry.command in self._started or entry.rank >= 100:
            return None
        reached, path = self._entries.reached(entry), entry.module.path
        calls = [one for site in reached.calls if (one := self._telling_call(site))]
        kind, framework, origin = min(
            calls,
            key=lambda one: _STRENGTH.index(one[0]),
            default=(ProcessKind.COMMAND, "script", entry.origin),
        )
        endless: bool | None = kind is not ProcessKind.COMMAND
        if kind is ProcessKind.COMMAND:
            # A script that reads its command line decides there what it does, and for how long.
            reads_arguments = b"argv" in self._survey.sources.raw(path)
            endless = None if reads_arguments else _never_ends(reached.loops)
            kind = ProcessKind.WORKER if endless else kind
            origin = origin if endless else entry.origin
        if kind is ProcessKind.COMMAND and (path in self._served or not self._is_meant(entry)):
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

    def _telling_call(self, site: Site[ast.Call]) -> tuple[ProcessKind, str, Origin] | None:
        """Return what a call of an outside library says about the script that makes it."""
        if called_name(site.node) not in _CALL_NAMES:
            return None
        for name in self._survey.resolver.names(site.node.func, site.scope):
            top = name.partition(".")[0].partition("(")[0]
            found = SCRIPT_CALLS.get(f"{top}.{name.rpartition('.')[2].removesuffix('()')}")
            if found and (top != "apscheduler" or name.startswith(_BLOCKING)):
                return (*found, site.origin)
        return None

    def _is_meant(self, entry: Entry) -> bool:
        """Whether a script without any sign is there to be started, not to be imported."""
        if entry.function or entry.guarded or stem(entry.module.path) == "__main__":
            return True
        return _acts(entry.module) and entry.module.path.removesuffix(".py") not in self._imported

    @cached_property
    def _imported(self) -> frozenset[str]:
        near = [path for path in self._survey.sources.paths if path.count("/") <= 3]
        return self._survey.imports.stems(near[:_MAX_IMPORTING])

    def _other_console_scripts(self, known: set[tuple[str, ...]]) -> Iterator[FoundProcess]:
        """Yield those whose object is no plain function: a Typer application, or not in the tree."""
        for script, installed in self._survey.console_scripts:
            command = (script.name,)
            if not installed or command in known | self._started:
                continue
            module, _, name = script.target.partition(":")
            path = self._survey.imports.named(module)
            value = self._survey.resolver.exported(path, name) if path else None
            typer = isinstance(value, Made) and "typer.Typer" in value.kinds
            yield FoundProcess(
                name=_service_name(script.name),
                kind=ProcessKind.COMMAND,
                command=command,
                origin=script.origin,
                framework="typer" if typer else "script",
                target=script.target,
                because=f"{script.origin} installs the command {script.name}",
            )

    def _of_manager(self) -> Iterator[FoundProcess]:
        """Yield the scripts that the manager knows and that sound like something to deploy."""
        for script in self._survey.manager_scripts:
            line = "" if re.fullmatch(_OBJECT, script.target) else script.target
            if not line or re.match(_NOT_A_SERVICE, script.name):
                continue
            origin = Origin(path=script.origin.path, line=script.origin.line, key=script.name)
            process = process_of(script.name, line, origin, framework="manager-script")
            if process.kind is ProcessKind.WORKER:
                process = replace(process, kind=ProcessKind.COMMAND, endless=None)
            yield process


def _never_ends(loops: list[Site[ast.While]]) -> bool | None:
    """Return True where an endless loop neither breaks nor asks at the terminal, None if open."""
    # A generator goes on only as long as somebody asks it for more.
    leaves = ast.Break | ast.Return | ast.Yield | ast.YieldFrom
    for loop in loops:
        if not isinstance(loop.node.test, ast.Constant) or not loop.node.test.value:
            continue
        inner = list(ast.walk(loop.node))
        asks = any(isinstance(one, ast.Call) and called_name(one) == "input" for one in inner)
        if not asks and not any(isinstance(one, leaves) for one in inner):
            return True
    return None


def _acts(module: Module) -> bool:
    """Whether a module does something when it is run, beyond defining and importing."""
    quiet = FunctionNode | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign
    return any(
        not isinstance(statement, quiet | ast.Pass)
        and not isinstance(getattr(statement, "value", None), ast.Constant)
        for statement in module.tree.body
    )


def _because(entry: Entry) -> str:
    if entry.function:
        return f"{entry.origin.path}:{entry.origin.line} names the entry point {entry.origin.key}"
    if entry.guarded:
        return f'{entry.origin} runs when the file is started (__name__ == "__main__")'
    return f"{entry.module.path} does its work when it is started"


def _name(entry: Entry) -> str:
    path = entry.module.path
    if entry.function and len(entry.command) == 1:
        return _service_name(entry.command[0])
    is_package = stem(path) == "__main__" and "/" in path and not entry.function
    return _service_name(path.split("/")[-2] if is_package else stem(path))


def _service_name(name: str) -> str:
    """Return a name that compose and YAML take as it is."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "command"
