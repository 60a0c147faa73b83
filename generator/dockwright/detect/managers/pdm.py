"""PDM: pyproject.toml with [tool.pdm], and whether pdm.lock belongs to it."""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from dockwright.detect.managers.comparison import (
    Findings,
    compare_names,
    compare_python,
    compare_unneeded,
    compare_with_locked,
    credential_notices,
    lone_lock,
    summary,
)
from dockwright.detect.managers.groups import DependencyGroups
from dockwright.detect.managers.pdm_lock import PATH, PdmLock, distributions, read_lock, unneeded
from dockwright.detect.managers.pyproject import PATH as PYPROJECT
from dockwright.detect.managers.pyproject import (
    ProjectTable,
    folders_matching,
    local_places,
    read_project_table,
)
from dockwright.detect.managers.requirement import (
    canonical_name,
    parse_requirement,
    strip_credentials,
)
from dockwright.detect.managers.toml import dig, items_in, table_in, tables_in, text_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    MAIN,
    Index,
    Lock,
    LockedDistribution,
    ManagerFinding,
    Manifest,
    Requirement,
    Script,
    SourceKind,
)
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace

FRESH = "the hash in pdm.lock is that of pyproject.toml"
LOCKS_OF_OTHERS = ("uv.lock", "poetry.lock")
# Tables that pdm-backend reads: whoever has only these builds with PDM's back end, and may
# install with anything.
BACKEND_KEYS = frozenset({"build", "version"})

CURRENT = "2.20"
"""The hash rule of PDM 2.20 and newer; older ones have the first release that left them."""

OLDER = {"before 2.20": "2.20", "before 2.16": "2.16"}
LINUX = ("linux", "manylinux", "musllinux", "alpine")


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what PDM would install, None where the project is not PDM's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or
    one of another version.
    """
    locked = tree.has(PATH)
    table = read_project_table(tree)
    if table is None:
        if locked:
            raise lone_lock(PATH, PYPROJECT)
        return None
    if not locked and not claims(tree, table):
        return None
    members = _workspace_members(tree, table.document)
    manifest = _manifest(tree, table, members)
    lock = read_lock(tree) if locked else None
    return ManagerFinding(
        manager=Manager.PDM,
        manifest=manifest,
        lock=_judged(tree, table, manifest, lock) if lock else None,
        notices=(
            *credential_notices(PYPROJECT, tree.text(PYPROJECT)),
            *(_notices(table, lock) if lock else ()),
        ),
        workspace_members=members,
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is PDM's without a lock.

    [tool.pdm] says more than how to build, and there is no other manager's lock.
    """
    keys = set(table.tool("pdm"))
    return bool(keys - BACKEND_KEYS) and not any(tree.has(lock) for lock in LOCKS_OF_OTHERS)


def matching_rule(tree: ProjectTree, document: dict[str, Any], content_hash: str) -> str:
    """Return the rule by which `content_hash` ("sha256:...") is that of the manifest, or ""."""
    algorithm, _, wanted = content_hash.partition(":")
    if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
        return ""
    rules = (
        rule for rule in (CURRENT, *OLDER) if _digest(tree, document, rule, algorithm) == wanted
    )
    return next(rules, "")


def _digest(tree: ProjectTree, document: dict[str, Any], rule: str, algorithm: str) -> str:
    digest = _digest_of(document, rule, algorithm)
    if rule != CURRENT or not dig(document, "tool", "pdm", "workspace"):
        return digest
    hasher = hashlib.new(algorithm, digest.encode())
    for folder in _workspace_members(tree, document):
        member = _digest_of(tree.toml(f"{folder}/{PYPROJECT}"), rule, algorithm)
        hasher.update(b"\0" + folder.encode() + b"\0" + member.encode())
    return hasher.hexdigest()


def _digest_of(document: dict[str, Any], rule: str, algorithm: str) -> str:
    project, settings = table_in(document, "project"), table_in(document, "tool", "pdm")
    resolution = settings.get("resolution", {})
    old_groups = settings.get("dev-dependencies", {})
    content = {
        "sources": settings.get("source", []),
        "dependencies": project.get("dependencies", []),
        "dev-dependencies": _hashed_groups(document) if rule == CURRENT else old_groups,
        "optional-dependencies": project.get("optional-dependencies", {}),
        "requires-python": project.get("requires-python", ""),
    }
    if rule == "before 2.16":
        content["overrides"] = dig(resolution, "overrides") or {}
    else:
        content["resolution"] = resolution
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.new(algorithm, text.encode()).hexdigest()


