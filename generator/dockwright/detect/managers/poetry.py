"""Poetry: whether poetry.lock is the lock of this pyproject.toml.

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
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from dockwright.detect.managers.comparison import (
    Findings,
    compare_names,
    compare_unneeded,
    compare_with_locked,
    credential_notices,
    lone_lock,
    summary,
)
from dockwright.detect.managers.poetry_lock import (
    PATH,
    PoetryLock,
    all_distributions,
    locked_distributions,
    numbers,
    read_lock,
)
from dockwright.detect.managers.poetry_manifest import PoetryManifest, read_manifest, to_pep440
from dockwright.detect.managers.pyproject import ProjectTable, read_project_table
from dockwright.detect.managers.toml import dig, table_in
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    MAIN,
    Lock,
    LockedDistribution,
    ManagerFinding,
    Requirement,
)
from dockwright.model.manager import LockState, Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace

OWN_KEYS = (
    "dependencies", "dev-dependencies", "group", "name", "package-mode", "source",
    "requires-poetry", "requires-plugins", "extras",
)  # fmt: skip
LEGACY_KEYS = ("dependencies", "source", "extras", "dev-dependencies")
PROJECT_KEYS = ("requires-python", "dependencies", "optional-dependencies")
LOCKS_OF_OTHERS = ("uv.lock", "pdm.lock")
NEWEST_FORMAT = (2, 1)

Verdict = tuple[bool, str]
"""Whether the lock is fresh, and why, in a sentence for people."""


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what Poetry would install, None where the project is not Poetry's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or
    one of a newer format, SyntaxFault and ManifestError for what Poetry would not read.
    """
    locked = tree.has(PATH)
    table = read_project_table(tree)
    if table is None:
        if locked:
            raise lone_lock(PATH, "pyproject.toml")
        return None
    if not locked and not claims(tree, table):
        return None
    manifest = read_manifest(tree, table)
    lock = read_lock(tree) if locked else None
    verdict = _verdict(table.document, lock, manifest) if lock else (False, "")
    return ManagerFinding(
        manager=Manager.POETRY,
        manifest=manifest.manifest,
        lock=_judged(table.document, lock, manifest, verdict) if lock else None,
        notices=(
            *(_notices(table, lock, manifest, fresh=verdict[0]) if lock else ()),
            *credential_notices(table.path, tree.text(table.path)),
        ),
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is Poetry's without a lock.

    [tool.poetry] says more than how to build, or poetry-core builds and nobody else has a say.
    """
    tool = table.tool("poetry")
    others = any(tree.has(lock) for lock in LOCKS_OF_OTHERS)
    if any(key in tool for key in OWN_KEYS):
        return not others or "dependencies" in tool
    backend = table.build_system.backend.startswith("poetry")
    return backend and not others and not any(map(table.has_tool, ("uv", "pdm", "hatch")))


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


def _judged(
    document: dict[str, Any], lock: PoetryLock, manifest: PoetryManifest, verdict: Verdict
) -> Lock:
    fresh, reason = verdict
    findings = Findings()
    if not fresh and lock.format:
        _compare(lock, manifest, findings)
    requirements = manifest.manifest.requirements
    # A lock that Poetry 1 made of [project] is no lock of another project, but looks like one.
    explained = not fresh and lock.packages and not _misses_the_dependencies(document, lock)
    counted = (summary(findings.disagreements, len(requirements)),) if explained else ()
    return Lock(
        path=PATH,
        format=lock.format,
        state=LockState.FRESH if fresh else LockState.STALE,
        because=(reason, *counted),
        disagreements=findings.disagreements,
        written_by=lock.written_by,
        distributions=locked_distributions(lock, requirements),
        requires_python=lock.python_versions,
    )


def _verdict(document: dict[str, Any], lock: PoetryLock, manifest: PoetryManifest) -> Verdict:
    """Judge by the rule of the Poetry that wrote the lock."""
    asked = sum(one.group == MAIN for one in manifest.manifest.requirements)
    if not lock.format:
        return False, f"{PATH} is empty"
    if asked and not lock.packages:
        return False, f"{PATH} holds no packages, and pyproject.toml asks for {asked}"
    same = f"{PATH} records the content-hash of"
    if lock.content_hash == content_hash(document, with_groups=True):
        return True, f"{same} this pyproject.toml"
    old = lock.written_by and numbers(lock.written_by) < (2, 3)
    if old and lock.content_hash == content_hash(document, with_groups=False):
        return True, f"{same} this pyproject.toml as Poetry before 2.3 reckons it, without groups"
    legacy = [legacy_content_hash(document, with_group=known) for known in (True, False)]
    if not _is_from_poetry_1(lock) or lock.content_hash not in legacy:
        return False, f"{same} another pyproject.toml"
    tool = table_in(document, "tool", "poetry")
    named = "name" in tool or tool.get("package-mode") is False
    if named and not _misses_the_dependencies(document, lock):
        return True, f"{same} [tool.poetry] as Poetry 1 reckons it"
    author = f"Poetry {lock.written_by or '1'}"
    return False, f"{author} wrote {PATH} and does not read [project], where the dependencies stand"


def _is_from_poetry_1(lock: PoetryLock) -> bool:
    return numbers(lock.written_by) < (2,) if lock.written_by else numbers(lock.format) < (2, 1)


def _misses_the_dependencies(document: dict[str, Any], lock: PoetryLock) -> bool:
    """Whether Poetry 1 wrote the lock, and only [project], which it does not read, names any."""
    names_some = dig(document, "project", "dependencies")
    in_tool = "dependencies" in table_in(document, "tool", "poetry")
    return bool(lock.format and names_some and not in_tool and _is_from_poetry_1(lock))


def _compare(lock: PoetryLock, manifest: PoetryManifest, findings: Findings) -> None:
    """Say in which entries a stale lock and pyproject.toml disagree."""
    requirements = manifest.manifest.requirements
    by_name: dict[str, list[LockedDistribution]] = {}
    for one in all_distributions(lock, requirements):
        by_name.setdefault(one.name, []).append(one)

    def candidates(one: Requirement) -> Sequence[LockedDistribution]:
        return by_name.get(one.name, ())

    compare_with_locked(requirements, candidates, PATH, findings)
    _compare_groups(lock, requirements, findings)
    asked, locked = manifest.python or "*", lock.python_versions or "*"
    if _normal(asked) != _normal(locked):
        text = f"Python {asked} is asked for, the lock was made for {locked}"
        findings.changed("python", text, manifest.python_origin)
    extras = dict.fromkeys(manifest.manifest.extras, manifest.extras_origin)
    in_lock = dict.fromkeys(lock.extras, Origin(path=PATH, key="extras"))
    compare_names("extra", extras, in_lock, PATH, findings)
    # Versions do not matter here: what was only changed is not "removed", nor is what it needs.
    plain = replace(lock, format="1.0")
    needed = all_distributions(plain, tuple(replace(one, specifier="") for one in requirements))
    compare_unneeded([one for one in needed if not one.groups], findings)


def _compare_groups(
    lock: PoetryLock, requirements: tuple[Requirement, ...], findings: Findings
) -> None:
    known = {one.name for one in findings.disagreements}
    for one in requirements:
        packages = [package for package in lock.packages if package.name == one.name]
        groups = {group for package in packages for group in package.groups}
        if one.name in known or not packages or one.group.startswith("extra:"):
            continue
        if one.group == MAIN and all(package.optional for package in packages):
            text = f"{one.name} is always asked for, and locked as optional"
            findings.changed(one.name, text, one.origin)
        elif lock.says_groups and one.group not in groups:
            text = f"{one.name} is asked for in group {one.group}, locked for"
            findings.changed(one.name, f"{text} {', '.join(sorted(groups))}", one.origin)


def _normal(constraint: str) -> str:
    try:
        return ",".join(sorted(to_pep440(constraint).replace(" ", "").split(",")))
    except ValueError:
        return constraint


def _notices(
    table: ProjectTable, lock: PoetryLock, manifest: PoetryManifest, *, fresh: bool
) -> Iterator[Notice]:
    if _misses_the_dependencies(table.document, lock):
        yield Notice(
            code="poetry-lock-hollow",
            text=f"{PATH} was written by Poetry {lock.written_by or '1'}, which does not read"
            " [project], where the dependencies stand",
            origin=Origin(path=PATH),
            remedy="lock again with Poetry 2: pipx run poetry==2.5.1 lock",
        )
    if numbers(lock.format)[:2] > NEWEST_FORMAT:
        yield Notice(
            code="poetry-lock-newer",
            text=f"lock-version {lock.format} is newer than 2.1, which Dockwright knows;"
            " it is read as 2.1",
            origin=Origin(path=PATH),
            remedy="update Dockwright if groups or markers look wrong",
        )
    # Poetry before 2.2 does not read [dependency-groups], and before 2.3 does not miss a change.
    asked = {one.group for one in manifest.manifest.requirements if one.group in table.groups}
    missing = sorted(asked - {group for package in lock.packages for group in package.groups})
    if fresh and missing and lock.says_groups:
        yield Notice(
            code="poetry-group-unlocked",
            text=f"[dependency-groups] {', '.join(missing)} is not in {PATH}:"
            f" Poetry {lock.written_by} passed over it",
            origin=table.lines.origin("dependency-groups", missing[0]),
            remedy="lock again with a current Poetry: poetry lock",
        )
