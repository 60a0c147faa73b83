"""uv.lock: its packages, its own copy of the manifest, and which groups need which package."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dockwright.detect.managers import locks, toml
from dockwright.detect.managers.comparison import Findings, compare_python
from dockwright.detect.managers.markers import (
    ALWAYS,
    Condition,
    parse_condition,
    to_marker,
)
from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    classify_reference,
    git_reference,
    strip_credentials,
)
from dockwright.detect.managers.uv_manifest import Workspace, canonical_url
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, LockedDistribution, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.record import replace

PATH = "uv.lock"
READABLE_VERSION = 1
PYPI = "https://pypi.org/simple"
# Sources that are a folder with a pyproject.toml of its own.
LOCAL_SOURCES = ("editable", "virtual", "directory")
# Setting, its name in the lock, and the default, which the lock does not write.
OPTIONS = (
    ("resolution", "resolution-mode", "highest"),
    ("prerelease", "prerelease-mode", "if-necessary-or-explicit"),
    ("fork-strategy", "fork-strategy", "requires-python"),
)
# Settings whose copy may look otherwise and mean the same: they never make a lock stale.
DOUBTFUL = ("prerelease-package", "exclude-newer-package", "dependency-metadata")
# uv writes `extra == 'extra-4-shop-cpu'` for "the extra cpu of shop is chosen" where extras
# conflict.
CONFLICT = r'extra (?P<operator>==|!=) "(?P<kind>extra|group|project)-\d+-(?P<rest>.*)"'


@dataclass(frozen=True)
class Package:
    """One [[package]]: `table` as TOML, `source` its source table, `line` where it starts."""

    name: str
    version: str
    source: dict[str, Any] = field(repr=False)
    table: dict[str, Any] = field(repr=False)
    line: int | None

    @property
    def folder(self) -> str | None:
        """The folder of a local project as the lock spells it, None for anything else."""
        return next((str(self.source[kind]) for kind in LOCAL_SOURCES if kind in self.source), None)

    @property
    def origin(self) -> Origin:
        """The place in the lock."""
        return Origin(path=PATH, line=self.line, key=self.name)


@dataclass(frozen=True)
class UvLock:
    """The lock; `revision` is 0 before uv 0.6, `version` 0 if the file is empty."""

    version: int = 0
    revision: int = 0
    document: dict[str, Any] = field(default_factory=dict, repr=False)
    packages: tuple[Package, ...] = field(default=(), repr=False)

    @property
    def format(self) -> str:
        """The format as people write it: "1 rev 3"."""
        return f"{self.version} rev {self.revision}" if self.revision else str(self.version or "")

    @property
    def requires_python(self) -> str:
        """The Python range that the lock was made for, "" for any."""
        return toml.text_in(self.document, "requires-python")

    def manifest(self, key: str) -> Any:  # noqa: ANN401 - a value of TOML
        """Return what [manifest] says of `key`, None if nothing."""
        return toml.dig(self.document, "manifest", key)

    def local_package(self, name: str) -> Package | None:
        """Return the package of that name whose source is a folder."""
        found = (one for one in self.packages if one.name == name and one.folder is not None)
        return next(found, None)


def read_lock(tree: ProjectTree) -> UvLock:
    """Return uv.lock; SyntaxFault if it is not TOML, LockFormatError if damaged or too new."""
    document = locks.read_lock_document(tree, PATH)
    if not document:
        return UvLock()
    version, revision = document.get("version"), document.get("revision", 0)
    if version != READABLE_VERSION or not isinstance(revision, int):
        found = "" if version is None else f"{version!r}, revision {revision!r}"
        origin = Origin(path=PATH, line=1, key="version")
        raise locks.unknown_format(PATH, found, f"version {READABLE_VERSION}", "uv lock", origin)
    packages = []
    for line, table in locks.locked_packages(tree, PATH, document):
        source = table.get("source")
        if not isinstance(source, dict):
            raise locks.damaged_lock(PATH, "a [[package]] has no source", line)
        packages.append(Package(table["name"], toml.text_in(table, "version"), source, table, line))
    return UvLock(READABLE_VERSION, revision, document, tuple(packages))


def place_of(source: dict[str, Any]) -> tuple[SourceKind, str]:
    """Return where a source table leads, without credentials."""
    if path := toml.first_text(source, *LOCAL_SOURCES, "path"):
        return SourceKind.PATH, path
    if address := toml.text_in(source, "git"):
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
        plain = parts._replace(query="", fragment="").geturl()
        # The commit stands behind the `#`, what was asked for in the query.
        revision = parts.fragment or toml.first_text(query, "rev", "tag", "branch")
        return SourceKind.GIT, git_reference(plain, revision, query.get("subdirectory", ""))
    if address := toml.text_in(source, "url"):
        return SourceKind.URL, classify_reference(address)[1]
    return SourceKind.REGISTRY, ""


def distributions(lock: UvLock, roots: tuple[str, ...]) -> Iterator[LockedDistribution]:
    """Yield each package that something needs; all, without groups, if the lock knows no root.

    Groups are those of the roots ("main", "dev", "extra:pg"), those of a root without a project,
    and "member:NAME" for a member of the workspace that no root needs.
    """
    graph = _Graph([(package.line, package.table) for package in lock.packages])
    found = graph.walk(_starts(graph, lock, roots))
    reached = {position for (position, _), needs in found.items() if MAIN in needs}
    members = {
        f"member:{package.name}": [((position, ""), ALWAYS)]
        for position, package in enumerate(lock.packages)
        if package.folder is not None and position not in reached and package.name not in roots
    }
    for node, needs in graph.walk(members).items():
        found.setdefault(node, {}).update(needs)
    by_package = locks.by_package(found)
    extras: dict[int, list[str]] = {}
    for position, extra in found:
        extras.setdefault(position, []).extend([extra] if extra else [])
    for position, package in enumerate(lock.packages):
        if position in by_package or not roots:
            one = _distribution(package, tuple(sorted(extras.get(position, ()))))
            yield locks.needed(one, by_package.get(position, {}))


def _distribution(package: Package, extras: tuple[str, ...]) -> LockedDistribution:
    kind, reference = place_of(package.source)
    entries = toml.tables_in(package.table, "wheels") + toml.tables_in([package.table.get("sdist")])
    # The lock does not repeat the one file that a URL leads to.
    if "url" in package.source and not entries:
        entries = [{"url": package.source["url"]}]
    needs = toml.tables_in(package.table, "dependencies")
    return LockedDistribution(
        name=canonical_name(package.name),
        version=package.version,
        origin=package.origin,
        extras=extras,
        source=kind,
        reference=reference,
        editable="editable" in package.source,
        files=locks.locked_files(entries, "filename", "url", "path"),
        hashes=tuple(str(entry["hash"]) for entry in entries if "hash" in entry),
        index=strip_credentials(toml.text_in(package.source, "registry")).url,
        depends_on=canonical_names(toml.text_in(entry, "name") for entry in needs),
    )


def _starts(graph: "_Graph", lock: UvLock, roots: tuple[str, ...]) -> dict[str, list[locks.Edge]]:
    # What each group asks for: of the roots, or of a root that is no project.
    starts: dict[str, list[locks.Edge]] = {MAIN: []}
    tables = [{"dev-dependencies": lock.manifest("dependency-groups")}]
    for position, package in enumerate(lock.packages):
        if package.name in roots and package.folder is not None:
            starts[MAIN].append(((position, ""), ALWAYS))
            tables.append(package.table)
    for key, prefix in (("optional-dependencies", "extra:"), ("dev-dependencies", "")):
        for name, entries in [item for table in tables for item in toml.items_in(table, key)]:
            found = starts.setdefault(f"{prefix}{canonical_name(name)}", [])
            found += graph.leading_to(toml.tables_in(entries))
    return starts


class _Graph(locks.Graph):
    def edges(self, node: locks.Node) -> Iterator[locks.Edge]:
        """Yield what a package, or one of its extras, depends on."""
        position, extra = node
        keys = ("optional-dependencies", extra) if extra else ("dependencies",)
        return self.leading_to(toml.tables_in(self.tables[position], *keys))

    def leading_to(self, entries: list[dict[str, Any]]) -> Iterator[locks.Edge]:
        """Yield every package that fits an array of dependencies, and the extras asked for."""
        for entry in entries:
            condition = parse_condition(toml.text_in(entry, "marker"))
            found = self.positions.get(canonical_name(toml.text_in(entry, "name")), [])
            # Version and source stand there if the name is not enough.
            for key in ("version", "source"):
                if key in entry and len(found) > 1:
                    found = [at for at in found if self.tables[at].get(key) == entry[key]]
            for position in found:
                for extra in ("", *toml.texts_in(entry, "extra")):
                    yield (position, extra), condition

    def decided(self, condition: Condition, group: str) -> Condition:
        """Answer the questions about conflicting extras: only what `group` is was chosen."""
        clauses = set()
        for clause in condition:
            answers = {part: _answer(part, group) for part in clause}
            if False not in answers.values():
                clauses.add(frozenset(part for part, answer in answers.items() if answer is None))
        return ALWAYS if frozenset() in clauses else frozenset(clauses)


def _answer(comparison: str, group: str) -> bool | None:
    match = re.fullmatch(CONFLICT, comparison)
    if match is None:
        return None
    name = group.removeprefix("extra:")
    kind = "extra" if group.startswith("extra:") else "group"
    chosen = match["kind"] == kind and f"-{match['rest']}".endswith(f"-{name}")
    return chosen == (match["operator"] == "==")


def compare_settings(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    """Note every setting that is another one now than when the lock was made."""
    settings, options = workspace.settings, toml.table_in(lock.document, "options")
    for setting, option, default in OPTIONS:
        wanted, locked = str(settings.get(setting, default)), str(options.get(option, default))
        if wanted != locked:
            text = f"{setting}: {workspace.settings_path} says {wanted}, the lock says {locked}"
            findings.note("changed", setting, text, workspace.setting_origin(setting))
    pythons = [one.table.requires_python for one in workspace.members if one.table.requires_python]
    if pythons:
        joined = ",".join(dict.fromkeys(one.value for one in pythons))
        compare_python(replace(pythons[0], value=joined), lock.requires_python, findings)
        if not lock.requires_python:
            findings.stale(f"{PATH} does not say for which Python it was made")
    elif re.fullmatch(r">=\s*\d+\.\d+", lock.requires_python):
        text = "no `requires-python` is set, so uv locks for the Python it runs on"
        findings.doubt(f"{text}; the lock says {lock.requires_python}")
    else:
        text = f"requires-python is gone; the lock was made for {lock.requires_python}"
        findings.note("removed", "requires-python", text)
    for setting, (now, before) in _copied(workspace, lock, options).items():
        # The lock spells these in its own way: only what is plainly on one side is an edit.
        if bool(now) != bool(before) and setting not in ("conflicts", *DOUBTFUL):
            sides = f"the manifest says {now or 'nothing'}, the lock {before or 'nothing'}"
            origin = workspace.setting_origin(setting)
            findings.note("changed", setting, f"{setting}: {sides}", origin)
        elif now != before:
            text = f"`{setting}` is not what the lock was made with, as far as can be seen"
            findings.doubt(f"{text}; only uv itself compares it")
    _compare_indexes(workspace, lock, findings)


def _copied(workspace: Workspace, lock: UvLock, options: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of which the lock has a copy: what is said now, and the copy."""
    settings = workspace.settings
    newest = toml.first_text(options, "exclude-newer-span", "exclude-newer")
    found: dict[str, Any] = {"exclude-newer": (str(settings.get("exclude-newer", "")), newest)}
    for setting, key in (("environments", "supported"), ("required-environments", "required")):
        # These belong to the project, so they are in pyproject.toml even beside a uv.toml.
        wanted = toml.texts_in(workspace.root.document, "tool", "uv", setting)
        locked = toml.texts_in(lock.document, f"{key}-markers")
        found[setting] = tuple(
            " | ".join(to_marker(parse_condition(marker)) for marker in markers)
            for markers in (wanted, locked)
        )
    tables = [workspace.root, *(member.table for member in workspace.members)]
    conflicts = (_conflicts(one.tool("uv").get("conflicts"), one.own.name) for one in tables)
    found["conflicts"] = (set().union(*conflicts), _conflicts(lock.document.get("conflicts"), ""))
    known = {**options, "dependency-metadata": lock.manifest("dependency-metadata")}
    for key in DOUBTFUL:
        found[key] = (settings.get(key) or None, known.get(key) or None)
    return found


