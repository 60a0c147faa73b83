"""The stages and steps of a Dockerfile, settled down to the last word; the template only lays them out."""

from dockwright.model.record import record

STAGE_NAMES = ("base", "frontend", "lock", "lock-dev", "build", "project", "dev", "test", "runtime")
"""Every stage that a Dockerfile of ours can have; several front ends are frontend-NAME."""

STEP_NAMES = (
    "settings",
    "before",
    "system",
    "user",
    "install",
    "source",
    "labels",
    "after",
    "container",
)
"""The steps of a stage in their order, as templates name them."""

_LINK_MANUAL_PAGES = ("default-jdk", "default-jre", "openjdk-")
"""Packages whose alternatives link to manual pages of their own; without the folder, installing them fails."""


@record
class Mount:
    """One `--mount` of a RUN: `kind` is cache, bind, secret or ssh; fields that do not apply stay empty."""

    kind: str
    target: str = ""
    source: str = ""
    from_stage: str = ""
    id: str = ""
    sharing: str = ""
    env: str = ""
    writable: bool = False


@record
class Program:
    """A program that a step runs, declared as a build argument before it: the step, and what is printed of it, stay short.

    `lines` have neither single quotes nor backslashes: they stand between single quotes, an escaped line break after each.
    """

    name: str
    lines: tuple[str, ...]
    comment: str = ""


@record
class Run:
    """A RUN: `commands` are shell text joined with `&&`, one per line; `comment` says why it is there.

    `beside` are commands, joined in the same way, that run at the same time; the step fails if they do. `program` is what one of
    the commands runs.
    """

    commands: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    comment: str = ""
    hadolint_ignore: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    program: Program | None = None


@record
class Copy:
    """A COPY: `destination` ends in "/" where several sources are named; `from_stage` names a stage or image."""

    sources: tuple[str, ...]
    destination: str
    from_stage: str = ""
    owner: str = ""
    link: bool = False
    comment: str = ""
    exclude: tuple[str, ...] = ()


@record
class AptLayer:
    """System packages of one stage: `manager` is apt, apk or microdnf, `packages` are sorted."""

    manager: str
    packages: tuple[str, ...]
    comment: str = ""

    @property
    def before(self) -> tuple[str, ...]:
        """Commands that come before the packages: a slim image has no folder for the manual pages that Java links to."""
        links_pages = self.manager == "apt" and any(
            name.startswith(_LINK_MANUAL_PAGES) for name in self.packages
        )
        return ("mkdir -p /usr/share/man/man1",) if links_pages else ()


@record
class HealthCheck:
    """A HEALTHCHECK: `command` in exec form, durations as Docker spells them."""

    command: tuple[str, ...]
    interval: str = "30s"
    timeout: str = "3s"
    start_period: str = "15s"
    comment: str = ""


@record
class User:
    """The numeric user of the running container.

    `create` is the Run that makes it and, in the same layer, the virtual environment; None where the image has it.
    """

    uid: int
    gid: int
    create: Run | None = None


@record
class Stage:
    """One stage, its steps in their final order.

    Each field is one named place that an overlay template can override: `args`, `environment`, `system`, `user`,
    `tool` (the manager in an environment of its own), `install` (the dependencies), `copies` (source), `project` (the project
    itself), `assets` (collectstatic and the like), then the fields of a running container. `fragments_before` and
    `fragments_after` are the owner's own Dockerfile lines from the settings. `home` is the home folder of `switch_user`, "" for
    the image's own. `fetched` is what the installed distributions download, before the source.
    """

    name: str
    parent: str
    comment: str = ""
    args: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    workdir: str = ""
    system: AptLayer | None = None
    user: User | None = None
    tool: tuple[Run, ...] = ()
    install: tuple[Run, ...] = ()
    venv_from: str = ""
    early_copies: tuple[Copy, ...] = ()
    copies: tuple[Copy, ...] = ()
    project: tuple[Run, ...] = ()
    late_copies: tuple[Copy, ...] = ()
    assets: tuple[Run, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    late_environment: tuple[tuple[str, str], ...] = ()
    switch_user: str = ""
    expose: tuple[int, ...] = ()
    stop_signal: str = ""
    healthcheck: HealthCheck | None = None
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    fragments_before: tuple[str, ...] = ()
    fragments_after: tuple[str, ...] = ()
    home: str = ""
    fetched: tuple[Run, ...] = ()

    @property
    def before_source(self) -> tuple[Run, ...]:
        """The steps that come before the source: those that make the user, put the manager in and install."""
        user = (self.user.create,) if self.user and self.user.create else ()
        return (*user, *self.tool, *self.install)


@record
class DockerfilePlan:
    """The whole file: `header` are comment lines, `global_args` stand before the first FROM."""

    header: tuple[str, ...]
    stages: tuple[Stage, ...]
    syntax: str = "docker/dockerfile:1"
    global_args: tuple[tuple[str, str], ...] = ()
    default_stage: str = "runtime"

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """The mounts of all steps, in their order."""
        runs = (
            run
            for stage in self.stages
            for run in (*stage.before_source, *stage.project, *stage.assets)
        )
        return tuple(mount for run in runs for mount in run.mounts)

    @property
    def mounts_ssh(self) -> bool:
        """Whether a step needs the owner's SSH agent."""
        return any(mount.kind == "ssh" for mount in self.mounts)


@record
class IgnoreGroup:
    """Patterns of the .dockerignore that have one reason."""

    comment: str
    patterns: tuple[str, ...]


@record
class IgnorePlan:
    """The .dockerignore: what is left out, then (`keep`) what must survive for the build, each with its reason."""

    header: tuple[str, ...]
    groups: tuple[IgnoreGroup, ...]
    keep: tuple[str, ...] = ()
