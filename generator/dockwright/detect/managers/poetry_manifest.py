"""What the owner of a Poetry project wrote: [tool.poetry] (Poetry 1), [project] (Poetry 2), or both at once."""

from typing import Any

from dockwright.detect.managers.poetry_entries import as_pep508, read_entries
from dockwright.detect.managers.poetry_metadata import read_distribution, read_indexes
from dockwright.detect.managers.project_table import ProjectTable
from dockwright.detect.managers.requirement_text import canonical_name, is_outside
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, Manifest, Requirement, SourceKind
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record, replace

_TOOL = ("tool", "poetry")


@record
class PoetryManifest:
    """The manifest, and what only the judgement of the lock needs: the Python range as written, and where."""

    manifest: Manifest
    python: str
    python_origin: Origin
    extras_origin: Origin


def read_manifest(tree: ProjectTree, table: ProjectTable) -> PoetryManifest:
    """Read pyproject.toml as Poetry does; ManifestError where an entry is of no form that Poetry knows."""
    tool = dig(table.document, *_TOOL)
    tool = tool if isinstance(tool, dict) else {}
    main, extras = _main(table, tool)
    groups = _groups(table, tool)
    requirements = main + tuple(wish for wishes in groups.values() for wish in wishes)
    requires_poetry = next(iter(texts_in(tool.get("requires-poetry"))), "")
    python, python_origin = _python(table, tool)
    paths = {wish.reference for wish in requirements if wish.source is SourceKind.PATH}
    outside = {path for path in paths if is_outside(path)}
    return PoetryManifest(
        manifest=Manifest(
            path=table.path,
            requirements=requirements,
            groups=tuple(groups),
            extras=extras,
            default_groups=tuple(name for name in groups if not _is_optional(tool, name)),
            indexes=read_indexes(tree, table, tool),
            distribution=read_distribution(tree, table, tool),
            also_read=tuple(sorted(paths - outside - {"."})),
            tool_requirement=Sourced(
                value=requires_poetry, origin=table.lines.origin(*_TOOL, "requires-poetry")
            )
            if requires_poetry
            else None,
            outside_root=tuple(sorted(outside)),
            tool_plugins=_plugins(table, tool),
        ),
        python=python,
        python_origin=python_origin,
        extras_origin=table.lines.origin("project", "optional-dependencies")
        if dig(table.document, "project", "optional-dependencies")
        else table.lines.origin(*_TOOL, "extras"),
    )


def _plugins(table: ProjectTable, tool: dict[str, Any]) -> tuple[str, ...]:
    """Return what [tool.poetry.requires-plugins] asks for (Poetry 2); one that comes from no index is left to Poetry itself."""
    wishes = read_entries(
        tool.get("requires-plugins", {}), table.lines, (*_TOOL, "requires-plugins"), "plugins"
    )
    return tuple(as_pep508(wish) for wish, _ in wishes if wish.source is SourceKind.REGISTRY)


def _python(table: ProjectTable, tool: dict[str, Any]) -> tuple[str, Origin]:
    """Poetry's own key wins over `requires-python`: it may only narrow that, and the lock records the narrower range."""
    own = dig(tool, "dependencies", "python")
    if isinstance(own, str):
        return own, table.lines.origin(*_TOOL, "dependencies", "python")
    if table.requires_python:
        return table.requires_python.value, table.requires_python.origin
    return "", table.lines.origin("project")


def _main(
    table: ProjectTable, tool: dict[str, Any]
) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    entries = read_entries(
        tool.get("dependencies", {}), table.lines, (*_TOOL, "dependencies"), MAIN
    )
    if not table.requirements:
        named = [canonical_name(extra) for extra, _ in items_in(tool.get("extras"))]
        return _with_extras(entries, tool), tuple(dict.fromkeys([*table.extras, *named]))
    known = {entry.name: entry for entry, _ in entries}
    enriched = tuple(_enrich(wish, known.get(wish.name)) for wish in table.requirements)
    return enriched + _mixed(table, entries), table.extras


