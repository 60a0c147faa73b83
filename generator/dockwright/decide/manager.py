"""Which package manager installs the project, what it must have, and what production installs."""

import re
from difflib import get_close_matches
from functools import cached_property

from dockwright.decide.knowledge import load_table
from dockwright.decide.wheels import PLATFORMS, marker_holds, target_on
from dockwright.errors import ManifestError, SeveralManagersError, UsageError
from dockwright.model.dependencies import (
    ITSELF,
    MAIN,
    LockedDistribution,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
    SourceKind,
    production_groups,
)
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.project import Project
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

# Both stand in commands of the build as they are.
_NAME = r"[A-Za-z0-9_][A-Za-z0-9._:-]*"
_PATH = r"[^\s\"'`$\\;&|<>(){}*?!#,\x00-\x1f-][^\s\"'`$\\;&|<>(){}*?!#,\x00-\x1f]*"


def choose_manager(
    project: Project, settings: Settings
) -> tuple[Decision[ManagerFinding], tuple[Notice, ...]]:
    """Return the finding to install from, and notices. SeveralManagersError for several locks."""
    managers = project.managers
    if settings.manager:
        named = next((one for one in managers if one.manager == settings.manager), None)
        if named is None:
            raise _not_there(project, settings.manager)
        return _decided(named, project, f"the settings choose {settings.manager}"), ()
    # A requirements.txt that `uv export` wrote is no second manager.
    own = [finding for finding in managers if not _is_export(finding, project)]
    if not own:
        nothing = ManagerFinding(manager=Manager.NONE, manifest=Manifest(path=""))
        because = "no manifest: a script to run, and nothing to install"
        return Decision(value=nothing, because=because), ()
    # Beside a manifest that says what to install, setup.py only says how to package the project.
    packaging = [one for one in own if one.manager is Manager.SETUPTOOLS and not one.lock]
    own = [finding for finding in own if finding not in packaging] or own
    # A lock says more than a manifest that somebody left behind.
    candidates = [finding for finding in own if finding.lock] or own
    if len(candidates) > 1:
        raise _several(candidates)
    chosen = candidates[0]
    distribution = next((one.manifest.distribution for one in packaging if one is not chosen), None)
    if chosen.manifest.distribution is None and distribution is not None:
        chosen = replace(chosen, manifest=replace(chosen.manifest, distribution=distribution))
    lock = chosen.lock
    because = f"{chosen.manifest.path} is its only manifest, and there is no lock"
    because = f"{lock.path} is the lock of this project" if lock else because
    return _decided(chosen, project, because), _left_over(project, chosen)


def brought_by_extras(one: Requirement | LockedDistribution) -> tuple[str, ...]:
    """Return the names that the extras of one distribution bring: psycopg[c] brings psycopg-c."""
    table = load_table("brought-along")["extras"]
    return tuple(name for extra in one.extras for name in table.get(f"{one.name}[{extra}]", ()))


def _is_part(name: str, one: Requirement | LockedDistribution) -> bool:
    # The parts of one distribution are released together.
    return name.startswith(f"{one.name}-")


def asks_for_itself(finding: ManagerFinding) -> bool:
    """Whether the manifest or lock names the project's own folder: `-e .`, `{path = "."}`."""
    locked = finding.lock.distributions if finding.lock else ()
    places = {one.reference for one in finding.manifest.requirements}
    return not ITSELF.isdisjoint(places | {one.reference for one in locked})


def _is_export(finding: ManagerFinding, project: Project) -> bool:
    return bool(finding.exported_from) and any(
        other is not finding and other.lock is not None and other.lock.path == finding.exported_from
        for other in project.managers
    )


def _decided(chosen: ManagerFinding, project: Project, because: str) -> Decision[ManagerFinding]:
    paths = [chosen.manifest.path] + ([chosen.lock.path] if chosen.lock else [])
    return Decision(
        value=chosen,
        because=because,
        evidence=tuple(Origin(path=path) for path in paths),
        instead_of=tuple(str(other.manager) for other in project.managers if other is not chosen),
    )


def _left_over(project: Project, chosen: ManagerFinding) -> tuple[Notice, ...]:
    decides = chosen.lock.path if chosen.lock else chosen.manifest.path
    found = []
    for other in project.managers:
        path = other.manifest.path
        # What only packages the project is no second manager.
        packages = other.manager is Manager.SETUPTOOLS and not other.lock
        if path == chosen.manifest.path or packages:
            continue
        code, remedy = "second-manifest", f'remove {path}, or set manager = "{other.manager}"'
        text = f"{path} ({other.manager}) is not used: {decides} decides"
        if _is_export(other, project):
            code, remedy = "exported-lock", ""
            text = f"{path} was exported from {other.exported_from}: not a second manager"
        found.append(Notice(code=code, text=text, origin=Origin(path=path), remedy=remedy))
    return tuple(found)


