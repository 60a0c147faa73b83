"""Which groups need which package of a pdm.lock that does not say so (without the strategy `inherit_metadata`)."""

from typing import Any

from dockwright.detect.managers.conditions import NEVER, Condition, both, either, parse_condition
from dockwright.detect.managers.requirement_text import canonical_name, parse_requirement
from dockwright.detect.managers.toml_values import texts_in
from dockwright.model.dependencies import MAIN, Requirement
from dockwright.model.origin import Origin

Packages = tuple[tuple[int, dict[str, Any]], ...]


def walk(
    packages: Packages, wishes: tuple[Requirement, ...]
) -> dict[int, tuple[tuple[str, ...], Condition]]:
    """Return by package position the groups that lead to it and the condition; production's own, where it is among them."""
    found: dict[int, dict[str, Condition]] = {}
    index = _index(packages)
    edges: dict[int, tuple[Requirement, ...]] = {}
    waiting = [(wish, wish.group, parse_condition(wish.marker)) for wish in wishes]
    while waiting:
        wish, group, condition = waiting.pop()
        for position in _positions(index, wish):
            known = found.setdefault(position, {}).get(group, NEVER)
            joined = either(known, condition)
            if joined == known:
                continue
            found[position][group] = joined
            if position not in edges:
                edges[position] = _requirements(packages[position][1])
            waiting += [
                (edge, group, both(joined, parse_condition(edge.marker)))
                for edge in edges[position]
            ]
    return {position: (tuple(groups), _joined(groups)) for position, groups in found.items()}


def _joined(groups: dict[str, Condition]) -> Condition:
    production = [
        condition
        for group, condition in groups.items()
        if group == MAIN or group.startswith("extra:")
    ]
    joined = NEVER
    for condition in production or groups.values():
        joined = either(joined, condition)
    return joined


def _index(packages: Packages) -> dict[str, list[tuple[int, frozenset[str]]]]:
    index: dict[str, list[tuple[int, frozenset[str]]]] = {}
    for position, (_, table) in enumerate(packages):
        extras = frozenset(canonical_name(extra) for extra in texts_in(table.get("extras")))
        index.setdefault(canonical_name(table["name"]), []).append((position, extras))
    return index


def _positions(index: dict[str, list[tuple[int, frozenset[str]]]], wish: Requirement) -> list[int]:
    """Return the entry without extras, and those whose extras are all asked for."""
    wanted = frozenset(wish.extras)
    return [position for position, extras in index.get(wish.name, ()) if extras <= wanted]


def _requirements(table: dict[str, Any]) -> tuple[Requirement, ...]:
    origin = Origin(path="pdm.lock", key=str(table["name"]))
    return tuple(parse_requirement(text, origin) for text in texts_in(table.get("dependencies")))
