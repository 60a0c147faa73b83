"""What setup.cfg and setup.py have in common: metadata, and lists of requirements that may come from a file."""

from collections.abc import Iterable

from dockwright.detect.managers.project_table import requirements_of_file
from dockwright.detect.managers.requirement_text import canonical_name, parse_requirement
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, Requirement, Script
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import field, record

_SECTION = Pattern(r"^\[(?P<name>[^]]+)\]$")
_SCRIPT = Pattern(r"^(?P<name>[^=\s]+)\s*=\s*(?P<target>[^\s\[]+)")


@record
class SetupMetadata:
    """One of the two files, read. `dynamic` are the fields that only running the build could tell."""

    path: str
    origin: Origin
    name: str = ""
    version: str = ""
    description: str = ""
    license: str = ""
    requirements: tuple[Requirement, ...] = ()
    extras: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()
    reads: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    build_requires: tuple[str, ...] = field(default=())


def requirements_of_lines(
    lines: Iterable[tuple[str, Origin]], group: str
) -> tuple[Requirement, ...]:
    """Return one requirement a line; blank lines and comments are left out."""
    return tuple(
        parse_requirement(text.strip(), origin, group)
        for text, origin in lines
        if text.strip() and not text.strip().startswith("#")
    )


def requirements_of_files(
    tree: ProjectTree, paths: Iterable[str], group: str
) -> tuple[Requirement, ...]:
    """Return the requirements of the files that are there; a file in pip's own syntax is taken as far as it goes."""
    return tuple(
        wish for path in paths for wish in requirements_of_file(tree, path, group, strict=False)
    )


def extra_group(key: str) -> str:
    """Return the group of a key of `extras_require`; ":python_version<'3'" is production under a marker."""
    name = key.partition(":")[0].strip()
    return f"extra:{canonical_name(name)}" if name else MAIN


def console_scripts(text: str, origin: Origin, section: str = "") -> tuple[Script, ...]:
    """Return the console scripts of an entry points text: lines `name = module:object`, perhaps under [console_scripts]."""
    found = []
    for line in text.splitlines():
        header = _SECTION.match(line.strip())
        script = _SCRIPT.match(line.strip())
        if header:
            section = header["name"].strip()
        elif script and section in ("console_scripts", "gui_scripts"):
            found.append(Script(name=script["name"], target=script["target"], origin=origin))
    return tuple(found)
