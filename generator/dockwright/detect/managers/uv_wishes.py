"""What uv makes of a requirement together with [tool.uv.sources]: the form in which its lock repeats the manifest."""

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dockwright.detect.managers.marker_truth import ALWAYS, Truth, all_of, none_of, truth
from dockwright.detect.managers.project_table import PATH, read_project_table
from dockwright.detect.managers.requirement_text import canonical_name, strip_credentials
from dockwright.detect.managers.toml_values import dig, texts_in
from dockwright.detect.managers.uv_workspace import Member, Workspace, is_package, sources_of
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, Requirement, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record

Key = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Name, extras and source: what must be equal beside the marker."""

_CLAUSE = Pattern(r"^(?P<operator>[<>=!~]+)\s*(?P<version>.+)$")
_ARCHIVE = Pattern(r"\.(?:whl|zip|tgz|tbz|txz|tar(?:\.\w+)?)$")
_ZEROS = Pattern(r"(?:\.0+)+(?=$|[a-z+])")


@record
class Wish:
    """One requirement as the lock knows it. `text` is for people; `origin` is where the manifest or the lock says so."""

    name: str
    extras: tuple[str, ...]
    source: tuple[str, ...]
    truth: Truth = field(repr=False)
    text: str
    origin: Origin | None = None

    @property
    def key(self) -> Key:
        """What must be equal beside the marker."""
        return self.name, self.extras, self.source


class Lowering:
    """Combines the requirements of one project with the sources that apply to it: its own, then the root's."""

    def __init__(self, tree: ProjectTree, workspace: Workspace, project: Member) -> None:
        self._tree = tree
        self._workspace = workspace
        self._project = project
        self._own = sources_of(project.table)
        self._shared = sources_of(workspace.root)

    def wishes(self, requirement: Requirement) -> tuple[Wish, ...]:
        """Return what becomes of one requirement: itself, or one for each source that applies, and one for the rest."""
        wanted = _with_extra(requirement)
        sources, folder = self._sources_for(requirement)
        if not sources:
            return (_wish(requirement, _plain_source(requirement), wanted),)
        conditions = [truth(next(iter(texts_in(entry.get("marker"))), "")) for entry in sources]
        found = [
            _wish(requirement, self._source(requirement, entry, folder), all_of(condition, wanted))
            for entry, condition in zip(sources, conditions, strict=True)
        ]
        if all(condition is not ALWAYS for condition in conditions):
            found.append(
                _wish(requirement, _plain_source(requirement), all_of(none_of(*conditions), wanted))
            )
        return tuple(found)

    def _sources_for(self, requirement: Requirement) -> tuple[list[dict[str, Any]], str]:
        """Return the entries that apply to the requirement's group, and the folder that their paths start from."""
        if self._workspace.ignores_sources(requirement.name):
            return [], ""
        own = requirement.name in self._own
        entries = self._own[requirement.name] if own else self._shared.get(requirement.name, ())
        extra = (
            requirement.group.removeprefix("extra:")
            if requirement.group.startswith("extra:")
            else ""
        )
        group = requirement.group if not extra and requirement.group != MAIN else ""
        fitting = [
            entry
            for entry in entries
            if canonical_name(entry.get("extra", extra)) == extra
            and canonical_name(entry.get("group", group)) == group
        ]
        return fitting, self._project.folder if own else ""

    def _source(
        self, requirement: Requirement, entry: dict[str, Any], folder: str
    ) -> tuple[str, ...]:
        if "git" in entry:
            return _git_of_table(entry)
        if "url" in entry:
            return _url_source(_text(entry, "url"), _text(entry, "subdirectory"))
        if "index" in entry:
            return (
                "registry",
                canonical_specifier(requirement.specifier),
                self._index_url(_text(entry, "index")),
            )
        if entry.get("workspace") is True:
            return self._member_source(requirement.name)
        return self._path_source(_text(entry, "path"), folder, entry)

    def _index_url(self, name: str) -> str:
        for settings in (self._project.table.tool("uv"), self._workspace.settings):
            indexes = settings.get("index")
            for index in indexes if isinstance(indexes, list) else ():
                if dig(index, "name") == name:
                    return canonical_url(_text(index, "url"))
        return f"(no index is called {name})"

    def _member_source(self, name: str) -> tuple[str, ...]:
        member = self._workspace.member(name)
        if member is None:
            return "workspace", name
        if not member.is_package:
            return "virtual", member.folder or "."
        editable = self._workspace.required.get(name) is not False
        return "editable" if editable else "directory", member.folder or "."

    def _path_source(self, path: str, folder: str, entry: dict[str, Any]) -> tuple[str, ...]:
        joined = path if path.startswith("/") else posixpath.join(folder, path)
        place = posixpath.normpath(joined)
        if not (self._tree.has_folder(place) or "." not in posixpath.basename(place)):
            return "path", place
        if entry.get("editable") is True:
            return "editable", place
        said = entry.get("package")
        return "directory" if (
            said if isinstance(said, bool) else self._is_package(place)
        ) else "virtual", place

    def _is_package(self, folder: str) -> bool:
        table = read_project_table(self._tree, f"{folder}/{PATH}")
        return table is None or is_package(table, required=True)


