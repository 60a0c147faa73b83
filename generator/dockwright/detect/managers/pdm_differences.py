"""Why a pdm.lock is stale: the entries in which it and pyproject.toml disagree, as far as the lock shows them."""

from dockwright.detect.managers.findings import Findings
from dockwright.detect.managers.locked_fit import compare_wishes
from dockwright.detect.managers.pdm_graph import walk
from dockwright.detect.managers.pdm_lock import PATH, PdmLock
from dockwright.detect.managers.python_range import PythonRange, python_range
from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.model.dependencies import MAIN, LockedDistribution, Manifest, Requirement
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import replace


def differences(
    manifest: Manifest,
    python: Sourced[str] | None,
    lock: PdmLock,
    locked: tuple[LockedDistribution, ...],
    findings: Findings,
) -> None:
    """Note the groups and the wishes that the lock does not hold or that do not fit, and what nobody asks for any more."""
    _compare_python(python, lock, findings)
    covered = {canonical_name(group) for group in lock.groups} or None
    _compare_groups(manifest, covered, findings)
    wishes = tuple(
        wish for wish in manifest.requirements if covered is None or _group(wish) in covered
    )
    compare_wishes(wishes, locked, PATH, findings)
    _compare_removed(manifest.requirements, lock, findings)


def _compare_python(python: Sourced[str] | None, lock: PdmLock, findings: Findings) -> None:
    from packaging.specifiers import InvalidSpecifier

    try:
        same = (
            python is None
            or not lock.requires_python
            or _range(python.value) == _range(lock.requires_python)
        )
    except InvalidSpecifier:
        return
    if python is not None and not same:
        text = f"Python {python.value} is asked for, the lock was made for {lock.requires_python}"
        findings.changed("requires-python", text, python.origin)


def _range(specifier: str) -> PythonRange:
    return python_range([specifier])


def _group(wish: Requirement) -> str:
    """Return a wish's group as PDM calls it."""
    return "default" if wish.group == MAIN else wish.group.removeprefix("extra:")


def _compare_groups(manifest: Manifest, covered: set[str] | None, findings: Findings) -> None:
    if covered is None:
        return
    for group in manifest.groups:
        if group not in covered:
            origin = Origin(path=manifest.path, key=f"dependency-groups.{group}")
            findings.added(group, f"the group {group} is not in {PATH}", origin)
    for group in sorted(covered - {"default", *manifest.groups, *manifest.extras}):
        findings.removed(
            group, f"the group {group} is in {PATH} only", Origin(path=PATH, key="metadata.groups")
        )


def _compare_removed(wishes: tuple[Requirement, ...], lock: PdmLock, findings: Findings) -> None:
    """Note the packages that no wish leads to, without those that only came along with another one of them."""
    # Versions and markers do not matter here: what was only changed is not "removed", nor is what it needs.
    reached = walk(lock.packages, tuple(replace(wish, specifier="", marker="") for wish in wishes))
    lost = [
        (line, table)
        for position, (line, table) in enumerate(lock.packages)
        if position not in reached
    ]
    carried = {
        wish
        for position in range(len(lock.packages))
        if position not in reached
        for wish in lock.needs_of(position)
    }
    for line, table in lost:
        name = canonical_name(table["name"])
        if name not in carried and not table.get("extras"):
            text = f"{name} {table.get('version', '')} is locked, and nothing asks for it any more"
            findings.removed(name, text, Origin(path=PATH, line=line or None, key=table["name"]))
