"""uv.lock: its packages, its own copy of the manifest, and which groups need which package."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dockwright.detect.managers import toml
from dockwright.detect.managers.comparison import (
    Findings,
    damaged_lock,
    locked_tables,
    unknown_format,
)
from dockwright.detect.managers.groups import (
    Edge,
    Node,
    by_package,
    production_marker,
    sorted_groups,
    walk,
)
from dockwright.detect.managers.markers import (
    ALWAYS,
    Condition,
    equivalent,
    parse_condition,
    same_python,
)
from dockwright.detect.managers.requirement import (
    canonical_name,
    classify_reference,
    git_reference,
    strip_credentials,
)
from dockwright.detect.managers.uv_manifest import Workspace, canonical_url
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, LockedDistribution, LockedFile, SourceKind
from dockwright.model.origin import Origin

PATH = "uv.lock"
READABLE_VERSION = 1
LOCAL_SOURCES = ("editable", "virtual", "directory")
"""Sources that are a folder with a pyproject.toml of its own."""

PYPI = "https://pypi.org/simple"
OPTIONS = (
    ("resolution", "resolution-mode", "highest"),
    ("prerelease", "prerelease-mode", "if-necessary-or-explicit"),
    ("fork-strategy", "fork-strategy", "requires-python"),
)
"""Setting, its name in the lock, and the default, which the lock does not write."""

DOUBTFUL = (
    "conflicts", "prerelease-package", "exclude-newer-package", "dependency-metadata",
)  # fmt: skip
"""Settings whose copy may look otherwise and mean the same: they never make a lock stale."""

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
    document = toml.read_lock_document(tree, PATH)
    if not document:
        return UvLock()
    version, revision = document.get("version"), document.get("revision", 0)
    if version != READABLE_VERSION or not isinstance(revision, int):
        found = "" if version is None else f"{version!r}, revision {revision!r}"
        origin = Origin(path=PATH, line=1, key="version")
        raise unknown_format(PATH, found, f"version {READABLE_VERSION}", "uv lock", origin)
    packages = []
    for line, table in locked_tables(tree, PATH, document):
        source = table.get("source")
        if not isinstance(source, dict):
            raise damaged_lock(PATH, "a [[package]] has no source", line)
        packages.append(Package(table["name"], toml.text_in(table, "version"), source, table, line))
    return UvLock(READABLE_VERSION, revision, document, tuple(packages))


def place_of(source: dict[str, Any]) -> tuple[SourceKind, str]:
    """Return where a source table leads, without credentials."""
    for kind in (*LOCAL_SOURCES, "path"):
        if toml.text_in(source, kind):
            return SourceKind.PATH, toml.text_in(source, kind)
    if address := toml.text_in(source, "git"):
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
        plain = parts._replace(query="", fragment="").geturl()
        asked = query.get("rev") or query.get("tag") or query.get("branch") or ""
        revision = parts.fragment or asked
        return SourceKind.GIT, git_reference(plain, revision, query.get("subdirectory", ""))
    if address := toml.text_in(source, "url"):
        return SourceKind.URL, classify_reference(address)[1]
    return SourceKind.REGISTRY, ""


def distributions(lock: UvLock, roots: tuple[str, ...]) -> Iterator[LockedDistribution]:
    """Yield each package that something needs; all, without groups, if the lock knows no root.

    Groups are those of the roots ("main", "dev", "extra:pg"), those of a root without a project,
    and "member:NAME" for a member of the workspace that no root needs.
    """
    graph = _Graph(lock)
    found = walk(graph.starts(roots), graph.edges)
    reached = {position for (position, _), needs in found.items() if MAIN in needs}
    members = {
        f"member:{package.name}": [((position, ""), ALWAYS)]
        for position, package in enumerate(lock.packages)
        if package.folder is not None and position not in reached and package.name not in roots
    }
    for node, needs in walk(members, graph.edges).items():
        found.setdefault(node, {}).update(needs)
    needed = by_package(found)
    for position, package in enumerate(lock.packages):
        if position in needed or not roots:
            kind, reference = place_of(package.source)
            needs = needed.get(position, {})
            yield LockedDistribution(
                name=canonical_name(package.name),
                version=package.version,
                origin=package.origin,
                groups=sorted_groups(needs),
                marker=production_marker(needs),
                extras=tuple(sorted(extra for at, extra in found if at == position and extra)),
                source=kind,
                reference=reference,
                editable="editable" in package.source,
                files=tuple(_files(package)),
                hashes=tuple(
                    str(entry["hash"]) for entry in _file_entries(package) if "hash" in entry
                ),
                index=strip_credentials(toml.text_in(package.source, "registry")).url,
                depends_on=_dependency_names(package),
            )


class _Graph:
    def __init__(self, lock: UvLock) -> None:
        self._lock = lock
        self._by_name: dict[str, list[int]] = {}
        self._edges: dict[Node, list[Edge]] = {}
        for position, package in enumerate(lock.packages):
            self._by_name.setdefault(package.name, []).append(position)

    def starts(self, roots: tuple[str, ...]) -> dict[str, list[Edge]]:
        """Return what each group asks for: of the roots, or of a root that is no project."""
        starts: dict[str, list[Edge]] = {MAIN: []}
        for name in roots:
            for position in self._by_name.get(name, []):
                package = self._lock.packages[position]
                if package.folder is not None:
                    starts[MAIN].append(((position, ""), ALWAYS))
                    self._add_groups(starts, package.table)
        groups = {"dev-dependencies": self._lock.manifest("dependency-groups")}
        self._add_groups(starts, groups)
        return {
            group: [(node, _decided(condition, group)) for node, condition in edges]
            for group, edges in starts.items()
        }

    def edges(self, group: str, node: Node) -> list[Edge]:
        """Return what a package, or one of its extras, depends on when `group` needs it."""
        if node not in self._edges:
            position, extra = node
            table = self._lock.packages[position].table
            entries = toml.dig(table, "optional-dependencies", extra) if extra else None
            self._edges[node] = list(self._targets(entries if extra else table.get("dependencies")))
        return [(target, _decided(edge, group)) for target, edge in self._edges[node]]

    def _add_groups(self, starts: dict[str, list[Edge]], table: dict[str, Any]) -> None:
        for key, prefix in (("optional-dependencies", "extra:"), ("dev-dependencies", "")):
            for name, entries in toml.items_in(table.get(key)):
                found = starts.setdefault(f"{prefix}{canonical_name(name)}", [])
                found += self._targets(entries)

    def _targets(self, entries: object) -> Iterator[Edge]:
        """Yield every package that fits an array of dependencies, and the extras asked for."""
        for entry in toml.tables_in(entries):
            condition = parse_condition(toml.text_in(entry, "marker"))
            for position in self._fitting(entry):
                for extra in ("", *toml.texts_in(entry.get("extra"))):
                    yield (position, extra), condition

    def _fitting(self, entry: dict[str, Any]) -> list[int]:
        """Return what an edge means; version and source stand there if the name is not enough."""
        found = self._by_name.get(toml.text_in(entry, "name"), [])
        for key in ("version", "source"):
            if key in entry and len(found) > 1:
                wanted = entry[key]
                found = [at for at in found if self._lock.packages[at].table.get(key) == wanted]
        return found


def _decided(condition: Condition, group: str) -> Condition:
    """Answer the questions about conflicting extras: chosen is what `group` is, nothing else."""
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


def _file_entries(package: Package) -> list[dict[str, Any]]:
    sdist = package.table.get("sdist")
    entries = [*toml.tables_in(package.table.get("wheels")), *toml.tables_in([sdist])]
    if "url" in package.source and not entries:
        return [{"url": package.source["url"]}]
    return entries


def _files(package: Package) -> Iterator[LockedFile]:
    for entry in _file_entries(package):
        name = entry.get("filename") or entry.get("url") or entry.get("path")
        if isinstance(name, str):
            size = entry.get("size")
            tail = unquote(name.partition("#")[0].rpartition("/")[2])
            yield LockedFile(name=tail, size=size if isinstance(size, int) else None)


def _dependency_names(package: Package) -> tuple[str, ...]:
    entries = toml.tables_in(package.table.get("dependencies"))
    return tuple(sorted({canonical_name(toml.text_in(entry, "name")) for entry in entries}))


def compare_settings(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    """Note every setting that is another one now than when the lock was made."""
    settings, options = workspace.settings, toml.table_in(lock.document, "options")
    for setting, option, default in OPTIONS:
        wanted, locked = str(settings.get(setting, default)), str(options.get(option, default))
        if wanted != locked:
            text = f"{setting}: {workspace.settings_path} says {wanted}, the lock says {locked}"
            findings.changed(setting, text, workspace.setting_origin(setting))
    _compare_python(workspace, lock.requires_python, findings)
    for setting, (now, before) in _copied(workspace, lock, options).items():
        # The lock spells these in its own way: only what is plainly on one side is an edit.
        if bool(now) != bool(before) and setting not in DOUBTFUL:
            text = (
                f"{setting}: the manifest says {now or 'nothing'}, the lock {before or 'nothing'}"
            )
            findings.changed(setting, text, workspace.setting_origin(setting))
        elif now != before:
            text = f"`{setting}` is not what the lock was made with, as far as can be seen"
            findings.doubt(f"{text}; only uv itself compares it")
    _compare_indexes(workspace, lock, findings)


def _copied(workspace: Workspace, lock: UvLock, options: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of which the lock has a copy: what is said now, and the copy."""
    settings, document = workspace.settings, lock.document
    found: dict[str, Any] = {
        "exclude-newer": (
            _end_of_day(str(settings.get("exclude-newer", ""))),
            str(options.get("exclude-newer-span") or options.get("exclude-newer") or ""),
        )
    }
    for setting, key in (("environments", "supported"), ("required-environments", "required")):
        # These belong to the project, so they are in pyproject.toml even beside a uv.toml.
        wanted = toml.texts_in(toml.dig(workspace.root.document, "tool", "uv", setting))
        locked = toml.texts_in(document.get(f"{key}-markers"))
        pairs = zip(wanted, locked, strict=False)
        same = all(equivalent(*pair, lock.requires_python) is True for pair in pairs)
        shown = [" | ".join(markers) for markers in (wanted, locked)]
        found[setting] = (shown[0], shown[0] if same and len(wanted) == len(locked) else shown[1])
    tables = [workspace.root, *(member.table for member in workspace.members)]
    conflicts = (_conflicts(one.tool("uv").get("conflicts"), one.name) for one in tables)
    found["conflicts"] = (set().union(*conflicts), _conflicts(document.get("conflicts"), ""))
    for key in ("prerelease-package", "exclude-newer-package"):
        found[key] = (settings.get(key, {}), options.get(key, {}))
    # What is said of a package that the lock does not hold changes nothing for uv.
    known = {package.name for package in lock.packages}
    metadata = toml.tables_in(settings.get("dependency-metadata"))
    there = [one for one in metadata if canonical_name(toml.text_in(one, "name")) in known]
    found["dependency-metadata"] = (there, lock.manifest("dependency-metadata") or [])
    return found


