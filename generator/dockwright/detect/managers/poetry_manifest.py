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

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from dockwright.detect.managers.markers import join_markers
from dockwright.detect.managers.pyproject import (
    ProjectTable,
    local_places,
    own_packages,
    version_from_scm,
)
from dockwright.detect.managers.requirement import (
    as_pep508,
    canonical_name,
    classify_reference,
    git_reference,
    local_path,
    parse_requirement,
    platform_marker,
    python_marker,
    strip_credentials,
    to_pep440,
)
from dockwright.detect.managers.toml import (
    dig,
    items_in,
    table_in,
    tables_in,
    text_in,
    texts_in,
    wrong_type,
)
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError, SyntaxFault
from dockwright.model.dependencies import (
    MAIN,
    Distribution,
    Index,
    Manifest,
    Requirement,
    Script,
    SourceKind,
)
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record, replace
from dockwright.model.toml_text import TomlLines

TOOL = ("tool", "poetry")
BACKEND = "poetry.core.masonry.api"
PYPI = "https://pypi.org/simple"

LEGACY_KEYS = ("dependencies", "source", "extras", "dev-dependencies")
PROJECT_KEYS = ("requires-python", "dependencies", "optional-dependencies")


@record
class PoetryManifest:
    """The manifest, and what only the judgement of the lock needs."""

    manifest: Manifest
    python: str
    python_origin: Origin
    extras_origin: Origin


@record
class Entry:
    """A requirement of one of Poetry's tables, and whether it is only for an extra."""

    requirement: Requirement
    optional: bool


def read_manifest(tree: ProjectTree, table: ProjectTable) -> PoetryManifest:
    """Read pyproject.toml as Poetry does; ManifestError for an entry that Poetry does not know."""
    tool, lines = table_in(table.document, *TOOL), table.lines
    main, extras = _main(table, tool)
    groups = _groups(table, tool)
    requirements = main + tuple(one for found in groups.values() for one in found)
    requires_poetry = text_in(tool, "requires-poetry")
    needed = Sourced(value=requires_poetry, origin=lines.origin(*TOOL, "requires-poetry"))
    optional = {
        canonical_name(name)
        for name, one in items_in(tool.get("group"))
        if dig(one, "optional") is True
    }
    python, python_origin = _python(table, tool)
    inside, outside = local_places(tree, requirements)
    standard = ("project", "optional-dependencies")
    place = standard if dig(table.document, *standard) else (*TOOL, "extras")
    return PoetryManifest(
        manifest=Manifest(
            path=table.path,
            requirements=requirements,
            groups=tuple(groups),
            extras=extras,
            default_groups=tuple(name for name in groups if name not in optional),
            indexes=tuple(_indexes(tree, table, tool)),
            distribution=_distribution(tree, table, tool),
            also_read=tuple(sorted(inside)),
            tool_requirement=needed if requires_poetry else None,
            outside_root=outside,
            tool_plugins=tuple(_plugins(lines, tool)),
        ),
        python=python,
        python_origin=python_origin,
        extras_origin=lines.origin(*place),
    )


def _python(table: ProjectTable, tool: dict[str, Any]) -> tuple[str, Origin]:
    """Poetry's own key wins: it may only narrow `requires-python`, and the lock records it."""
    own = text_in(tool, "dependencies", "python")
    if own:
        return own, table.lines.origin(*TOOL, "dependencies", "python")
    if table.requires_python:
        return table.requires_python.value, table.requires_python.origin
    return "", table.lines.origin("project")


def _main(
    table: ProjectTable, tool: dict[str, Any]
) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    entries = _entries(tool, table.lines, (*TOOL, "dependencies"), MAIN)
    if not table.requirements:
        named = [canonical_name(extra) for extra, _ in items_in(tool.get("extras"))]
        return tuple(_with_extras(entries, tool)), tuple(dict.fromkeys([*table.extras, *named]))
    requirements = _enriched(table.requirements, entries)
    # Where [project] leaves one kind of its dependencies open, Poetry's table adds that kind.
    if table.has_dynamic_requirements and MAIN not in {one.group for one in table.requirements}:
        requirements += tuple(entry.requirement for entry in entries if not entry.optional)
    return requirements, table.extras


def _with_extras(entries: list[Entry], tool: dict[str, Any]) -> Iterator[Requirement]:
    """Give an optional entry to every extra that lists it; without one it is never installed."""
    listed: dict[str, list[str]] = {}
    for extra, names in items_in(tool.get("extras")):
        for name in texts_in(names):
            listed.setdefault(canonical_name(name), []).append(f"extra:{canonical_name(extra)}")
    for entry in entries:
        one = entry.requirement
        groups = listed.get(one.name, []) if entry.optional else [MAIN]
        yield from (replace(one, group=group) for group in groups)