def locked_wish(entry: dict[str, Any], origin: Origin) -> Wish:
    """Return an entry of `requires-dist`, `requires-dev` or [manifest] of a lock."""
    specifier = _text(entry, "specifier")
    source = _locked_source(entry, specifier)
    extras = tuple(sorted(canonical_name(extra) for extra in texts_in(entry.get("extras"))))
    marker = _text(entry, "marker")
    name = _text(entry, "name")
    return Wish(
        name=canonical_name(name),
        extras=extras,
        source=source,
        truth=truth(marker),
        text=_written(name, extras, _described(source, specifier), marker),
        origin=origin,
    )


def canonical_specifier(specifier: str) -> str:
    """Return a specifier with its clauses sorted and versions in one spelling, as uv compares them."""
    clauses = []
    for clause in specifier.split(",") if specifier.strip() else ():
        match = _CLAUSE.match(clause.strip())
        clauses.append(
            f"{match['operator']}{_canonical_version(match['version'])}"
            if match
            else clause.strip()
        )
    return ",".join(sorted(clauses))


def canonical_url(url: str) -> str:
    """Return a URL without credentials. A slash at its end counts, as it does for uv, but a bare host has one."""
    plain = strip_credentials(url).url
    return (
        f"{plain}/" if plain.partition("://")[2] and "/" not in plain.partition("://")[2] else plain
    )


def _canonical_version(version: str) -> str:
    from packaging.version import InvalidVersion, Version

    wild = version.strip().endswith(".*")
    if wild:
        return version.strip()
    try:
        return _ZEROS.sub("", str(Version(version)), count=1)
    except InvalidVersion:
        return version.strip()


def _wish(requirement: Requirement, source: tuple[str, ...], condition: Truth) -> Wish:
    return Wish(
        name=requirement.name,
        extras=requirement.extras,
        source=source,
        truth=condition,
        text=_written(
            requirement.name,
            requirement.extras,
            _described(source, requirement.specifier),
            requirement.marker,
        ),
        origin=requirement.origin,
    )


def _with_extra(requirement: Requirement) -> Truth:
    """Return the requirement's marker; an optional dependency holds only for its extra."""
    own = truth(requirement.marker)
    if not requirement.group.startswith("extra:"):
        return own
    extra = truth(f'extra == "{requirement.group.removeprefix("extra:")}"')
    return all_of(own, extra) if own is not ALWAYS else extra


def _plain_source(requirement: Requirement) -> tuple[str, ...]:
    match requirement.source:
        case SourceKind.REGISTRY:
            return "registry", canonical_specifier(requirement.specifier), ""
        case SourceKind.GIT:
            return _git_of_reference(requirement.reference)
        case SourceKind.URL:
            address, _, fragment = requirement.reference.partition("#")
            return _url_source(address, dict(parse_qsl(fragment)).get("subdirectory", ""))
        case SourceKind.PATH:
            return "path" if _ARCHIVE.search(
                requirement.reference
            ) else "directory", requirement.reference


def _git_of_table(entry: dict[str, Any]) -> tuple[str, ...]:
    parts: dict[str, str] = {
        key: _text(entry, key)
        for key in ("rev", "tag", "branch", "subdirectory", "path")
        if key in entry
    }
    if entry.get("lfs") is True:
        parts["lfs"] = "true"
    return _git_source(_text(entry, "git"), parts)


def _git_of_reference(reference: str) -> tuple[str, ...]:
    address, _, fragment = reference.removeprefix("git+").partition("#")
    parts = {
        key: value for key, value in parse_qsl(fragment) if key in ("subdirectory", "lfs", "path")
    }
    revision = urlsplit(address).path.partition("@")[2]
    if revision:
        return _git_source(address.removesuffix(f"@{revision}"), {**parts, "rev": revision})
    return _git_source(address, parts)


def _git_source(url: str, parts: dict[str, str]) -> tuple[str, ...]:
    return (
        "git",
        canonical_url(url.removeprefix("git+")),
        *(f"{key}={value}" for key, value in sorted(parts.items())),
    )


def _url_source(url: str, subdirectory: str) -> tuple[str, ...]:
    return "url", canonical_url(url.partition("#")[0]), subdirectory


def _locked_source(entry: dict[str, Any], specifier: str) -> tuple[str, ...]:
    if "git" in entry:
        parts = urlsplit(_text(entry, "git"))
        return _git_source(
            parts._replace(query="", fragment="").geturl(), dict(parse_qsl(parts.query))
        )
    if "url" in entry:
        return _url_source(_text(entry, "url"), _text(entry, "subdirectory"))
    for kind in ("editable", "virtual", "directory", "path"):
        if kind in entry:
            return kind, posixpath.normpath(_text(entry, kind))
    return "registry", canonical_specifier(specifier), canonical_url(_text(entry, "index"))


def _described(source: tuple[str, ...], specifier: str) -> str:
    kind, *rest = source
    if kind == "registry":
        return specifier + (f" from {rest[1]}" if rest[1] else "")
    if kind == "git":
        return f" @ git+{rest[0]}" + (f" ({', '.join(rest[1:])})" if rest[1:] else "")
    return f" @ {rest[0]}" if kind in ("url", "path") else f" ({kind} {rest[0]})"


def _written(name: str, extras: tuple[str, ...], rest: str, marker: str) -> str:
    return (
        name
        + (f"[{','.join(extras)}]" if extras else "")
        + rest
        + (f" ; {marker}" if marker else "")
    )


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def all_wishes(lowering: Lowering, requirements: tuple[Requirement, ...]) -> Iterator[Wish]:
    """Yield what becomes of several requirements."""
    for requirement in requirements:
        yield from lowering.wishes(requirement)
