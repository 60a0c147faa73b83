"""The packages of the distribution below: what is compiled with, what is linked against, what is opened at run time."""

from dockwright.decide.accelerators import accelerator_notices, find_accelerators
from dockwright.decide.compilation import Arrival, arrivals
from dockwright.decide.knowledge.suites import DistributionRelease, suite_of
from dockwright.decide.knowledge.toolchains import includes
from dockwright.decide.system_needs import (
    BUILD,
    RUNTIME,
    Need,
    is_satisfied,
    libraries_of,
    needs_of,
    only_for_others,
    trigger_needs,
)
from dockwright.decide.system_notices import (
    archived,
    headers_for_the_build,
    no_names_for,
    no_package_manager,
    not_for_this_image,
    not_in_suite,
    not_to_be_had,
    notes_of,
    unavailable,
    unknown_and_compiled,
    unlocked,
    untested_names,
)
from dockwright.decide.wheels import PLATFORMS, as_owner_wants
from dockwright.errors import UsageError
from dockwright.model.dependencies import MAIN, LockedDistribution, ManagerFinding
from dockwright.model.origin import Notice, Origin
from dockwright.model.pattern import Pattern
from dockwright.model.plan import BaseImage, SystemPackage, SystemPackages, WheelFact
from dockwright.model.project import Project
from dockwright.model.record import record
from dockwright.model.settings import Settings

