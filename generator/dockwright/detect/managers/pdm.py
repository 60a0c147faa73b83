"""PDM: pyproject.toml with [tool.pdm], pdm.lock, and whether it belongs to the manifest."""

import hashlib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from dockwright.detect.managers import comparison, locks, toml
from dockwright.detect.managers.markers import either, parse_condition
from dockwright.detect.managers.pyproject import PATH as PYPROJECT
from dockwright.detect.managers.pyproject import (
    ProjectTable,
    folders_matching,
    local_places,
    project_with_lock,
)
from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    index_at,
    names_of,
    parse_requirement,
    place_in,
)
from dockwright.detect.managers.requirements_files import editable_requirement
from dockwright.detect.tree import ProjectTree
from dockwright.model import dependencies as model
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record, replace

FRESH = "the hash in pdm.lock is that of pyproject.toml"
# Tables that pdm-backend reads: whoever has only these builds with PDM's back end, and may
# install with anything.
BACKEND_KEYS = frozenset({"build", "version"})

LINUX = ("linux", "manylinux", "musllinux", "alpine")
SCRIPTS, KINDS = ("tool", "pdm", "scripts"), ("cmd", "shell", "call")
PATH = "pdm.lock"
READABLE_MAJOR = "4"


@record
class PdmLock:
    """The lock; `format` is "" if the file is empty, `targets` are the platforms.

    `groups` are those it was made for ("default" is production).
    """

    format: str
    content_hash: str
    has_inputs: bool
    groups: tuple[str, ...]
    targets: list[dict[str, Any]] = field(repr=False)
    packages: tuple[locks.Package, ...] = field(repr=False)
    files: dict[str, Any] = field(repr=False)

    @property
    def requires_python(self) -> str:
        """The Python range that all targets share, "" if they differ or say none."""
        ranges = {toml.text_in(target, "requires_python") for target in self.targets}
        return ranges.pop() if len(ranges) == 1 else ""

    @property
    def says_groups(self) -> bool:
        """Whether packages name their groups (strategy `inherit_metadata`)."""
        return any("groups" in table for _, table in self.packages)


