"""Makes the plans of the single files from what is settled."""

from dockwright.decide.dockerfile import DockerfileRequest, plan_dockerfile
from dockwright.decide.header import AUTHOR, dockerfile_header, short_header
from dockwright.decide.health import health_check
from dockwright.decide.ignore import hidden_by_the_owner, plan_ignore
from dockwright.decide.install import Installation, plan_installation
from dockwright.decide.install_request import InstallRequest
from dockwright.decide.local_project import LocalProject, extra_contexts, find_local_project
from dockwright.decide.native_needs import development_notices
from dockwright.decide.process_request import ProcessDecision
from dockwright.decide.surroundings import Surroundings, plan_compose
from dockwright.model.compose import ComposePlan
from dockwright.model.dependencies import LockedDistribution, ManagerFinding, SourceKind
from dockwright.model.dockerfile import DockerfilePlan, IgnorePlan
from dockwright.model.manager import Manager, Strategy
from dockwright.model.origin import Decision, Notice
from dockwright.model.plan import BaseImage, LockVerdict, Plan, SystemPackages, ToolPin, WheelFact
from dockwright.model.project import Project
from dockwright.model.python import PythonRelease
from dockwright.model.record import record
from dockwright.model.settings import Settings

_DEVELOPMENT_GROUPS = ("dev", "develop", "development", "test", "tests", "testing")


@record
class Settled:
    """Every decision about the project, before it becomes files."""

    project: Project
    settings: Settings
    manager: Decision[ManagerFinding]
    verdict: LockVerdict
    strategy: Decision[Strategy]
    python: Decision[PythonRelease]
    python_conflicts: tuple[str, ...]
    image: Decision[BaseImage]
    platforms: tuple[str, ...]
    installed: tuple[LockedDistribution, ...]
    wheels: tuple[WheelFact, ...]
    system: SystemPackages
    compiled: tuple[str, ...]
    processes: ProcessDecision
    surroundings: Surroundings
    tools: tuple[ToolPin, ...]
    warnings: tuple[Notice, ...]

    @property
    def finding(self) -> ManagerFinding:
        """What was found of the manager that was decided on."""
        return self.manager.value


def plan_outputs(settled: Settled) -> Plan:
    """Return the plan with its Dockerfile, .dockerignore and compose file."""
    install = InstallRequest(
        finding=settled.finding,
        strategy=settled.strategy.value,
        settings=settled.settings,
        tools=settled.tools,
        image=_reference(settled.image.value),
        development=_development_groups(settled.finding),
        packages=settled.image.value.build_packages or settled.image.value.packages,
        contents=settled.image.value.contents,
        layered=_layered(settled),
    )
    installation = plan_installation(install)
    local = find_local_project(
        settled.project,
        settled.finding,
        installation,
        settled.processes.processes,
        _import_root(settled),
    )
    dockerfile = _dockerfile(settled, install, installation, local)
    compose, variables = _compose(settled, installation, local, dockerfile)
    recipe = installation.recipe
    return Plan(
        generator=AUTHOR,
        name=settled.project.name,
        manager=_named(settled.manager),
        lock=settled.verdict,
        strategy=settled.strategy,
        python=settled.python,
        base_image=settled.image,
        installer=installation.installer,
        large=installation.large,
        dockerfile=dockerfile,
        ignore=_ignore(settled, installation, dockerfile),
        framework=settled.processes.framework,
        requested_pythons=settled.project.pythons,
        python_conflicts=settled.python_conflicts,
        tools=settled.tools,
        platforms=settled.platforms,
        groups=(
            "main",
            *settled.settings.groups,
            *(f"extra:{extra}" for extra in settled.settings.extras),
        ),
        processes=settled.processes.processes,
        services=settled.surroundings.services,
        compose=compose,
        env_example=variables,
        system_packages=settled.system,
        wheels=settled.wheels,
        compiled=settled.compiled,
        warnings=tuple(
            dict.fromkeys((*settled.warnings, *_late_warnings(settled, installation, dockerfile)))
        ),
        lock_file=recipe.lock_file,
        extra_context=extra_contexts(local),
        local_distributions=_local_names(settled, local),
        lock_is_complete=not recipe.direct.startswith("install"),
    )


