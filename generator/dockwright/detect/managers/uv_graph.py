"""Which groups need which package of a uv.lock, and under which marker: a walk over the edges that the lock holds."""

from collections.abc import Iterator

from dockwright.detect.managers.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    both,
    either,
    parse_condition,
)
from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.managers.uv_lock import Package, UvLock
from dockwright.model.dependencies import MAIN
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

Node = tuple[int, str]
"""A package by its position in the lock, and one of its extras ("" is the package itself)."""

_CONFLICT = Pattern(
    r"""^extra (?P<operator>==|!=) "(?P<kind>extra|group|project)-\d+-(?P<rest>.*)"$"""
)
"""uv writes `extra == 'extra-4-shop-cpu'` for "the extra cpu of shop is chosen" where extras conflict."""


@record
class Need:
    """That a group needs a package: under which condition, and with which of its extras."""

    group: str
    condition: Condition
    extras: frozenset[str]


def needs(lock: UvLock, roots: tuple[str, ...]) -> dict[int, tuple[Need, ...]]:
    """Return by package position which groups need it. `roots` are the names of the projects that are installed.

    Groups are those of the roots ("main", "dev", "extra:pg"), those of a root without a project, and "member:NAME" for
    a member of the workspace that no root needs.
    """
    graph = _Graph(lock)
    found: dict[int, list[Need]] = {}
    for group, starts in _starts(lock, graph, roots).items():
        for position, need in graph.walk(group, starts).items():
            found.setdefault(position, []).append(need)
    reached = {
        position for position, here in found.items() if any(need.group == MAIN for need in here)
    }
    for position, package in enumerate(lock.packages):
        if package.folder is not None and position not in reached and package.name not in roots:
            group = f"member:{package.name}"
            for other, need in graph.walk(group, [((position, ""), ALWAYS)]).items():
                found.setdefault(other, []).append(need)
    return {position: tuple(here) for position, here in found.items()}


class _Graph:
    """The packages, found by name, and the edges between them."""

    def __init__(self, lock: UvLock) -> None:
        self._lock = lock
        self._by_name: dict[str, list[int]] = {}
        self._edges: dict[Node, list[tuple[Node, Condition]]] = {}
        for position, package in enumerate(lock.packages):
            self._by_name.setdefault(package.name, []).append(position)

    def positions(self, name: str) -> list[int]:
        """Return where packages of that name stand."""
        return self._by_name.get(name, [])

    def targets(self, entries: object) -> Iterator[tuple[Node, Condition]]:
        """Return what an array of dependencies leads to: every package that fits, and its extras that are asked for."""
        for entry in entries if isinstance(entries, list) else ():
            name = dig(entry, "name")
            for position in self._fitting(entry) if isinstance(name, str) else ():
                condition = parse_condition(next(iter(texts_in(entry.get("marker"))), ""))
                for extra in ("", *texts_in(entry.get("extra"))):
                    yield (position, extra), condition

    def walk(self, group: str, starts: list[tuple[Node, Condition]]) -> dict[int, Need]:
        """Return what is reached from `starts`, with the condition that all ways together make."""
        conditions: dict[Node, Condition] = {}
        waiting = list(starts)
        while waiting:
            node, condition = waiting.pop()
            known = conditions.get(node, NEVER)
            joined = either(known, _decided(condition, group))
            if joined == known:
                continue
            conditions[node] = joined
            waiting += [(target, both(joined, edge)) for target, edge in self._edges_of(node)]
        found: dict[int, Need] = {}
        for (position, extra), condition in conditions.items():
            old = found.get(position)
            found[position] = Need(
                group=group,
                condition=either(condition, old.condition) if old else condition,
                extras=(old.extras if old else frozenset()) | ({extra} if extra else frozenset()),
            )
        return found

    def _edges_of(self, node: Node) -> list[tuple[Node, Condition]]:
        if node not in self._edges:
            position, extra = node
            table = self._lock.packages[position].table
            entries = (
                dig(table, "optional-dependencies", extra) if extra else table.get("dependencies")
            )
            self._edges[node] = list(self.targets(entries))
        return self._edges[node]

    def _fitting(self, entry: dict[str, object]) -> list[int]:
        """Return the packages that an edge means; it says version and source only where the name is not enough."""
        found = self.positions(str(entry["name"]))
        for key in ("version", "source"):
            if key in entry and len(found) > 1:
                found = [
                    place
                    for place in found
                    if self._lock.packages[place].table.get(key) == entry[key]
                ]
        return found


def _starts(
    lock: UvLock, graph: _Graph, roots: tuple[str, ...]
) -> dict[str, list[tuple[Node, Condition]]]:
    starts: dict[str, list[tuple[Node, Condition]]] = {MAIN: []}
    for package, position in _root_packages(lock, graph, roots):
        starts[MAIN].append(((position, ""), ALWAYS))
        for extra, _ in items_in(package.table.get("optional-dependencies")):
            name = f"extra:{canonical_name(extra)}"
            starts.setdefault(name, []).extend(
                graph.targets(dig(package.table, "optional-dependencies", extra))
            )
        for group, entries in items_in(package.table.get("dev-dependencies")):
            starts.setdefault(canonical_name(group), []).extend(graph.targets(entries))
    for group, entries in items_in(lock.manifest("dependency-groups")):
        starts.setdefault(canonical_name(group), []).extend(graph.targets(entries))
    return starts


def _root_packages(
    lock: UvLock, graph: _Graph, roots: tuple[str, ...]
) -> Iterator[tuple[Package, int]]:
    for name in roots:
        for position in graph.positions(name):
            if lock.packages[position].folder is not None:
                yield lock.packages[position], position


def _decided(condition: Condition, group: str) -> Condition:
    """Answer the questions about conflicting extras and groups: chosen is what `group` is, and nothing else."""
    if not any(part.startswith("extra ") for clause in condition for part in clause):
        return condition
    clauses = set()
    for clause in condition:
        answers = {part: _answer(part, group) for part in clause}
        if False not in answers.values():
            clauses.add(frozenset(part for part, answer in answers.items() if answer is None))
    decided: Condition = NEVER
    for clause in clauses:
        decided = either(decided, frozenset({clause}))
    return decided


def _answer(comparison: str, group: str) -> bool | None:
    match = _CONFLICT.match(comparison)
    if match is None:
        return None
    name = group.removeprefix("extra:")
    chosen = match["kind"] == ("extra" if group.startswith("extra:") else "group") and (
        match["rest"] == name or match["rest"].endswith(f"-{name}")
    )
    return chosen == (match["operator"] == "==")
