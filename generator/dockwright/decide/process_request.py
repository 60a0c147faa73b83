"""What the decisions about processes are made from, and what they come to."""

from dockwright.decide.installed import Installed
from dockwright.model.application import Application, ProcessKind
from dockwright.model.manager import Manager
from dockwright.model.origin import Decision, Notice, Sourced
from dockwright.model.plan import Process
from dockwright.model.record import record
from dockwright.model.settings import Settings

WORKDIR = "/app"
"""Where the source lies in the image."""

DEFAULT_WORKERS = 2


@record
class ProcessRequest:
    """The application, what is installed, and the settings; `name` is the project's.

    Of `installed` the locked production distributions count, without them the manifest's requirements.

    `exposed_port` is that of an existing Dockerfile, `shell` whether the image has one, `installable` whether the project can be
    installed as a distribution: code under src/ is then importable without any help.
    """

    application: Application
    installed: Installed
    settings: Settings
    manager: Manager = Manager.NONE
    exposed_port: Sourced[int] | None = None
    shell: bool = True
    installable: bool = False
    name: str = "app"

    def import_environment(self, import_root: str) -> tuple[tuple[str, str], ...]:
        """Return what makes the modules under `import_root` importable."""
        if not import_root or (self.installable and import_root == "src"):
            return ()
        return (("PYTHONPATH", f"{WORKDIR}/{import_root}"),)


@record
class ProcessDecision:
    """The processes, the one that the image starts first, one-shot ones (`once`) last; `request` is what they were chosen from."""

    processes: tuple[Process, ...] = ()
    framework: Decision[str] | None = None
    warnings: tuple[Notice, ...] = ()
    request: ProcessRequest | None = None

    @property
    def main(self) -> Process | None:
        """The process that the image starts by default."""
        return self.processes[0] if self.processes else None

    @property
    def web(self) -> Process | None:
        """The process that listens for requests."""
        return next(
            (process for process in self.processes if process.kind == ProcessKind.WEB), None
        )

    @property
    def once(self) -> tuple[Process, ...]:
        """The processes that end by themselves and that the others wait for."""
        return tuple(process for process in self.processes if process.once)


ADD_COMMANDS = {
    Manager.PIPENV: "pipenv install {name}",
    Manager.POETRY: "poetry add {name}",
    Manager.UV: "uv add {name}",
    Manager.PDM: "pdm add {name}",
    Manager.REQUIREMENTS: "add the line `{name}` to requirements.txt",
    Manager.PYLOCK: "add {name} to the dependencies in pyproject.toml and lock again",
    Manager.SETUPTOOLS: "add {name} to the project's dependencies",
    Manager.NONE: "write `{name}` into a requirements.txt",
}
"""How each manager is told to install one more distribution."""


def how_to_add(manager: Manager, name: str) -> str:
    """Return the command (or the step) that adds a distribution to the production dependencies."""
    text = ADD_COMMANDS[manager].format(name=name)
    return (
        f"run `{text}`"
        if manager in (Manager.PIPENV, Manager.POETRY, Manager.UV, Manager.PDM)
        else text
    )
