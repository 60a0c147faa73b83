"""What the written files say: flat answers that the templates lay out."""

from dockwright.model.record import record

Pairs = tuple[tuple[str, str], ...]


@record
class Bind:
    """A file that one RUN sees without copying it; `context` is another build context or stage."""

    source: str
    target: str
    context: str = ""


@record
class BuildSecret:
    """A secret of the build: given as the variable `variable`, else as the file `target`."""

    id: str
    variable: str = ""
    target: str = ""


@record
class InstallStep:
    """The RUN that fills /opt/venv. `template` names its file below templates/install/."""

    template: str
    # What is installed from, and what it must match.
    lock: str
    manifest: str
    cache: str = "/root/.cache/uv"
    # Given where something is compiled: what fits this image fits no other.
    cache_id: str = ""
    venv: str = "/opt/venv"
    # The arguments of `uv tool run` that start the manager; `options` follow its export or install.
    tool: str = ""
    options: str = ""
    # The command that makes the lock in the build, "" where the lock is used as it stands.
    relock: str = ""
    why_relock: str = ""
    why_native: str = ""
    # What Poetry 1 needs beside its export.
    check: str = ""
    exports: bool = False
    hashed: bool = True
    # The pattern of the exported lines that the stage `wheel` builds instead.
    leaves_out: str = ""
    # What the step sees: files of the context, or copies of them, and what only the builder knows.
    binds: tuple[Bind, ...] = ()
    copies: tuple[str, ...] = ()
    secrets: tuple[BuildSecret, ...] = ()
    ssh: bool = False
    development: bool = False

    @property
    def listed(self) -> str:
        """Where the export is written: lines are left out of it on the way to requirements.txt."""
        return "/tmp/locked.txt" if self.leaves_out else "/tmp/requirements.txt"  # noqa: S108


@record
class PackageLayer:
    """System packages of one stage: `because` are comment lines, one for each reason."""

    manager: str
    names: tuple[str, ...]
    because: tuple[str, ...] = ()

    @property
    def links_manual_pages(self) -> bool:
        """Whether a package links to manual pages, whose folder a slim image lacks (Java does)."""
        # Without the folder, installing such a package fails.
        return any(
            name.startswith(("default-jdk", "default-jre", "openjdk-")) for name in self.names
        )


@record
class BuildStage:
    """The stage that compiles or fetches what has no wheel; it installs the whole environment."""

    because: str
    packages: PackageLayer | None


@record
class NamedContext:
    """A folder outside the root: `path` as the manifest spells it, `name` of the build context."""

    name: str
    path: str


@record
class WheelStage:
    """The stage that builds the project itself ("." in `folders`) and its own distributions."""

    because: str
    parent: str
    folders: tuple[str, ...]
    # Wheels that the project has as files.
    ready: tuple[str, ...] = ()
    contexts: tuple[NamedContext, ...] = ()
    # It tells the build backend the version that version control would say.
    version_variable: str = ""
    cache_id: str = ""
    # The lock holds all they need, so nothing is resolved when they are installed.
    complete: bool = True
    # Names of wheels, and the extras that are asked for with them.
    with_extras: tuple[tuple[str, str], ...] = ()


@record
class StopSignal:
    """A STOPSIGNAL other than SIGTERM, and the sentence that says why."""

    name: str
    because: str


@record
class DevelopmentStage:
    """The stage `dev`: `install` is None where the build stage has everything already."""

    because: str
    command: tuple[str, ...]
    install: InstallStep | None = None
    packages: PackageLayer | None = None
    environment: Pairs = ()
    stop_signal: StopSignal | None = None


@record
class StaticFiles:
    """The command that collects static files; `because` says why it gets values, "" for none."""

    command: str
    because: str = ""


@record
class WritableFolder:
    """A folder that the code writes, relative to the root: the user's, with a volume in compose."""

    path: str
    because: str
    volume: str
    # A file beside the code that is a link to its namesake in `path` (db.sqlite3), "" for none.
    link: str = ""


@record
class FrontEndStage:
    """A front end: built with Node.js, and run in a stage of its own where `stage` is given."""

    because: str
    image: str
    build_stage: str
    # Relative to the project, as are `outputs`; "" is the root.
    folder: str
    manifests: tuple[str, ...]
    cache: str
    install: tuple[str, ...]
    build: str
    # What is copied out of the stage.
    outputs: tuple[str, ...]
    stage: str = ""
    port: int = 0
    # A server that renders; without one, Caddy serves the files and hands /api/ on to `api`.
    command: tuple[str, ...] = ()
    api: str = ""


@record
class ShippedImage:
    """An image without a shell that only receives copies; `python` is its interpreter."""

    image: str
    python: str


@record
class Lines:
    """The owner's own lines of the settings, by stage."""

    base: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    dev: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()


@record
class HealthProbe:
    """What the health check asks: answers below 500 ("http", at `path`), or to connect ("tcp")."""

    kind: str
    port: int
    path: str = "/"
    # The variable that holds the port, "" where it is the number `port`.
    port_variable: str = ""