def _end_of_day(moment: str) -> str:
    """Return a date as uv writes it; it ends with the day, in the time zone of who locks."""
    try:
        end = date.fromisoformat(moment) + timedelta(days=1)
    except (ValueError, OverflowError):
        return moment
    return f"{end}T00:00:00Z"


def _conflicts(value: object, project: str) -> set[frozenset[str]]:
    """Return the sets of conflicting extras and groups, each entry as text with its package."""
    lists = value if isinstance(value, list) else []
    named = {"package": project} if project else {}
    return {
        frozenset(str(sorted((named | entry).items())) for entry in toml.tables_in(entries))
        for entries in lists
    }


def _compare_python(workspace: Workspace, locked: str, findings: Findings) -> None:
    said = [one.table.requires_python for one in workspace.members]
    wanted = [one for one in said if one is not None]
    if not wanted and re.fullmatch(r">=\s*\d+\.\d+", locked):
        text = "no `requires-python` is set, so uv locks for the Python it runs on"
        findings.doubt(f"{text}; the lock says {locked}")
    elif not wanted:
        text = f"requires-python is gone; the lock was made for {locked}"
        findings.removed("requires-python", text)
    elif not same_python(",".join(one.value for one in wanted), locked):
        values = " and ".join(dict.fromkeys(one.value for one in wanted))
        text = f"requires-python: {wanted[0].origin.path} says {values}"
        text += f", the lock was made for {locked or 'any'}"
        findings.changed("requires-python", text, wanted[0].origin)