def find(tree: ProjectTree) -> model.ManagerFinding | None:
    """Return what PDM would install, None where the project is not PDM's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or
    one of another version.
    """
    table = project_with_lock(tree, PATH)
    if table is None or not (tree.has(PATH) or claims(tree, table)):
        return None
    members = _workspace_members(tree, table.document)
    manifest = _manifest(tree, table, members)
    lock = _read_lock(tree) if tree.has(PATH) else None
    return model.ManagerFinding(
        manager=model.Manager.PDM,
        manifest=manifest,
        lock=_judged(tree, table, manifest, lock) if lock else None,
        notices=(
            *comparison.credential_notices(tree, PYPROJECT),
            *(_notices(lock) if lock else ()),
        ),
        workspace_members=members,
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is PDM's without a lock.

    [tool.pdm] says more than how to build, and there is no other manager's lock.
    """
    keys = set(table.tool("pdm"))
    return bool(keys - BACKEND_KEYS) and not any(map(tree.has, ("uv.lock", "poetry.lock")))


def has_hash(tree: ProjectTree, document: dict[str, Any], content_hash: str) -> bool:
    """Whether `content_hash` ("sha256:...") is that of the manifest; the rule is PDM 2.20's."""
    algorithm, _, wanted = content_hash.partition(":")
    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return False
    digest = _digest(document, algorithm)
    if toml.dig(document, "tool", "pdm", "workspace"):
        hasher = hashlib.new(algorithm, digest.encode())
        for folder in _workspace_members(tree, document):
            member = _digest(tree.toml(f"{folder}/{PYPROJECT}"), algorithm)
            hasher.update(b"\0" + folder.encode() + b"\0" + member.encode())
        digest = hasher.hexdigest()
    return digest == wanted


def _digest(document: dict[str, Any], algorithm: str) -> str:
    project, settings = toml.table_in(document, "project"), toml.table_in(document, "tool", "pdm")
    groups: dict[str, list[Any]] = {}
    for table in (document.get("dependency-groups"), settings.get("dev-dependencies")):
        for name, entries in toml.items_in(table):
            # PDM's own spelling, which unlike PEP 503 replaces every other character too.
            plain = re.sub(r"[^A-Za-z0-9]+", "-", name).lower()
            groups.setdefault(plain, []).extend(entries if isinstance(entries, list) else [])
    content = {
        "sources": settings.get("source", []),
        "dependencies": project.get("dependencies", []),
        "dev-dependencies": groups,
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
        "resolution": settings.get("resolution", {}),
    }
    return locks.digest(content, algorithm)


def _workspace_members(tree: ProjectTree, document: dict[str, Any]) -> tuple[str, ...]:
    # The folders of [tool.pdm.workspace] members that hold a pyproject.toml.
    patterns = toml.texts_in(document, "tool", "pdm", "workspace", "members")
    globs = tuple(one for one in patterns if any(character in one for character in "*?["))
    plain = {posixpath.normpath(one) for one in patterns} - set(globs)
    there = {folder for folder in plain if tree.has(f"{folder}/{PYPROJECT}")}
    return tuple(sorted({*folders_matching(tree, globs), *there})) if patterns else ()


def _manifest(tree: ProjectTree, table: ProjectTable, members: tuple[str, ...]) -> model.Manifest:
    tool, old = table.tool("pdm"), tuple(_old_groups(table))
    groups = tuple(dict.fromkeys((*table.groups, *(one.group for one in old))))
    requirements = table.all_requirements + old
    inside, outside = local_places(tree, requirements)
    library = tool.get("package-type", "library") == "library"
    installable = bool(table.own.name) and library and tool.get("distribution") is not False
    return model.Manifest(
        path=PYPROJECT,
        requirements=requirements,
        groups=groups,
        extras=table.extras,
        default_groups=groups,
        indexes=tuple(_indexes(table)),
        distribution=table.distribution(installable=installable),
        also_read=tuple(sorted({f"{member}/{PYPROJECT}" for member in members} | inside)),
        scripts=(*table.own.scripts, *toml.scripts_at(table.document, table.lines, SCRIPTS, KINDS)),
        outside_root=outside,
    )


def _old_groups(table: ProjectTable) -> Iterator[model.Requirement]:
    # [tool.pdm.dev-dependencies], where a requirement may start with `-e`.
    place = ("tool", "pdm", "dev-dependencies")
    for name, texts in toml.items_in(table.document, *place):
        for position, text in enumerate(toml.texts_in(texts)):
            origin, group = table.lines.origin(*place, name, position), canonical_name(name)
            if text.strip().startswith("-e "):
                yield editable_requirement(text.strip(), origin, group)
            else:
                yield parse_requirement(text, origin, group)


def _indexes(table: ProjectTable) -> Iterator[model.Index]:
    for position, source in enumerate(toml.tables_in(table.document, "tool", "pdm", "source")):
        yield index_at(
            toml.text_in(source, "name"),
            toml.text_in(source, "url"),
            table.lines.origin("tool", "pdm", "source", position),
            explicit=bool(source.get("include_packages")),
            secret="username" in source,
        )


def _judged(
    tree: ProjectTree, table: ProjectTable, manifest: model.Manifest, lock: PdmLock
) -> model.Lock:
    locked = _distributions(lock, manifest.extras, manifest.requirements)
    findings = comparison.Findings()
    if lock.has_inputs:
        text = "the lock records its inputs (`lock_inputs`), which only PDM itself can compare"
        findings.doubt(f"{text}: pdm lock --check")
    elif not table.declared:
        text = f"{PYPROJECT} has no [project] table, and PDM converts another tool's before it"
        findings.doubt(f"{text} compares")
    elif not has_hash(tree, table.document, lock.content_hash):
        findings.stale(_reason(manifest, lock))
        if lock.packages:
            _compare(table, manifest, lock, locked, findings)
            if not findings.disagreements:
                findings.stale(comparison.summary((), len(manifest.requirements)))
    return model.Lock(
        path=PATH,
        format=lock.format,
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        distributions=locked,
        requires_python=lock.requires_python,
        hashed=all(one.hashes for one in locked if one.source is model.SourceKind.REGISTRY),
        exportable=lock.says_groups or not lock.packages,
    )


def _reason(manifest: model.Manifest, lock: PdmLock) -> str:
    if not lock.format:
        return "pdm.lock is empty"
    if not lock.packages and manifest.requirements:
        return f"the lock holds no packages, and {PYPROJECT} asks for {len(manifest.requirements)}"
    if not lock.content_hash:
        return "the lock has no hash of its manifest"
    return f"the hash in the lock is not that of {PYPROJECT} (PDM before 2.20 made another one)"


def _compare(
    table: ProjectTable,
    manifest: model.Manifest,
    lock: PdmLock,
    locked: tuple[model.LockedDistribution, ...],
    findings: comparison.Findings,
) -> None:
    comparison.compare_python(table.requires_python, lock.requires_python, findings)
    asked, covered = manifest.requirements, {canonical_name(group) for group in lock.groups}
    if covered:
        places = {
            group: Origin(path=PYPROJECT, key=f"dependency-groups.{group}")
            for group in manifest.groups
        }
        known = covered - {"default", *manifest.extras}
        held = dict.fromkeys(known, Origin(path=PATH, key="metadata.groups"))
        comparison.compare_names("group", places, held, PATH, findings)
        # The lock says nothing about a group that it was not made for.
        covered = {model.MAIN if group == "default" else group for group in covered}
        asked = tuple(one for one in asked if one.group.removeprefix("extra:") in covered)
    comparison.compare_with_locked(asked, locked, PATH, findings)
    # What was only changed is not "removed", nor is what it needs.
    plain = tuple(replace(one, specifier="", marker="") for one in manifest.requirements)
    reached = _Graph(lock.packages).needs(plain)
    unneeded = [
        _distribution(lock, package)
        for position, package in enumerate(lock.packages)
        if position not in reached and not package[1].get("extras")
    ]
    comparison.compare_unneeded(unneeded, findings)


def _notices(lock: PdmLock) -> Iterator[Notice]:
    platforms = [toml.text_in(target, "platform") for target in lock.targets]
    if platforms and not any(not one or one.startswith(LINUX) for one in platforms):
        yield Notice(
            code="lock-not-for-linux",
            text=f"the lock was made for {', '.join(platforms)} only, and holds nothing that an"
            " image could install",
            origin=Origin(path=PATH, key="metadata.targets"),
            remedy="add the target with `pdm lock --platform linux --append`",
        )


def _read_lock(tree: ProjectTree) -> PdmLock:
    document = locks.read_lock_document(tree, PATH)
    metadata = document.get("metadata")
    version = toml.text_in(metadata, "lock_version")
    if document and version.partition(".")[0] != READABLE_MAJOR:
        origin = Origin(path=PATH, key="metadata.lock_version")
        command = "pdm lock --update-reuse"
        raise locks.unknown_format(PATH, version, f"{READABLE_MAJOR}.x", command, origin)
    return PdmLock(
        format=version,
        content_hash=toml.text_in(metadata, "content_hash"),
        has_inputs=toml.dig(metadata, "lock_inputs") is not None,
        groups=toml.texts_in(metadata, "groups"),
        targets=toml.tables_in(metadata, "targets"),
        packages=locks.locked_packages(tree, PATH, document),
        files=toml.table_in(metadata, "files"),
    )


def _distributions(
    lock: PdmLock, extras: tuple[str, ...], requirements: tuple[model.Requirement, ...]
) -> tuple[model.LockedDistribution, ...]:
    found = {} if lock.says_groups else _Graph(lock.packages).needs(requirements)
    joined: dict[tuple[str, str, str], model.LockedDistribution] = {}
    needs: dict[tuple[str, str, str], locks.Needs] = {}
    for position, package in enumerate(lock.packages):
        one = _distribution(lock, package)
        key = (one.name, one.version, one.reference)
        own = _recorded(package[1], extras) if lock.says_groups else found.get(position, {})
        all_needs = needs.setdefault(key, {})
        for group, condition in own.items():
            all_needs[group] = either(all_needs.get(group, condition), condition)
        # An entry `name[extra]` stands beside that of `name`, and both are one distribution.
        known = joined.get(key, one)
        joined[key] = replace(
            known,
            extras=canonical_names((*one.extras, *known.extras)),
            files=known.files or one.files,
            hashes=known.hashes or one.hashes,
            depends_on=canonical_names((*one.depends_on, *known.depends_on)),
        )
    return tuple(locks.needed(one, needs[key]) for key, one in joined.items())


def _recorded(table: dict[str, Any], extras: tuple[str, ...]) -> locks.Needs:
    condition = parse_condition(toml.text_in(table, "marker"))
    needs: locks.Needs = {}
    for spelled in toml.texts_in(table, "groups"):
        group = model.MAIN if spelled == "default" else canonical_name(spelled)
        # PDM keeps extras and groups under one name.
        needs[f"extra:{group}" if group in extras else group] = condition
    return needs


class _Graph(locks.Graph):
    def targets(self, one: model.Requirement) -> Iterator[locks.Edge]:
        """Yield the entry without extras, and those whose extras are all asked for."""
        for position in self.positions.get(one.name, ()):
            if {*canonical_names(toml.texts_in(self.tables[position], "extras"))} <= {*one.extras}:
                yield (position, ""), parse_condition(one.marker)

    def edges(self, node: locks.Node) -> Iterator[locks.Edge]:
        """Yield what an entry lists, which has entries of its own for extras."""
        table = self.tables[node[0]]
        for text in toml.texts_in(table, "dependencies"):
            yield from self.targets(parse_requirement(text, Origin(path=PATH, key=table["name"])))


def _distribution(lock: PdmLock, package: locks.Package) -> model.LockedDistribution:
    line, table = package
    name, version = canonical_name(table["name"]), toml.text_in(table, "version")
    kind, reference = place_in(table)
    files = toml.tables_in(table.get("files") or lock.files.get(f"{table['name']} {version}"))
    needs = names_of(toml.texts_in(table, "dependencies"))
    return model.LockedDistribution(
        name=name,
        version=version,
        origin=Origin(path=PATH, line=line, key=table["name"]),
        groups=(),
        extras=canonical_names(toml.texts_in(table, "extras")),
        source=kind,
        reference=reference,
        editable=table.get("editable") is True,
        files=locks.locked_files(files, "file", "url"),
        hashes=tuple(str(entry["hash"]) for entry in files if "hash" in entry),
        requires_python=toml.text_in(table, "requires_python"),
        depends_on=tuple(one for one in needs if one != name),
    )
