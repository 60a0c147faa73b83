"""The dependency groups of a uv project: [dependency-groups], the older dev-dependencies, and the Pythons of each."""

from dockwright.detect.managers.dependency_groups import DependencyGroups
from dockwright.detect.managers.project_table import ProjectTable
from dockwright.detect.managers.requirement_text import canonical_name, parse_requirement
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.model.dependencies import Requirement
from dockwright.model.record import replace

_OLD = ("tool", "uv", "dev-dependencies")


def groups_of(table: ProjectTable) -> dict[str, tuple[Requirement, ...]]:
    """Return the requirements by group; [tool.uv] dev-dependencies is part of "dev", and a group's Python a marker."""
    found = {
        name: tuple(wish for wish in table.group_requirements if wish.group == name)
        for name in table.groups
    }
    old = dig(table.document, *_OLD)
    if old is not None:
        more = (
            parse_requirement(text, table.lines.origin(*_OLD, position), "dev")
            for position, text in enumerate(texts_in(old))
        )
        found["dev"] = (*found.get("dev", ()), *more)
    pythons = group_pythons(table)
    return {
        name: tuple(_on_python(wish, pythons[name]) for wish in wishes)
        if name in pythons
        else wishes
        for name, wishes in found.items()
    }


def group_pythons(table: ProjectTable) -> dict[str, str]:
    """Return [tool.uv.dependency-groups] NAME = { requires-python = ... } by group; who includes a group has its range too."""
    including = DependencyGroups(table.document, table.lines).including
    found: dict[str, list[str]] = {}
    for name, settings in items_in(dig(table.document, "tool", "uv", "dependency-groups")):
        for specifier in texts_in(dig(settings, "requires-python")):
            for group in (canonical_name(name), *including(canonical_name(name))):
                found.setdefault(group, []).append(specifier)
    return {group: ",".join(specifiers) for group, specifiers in found.items()}


def _on_python(wish: Requirement, specifier: str) -> Requirement:
    from packaging.specifiers import SpecifierSet

    clauses = [
        f"python_full_version {clause.operator} '{clause.version}'"
        for clause in SpecifierSet(specifier)
    ]
    parts = ([f"({wish.marker})"] if wish.marker else []) + sorted(clauses)
    return replace(wish, marker=" and ".join(parts))
