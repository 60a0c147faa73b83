"""The packages of the distribution below: to compile with, to link against, to open at run time.

docs/internals/system-packages.md says it for users.
"""

import re

from dockwright.decide.knowledge.images import suite_of
from dockwright.decide.knowledge.native_packages import includes, load_native_packages
from dockwright.decide.native_needs import (
    BUILD,
    FAMILIES,
    RUNTIME,
    Need,
    SystemRequest,
    accelerator_notices,
    as_locked,
    ask_for,
    ask_for_triggers,
)
from dockwright.decide.wheels import PLATFORMS, arrivals, as_owner_wants
from dockwright.errors import BaseImageError, UsageError
from dockwright.model.dependencies import MAIN, LockedDistribution, ManagerFinding
from dockwright.model.origin import Notice, Sourced
from dockwright.model.plan import BaseImage, SystemPackage, SystemPackages, WheelFact
from dockwright.model.project import Project
from dockwright.model.record import replace
from dockwright.model.settings import Settings

_DEBIAN_NAME = r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?"
_ALPINE_NAME = r"[A-Za-z0-9][A-Za-z0-9+._-]*([=<>~]{1,2}[A-Za-z0-9._-]+)?(@[a-z]+)?"
_FEW = 8


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

    `distributions` are those of production with their `facts`; without a lock the manifest's own
    requirements take their place. `python` is X.Y: the table knows wheels per Python. UsageError
    for a name that no package can have, BaseImageError where an image without a package manager, or
    of a release that left the mirrors, would need one.
    """
    unlocked = finding.lock is None and bool(finding.manifest.requirements)
    if unlocked:
        distributions, facts = _from_manifest(finding, settings)
    request = SystemRequest(
        project=project,
        finding=finding,
        image=image,
        settings=settings,
        distributions=distributions,
        arrivals=arrivals(distributions, facts, python, image.libc[0]),
    )
    if unlocked:
        request.tell(
            "system-packages-without-lock",
            "There is no lock, so system packages are known for the direct requirements only.",
            "Lock the dependencies, or name what is missing in `packages` and `build-packages`.",
        )
    for entry in request.arrivals:
        ask_for(request, entry)
    ask_for_triggers(request)
    # First what is needed, by the tables' names; then what this image calls it, and has already.
    needs = _in_this_image(request)
    packages = _settle(request, needs, [*_owners(request), *_apt_files(request)])
    _check_image(image, packages)
    platforms = settings.platforms or PLATFORMS
    request.notices += accelerator_notices(distributions, python, platforms, image.libc)
    compiled = tuple(sorted({entry.name for entry in request.arrivals if entry.compiled}))
    return packages, compiled, tuple(dict.fromkeys(request.notices))


def _from_manifest(
    finding: ManagerFinding, settings: Settings
) -> tuple[tuple[LockedDistribution, ...], tuple[WheelFact, ...]]:
    """Return the direct requirements of production as if they were locked without their files."""
    groups = {MAIN, *settings.groups, *(f"extra:{extra}" for extra in settings.extras)}
    wanted = (entry for entry in finding.manifest.requirements if entry.group in groups)
    distributions = tuple(replace(as_locked(entry), version="") for entry in wanted)
    facts = (
        WheelFact(name=dist.name, version="", platform=platform, kind="unknown")
        for dist in distributions
        for platform in settings.platforms or PLATFORMS
    )
    no_binary = finding.manifest.no_binary
    return distributions, tuple(as_owner_wants(fact, no_binary) for fact in facts)


def _in_this_image(request: SystemRequest) -> list[Need]:
    """Return the needs as the image's release spells them, without what it cannot have."""
    image, suite = request.image, request.suite
    needs = [replace(need, package=request.spelled(need.package)) for need in request.needs]
    for need, spelled in zip(request.needs, needs, strict=True):
        if not spelled.package and suite:
            request.tell(
                "system-package-unavailable",
                f"{need.needed_by} needs {need.package}, which {suite.title} does not have.",
                "Choose another `suite`, or provide it in a fragment of the stage.",
            )
    needs = [need for need in needs if need.package]
    if needs and image.family not in FAMILIES:
        request.tell(
            "system-packages-unknown",
            f"It is not known what these are called for {image.packages} in {image.reference}, "
            f"so they are left out (Debian's names): {_listed(needs)}.",
            "Name them in `packages` and `build-packages` as that distribution spells them.",
        )
        return []
    if needs and image.family == "ubuntu":
        request.tell(
            "system-packages-untested",
            "The package names are those of Debian 13; "
            f"on {image.suite} a few libraries are numbered differently.",
            "If apt cannot find one, name the right one in `packages`.",
        )
    unwanted = request.settings.without_packages
    return [need for need in needs if need.package not in unwanted]


def _listed(needs: list[Need]) -> str:
    names = sorted({need.package for need in needs})
    rest = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + rest


def _owners(request: SystemRequest) -> list[Need]:
    """Return what the settings ask for, and what the image lacks to have a Python."""
    image, settings = request.image, request.settings
    because = f"{image.reference} has no Python of its own"
    needs = [Need(package=name, stage=RUNTIME, because=because) for name in image.installs]
    for key, names, stage in (
        ("packages", settings.packages, RUNTIME),
        ("build-packages", settings.build_packages, BUILD),
    ):
        setting = f"the setting `{key}`"
        for name in names:
            _check_name(name, key, image)
            needs.append(Need(package=name, stage=stage, because=setting, asked_by=setting))
    return needs