def _not_there(project: Project, name: str) -> UsageError:
    managers = [str(finding.manager) for finding in project.managers]
    return UsageError(
        f"the settings choose {name}, and the project has no manifest of it",
        found=", ".join(managers) or "no manifest at all",
        rule="`manager` is one of those whose manifest stands in the root",
        steps=("correct the setting `manager`",),
        example=f'manager = "{managers[0]}"' if managers else "",
    )


def _several(candidates: list[ManagerFinding]) -> SeveralManagersError:
    files = [finding.lock.path if finding.lock else finding.manifest.path for finding in candidates]
    kind = "locks" if all(finding.lock for finding in candidates) else "manifests"
    named = zip(files, candidates, strict=True)
    return SeveralManagersError(
        f"the {kind} of {len(candidates)} package managers stand side by side",
        found=", ".join(f"{file} ({finding.manager})" for file, finding in named),
        rule="one manager installs an image; which one is the owner's choice, not a guess",
        steps=("remove what is no longer used", "or choose with the setting `manager`"),
        example=f"dockwright generate --set manager={candidates[0].manager}",
    )


def refuse_unknown_groups(finding: ManagerFinding, settings: Settings) -> None:
    """Raise UsageError for an extra or group of the settings that manifest and lock lack."""
    # What only a build of the project could tell is not known to be missing.
    if any(notice.code == "dynamic-dependencies" for notice in finding.notices):
        return
    manifest, locked = finding.manifest, finding.lock.distributions if finding.lock else ()
    named = {group for entry in locked for group in entry.groups}
    named |= {wanted.group for wanted in manifest.requirements}
    extras = {name.removeprefix("extra:") for name in named if name.startswith("extra:")}
    groups = {name for name in named if not name.startswith("extra:")} - {MAIN}
    # Every Pipfile has [dev-packages], written or not.
    if finding.manager is Manager.PIPENV:
        groups.add("dev")
    # pip passes over an extra that does not exist, so a slip would show in production only.
    for key, asked, known in (
        ("extras", settings.extras, extras | set(manifest.extras)),
        ("groups", settings.groups, groups | set(manifest.groups)),
    ):
        missing = next((name for name in asked if name not in known), "")
        if missing:
            listed, near = sorted(known), get_close_matches(missing, known, n=1, cutoff=0.0)
            raise UsageError(
                f"the settings ask for the {key.removesuffix('s')} {missing}, "
                f"which {manifest.path or 'the project'} does not have",
                found=f"{key}: {', '.join(listed)}" if listed else f"no {key} at all",
                rule=f"`{key}` are names of {key} of the project, in lower case and with `-`",
                steps=(f"write a name that is there, or take it out of the setting `{key}`",),
                example=f'{key} = ["{near[0]}"]' if near else "",
            )


def refuse_unsafe_names(finding: ManagerFinding) -> None:
    """Raise ManifestError for a group, extra or path that a command line cannot hold as it is."""
    manifest, locked = finding.manifest, finding.lock.distributions if finding.lock else ()
    entries: tuple[Requirement | LockedDistribution, ...] = (*manifest.requirements, *locked)
    readme = manifest.distribution.readme if manifest.distribution else ""
    files = (*manifest.also_read, *(file for _, file in manifest.group_files), readme)
    here = Origin(path=manifest.path)
    named = [(name, here, _NAME) for name in (*manifest.groups, *manifest.extras)]
    named += [(path, here, _PATH) for path in files if path]
    named += [
        (entry.reference, entry.origin, _PATH)
        for entry in entries
        if entry.source is SourceKind.PATH and entry.reference
    ]
    # Quoting could be forgotten in one place of many; a name that needs none cannot harm.
    for text, origin, pattern in named:
        if not re.fullmatch(pattern, text):
            kind = "the name of a group or extra" if pattern == _NAME else "a path"
            raise ManifestError(
                f"{kind} that the build cannot use: {text[:80]!r}",
                origin=origin,
                rule="it stands in commands of the build, so it has no spaces, quotes or other "
                "characters that a shell reads",
                steps=("rename it",),
                example="docs-tools",
            )


def production_distributions(
    finding: ManagerFinding,
    groups: tuple[str, ...] = (),
    extras: tuple[str, ...] = (),
    python: str = "",
    platforms: tuple[str, ...] = PLATFORMS,
) -> tuple[LockedDistribution, ...]:
    """Return what a production image installs: "main", `groups` and `extras`, in the lock's order.

    With `python` ("3.13" or "3.13.2") only what its marker lets in on at least one of `platforms`;
    () without a lock.
    """
    if finding.lock is None:
        return ()
    # What no group names (a lock that cannot tell) is installed as well.
    wanted, locked = production_groups(groups, extras), finding.lock.distributions
    names = {dist.name for dist in locked}
    # What extras bring of the same version is known where a list of pins does not name it.
    parts = (
        replace(dist, name=name, extras=(), hashes=(), files=())
        for dist in (locked if finding.lock.state is LockState.PINNED else ())
        for name in brought_by_extras(dist)
        if _is_part(name, dist) and name not in names
    )
    targets = [target_on(platform, python) for platform in platforms] if python else []
    return tuple(
        dist
        for dist in (*locked, *parts)
        if (not dist.groups or not wanted.isdisjoint(dist.groups))
        and (not python or any(marker_holds(dist.marker, target, extras) for target in targets))
    )


