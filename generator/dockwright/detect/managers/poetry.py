"""Poetry: poetry.lock in every format from 1.0 to 2.1, and whether it is that of pyproject.toml."""

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from dockwright.detect.managers import comparison, locks, toml
from dockwright.detect.managers.markers import ALWAYS, allows, parse_condition, split_extras
from dockwright.detect.managers.poetry_manifest import (
    PoetryManifest,
    content_hash,
    legacy_content_hash,
    read_manifest,
)
from dockwright.detect.managers.pyproject import ProjectTable, project_with_lock
from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    classify_reference,
    names_of,
    place_in,
    to_alternatives,
    to_pep440,
)
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.model import dependencies as model
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record, replace

PATH = "poetry.lock"
NEWEST_MAJOR = 2
HEADER = r"#.*\bPoetry (?P<version>\d+(?:\.\d+)*\S*)"


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
    packages: tuple[locks.Package, ...] = field(default=(), repr=False)
    metadata: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def says_groups(self) -> bool:
        """Whether each package names its groups."""
        return _numbers(self.format) >= (2, 1)

    @property
    def is_from_poetry_1(self) -> bool:
        """Whether a Poetry wrote it that does not read [project]."""
        by, of = _numbers(self.written_by), _numbers(self.format)
        return by < (2,) if self.written_by else of < (2, 1)


def find(tree: ProjectTree) -> model.ManagerFinding | None:
    """Return what Poetry would install, None where the project is not Poetry's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or
    one of a newer format, SyntaxFault and ManifestError for what Poetry would not read.
    """
    table = project_with_lock(tree, PATH)
    if table is None or not (tree.has(PATH) or claims(tree, table)):
        return None
    manifest = read_manifest(tree, table)
    lock = _read_lock(tree) if tree.has(PATH) else None
    notices = tuple(comparison.credential_notices(tree, table.path))
    if lock and _misses_the_dependencies(table.document, lock):
        hollow = Notice(
            code="poetry-lock-hollow",
            text=f"{PATH} was written by Poetry {lock.written_by or '1'}, which does not read"
            " [project], where the dependencies stand",
            origin=Origin(path=PATH),
            remedy="lock again with Poetry 2: pipx run poetry==2.5.1 lock",
        )
        notices = (hollow, *notices)
    return model.ManagerFinding(
        manager=model.Manager.POETRY,
        manifest=manifest.manifest,
        lock=_judged(table.document, lock, manifest) if lock else None,
        notices=notices,
    )


def claims(tree: ProjectTree, table: ProjectTable) -> bool:
    """Whether the project is Poetry's without a lock.

    [tool.poetry] says more than how to build, or poetry-core builds and nobody else has a say.
    """
    tool = table.tool("poetry")
    others = any(map(tree.has, ("uv.lock", "pdm.lock")))
    if any(key in tool for key in toml.NAMES["poetry_keys"]):
        return not others or "dependencies" in tool
    backend = table.own.build_backend.startswith("poetry")
    return backend and not others and not any(map(table.has_tool, ("uv", "pdm", "hatch")))


def _judged(document: dict[str, Any], lock: PoetryLock, manifest: PoetryManifest) -> model.Lock:
    fresh, reason = _verdict(document, lock, manifest)
    findings = comparison.Findings()
    if not fresh and lock.format:
        _compare(lock, manifest, findings)
    requirements = manifest.manifest.requirements
    # A lock that Poetry 1 made of [project] is no lock of another project, but looks like one.
    explained = not fresh and lock.packages and not _misses_the_dependencies(document, lock)
    counted = (comparison.summary(findings.disagreements, len(requirements)),) if explained else ()
    pairs = zip(_distributions(lock, requirements), lock.packages, strict=True)
    return model.Lock(
        path=PATH,
        format=lock.format,
        state=model.LockState.FRESH if fresh else model.LockState.STALE,
        because=(reason, *counted),
        disagreements=findings.disagreements,
        written_by=lock.written_by,
        # What is optional, and in no extra that the manifest has, is never installed.
        distributions=tuple(
            one for one, (_, table) in pairs if one.groups or table.get("optional") is not True
        ),
        requires_python=lock.python_versions,
    )