def _with_extras(
    entries: tuple[tuple[Requirement, bool], ...], tool: dict[str, Any]
) -> tuple[Requirement, ...]:
    """Give an optional entry to every extra that lists it; one that no extra lists is never installed and left out."""
    listed: dict[str, list[str]] = {}
    for extra, names in items_in(tool.get("extras")):
        for name in texts_in(names):
            listed.setdefault(canonical_name(name), []).append(f"extra:{canonical_name(extra)}")
    found: list[Requirement] = []
    for entry, optional in entries:
        if optional:
            found += [replace(entry, group=extra) for extra in listed.get(entry.name, [])]
        else:
            found.append(entry)
    return tuple(found)


def _enrich(wish: Requirement, entry: Requirement | None) -> Requirement:
    """Add to a requirement of [project] what only Poetry's table can say: where it comes from, and `develop`."""
    if entry is None or entry.source is SourceKind.REGISTRY:
        return wish
    if wish.source is not SourceKind.REGISTRY:
        return replace(wish, editable=entry.editable)
    return replace(wish, source=entry.source, reference=entry.reference, editable=entry.editable)


def _mixed(
    table: ProjectTable, entries: tuple[tuple[Requirement, bool], ...]
) -> tuple[Requirement, ...]:
    """Return what Poetry's table adds where [project] declares one kind of its dependencies as dynamic."""
    if not {"dependencies", "optional-dependencies"} & set(table.dynamic):
        return ()
    optional = {wish.group != MAIN for wish in table.requirements}
    if len(optional) != 1:
        return ()
    return tuple(
        entry for entry, is_optional in entries if is_optional not in optional and not is_optional
    )


def _groups(table: ProjectTable, tool: dict[str, Any]) -> dict[str, tuple[Requirement, ...]]:
    """Return the groups of [dependency-groups], [tool.poetry.group] and [tool.poetry.dev-dependencies], with includes."""
    found: dict[str, tuple[Requirement, ...]] = {
        name: tuple(wish for wish in table.group_requirements if wish.group == name)
        for name in table.groups
    }
    includes: dict[str, tuple[str, ...]] = {}
    for spelled, config in items_in(tool.get("group")):
        name = canonical_name(spelled)
        keys = (*_TOOL, "group", spelled, "dependencies")
        entries = tuple(
            e for e, _ in read_entries(dig(config, "dependencies") or {}, table.lines, keys, name)
        )
        includes[name] = tuple(
            canonical_name(other) for other in texts_in(dig(config, "include-groups"))
        )
        found[name] = _merged(found.get(name, ()), entries)
    legacy = read_entries(
        tool.get("dev-dependencies", {}), table.lines, (*_TOOL, "dev-dependencies"), "dev"
    )
    if legacy:
        found["dev"] = found.get("dev", ()) + tuple(entry for entry, _ in legacy)
    return {
        name: wishes + _included(name, found, includes, (name,)) for name, wishes in found.items()
    }


def _merged(
    standard: tuple[Requirement, ...], entries: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    """Poetry's entries only enrich a group that stands in [dependency-groups] too."""
    if not standard:
        return entries
    known = {entry.name: entry for entry in entries}
    return tuple(_enrich(wish, known.get(wish.name)) for wish in standard)


def _included(
    name: str,
    groups: dict[str, tuple[Requirement, ...]],
    includes: dict[str, tuple[str, ...]],
    trail: tuple[str, ...],
) -> tuple[Requirement, ...]:
    found: list[Requirement] = []
    for other in includes.get(trail[-1], ()):
        if other not in trail:
            found += [replace(wish, group=name) for wish in groups.get(other, ())]
            found += _included(name, groups, includes, (*trail, other))
    return tuple(found)


def _is_optional(tool: dict[str, Any], name: str) -> bool:
    return any(
        canonical_name(g) == name and dig(config, "optional") is True
        for g, config in items_in(tool.get("group"))
    )
