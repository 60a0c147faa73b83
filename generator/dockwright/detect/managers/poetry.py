"""Poetry: poetry.lock in every format from 1.0 to 2.1, and whether it is that of pyproject.toml."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any

from dockwright.detect.managers import comparison, toml
from dockwright.detect.managers.groups import (
    Edge,
    Needs,
    Node,
    by_package,
    production_marker,
    sorted_groups,
    walk,
)
from dockwright.detect.managers.markers import ALWAYS, allows, parse_condition, split_extras
from dockwright.detect.managers.poetry_manifest import (
    PoetryManifest,
    content_hash,
    legacy_content_hash,
    read_manifest,
)
from dockwright.detect.managers.pyproject import ProjectTable, read_project_table
from dockwright.detect.managers.requirement import (
    canonical_name,
    classify_reference,
    git_reference,
    local_path,
    to_alternatives,
    to_pep440,
)
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.model.dependencies import (
    MAIN,
    Lock,
    LockedDistribution,
    LockedFile,
    LockState,
    Manager,
    ManagerFinding,
    Requirement,
    SourceKind,
)
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record, replace

OWN_KEYS = (
    "dependencies", "dev-dependencies", "group", "name", "package-mode", "source",
    "requires-poetry", "requires-plugins", "extras",
)  # fmt: skip
LOCKS_OF_OTHERS = ("uv.lock", "pdm.lock")

Verdict = tuple[bool, str]
"""Whether the lock is fresh, and why, in a sentence for people."""
PATH = "poetry.lock"
NEWEST_MAJOR = 2
HEADER = r"#.*\bPoetry (?P<version>\d+(?:\.\d+)*\S*)"

Package = tuple[int | None, dict[str, Any]]
"""One [[package]] as TOML, and the line of its header."""


@record
class PoetryLock:
    """The lock: `format` is its lock-version, `extras` the names it was made with.

    `metadata` is [metadata], where old formats keep the files of all packages.
    """

    format: str = ""
    written_by: str = ""
    content_hash: str = ""
    python_versions: str = ""
    extras: tuple[str, ...] = ()
    packages: tuple[Package, ...] = field(default=(), repr=False)
    metadata: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def says_groups(self) -> bool:
        """Whether each package names its groups."""
        return numbers(self.format) >= (2, 1)


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what Poetry would install, None where the project is not Poetry's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or
    one of a newer format, SyntaxFault and ManifestError for what Poetry would not read.
    """
    locked = tree.has(PATH)
    table = read_project_table(tree)
    if table is None:
        if locked:
            raise comparison.lone_lock(PATH, "pyproject.toml")
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
            *(_notices(table, lock) if lock else ()),
            *comparison.credential_notices(table.path, tree.text(table.path)),
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


def _judged(
    document: dict[str, Any], lock: PoetryLock, manifest: PoetryManifest, verdict: Verdict
) -> Lock:
    fresh, reason = verdict
    findings = comparison.Findings()
    if not fresh and lock.format:
        _compare(lock, manifest, findings)
    requirements = manifest.manifest.requirements
    # A lock that Poetry 1 made of [project] is no lock of another project, but looks like one.
    explained = not fresh and lock.packages and not _misses_the_dependencies(document, lock)
    counted = (comparison.summary(findings.disagreements, len(requirements)),) if explained else ()
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
    tool = toml.table_in(document, "tool", "poetry")
    named = "name" in tool or tool.get("package-mode") is False
    if named and not _misses_the_dependencies(document, lock):
        return True, f"{same} [tool.poetry] as Poetry 1 reckons it"
    author = f"Poetry {lock.written_by or '1'}"
    return False, f"{author} wrote {PATH} and does not read [project], where the dependencies stand"


def _is_from_poetry_1(lock: PoetryLock) -> bool:
    return numbers(lock.written_by) < (2,) if lock.written_by else numbers(lock.format) < (2, 1)


def _misses_the_dependencies(document: dict[str, Any], lock: PoetryLock) -> bool:
    """Whether Poetry 1 wrote the lock, and only [project], which it does not read, names any."""
    names_some = toml.dig(document, "project", "dependencies")
    in_tool = "dependencies" in toml.table_in(document, "tool", "poetry")
    return bool(lock.format and names_some and not in_tool and _is_from_poetry_1(lock))