def _verdict(
    document: dict[str, Any], lock: PoetryLock, manifest: PoetryManifest
) -> tuple[bool, str]:
    """Return whether the lock is fresh, and why, by the rule of the Poetry that wrote it."""
    asked = sum(one.group == model.MAIN for one in manifest.manifest.requirements)
    if not lock.format:
        return False, f"{PATH} is empty"
    if asked and not lock.packages:
        return False, f"{PATH} holds no packages, and pyproject.toml asks for {asked}"
    same = f"{PATH} records the content-hash of"
    if lock.content_hash == content_hash(document, with_groups=True):
        return True, f"{same} this pyproject.toml"
    old = lock.written_by and _numbers(lock.written_by) < (2, 3)
    if old and lock.content_hash == content_hash(document, with_groups=False):
        return True, f"{same} this pyproject.toml as Poetry before 2.3 reckons it, without groups"
    legacy = [legacy_content_hash(document, with_group=known) for known in (True, False)]
    if not lock.is_from_poetry_1 or lock.content_hash not in legacy:
        return False, f"{same} another pyproject.toml"
    tool = toml.table_in(document, "tool", "poetry")
    named = "name" in tool or tool.get("package-mode") is False
    if named and not _misses_the_dependencies(document, lock):
        return True, f"{same} [tool.poetry] as Poetry 1 reckons it"
    author = f"Poetry {lock.written_by or '1'}"
    return False, f"{author} wrote {PATH} and does not read [project], where the dependencies stand"


def _misses_the_dependencies(document: dict[str, Any], lock: PoetryLock) -> bool:
    # Poetry 1 wrote the lock, and only [project], which it does not read, names any.
    names_some = toml.dig(document, "project", "dependencies")
    in_tool = "dependencies" in toml.table_in(document, "tool", "poetry")
    return bool(lock.format and names_some and not in_tool and lock.is_from_poetry_1)


def _compare(lock: PoetryLock, manifest: PoetryManifest, findings: comparison.Findings) -> None:
    requirements = manifest.manifest.requirements
    locked = _distributions(lock, requirements)
    comparison.compare_with_locked(requirements, locked, PATH, findings)
    asked, recorded = manifest.python.value or "*", lock.python_versions or "*"
    if _normal(asked) != _normal(recorded):
        text = f"Python {asked} is asked for, the lock was made for {recorded}"
        findings.note("changed", "python", text, manifest.python.origin)
    extras = dict.fromkeys(manifest.manifest.extras, manifest.extras_origin)
    in_lock = dict.fromkeys(lock.extras, Origin(path=PATH, key="extras"))
    comparison.compare_names("extra", extras, in_lock, PATH, findings)
    # Versions do not matter here: what was only changed is not "removed", nor is what it needs.
    plain = replace(lock, format="1.0")
    needed = _distributions(plain, tuple(replace(one, specifier="") for one in requirements))
    comparison.compare_unneeded([one for one in needed if not one.groups], findings)


def _normal(constraint: str) -> str:
    try:
        return ",".join(sorted(to_pep440(constraint).replace(" ", "").split(",")))
    except ValueError:
        return constraint


def _read_lock(tree: ProjectTree) -> PoetryLock:
    text = tree.text(PATH)
    # An empty file is a lock without a format: somebody meant to lock, and never did.
    if not text.strip():
        return PoetryLock()
    document = locks.read_lock_document(tree, PATH)
    metadata = toml.table_in(document, "metadata")
    lock_format = toml.text_in(metadata, "lock-version")
    if not _numbers(lock_format):
        line = line_of(text, "[metadata]")
        raise locks.damaged_lock(PATH, "[metadata] has no `lock-version`", line)
    if _numbers(lock_format)[0] > NEWEST_MAJOR:
        origin = Origin(path=PATH, line=line_of(text, "lock-version"), key="lock-version")
        readable = f"1.0 to {NEWEST_MAJOR}.x"
        raise locks.unknown_format(PATH, lock_format, readable, "poetry lock", origin)
    written_by = re.match(HEADER, text)
    return PoetryLock(
        format=lock_format,
        written_by=written_by["version"] if written_by else "",
        content_hash=toml.text_in(metadata, "content-hash"),
        python_versions=toml.text_in(metadata, "python-versions"),
        extras=tuple(canonical_name(name) for name, _ in toml.items_in(document, "extras")),
        packages=locks.locked_packages(tree, PATH, document),
        metadata=metadata,
    )


def _numbers(version: str) -> tuple[int, ...]:
    # The release numbers at the start of a version, () without any.
    match = re.match(r"\d{1,9}(?:\.\d{1,9})*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _distributions(
    lock: PoetryLock, requirements: tuple[model.Requirement, ...]
) -> list[model.LockedDistribution]:
    """Return all packages; `groups` are () where no requirement leads to one."""
    found = {} if lock.says_groups else _Graph(lock.packages).needs(requirements)
    return [
        _distribution(lock, one, _recorded(one[1]) if lock.says_groups else found.get(at, {}))
        for at, one in enumerate(lock.packages)
    ]


