"""The stages of the Dockerfile, put together from the single decisions."""

from dockwright.decide.base_stage import ENVIRONMENT, MAKE_VENV, VENV_ENVIRONMENT, base_stage
from dockwright.decide.byte_compile import without_compilation
from dockwright.decide.development import development_comment, without_static
from dockwright.decide.install import Installation
from dockwright.decide.install_request import InstallRequest
from dockwright.decide.local_project import (
    LocalProject,
    install_editable,
    install_wheels,
    project_stage,
)
from dockwright.decide.lock_stage import tool_environment
from dockwright.decide.mount_targets import with_absolute_targets
from dockwright.decide.own_pip import pip_installs, without_pip
from dockwright.decide.source_copies import source_copies
from dockwright.decide.system_layer import fetched, of_the_compiler, system_layer
from dockwright.decide.without_shell import assembled_stage, shipped_stage
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.dockerfile import AptLayer, Copy, DockerfilePlan, HealthCheck, Run, Stage
from dockwright.model.manager import Installer
from dockwright.model.plan import BaseImage, Process, SystemPackages
from dockwright.model.project import Project
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings, StageSettings

# A user without a home gets one that can be written to, whatever its number, and under a read-only root with a tmpfs there.
_HOME = "/tmp"  # noqa: S108 - what libraries keep in a home is a cache, which nobody shares a container to read


