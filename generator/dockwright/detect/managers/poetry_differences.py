"""Why a poetry.lock is stale: the entries in which it and pyproject.toml disagree."""

from collections.abc import Iterator

from dockwright.detect.managers.poetry_constraint import to_pep440
from dockwright.detect.managers.poetry_groups import Walk, allows
from dockwright.detect.managers.poetry_lock import PATH, LockedPackage, PoetryLock
from dockwright.detect.managers.poetry_manifest import PoetryManifest
from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.model.dependencies import MAIN, Disagreement, Requirement, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.record import replace


def differences(lock: PoetryLock, manifest: PoetryManifest) -> tuple[Disagreement, ...]:
    """Return what the manifest has and the lock has not ("added"), the reverse ("removed"), and what does not fit."""
    by_name: dict[str, list[LockedPackage]] = {}
    for package in lock.packages:
        by_name.setdefault(package.name, []).append(package)
    found = [
        difference
        for wish in _each_once(manifest.manifest.requirements)
        if (difference := _difference(wish, by_name.get(wish.name, []), lock))
    ]
    found += _python(lock, manifest)
    found += _extras(lock, manifest)
    found += _removed(lock, manifest)
    return tuple(found)


def _each_once(wishes: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """An optional requirement stands once for each extra, an included group repeats those of another: say it once."""
    return tuple(
        {(wish.name, wish.origin, wish.specifier): wish for wish in reversed(wishes)}.values()
    )[::-1]


def _difference(
    wish: Requirement, packages: list[LockedPackage], lock: PoetryLock
) -> Disagreement | None:
    if not packages:
        return _disagreement("added", wish, f"{_asked(wish)} is asked for and not in {PATH}")
    fault = _fault(wish, packages)
    if fault:
        return _disagreement("changed", wish, fault)
    if wish.group == MAIN and all(package.optional for package in packages):
        return _disagreement(
            "changed", wish, f"{wish.name} is always asked for, and locked as optional"
        )
    if lock.says_groups and not wish.group.startswith("extra:"):
        groups = {group for package in packages for group in package.groups}
        if wish.group not in groups:
            names = ", ".join(sorted(groups))
            return _disagreement(
                "changed",
                wish,
                f"{wish.name} is asked for in group {wish.group}, locked for {names}",
            )
    return None


def _fault(wish: Requirement, packages: list[LockedPackage]) -> str:
    """Return how every locked package of that name fails the wish, "" if one fits."""
    faults = [_fault_of(wish, package) for package in packages]
    return "" if "" in faults else faults[0]


def _fault_of(wish: Requirement, package: LockedPackage) -> str:
    if wish.source is not package.kind:
        return f"{_asked(wish)} is asked for, the lock has it from {_locked(package)}"
    if wish.source is SourceKind.REGISTRY:
        if allows((wish.specifier,), package.version):
            return ""
        return f"{_asked(wish)} is asked for, {package.version} is locked"
    if wish.source is SourceKind.GIT:
        fits = _repository(wish.reference) == _repository(package.reference) and _revision(
            wish.reference
        ) in (
            "",
            package.asked_revision,
            _revision(package.reference),
        )
    else:
        fits = wish.reference == package.reference
    return "" if fits else f"{wish.reference} is asked for, {package.reference} is locked"


def _python(lock: PoetryLock, manifest: PoetryManifest) -> Iterator[Disagreement]:
    asked, locked = manifest.python or "*", lock.python_versions or "*"
    if _normal(asked) != _normal(locked):
        yield Disagreement(
            kind="changed",
            name="python",
            text=f"Python {asked} is asked for, the lock was made for {locked}",
            origin=manifest.python_origin,
        )


def _extras(lock: PoetryLock, manifest: PoetryManifest) -> Iterator[Disagreement]:
    asked, locked = set(manifest.manifest.extras), set(lock.extras)
    for name in sorted(asked - locked):
        yield Disagreement(
            kind="added",
            name=name,
            text=f"the extra {name} is not in {PATH}",
            origin=manifest.extras_origin,
        )
    for name in sorted(locked - asked):
        yield Disagreement(
            kind="removed",
            name=name,
            text=f"the extra {name} is in {PATH} only",
            origin=Origin(path=PATH, key="extras"),
        )


def _removed(lock: PoetryLock, manifest: PoetryManifest) -> Iterator[Disagreement]:
    """Yield the packages that no wish leads to, without those that only came along with another one of them."""
    # Versions do not matter here: a package whose constraint changed is "changed", and what it needs is not "removed".
    wishes = tuple(replace(wish, specifier="") for wish in manifest.manifest.requirements)
    needs = Walk(lock.packages).needs(wishes)
    lost = [package for package, groups in zip(lock.packages, needs, strict=True) if not groups]
    carried = {
        canonical_name(name)
        for package in lost
        for name, _ in package.dependencies
        if canonical_name(name) != package.name
    }
    tops = [package for package in lost if package.name not in carried] or lost
    for package in tops:
        yield Disagreement(
            kind="removed",
            name=package.name,
            text=f"{package.name} {package.version} is locked, and nothing asks for it any more",
            origin=Origin(path=PATH, line=package.line, key=package.name),
        )


def _disagreement(kind: str, wish: Requirement, text: str) -> Disagreement:
    return Disagreement(kind=kind, name=wish.name, text=text, origin=wish.origin)


def _asked(wish: Requirement) -> str:
    group = "" if wish.group == MAIN else f" ({wish.group})"
    return (
        f"{wish.name}{wish.specifier}{f' from {wish.reference}' if wish.reference else ''}{group}"
    )


def _locked(package: LockedPackage) -> str:
    return package.reference or (
        f"the index {package.index}" if package.index else "the package index"
    )


def _repository(reference: str) -> str:
    address = reference.partition("#")[0]
    head, at, _ = address.rpartition("@")
    plain = head if at and "/" in head.partition("://")[2] else address
    return plain.removesuffix("/").removesuffix(".git").lower()


def _revision(reference: str) -> str:
    address = reference.partition("#")[0]
    head, at, revision = address.rpartition("@")
    return revision if at and "/" in head.partition("://")[2] else ""


def _normal(constraint: str) -> str:
    try:
        return ",".join(sorted(to_pep440(constraint).replace(" ", "").split(",")))
    except ValueError:
        return constraint