def _compose(
    settled: Settled, installation: Installation, local: LocalProject, dockerfile: DockerfilePlan
) -> tuple[ComposePlan | None, tuple[str, ...]]:
    return plan_compose(
        settled.project.name,
        settled.processes,
        settled.surroundings,
        short_header(),
        rebuild=installation.reads,
        built_in=(
            *local.code,
            *(folder for folder in local.folders if not folder.startswith("..")),
        ),
        contexts=extra_contexts(local),
        ssh=dockerfile.mounts_ssh,
    )


def _ignore(settled: Settled, installation: Installation, dockerfile: DockerfilePlan) -> IgnorePlan:
    return plan_ignore(
        settled.project,
        settled.settings,
        _needed(dockerfile, installation),
        short_header(),
        tests=any(stage.name == "test" for stage in dockerfile.stages),
    )


def _local_names(settled: Settled, local: LocalProject) -> tuple[str, ...]:
    """Return the names of the distributions that are built from the project's own files."""
    lock = settled.finding.lock
    entries = lock.distributions if lock else ()
    found = {entry.name for entry in entries if entry.source is SourceKind.PATH}
    found |= {
        wish.name
        for wish in settled.finding.manifest.requirements
        if wish.source is SourceKind.PATH
    }
    return tuple(sorted(found | ({local.itself.name} if local.itself else set())))


def _named(decision: Decision[ManagerFinding]) -> Decision[Manager]:
    return Decision(
        value=decision.value.manager,
        because=decision.because,
        evidence=decision.evidence,
        instead_of=decision.instead_of,
    )


def _reference(image: BaseImage) -> str:
    """Return what stages that are not shipped start from: they need a shell, which the shipped image may lack."""
    return image.build_reference or image.pinned


def _layered(settled: Settled) -> tuple[LockedDistribution, ...]:
    """Return what can get a layer of its own: nothing where a build stage installs, since its environment is copied as a whole."""
    copied = settled.system.build or settled.image.value.build_reference
    return () if copied else settled.installed


def _development_groups(finding: ManagerFinding) -> tuple[str, ...]:
    """Return the groups that a developer and the tests need: the default ones and those of the usual names."""
    manifest = finding.manifest
    chosen = (
        *manifest.default_groups,
        *(name for name in manifest.groups if name in _DEVELOPMENT_GROUPS),
    )
    return tuple(dict.fromkeys(chosen))


def _late_warnings(
    settled: Settled, installation: Installation, dockerfile: DockerfilePlan
) -> tuple[Notice, ...]:
    """Return what can be said only of the finished Dockerfile."""
    hidden = hidden_by_the_owner(
        settled.project, settled.settings, _needed(dockerfile, installation)
    )
    if not any(stage.name == "dev" for stage in dockerfile.stages):
        return hidden
    return hidden + development_notices(
        settled.finding,
        _development_groups(settled.finding),
        settled.installed,
        settled.system,
        settled.image.value,
        settled.settings,
    )


def _needed(dockerfile: DockerfilePlan, installation: Installation) -> tuple[str, ...]:
    """Return every path of the build context that a step names."""
    copied = [
        source
        for stage in dockerfile.stages
        for copy in (*stage.early_copies, *stage.copies, *stage.late_copies)
        if not copy.from_stage
        for source in copy.sources
    ]
    return tuple(sorted({*copied, *installation.reads} - {"."}))


def _import_root(settled: Settled) -> str:
    candidates = settled.project.application.web
    return candidates[0].import_root if candidates else ""


def _dockerfile(
    settled: Settled, install: InstallRequest, installation: Installation, local: LocalProject
) -> DockerfilePlan:
    main = settled.processes.main
    web = settled.processes.web
    return plan_dockerfile(
        DockerfileRequest(
            project=settled.project,
            finding=settled.finding,
            settings=settled.settings,
            image=settled.image.value,
            install=install,
            installation=installation,
            system=settled.system,
            local=local,
            processes=settled.processes.processes,
            web=main if main is web else None,
            header=dockerfile_header(
                settled.verdict,
                settled.finding.manager,
                settled.finding.manifest.path,
                settled.strategy,
            ),
            healthcheck=health_check(main),
            environment=main.environment if main else (),
            assets=settled.surroundings.assets,
            static=settled.surroundings.static,
            front_ends=settled.surroundings.front_end.stages,
            front_end_copies=settled.surroundings.front_end.copies,
            labels=settled.settings.labels,
            development_environment=main.environment if main else (),
        )
    )