def _distribution(
    lock: PoetryLock, package: locks.Package, needs: locks.Needs
) -> model.LockedDistribution:
    line, table = package
    source, how = toml.table_in(table, "source"), toml.text_in(table, "source", "type")
    url = toml.text_in(source, "url")
    kind, reference = classify_reference(url if how in ("url", "directory", "file") else "")
    if how == "git":
        kind, reference = place_in({"git": url, **source})
    files = _files(table, lock.metadata)
    python, category = (toml.text_in(table, key) for key in ("python-versions", "category"))
    one = model.LockedDistribution(
        name=canonical_name(table["name"]),
        version=toml.text_in(table, "version"),
        origin=Origin(path=PATH, line=line, key=canonical_name(table["name"])),
        source=kind,
        reference=reference,
        editable=table.get("develop") is True,
        files=tuple(model.LockedFile(name=name) for name, _ in files if name),
        hashes=tuple(digest for _, digest in files),
        requires_python="" if python == "*" else python,
        index=toml.text_in(source, "reference") if kind is model.SourceKind.REGISTRY else "",
        depends_on=canonical_names(toml.table_in(table, "dependencies")),
    )
    # Before Poetry 1.5 a package said at least whether it is for production or for development.
    if not needs and category in (model.MAIN, "dev"):
        return replace(one, groups=(category,))
    return locks.needed(one, needs)


def _recorded(table: dict[str, Any]) -> locks.Needs:
    # The groups that the lock itself names (format 2.1), extras taken from the markers.
    needs: locks.Needs = {}
    markers = table.get("markers")
    for spelled in toml.texts_in(table, "groups"):
        marker = markers if isinstance(markers, str) else toml.text_in(markers, spelled)
        condition, group = parse_condition(marker), canonical_name(spelled)
        extras, rest = split_extras(condition)
        if group != model.MAIN:
            needs[group] = condition
            continue
        for extra in extras:
            if extra or table.get("optional") is not True:
                needs[f"extra:{canonical_name(extra)}" if extra else model.MAIN] = rest
    return needs


class _Graph(locks.Graph):
    def targets(self, one: model.Requirement) -> Iterator[locks.Edge]:
        """Yield the packages of that name whose version fits, and the extras asked for."""
        for node in self._nodes(one.name, (one.specifier,), one.extras):
            yield node, parse_condition(one.marker)

    def edges(self, node: locks.Node) -> Iterator[locks.Edge]:
        """Yield what the dependencies of a package (or of its extra) lead to."""
        package, extra = self.tables[node[0]], node[1]
        for name, value in toml.items_in(package, "dependencies"):
            for entry in value if isinstance(value, list) else [value]:
                table = entry if isinstance(entry, dict) else {"version": entry}
                extras, condition = split_extras(parse_condition(toml.text_in(table, "markers")))
                if table.get("optional") is True and "" in extras:
                    listed = toml.items_in(package, "extras")
                    plain = ((key, names_of(toml.texts_in(texts))) for key, texts in listed)
                    extras = frozenset(key for key, names in plain if canonical_name(name) in names)
                if extra in set(map(canonical_name, extras)):
                    wanted = canonical_names(toml.texts_in(table, "extras"))
                    fitting = _alternatives(toml.text_in(table, "version"))
                    for target in self._nodes(canonical_name(name), fitting, wanted):
                        yield target, condition or ALWAYS

    def _nodes(
        self, name: str, alternatives: tuple[str, ...], extras: tuple[str, ...]
    ) -> list[locks.Node]:
        positions = self.positions.get(name, [])
        # Nearly every name is locked once, and needs no comparison.
        if len(positions) > 1:
            versions = {at: toml.text_in(self.tables[at], "version") for at in positions}
            fits = [at for at in versions if any(allows(one, versions[at]) for one in alternatives)]
            positions = fits or positions
        return [(position, extra) for position in positions for extra in ("", *extras)]


def _alternatives(constraint: str) -> tuple[str, ...]:
    try:
        return to_alternatives(constraint or "*")
    except ValueError:
        return ("",)


def _files(entry: dict[str, Any], metadata: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return (file name, "sha256:...") from where this format keeps them; 1.0 knows no names."""
    hashes = toml.texts_in(metadata, "hashes", entry["name"])
    if hashes:
        return tuple(("", value if ":" in value else f"sha256:{value}") for value in hashes)
    found = toml.tables_in(entry.get("files", toml.dig(metadata, "files", entry["name"])))
    pairs = ((toml.text_in(one, "file"), toml.text_in(one, "hash")) for one in found)
    return tuple(pair for pair in pairs if pair[0])
