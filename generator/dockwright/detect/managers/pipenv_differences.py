"""Why a Pipfile.lock is stale: the entries in which it and the Pipfile disagree."""

from collections.abc import Iterator

from dockwright.detect.managers.pipenv_digest import DEFAULT_SOURCES
from dockwright.detect.managers.pipenv_lock import PATH, PipfileLock
from dockwright.detect.managers.pipenv_manifest import Pipfile
from dockwright.detect.managers.requirement_text import strip_credentials
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.model.dependencies import (
    MAIN,
    Disagreement,
    LockedDistribution,
    Manifest,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Origin


def differences(lock: PipfileLock, pipfile: Pipfile) -> tuple[Disagreement, ...]:
    """Return what the Pipfile has and the lock has not ("added"), the reverse ("removed"), and what does not fit."""
    locked = {(group, one.name): one for group, one in lock.entries}
    found = [
        difference
        for wish in pipfile.manifest.requirements
        if (difference := _difference(wish, locked.get((wish.group, wish.name))))
    ]
    found += _requires(lock, pipfile)
    found += _sources(lock, pipfile)
    found += _groups(lock, pipfile)
    found += _removed(lock, pipfile.manifest, locked)
    return tuple(found)


def _difference(wish: Requirement, locked: LockedDistribution | None) -> Disagreement | None:
    if locked is None:
        return _disagreement("added", wish, f"{_asked(wish)} is asked for and not in {PATH}")
    if wish.source is not locked.source:
        place = locked.reference or "the package index"
        return _disagreement(
            "changed", wish, f"{_asked(wish)} is asked for, the lock has it from {place}"
        )
    if wish.source is SourceKind.REGISTRY:
        if not _allows(wish.specifier, locked.version):
            return _disagreement(
                "changed", wish, f"{_asked(wish)} is asked for, {locked.version} is locked"
            )
        lost = set(wish.extras) - set(locked.extras)
        # Some releases of Pipenv drop the extras of an entry; only a lock that keeps some can be held to them.
        if lost and locked.extras:
            return _disagreement(
                "changed", wish, f"{wish.name}[{','.join(sorted(lost))}] is asked for, not locked"
            )
        return None
    if _address(wish.reference) != _address(locked.reference):
        return _disagreement(
            "changed", wish, f"{wish.reference} is asked for, {locked.reference} is locked"
        )
    return None


def _allows(specifier: str, version: str) -> bool:
    if not specifier:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _requires(lock: PipfileLock, pipfile: Pipfile) -> Iterator[Disagreement]:
    asked, locked = (
        dict(items_in(pipfile.document.get("requires"))),
        dict(items_in(lock.meta.get("requires"))),
    )
    for key in sorted({*asked, *locked}):
        if asked.get(key) != locked.get(key):
            yield Disagreement(
                kind="changed",
                name=key,
                text=f"[requires] {key} is {_shown(asked.get(key))}, the lock was made for {_shown(locked.get(key))}",
                origin=pipfile.lines.origin("requires", key),
            )


def _sources(lock: PipfileLock, pipfile: Pipfile) -> Iterator[Disagreement]:
    asked, locked = pipfile.document.get("source", DEFAULT_SOURCES), lock.meta.get("sources")
    if asked != locked:
        before, now = _addresses(locked), _addresses(asked)
        text = f"the sources are {now}, the lock was made with {before}"
        if before == now:
            text = f"the sources {now} differ from those of the lock in their name, order, credentials or verify_ssl"
        if "source" not in pipfile.document:
            text += (
                "; without [[source]] Pipenv takes them from the pip configuration of the machine"
            )
        yield Disagreement(
            kind="changed", name="source", text=text, origin=pipfile.lines.origin("source")
        )


def _groups(lock: PipfileLock, pipfile: Pipfile) -> Iterator[Disagreement]:
    """Yield categories without entries that only one side knows: an empty table counts in the digest."""
    manifest = pipfile.manifest
    wanted = {wish.group for wish in manifest.requirements}
    for group in manifest.groups:
        if group not in lock.groups and group not in wanted:
            origin = pipfile.lines.origin(group)
            yield Disagreement(
                kind="added",
                name=group,
                text=f"the category [{group}] is not in {PATH}",
                origin=origin,
            )
    for group in lock.groups:
        if group not in (MAIN, "dev", *manifest.groups):
            origin = Origin(path=PATH, key=group)
            yield Disagreement(
                kind="removed",
                name=group,
                text=f"the category {group} is in {PATH} only",
                origin=origin,
            )


def _removed(
    lock: PipfileLock, manifest: Manifest, locked: dict[tuple[str, str], LockedDistribution]
) -> Iterator[Disagreement]:
    """Yield what Pipenv marked as asked for and nobody asks for now; it marks only entries with an index or a source."""
    asked = {(wish.group, wish.name) for wish in manifest.requirements}
    known = {MAIN, "dev", *manifest.groups}
    for group, name in sorted(lock.direct - asked):
        if group in known:
            one = locked[(group, name)]
            text = f"{name} {one.version or one.reference} is locked, and the Pipfile does not ask for it any more"
            yield Disagreement(kind="removed", name=name, text=text, origin=one.origin)


def _disagreement(kind: str, wish: Requirement, text: str) -> Disagreement:
    return Disagreement(kind=kind, name=wish.name, text=text, origin=wish.origin)


def _asked(wish: Requirement) -> str:
    group = "" if wish.group == MAIN else f" ({wish.group})"
    return (
        f"{wish.name}{wish.specifier}{f' from {wish.reference}' if wish.reference else ''}{group}"
    )


def _address(reference: str) -> str:
    """Leave out the revision: the lock has the commit where the Pipfile names a branch, and nobody can compare them offline."""
    address = reference.partition("#")[0]
    head, at, _ = address.rpartition("@")
    return (
        (head if at and "/" in head.partition("://")[2] else address).removesuffix(".git").lower()
    )


def _addresses(sources: object) -> str:
    urls = [
        strip_credentials(url).url
        for one in (sources if isinstance(sources, list) else ())
        for url in texts_in(dig(one, "url"))
    ]
    return ", ".join(urls) or "none"


def _shown(value: object) -> str:
    return "not set" if value is None else str(value)
