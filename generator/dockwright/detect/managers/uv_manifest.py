"""What the owner of a uv project wrote, in the words that all managers share."""

import posixpath
from collections.abc import Iterator
from typing import Any

from dockwright.detect.managers.conditions import both, parse_condition, to_marker
from dockwright.detect.managers.poetry_entries import git_reference
from dockwright.detect.managers.project_table import PATH, ProjectTable
from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    is_outside,
    strip_credentials,
)
from dockwright.detect.managers.toml_values import dig, texts_in
from dockwright.detect.managers.uv_groups import groups_of
from dockwright.detect.managers.uv_workspace import SETTINGS_FILE, Member, Workspace, sources_of
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    MAIN,
    Distribution,
    Index,
    Manifest,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Sourced
from dockwright.model.record import replace

_DEFAULT_GROUPS = ("dev",)


def read_manifest(tree: ProjectTree, workspace: Workspace) -> Manifest:
    """Return the manifest of the root; a root without [project] stands for all of its members."""
    installed = installed_members(workspace)
    requirements = tuple(wish for member in installed for wish in _requirements(workspace, member))
    groups = tuple(
        dict.fromkeys(name for table in _grouping_tables(workspace) for name in groups_of(table))
    )
    places = {wish.reference for wish in requirements if wish.source is SourceKind.PATH}
    outside = {place for place in places if is_outside(place) or tree.leads_outside(place)}
    required = workspace.settings.get("required-version")
    return Manifest(
        path=PATH,
        requirements=requirements,
        groups=groups,
        extras=tuple(dict.fromkeys(extra for member in installed for extra in member.table.extras)),
        default_groups=_default_groups(workspace, groups),
        indexes=tuple(_indexes(workspace)),
        distribution=_distribution(workspace),
        also_read=tuple(sorted(_also_read(tree, workspace, places - outside))),
        tool_requirement=Sourced(
            value=required, origin=workspace.setting_origin("required-version")
        )
        if isinstance(required, str)
        else None,
        scripts=tuple(script for member in installed for script in member.table.scripts),
        outside_root=tuple(sorted(outside)),
        no_binary=_no_binary(workspace),
    )


def _no_binary(workspace: Workspace) -> tuple[str, ...]:
    every = (":all:",) if workspace.settings.get("no-binary") is True else ()
    return (*every, *map(canonical_name, texts_in(workspace.settings.get("no-binary-package"))))


def installed_members(workspace: Workspace) -> tuple[Member, ...]:
    """Return the members that `uv sync` in the root installs: the root and what it needs of the others, or all of them."""
    root = workspace.root_member
    if root is None:
        return workspace.members
    chosen, waiting = {root.folder: root}, [root]
    while waiting:
        member = waiting.pop()
        for wish in member.table.requirements:
            other = workspace.member(wish.name)
            if other is not None and wish.group == MAIN and other.folder not in chosen:
                chosen[other.folder] = other
                waiting.append(other)
    return tuple(chosen[folder] for folder in sorted(chosen))


def _grouping_tables(workspace: Workspace) -> tuple[ProjectTable, ...]:
    root = workspace.root_member
    return (
        (root.table,) if root else (workspace.root, *(member.table for member in workspace.members))
    )


def _requirements(workspace: Workspace, member: Member) -> Iterator[Requirement]:
    """Yield a member's requirements with their sources; only the root's extras and groups can be asked for."""
    root = workspace.root_member
    is_main = root is None or member is root
    wishes = (
        member.table.requirements
        if is_main
        else (w for w in member.table.requirements if w.group == MAIN)
    )
    for wish in wishes:
        yield from _with_sources(workspace, member, wish)
    for group in groups_of(member.table).values() if is_main else ():
        for wish in group:
            yield from _with_sources(workspace, member, wish)


def _with_sources(workspace: Workspace, member: Member, wish: Requirement) -> Iterator[Requirement]:
    own = sources_of(member.table).get(wish.name)
    entries = (
        ()
        if workspace.ignores_sources(wish.name)
        else own or sources_of(workspace.root).get(wish.name, ())
    )
    folder = member.folder if own else ""
    fitting = [entry for entry in entries if _applies(entry, wish.group)]
    for entry in fitting:
        yield _sourced(workspace, wish, entry, folder)
    if not fitting or all("marker" in entry for entry in fitting):
        yield wish


