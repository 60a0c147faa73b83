"""Scripts and commands: what people start that is no server."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from dockwright.detect.application.entries import Entries, Entry
from dockwright.detect.application.findings import WebFindings
from dockwright.detect.application.imports import imported_stems
from dockwright.detect.application.module import FunctionNode, Module
from dockwright.detect.application.places import stem
from dockwright.detect.application.signs import never_ends, strongest_sign
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Function, Made
from dockwright.model.application import FoundProcess, ProcessKind
from dockwright.model.dependencies import Script
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import replace

_MAX_COMMANDS = 6
_NOT_A_SERVICE = Pattern(
    r"^(test|lint|format|fmt|check|dev|docs?|build|clean|install|setup|migrat|coverage|pre-?commit|typecheck|mypy|ruff|black|isort)"
)
_OBJECT = Pattern(r"^[\w.]+:[\w.]+$")
"""An entry point, which is a console script and no command line."""


class Scripts:
    """Turns entries into processes."""

    def __init__(self, survey: Survey, entries: Entries, web: WebFindings) -> None:
        self._survey = survey
        self._entries = entries
        self._started = web.started
        self._served = {application.origin.path for application in web.applications}

    def find(self) -> list[FoundProcess]:
        """Return bots, schedulers and workers first, then commands, the likeliest first."""
        found = [process for entry in self._entries.all if (process := self._of_entry(entry))]
        serving = [process for process in found if process.kind is not ProcessKind.COMMAND]
        commands = [process for process in found if process.kind is ProcessKind.COMMAND]
        commands = [*self._other_console_scripts({process.command for process in found}), *commands]
        return [*serving, *commands[:_MAX_COMMANDS], *self._of_manager()]

    def last_resort(self) -> list[FoundProcess]:
        """Return the likeliest script that only prints: its work where there is nothing else, advice beside anything else."""
        return [process for entry in self._entries.printing if (process := self._of_entry(entry))][
            :1
        ]

    def _of_entry(self, entry: Entry) -> FoundProcess | None:
        if entry.command in self._started or entry.rank >= 100:
            return None
        sites = self._entries.sites(entry)
        sign = strongest_sign(self._survey.resolver, sites)
        kind = sign.kind if sign else ProcessKind.COMMAND
        endless = True if sign and kind is not ProcessKind.COMMAND else self._never_ends(entry)
        if kind is ProcessKind.COMMAND and endless:
            kind = ProcessKind.WORKER
        if kind is ProcessKind.COMMAND and (
            entry.module.path in self._served or not self._is_meant(entry)
        ):
            return None
        return FoundProcess(
            name=_name(entry),
            kind=kind,
            command=entry.command,
            origin=sign.site.origin if sign and kind is not ProcessKind.COMMAND else entry.origin,
            framework=sign.framework if sign else "script",
            import_root="" if entry.console_script else entry.import_root,
            target=entry.origin.key or "",
            endless=endless,
            because=_because(entry),
        )

    def _never_ends(self, entry: Entry) -> bool | None:
        # A script that reads its command line decides there what it does, and for how long.
        reads_arguments = b"argv" in self._survey.sources.raw(entry.module.path)
        return None if reads_arguments else never_ends(self._entries.loops(entry))

    def _is_meant(self, entry: Entry) -> bool:
        """Whether a script without any sign is there to be started, not to be imported."""
        if entry.console_script or entry.guarded or stem(entry.module.path) == "__main__":
            return True
        if not _acts(entry.module):
            return False
        return entry.module.path.removesuffix(".py") not in self._imported

    @cached_property
    def _imported(self) -> frozenset[str]:
        near = [path for path in self._survey.sources.paths if path.count("/") <= 3][:400]
        return imported_stems(self._survey.sources, near)

    def _other_console_scripts(self, known: set[tuple[str, ...]]) -> Iterator[FoundProcess]:
        """Yield the console scripts whose object is no plain function: a Typer application, or something not in the tree."""
        for script, installed in self._survey.console_scripts:
            if installed and (script.name,) not in known and (script.name,) not in self._started:
                yield FoundProcess(
                    name=_service_name(script.name),
                    kind=ProcessKind.COMMAND,
                    command=(script.name,),
                    origin=script.origin,
                    framework=self._framework(script),
                    target=script.target,
                    because=f"{script.origin} installs the command {script.name}",
                )

    def _framework(self, script: Script) -> str:
        module, _, name = script.target.partition(":")
        for root in ("", "src", *self._survey.imports.extra):
            path = self._survey.imports.at(root, module) if module else None
            value = (
                self._survey.resolver.exported(path, name)
                if path and path.endswith(".py")
                else None
            )
            if isinstance(value, Made):
                return "typer" if "typer.Typer" in value.kinds else "script"
            if isinstance(value, Function):
                return "script"
        return "script"

    def _of_manager(self) -> Iterator[FoundProcess]:
        """Yield the scripts that the manager knows and that sound like something to deploy."""
        if not self._survey.manager_scripts:
            return
        from dockwright.detect.application.procfile import process_of

        for script in self._survey.manager_scripts:
            if (
                not _NOT_A_SERVICE.match(script.name)
                and script.target
                and not _OBJECT.match(script.target)
            ):
                origin = Origin(path=script.origin.path, line=script.origin.line, key=script.name)
                process = process_of(script.name, script.target, origin, framework="manager-script")
                yield process if process.kind is not ProcessKind.WORKER else _as_command(process)


def _as_command(process: FoundProcess) -> FoundProcess:
    serving = process.name in ("start", "serve", "server", "run", "web") or bool(process.target)
    return replace(
        process,
        kind=ProcessKind.WEB if serving and process.target else ProcessKind.COMMAND,
        endless=None,
    )


def _because(entry: Entry) -> str:
    if entry.console_script:
        return f"{entry.origin.path}:{entry.origin.line} names the entry point {entry.origin.key}"
    if entry.guarded:
        return f'{entry.origin} runs when the file is started (__name__ == "__main__")'
    return f"{entry.module.path} does its work when it is started"


def _name(entry: Entry) -> str:
    if entry.console_script:
        return _service_name(
            entry.command[0] if len(entry.command) == 1 else stem(entry.module.path)
        )
    name = stem(entry.module.path)
    return _service_name(
        entry.module.path.split("/")[-2]
        if name == "__main__" and "/" in entry.module.path
        else name
    )


def _service_name(name: str) -> str:
    """Return a name that compose and YAML take as it is."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "command"


def _acts(module: Module) -> bool:
    """Whether a module does something when it is run, beyond defining, importing and describing itself."""
    quiet = (
        FunctionNode,
        ast.ClassDef,
        ast.Import,
        ast.ImportFrom,
        ast.Assign,
        ast.AnnAssign,
        ast.Pass,
    )
    for statement in module.tree.body:
        described = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not isinstance(statement, quiet) and not described:
            return True
    return False