def _check_name(name: str, key: str, image: BaseImage) -> None:
    kind = "Alpine" if image.packages == "apk" else "Debian"
    pattern = _ALPINE_NAME if image.packages == "apk" else _DEBIAN_NAME
    if image.packages in ("apt", "apk") and not re.fullmatch(pattern, name):
        raise UsageError(
            f"{name!r} in the setting `{key}` is not the name of a {kind} package",
            rule="A name is lower-case letters, digits, '+', '-' and '.', and may pin a version "
            "with '='.",
            steps=(
                ("Correct or remove it; https://packages.debian.org finds a package by its files."),
            ),
            example=f'[tool.dockwright]\n{key} = ["libmagic1t64"]',
        )


def _apt_files(request: SystemRequest) -> list[Need]:
    """Return what apt.txt and Aptfile ask for.

    Headers go to the build stage and their libraries into the image.
    """
    image, found = request.image, request.project.apt_packages
    if found and image.packages != "apt":
        origin = found[0].origin
        request.tell(
            "apt-file-ignored",
            f"{origin.path} names packages for apt, which {image.reference} does not have: "
            "they are left out.",
            "Name them in `packages` as the image's own distribution spells them.",
            origin,
        )
        return []
    # Where all that is compiled is known, it brings its own headers.
    unknown = any(entry.compiled and entry.row is None for entry in request.arrivals)
    used = unknown or request.finding.lock is None
    needs: list[Need] = []
    for entry in found:
        names = [entry.value]
        if entry.value.endswith("-dev"):
            names = [request.spelled(name) for name in _libraries_of(entry.value)]
            _tell_of_headers(request, entry, names, used=used)
        headers = [(entry.value, BUILD)] if used and entry.value not in names else []
        needs += [
            Need(
                package=name,
                stage=stage,
                because=f"{entry.origin} asks for it",
                asked_by=entry.origin.path,
            )
            for name, stage in (*headers, *((name, RUNTIME) for name in names))
        ]
    return needs


def _libraries_of(development: str) -> list[str]:
    """Return the libraries that the table links against wherever `development` alone is used."""
    linked = [
        set(row.debian.linked)
        for row in load_native_packages().values()
        if [name for name in row.debian.build if name.endswith("-dev")] == [development]
        and row.debian.linked
    ]
    return sorted(set.intersection(*linked)) if linked else []


def _tell_of_headers(
    request: SystemRequest, entry: Sourced[str], libraries: list[str], *, used: bool
) -> None:
    where = "is in the build stage only" if used else "is left out, since nothing needs it"
    library = f"its library {', '.join(libraries)} is in the image"
    request.tell(
        "headers-in-build-stage",
        f"{entry.value} holds headers, so it {where}; "
        f"{library if libraries else 'its library is not known'}.",
        ""
        if libraries
        else "Name the library in `packages`, and the headers in `build-packages`, if needed.",
        entry.origin,
    )


def _settle(request: SystemRequest, needs: list[Need], owners: list[Need]) -> SystemPackages:
    """Return both stages: nothing that the image has, and nothing that another package brings."""
    # What the build stage has, it has from the image that is shipped: nothing is installed twice.
    there = set(request.image.contents)
    runtime = [need for need in needs if need.stage == RUNTIME and need.package not in there]
    of_owner = {
        stage: [need for need in owners if need.stage == stage] for stage in (BUILD, RUNTIME)
    }
    there |= {need.package for need in (*runtime, *of_owner[RUNTIME])}
    build = [need for need in needs if need.stage == BUILD and need.package not in there]
    brought = frozenset[str]().union(*(includes().get(need.package, ()) for need in build))
    build = [need for need in build if need.package not in brought]
    return SystemPackages(
        build=_merged([*build, *of_owner[BUILD]]),
        runtime=_merged([*runtime, *of_owner[RUNTIME]]),
        environment=tuple(sorted(request.environment.items())),
        commands=tuple(request.commands),
    )


def _merged(needs: list[Need]) -> tuple[SystemPackage, ...]:
    """Return one entry per package, sorted, with all who need it; the first reason speaks."""
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


def _check_image(image: BaseImage, packages: SystemPackages) -> None:
    """Raise BaseImageError where the image cannot install what it needs."""
    suite = suite_of(image.suite)
    if image.packages == "none" and packages.runtime:
        raise BaseImageError(
            f"{image.reference} has no package manager, but needs packages at run time",
            found=_explained(packages.runtime),
            rule="An image without a package manager holds what it was made with.",
            steps=(
                "Use a base image with a package manager.",
                "Or depend on distributions whose wheels carry their libraries.",
            ),
            example='[tool.dockwright]\nbase = "slim"',
        )
    needed = (*packages.runtime, *packages.build)
    if suite and suite.archived and needed:
        raise BaseImageError(
            f"apt finds no packages for {suite.title} any more",
            found=f"{_explained(needed)} would have to be installed; "
            f"support ended on {suite.last_day}",
            rule="The mirrors drop a release some time after its support has ended.",
            steps=(
                "Move to a Python whose image is built on a newer release.",
                "Or name an image of your own with `base`.",
            ),
            example='[tool.dockwright]\nbase = "registry.example.com/python:3.8"\n'
            'suite = "bullseye"',
        )


def _explained(packages: tuple[SystemPackage, ...]) -> str:
    return "; ".join(
        f"{package.name} ({', '.join(package.needed_by) or package.because})"
        for package in packages
    )
