"""One line of a requirements file as pip reads it: a requirement, or options."""

import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockwright.detect.managers.requirement_text import (
    canonical_name,
    classify_reference,
    parse_requirement,
    requirement_fault,
    variables_in,
)
from dockwright.model.dependencies import MAIN, Requirement, SourceKind
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import record, replace

if TYPE_CHECKING:
    from pip_requirements_parser import RequirementParts

_COMMENT = Pattern(r"(?:^|\s+)#.*$")
_HASH = Pattern(r"\s+--hash(?:=|\s+)(?P<hash>[a-z0-9]+:[0-9A-Za-z=+/_-]+)")
_NEW_OPTION = Pattern(r"\s+(?:--config-settings?|-C)(?:=|\s+)(?:\"[^\"]*\"|'[^']*'|\S+)")
_EDITABLE = Pattern(r"^(?:-e|--editable)(?:=|\s+)(?P<place>.+)$")
_EGG = Pattern(r"[#&]egg=(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[(?P<extras>[^\]]*)\])?")
_LAST_FOLDER = Pattern(
    r"([^/@#]+?)(?:\.git|(?:-\d[^/-]*)?\.(?:zip|tar\.gz|tgz|tar\.bz2))?(?:@[^/#]*)?(?:#.*)?$"
)


@record
class Wish:
    """A requirement of the file, and the hashes ("sha256:...") that its line gives."""

    requirement: Requirement
    hashes: tuple[str, ...] = ()


