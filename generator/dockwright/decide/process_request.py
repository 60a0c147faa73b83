"""What the decisions about processes are made from, and what they come to."""

import re
from collections.abc import Collection

from dockwright.decide.knowledge import load_table
from dockwright.decide.manager import Installed
from dockwright.model.application import Application, ProcessKind
from dockwright.model.artifact import WritableFolder
from dockwright.model.dependencies import MAIN, Manager
from dockwright.model.origin import Decision, Notice, Origin, Sourced
from dockwright.model.plan import Process
from dockwright.model.record import record
from dockwright.model.settings import Settings

# Where the source lies in the image.
WORKDIR = "/app"

# Groups and extras of these names hold nothing that the image would need.
_FOR_DEVELOPERS = r"dev|develop|development|tests?|testing|docs|lint|typing"

# What each manager calls it, in its own words.
_ADD = {
    Manager.PIPENV: "run `pipenv install {name}`",
    Manager.POETRY: "run `poetry add {name}`",
    Manager.UV: "run `uv add {name}`",
    Manager.PDM: "run `pdm add {name}`",
    Manager.REQUIREMENTS: "add the line `{name}` to requirements.txt",
    Manager.PYLOCK: "add {name} to the dependencies in pyproject.toml and lock again",
    Manager.SETUPTOOLS: "add {name} to the project's dependencies",
    Manager.NONE: "write `{name}` into a requirements.txt",
}


@record
class ProcessRequest:
    """The application, what is installed, and the settings; `name` is the project's.

    `exposed_port` is that of an existing Dockerfile, `shell` whether the image has one. Code under
    `installed_root` needs no help, since the project is installed ("" if it is not known to be).
    `top_level` are the names in the root, folders with a / at the end.
    """

    application: Application
    installed: Installed
    settings: Settings
    manager: Manager = Manager.NONE
    exposed_port: Sourced[int] | None = None
    shell: bool = True
    installed_root: str = ""
    name: str = "app"
    top_level: tuple[str, ...] = ()

    @property
    def reads_port(self) -> bool:
        """Whether the code takes the port from $PORT, or the settings give it."""
        # Then a platform that sets PORT can move the server, and commands have to follow.
        given = (name for name, _ in self.settings.environment)
        return "PORT" in (*given, *(variable.name for variable in self.application.variables))

    def import_environment(self, import_root: str) -> tuple[tuple[str, str], ...]:
        """Return what makes the modules under `import_root` importable."""
        # An installed project brings its modules under src along.
        if import_root in {"", self.installed_root}:
            return ()
        return (("PYTHONPATH", f"{WORKDIR}/{import_root}"),)


@record
class ProcessDecision:
    """The processes, the one that the image starts first, one-shot ones (`once`) last.

    `writable` are the folders that they write, `request` is what they were chosen from.
    """

    processes: tuple[Process, ...] = ()
    framework: Decision[str] | None = None
    warnings: tuple[Notice, ...] = ()
    writable: tuple[WritableFolder, ...] = ()
    request: ProcessRequest | None = None

    @property
    def main(self) -> Process | None:
        """The process that the image starts by default."""
        return self.processes[0] if self.processes else None

    @property
    def web(self) -> Process | None:
        """The process that listens for requests."""
        return next((one for one in self.processes if one.kind == ProcessKind.WEB), None)

    @property
    def once(self) -> tuple[Process, ...]:
        """The processes that end by themselves and that the others wait for."""
        return tuple(process for process in self.processes if process.once)


def notice(row_name: str, origin: Origin | None, *, remedy: str = "", **values: object) -> Notice:
    """Return a row of notices.toml as a warning; `remedy` takes the place of the row's own."""
    row = load_table("notices")[row_name]
    text = row["text"].format(origin=origin, **values)
    known = remedy or row["remedy"].format(origin=origin, **values)
    return Notice(code=row.get("code", row_name), text=text, origin=origin, remedy=known)


def how_to_add(manager: Manager, name: str) -> str:
    """Return the step that adds a distribution to the production dependencies."""
    return _ADD[manager].format(name=name)


def left_out(names: Collection[str], request: ProcessRequest) -> str:
    """Return the setting that installs one of `names` from an extra or a group, "" without one."""
    for requirement in request.installed.requirements:
        kind, _, extra = requirement.group.partition(":")
        group = extra or kind
        unused = requirement.group == MAIN or re.fullmatch(_FOR_DEVELOPERS, group)
        if requirement.name not in names or unused:
            continue
        place, setting = ("extra", "extras") if extra else ("group", "groups")
        return f'{requirement.name} is in the {place} {group}: set {setting} = ["{group}"]'
    return ""
