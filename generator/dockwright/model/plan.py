"""The Plan: what will be. The renderer's only input, and the same on every machine."""

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
    """An image to start from; `suite` is trixie, alpine3.23 ..., `packages` apt, apk, microdnf or
    none.
    """

    reference: str
    family: str
    suite: str
    # ("glibc", 2, 41) or ("musl", 1, 2).
    libc: tuple[str, int, int]
    packages: str = "apt"
    shell: bool = True
    python: str = "/usr/local/bin/python"
    user: str = ""
    # System packages that it already has.
    contents: tuple[str, ...] = ()
    # The image of the build stage where the shipped one has no package manager.
    build_reference: str = ""
    digest: str = ""
    # What must be installed before there is a Python at all.
    installs: tuple[str, ...] = ()
    build_packages: str = ""

    @property
    def pinned(self) -> str:
        """The reference as FROM spells it, with the digest where it has one."""
        return f"{self.reference}@{self.digest}" if self.digest else self.reference


@record
class ToolPin:
    """A tool of the build and its version; `extras` share its environment."""

    name: str
    version: str
    because: str
    extras: tuple[str, ...] = ()


@record
class SystemPackage:
    """A package of Debian or Alpine in one stage ("build" or "runtime"), and who needs it."""

    name: str
    stage: str
    because: str
    needed_by: tuple[str, ...] = ()
    # The file or setting that names it where no distribution does.
    asked_by: str = ""


@record
class SystemPackages:
    """All system packages, sorted by name."""

    build: tuple[SystemPackage, ...] = ()
    runtime: tuple[SystemPackage, ...] = ()
    # For the runtime stage: variables, and shell text that runs as root after the install.
    environment: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()


@record
class WheelFact:
    """How a locked distribution installs on a platform: wheel, pure, sdist, none or unknown."""

    name: str
    version: str
    platform: str
    kind: str
    because: str = ""
    origin: Origin | None = None


@record
class LockVerdict:
    """The lock as it is explained."""

    file: str
    state: LockState
    because: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()


@record
class Process:
    """One process of the application."""

    name: str
    kind: str
    command: tuple[str, ...]
    because: str
    port: int | None = None
    port_because: str = ""
    # "PORT" where command or code read it, "" where the port is a literal.
    port_variable: str = ""
    health_path: str = ""
    # None where nothing listens or the owner wants no check.
    health: HealthProbe | None = None
    stop_signal: str = ""
    evidence: tuple[Origin, ...] = ()
    # Only the stage `dev` starts this one.
    development_command: tuple[str, ...] = ()
    production_server: bool = True
    # The image sets it for the first process, compose for the others.
    environment: tuple[tuple[str, str], ...] = ()
    needs_variables: tuple[str, ...] = ()
    # It ends by itself, and others wait for that (migrations).
    once: bool = False
    # It is spoken to over standard input.
    stdin: bool = False

    @property
    def reloads(self) -> bool:
        """Whether `development_command` follows an edit by itself."""
        return bool(self.development_command)


@record
class BackingService:
    """A service the application needs: `kind` is its host name, `image` the pinned image."""

    kind: str
    image: str
    because: str
    evidence: tuple[Origin, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    # What reaches it. Values may hold `${NAME:-default}`, which compose fills in from .env.
    application_environment: tuple[tuple[str, str], ...] = ()
    password_variable: str = ""
    command: tuple[str, ...] = ()
    hostname: str = ""
    # The path of its data, "" for none.
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
        """Each decision by its name, with its value as text."""
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
