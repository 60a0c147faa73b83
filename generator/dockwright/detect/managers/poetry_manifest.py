"""What the owner of a Poetry project wrote: [tool.poetry] (Poetry 1), [project] (2), or both.

The `content-hash` in the lock, reckoned as each generation of Poetry does:

| written by | what is hashed                                                                    |
|------------|-----------------------------------------------------------------------------------|
| 1.0, 1.1   | dependencies, dev-dependencies, source, extras of [tool.poetry], null where absent |
| 1.2 - 1.8  | the same, and `group` where there is one                                          |
| 2.0 - 2.2  | requires-python and dependencies of [project], and what [tool.poetry] has of those |
| from 2.3   | the same, and [dependency-groups] where it is not empty                           |

A table is hashed as JSON with sorted keys and Python's default separators.
"""

from collections.abc import Iterator
from typing import Any

from dockwright.detect.managers import locks, toml
from dockwright.detect.managers.comparison import asked
from dockwright.detect.managers.markers import join_markers
from dockwright.detect.managers.pyproject import ProjectTable, local_places, own_packages
from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    index_at,
    parse_requirement,
    place_in,
    platform_marker,
    python_marker,
    to_pep440,
    unreadable_entry,
)
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError, SyntaxFault
from dockwright.model import dependencies as model
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record, replace
from dockwright.model.toml_text import TomlLines

TOOL = ("tool", "poetry")
BACKEND = "poetry.core.masonry.api"
PYPI = "https://pypi.org/simple"

LEGACY_KEYS = ("dependencies", "source", "extras", "dev-dependencies")
# Poetry 1 and 2 call what a script runs by different names.
SCRIPT_KEYS = ("reference", "callable")
PROJECT_KEYS = ("requires-python", "dependencies", "optional-dependencies")


# A requirement of one of Poetry's tables, and whether it is only for an extra.
Entry = tuple[model.Requirement, bool]


@record
class PoetryManifest:
    """The manifest, and what only the judgement of the lock needs."""

    manifest: model.Manifest
    python: Sourced[str]
    extras_origin: Origin


def read_manifest(tree: ProjectTree, table: ProjectTable) -> PoetryManifest:
    """Read pyproject.toml as Poetry does; ManifestError for an entry that Poetry does not know."""
    tool, lines = toml.table_in(table.document, *TOOL), table.lines
    main, extras = _main(table, tool)
    groups = _groups(table, tool)
    requirements = main + tuple(one for found in groups.values() for one in found)
    optional = {
        canonical_name(name)
        for name, one in toml.items_in(tool, "group")
        if toml.dig(one, "optional") is True
    }
    inside, outside = local_places(tree, requirements)
    needed = toml.text_in(tool, "requires-poetry")
    needed_origin = lines.origin(*TOOL, "requires-poetry")
    python = table.requires_python
    # Poetry's own key wins: it may only narrow `requires-python`, and the lock records it.
    if own := toml.text_in(tool, "dependencies", "python"):
        python = Sourced(value=own, origin=lines.origin(*TOOL, "dependencies", "python"))
    standard = ("project", "optional-dependencies")
    place = standard if toml.dig(table.document, *standard) else (*TOOL, "extras")
    return PoetryManifest(
        manifest=model.Manifest(
            path=table.path,
            requirements=requirements,
            groups=tuple(groups),
            extras=extras,
            default_groups=tuple(name for name in groups if name not in optional),
            indexes=tuple(_indexes(tree, table, tool)),
            distribution=_distribution(tree, table, tool),
            also_read=tuple(sorted(inside)),
            tool_requirement=Sourced(value=needed, origin=needed_origin) if needed else None,
            outside_root=outside,
            tool_plugins=tuple(_plugins(lines, tool)),
        ),
        python=python or Sourced(value="", origin=lines.origin("project")),
        extras_origin=lines.origin(*place),
    )


def _main(
    table: ProjectTable, tool: dict[str, Any]
) -> tuple[tuple[model.Requirement, ...], tuple[str, ...]]:
    entries = _entries(tool, table.lines, (*TOOL, "dependencies"), model.MAIN)
    if not table.requirements:
        named = [canonical_name(extra) for extra, _ in toml.items_in(tool, "extras")]
        return tuple(_with_extras(entries, tool)), tuple(dict.fromkeys([*table.extras, *named]))
    requirements = tuple(_enriched(table.requirements, entries))
    # Where [project] leaves one kind of its dependencies open, Poetry's table adds that kind.
    if table.has_dynamic_requirements and model.MAIN not in {
        one.group for one in table.requirements
    }:
        requirements += tuple(one for one, is_optional in entries if not is_optional)
    return requirements, table.extras


