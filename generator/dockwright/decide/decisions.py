"""Takes every decision in its order, each from the ones before it."""

from dataclasses import dataclass, field

from dockwright import __version__
from dockwright.decide.base_image import choose_base_image, libc_of
from dockwright.decide.compose import ComposeRequest, compose_plan
from dockwright.decide.dockerfile import (
    DockerfileRequest,
    collect_static,
    context_files,
    plan_dockerfile,
)
from dockwright.decide.environment import env_example, refuse_secrets
from dockwright.decide.front_end import FrontEndPlan, plan_front_ends
from dockwright.decide.ignore import (
    hidden_by_the_owner,
    named_by_commands,
    plan_ignore,
    secrets_in_the_image,
)
from dockwright.decide.install import Installation, plan_installation
from dockwright.decide.manager import (
    Installed,
    asks_for_itself,
    choose_manager,
    named_distributions,
    production_distributions,
    refuse_other_systems,
    refuse_unknown_groups,
    refuse_unsafe_names,
)
from dockwright.decide.native_needs import development_notices
from dockwright.decide.own_wheels import own_distribution, plan_wheels, source_copies
from dockwright.decide.process import choose_processes
from dockwright.decide.process_request import ProcessDecision, ProcessRequest
from dockwright.decide.python import choose_python
from dockwright.decide.services import choose_services
from dockwright.decide.strategy import choose_strategy, judge_lock, strategy_notices
from dockwright.decide.system_packages import choose_system_packages
from dockwright.decide.tools import InstallRequest, choose_tools
from dockwright.decide.web_process import application_notices
from dockwright.decide.wheels import PLATFORMS, wheel_facts
from dockwright.errors import DockwrightError, ManifestError, NoApplicationError, StaleLockError
from dockwright.model.application import Application, ProcessKind
from dockwright.model.artifact import DockerfilePlan
from dockwright.model.dependencies import (
    Distribution,
    LockedDistribution,
    Manager,
    ManagerFinding,
    SourceKind,
    Strategy,
)
from dockwright.model.origin import Decision, Notice
from dockwright.model.plan import (
    BackingService,
    BaseImage,
    Plan,
    SystemPackages,
    ToolPin,
    WheelFact,
)
from dockwright.model.project import Project, PythonRelease
from dockwright.model.record import record
from dockwright.model.settings import Settings

AUTHOR = f"dockwright {__version__}"
_DEVELOPMENT_GROUPS = ("dev", "develop", "development", "test", "tests", "testing")


@dataclass(kw_only=True, eq=False)
class _Draft:
    """What is decided for, and the warnings so far; `lenient` turns some errors into warnings."""

    project: Project
    settings: Settings
    lenient: bool
    warnings: list[Notice] = field(default_factory=list)

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that the image is meant for."""
        return self.settings.platforms or PLATFORMS

    def excuse(self, error: DockwrightError) -> None:
        """Keep an error as a warning where this is lenient, and raise it elsewhere."""
        if not self.lenient:
            raise error
        remedy = "; ".join(error.steps)
        self.warnings.append(
            Notice(code=error.code, text=error.title, origin=error.origin, remedy=remedy)
        )


@record
class _Chosen:
    """What is decided before it becomes files."""

    manager: Decision[ManagerFinding]
    strategy: Decision[Strategy]
    python: Decision[PythonRelease]
    conflicts: tuple[str, ...]
    image: Decision[BaseImage]
    installed: tuple[LockedDistribution, ...]
    wheels: tuple[WheelFact, ...]
    system: SystemPackages
    compiled: tuple[str, ...]
    processes: ProcessDecision
    tools: tuple[ToolPin, ...]

    @property
    def finding(self) -> ManagerFinding:
        """What was found of the manager that was decided on."""
        return self.manager.value

    @property
    def itself(self) -> Distribution | None:
        """The project's own distribution where it must be installed."""
        request = self.processes.request
        application = request.application if request else Application()
        return own_distribution(self.finding, self.processes.processes, application)


def decide(project: Project, settings: Settings, *, lenient: bool = False) -> Plan:
    """Return the plan for `project`.

    Raises SeveralManagersError, StaleLockError, PythonConflictError, BaseImageError,
    NoApplicationError and UsageError. `lenient` is for looking only: a stale lock and a missing
    application then become warnings of the plan.
    """
    draft = _Draft(project=project, settings=settings, lenient=lenient)
    draft.warnings += refuse_secrets(settings)
    manager, notices = choose_manager(project, settings)
    refuse_unsafe_names(manager.value)
    refuse_unknown_groups(manager.value, settings)
    draft.warnings += [*project.notices, *project.application.notices]
    draft.warnings += [*manager.value.notices, *notices]
    return _plan(draft, _choose(draft, manager))


