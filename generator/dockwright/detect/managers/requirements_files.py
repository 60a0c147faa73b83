"""Requirements files as pip reads them, with everything that they include."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement
from pip_requirements_parser import (
    OptionParsingError,
    PipError,
    RequirementParts,
    get_line_parser,
    parse_reqparts_from_editable,
    parse_reqparts_from_string,
)

from dockwright.detect.managers.requirement import (
    canonical_name,
    canonical_names,
    classify_reference,
    index_at,
    is_outside,
    parse_requirement,
    requirement_fault,
    strip_credentials,
    variables_in,
)
from dockwright.detect.managers.toml import text_in
from dockwright.detect.tree import ProjectTree
from dockwright.errors import DockwrightError, ManifestError
from dockwright.model.dependencies import MAIN, Index, Requirement, SourceKind
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record, replace

# Files that may include one another in a chain; nobody writes longer ones.
MAX_INCLUDES = 50
COMMENT = r"(?:^|\s+)#.*$"
_LONGEST, _MAX_LINE = 300, 4000
HASH = r"\s+--hash(?:=|\s+)(?P<hash>[a-z0-9]+:[0-9A-Za-z=+/_-]+)"
EDITABLE = r"(?:-e|--editable)(?:=|\s+)(?P<place>.+)"
EGG = r"[#&]egg=(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[(?P<extras>[^\]]*)\])?"
NAMED_PLACE = r"[A-Za-z0-9._-]+(?:\[[^\]]*\])?\s*@\s*[A-Za-z+]+:"
LAST_FOLDER = (
    r"([^/@#]+?)(?:\.git|(?:-\d[^/-]*)?\.(?:zip|tar\.gz|tgz|tar\.bz2))?(?:@[^/#]*)?(?:#.*)?$"
)


@record
class Line:
    """A requirement of the file, and the hashes ("sha256:...") that its line gives."""

    requirement: Requirement
    hashes: tuple[str, ...] = ()


@dataclass(kw_only=True, eq=False)
class Reading:
    """What was read so far; filled while the files include each other.

    `files` are all that were read, in order. `faults` are the errors of lines and includes:
    whether one of them ends the run is for the caller to say.
    """

    lines: list[Line] = field(default_factory=list)
    constraints: list[Line] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    no_binary: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    faults: list[DockwrightError] = field(default_factory=list)


def read_files(
    tree: ProjectTree,
    path: str,
    group: str = MAIN,
    known: tuple[str, ...] = (),
    into: Reading | None = None,
) -> Reading:
    """Read `path` and what it includes, adding to `into`; files in `known` are left out."""
    reading = into or Reading()
    seen = {*known, *reading.files}
    _File(tree=tree, reading=reading, group=group, known=seen, trail=(path,)).read()
    return reading


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first line, line) as pip does: continuations joined, no comments."""
    start, parts = 0, list[str]()
    for number, line in enumerate((*text.split("\n"), ""), 1):
        is_comment = line.lstrip().startswith("#")
        start = start or number
        if line.endswith("\\") and not is_comment:
            parts.append(line.rstrip("\\"))
            continue
        # A comment inside a continuation ends it; the space keeps its `#` apart.
        joined = "".join((*parts, f" {line}" if is_comment else line))
        if content := re.sub(COMMENT, "", joined).strip():
            yield start, content
        start, parts = 0, []