@record
class DockerfilePlan:
    """All answers that templates/Dockerfile.j2 lays out."""

    # The first lines, and the images that stages start from.
    image: str
    # The lock or manifest that the header names.
    source: str = ""
    syntax: bool = True
    # The version of uv, "" where nothing is installed.
    uv: str = ""
    # The repository whose digest is pinned, for the bots that renew it.
    digest_of: str = ""
    # What every stage with Python has.
    user: int = 10001
    # useradd, adduser, or "" where the image has a user.
    creates_user: str = "useradd"
    # Two stages need Python.
    has_base: bool = False
    byte_compile: bool = True
    python_packages: PackageLayer | None = None
    system_environment: Pairs = ()
    # The stages beside the one that is shipped, in their order.
    front_ends: tuple[FrontEndStage, ...] = ()
    build: BuildStage | None = None
    wheel: WheelStage | None = None
    dev: DevelopmentStage | None = None
    test: tuple[str, ...] = ()
    # The stage that is shipped, from top to bottom.
    packages: PackageLayer | None = None
    install: InstallStep | None = None
    fetched: tuple[str, ...] = ()
    environment: Pairs = ()
    copies: tuple[str, ...] = (". .",)
    static: StaticFiles | None = None
    writable: tuple[WritableFolder, ...] = ()
    shipped: ShippedImage | None = None
    labels: Pairs = ()
    port: int | None = None
    stop_signal: StopSignal | None = None
    health: HealthProbe | None = None
    command: tuple[str, ...] = ()
    command_comment: str = ""
    # The owner's own lines.
    before: Lines = Lines()
    after: Lines = Lines()

    @property
    def outside(self) -> Pairs:
        """The further build contexts: (name, folder outside the root)."""
        contexts = self.wheel.contexts if self.wheel else ()
        return tuple((one.name, one.path) for one in contexts)

    @property
    def fetches_by_ssh(self) -> bool:
        """Whether a step needs the owner's SSH agent."""
        return any(step.ssh for step in self.installs)

    @property
    def build_secrets(self) -> tuple[BuildSecret, ...]:
        """The secrets of all steps, each once."""
        return tuple(dict.fromkeys(secret for step in self.installs for secret in step.secrets))

    @property
    def built(self) -> tuple[tuple[str, str], ...]:
        """The stages of front ends that Python serves, with each folder that they make."""
        stages = (one for one in self.front_ends if not one.stage)
        return tuple((one.build_stage, path) for one in stages for path in one.outputs)

    @property
    def installs(self) -> tuple[InstallStep, ...]:
        """The steps that install, those of development last."""
        steps = (self.install, self.dev.install if self.dev else None)
        return tuple(step for step in steps if step is not None)


@record
class LockPlan:
    """How `dockwright lock` makes the lock: `step.relock` writes `file` beside the manifests."""

    file: str
    step: InstallStep
    packages: PackageLayer | None = None


@record
class IgnoreGroup:
    """Patterns of the .dockerignore that have one reason."""

    comment: str
    patterns: tuple[str, ...]


@record
class IgnorePlan:
    """The .dockerignore: groups of patterns, then (`keep`) what the build needs all the same."""

    groups: tuple[IgnoreGroup, ...]
    keep: tuple[str, ...] = ()


@record
class WaitsFor:
    """One `depends_on`: `condition` is service_healthy, service_started or the like."""

    service: str
    condition: str


@record
class WatchRule:
    """One rule of develop.watch: `action` is rebuild, sync or sync+restart."""

    action: str
    path: str
    target: str = ""
    ignore: tuple[str, ...] = ()


@record
class AppService:
    """What every process of the application has in common."""

    image: str = ""
    context: str = "."
    dockerfile: str = ""
    target: str = ""
    contexts: Pairs = ()
    ssh: bool = False
    # What the build is given: names that the file's own `secrets` explain.
    secrets: tuple[str, ...] = ()
    environment: Pairs = ()
    volumes: tuple[str, ...] = ()
    depends_on: tuple[WaitsFor, ...] = ()
    watch: tuple[WatchRule, ...] = ()


@record
class ProcessService:
    """One process as a service.

    `checked` is False where the image's health check does not fit it.
    """

    name: str
    command: tuple[str, ...] = ()
    environment: Pairs = ()
    port: int | None = None
    checked: bool = True
    stop_signal: str = ""
    # It replaces what all have in common: a migration must not wait for itself.
    depends_on: tuple[WaitsFor, ...] | None = None
    stdin_open: bool = False


@record
class FrontEndService:
    """A front end that runs by itself."""

    name: str
    target: str
    port: int
    folder: str
    waits_for: str = ""


@record
class BackingContainer:
    """A backing service: `volume` is (name, path inside) or None."""

    name: str
    image: str
    environment: Pairs = ()
    command: tuple[str, ...] = ()
    hostname: str = ""
    volume: tuple[str, str] | None = None
    healthcheck: tuple[str, ...] = ()


@record
class ComposePlan:
    """All answers that templates/compose.yaml.j2 lays out."""

    app: AppService
    processes: tuple[ProcessService, ...]
    front_ends: tuple[FrontEndService, ...] = ()
    backing: tuple[BackingContainer, ...] = ()
    volumes: tuple[str, ...] = ()
    has_passwords: bool = False
    # Name, "file" or "environment", and where it comes from.
    secrets: tuple[tuple[str, str, str], ...] = ()

    @property
    def service_names(self) -> tuple[str, ...]:
        """The names of all services."""
        return (
            *(process.name for process in self.processes),
            *(front_end.name for front_end in self.front_ends),
            *(container.name for container in self.backing),
        )

    @property
    def unchecked(self) -> tuple[ProcessService, ...]:
        """The processes that the image's health check does not fit."""
        return tuple(one for one in self.processes if not one.checked)
