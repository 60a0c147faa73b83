"""The extras and groups that the settings ask for: one that does not exist would be silently without effect."""

from dockwright.errors import UsageError
from dockwright.model.dependencies import MAIN, ManagerFinding
from dockwright.model.manager import Manager
from dockwright.model.settings import Settings

_EXTRA = "extra:"
_UNREAD = "dynamic-dependencies"


def refuse_unknown_groups(finding: ManagerFinding, settings: Settings) -> None:
    """Raise UsageError for an extra or a group of the settings that neither the manifest nor the lock has."""
    # What only a build of the project could tell is not known to be missing.
    if any(notice.code == _UNREAD for notice in finding.notices):
        return
    locked = {
        group
        for entry in (finding.lock.distributions if finding.lock else ())
        for group in entry.groups
    }
    wished = {wish.group for wish in finding.manifest.requirements}
    extras = {name.removeprefix(_EXTRA) for name in locked | wished if name.startswith(_EXTRA)}
    groups = {name for name in locked | wished if not name.startswith(_EXTRA)} - {MAIN}
    if finding.manager is Manager.PIPENV:
        groups.add("dev")
    _refuse("extras", settings.extras, extras | set(finding.manifest.extras), finding)
    _refuse("groups", settings.groups, groups | set(finding.manifest.groups), finding)


def _refuse(key: str, asked: tuple[str, ...], known: set[str], finding: ManagerFinding) -> None:
    missing = [name for name in asked if name not in known]
    if not missing:
        return
    kind = key.removesuffix("s")
    there = ", ".join(sorted(known))
    path = finding.manifest.path
    raise UsageError(
        f"the settings ask for the {kind} {missing[0]}, which {path or 'the project'} does not have",
        found=f"{key}: {there}" if there else f"no {key} at all",
        rule=f"`{key}` are names of {key} of the project, in lower case and with `-`; what is misspelt would install nothing",
        steps=(f"write a name that is there, or take it out of the setting `{key}`",),
        example=f'{key} = ["{_nearest(missing[0], known)}"]' if known else "",
    )


def _nearest(name: str, known: set[str]) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)))
