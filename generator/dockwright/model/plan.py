"""The Plan: what will be. The renderer's only input, sorted, frozen, and the same on
every machine.
"""

from dataclasses import field
from typing import Any

from dockwright.model.artifact import (
    ComposePlan,
    DockerfilePlan,
    HealthProbe,
    IgnorePlan,
    LockPlan,
)
from dockwright.model.dependencies import Disagreement, Installer, LockState, Manager, Strategy
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.project import PythonRelease, RequestedPython
from dockwright.model.record import record


@record
class BaseImage:
    """An image to start from.

    `libc` is ("glibc", 2, 41) or ("musl", 1, 2), `suite` trixie, bookworm, alpine3.23 ...,
    `packages` the package manager (apt, apk, microdnf, none), `python` where the interpreter lives,
    `contents` the system packages it already has, `installs` what must be installed before there is
    a Python at all. `build_reference` is the image of the build stage where the shipped one has no
    package manager, and `build_packages` its package manager ("" where both are one).
    """

    reference: str
    family: str
    suite: str
    libc: tuple[str, int, int]
    packages: str = "apt"
    shell: bool = True
    python: str = "/usr/local/bin/python"
    user: str = ""
    contents: tuple[str, ...] = ()
    build_reference: str = ""
    digest: str = ""
    installs: tuple[str, ...] = ()
    build_packages: str = ""

    @property
    def pinned(self) -> str:
        """The reference as FROM spells it, with the digest where it has one."""
        return f"{self.reference}@{self.digest}" if self.digest else self.reference


@record
class ToolPin:
    """A tool of the build and its version; `extras` are further distributions in the same
    environment.
    """

    name: str
    version: str
    because: str
    extras: tuple[str, ...] = ()


@record
class SystemPackage:
    """A Debian or Alpine package in one stage ("build" or "runtime") and the distributions that
    need it.

    `asked_by` is the file or setting that names it where no distribution does.
    """

    name: str
    stage: str
    because: str
    needed_by: tuple[str, ...] = ()
    asked_by: str = ""


@record
class SystemPackages:
    """All system packages, sorted by name.

    `environment` and `commands` (shell text, as root, after the distributions are installed) belong
    to the runtime stage: a browser that is downloaded, a folder that a library reads.
    """

    build: tuple[SystemPackage, ...] = ()
    runtime: tuple[SystemPackage, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()


@record
class WheelFact:
    """How one locked distribution installs on one platform.

    `platform` is "linux/amd64" or "linux/arm64"; `kind` is "wheel", "pure", "sdist", "none" or
    "unknown" (only hashes).
    """

    name: str
    version: str
    platform: str
    kind: str
    because: str = ""
    origin: Origin | None = None


@record
class LockVerdict:
    """The lock as it is explained: the file, its state and the sentences and entries that
    say why.
    """

    file: str
    state: LockState
    because: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


@record
class Process:
    """One process of the application: `command` is argv, `port` None where nothing listens.

    `environment` is what the command needs (PORT, PYTHONPATH): the image sets it for the first
    process, compose for the others. `port_variable` is "PORT" where command or code take the port
    from that variable, "" where it is a literal. `health` is None where nothing listens or the
    owner wants no check. `development_command` is the server that reloads, () where there is none.
    `once` is true for a process that ends by itself and that others wait for (migrations).
    """

    name: str
    kind: str
    command: tuple[str, ...]
    because: str
    port: int | None = None
    port_because: str = ""
    port_variable: str = ""
    health_path: str = ""
    health: HealthProbe | None = None
    stop_signal: str = ""
    evidence: tuple[Origin, ...] = ()
    # Only the stage `dev` starts this one.
    development_command: tuple[str, ...] = ()
    production_server: bool = True
    environment: tuple[tuple[str, str], ...] = ()
    needs_variables: tuple[str, ...] = ()
    once: bool = False

    @property
    def reloads(self) -> bool:
        """Whether `development_command` follows an edit by itself, so that nothing has to restart
        it.
        """
        return bool(self.development_command)


@record
class BackingService:
    """A service the application needs: `kind` is its host name, `image` the pinned image.

    `environment` is the service's own, `application_environment` what the application's processes
    get to reach it: the variables that the code reads. Values may hold `${NAME:-default}`, which
    compose fills in from .env. `password_variable` is the variable of .env that holds its password,
    "" where it has none. `volume` is the path of its data ("" for none), kept in the volume
    `<kind>-data`; `healthcheck` is compose's list form.
    """

    kind: str
    image: str
    because: str
    evidence: tuple[Origin, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    application_environment: tuple[tuple[str, str], ...] = ()
    password_variable: str = ""
    command: tuple[str, ...] = ()
    hostname: str = ""
    volume: str = ""
    healthcheck: tuple[str, ...] = ()
    start_period: str = "30s"

    @property
    def volume_name(self) -> str:
        """The named volume of its data, "" where it keeps none."""
        return f"{self.kind}-data" if self.volume else ""


@record
class Plan:
    """What will be written, and why."""

    # Who wrote it, and for what.
    generator: str
    name: str
    # The decisions that `inspect --why` explains.
    manager: Decision[Manager]
    lock: LockVerdict
    strategy: Decision[Strategy]
    python: Decision[PythonRelease]
    base_image: Decision[BaseImage]
    installer: Decision[Installer]
    # What the files say.
    dockerfile: DockerfilePlan
    ignore: IgnorePlan
    compose: ComposePlan | None = None
    framework: Decision[str] | None = None
    # What the decisions were made from, as `inspect` and `prove` show it.
    requested_pythons: tuple[RequestedPython, ...] = ()
    python_conflicts: tuple[str, ...] = ()
    tools: tuple[ToolPin, ...] = ()
    platforms: tuple[str, ...] = ("linux/amd64", "linux/arm64")
    groups: tuple[str, ...] = ("main",)
    processes: tuple[Process, ...] = ()
    services: tuple[BackingService, ...] = ()
    system_packages: SystemPackages = field(default_factory=SystemPackages)
    wheels: tuple[WheelFact, ...] = ()
    compiled: tuple[str, ...] = ()
    env_example: tuple[str, ...] = ()
    extra_context: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Notice, ...] = ()
    locking: LockPlan | None = None
    local_distributions: tuple[str, ...] = ()
    lock_is_complete: bool = True

    @property
    def decisions(self) -> dict[str, tuple[str, Decision[Any]]]:
        """Each decision by its name, with its value as text; those that the project does not call
        for are absent.
        """
        found: dict[str, tuple[str, Decision[Any]]] = {
            "manager": (str(self.manager.value), self.manager),
            "strategy": (str(self.strategy.value), self.strategy),
            "python": (self.python.value.version, self.python),
            "base_image": (self.base_image.value.reference, self.base_image),
            "installer": (str(self.installer.value), self.installer),
        }
        if self.framework:
            found["framework"] = (self.framework.value, self.framework)
        return found
