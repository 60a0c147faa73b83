"""Takes every decision in its order, each from the ones before it."""

from dataclasses import dataclass, field

from generator import __version__
from generator.decide.base_image import choose_base_image, libc_of
from generator.decide.compose import compose_plan
from generator.decide.dockerfile import DockerfileRequest, plan_dockerfile
from generator.decide.front_end import front_end_copies, front_end_stages
from generator.decide.header import dockerfile_header, ignore_header
from generator.decide.ignore import plan_ignore
from generator.decide.install import Installation, InstallRequest, plan_installation
from generator.decide.manager import choose_manager
from generator.decide.process import ProcessDecision, choose_processes
from generator.decide.python import choose_python
from generator.decide.services import choose_services
from generator.decide.strategy import choose_strategy, judge_lock, strategy_notices
from generator.decide.system_packages import choose_system_packages
from generator.decide.tools import choose_tools
from generator.decide.variables import env_example
from generator.decide.wheels import PLATFORMS, compiled_names, production_distributions, wheel_facts
from generator.errors import NoApplicationError, StaleLockError
from generator.model.dependencies import LockedDistribution, ManagerFinding
from generator.model.manager import Manager, Strategy
from generator.model.origin import Decision, Notice
from generator.model.plan import BaseImage, Plan, SystemPackages, ToolPin, WheelFact
from generator.model.project import Project
from generator.model.python import PythonRelease
from generator.model.settings import Settings


@dataclass(kw_only=True)
class _Draft:
    """What has been settled so far; `lenient` turns errors about the lock and the application into warnings."""

    project: Project
    settings: Settings
    lenient: bool
    warnings: list[Notice] = field(default_factory=list)


def decide(project: Project, settings: Settings, *, lenient: bool = False) -> Plan:
    """Return the plan for `project`.

    Raises SeveralManagersError, StaleLockError, PythonConflictError, BaseImageError, NoApplicationError and UsageError.
    `lenient` is for looking only: a stale lock and a missing application then become warnings of the plan.
    """
    draft = _Draft(project=project, settings=settings, lenient=lenient)
    manager, notices = choose_manager(project, settings)
    finding = manager.value
    draft.warnings += [*project.notices, *project.application.notices, *finding.notices, *notices]
    strategy = _strategy(draft, finding)
    platforms = settings.platforms or PLATFORMS
    locked = production_distributions(finding, settings.groups, settings.extras)
    python, conflicts, notices = choose_python(
        project.pythons, settings, locked, manager=finding.manager, libc=libc_of(settings)
    )
    draft.warnings += notices
    minor = python.value.minor
    production = production_distributions(finding, settings.groups, settings.extras, minor, platforms)
    image, notices = choose_base_image(python.value, settings, production, platforms)
    draft.warnings += notices
    facts = wheel_facts(
        production, minor, platforms, image.value.libc, extras=settings.extras, learned=settings.wheels
    )
    system, compiled, notices = choose_system_packages(project, finding, production, facts, image.value, settings)
    draft.warnings += notices
    tools = choose_tools(finding, minor)
    processes = _processes(draft, finding, production)
    draft.warnings += processes.warnings
    return _assemble(draft, manager, strategy, python, conflicts, image, facts, system, compiled, tools, processes)