def _enriched(
    requirements: tuple[Requirement, ...], entries: list[Entry]
) -> tuple[Requirement, ...]:
    """Add to the standard's requirements what only Poetry's table says: place and `develop`."""
    known = {entry.requirement.name: entry.requirement for entry in entries}
    return tuple(_enrich(one, known.get(one.name)) for one in requirements)


def _enrich(one: Requirement, own: Requirement | None) -> Requirement:
    if own is None or own.source is SourceKind.REGISTRY:
        return one
    if one.source is not SourceKind.REGISTRY:
        return replace(one, editable=own.editable)
    return replace(one, source=own.source, reference=own.reference, editable=own.editable)


def _groups(table: ProjectTable, tool: dict[str, Any]) -> dict[str, tuple[Requirement, ...]]:
    found = {name: table.of_group(name) for name in table.groups}
    includes: dict[str, tuple[str, ...]] = {}
    for spelled, config in items_in(tool.get("group")):
        name, keys = canonical_name(spelled), (*TOOL, "group", spelled, "dependencies")
        entries = _entries(config if isinstance(config, dict) else {}, table.lines, keys, name)
        includes[name] = tuple(map(canonical_name, texts_in(dig(config, "include-groups"))))
        own = tuple(entry.requirement for entry in entries)
        # Poetry's entries only enrich a group that stands in [dependency-groups] too.
        found[name] = _enriched(found[name], entries) if found.get(name) else own
    legacy = _entries(tool, table.lines, (*TOOL, "dev-dependencies"), "dev")
    if legacy:
        found["dev"] = found.get("dev", ()) + tuple(entry.requirement for entry in legacy)
    return {
        name: own + tuple(_included(name, found, includes, (name,))) for name, own in found.items()
    }


def _included(
    name: str,
    groups: dict[str, tuple[Requirement, ...]],
    includes: dict[str, tuple[str, ...]],
    trail: tuple[str, ...],
) -> Iterator[Requirement]:
    for other in includes.get(trail[-1], ()):
        if other not in trail:
            yield from (replace(one, group=name) for one in groups.get(other, ()))
            yield from _included(name, groups, includes, (*trail, other))


def _plugins(lines: TomlLines, tool: dict[str, Any]) -> Iterator[str]:
    """Yield what [tool.poetry.requires-plugins] asks of an index; the rest is Poetry's matter."""
    for entry in _entries(tool, lines, (*TOOL, "requires-plugins"), "plugins"):
        one = entry.requirement
        if one.source is SourceKind.REGISTRY:
            try:
                yield as_pep508(parse_requirement(as_pep508(one), one.origin))
            except SyntaxFault as error:
                raise _unreadable(one.name, as_pep508(one), one.origin) from error


def _entries(
    parent: dict[str, Any], lines: TomlLines, keys: tuple[str, ...], group: str
) -> list[Entry]:
    table = parent.get(keys[-1]) or {}
    if not isinstance(table, dict):
        raise wrong_type(lines, keys, "a table", table)
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
    kind, reference = _source(value)
    version = text_in(value, "version")
    try:
        specifier = to_pep440(version or "*") if kind is SourceKind.REGISTRY else ""
        python = python_marker(text_in(value, "python") or "*")
    except ValueError as error:
        raise _unreadable(name, version or error, origin) from error
    platform = platform_marker(text_in(value, "platform") or "*")
    requirement = Requirement(
        name=canonical_name(name),
        origin=origin,
        specifier=specifier,
        extras=tuple(sorted(canonical_name(extra) for extra in texts_in(value.get("extras")))),
        marker=join_markers((text_in(value, "markers"), python, platform)),
        group=group,
        source=kind,
        reference=reference,
        editable=value.get("develop") is True,
    )
    return Entry(requirement=requirement, optional=value.get("optional") is True)


def _source(value: dict[str, Any]) -> tuple[SourceKind, str]:
    folder = text_in(value, "subdirectory")
    if "git" in value:
        revision = text_in(value, "rev") or text_in(value, "tag") or text_in(value, "branch")
        return SourceKind.GIT, git_reference(text_in(value, "git"), revision, folder)
    if "url" in value:
        return classify_reference(text_in(value, "url"))
    for key in ("path", "file"):
        if key in value:
            parts = (part for part in (text_in(value, key), folder) if part)
            return SourceKind.PATH, local_path("/".join(parts))
    return SourceKind.REGISTRY, ""