def _hashed_groups(document: dict[str, Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for keys in (("dependency-groups",), ("tool", "pdm", "dev-dependencies")):
        for name, entries in items_in(dig(document, *keys)):
            # PDM's own spelling, which unlike PEP 503 replaces every other character too.
            plain = re.sub(r"[^A-Za-z0-9]+", "-", name).lower()
            groups.setdefault(plain, []).extend(entries if isinstance(entries, list) else [])
    return groups


def _workspace_members(tree: ProjectTree, document: dict[str, Any]) -> tuple[str, ...]:
    """Return the folders of [tool.pdm.workspace] members that hold a pyproject.toml, sorted."""
    patterns = texts_in(dig(document, "tool", "pdm", "workspace", "members"))
    globs = tuple(one for one in patterns if any(character in one for character in "*?["))
    plain = {posixpath.normpath(one) for one in patterns} - set(globs)
    there = {folder for folder in plain if tree.has(f"{folder}/{PYPROJECT}")}
    return tuple(sorted({*folders_matching(tree, globs), *there})) if patterns else ()


def _manifest(tree: ProjectTree, table: ProjectTable, members: tuple[str, ...]) -> Manifest:
    """Return pyproject.toml as PDM reads it; its development groups stand in two places."""
    old = tuple(_old_groups(table))
    groups = tuple(dict.fromkeys((*table.groups, *(one.group for one in old))))
    including = DependencyGroups(table.document, table.lines).including
    included = tuple(replace(one, group=group) for one in old for group in including(one.group))
    requirements = table.requirements + table.group_requirements + old + included
    inside, outside = local_places(tree, requirements)
    tool = table.tool("pdm")
    library = tool.get("package-type", "library") == "library"
    installable = bool(table.name) and library and tool.get("distribution") is not False
    return Manifest(
        path=PYPROJECT,
        requirements=requirements,
        groups=groups,
        extras=table.extras,
        default_groups=groups,
        indexes=tuple(_indexes(table)),
        distribution=table.distribution(installable=installable),
        also_read=tuple(sorted({f"{member}/{PYPROJECT}" for member in members} | inside)),
        scripts=table.scripts + tuple(_scripts(table)),
        outside_root=outside,
    )


def _old_groups(table: ProjectTable) -> Iterator[Requirement]:
    """Yield [tool.pdm.dev-dependencies], where a requirement may start with `-e`."""
    place = ("tool", "pdm", "dev-dependencies")
    for name, texts in items_in(dig(table.document, *place)):
        for position, text in enumerate(texts_in(texts)):
            origin, group = table.lines.origin(*place, name, position), canonical_name(name)
            address = text.strip().removeprefix("-e ").strip()
            if not text.strip().startswith("-e "):
                yield parse_requirement(address, origin, group)
                continue
            egg = re.search(r"[#&]egg=([^&]+)", address)
            folder = re.sub(r"(\.git)?(@[^/]*)?/*(#.*)?$", "", address).rpartition("/")[2]
            plain = f"{egg[1] if egg else folder} @ {address.partition('#')[0]}"
            yield replace(parse_requirement(plain, origin, group), editable=True)


def _indexes(table: ProjectTable) -> Iterator[Index]:
    for position, source in enumerate(tables_in(dig(table.document, "tool", "pdm", "source"))):
        safe = strip_credentials(text_in(source, "url"))
        yield Index(
            name=text_in(source, "name"),
            url=safe.url,
            origin=table.lines.origin("tool", "pdm", "source", position),
            explicit=bool(source.get("include_packages")),
            needs_credentials=safe.needs_credentials or "username" in source,
            variables=safe.variables,
        )


def _scripts(table: ProjectTable) -> Iterator[Script]:
    for name, value in items_in(dig(table.document, "tool", "pdm", "scripts")):
        kinds = (dig(value, key) for key in ("cmd", "shell", "call"))
        target = value if isinstance(value, str) else next((one for one in kinds if one), None)
        text = " ".join(texts_in(target))
        if text and name != "_":
            origin = table.lines.origin("tool", "pdm", "scripts", name)
            yield Script(name=name, target=text, origin=origin)


def _judged(tree: ProjectTree, table: ProjectTable, manifest: Manifest, lock: PdmLock) -> Lock:
    locked = distributions(lock, manifest.extras, manifest.requirements)
    findings = Findings()
    rule = "" if lock.has_inputs else matching_rule(tree, table.document, lock.content_hash)
    if lock.has_inputs:
        text = "the lock records its inputs (`lock_inputs`), which only PDM itself can compare"
        findings.doubt(f"{text}: pdm lock --check")
    elif not table.declared:
        text = f"{PYPROJECT} has no [project] table, and PDM converts another tool's before it"
        findings.doubt(f"{text} compares")
    elif rule != CURRENT:
        findings.stale(_reason(manifest, lock, rule))
        if lock.packages:
            _compare(table, manifest, lock, locked, findings)
            if not rule and not findings.disagreements:
                findings.stale(summary((), len(manifest.requirements)))
    return Lock(
        path=PATH,
        format=lock.format,
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        variant=rule,
        distributions=locked,
        requires_python=lock.requires_python,
        hashed=all(one.hashes for one in locked if one.source is SourceKind.REGISTRY),
        exportable=lock.says_groups or not lock.packages,
    )


def _reason(manifest: Manifest, lock: PdmLock, rule: str) -> str:
    if not lock.format:
        return "pdm.lock is empty"
    if not lock.packages and manifest.requirements:
        return f"the lock holds no packages, and {PYPROJECT} asks for {len(manifest.requirements)}"
    if rule:
        text = f"PDM {OLDER[rule]} changed how the hash is made: the manifest is as it was"
        return f"{text}, but PDM now refuses the lock"
    if not lock.content_hash:
        return "the lock has no hash of its manifest"
    return f"the hash in the lock is not that of {PYPROJECT}"


def _compare(
    table: ProjectTable,
    manifest: Manifest,
    lock: PdmLock,
    locked: tuple[LockedDistribution, ...],
    findings: Findings,
) -> None:
    """Say in which entries a stale lock and pyproject.toml disagree."""
    compare_python(table.requires_python, lock.requires_python, findings)
    covered = {canonical_name(group) for group in lock.groups}
    if covered:
        places = {
            group: Origin(path=PYPROJECT, key=f"dependency-groups.{group}")
            for group in manifest.groups
        }
        known = covered - {"default", *manifest.extras}
        held = dict.fromkeys(known, Origin(path=PATH, key="metadata.groups"))
        compare_names("group", places, held, PATH, findings)

    def is_covered(one: Requirement) -> bool:
        group = "default" if one.group == MAIN else one.group.removeprefix("extra:")
        return not covered or group in covered

    def candidates(one: Requirement) -> list[LockedDistribution]:
        return [found for found in locked if found.name == one.name]

    asked = [one for one in manifest.requirements if is_covered(one)]
    compare_with_locked(asked, candidates, PATH, findings)
    compare_unneeded(unneeded(lock, manifest.requirements), findings)


def _notices(table: ProjectTable, lock: PdmLock) -> Iterator[Notice]:
    known = {canonical_name(group) for group in lock.groups}
    for extra in sorted(set(table.extras) - known) if known else ():
        yield Notice(
            code="extra-not-locked",
            text=f"the lock does not cover the extra {extra}, so it cannot be installed from it",
            origin=table.lines.origin("project", "optional-dependencies", extra),
            remedy=f"lock it too, if the image needs it: pdm lock -G {extra}",
        )
    platforms = [text_in(target, "platform") for target in lock.targets]
    if platforms and not any(not one or one.startswith(LINUX) for one in platforms):
        yield Notice(
            code="lock-not-for-linux",
            text=f"the lock was made for {', '.join(platforms)} only, and holds nothing that an"
            " image could install",
            origin=Origin(path=PATH, key="metadata.targets"),
            remedy="add the target with `pdm lock --platform linux --append`",
        )
