"""Where a lock keeps only a hash of the manifest: which wishes its packages do not fulfil."""

from dockwright.detect.managers.findings import Findings
from dockwright.model.dependencies import MAIN, LockedDistribution, Requirement, SourceKind


def compare_wishes(
    wishes: tuple[Requirement, ...],
    distributions: tuple[LockedDistribution, ...],
    path: str,
    findings: Findings,
) -> None:
    """Note the wishes for which the lock has no package, or only versions that do not fit; each wish once."""
    by_name: dict[str, list[LockedDistribution]] = {}
    for one in distributions:
        by_name.setdefault(one.name, []).append(one)
    for wish in {(wish.name, wish.origin): wish for wish in wishes}.values():
        locked = by_name.get(wish.name, [])
        if not locked:
            findings.added(wish.name, f"{asked(wish)} is asked for and not in {path}", wish.origin)
        elif not any(_fits(wish, one) for one in locked):
            have = " or ".join(dict.fromkeys(one.version or one.reference for one in locked))
            findings.changed(
                wish.name, f"{asked(wish)} is asked for, {have} is locked", wish.origin
            )


def asked(wish: Requirement) -> str:
    """Return a wish as people write it."""
    extras = f"[{','.join(wish.extras)}]" if wish.extras else ""
    group = "" if wish.group == MAIN else f" ({wish.group})"
    return f"{wish.name}{extras}{wish.specifier}{f' from {wish.reference}' if wish.reference else ''}{group}"


def _fits(wish: Requirement, locked: LockedDistribution) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    if wish.source is not SourceKind.REGISTRY or locked.source is not SourceKind.REGISTRY:
        return wish.source is locked.source
    try:
        return SpecifierSet(wish.specifier).contains(locked.version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True
