"""Which package manager installs the project."""

from dockwright.errors import SeveralManagersError, UsageError
from dockwright.model.dependencies import ManagerFinding, Manifest
from dockwright.model.manager import Manager
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.project import Project
from dockwright.model.settings import Settings


def choose_manager(
    project: Project, settings: Settings
) -> tuple[Decision[ManagerFinding], tuple[Notice, ...]]:
    """Return the one finding to install from; SeveralManagersError where the locks of several managers stand in the root."""
    if settings.manager:
        return _chosen(project, settings.manager), ()
    own = [finding for finding in project.managers if not _is_export(finding, project)]
    if not own:
        return Decision(
            value=_none(), because="no manifest: a script to run, and nothing to install"
        ), ()
    locked = [finding for finding in own if finding.lock is not None]
    candidates = locked or _without_packaging(own)
    if len(candidates) > 1:
        raise _several(candidates)
    chosen = candidates[0]
    return _decided(chosen, project), _left_over(project, chosen)


def _without_packaging(found: list[ManagerFinding]) -> list[ManagerFinding]:
    """Beside a requirements.txt, which says what to install, setup.py or a plain [project] only say how to package it."""
    if any(finding.manager is Manager.REQUIREMENTS for finding in found):
        return [finding for finding in found if finding.manager is not Manager.SETUPTOOLS]
    return found


def _chosen(project: Project, name: str) -> Decision[ManagerFinding]:
    found = next((finding for finding in project.managers if finding.manager == name), None)
    if found is None:
        raise UsageError(
            f"the settings choose {name}, and the project has no manifest of it",
            found=", ".join(str(finding.manager) for finding in project.managers)
            or "no manifest at all",
            rule="`manager` is one of those whose manifest stands in the root",
            steps=("correct the setting `manager`",),
            example=f'manager = "{project.managers[0].manager}"' if project.managers else "",
        )
    return Decision(
        value=found,
        because=f"the settings choose {name}",
        evidence=(Origin(path=found.manifest.path),),
        instead_of=tuple(str(other.manager) for other in project.managers if other is not found),
    )


def _is_export(finding: ManagerFinding, project: Project) -> bool:
    return bool(finding.exported_from) and any(
        other is not finding and other.lock is not None and other.lock.path == finding.exported_from
        for other in project.managers
    )


def _decided(chosen: ManagerFinding, project: Project) -> Decision[ManagerFinding]:
    evidence = [Origin(path=chosen.manifest.path)]
    if chosen.lock is not None:
        evidence.append(Origin(path=chosen.lock.path))
        because = f"{chosen.lock.path} is the lock of this project"
    else:
        because = f"{chosen.manifest.path} is its only manifest, and there is no lock"
    others = tuple(str(other.manager) for other in project.managers if other is not chosen)
    return Decision(value=chosen, because=because, evidence=tuple(evidence), instead_of=others)


def _left_over(project: Project, chosen: ManagerFinding) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            code="exported-lock" if _is_export(other, project) else "second-manifest",
            text=f"{other.manifest.path} was exported from {other.exported_from}: not a second manager"
            if _is_export(other, project)
            else f"{other.manifest.path} ({other.manager}) is not used: {chosen.lock.path if chosen.lock else chosen.manifest.path} decides",
            origin=Origin(path=other.manifest.path),
            remedy=""
            if _is_export(other, project)
            else f'remove {other.manifest.path}, or set manager = "{other.manager}"',
        )
        for other in project.managers
        if other is not chosen and other.manifest.path != chosen.manifest.path
    )


def _several(candidates: list[ManagerFinding]) -> SeveralManagersError:
    files = ", ".join(
        f"{finding.lock.path if finding.lock else finding.manifest.path} ({finding.manager})"
        for finding in candidates
    )
    kind = "locks" if all(finding.lock for finding in candidates) else "manifests"
    first = candidates[0].manager
    return SeveralManagersError(
        f"the {kind} of {len(candidates)} package managers stand side by side",
        found=files,
        rule="one manager installs an image; which one is the owner's choice, not a guess",
        steps=("remove what is no longer used", "or choose with the setting `manager`"),
        example=f"dockwright generate --set manager={first}",
    )


def _none() -> ManagerFinding:
    return ManagerFinding(manager=Manager.NONE, manifest=Manifest(path=""))