def _compare(lock: PoetryLock, manifest: PoetryManifest, findings: comparison.Findings) -> None:
    requirements = manifest.manifest.requirements
    by_name: dict[str, list[LockedDistribution]] = {}
    for one in all_distributions(lock, requirements):
        by_name.setdefault(one.name, []).append(one)

    def candidates(one: Requirement) -> Sequence[LockedDistribution]:
        return by_name.get(one.name, ())

    comparison.compare_with_locked(requirements, candidates, PATH, findings)
    asked, locked = manifest.python or "*", lock.python_versions or "*"
    if _normal(asked) != _normal(locked):
        text = f"Python {asked} is asked for, the lock was made for {locked}"
        findings.changed("python", text, manifest.python_origin)
    extras = dict.fromkeys(manifest.manifest.extras, manifest.extras_origin)
    in_lock = dict.fromkeys(lock.extras, Origin(path=PATH, key="extras"))
    comparison.compare_names("extra", extras, in_lock, PATH, findings)
    # Versions do not matter here: what was only changed is not "removed", nor is what it needs.
    plain = replace(lock, format="1.0")
    needed = all_distributions(plain, tuple(replace(one, specifier="") for one in requirements))
    comparison.compare_unneeded([one for one in needed if not one.groups], findings)


def _normal(constraint: str) -> str:
    try:
        return ",".join(sorted(to_pep440(constraint).replace(" ", "").split(",")))
    except ValueError:
        return constraint


def _notices(table: ProjectTable, lock: PoetryLock) -> Iterator[Notice]:
    if _misses_the_dependencies(table.document, lock):
        yield Notice(
            code="poetry-lock-hollow",
            text=f"{PATH} was written by Poetry {lock.written_by or '1'}, which does not read"
            " [project], where the dependencies stand",
            origin=Origin(path=PATH),
            remedy="lock again with Poetry 2: pipx run poetry==2.5.1 lock",
        )


def read_lock(tree: ProjectTree) -> PoetryLock:
    """Read poetry.lock; SyntaxFault if it is not TOML, LockFormatError if damaged or too new.

    An empty file is a lock without a format: somebody meant to lock, and never did.
    """
    text = tree.text(PATH)
    if not text.strip():
        return PoetryLock()
    document = toml.read_lock_document(tree, PATH)
    metadata = toml.table_in(document, "metadata")
    lock_format = toml.text_in(metadata, "lock-version")
    if not numbers(lock_format):
        raise comparison.damaged_lock(
            PATH, "[metadata] has no `lock-version`", line_of(text, "[metadata]")
        )
    if numbers(lock_format)[0] > NEWEST_MAJOR:
        origin = Origin(path=PATH, line=line_of(text, "lock-version"), key="lock-version")
        raise comparison.unknown_format(
            PATH, lock_format, f"1.0 to {NEWEST_MAJOR}.x", "poetry lock", origin
        )
    written_by = re.match(HEADER, text)
    return PoetryLock(
        format=lock_format,
        written_by=written_by["version"] if written_by else "",
        content_hash=toml.text_in(metadata, "content-hash"),
        python_versions=toml.text_in(metadata, "python-versions"),
        extras=tuple(canonical_name(name) for name, _ in toml.items_in(document.get("extras"))),
        packages=comparison.locked_tables(tree, PATH, document),
        metadata=metadata,
    )


def numbers(version: str) -> tuple[int, ...]:
    """Return the release numbers at the start of a version, () without any."""
    match = re.match(r"\d{1,9}(?:\.\d{1,9})*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def locked_distributions(
    lock: PoetryLock, requirements: tuple[Requirement, ...]
) -> tuple[LockedDistribution, ...]:
    """Return the packages with their groups, without those that nothing installs.

    These are optional, and in no extra that the manifest has.
    """
    optional = [table.get("optional") is True for _, table in lock.packages]
    found = zip(all_distributions(lock, requirements), optional, strict=True)
    return tuple(one for one, is_optional in found if one.groups or not is_optional)


def all_distributions(
    lock: PoetryLock, requirements: tuple[Requirement, ...]
) -> tuple[LockedDistribution, ...]:
    """Return all packages; `groups` are () where no requirement leads to one."""
    found = {} if lock.says_groups else _Graph(lock.packages).needs(requirements)
    return tuple(
        _distribution(lock, one, _recorded(one[1]) if lock.says_groups else found.get(at, {}))
        for at, one in enumerate(lock.packages)
    )


def _distribution(lock: PoetryLock, package: Package, needs: Needs) -> LockedDistribution:
    line, table = package
    kind, reference, index = _source(table.get("source"))
    files = _files(table, lock.metadata)
    python, category = (toml.text_in(table, key) for key in ("python-versions", "category"))
    # Before Poetry 1.5 a package said at least whether it is for production or for development.
    groups = sorted_groups(needs) or ((category,) if category in (MAIN, "dev") else ())
    names = {canonical_name(name) for name, _ in toml.items_in(table.get("dependencies"))}
    return LockedDistribution(
        name=canonical_name(table["name"]),
        version=toml.text_in(table, "version"),
        origin=Origin(path=PATH, line=line, key=canonical_name(table["name"])),
        groups=groups,
        marker=production_marker(needs),
        source=kind,
        reference=reference,
        editable=table.get("develop") is True,
        files=tuple(LockedFile(name=name) for name, _ in files if name),
        hashes=tuple(digest for _, digest in files),
        requires_python="" if python == "*" else python,
        index=index,
        depends_on=tuple(sorted(names)),
    )


