"""The packages of the distribution below. docs/internals/system-packages.md says it for users."""

import re

from dockwright.decide.knowledge import load_table
from dockwright.decide.knowledge.images import suite_of
from dockwright.decide.knowledge.native_packages import load_native_packages
from dockwright.decide.manager import named_distributions
from dockwright.decide.native_needs import (
    BUILD,
    FAMILIES,
    RUNTIME,
    SystemRequest,
    accelerator_notices,
    ask_for,
    ask_for_itself,
    ask_for_triggers,
)
from dockwright.decide.wheels import PLATFORMS, arrivals, wheel_facts
from dockwright.errors import BaseImageError, UsageError
from dockwright.model.dependencies import LockedDistribution, ManagerFinding
from dockwright.model.origin import Notice
from dockwright.model.plan import BaseImage, SystemPackage, SystemPackages, WheelFact
from dockwright.model.project import Project
from dockwright.model.record import replace
from dockwright.model.settings import Settings

_DEBIAN_NAME = r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?"
_ALPINE_NAME = r"[A-Za-z0-9][A-Za-z0-9+._-]*([=<>~]{1,2}[A-Za-z0-9._-]+)?(@[a-z]+)?"


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
    platforms = settings.platforms or PLATFORMS
    if unlocked:
        # As if they were locked with hashes only: the table then says what has wheels.
        named = named_distributions(finding, settings.groups, settings.extras)
        distributions = tuple(replace(one, version="") for one in named)
        extras, forbidden = settings.extras, finding.manifest.no_binary
        facts = wheel_facts(
            distributions, python, platforms, image.libc, extras=extras, no_binary=forbidden
        )
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
    own = finding.manifest.distribution
    if own is not None and own.extension and own.installable:
        ask_for_itself(request, own)
    ask_for_triggers(request)
    # First what is needed, by the tables' names; then what this image calls it, and has already.
    needs = _in_this_image(request)
    packages = _settle(request, needs, [*_owners(request), *_apt_files(request)])
    _check_image(image, packages)
    request.notices += accelerator_notices(distributions, python, platforms, image.libc)
    compiled = tuple(sorted({entry.name for entry in request.arrivals if entry.compiled}))
    return packages, compiled, tuple(dict.fromkeys(request.notices))


def _in_this_image(request: SystemRequest) -> list[SystemPackage]:
    # The tables have trixie's names; a release may spell them differently, or lack one.
    image, suite, needs = request.image, request.suite, []
    for need in request.needs:
        spelled = request.spelled(need.name)
        if spelled and spelled not in request.settings.without_packages:
            needs.append(replace(need, name=spelled))
        elif not spelled and suite:
            request.tell(
                "system-package-unavailable",
                f"{need.needed_by[0]} needs {need.name}, which {suite.title} does not have.",
                "Choose another `suite`, or provide it in a fragment of the stage.",
            )
    if not needs or image.family in FAMILIES:
        return needs
    names = ", ".join(sorted({need.name for need in needs}))
    request.tell(
        "system-packages-unknown",
        f"It is not known what these are called for {image.packages} in {image.reference}, "
        f"so they are left out (Debian's names): {names}.",
        "Name them in `packages` and `build-packages` as that distribution spells them.",
    )
    return []


def _owners(request: SystemRequest) -> list[SystemPackage]:
    """Return what the settings ask for, and what the image lacks to have a Python."""
    image, settings = request.image, request.settings
    because = f"{image.reference} has no Python of its own"
    pattern = {"apt": _DEBIAN_NAME, "apk": _ALPINE_NAME}.get(image.packages)
    needs = [SystemPackage(name=name, stage=RUNTIME, because=because) for name in image.installs]
    for key, names, stage in (
        ("packages", settings.packages, RUNTIME),
        ("build-packages", settings.build_packages, BUILD),
    ):
        setting = f"the setting `{key}`"
        # A name stands in a command of the build as it is.
        bad = [name for name in names if pattern and not re.fullmatch(pattern, name)]
        if bad:
            raise UsageError(
                f"{bad[0]!r} in {setting} is no name of a package for {image.packages}",
                rule="a name is lower-case letters, digits, '+', '-' and '.'; it may pin a version",
                steps=("correct or remove it; https://packages.debian.org finds one by its files",),
                example=f'[tool.dockwright]\n{key} = ["libmagic1t64"]',
            )
        needs += [
            SystemPackage(name=name, stage=stage, because=setting, asked_by=setting)
            for name in names
        ]
    return needs


