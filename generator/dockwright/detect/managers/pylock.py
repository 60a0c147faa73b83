"""pylock.toml and pylock.NAME.toml, the lock format of the standard (PEP 751), whoever wrote it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from dockwright.detect.managers import comparison, toml
from dockwright.detect.managers.groups import sorted_groups
from dockwright.detect.managers.markers import Condition, either, parse_condition, to_marker
from dockwright.detect.managers.pdm import has_hash
from dockwright.detect.managers.pyproject import PATH as PYPROJECT
from dockwright.detect.managers.pyproject import ProjectTable, read_project_table
from dockwright.detect.managers.requirement import (
    canonical_name,
    classify_reference,
    git_reference,
    local_path,
    strip_credentials,
)
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    MAIN,
    Lock,
    LockedDistribution,
    LockedFile,
    Manager,
    ManagerFinding,
    Manifest,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Notice, Origin

NAME = "pylock.toml"
NAMED = r"pylock\.[^.]+\.toml"
PREFERRED = tuple(f"pylock.{name}.toml" for name in ("production", "prod", "main", "default"))
FRESH = "the hash that PDM left in the lock is that of pyproject.toml"
READABLE_MAJOR = "1"
CHOICE = r'"(?P<name>[^"]*)" (?P<operator>in|not in) (?P<kind>extras|dependency_groups)'
LOCKS_BY_WRITER = (
    ("uv", "uv.lock"),
    ("pdm", "pdm.lock"),
    ("pipenv", "Pipfile.lock"),
    ("poetry", "poetry.lock"),
)


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what a pylock file says, None where there is none.

    Raises SyntaxFault if it is not TOML, LockFormatError if it is damaged or of another version.
    """
    names = names_in(tree)
    if not names:
        return None
    path = names[0]
    document = tree.toml(path)
    version = toml.text_in(document, "lock-version")
    if document and version.partition(".")[0] != READABLE_MAJOR:
        origin = Origin(path=path, key="lock-version")
        command = f"uv export --format pylock.toml --output-file {path}"
        raise comparison.unknown_format(path, version, f"{READABLE_MAJOR}.x", command, origin)
    header = re.match(r"(?:#.*\n)*", tree.text(path))
    comments = header[0] if header else ""
    locked = tuple(_distributions(tree, path, document))
    table = read_project_table(tree)
    writer = toml.text_in(document, "created-by")
    # The lock of the tool that wrote it decides, if it is there. `uv pip compile` has none.
    locks = (lock for tool, lock in LOCKS_BY_WRITER if writer.startswith(tool) and tree.has(lock))
    return ManagerFinding(
        manager=Manager.PYLOCK,
        manifest=_manifest(path, table),
        lock=_judged(tree, path, document, locked, comments),
        exported_from="" if "uv pip compile" in comments else next(locks, ""),
        notices=tuple(_notices(path, locked)),
    )


def names_in(tree: ProjectTree) -> tuple[str, ...]:
    """Return the pylock files in the root, the one to install from first."""
    if tree.has(NAME):
        return (NAME,)
    named = [name for name in tree.names() if re.fullmatch(NAMED, name) and tree.has(name)]
    return tuple(sorted(named, key=lambda name: (name not in PREFERRED, name)))


def _manifest(path: str, table: ProjectTable | None) -> Manifest:
    if table is None or not table.declared:
        return Manifest(path=path)
    return Manifest(
        path=PYPROJECT,
        requirements=table.all_requirements,
        groups=table.groups,
        extras=table.extras,
        distribution=table.distribution(),
        scripts=table.scripts,
    )


def _judged(
    tree: ProjectTree,
    path: str,
    document: dict[str, Any],
    locked: tuple[LockedDistribution, ...],
    comments: str,
) -> Lock:
    findings, table = comparison.Findings(), read_project_table(tree)
    hashes = toml.items_in(toml.dig(document, "tool", "pdm", "hashes"))
    asked: list[Requirement] = []
    if not document:
        findings.stale(f"{path} is empty")
    elif hashes and table is not None:
        if not has_hash(tree, table.document, ":".join(map(str, hashes[0]))):
            findings.stale(f"the hash that PDM left in the lock is not that of {PYPROJECT}")
            asked = list(table.all_requirements)
    else:
        text = f"{path} says nothing about what it was made from, so nobody can tell whether it"
        findings.doubt(f"{text} is current")
        if table is not None and (PYPROJECT in comments or not locked):
            asked = [one for one in table.requirements if one.group == MAIN and not one.marker]

    def candidates(one: Requirement) -> list[LockedDistribution]:
        return [found for found in locked if found.name == one.name]

    comparison.compare_with_locked(asked, candidates, path, findings)
    from_files = (SourceKind.REGISTRY, SourceKind.URL)
    return Lock(
        path=path,
        format=toml.text_in(document, "lock-version"),
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        written_by=toml.text_in(document, "created-by"),
        distributions=locked,
        requires_python=toml.text_in(document, "requires-python"),
        hashed=all(one.hashes for one in locked if one.source in from_files),
    )


