"""Requirements files with everything that they include, read through the project's tree."""

import posixpath

from dockwright.detect.managers.requirement_text import (
    canonical_name,
    is_outside,
    strip_credentials,
)
from dockwright.detect.managers.requirements_lines import Options, Wish, logical_lines, parse_line
from dockwright.detect.tree import ProjectTree
from dockwright.errors import DockwrightError, ManifestError
from dockwright.model.dependencies import MAIN, Index, SourceKind
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import draft, field, replace

MAX_INCLUDES = 50
"""Files that may include one another in a chain; nobody writes longer ones."""


@draft
class Reading:
    """What was read so far; filled while the files include each other.

    `files` are all that were read, in order. `faults` are the errors of lines and includes, in the order in which they
    were met: whether one of them ends the run is for the caller to say.
    """

    wishes: list[Wish] = field(default_factory=list)
    constraints: list[Wish] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    no_binary: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    faults: list[DockwrightError] = field(default_factory=list)


def read_files(
    tree: ProjectTree, path: str, group: str = MAIN, known: tuple[str, ...] = ()
) -> Reading:
    """Read `path` and what it includes; files in `known` were read before for another group and are left out."""
    reading = Reading(files=list(known))
    _Reader(tree, reading, group).read(path, trail=(), is_constraint=False)
    reading.files = reading.files[len(known) :]
    return reading


class _Reader:
    def __init__(self, tree: ProjectTree, reading: Reading, group: str) -> None:
        self._tree = tree
        self._reading = reading
        self._group = group

    def read(self, path: str, trail: tuple[str, ...], *, is_constraint: bool) -> None:
        if path in self._reading.files:
            return
        self._reading.files.append(path)
        for number, line in logical_lines(self._tree.text(path)):
            origin = Origin(path=path, line=number)
            try:
                found = parse_line(line, origin, self._group)
                if isinstance(found, Options):
                    self._options(found, origin, (*trail, path), is_constraint=is_constraint)
                else:
                    self._wish(found, is_constraint=is_constraint)
            except DockwrightError as fault:
                self._reading.faults.append(fault)

    def _wish(self, wish: Wish, *, is_constraint: bool) -> None:
        requirement = wish.requirement
        if requirement.source is SourceKind.PATH:
            self._path(requirement.reference)
            name = (
                self._name_of(requirement.reference)
                or requirement.name
                or canonical_name(self._tree.folder_name)
            )
            wish = replace(wish, requirement=replace(requirement, name=name))
        (self._reading.constraints if is_constraint else self._reading.wishes).append(wish)

    def _path(self, path: str) -> None:
        if is_outside(path):
            self._reading.outside.add(path)
        elif path != ".":
            self._reading.folders.add(path)

    def _name_of(self, path: str) -> str:
        """Return the name that a project in the tree gives itself, "" where it says none that can be read."""
        manifest = posixpath.normpath(f"{path}/pyproject.toml")
        if is_outside(path) or not self._tree.has(manifest):
            return ""
        project = self._tree.toml(manifest).get("project")
        name = project.get("name") if isinstance(project, dict) else None
        return canonical_name(name) if isinstance(name, str) else ""

    def _options(
        self, found: Options, origin: Origin, trail: tuple[str, ...], *, is_constraint: bool
    ) -> None:
        for target in found.includes:
            self._include(target, origin, trail, is_constraint=is_constraint)
        for target in found.constraints:
            self._include(target, origin, trail, is_constraint=True)
        if found.index_url:
            self._index(found.index_url, origin, is_default=True)
        for url in found.extra_index_urls:
            self._index(url, origin, is_default=False)
        for place in found.find_links:
            if "://" not in place and not place.startswith("$"):
                self._path(posixpath.normpath(place))
        for name in found.no_binary:
            self._forbid_wheels(name.strip())
        if found.unknown:
            self._notice(
                "requirements-unknown-option",
                f"`{found.unknown}` is no option that pip is known to have",
                origin,
            )

    def _forbid_wheels(self, name: str) -> None:
        if name == ":none:":
            self._reading.no_binary.clear()
        elif name:
            self._reading.no_binary.append(name if name == ":all:" else canonical_name(name))

    def _include(
        self, target: str, origin: Origin, trail: tuple[str, ...], *, is_constraint: bool
    ) -> None:
        if "://" in target:
            text = f"{strip_credentials(target).url} is included from the network: what it asks for is not known here"
            self._notice("requirements-include-url", text, origin)
            return
        path = posixpath.normpath(
            posixpath.join(posixpath.dirname(trail[-1]), target.replace("\\", "/"))
        )
        if is_outside(path):
            self._reading.outside.add(path)
            self._notice(
                "requirements-include-outside",
                f"{path} lies outside the project and was not read",
                origin,
            )
        elif path in trail:
            raise _circle((*trail[trail.index(path) :], path), origin)
        elif not self._tree.has(path):
            raise _missing(path, origin)
        elif len(trail) > MAX_INCLUDES:
            raise _too_deep(origin)
        else:
            self.read(path, trail, is_constraint=is_constraint)

    def _index(self, url: str, origin: Origin, *, is_default: bool) -> None:
        safe = strip_credentials(url)
        if safe.url.startswith(("file:", "/")):
            self._notice(
                "index-on-one-machine", f"the index {safe.url} is a folder of one machine", origin
            )
        host = safe.url.partition("://")[2].partition("/")[0] or safe.url
        index = Index(
            name=host,
            url=safe.url,
            origin=origin,
            needs_credentials=safe.needs_credentials,
            variables=safe.variables,
        )
        if is_default:  # the last one wins, and every other is asked after it
            self._reading.indexes.insert(0, index)
        else:
            self._reading.indexes.append(index)

    def _notice(self, code: str, text: str, origin: Origin) -> None:
        remedy = "make sure that the build can read it, or put its content into the project"
        self._reading.notices.append(Notice(code=code, text=text, origin=origin, remedy=remedy))


def _too_deep(origin: Origin) -> ManifestError:
    return ManifestError(
        f"requirements files include each other more than {MAX_INCLUDES} levels deep",
        origin=origin,
        rule="a chain of `-r` lines must come to an end",
        steps=("include the last file directly",),
        example="-r requirements/base.txt",
    )


def _missing(path: str, origin: Origin) -> ManifestError:
    return ManifestError(
        f"{path} is included here and does not exist",
        origin=origin,
        rule="`-r` and `-c` name files relative to the file that includes them",
        steps=("correct the name", "or add the file to the project"),
        example="-r requirements/base.txt",
    )


def _circle(trail: tuple[str, ...], origin: Origin) -> ManifestError:
    return ManifestError(
        f"requirements files include each other in a circle: {' → '.join(trail)}",
        origin=origin,
        rule="a file may include others, but not itself, however long the way",
        steps=("take one of the `-r` lines out of the circle",),
    )