def _choose(draft: _Draft, manager: Decision[ManagerFinding]) -> _Chosen:
    """Decide in this order, since each decision needs the ones before it."""
    project, settings, finding = draft.project, draft.settings, manager.value
    strategy = _strategy(draft, finding)
    # Which distributions are installed depends on the Python, and the Python on what has wheels for
    # it: so the lock is read once for every Python, and again for the one that was chosen.
    locked = production_distributions(finding, settings.groups, settings.extras)
    named = named_distributions(finding, settings.groups, settings.extras)
    pins = locked or tuple(one for one in named if one.version)
    python, conflicts, notices = choose_python(
        project.pythons, settings, pins, manager=finding.manager, libc=libc_of(settings)
    )
    draft.warnings += notices
    version = python.value.version
    installed = production_distributions(
        finding, settings.groups, settings.extras, version, draft.platforms
    )
    _refuse_other_systems(draft, installed or named, version)
    image, notices = choose_base_image(python.value, settings, installed, draft.platforms)
    draft.warnings += notices
    wheels = wheel_facts(
        tuple(entry for entry in installed if entry.source is not SourceKind.PATH),
        version,
        draft.platforms,
        image.value.libc,
        extras=settings.extras,
        learned=settings.wheels,
        no_binary=finding.manifest.no_binary,
    )
    system, compiled, notices = choose_system_packages(
        project, finding, installed, wheels, image.value, settings, python=python.value.minor
    )
    draft.warnings += notices
    processes = _processes(draft, finding, installed, image.value)
    wished = (wish.name for wish in finding.manifest.requirements)
    known = (*wished, *(entry.name for entry in installed))
    draft.warnings += application_notices(project, settings, known)
    return _Chosen(
        manager=manager,
        strategy=strategy,
        python=python,
        conflicts=conflicts,
        image=image,
        installed=installed,
        wheels=wheels,
        system=system,
        compiled=compiled,
        processes=processes,
        tools=choose_tools(finding, python.value.minor, strategy.value),
    )


def _plan(draft: _Draft, chosen: _Chosen) -> Plan:
    """Make the plans of the single files from what is decided."""
    project, settings, finding = draft.project, draft.settings, chosen.finding
    installation = plan_installation(_install_request(draft, chosen))
    services, front_ends = _beside(draft, chosen.processes)
    dockerfile = _dockerfile(draft, chosen, installation, front_ends)
    named = context_files(dockerfile, installation)
    draft.warnings += hidden_by_the_owner(project, settings, named)
    in_commands = named_by_commands(project, chosen.processes.processes)
    if dockerfile.dev:
        groups, image = _development_groups(finding), chosen.image.value
        draft.warnings += development_notices(
            finding, groups, chosen.installed, chosen.system, image, settings
        )
    request = chosen.processes.request
    compose = request and ComposeRequest(
        name=project.name,
        decision=chosen.processes,
        request=request,
        dockerfile=dockerfile,
        services=services,
        folders=installation.folders,
        rebuild=installation.reads,
    )
    tests, packaged = bool(dockerfile.test), chosen.itself is not None
    ignore = plan_ignore(project, settings, (*named, *in_commands), tests=tests, packaged=packaged)
    draft.warnings += secrets_in_the_image(project, ignore, in_commands)
    return Plan(
        generator=AUTHOR,
        name=project.name,
        manager=_named(chosen.manager),
        lock=judge_lock(finding),
        strategy=chosen.strategy,
        python=chosen.python,
        base_image=chosen.image,
        installer=installation.installer,
        dockerfile=dockerfile,
        ignore=ignore,
        framework=chosen.processes.framework,
        requested_pythons=project.pythons,
        python_conflicts=chosen.conflicts,
        tools=chosen.tools,
        platforms=draft.platforms,
        groups=("main", *settings.groups, *(f"extra:{extra}" for extra in settings.extras)),
        processes=chosen.processes.processes,
        services=services,
        compose=compose_plan(compose) if compose else None,
        env_example=env_example(chosen.processes, services),
        system_packages=chosen.system,
        wheels=chosen.wheels,
        compiled=chosen.compiled,
        warnings=tuple(dict.fromkeys(draft.warnings)),
        locking=installation.lock,
        extra_context=dockerfile.outside,
        local_distributions=_local_names(finding, chosen.itself),
        lock_is_complete=installation.complete,
    )


def _refuse_other_systems(
    draft: _Draft, distributions: tuple[LockedDistribution, ...], version: str
) -> None:
    try:
        refuse_other_systems(distributions, version, draft.platforms, draft.settings.extras)
    except ManifestError as error:
        draft.excuse(error)