def _notices(path: str, locked: tuple[LockedDistribution, ...]) -> Iterator[Notice]:
    for one in locked:
        if one.source is SourceKind.PATH and one.reference == ".":
            yield Notice(
                code="pylock-holds-project",
                text=f"{path} lists the project itself ({one.name}), which is not there yet"
                " when the lock is installed",
                origin=one.origin,
                remedy="export it without the project: uv export --no-emit-project"
                " --format pylock.toml",
            )


def _distributions(
    tree: ProjectTree, path: str, document: dict[str, Any]
) -> Iterator[LockedDistribution]:
    defaults = {canonical_name(group) for group in toml.texts_in(document.get("default-groups"))}
    for line, table in comparison.locked_tables(tree, path, document, "packages"):
        kind, reference = _place(table)
        groups, marker = _groups(parse_condition(toml.text_in(table, "marker")), defaults)
        files = [
            *toml.tables_in(table.get("wheels")),
            *toml.tables_in([table.get("sdist"), table.get("archive")]),
        ]
        needs = (toml.text_in(entry, "name") for entry in toml.tables_in(table.get("dependencies")))
        yield LockedDistribution(
            name=canonical_name(table["name"]),
            version=toml.text_in(table, "version"),
            origin=Origin(path=path, line=line, key=table["name"]),
            groups=groups,
            marker=to_marker(marker),
            source=kind,
            reference=reference,
            editable=toml.dig(table, "directory", "editable") is True,
            files=tuple(_file(entry) for entry in files),
            hashes=tuple(
                f"{name}:{value}"
                for one in files
                for name, value in toml.items_in(one.get("hashes"))
            ),
            requires_python=toml.text_in(table, "requires-python"),
            index=strip_credentials(toml.text_in(table, "index")).url,
            depends_on=tuple(sorted({canonical_name(name) for name in needs if name})),
        )


def _file(entry: dict[str, Any]) -> LockedFile:
    address = toml.text_in(entry, "url") or toml.text_in(entry, "path")
    name = toml.text_in(entry, "name") or unquote(address.partition("#")[0].rpartition("/")[2])
    size = entry.get("size")
    return LockedFile(name=name, size=size if isinstance(size, int) else None)


def _groups(condition: Condition, defaults: set[str]) -> tuple[tuple[str, ...], Condition]:
    """Take `"dev" in dependency_groups` and `"pg" in extras` out of a marker."""
    groups: set[str] = set()
    rest: Condition = frozenset()
    for clause in condition:
        choices = {part: match for part in clause if (match := re.fullmatch(CHOICE, part))}
        chosen = [match for match in choices.values() if match["operator"] == "in"]
        groups |= {_group(one["kind"], canonical_name(one["name"]), defaults) for one in chosen}
        groups |= set() if chosen else {MAIN}
        rest = either(rest, frozenset({clause.difference(choices)}))
    return sorted_groups(groups), rest


def _group(kind: str, name: str, defaults: set[str]) -> str:
    if kind == "extras":
        return f"extra:{name}"
    return MAIN if name == "default" and name in defaults else name


def _place(table: dict[str, Any]) -> tuple[SourceKind, str]:
    vcs, directory, archive = table.get("vcs"), table.get("directory"), table.get("archive")
    if isinstance(vcs, dict):
        revision = toml.text_in(vcs, "commit-id") or toml.text_in(vcs, "requested-revision")
        url = toml.text_in(vcs, "url") or toml.text_in(vcs, "path")
        return SourceKind.GIT, git_reference(url, revision, toml.text_in(vcs, "subdirectory"))
    if isinstance(directory, dict):
        return SourceKind.PATH, local_path(toml.text_in(directory, "path"))
    if toml.text_in(archive, "url"):
        return SourceKind.URL, classify_reference(toml.text_in(archive, "url"))[1]
    if isinstance(archive, dict):
        return SourceKind.PATH, local_path(toml.text_in(archive, "path"))
    return SourceKind.REGISTRY, ""