@record
class _File:
    """A file that is being read; `trail` are the files that led to it, and itself."""

    tree: ProjectTree
    reading: Reading
    group: str
    known: set[str]
    trail: tuple[str, ...]
    is_constraint: bool = False

    def read(self) -> None:
        """Read the file and what it includes."""
        path = self.trail[-1]
        if path in self.known:
            return
        self.known.add(path)
        self.reading.files.append(path)
        for number, line in logical_lines(self.tree.text(path)):
            try:
                self._line(line, Origin(path=path, line=number))
            except DockwrightError as fault:
                self.reading.faults.append(fault)

    def _line(self, line: str, origin: Origin) -> None:
        """Read one logical line; SyntaxFault for what no pip would install."""
        hashes = tuple(match["hash"] for match in re.finditer(HASH, line))
        text = text_of = re.sub(HASH, "", line)
        if len(text) > _MAX_LINE:
            raise requirement_fault(f"{text[:40]}...", f"{len(text)} characters", origin)
        options: dict[str, list[str]] = {}
        if text.startswith("-") or " -" in text:
            text, options = self._parsed(text, origin)
        if options.get("editables"):
            one = editable_requirement(line, origin, self.group, options["editables"][0])
        elif text:
            one = _requirement(text, origin, self.group)
        else:
            self._options(options, origin)
            return
        if one.source is SourceKind.PATH:
            self._note_path(one.reference)
            # The name that a project in the tree gives itself is surer than that of its folder.
            manifest, own = posixpath.normpath(f"{one.reference}/pyproject.toml"), ""
            if not is_outside(one.reference) and self.tree.has(manifest):
                own = text_in(self.tree.toml(manifest), "project", "name")
            name = own or one.name or self.tree.folder_name
            one = replace(one, name=canonical_name(name), text=text_of)
        hashed = bool(hashes) or one.hashed
        one = replace(one, hashed=hashed, variables=variables_in(text))
        found = Line(requirement=one, hashes=hashes)
        (self.reading.constraints if self.is_constraint else self.reading.lines).append(found)

    def _parsed(self, text: str, origin: Origin) -> tuple[str, dict[str, list[str]]]:
        """Return the requirement of a line ("" for none), and its options as pip names them."""
        try:
            requirement, values, _ = get_line_parser()(text)
        except OptionParsingError as error:
            if "no such option" not in str(error):
                message = str(error).rpartition("error:")[2].strip()
                raise requirement_fault(text, message, origin) from error
            before, _, option = f" {text}".partition(" -")
            if not before.strip():
                name = re.split(r"[=\s]", f"-{option}")[0]
                said = f"`{name}` is no option that pip is known to have"
                self._notice("requirements-unknown-option", said, origin)
            return before.strip(), {}
        except ValueError as error:
            message = f"the quotes do not match ({error})"
            raise requirement_fault(text, message, origin) from error
        given = {key: value for key, value in vars(values).items() if value}
        return requirement or "", given

    def _note_path(self, path: str) -> None:
        if is_outside(path):
            self.reading.outside.add(path)
        elif path != ".":
            self.reading.folders.add(path)

    def _options(self, given: dict[str, list[str]], origin: Origin) -> None:
        for target in given.get("requirements", ()):
            self._include(target, origin, is_constraint=self.is_constraint)
        for target in given.get("constraints", ()):
            self._include(target, origin, is_constraint=True)
        if "index_url" in given:
            # The last one wins, and every other is asked after it.
            index = self._index(str(given["index_url"]).lstrip("="), origin)
            self.reading.indexes.insert(0, index)
        urls = given.get("extra_index_urls", ())
        self.reading.indexes += [self._index(url, origin) for url in urls]
        for place in given.get("find_links", ()):
            if "://" not in place and not place.startswith("$"):
                self._note_path(posixpath.normpath(place))
        for name in map(str.strip, ",".join(given.get("no_binary", ())).split(",")):
            if name == ":none:":
                self.reading.no_binary.clear()
            elif name:
                self.reading.no_binary.append(name if name == ":all:" else canonical_name(name))

    def _include(self, target: str, origin: Origin, *, is_constraint: bool) -> None:
        if "://" in target:
            text = f"{strip_credentials(target).url} is included from the network"
            text += ": what it asks for is not known here"
            self._notice("requirements-include-url", text, origin)
            return
        joined = posixpath.join(posixpath.dirname(self.trail[-1]), target.replace("\\", "/"))
        path = posixpath.normpath(joined)
        if is_outside(path):
            self.reading.outside.add(path)
            text = f"{path} lies outside the project and was not read"
            self._notice("requirements-include-outside", text, origin)
        elif path in self.trail or len(self.trail) > MAX_INCLUDES:
            circle = (*self.trail[self.trail.index(path) :], path) if path in self.trail else ()
            how = f"in a circle: {' → '.join(circle)}"
            how = how if circle else f"more than {MAX_INCLUDES} levels deep"
            title = f"requirements files include each other {how}"
            raise _bad_include(title, "a chain of `-r` lines must come to an end", origin)
        elif not self.tree.has(path):
            rule = "`-r` and `-c` name files relative to the file that includes them"
            raise _bad_include(f"{path} is included here and does not exist", rule, origin)
        else:
            replace(self, trail=(*self.trail, path), is_constraint=is_constraint).read()

    def _index(self, url: str, origin: Origin) -> Index:
        safe = strip_credentials(url).url
        if safe.startswith(("file:", "/")):
            text = f"the index {safe} is a folder of one machine"
            self._notice("index-on-one-machine", text, origin)
        return index_at(safe.partition("://")[2].partition("/")[0] or safe, url, origin)

    def _notice(self, code: str, text: str, origin: Origin) -> None:
        remedy = "make sure that the build can read it, or put its content into the project"
        self.reading.notices.append(Notice(code=code, text=text, origin=origin, remedy=remedy))