def _with_extras(entries: list[Entry], tool: dict[str, Any]) -> Iterator[model.Requirement]:
    # An optional entry belongs to every extra that lists it; without one it is never installed.
    listed: dict[str, list[str]] = {}
    for extra, names in toml.items_in(tool, "extras"):
        for name in toml.texts_in(names):
            listed.setdefault(canonical_name(name), []).append(f"extra:{canonical_name(extra)}")
    for one, is_optional in entries:
        groups = listed.get(one.name, []) if is_optional else [model.MAIN]
        yield from (replace(one, group=group) for group in groups)


def _enriched(
    requirements: tuple[model.Requirement, ...], entries: list[Entry]
) -> Iterator[model.Requirement]:
    """Add to the standard's requirements what only Poetry's table says: place and `develop`."""
    known = {one.name: one for one, _ in entries if one.source is not model.SourceKind.REGISTRY}
    for one in requirements:
        own = known.get(one.name, one)
        placed = one if one.source is not model.SourceKind.REGISTRY else own
        yield replace(one, source=placed.source, reference=placed.reference, editable=own.editable)


def _groups(table: ProjectTable, tool: dict[str, Any]) -> dict[str, tuple[model.Requirement, ...]]:
    found = {name: table.of_group(name) for name in table.groups}
    includes: dict[str, tuple[str, ...]] = {}
    for spelled, config in toml.items_in(tool, "group"):
        name, keys = canonical_name(spelled), (*TOOL, "group", spelled, "dependencies")
        entries = _entries(toml.table_in(config), table.lines, keys, name)
        includes[name] = tuple(map(canonical_name, toml.texts_in(config, "include-groups")))
        # Poetry's entries only enrich a group that stands in [dependency-groups] too.
        own = tuple(one for one, _ in entries)
        found[name] = tuple(_enriched(found.get(name, ()), entries)) or own
    if legacy := _entries(tool, table.lines, (*TOOL, "dev-dependencies"), "dev"):
        found["dev"] = found.get("dev", ()) + tuple(one for one, _ in legacy)

    def included(name: str, trail: tuple[str, ...]) -> Iterator[model.Requirement]:
        for other in includes.get(trail[-1], ()):
            if other not in trail:
                yield from (replace(one, group=name) for one in found.get(other, ()))
                yield from included(name, (*trail, other))

    return {name: own + tuple(included(name, (name,))) for name, own in found.items()}


def _plugins(lines: TomlLines, tool: dict[str, Any]) -> Iterator[str]:
    # What [tool.poetry.requires-plugins] asks of an index; the rest is Poetry's matter.
    for one, _ in _entries(tool, lines, (*TOOL, "requires-plugins"), model.MAIN):
        if one.source is model.SourceKind.REGISTRY:
            try:
                yield asked(parse_requirement(asked(one), one.origin))
            except SyntaxFault as error:
                raise _unreadable(one.name, asked(one), one.origin) from error


def _entries(
    parent: dict[str, Any], lines: TomlLines, keys: tuple[str, ...], group: str
) -> list[Entry]:
    table = parent.get(keys[-1]) or {}
    if not isinstance(table, dict):
        raise toml.wrong_type(lines, keys, "a table", table)
    found = []
    for name, value in table.items():
        if name.lower() == "python":
            continue
        if isinstance(value, list):
            places = [(one, lines.origin(*keys, name, at)) for at, one in enumerate(value)]
        else:
            places = [(value, lines.origin(*keys, name))]
        found += [_entry(name, one, origin, group) for one, origin in places]
    return found


def _entry(name: str, value: object, origin: Origin, group: str) -> Entry:
    if isinstance(value, str):
        value = {"version": value}
    if not isinstance(value, dict):
        raise _unreadable(name, value, origin)
    kind, reference = place_in(value)
    version = toml.text_in(value, "version")
    try:
        specifier = to_pep440(version or "*") if kind is model.SourceKind.REGISTRY else ""
        python = python_marker(toml.text_in(value, "python") or "*")
    except ValueError as error:
        raise _unreadable(name, version or error, origin) from error
    platform = platform_marker(toml.text_in(value, "platform") or "*")
    requirement = model.Requirement(
        name=canonical_name(name),
        origin=origin,
        specifier=specifier,
        extras=canonical_names(toml.texts_in(value, "extras")),
        marker=join_markers((toml.text_in(value, "markers"), python, platform)),
        group=group,
        source=kind,
        reference=reference,
        editable=value.get("develop") is True,
    )
    return requirement, value.get("optional") is True


