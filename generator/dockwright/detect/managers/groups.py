"""Dependency groups: those of pyproject.toml (PEP 735), and which of them need a locked package."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dependency_groups import DependencyGroupResolver

from dockwright.detect.managers.markers import NEVER, Condition, both, either, to_marker
from dockwright.detect.managers.requirement import canonical_name, parse_requirement
from dockwright.detect.managers.toml import dig, items_in, table_at, texts_in, wrong_type
from dockwright.errors import ManifestError
from dockwright.model.dependencies import MAIN, Requirement
from dockwright.model.origin import Origin
from dockwright.model.toml_text import TomlLines

TABLE = "dependency-groups"

Node = tuple[int, str]
"""A package by its position in the lock, and one of its extras ("" is the package itself)."""

Edge = tuple[Node, Condition]
Needs = dict[str, Condition]
"""Group to the condition under which that group brings a package in."""


class DependencyGroups:
    """[dependency-groups] of one pyproject.toml. Every fault is a ManifestError at its group."""

    def __init__(self, document: dict[str, Any], lines: TomlLines) -> None:
        self._lines = lines
        self._table = table_at(document, lines, TABLE)
        for spelled, entries in self._table.items():
            if not isinstance(entries, list):
                raise wrong_type(lines, (TABLE, spelled), "an array of strings", entries)
        self._spelled = {canonical_name(name): name for name in self._table}
        # PDM keeps groups in a table of its own too, and `include-group` may name one of those.
        further = items_in(dig(document, "tool", "pdm", "dev-dependencies"))
        self._of_pdm: dict[str, list[Any]] = {
            canonical_name(name): [one for one in texts_in(texts) if not one.startswith("-e")]
            for name, texts in further
        }
        known = {name: self._of_pdm[name] for name in self._of_pdm if name not in self._spelled}
        self._check({**known, **self._table})

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names, in the order of the file."""
        return tuple(self._spelled)

    def requirements(self) -> tuple[Requirement, ...]:
        """Return those of all groups; an included one appears in each group that includes it."""
        return tuple(found for name in self._spelled for found in self._expand(name, name))

    def _check(self, groups: dict[str, Any]) -> None:
        for name in self._spelled:
            for position, entry in enumerate(self._table[self._spelled[name]]):
                if isinstance(entry, str):
                    parse_requirement(entry, self._origin(name, position))
        name = next(iter(self._spelled), "")
        try:
            resolver = DependencyGroupResolver(groups)
            for name in self._spelled:
                resolver.resolve(name)
        except (LookupError, TypeError, ValueError) as error:
            raise self._fault(name, str(error).strip('"')) from error
        except RecursionError as error:
            raise self._fault(name, "it includes too long a chain of groups") from error

    def _expand(self, group: str, name: str) -> Iterator[Requirement]:
        entries = self._table.get(self._spelled.get(name, ""), [])
        further = self._of_pdm.get(name, []) if name != group else []
        for position, entry in enumerate([*entries, *further]):
            if isinstance(entry, str):
                yield parse_requirement(entry, self._origin(name, position), group)
            else:
                yield from self._expand(group, canonical_name(entry["include-group"]))

    def _origin(self, name: str, position: int) -> Origin:
        return self._lines.origin(TABLE, self._spelled.get(name, name), position)

    def _fault(self, name: str, reason: str) -> ManifestError:
        return ManifestError(
            f"the dependency group `{self._spelled[name]}` cannot be read: {reason}",
            origin=self._lines.origin(TABLE, self._spelled[name]),
            rule="an entry is a requirement in quotes or { include-group = NAME } of another group;"
            " names are compared in lower case, with `-`, `_` and `.` alike",
            steps=("correct the entry, or add the group that it names",),
            example='dev = ["pytest>=8", { include-group = "lint" }]',
        )


def walk(
    starts: Mapping[str, Iterable[Edge]], edges: Callable[[str, Node], Iterable[Edge]]
) -> dict[Node, Needs]:
    """Return which groups lead to which nodes of a lock, each with its condition.

    `starts` are what each group asks for, `edges` what a node asks for when a group needs it.
    """
    found: dict[Node, Needs] = {}
    for group, nodes in starts.items():
        waiting = list(nodes)
        while waiting:
            node, condition = waiting.pop()
            needs = found.setdefault(node, {})
            known = needs.get(group, NEVER)
            joined = either(known, condition)
            if joined != known:
                needs[group] = joined
                waiting += [(target, both(joined, edge)) for target, edge in edges(group, node)]
    return found


def by_package(found: Mapping[Node, Needs]) -> dict[int, Needs]:
    """Return what `walk` found by package, its extras joined with the package itself."""
    joined: dict[int, Needs] = {}
    for (position, _), needs in found.items():
        known = joined.setdefault(position, {})
        for group, condition in needs.items():
            known[group] = either(known.get(group, NEVER), condition)
    return joined


def sorted_groups(groups: Iterable[str]) -> tuple[str, ...]:
    """Return groups by name, production first."""
    return tuple(sorted(set(groups), key=lambda group: (group != MAIN, group)))


def production_marker(needs: Needs) -> str:
    """Join the conditions of production and its extras; those of others only without these."""
    of_production = [
        condition
        for group, condition in needs.items()
        if group == MAIN or group.startswith("extra:")
    ]
    joined = NEVER
    for condition in of_production or needs.values():
        joined = either(joined, condition)
    return to_marker(joined) if joined else ""