_FAMILIES = {"debian": "debian", "ubuntu": "debian", "alpine": "alpine"}
_DEBIAN_NAME = Pattern(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?")
_ALPINE_NAME = Pattern(r"[A-Za-z0-9][A-Za-z0-9+._-]*([=<>~]{1,2}[A-Za-z0-9._-]+)?(@[a-z]+)?")


@record
class _Asked:
    """The needs of everything installed, with what must be said about them."""

    needs: tuple[Need, ...]
    notices: tuple[Notice, ...]
    compiled: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()


def choose_system_packages(
    project: Project,
    finding: ManagerFinding,
    distributions: tuple[LockedDistribution, ...],
    facts: tuple[WheelFact, ...],
    image: BaseImage,
    settings: Settings,
    *,
    python: str = "",
) -> tuple[SystemPackages, tuple[str, ...], tuple[Notice, ...]]:
    """Return the system packages, the names of what is compiled, and the notices.

    `distributions` are those of production with their `facts`; without a lock the manifest's own requirements take their
    place. `python` is X.Y: the table knows wheels per Python. Raises UsageError for a name that no package can have, and
    BaseImageError if an image without a package manager would need one.
    """
    notices: list[Notice] = []
    if finding.lock is None and finding.manifest.requirements:
        distributions, facts = _from_manifest(finding, settings)
        notices.append(unlocked())
    found = arrivals(distributions, facts, python, image.libc[0])
    family = _FAMILIES.get(image.family, "")
    platforms = settings.platforms or PLATFORMS
    notices += [not_to_be_had(entry, platforms) for entry in found if entry.missing_on]
    asked = _ask(project, finding, found, distributions, family or "debian")
    notices += asked.notices
    suite = suite_of(image.suite)
    needs, missing = _spelled(asked.needs, suite)
    notices += [not_in_suite(need, suite) for need in missing if suite]
    if not family and needs:
        notices.append(no_names_for(image, needs))
        needs = ()
    if image.family == "ubuntu" and needs:
        notices.append(untested_names(image))
    needs = tuple(need for need in needs if need.package not in settings.without_packages)
    unknown = finding.lock is None or any(entry.compiled and entry.row is None for entry in found)
    from_files, more = _apt_files(project, image, suite, compiles_unknown=unknown)
    notices += more
    packages = _settle(needs, image, (*_owners(settings, image), *from_files), asked)
    accelerators = find_accelerators(distributions, python, platforms, image.libc)
    notices += accelerator_notices(accelerators, finding)
    if image.packages == "none" and packages.runtime:
        raise no_package_manager(image, packages.runtime)
    if suite and suite.archived and (packages.runtime or packages.build):
        raise archived(suite, (*packages.runtime, *packages.build))
    return packages, asked.compiled, tuple(dict.fromkeys(notices))


def _ask(
    project: Project,
    finding: ManagerFinding,
    found: tuple[Arrival, ...],
    distributions: tuple[LockedDistribution, ...],
    family: str,
) -> _Asked:
    direct = frozenset(wish.name for wish in finding.manifest.requirements)
    locked = frozenset(dist.name for dist in distributions)
    wanted = [
        entry
        for entry in found
        if not (entry.row and only_for_others(entry.row, distributions, direct))
    ]
    triggers = trigger_needs(project, finding, distributions, family)
    notices: list[Notice] = []
    needs: list[Need] = []
    environment: dict[str, str] = {}
    commands: list[str] = []
    for entry in wanted:
        extras = _extras(entry, finding)
        needs += needs_of(entry, extras, family, locked)
        notices += _notices_of(entry, family)
        if entry.row and not is_satisfied(entry.row, extras, locked):
            environment |= dict((*entry.row.environment, *entry.row.family(family).environment))
            commands += [entry.row.command] if entry.row.command else []
    for trigger, its_needs in triggers:
        needs += its_needs
        notices += (
            [Notice(code="native-package", text=trigger.note)]
            if trigger.note and family == "alpine"
            else []
        )
    return _Asked(
        needs=tuple(needs),
        notices=tuple(notices),
        compiled=tuple(sorted({entry.name for entry in found if entry.compiled})),
        environment=tuple(sorted(environment.items())),
        commands=tuple(commands),
    )


def _extras(entry: Arrival, finding: ManagerFinding) -> tuple[str, ...]:
    wished = [
        extra
        for wish in finding.manifest.requirements
        if wish.name == entry.name
        for extra in wish.extras
    ]
    return tuple(dict.fromkeys((*entry.distribution.extras, *wished)))


def _notices_of(entry: Arrival, family: str) -> list[Notice]:
    if entry.row is None:
        return [unknown_and_compiled(entry)] if entry.compiled else []
    away = entry.row.family(family).unavailable
    return [*notes_of(entry), *([unavailable(entry, away)] if away and _needs_any(entry) else [])]


def _needs_any(entry: Arrival) -> bool:
    return entry.row is not None and (entry.compiled or bool(entry.row.debian.loaded))


def _from_manifest(
    finding: ManagerFinding, settings: Settings
) -> tuple[tuple[LockedDistribution, ...], tuple[WheelFact, ...]]:
    """Return the direct requirements of production as if they were locked without naming their files."""
    wanted = {MAIN, *settings.groups, *(f"extra:{extra}" for extra in settings.extras)}
    distributions = tuple(
        LockedDistribution(
            name=wish.name,
            version="",
            origin=wish.origin,
            extras=wish.extras,
            source=wish.source,
            reference=wish.reference,
        )
        for wish in finding.manifest.requirements
        if wish.group in wanted
    )
    facts = tuple(
        as_owner_wants(
            WheelFact(name=dist.name, version="", platform=platform, kind="unknown"),
            finding.manifest.no_binary,
        )
        for dist in distributions
        for platform in settings.platforms or PLATFORMS
    )
    return distributions, facts


def _spelled(
    needs: tuple[Need, ...], suite: DistributionRelease | None
) -> tuple[tuple[Need, ...], tuple[Need, ...]]:
    """Return the needs in the suite's own spelling, and those that the suite has no package for."""
    names = suite.names if suite else {}
    there = [need for need in needs if names.get(need.package, need.package)]
    missing = tuple(need for need in needs if not names.get(need.package, need.package))
    spelled = tuple(
        Need(
            package=names.get(need.package, need.package),
            stage=need.stage,
            needed_by=need.needed_by,
            because=need.because,
        )
        for need in there
    )
    return spelled, missing


def _owners(settings: Settings, image: BaseImage) -> list[Need]:
    """Return what the settings ask for, and what the image lacks to have a Python."""
    needs = [
        Need(
            package=name,
            stage=RUNTIME,
            needed_by="",
            because=f"{image.reference} has no Python of its own",
        )
        for name in image.installs
    ]
    for key, names, stage in (
        ("packages", settings.packages, RUNTIME),
        ("build-packages", settings.build_packages, BUILD),
    ):
        for name in names:
            _check_name(name, key, image)
            because = f"the setting `{key}`"
            needs.append(
                Need(package=name, stage=stage, needed_by="", because=because, asked_by=because)
            )
    return needs


def _apt_files(
    project: Project, image: BaseImage, suite: DistributionRelease | None, *, compiles_unknown: bool
) -> tuple[list[Need], list[Notice]]:
    """Return what apt.txt and Aptfile ask for; headers go to the build stage, and their libraries into the image.

    Headers are left out unless `compiles_unknown`: what is known brings its own.
    """
    if project.apt_packages and image.packages != "apt":
        return [], [not_for_this_image(project.apt_packages[0].origin, image)]
    needs: list[Need] = []
    notices: list[Notice] = []
    for entry in project.apt_packages:
        because = f"{entry.origin} asks for it"
        names: tuple[str, ...] = (entry.value,)
        if entry.value.endswith("-dev"):
            names = tuple(
                suite.names.get(name, name) if suite else name for name in libraries_of(entry.value)
            )
            notices.append(
                headers_for_the_build(entry.value, entry.origin, names, used=compiles_unknown)
            )
            if compiles_unknown:
                needs.append(_asked(entry.value, BUILD, because, entry.origin))
        needs += [_asked(name, RUNTIME, because, entry.origin) for name in names]
    return needs, notices


def _asked(package: str, stage: str, because: str, origin: Origin) -> Need:
    return Need(package=package, stage=stage, needed_by="", because=because, asked_by=origin.path)


def _check_name(name: str, key: str, image: BaseImage) -> None:
    pattern, kind = (
        (_ALPINE_NAME, "Alpine") if image.packages == "apk" else (_DEBIAN_NAME, "Debian")
    )
    if image.packages in ("apt", "apk") and not pattern.fullmatch(name):
        raise UsageError(
            f"{name!r} in the setting `{key}` is not the name of a {kind} package",
            rule="A name is lower-case letters, digits, '+', '-' and '.', and may pin a version with '='.",
            steps=(
                "Correct or remove it; https://packages.debian.org finds a package by the files it holds.",
            ),
            example=f'[tool.dockwright]\n{key} = ["libmagic1t64"]',
        )


def _settle(
    needs: tuple[Need, ...], image: BaseImage, owners: tuple[Need, ...], asked: _Asked
) -> SystemPackages:
    runtime = [
        need for need in needs if need.stage == RUNTIME and need.package not in image.contents
    ]
    shipped = {need.package for need in (*runtime, *owners) if need.stage == RUNTIME}
    build = [
        need
        for need in needs
        if need.stage == BUILD and need.package not in shipped | set(image.contents)
    ]
    brought = frozenset[str]().union(*(includes().get(need.package, frozenset()) for need in build))
    build = [need for need in build if need.package not in brought]
    return SystemPackages(
        build=_merged([*build, *(need for need in owners if need.stage == BUILD)]),
        runtime=_merged([*runtime, *(need for need in owners if need.stage == RUNTIME)]),
        environment=asked.environment,
        commands=asked.commands,
    )


def _merged(needs: list[Need]) -> tuple[SystemPackage, ...]:
    """Return one entry per package, sorted, with everybody who needs it; the first reason speaks."""
    by_name: dict[str, list[Need]] = {}
    for need in needs:
        by_name.setdefault(need.package, []).append(need)
    return tuple(
        SystemPackage(
            name=name,
            stage=entries[0].stage,
            needed_by=tuple(sorted({entry.needed_by for entry in entries} - {""})),
            because=entries[0].because,
            asked_by=next((entry.asked_by for entry in entries if entry.asked_by), ""),
        )
        for name, entries in sorted(by_name.items())
    )