def _unreadable(name: str, value: object, origin: Origin) -> ManifestError:
    rule = "a constraint in quotes, a table with `version`, `git`, `url` or `path`, or an array"
    example, kind = 'version = "^3.0", extras = ["async"]', "version constraint that Poetry reads"
    rule += " of such tables; `poetry check` says the same"
    return unreadable_entry(name, value, origin, kind, rule, example)


def _indexes(tree: ProjectTree, table: ProjectTable, tool: dict[str, Any]) -> Iterator[model.Index]:
    # poetry.toml may hold credentials that the URL does not show.
    stored = tree.toml("poetry.toml") if tree.has("poetry.toml") else {}
    known = {canonical_name(name) for name in toml.table_in(stored, "http-basic")}
    for position, source in enumerate(toml.tables_in(tool, "source")):
        name = toml.text_in(source, "name")
        pypi = PYPI if name.lower() == "pypi" else ""
        yield index_at(
            name,
            toml.text_in(source, "url") or pypi,
            table.lines.origin(*TOOL, "source", position),
            explicit=source.get("priority") == "explicit",
            secret=canonical_name(name) in known,
        )


def _distribution(
    tree: ProjectTree, table: ProjectTable, tool: dict[str, Any]
) -> model.Distribution | None:
    own, name = table.own, toml.text_in(tool, "name")
    if not table.declared and not name:
        return None
    if not table.declared:
        own = replace(
            own,
            name=name,
            origin=table.lines.origin(*TOOL, "name"),
            build_requires=own.build_requires or ("poetry-core",),
            license=toml.text_in(tool, "license"),
        )
    packages = _packages(tree, tool) or own.packages
    return replace(
        own,
        version=own.version or toml.text_in(tool, "version"),
        description=own.description or toml.text_in(tool, "description"),
        readme=own.readme or next(iter(toml.texts_in(tool, "readme")), ""),
        build_backend=own.build_backend or BACKEND,
        installable=tool.get("package-mode") is not False and bool(packages),
        packages=packages,
        scripts=own.scripts or tuple(_scripts(table, tool)),
        plugins=own.plugins or "plugins" in tool,
        extension=own.extension or "build" in tool,
    )


def _packages(tree: ProjectTree, tool: dict[str, Any]) -> tuple[str, ...]:
    if not isinstance(tool.get("packages"), list):
        return own_packages(tree, {}, toml.text_in(tool, "name"))
    found = set()
    for entry in toml.tables_in(tool, "packages"):
        include = toml.text_in(entry, "include").partition("*")[0]
        parts = (part.strip("/") for part in (toml.text_in(entry, "from"), include))
        path = "/".join(part for part in parts if part)
        if path and (tree.has_folder(path) or tree.has(path)):
            found.add(path)
    return tuple(sorted(found))


def _scripts(table: ProjectTable, tool: dict[str, Any]) -> Iterator[model.Script]:
    for name, value in toml.items_in(tool, "scripts"):
        target = value if isinstance(value, str) else toml.first_text(value, *SCRIPT_KEYS)
        if target and toml.dig(value, "type") != "file":
            origin = table.lines.origin(*TOOL, "scripts", name)
            yield model.Script(name=name, target=target, origin=origin)


def content_hash(document: dict[str, Any], *, with_groups: bool) -> str:
    """Return the hash as Poetry 2 reckons it: `with_groups` from 2.3, without before."""
    found = {key: toml.dig(document, "project", key) for key in PROJECT_KEYS}
    project = {key: value for key, value in found.items() if value is not None}
    groups = (document.get("dependency-groups") or {}) if with_groups else {}
    tool = toml.table_in(document, "tool", "poetry")
    if not project and not groups:
        return legacy_content_hash(document, with_group=True)
    content: dict[str, Any] = {"project": project} if project else {}
    if groups:
        content["dependency-groups"] = groups
    present = {key: tool[key] for key in (*LEGACY_KEYS, "group") if tool.get(key) is not None}
    return locks.digest({**content, "tool": {"poetry": present}})


def legacy_content_hash(document: dict[str, Any], *, with_group: bool) -> str:
    """Return the hash as Poetry 1 does, without [project]: `with_group` from 1.2 on."""
    tool = toml.table_in(document, *TOOL)
    content = {key: tool.get(key) for key in LEGACY_KEYS}
    if with_group and tool.get("group") is not None:
        content["group"] = tool["group"]
    return locks.digest(content)
