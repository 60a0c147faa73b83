"""What the development groups alone would need of the system: told, not installed."""

import json

from dockwright.decide.knowledge.native_packages import NativePackage, native_package
from dockwright.decide.knowledge.suites import suite_of
from dockwright.decide.system_needs import is_satisfied, only_for_others
from dockwright.model.dependencies import LockedDistribution, ManagerFinding
from dockwright.model.origin import Notice
from dockwright.model.plan import BaseImage, SystemPackages
from dockwright.model.record import record
from dockwright.model.settings import Settings, StageSettings

_STAGES = ("base", "build", "dev", "test")


@record
class _Surroundings:
    """What is there without the development groups."""

    image: BaseImage
    settings: Settings
    present: frozenset[str]

    @property
    def family(self) -> str:
        return "alpine" if self.image.family == "alpine" else "debian"

    @property
    def unwanted(self) -> frozenset[str]:
        """What the owner does without: the browser runs elsewhere."""
        return frozenset(self.settings.without_packages)

    @property
    def lines(self) -> str:
        """The lines that the owner added to stages which development is made of."""
        stages = [own for name, own in self.settings.stages if name in _STAGES]
        return "\n".join(line for own in stages for line in (*own.before, *own.after))


def development_notices(
    finding: ManagerFinding,
    groups: tuple[str, ...],
    installed: tuple[LockedDistribution, ...],
    system: SystemPackages,
    image: BaseImage,
    settings: Settings,
) -> tuple[Notice, ...]:
    """Return a notice for each distribution of the development `groups` alone that opens or downloads what `dev` lacks.

    Looks at what the manifest asks for, at what a plugin of pytest brings, and at whatever downloads a browser.
    """
    names = {entry.name for entry in installed}
    chosen = tuple(
        entry
        for entry in _known(finding)
        if entry.name not in names and not set(groups).isdisjoint(entry.groups)
    )
    direct = frozenset(wish.name for wish in finding.manifest.requirements)
    asked = direct | {
        name for entry in chosen if entry.name.startswith("pytest-") for name in entry.depends_on
    }
    own = [stage for name, stage in settings.stages if name in _STAGES]
    there = _Surroundings(
        image=image,
        settings=settings,
        present=frozenset(
            (
                *(package.name for package in system.runtime),
                *image.contents,
                *(name for stage in own for name in stage.packages),
            )
        ),
    )
    there_too = frozenset(entry.name for entry in chosen) | names
    found = []
    for entry in chosen:
        row = native_package(entry.name)
        row = row.at(entry.version) if row and entry.version else row
        if (
            row is None
            or is_satisfied(row, entry.extras, there_too)
            or only_for_others(row, chosen, direct)
        ):
            continue
        if entry.name in asked or row.command:
            found.append(_notice(entry, row, there))
    return tuple(notice for notice in found if notice is not None)


def _known(finding: ManagerFinding) -> tuple[LockedDistribution, ...]:
    """Return what the lock holds, and the wishes of the manifest that it does not: many lock production alone."""
    locked = finding.lock.distributions if finding.lock else ()
    names = {entry.name for entry in locked}
    wishes = tuple(
        LockedDistribution(
            name=wish.name,
            version=wish.specifier.removeprefix("==") if wish.specifier.startswith("==") else "",
            origin=wish.origin,
            groups=(wish.group,),
            extras=wish.extras,
        )
        for wish in finding.manifest.requirements
        if wish.name not in names
    )
    return (*locked, *wishes)


def _notice(entry: LockedDistribution, row: NativePackage, there: _Surroundings) -> Notice | None:
    names = row.family(there.family)
    where = f"{entry.name} belongs to a development group, and its needs are not in the stages dev and test"
    if names.unavailable:
        return Notice(
            code="development-packages",
            text=f"{where}: {names.unavailable}",
            origin=entry.origin,
            remedy='set base = "slim", where it can be had',
        )
    suite = suite_of(there.image.suite)
    spelled = [suite.names.get(name, name) if suite else name for name in names.loaded]
    if not there.unwanted.isdisjoint(spelled):
        return None
    missing = tuple(name for name in spelled if name and name not in there.present)
    command = (
        row.command if row.command and not any(name in there.lines for name in row.commands) else ""
    )
    if not missing and not command:
        return None
    what = [*([f"`{command}`"] if command else []), *([_counted(missing)] if missing else [])]
    return Notice(
        code="development-packages",
        text=f"{where}: {' and '.join(what)}",
        origin=entry.origin,
        remedy="set " + ", ".join(_settings(missing, command, row, there)),
    )


def _counted(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} system packages"


def _settings(
    missing: tuple[str, ...], command: str, row: NativePackage, there: _Surroundings
) -> list[str]:
    """Return the settings that cure it, as TOML."""
    found = [f"stages.dev.packages = {json.dumps(missing)}"] if missing else []
    if command:
        own = dict(
            next(
                (stage for name, stage in there.settings.stages if name == "dev"), StageSettings()
            ).environment
        )
        variables = (*row.environment, *row.family(there.family).environment)
        found += [
            f"stages.dev.environment.{name} = {json.dumps(value)}"
            for name, value in variables
            if name not in own
        ]
        found.append(f"stages.dev.after = {json.dumps([f'RUN {command}'])}")
    return found