@record
class DockerfileRequest:
    """All that the file is made of. `assets` are steps after the source (`static` is the one for static files), `front_ends` Node stages."""

    project: Project
    finding: ManagerFinding
    settings: Settings
    image: BaseImage
    install: InstallRequest
    installation: Installation
    system: SystemPackages
    local: LocalProject
    processes: tuple[Process, ...]
    web: Process | None
    header: tuple[str, ...]
    healthcheck: HealthCheck | None = None
    environment: tuple[tuple[str, str], ...] = ()
    assets: tuple[Run, ...] = ()
    front_ends: tuple[Stage, ...] = ()
    front_end_copies: tuple[Copy, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    development_environment: tuple[tuple[str, str], ...] = ()
    static: Run | None = None

    @property
    def has_dependencies(self) -> bool:
        """Whether anything is installed into the virtual environment."""
        return bool(self.installation.production)

    @property
    def installs(self) -> bool:
        """Whether there is a virtual environment."""
        return self.has_dependencies or self.local.exists

    @property
    def needs_build_stage(self) -> bool:
        """Whether something must be compiled, a manager itself installs, or the image has no shell to install in."""
        if self.image.build_reference:
            return self.installs
        return self.has_dependencies and bool(
            self.system.build or self.installation.installer.value is Installer.NATIVE
        )


def plan_dockerfile(request: DockerfileRequest) -> DockerfilePlan:
    """Return all stages in their order: base, what is not shipped, dev, test, and runtime as the last and default one."""
    settings = dict(request.settings.stages)
    stages = [
        base_stage(
            request.image,
            request.system,
            request.settings,
            request.installation,
            installs=request.installs,
        ),
        *request.front_ends,
        *request.installation.support,
        *_build(request),
        *project_stage(
            request.local, request.install, "build" if request.needs_build_stage else "base"
        ),
        *_development(request),
        *_shipped(request),
    ]
    ours = with_absolute_targets(
        tuple(_with_settings(stage, settings.get(stage.name)) for stage in stages)
    )
    return DockerfilePlan(header=request.header, stages=ours)


def _shipped(request: DockerfileRequest) -> tuple[Stage, ...]:
    runtime = _runtime(request)
    if request.image.build_reference and request.needs_build_stage:
        return (assembled_stage(runtime, request.image.python), shipped_stage(runtime))
    return (runtime,)


def _with_settings(stage: Stage, extra: StageSettings | None) -> Stage:
    if extra is None:
        return stage
    system = stage.system
    if extra.packages:
        packages = (*(system.packages if system else ()), *extra.packages)
        system = AptLayer(
            manager=system.manager if system else "apt", packages=tuple(sorted(set(packages)))
        )
    return replace(
        stage,
        system=system,
        environment=(*stage.environment, *extra.environment),
        fragments_before=(*stage.fragments_before, *extra.before),
        fragments_after=(*stage.fragments_after, *extra.after),
    )


def _build(request: DockerfileRequest) -> tuple[Stage, ...]:
    if not request.needs_build_stage:
        return ()
    return (
        Stage(
            name="build",
            parent=request.image.build_reference or "base",
            comment=_build_comment(request),
            environment=_build_environment(request),
            workdir="/app" if request.image.build_reference else "",
            system=system_layer(
                request.system.build, request.image.build_packages or request.image.packages
            ),
            tool=(*_own_environment(request), *request.installation.tool),
            install=request.installation.production,
        ),
    )


def _build_comment(request: DockerfileRequest) -> str:
    manager = request.finding.manager
    compiled = sorted(
        {name for package in of_the_compiler(request.system.build) for name in package.needed_by}
    )
    if compiled:
        return f"Compiles {', '.join(compiled)}: compiler and headers stay in this stage."
    if request.system.build:
        fetched = sorted({name for package in request.system.build for name in package.needed_by})
        return f"Fetches {', '.join(fetched) or 'what is installed'}: the tools that takes stay in this stage."
    if request.installation.installer.value is not Installer.NATIVE:
        return "Installs where there is a shell: the image that is shipped has none."
    return f"{str(manager).capitalize()} itself installs, so that it stays in this stage and out of the image."


def _own_environment(request: DockerfileRequest) -> tuple[Run, ...]:
    """Return the step that makes the virtual environment where the stage does not start from `base`, which has it."""
    return (Run(commands=(MAKE_VENV,)),) if request.image.build_reference else ()


def _build_environment(request: DockerfileRequest) -> tuple[tuple[str, str], ...]:
    # The stage starts from `base` and has its environment, unless it starts from an image of its own.
    own = ENVIRONMENT + VENV_ENVIRONMENT if request.image.build_reference else ()
    if request.installation.installer.value is not Installer.NATIVE:
        return own
    recipe = request.installation.recipe
    return (*own, *sorted((*recipe.native_environment, *tool_environment(recipe))))


def _development(request: DockerfileRequest) -> tuple[Stage, ...]:
    if not request.settings.development or (request.web is None and not request.processes):
        return ()
    first = request.web or request.processes[0]
    development = Stage(
        name="dev",
        parent="build" if request.needs_build_stage else "base",
        comment=development_comment(
            request.installation, first, request.processes[0], request.settings
        ),
        environment=request.development_environment,
        system=request.installation.development_system,
        # The work directory is the user's here: what watch removes, and what the code writes, needs that.
        tool=_own_the_work_directory(request),
        install=_development_install(request),
        fetched=fetched(request.system),
        copies=(Copy(sources=(".",), destination=".", owner=_numeric_user(request)),),
        project=install_editable(request.local, request.install),
        late_copies=request.front_end_copies,
        assets=without_static(request.assets, request.static, first),
        switch_user=_numeric_user(request),
        expose=(first.port,) if first.port else (),
        stop_signal=first.stop_signal,
        command=first.development_command or first.command,
        home=_home(request, "dev"),
    )
    tests = request.project.application.test_command
    if not tests or not request.settings.tests:
        return (development,)
    test = Stage(
        name="test",
        parent="dev",
        comment="`docker build --target test .` makes it, `docker run` of the result runs the tests.",
        # A storage with a manifest fails in templates where nothing was collected.
        assets=tuple(step for step in request.assets if step not in development.assets),
        command=tests,
    )
    return (development, test)


def _own_the_work_directory(request: DockerfileRequest) -> tuple[Run, ...]:
    if not request.image.shell and not request.needs_build_stage:
        return ()
    return (Run(commands=(f"chown {_numeric_user(request)} .",)),)


def _development_install(request: DockerfileRequest) -> tuple[Run, ...]:
    """Return the steps beyond what the parent holds: `build` has the production distributions already."""
    further = request.installation.development
    if request.needs_build_stage:
        return further
    # The last step installs the whole lock: layers are for what is shipped.
    return further or tuple(
        without_compilation(run) for run in request.installation.production[-1:]
    )


def _numeric_user(request: DockerfileRequest) -> str:
    return f"{request.settings.user}:{request.settings.user}"


def _runtime(request: DockerfileRequest) -> Stage:
    web = request.web
    first = web or next(iter(request.processes), None)
    build = request.needs_build_stage
    return Stage(
        name="runtime",
        parent="base",
        comment=_runtime_comment(request),
        tool=_late_removal(request),
        install=() if build else request.installation.production,
        venv_from="build" if build else "",
        fetched=fetched(request.system),
        copies=source_copies(request.project, request.settings, request.local),
        project=install_wheels(request.local, request.install),
        late_copies=request.front_end_copies,
        assets=request.assets,
        labels=request.labels,
        late_environment=(*request.environment, *request.settings.environment),
        switch_user=_numeric_user(request),
        expose=(web.port,) if web and web.port else (),
        stop_signal=first.stop_signal if first else "",
        healthcheck=request.healthcheck,
        command=first.command if first else (),
        home=_home(request, "runtime"),
    )


def _late_removal(request: DockerfileRequest) -> tuple[Run, ...]:
    """Return the step that takes pip out of what is shipped where the stages before still install with it."""
    if request.image.build_reference or not pip_installs(request.installation):
        return ()
    removal = without_pip(request.image, request.settings)
    return (
        (Run(commands=removal, comment="pip has done its work in the build stage."),)
        if removal
        else ()
    )


def _home(request: DockerfileRequest, stage: str) -> str:
    """Return the home of the stage's user, "" where the owner's settings say it."""
    own = dict(request.settings.stages).get(stage) or StageSettings()
    said = (*request.environment, *request.settings.environment, *own.environment)
    lines = (*own.before, *own.after)
    by_line = any(line.startswith("ENV ") and " HOME=" in line for line in lines)
    return "" if by_line or any(name == "HOME" for name, _ in said) else _HOME


def _runtime_comment(request: DockerfileRequest) -> str:
    if not request.has_dependencies:
        return "The standard library is all it needs, so nothing is installed."
    if request.needs_build_stage:
        return "What is shipped: the installed distributions and the source."
    return "What is shipped. Nothing has to be compiled, so no build stage is needed."