def _unreadable(name: str, value: object, origin: Origin) -> ManifestError:
    return ManifestError(
        f"the entry `{name}` is not a version constraint that Poetry reads",
        found=strip_credentials(str(value)).url[:80],
        origin=origin,
        rule="an entry is a constraint in quotes, a table with `version`, `git`, `url` or `path`,"
        " or an array of such tables",
        steps=("correct the entry that is named", "`poetry check` says the same"),
        example=f'{name} = {{ version = "^3.0", extras = ["async"] }}',
    )


def _indexes(tree: ProjectTree, table: ProjectTable, tool: dict[str, Any]) -> Iterator[Index]:
    """Yield [[tool.poetry.source]]; poetry.toml may hold credentials that the URL does not show."""
    stored = tree.toml("poetry.toml") if tree.has("poetry.toml") else {}
    with_credentials = {canonical_name(name) for name, _ in items_in(stored.get("http-basic"))}
    for position, source in enumerate(tables_in(tool.get("source"))):
        name = text_in(source, "name")
        pypi = PYPI if name.lower() == "pypi" else ""
        safe = strip_credentials(text_in(source, "url") or pypi)
        yield Index(
            name=name,
            url=safe.url,
            origin=table.lines.origin(*TOOL, "source", position),
            explicit=source.get("priority") == "explicit",
            needs_credentials=safe.needs_credentials or canonical_name(name) in with_credentials,
            variables=safe.variables,
        )


def _distribution(
    tree: ProjectTree, table: ProjectTable, tool: dict[str, Any]
) -> Distribution | None:
    name = text_in(tool, "name")
    packages = _packages(tree, tool) or table.packages
    installable = tool.get("package-mode") is not False and bool(packages)
    standard = table.distribution(installable=installable)
    if standard is None and not name:
        return None
    own = standard or Distribution(
        name=name,
        origin=table.lines.origin(*TOOL, "name"),
        build_backend=table.build_system.backend,
        build_requires=table.build_system.requires or ("poetry-core",),
        installable=installable,
        version_from_scm=version_from_scm(table.document, table.build_system.requires),
    )
    return replace(
        own,
        version=own.version or text_in(tool, "version"),
        description=own.description or text_in(tool, "description"),
        license=own.license or ("" if standard else text_in(tool, "license")),
        readme=own.readme or next(iter(texts_in(tool.get("readme"))), ""),
        build_backend=own.build_backend or BACKEND,
        packages=packages,
        scripts=own.scripts or tuple(_scripts(table, tool)),
    )


def _packages(tree: ProjectTree, tool: dict[str, Any]) -> tuple[str, ...]:
    if not isinstance(tool.get("packages"), list):
        return own_packages(tree, {}, text_in(tool, "name"))
    found = set()
    for entry in tables_in(tool["packages"]):
        include = text_in(entry, "include").partition("*")[0]
        parts = (part.strip("/") for part in (text_in(entry, "from"), include))
        path = "/".join(part for part in parts if part)
        if path and (tree.has_folder(path) or tree.has(path)):
            found.add(path)
    return tuple(sorted(found))


def _scripts(table: ProjectTable, tool: dict[str, Any]) -> Iterator[Script]:
    for name, value in items_in(tool.get("scripts")):
        target = (
            value if isinstance(value, str) else dig(value, "reference") or dig(value, "callable")
        )
        if isinstance(target, str) and dig(value, "type") != "file":
            origin = table.lines.origin(*TOOL, "scripts", name)
            yield Script(name=name, target=target, origin=origin)


def content_hash(document: dict[str, Any], *, with_groups: bool) -> str:
    """Return the hash as Poetry 2 reckons it: `with_groups` from 2.3, without before."""
    found = {key: dig(document, "project", key) for key in PROJECT_KEYS}
    project = {key: value for key, value in found.items() if value is not None}
    groups = (dig(document, "dependency-groups") or {}) if with_groups else {}
    tool = table_in(document, "tool", "poetry")
    if not project and not groups:
        return legacy_content_hash(document, with_group=True)
    content: dict[str, Any] = {"project": project} if project else {}
    if groups:
        content["dependency-groups"] = groups
    present = {key: tool[key] for key in (*LEGACY_KEYS, "group") if tool.get(key) is not None}
    return _digest({**content, "tool": {"poetry": present}})


def legacy_content_hash(document: dict[str, Any], *, with_group: bool) -> str:
    """Return the hash as Poetry 1 does, without [project]: `with_group` from 1.2 on."""
    tool = table_in(document, "tool", "poetry")
    content = {key: tool.get(key) for key in LEGACY_KEYS}
    if with_group and tool.get("group") is not None:
        content["group"] = tool["group"]
    return _digest(content)


def _digest(content: dict[str, Any]) -> str:
    # JSON has no dates, and Poetry accepts none here; `str` keeps one from ending the run.
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