def _bad_include(title: str, rule: str, origin: Origin) -> ManifestError:
    return ManifestError(
        title,
        origin=origin,
        rule=rule,
        steps=("correct the line that includes it", "or take the line out"),
        example="-r requirements/base.txt",
    )


def _requirement(text: str, origin: Origin, group: str) -> Requirement:
    """Read a requirement that may also be a URL or a path, which PEP 508 alone does not know."""
    name = text.partition(";")[0].partition("[")[0].strip()
    is_place = (
        "/" in name
        or "://" in text
        or name.startswith((".", "file:", "git+"))
        or name.endswith((".whl", ".zip", ".gz"))
    )
    if not is_place or " @ " in text or re.match(NAMED_PLACE, text):
        return parse_requirement(text, origin, group)
    try:
        parts = parse_reqparts_from_string(text)
    except (PipError, InvalidRequirement, ValueError) as error:
        egg = re.search(EGG, text) if "${" in text else None
        if egg is None:
            raise requirement_fault(text, str(error), origin) from error
        # `git+${VARIABLE}...#egg=name`: only the environment of the build knows the address.
        extras = canonical_names(filter(None, (egg["extras"] or "").split(",")))
        return replace(parse_requirement(f"{egg['name']} @ {text}", origin, group), extras=extras)
    return _from_parts(parts, text, origin, group)


def editable_requirement(line: str, origin: Origin, group: str, place: str = "") -> Requirement:
    """Read `-e` with a folder or an address; `place` is what pip's own parser takes of the line."""
    whole = re.match(EDITABLE, line)
    place = place or (whole["place"] if whole else "")
    if whole and " @ " in whole["place"]:
        return replace(parse_requirement(whole["place"], origin, group), editable=True)
    try:
        parts = parse_reqparts_from_editable(place)
    except (PipError, InvalidRequirement, ValueError) as error:
        raise requirement_fault(place, str(error), origin) from error
    return replace(_from_parts(parts, place, origin, group), editable=True)


def _from_parts(parts: RequirementParts, text: str, origin: Origin, group: str) -> Requirement:
    named = parts.requirement
    url = parts.link.url if parts.link else named.url if named else ""
    kind, reference = classify_reference(url or "")
    # Without a name it is the last folder of the path or of the repository's address.
    # The last part is enough: the pattern would be slow on an endless line.
    last = re.search(LAST_FOLDER, reference[-_LONGEST:].rstrip("/"))
    guessed = last[1] if last and reference not in (".", "..") else ""
    return Requirement(
        name=canonical_name(named.name if named else guessed),
        origin=origin,
        specifier=str(named.specifier) if named else "",
        extras=canonical_names((*parts.extras, *(named.extras if named else ()))),
        marker=str(parts.marker) if parts.marker else "",
        group=group,
        source=kind,
        reference=reference,
        hashed="#sha256=" in text or "&sha256=" in text,
    )
