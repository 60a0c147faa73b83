"""System packages as a layer of a stage, and what installed distributions fetch for themselves."""

from dockwright.model.dockerfile import AptLayer, Run
from dockwright.model.plan import SystemPackage, SystemPackages
from dockwright.model.settings import Settings

_FEW = 8
_FETCHERS = frozenset({"git", "openssh-client", "mercurial", "subversion", "brz"})
"""What brings a requirement from version control: nothing is compiled with it."""


def system_layer(packages: tuple[SystemPackage, ...], manager: str) -> AptLayer | None:
    """Return the layer of `packages`, None where there are none; `manager` is the image's."""
    if not packages:
        return None
    names = tuple(sorted({package.name for package in packages}))
    return AptLayer(manager=manager, packages=names, comment=_why(packages))


def _why(packages: tuple[SystemPackage, ...]) -> str:
    """Return one comment line that says who needs what; a long list stands below it, and is only counted here."""
    needed: dict[str, list[str]] = {}
    for package in packages:
        needed.setdefault(", ".join(package.needed_by) or package.asked_by, []).append(package.name)
    return "; ".join(
        f"{by}: {_listed(names, len(packages))}" for by, names in sorted(needed.items()) if by
    )


def _listed(names: list[str], of: int) -> str:
    found = sorted(set(names))
    if len(found) <= _FEW:
        return ", ".join(found)
    return "all of these" if len(found) == of else f"{len(found)} of these"


def of_the_compiler(packages: tuple[SystemPackage, ...]) -> tuple[SystemPackage, ...]:
    """Return what something is compiled with, without the tools that only fetch."""
    return tuple(package for package in packages if package.name not in _FETCHERS)


def system_environment(system: SystemPackages, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return the variables that distributions are found by; the owner's value goes before ours, in the build too."""
    own = dict(settings.environment)
    return tuple((name, own.get(name, value)) for name, value in system.environment)


def fetched(system: SystemPackages) -> tuple[Run, ...]:
    """Return the step that fetches what a distribution does not bring (a browser), once it is installed."""
    if not system.commands:
        return ()
    return (
        Run(
            commands=system.commands,
            comment="Not in the wheel: fetched by root, for every user to read.",
        ),
    )
