"""pylock.toml and pylock.NAME.toml, the lock format of the standard (PEP 751), whoever wrote it."""

import re
from collections.abc import Iterator
from typing import Any

from dockwright.detect.managers import comparison, locks, toml
from dockwright.detect.managers.markers import Condition, either, parse_condition, to_marker
from dockwright.detect.managers.pdm import has_hash
from dockwright.detect.managers.pyproject import PATH as PYPROJECT
from dockwright.detect.managers.pyproject import ProjectTable, read_project_table
from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    place_in,
    strip_credentials,
)
from dockwright.detect.tree import ProjectTree
from dockwright.model import dependencies as model
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


def find(tree: ProjectTree) -> model.ManagerFinding | None:
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
        raise locks.unknown_format(path, version, f"{READABLE_MAJOR}.x", command, origin)
    header = re.match(r"(?:#.*\n)*", tree.text(path))
    comments = header[0] if header else ""
    locked = tuple(_distributions(tree, path, document))
    table, manifest = read_project_table(tree), model.Manifest(path=path)
    if table is not None and table.declared:
        manifest = model.Manifest(
            path=PYPROJECT,
            requirements=table.all_requirements,
            groups=table.groups,
            extras=table.extras,
            distribution=table.distribution(),
            scripts=table.own.scripts,
        )
    writer = toml.text_in(document, "created-by")
    # The lock of the tool that wrote it decides, if it is there. `uv pip compile` has none.
    theirs = (lock for tool, lock in LOCKS_BY_WRITER if writer.startswith(tool) and tree.has(lock))
    return model.ManagerFinding(
        manager=model.Manager.PYLOCK,
        manifest=manifest,
        lock=_judged(tree, table, path, document, locked, comments),
        exported_from="" if "uv pip compile" in comments else next(theirs, ""),
        notices=tuple(_notices(path, locked)),
    )


def names_in(tree: ProjectTree) -> tuple[str, ...]:
    """Return the pylock files in the root, the one to install from first."""
    if tree.has(NAME):
        return (NAME,)
    named = [name for name in tree.names() if re.fullmatch(NAMED, name) and tree.has(name)]
    return tuple(sorted(named, key=lambda name: (name not in PREFERRED, name)))


def _judged(
    tree: ProjectTree,
    table: ProjectTable | None,
    path: str,
    document: dict[str, Any],
    locked: tuple[model.LockedDistribution, ...],
    comments: str,
) -> model.Lock:
    findings = comparison.Findings()
    hashes = toml.items_in(document, "tool", "pdm", "hashes")
    asked: tuple[model.Requirement, ...] = ()
    if not document:
        findings.stale(f"{path} is empty")
    elif hashes and table is not None:
        if not has_hash(tree, table.document, ":".join(map(str, hashes[0]))):
            findings.stale(f"the hash that PDM left in the lock is not that of {PYPROJECT}")
            asked = table.all_requirements
    else:
        text = f"{path} says nothing about what it was made from, so nobody can tell whether it"
        findings.doubt(f"{text} is current")
        if table is not None and (PYPROJECT in comments or not locked):
            main = (one for one in table.requirements if one.group == model.MAIN)
            asked = tuple(one for one in main if not one.marker)
    comparison.compare_with_locked(asked, locked, path, findings)
    from_files = (model.SourceKind.REGISTRY, model.SourceKind.URL)
    return model.Lock(
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


def _notices(path: str, locked: tuple[model.LockedDistribution, ...]) -> Iterator[Notice]:
    for one in locked:
        if one.source is model.SourceKind.PATH and one.reference == ".":
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
) -> Iterator[model.LockedDistribution]:
    defaults = {canonical_name(group) for group in toml.texts_in(document, "default-groups")}
    for line, table in locks.locked_packages(tree, path, document, "packages"):
        vcs, address = toml.table_in(table, "vcs"), toml.first_text(table.get("vcs"), "url", "path")
        place = {"git": address, **vcs} if vcs else toml.dig(table, "directory")
        # An archive is copied whole, whatever folder of it is installed.
        archive = {**toml.table_in(table, "archive"), "subdirectory": ""}
        kind, reference = place_in(place or archive)
        groups, marker = _groups(parse_condition(toml.text_in(table, "marker")), defaults)
        sources = toml.tables_in([table.get("sdist"), table.get("archive")])
        files = [*toml.tables_in(table, "wheels"), *sources]
        names = (toml.text_in(entry, "name") for entry in toml.tables_in(table, "dependencies"))
        yield model.LockedDistribution(
            name=canonical_name(table["name"]),
            version=toml.text_in(table, "version"),
            origin=Origin(path=path, line=line, key=table["name"]),
            groups=groups,
            marker=to_marker(marker),
            source=kind,
            reference=reference,
            editable=toml.dig(table, "directory", "editable") is True,
            files=locks.locked_files(files, "name", "url", "path"),
            hashes=tuple(
                f"{name}:{value}" for one in files for name, value in toml.items_in(one, "hashes")
            ),
            requires_python=toml.text_in(table, "requires-python"),
            index=strip_credentials(toml.text_in(table, "index")).url,
            depends_on=canonical_names(filter(None, names)),
        )


def _groups(condition: Condition, defaults: set[str]) -> tuple[tuple[str, ...], Condition]:
    """Take `"dev" in dependency_groups` and `"pg" in extras` out of a marker."""
    groups: set[str] = set()
    rest: Condition = frozenset()
    for clause in condition:
        choices = {part: match for part in clause if (match := re.fullmatch(CHOICE, part))}
        chosen = [match for match in choices.values() if match["operator"] == "in"]
        for match in chosen:
            name = canonical_name(match["name"])
            is_main = name == "default" and name in defaults
            group = model.MAIN if is_main else name
            groups.add(f"extra:{name}" if match["kind"] == "extras" else group)
        groups |= set() if chosen else {model.MAIN}
        rest = either(rest, frozenset({clause.difference(choices)}))
    return locks.sorted_groups(groups), rest