def named_distributions(
    finding: ManagerFinding, groups: tuple[str, ...] = (), extras: tuple[str, ...] = ()
) -> tuple[LockedDistribution, ...]:
    """Return the production requirements with what their extras bring, as a lock would hold them.

    Only what is pinned has a version. The pins tell which Python a project without a lock is from.
    """
    wanted = production_groups(groups, extras)
    found: list[LockedDistribution] = []
    for entry in (one for one in finding.manifest.requirements if one.group in wanted):
        locked = entry.as_locked()
        found.append(locked)
        found += (
            replace(locked, name=name, extras=(), version=locked.version * _is_part(name, entry))
            for name in brought_by_extras(entry)
        )
    return tuple(found)


@record
class Installed:
    """What production installs: `locked` from the lock, else `requirements` of the manifest.

    The requirements also bring what they are known to bring (brought-along.toml): a list of pins
    is taken for a lock, and does not name what its extras install. `own` are the requirements of
    the project itself where it is installed beside such a list.
    """

    locked: tuple[LockedDistribution, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    own: tuple[Requirement, ...] = ()

    @property
    def from_lock(self) -> bool:
        """Whether a lock says exactly what is installed."""
        return bool(self.locked)

    @cached_property
    def names(self) -> frozenset[str]:
        """The canonical names of all that is installed."""
        always = load_table("brought-along")["always"]
        found = [distribution.name for distribution in self.locked]
        for wanted in self._wanted:
            # A marker may keep a requirement out of the lock, and with it what it brings.
            if self.locked and wanted.name not in found and wanted not in self.own:
                continue
            found += [wanted.name, *always.get(wanted.name, ()), *brought_by_extras(wanted)]
        return frozenset(found)

    @cached_property
    def direct(self) -> frozenset[str]:
        """The names that the manifest itself asks for; everything where there is no manifest."""
        return frozenset(wanted.name for wanted in self._wanted) or self.names

    @property
    def _wanted(self) -> tuple[Requirement, ...]:
        every = (*self.requirements, *self.own)
        return tuple(wanted for wanted in every if wanted.group == MAIN)

    def has(self, *names: str) -> bool:
        """Whether all of `names` are installed."""
        return self.names.issuperset(names)

    def first(self, names: tuple[str, ...]) -> str:
        """Return the first of `names` that is installed, those of the manifest first, else ""."""
        found = [name for name in names if name in self.names]
        return next((name for name in found if name in self.direct), found[0] if found else "")

    def version(self, name: str) -> tuple[int, ...]:
        """Return the numbers of the locked version, () where no lock says it."""
        found = next((dist.version for dist in self.locked if dist.name == name), "")
        numbers = re.match(r"\d+(\.\d+)*", found)
        return tuple(int(part) for part in numbers[0].split(".")) if numbers else ()

    def extras(self, name: str) -> frozenset[str]:
        """Return the extras with which a distribution is installed."""
        return frozenset[str]().union(*(entry.extras for entry in self._named(name)))

    def origin(self, name: str) -> Origin | None:
        """Return the place that names a distribution: the manifest where it does, else the lock."""
        return next((entry.origin for entry in self._named(name)), None)

    def _named(self, name: str) -> list[Requirement | LockedDistribution]:
        every: tuple[Requirement | LockedDistribution, ...] = (*self._wanted, *self.locked)
        return [entry for entry in every if entry.name == name]


def refuse_other_systems(
    distributions: tuple[LockedDistribution, ...],
    python: str,
    platforms: tuple[str, ...],
    extras: tuple[str, ...],
) -> None:
    """Raise ManifestError for what no Linux installs: pywin32, a path of one machine.

    `distributions` are those of production; what their markers leave out is passed over.
    """
    targets = [target_on(platform, python) for platform in platforms]
    systems = {
        name: system
        for system, names in load_table("other-systems")["systems"].items()
        for name in names
    }
    found: list[tuple[str, str]] = []
    for one in distributions:
        if not any(marker_holds(one.marker, target, extras) for target in targets):
            continue
        # pip freeze inside of conda writes such paths.
        local = one.source is SourceKind.PATH and re.match(r"/|[A-Za-z]:", one.reference)
        why = f"only for {systems[one.name]}" if one.name in systems else ""
        why = "a path of one machine" if local else why
        if why:
            found.append((one.name, f"{one.origin}: {one.name} is {why}"))
    if found:
        raise ManifestError(
            "an image of Linux cannot install what the manifest asks for",
            found="; ".join(said for _, said in found),
            rule="what an image installs must exist for Linux, from an index or from the project",
            steps=(
                "take the lines out, or let a marker keep them for their own system",
                "after `pip freeze` in conda: write the names and versions without the paths",
            ),
            example=f"{found[0][0]}; sys_platform == 'win32'",
        )
