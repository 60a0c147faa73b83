"""Which groups need a package of poetry.lock, and under which marker: read from the lock (2.1) or walked (before)."""

from functools import cached_property
from typing import Any

from dockwright.detect.managers.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    both,
    either,
    parse_condition,
    split_extras,
    to_marker,
)
from dockwright.detect.managers.poetry_constraint import to_alternatives
from dockwright.detect.managers.poetry_lock import LockedPackage, PoetryLock
from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.detect.managers.toml_values import texts_in
from dockwright.model.dependencies import MAIN, LockedDistribution, Requirement
from dockwright.model.origin import Origin
from dockwright.model.record import record

Needs = dict[str, Condition]
"""Group name to the condition under which that group brings the package in."""


def locked_distributions(
    lock: PoetryLock, wishes: tuple[Requirement, ...], path: str
) -> tuple[LockedDistribution, ...]:
    """Return the packages of the lock with their groups; those that nothing installs (optional, in no extra) are left out."""
    needs = _recorded(lock) if lock.says_groups else Walk(lock.packages).needs(wishes)
    found = []
    for package, groups in zip(lock.packages, needs, strict=True):
        if groups or not package.optional:
            found.append(_distribution(package, groups, path))
    return tuple(found)


def _distribution(package: LockedPackage, needs: Needs, path: str) -> LockedDistribution:
    return LockedDistribution(
        name=package.name,
        version=package.version,
        origin=Origin(path=path, line=package.line, key=package.name),
        groups=_sorted_groups(needs) or _category(package),
        marker=_marker(needs),
        source=package.kind,
        reference=package.reference,
        editable=package.develop,
        files=package.locked_files,
        hashes=tuple(digest for _, digest in package.files),
        requires_python="" if package.python_versions == "*" else package.python_versions,
        index=package.index,
        depends_on=tuple(sorted({canonical_name(name) for name, _ in package.dependencies})),
    )


def _sorted_groups(needs: Needs) -> tuple[str, ...]:
    return tuple(sorted(needs, key=lambda group: (group != MAIN, group)))


def _category(package: LockedPackage) -> tuple[str, ...]:
    """Before Poetry 1.5 a package said at least whether it is for production or for development."""
    return (package.category,) if package.category in (MAIN, "dev") else ()


def _marker(needs: Needs) -> str:
    """Join the conditions of production and of the extras; those of other groups count only where neither needs it."""
    production = [
        condition
        for group, condition in needs.items()
        if group == MAIN or group.startswith("extra:")
    ]
    joined = NEVER
    for condition in production or needs.values():
        joined = either(joined, condition)
    return to_marker(joined) if joined else ""


def _recorded(lock: PoetryLock) -> list[Needs]:
    return [_recorded_of(package) for package in lock.packages]


def _recorded_of(package: LockedPackage) -> Needs:
    needs: Needs = {}
    for group in package.groups:
        marker = (
            package.markers.get(group, "") if isinstance(package.markers, dict) else package.markers
        )
        condition = parse_condition(marker)
        if group != MAIN:
            needs[group] = condition
            continue
        extras, rest = split_extras(condition)
        for extra in extras:
            if extra or not package.optional:
                needs[f"extra:{canonical_name(extra)}" if extra else MAIN] = rest
    return needs


@record
class _Edge:
    name: str
    alternatives: tuple[str, ...]
    extras: tuple[str, ...]
    condition: Condition
    needed_by: frozenset[str]
    """The extras of the depending package that ask for it, "" for the package itself."""


class Walk:
    """From the wishes of the manifest along the dependencies of the lock, extras and markers carried along."""

    def __init__(self, packages: tuple[LockedPackage, ...]) -> None:
        self._packages = packages
        self._edges: dict[int, tuple[_Edge, ...]] = {}
        self._found: dict[tuple[int, str, str], Condition] = {}

    def needs(self, wishes: tuple[Requirement, ...]) -> list[Needs]:
        """Return, for each package, the groups that reach it ({} for none)."""
        for wish in wishes:
            condition = parse_condition(wish.marker)
            self._visit(wish.name, (wish.specifier,), wish.extras, wish.group, condition)
        result: list[Needs] = [{} for _ in self._packages]
        for (index, _, group), condition in self._found.items():
            result[index][group] = either(result[index].get(group, NEVER), condition)
        return result

    def _visit(
        self,
        name: str,
        alternatives: tuple[str, ...],
        extras: tuple[str, ...],
        group: str,
        condition: Condition,
    ) -> None:
        pending = [(name, alternatives, extras, condition)]
        while pending:
            name, alternatives, extras, condition = pending.pop()
            for index in self._candidates(name, alternatives):
                for extra in ("", *extras):
                    if self._widen((index, extra, group), condition):
                        pending += [
                            (
                                edge.name,
                                edge.alternatives,
                                edge.extras,
                                both(condition, edge.condition),
                            )
                            for edge in self._edges_of(index)
                            if extra in edge.needed_by
                        ]

    def _widen(self, key: tuple[int, str, str], condition: Condition) -> bool:
        """Note that `key` is needed under `condition` too, and say whether that is news."""
        before = self._found.get(key, NEVER)
        after = either(before, condition)
        self._found[key] = after
        return after != before

    @cached_property
    def _by_name(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for index, package in enumerate(self._packages):
            found[package.name] = (*found.get(package.name, ()), index)
        return found

    def _candidates(self, name: str, alternatives: tuple[str, ...]) -> tuple[int, ...]:
        indexes = self._by_name.get(name, ())
        if len(indexes) < 2 or "" in alternatives:
            return indexes
        fitting = tuple(
            index for index in indexes if allows(alternatives, self._packages[index].version)
        )
        return fitting or indexes

    def _edges_of(self, index: int) -> tuple[_Edge, ...]:
        if index not in self._edges:
            package = self._packages[index]
            self._edges[index] = tuple(
                _edge(package, name, one)
                for name, value in package.dependencies
                for one in (value if isinstance(value, list) else [value])
            )
        return self._edges[index]


def allows(alternatives: tuple[str, ...], version: str) -> bool:
    """Whether one of the specifiers admits `version`, pre-releases included; what cannot be read admits everything."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return any(SpecifierSet(text).contains(version, prereleases=True) for text in alternatives)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _edge(package: LockedPackage, name: str, value: Any) -> _Edge:  # noqa: ANN401 - a value of TOML
    table = value if isinstance(value, dict) else {"version": value}
    extras, condition = split_extras(
        parse_condition(next(iter(texts_in(table.get("markers"))), ""))
    )
    if table.get("optional") is True and "" in extras:
        extras = _extras_listing(package, canonical_name(name))
    return _Edge(
        name=canonical_name(name),
        alternatives=_alternatives(next(iter(texts_in(table.get("version"))), "*")),
        extras=tuple(canonical_name(extra) for extra in texts_in(table.get("extras"))),
        condition=condition or ALWAYS,
        needed_by=frozenset(canonical_name(extra) for extra in extras),
    )


def _alternatives(constraint: str) -> tuple[str, ...]:
    try:
        return to_alternatives(constraint)
    except ValueError:
        return ("",)


def _extras_listing(package: LockedPackage, name: str) -> frozenset[str]:
    return frozenset(
        extra
        for extra, entries in package.extras
        if any(
            canonical_name(entry.partition(" ")[0].partition("[")[0].partition(";")[0]) == name
            for entry in entries
        )
    )