def _apt_files(request: SystemRequest) -> list[SystemPackage]:
    """Return what apt.txt and Aptfile ask for: headers to build with, libraries in the image."""
    image, found = request.image, request.project.apt_packages
    if found and image.packages != "apt":
        origin = found[0].origin
        request.tell(
            "apt-file-ignored",
            f"{origin.path} names packages for apt, which {image.reference} does not have.",
            "Name them in `packages` as the image's own distribution spells them.",
            origin,
        )
        return []
    # Where all that is compiled is known, it brings its own headers.
    unknown = any(entry.compiled and entry.row is None for entry in request.arrivals)
    used = unknown or request.finding.lock is None
    needs: list[SystemPackage] = []
    for entry in found:
        name, because = entry.value, f"{entry.origin} asks for it"
        headers = name.endswith("-dev")
        libraries = [request.spelled(one) for one in _libraries_of(name)] if headers else [name]
        if headers:
            where = "is in the build stage only" if used else "is left out, since nothing needs it"
            request.tell(
                "headers-in-build-stage",
                f"{name} holds headers, so it {where}; in the image: "
                f"{', '.join(libraries) or 'nothing, its library is not known'}.",
                "" if libraries else "Name the library in `packages`, if it is needed.",
                entry.origin,
            )
        places = [(name, BUILD)] if headers and used else []
        needs += [
            SystemPackage(name=one, stage=stage, because=because, asked_by=entry.origin.path)
            for one, stage in (*places, *((library, RUNTIME) for library in libraries))
        ]
    return needs


def _libraries_of(development: str) -> list[str]:
    # libpq-dev leads to libpq5, since psycopg2 is compiled with these headers alone.
    linked = [
        set(row.debian.linked)
        for row in load_native_packages().values()
        if [name for name in row.debian.build if name.endswith("-dev")] == [development]
        and row.debian.linked
    ]
    return sorted(set.intersection(*linked)) if linked else []


def _settle(
    request: SystemRequest, needs: list[SystemPackage], owners: list[SystemPackage]
) -> SystemPackages:
    # What the build stage has, it has from the image that is shipped: nothing is installed twice.
    there = set(request.image.contents)
    runtime = [need for need in needs if need.stage == RUNTIME and need.name not in there]
    runtime += [need for need in owners if need.stage == RUNTIME]
    there |= {need.name for need in runtime}
    build = [need for need in needs if need.stage == BUILD and need.name not in there]
    includes = load_table("toolchains")["includes"]
    there |= {name for need in build for name in includes.get(need.name, ())}
    build = [need for need in build if need.name not in there]
    build += [need for need in owners if need.stage == BUILD]
    return SystemPackages(
        build=_merged(build),
        runtime=_merged(runtime),
        environment=tuple(sorted(request.environment.items())),
        commands=tuple(request.commands),
    )


def _merged(needs: list[SystemPackage]) -> tuple[SystemPackage, ...]:
    # All who need a package are named; the first reason speaks.
    by_name: dict[str, list[SystemPackage]] = {}
    for need in needs:
        by_name.setdefault(need.name, []).append(need)
    return tuple(
        replace(
            entries[0],
            needed_by=tuple(sorted({name for entry in entries for name in entry.needed_by})),
            asked_by=next((entry.asked_by for entry in entries if entry.asked_by), ""),
        )
        for _, entries in sorted(by_name.items())
    )


def _check_image(image: BaseImage, packages: SystemPackages) -> None:
    # Said here, since the build would only say that a package or apt is not found.
    suite = suite_of(image.suite)
    needed = packages.runtime
    title = f"{image.reference} has no package manager, but needs packages at run time"
    if image.packages != "none":
        # The mirrors drop a release some time after its support has ended.
        needed = (*needed, *packages.build) if suite and suite.archived else ()
        title = f"apt finds no packages for {suite.title if suite else ''} any more"
    if needed:
        named = (f"{one.name} ({', '.join(one.needed_by) or one.because})" for one in needed)
        raise BaseImageError(
            title,
            found="; ".join(named),
            rule="what the image does not have must be installed from its distribution",
            steps=(
                "use a base image of a newer release, with a package manager",
                "or name an image of your own that has them with `base`",
                "or depend on distributions whose wheels carry their libraries",
            ),
            example='[tool.dockwright]\nbase = "slim"',
        )