def _applies(entry: dict[str, Any], group: str) -> bool:
    extra, said = (
        f"extra:{canonical_name(str(entry.get('extra', '')))}",
        canonical_name(str(entry.get("group", ""))),
    )
    return ("extra" not in entry or extra == group) and ("group" not in entry or said == group)


def _sourced(
    workspace: Workspace, wish: Requirement, entry: dict[str, Any], folder: str
) -> Requirement:
    marker = next(iter(texts_in(entry.get("marker"))), "")
    if marker:
        wish = replace(
            wish, marker=to_marker(both(parse_condition(wish.marker), parse_condition(marker)))
        )
    if "git" in entry:
        revision = next(
            (entry[key] for key in ("rev", "tag", "branch") if isinstance(entry.get(key), str)), ""
        )
        reference = git_reference(str(entry["git"]), revision, str(entry.get("subdirectory", "")))
        return replace(wish, source=SourceKind.GIT, reference=reference)
    if "url" in entry:
        return replace(
            wish, source=SourceKind.URL, reference=classify_reference(str(entry["url"]))[1]
        )
    if "path" in entry:
        place = posixpath.normpath(posixpath.join(folder, str(entry["path"])))
        return replace(
            wish, source=SourceKind.PATH, reference=place, editable=entry.get("editable") is True
        )
    other = workspace.member(wish.name) if entry.get("workspace") is True else None
    if other is not None:
        editable = workspace.required.get(wish.name) is not False and other.is_package
        return replace(
            wish, source=SourceKind.PATH, reference=other.folder or ".", editable=editable
        )
    return wish


def _default_groups(workspace: Workspace, groups: tuple[str, ...]) -> tuple[str, ...]:
    said = dig(workspace.root.document, "tool", "uv", "default-groups")
    if said == "all":
        return groups
    names = _DEFAULT_GROUPS if said is None else texts_in(said)
    return tuple(name for name in map(canonical_name, names) if name in groups)


def _indexes(workspace: Workspace) -> Iterator[Index]:
    entries = workspace.settings.get("index")
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        name, url = (next(iter(texts_in(dig(entry, key))), "") for key in ("name", "url"))
        safe = strip_credentials(url)
        needs = safe.needs_credentials or dig(entry, "authenticate") == "always"
        yield Index(
            name=name,
            url=safe.url,
            origin=workspace.setting_origin("index", position),
            explicit=dig(entry, "explicit") is True,
            needs_credentials=needs,
            variables=safe.variables or (_credential_variables(name) if needs and name else ()),
        )
    for key in ("index-url", "extra-index-url"):
        for url in texts_in(workspace.settings.get(key)):
            safe = strip_credentials(url)
            yield Index(
                name="",
                url=safe.url,
                origin=workspace.setting_origin(key),
                needs_credentials=safe.needs_credentials,
                variables=safe.variables,
            )


def _credential_variables(name: str) -> tuple[str, ...]:
    """Return the variables that uv reads for a named index."""
    upper = "".join(character if character.isalnum() else "_" for character in name).upper()
    return f"UV_INDEX_{upper}_USERNAME", f"UV_INDEX_{upper}_PASSWORD"


def _distribution(workspace: Workspace) -> Distribution | None:
    root = workspace.root_member
    return root.table.distribution(installable=root.is_package) if root else None


def _also_read(tree: ProjectTree, workspace: Workspace, places: set[str]) -> set[str]:
    """Return what `uv sync` reads besides the manifest and the lock before the source is there."""
    folders = {member.folder for member in workspace.members if member.folder}
    found = {f"{folder}/{PATH}" for folder in folders}
    found |= {
        place for place in places if place not in folders and place != "." and _exists(tree, place)
    }
    if tree.has(SETTINGS_FILE):
        found.add(SETTINGS_FILE)
    root = workspace.root_member
    if root and {"dependencies", "optional-dependencies"} & set(root.table.dynamic):
        table = root.table
        found |= {
            *table.build_reads,
            *table.license_files,
            *((table.readme,) if tree.has(table.readme) else ()),
        }
    return found


def _exists(tree: ProjectTree, place: str) -> bool:
    return tree.has(place) or tree.has_folder(place)
