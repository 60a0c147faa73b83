"""Takes every decision in its order, each from the ones before it."""

from dockwright.decide.base_image import choose_base_image, libc_of
from dockwright.decide.manager import Installed, choose_manager, production_distributions
from dockwright.decide.outputs import Settled, plan_outputs
from dockwright.decide.process import choose_processes
from dockwright.decide.process_request import ProcessDecision, ProcessRequest
from dockwright.decide.python import choose_python
from dockwright.decide.refusals import refuse_secrets, refuse_unknown_groups, refuse_unsafe_names
from dockwright.decide.strategy import choose_strategy, judge_lock, strategy_notices
from dockwright.decide.surroundings import plan_surroundings
from dockwright.decide.system_packages import choose_system_packages
from dockwright.decide.tools import choose_tools
from dockwright.decide.web_process import application_notices
from dockwright.decide.wheels import PLATFORMS, Libc, wheel_facts
from dockwright.errors import NoApplicationError, StaleLockError
from dockwright.model.dependencies import LockedDistribution, ManagerFinding, SourceKind
from dockwright.model.manager import Strategy
from dockwright.model.origin import Decision, Notice
from dockwright.model.plan import BaseImage, Plan, WheelFact
from dockwright.model.project import Project
from dockwright.model.record import draft, field
from dockwright.model.settings import Settings


@draft
class _Draft:
    """The project, the settings, and the warnings so far; `lenient` turns some errors into warnings."""

    project: Project
    settings: Settings
    lenient: bool
    warnings: list[Notice] = field(default_factory=list)

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms that the image is meant for."""
        return self.settings.platforms or PLATFORMS


def decide(project: Project, settings: Settings, *, lenient: bool = False) -> Plan:
    """Return the plan for `project`.

    Raises SeveralManagersError, StaleLockError, PythonConflictError, BaseImageError, NoApplicationError and UsageError.
    `lenient` is for looking only: a stale lock and a missing application then become warnings of the plan.
    """
    draft = _Draft(project=project, settings=settings, lenient=lenient)
    draft.warnings += refuse_secrets(settings)
    manager, notices = choose_manager(project, settings)
    finding = manager.value
    refuse_unsafe_names(finding)
    refuse_unknown_groups(finding, settings)
    draft.warnings += [*project.notices, *project.application.notices, *finding.notices, *notices]
    strategy = _strategy(draft, finding)
    locked = production_distributions(finding, settings.groups, settings.extras)
    python, conflicts, notices = choose_python(
        project.pythons, settings, locked, manager=finding.manager, libc=libc_of(settings)
    )
    draft.warnings += notices
    version = python.value.version
    installed = production_distributions(
        finding, settings.groups, settings.extras, version, draft.platforms
    )
    image, notices = choose_base_image(python.value, settings, installed, draft.platforms)
    draft.warnings += notices
    facts = _wheels(draft, finding, installed, version, image.value.libc)
    system, compiled, notices = choose_system_packages(
        project, finding, installed, facts, image.value, settings, python=python.value.minor
    )
    draft.warnings += notices
    processes = _processes(draft, finding, installed, image.value)
    wished = (wish.name for wish in finding.manifest.requirements)
    draft.warnings += application_notices(
        project, settings, (*wished, *(entry.name for entry in installed))
    )
    surroundings = plan_surroundings(processes)
    draft.warnings += surroundings.warnings
    return plan_outputs(
        Settled(
            project=project,
            settings=settings,
            manager=manager,
            verdict=judge_lock(finding),
            strategy=strategy,
            python=python,
            python_conflicts=conflicts,
            image=image,
            platforms=draft.platforms,
            installed=installed,
            wheels=facts,
            system=system,
            compiled=compiled,
            processes=processes,
            surroundings=surroundings,
            tools=choose_tools(finding, python.value.minor, strategy.value),
            warnings=tuple(dict.fromkeys(draft.warnings)),
        )
    )


def _wheels(
    draft: _Draft,
    finding: ManagerFinding,
    installed: tuple[LockedDistribution, ...],
    version: str,
    libc: Libc,
) -> tuple[WheelFact, ...]:
    return wheel_facts(
        tuple(entry for entry in installed if entry.source is not SourceKind.PATH),
        version,
        draft.platforms,
        libc,
        extras=draft.settings.extras,
        learned=draft.settings.wheels,
        no_binary=finding.manifest.no_binary,
    )


def _strategy(draft: _Draft, finding: ManagerFinding) -> Decision[Strategy]:
    draft.warnings += strategy_notices(finding)
    try:
        return choose_strategy(finding, draft.settings)
    except StaleLockError as error:
        if not draft.lenient:
            raise
        draft.warnings.append(
            Notice(
                code=error.code,
                text=error.title,
                origin=error.origin,
                remedy="; ".join(error.steps),
            )
        )
        return Decision(
            value=Strategy.LOCKED,
            because="the lock is stale, so `generate` refuses until one remedy is taken",
        )


def _processes(
    draft: _Draft,
    finding: ManagerFinding,
    installed: tuple[LockedDistribution, ...],
    image: BaseImage,
) -> ProcessDecision:
    distribution = finding.manifest.distribution
    try:
        decision = choose_processes(
            ProcessRequest(
                application=draft.project.application,
                installed=Installed(locked=installed, requirements=finding.manifest.requirements),
                settings=draft.settings,
                manager=finding.manager,
                exposed_port=draft.project.exposed_port,
                shell=image.shell,
                installable=distribution is not None and distribution.installable,
                name=draft.project.name,
                top_level=draft.project.source.top_level,
            )
        )
    except NoApplicationError as error:
        if not draft.lenient:
            raise
        draft.warnings.append(
            Notice(
                code=error.code,
                text=error.title,
                origin=error.origin,
                remedy="; ".join(error.steps),
            )
        )
        return ProcessDecision()
    draft.warnings += decision.warnings
    return decision