def _conflicts(value: object, project: str) -> set[frozenset[str]]:
    # The sets of conflicting extras and groups, each entry as text with its package.
    named = {"package": project} if project else {}
    return {
        frozenset(str(sorted((named | entry).items())) for entry in toml.tables_in(entries))
        for entries in (value if isinstance(value, list) else [])
    }


def _compare_indexes(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    settings = workspace.settings
    entries = toml.tables_in(settings, "index")
    keys = ("index-url", "extra-index-url", "find-links")
    urls = [url for key in keys for url in toml.texts_in(settings, key)]
    # An index that the manifest no longer names counts only if it names any.
    if not entries and not urls and settings.get("no-index") is not True:
        return
    further = (toml.tables_in(member.table.tool("uv"), "index") for member in workspace.members)
    urls += [toml.text_in(entry, "url") for tables in (entries, *further) for entry in tables]
    if not settings.get("index-url") and not any(one.get("default") is True for one in entries):
        urls.append(PYPI)
    known = {canonical_url(url) for url in urls} if settings.get("no-index") is not True else set()
    for package in lock.packages:
        url = canonical_url(toml.text_in(package.source, "registry"))
        if "://" in url and url not in known:
            known.add(url)
            text = f"the lock takes {package.name} from {url}, an index that the manifest does"
            findings.note("removed", "index", f"{text} not name", workspace.setting_origin("index"))