def _compare_indexes(workspace: Workspace, lock: UvLock, findings: Findings) -> None:
    """An index that the manifest no longer names counts only if it names any."""
    known = _known_indexes(workspace)
    for package in lock.packages:
        url = canonical_url(toml.text_in(package.source, "registry"))
        if known and "://" in url and url not in known:
            known.add(url)
            text = f"the lock takes {package.name} from {url}, an index that the manifest does"
            findings.removed("index", f"{text} not name", workspace.setting_origin("index"))


def _known_indexes(workspace: Workspace) -> set[str]:
    """Return the URLs of all indexes that may be used, none if the root names none."""
    settings = workspace.settings
    if settings.get("no-index") is True:
        return {""}
    entries = toml.tables_in(settings.get("index"))
    keys = ("index-url", "extra-index-url", "find-links")
    urls = [url for key in keys for url in toml.texts_in(settings.get(key))]
    if not entries and not urls:
        return set()
    further = (toml.tables_in(member.table.tool("uv").get("index")) for member in workspace.members)
    urls += [toml.text_in(entry, "url") for tables in (entries, *further) for entry in tables]
    has_default = any(entry.get("default") is True for entry in entries)
    urls += [] if has_default or settings.get("index-url") else [PYPI]
    return {canonical_url(url) for url in urls}