def _strategy(draft: _Draft, finding: ManagerFinding) -> Decision[Strategy]:
    draft.warnings += strategy_notices(finding)
    try:
        return choose_strategy(finding, draft.settings)
    except StaleLockError as error:
        draft.excuse(error)
        because = "the lock is stale, so `generate` refuses until one remedy is taken"
        return Decision(value=Strategy.LOCKED, because=because)


def _processes(
    draft: _Draft,
    finding: ManagerFinding,
    installed: tuple[LockedDistribution, ...],
    image: BaseImage,
) -> ProcessDecision:
    distribution = finding.manifest.distribution
    # Where the wheel would lack data, the source is used in its place.
    complete = distribution if distribution and distribution.is_complete else None
    try:
        decision = choose_processes(
            ProcessRequest(
                application=draft.project.application,
                installed=Installed(
                    locked=installed,
                    requirements=finding.manifest.requirements,
                    own=distribution.requires if distribution and asks_for_itself(finding) else (),
                ),
                settings=draft.settings,
                manager=finding.manager,
                exposed_port=draft.project.exposed_port,
                shell=image.shell,
                installed_root=complete.import_root if complete else "",
                name=draft.project.name,
                top_level=draft.project.source.top_level,
            )
        )
    except NoApplicationError as error:
        draft.excuse(error)
        return ProcessDecision()
    draft.warnings += decision.warnings
    return decision


def _install_request(draft: _Draft, chosen: _Chosen) -> InstallRequest:
    suite = chosen.image.value.reference.rpartition("/")[2].replace(":", "-")
    return InstallRequest(
        finding=chosen.finding,
        strategy=chosen.strategy.value,
        settings=draft.settings,
        tools=chosen.tools,
        development=_development_groups(chosen.finding) if "dev" in draft.settings.targets else (),
        compiled_for=suite if chosen.system.build else "",
    )


def _development_groups(finding: ManagerFinding) -> tuple[str, ...]:
    # What a developer and the tests need: the default groups, and those of the usual names.
    manifest = finding.manifest
    usual = (name for name in manifest.groups if name in _DEVELOPMENT_GROUPS)
    return tuple(dict.fromkeys((*manifest.default_groups, *usual)))


def _beside(
    draft: _Draft, processes: ProcessDecision
) -> tuple[tuple[BackingService, ...], FrontEndPlan]:
    # The services and the front ends beside the processes.
    if processes.request is None:
        return (), FrontEndPlan()
    services, notices = choose_services(processes.request)
    main, web = processes.main, processes.web
    if draft.settings.compose and main is not None and main.kind != ProcessKind.COMMAND:
        draft.warnings += notices
    api = (web.name, web.port) if web is not None and web.port is not None else None
    plan = plan_front_ends(processes.request.application, draft.settings, api=api)
    draft.warnings += plan.notices
    return services, plan


def _dockerfile(
    draft: _Draft, chosen: _Chosen, installation: Installation, front_ends: FrontEndPlan
) -> DockerfilePlan:
    request, finding, itself = chosen.processes.request, chosen.finding, chosen.itself
    lock, settings = finding.lock, draft.settings
    uv = next((pin.version for pin in chosen.tools if pin.name == "uv"), "")
    compiles = bool(chosen.system.build) and installation.step is not None
    return plan_dockerfile(
        DockerfileRequest(
            source=lock.path if lock else finding.manifest.path,
            finding=finding,
            settings=settings,
            image=chosen.image.value,
            installation=installation,
            system=chosen.system,
            uv=uv,
            wheel=plan_wheels(installation, itself, compiled=compiles),
            copies=source_copies(
                draft.project, settings, itself, installation.folders, finding.manifest.path
            ),
            processes=chosen.processes.processes,
            web=chosen.processes.web,
            compiled=chosen.compiled,
            front_ends=front_ends.stages,
            static=collect_static(request) if request else None,
            writable=chosen.processes.writable,
            labels=settings.labels,
            test_command=draft.project.application.test_command,
        )
    )


def _named(decision: Decision[ManagerFinding]) -> Decision[Manager]:
    return Decision(
        value=decision.value.manager,
        because=decision.because,
        evidence=decision.evidence,
        instead_of=decision.instead_of,
    )


def _local_names(finding: ManagerFinding, itself: Distribution | None) -> tuple[str, ...]:
    """Return the names of the distributions that are built from the project's own files."""
    entries = finding.lock.distributions if finding.lock else ()
    found = {one.name for one in entries if one.source is SourceKind.PATH}
    found |= {wish.name for wish in finding.manifest.requirements if wish.source is SourceKind.PATH}
    return tuple(sorted(found | ({itself.name} if itself else set())))