@record
class Options:
    """What a line of options says. `unknown` is an option that pip's parser of 2022 does not have."""

    includes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    unknown: str = ""


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first line, line) with continuations joined, comments and empty lines left out, as pip does."""
    start, parts = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        is_comment = line.lstrip().startswith("#")
        start = start or number
        if line.endswith("\\") and not is_comment:
            parts.append(line.rstrip("\\"))
            continue
        # A comment inside a continuation ends it; the space keeps its `#` apart from the text before.
        joined = "".join((*parts, f" {line}" if is_comment else line))
        if content := _COMMENT.sub("", joined).strip():
            yield start, content
        start, parts = 0, []
    if content := _COMMENT.sub("", "".join(parts)).strip():
        yield start, content


def parse_line(line: str, origin: Origin, group: str = MAIN) -> Wish | Options:
    """Read one logical line; SyntaxFault for what no pip would install.

    Plain requirements take the short way: the parser for all the rest takes as long to import as everything else here.
    """
    hashes = tuple(match["hash"] for match in _HASH.finditer(line))
    text = _NEW_OPTION.sub("", _HASH.sub("", line)) if " -" in line else line
    if text.startswith("-") or " -" in text:
        return _with_options(text, hashes, origin, group)
    return _wish(text, hashes, origin, group)


def _with_options(text: str, hashes: tuple[str, ...], origin: Origin, group: str) -> Wish | Options:
    from pip_requirements_parser import OptionParsingError, get_line_parser

    try:
        requirement, values, _ = get_line_parser()(text)
    except OptionParsingError as error:
        if "no such option" not in str(error):
            raise requirement_fault(
                text, str(error).rpartition("error:")[2].strip(), origin
            ) from error
        before, _, option = f" {text}".partition(" -")
        if not before.strip():
            return Options(unknown=f"-{option}".split("=")[0].split()[0])
        return _wish(before.strip(), hashes, origin, group)
    except ValueError as error:
        raise requirement_fault(text, f"the quotes do not match ({error})", origin) from error
    if requirement:
        return _wish(requirement, hashes, origin, group)
    given = vars(values)
    if given.get("editables"):
        rest = _EDITABLE.match(text)
        whole = rest["place"] if rest and " @ " in rest["place"] else given["editables"][0]
        return Wish(requirement=_editable(whole, origin, group))
    return Options(
        includes=tuple(given.get("requirements") or ()),
        constraints=tuple(given.get("constraints") or ()),
        index_url=(given.get("index_url") or "").lstrip("="),
        extra_index_urls=tuple(given.get("extra_index_urls") or ()),
        find_links=tuple(given.get("find_links") or ()),
        no_binary=tuple(
            name for names in given.get("no_binary") or () for name in names.split(",")
        ),
    )


def _wish(text: str, hashes: tuple[str, ...], origin: Origin, group: str) -> Wish:
    requirement = _requirement(text, origin, group)
    return Wish(
        requirement=replace(requirement, hashed=bool(hashes) or requirement.hashed), hashes=hashes
    )


def _requirement(text: str, origin: Origin, group: str) -> Requirement:
    """Read a requirement that may also be a URL or a path, which PEP 508 alone does not know."""
    if not _is_place(text):
        return parse_requirement(text, origin, group)
    from packaging.requirements import InvalidRequirement
    from pip_requirements_parser import PipError, parse_reqparts_from_string

    try:
        parts = parse_reqparts_from_string(text)
    except (PipError, InvalidRequirement, ValueError) as error:
        if "${" in text and _EGG.search(text):
            return _from_url(text, origin, group)
        raise requirement_fault(text, str(error), origin) from error
    return _from_parts(parts, text, origin, group)


def _is_place(text: str) -> bool:
    """Whether a line is a URL or a path: it holds a separator, starts with a dot, or names an archive."""
    name = text.partition(";")[0].partition("[")[0].strip()
    if " @ " in text or re.match(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?\s*@\s*[A-Za-z+]+:", text):
        return False
    return (
        "/" in name
        or "://" in text
        or name.startswith((".", "file:", "git+"))
        or name.endswith((".whl", ".zip", ".gz"))
    )


def _editable(text: str, origin: Origin, group: str) -> Requirement:
    if " @ " in text:
        return replace(parse_requirement(text, origin, group), editable=True)
    from packaging.requirements import InvalidRequirement
    from pip_requirements_parser import PipError, parse_reqparts_from_editable

    try:
        parts = parse_reqparts_from_editable(text)
    except (PipError, InvalidRequirement, ValueError) as error:
        raise requirement_fault(text, str(error), origin) from error
    return replace(_from_parts(parts, text, origin, group), editable=True)


def _from_parts(parts: "RequirementParts", text: str, origin: Origin, group: str) -> Requirement:
    url = (
        parts.link.url if parts.link else (parts.requirement.url if parts.requirement else "") or ""
    )
    kind, reference = classify_reference(url)
    named = parts.requirement
    extras = {canonical_name(extra) for extra in (*parts.extras, *(named.extras if named else ()))}
    return Requirement(
        name=canonical_name(named.name) if named else _name_from(reference, kind),
        origin=origin,
        specifier=str(named.specifier) if named else "",
        extras=tuple(sorted(extras)),
        marker=str(parts.marker) if parts.marker else "",
        group=group,
        source=kind,
        reference=reference,
        hashed="#sha256=" in text or "&sha256=" in text,
    )


def _from_url(text: str, origin: Origin, group: str) -> Requirement:
    """Read `git+${VARIABLE}...#egg=name`: only the environment of the build knows the address."""
    match = _EGG.search(text)
    kind, reference = classify_reference(text if variables_in(text) else "")
    extras = (match["extras"] or "").split(",") if match else []
    return Requirement(
        name=canonical_name(match["name"]) if match else "",
        origin=origin,
        extras=tuple(sorted(canonical_name(extra) for extra in extras if extra.strip())),
        group=group,
        source=kind,
        reference=reference,
    )


def _name_from(reference: str, kind: SourceKind) -> str:
    """Guess the name where the line gives none: the last folder of a path or of a repository's address."""
    if kind is SourceKind.PATH and reference in (".", ".."):
        return ""
    match = _LAST_FOLDER.search(reference.rstrip("/"))
    return canonical_name(match[1]) if match else ""


def words_of(command: str) -> tuple[str, ...]:
    """Split a command line as a shell does; as plain words where the quotes do not match."""
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return tuple(command.split())