def _recorded(table: dict[str, Any]) -> Needs:
    """Return the groups that the lock itself names (format 2.1), extras taken from the markers."""
    needs: Needs = {}
    markers = table.get("markers")
    for spelled in toml.texts_in(table.get("groups")):
        marker = markers if isinstance(markers, str) else toml.text_in(markers, spelled)
        condition, group = parse_condition(marker), canonical_name(spelled)
        extras, rest = split_extras(condition)
        if group != MAIN:
            needs[group] = condition
            continue
        for extra in extras:
            if extra or table.get("optional") is not True:
                needs[f"extra:{canonical_name(extra)}" if extra else MAIN] = rest
    return needs


class _Graph:
    """From the requirements of the manifest along the dependencies that the lock holds."""

    def __init__(self, packages: tuple[Package, ...]) -> None:
        self._packages = packages
        self._by_name: dict[str, list[int]] = {}
        self._edges: dict[Node, list[Edge]] = {}
        for position, (_, table) in enumerate(packages):
            self._by_name.setdefault(canonical_name(table["name"]), []).append(position)

    def needs(self, requirements: Iterable[Requirement]) -> dict[int, Needs]:
        """Return by package which groups need it under which condition."""
        starts: dict[str, list[Edge]] = {}
        for one in requirements:
            nodes = self._nodes(one.name, (one.specifier,), one.extras)
            condition = parse_condition(one.marker)
            starts.setdefault(one.group, []).extend((node, condition) for node in nodes)
        return by_package(walk(starts, self._edges_of))

    def _nodes(
        self, name: str, alternatives: tuple[str, ...], extras: tuple[str, ...]
    ) -> list[Node]:
        positions = self._by_name.get(name, [])
        if len(positions) > 1:
            versions = {at: toml.text_in(self._packages[at][1], "version") for at in positions}
            fits = [
                at for at in positions if any(allows(one, versions[at]) for one in alternatives)
            ]
            positions = fits or positions
        return [(position, extra) for position in positions for extra in ("", *extras)]

    def _edges_of(self, _group: str, node: Node) -> list[Edge]:
        if node not in self._edges:
            package = self._packages[node[0]][1]
            self._edges[node] = [
                edge
                for name, value in toml.items_in(package.get("dependencies"))
                for entry in (value if isinstance(value, list) else [value])
                for edge in self._edges_to(package, canonical_name(name), entry, node[1])
            ]
        return self._edges[node]

    def _edges_to(
        self, package: dict[str, Any], name: str, entry: object, extra: str
    ) -> Iterator[Edge]:
        """Yield what one dependency of a package (or of its `extra`) leads to."""
        table = entry if isinstance(entry, dict) else {"version": entry}
        extras, condition = split_extras(parse_condition(toml.text_in(table, "markers")))
        if table.get("optional") is True and "" in extras:
            extras = _extras_listing(package, name)
        if extra in {canonical_name(one) for one in extras}:
            wanted = tuple(canonical_name(one) for one in toml.texts_in(table.get("extras")))
            for node in self._nodes(name, _alternatives(toml.text_in(table, "version")), wanted):
                yield node, condition or ALWAYS


def _alternatives(constraint: str) -> tuple[str, ...]:
    try:
        return to_alternatives(constraint or "*")
    except ValueError:
        return ("",)


def _extras_listing(package: dict[str, Any], name: str) -> frozenset[str]:
    def names(entries: object) -> list[str]:
        return [canonical_name(re.split(r"[ \[;(]", entry)[0]) for entry in toml.texts_in(entries)]

    listing = (
        extra for extra, entries in toml.items_in(package.get("extras")) if name in names(entries)
    )
    return frozenset(canonical_name(extra) for extra in listing)


def _files(entry: dict[str, Any], metadata: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return (file name, "sha256:...") from where this format keeps them; 1.0 knows no names."""
    hashes = toml.texts_in(toml.dig(metadata, "hashes", entry["name"]))
    if hashes:
        return tuple(("", value if ":" in value else f"sha256:{value}") for value in hashes)
    found = toml.tables_in(entry.get("files", toml.dig(metadata, "files", entry["name"])))
    pairs = ((toml.text_in(one, "file"), toml.text_in(one, "hash")) for one in found)
    return tuple(pair for pair in pairs if pair[0])


def _source(source: object) -> tuple[SourceKind, str, str]:
    url = toml.text_in(source, "url")
    match toml.text_in(source, "type"):
        case "git":
            revision, asked = (
                toml.text_in(source, key) for key in ("resolved_reference", "reference")
            )
            folder = toml.text_in(source, "subdirectory")
            return SourceKind.GIT, git_reference(url, revision or asked, folder), ""
        case "url":
            return SourceKind.URL, classify_reference(url)[1], ""
        case "directory" | "file":
            return SourceKind.PATH, local_path(url), ""
        case _:
            return SourceKind.REGISTRY, "", toml.text_in(source, "reference")
