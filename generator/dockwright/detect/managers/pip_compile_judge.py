"""Whether a compiled requirements file belongs to the files that it was made from."""

from dockwright.detect.managers.findings import Findings
from dockwright.detect.managers.pip_compile import Compiled
from dockwright.detect.managers.poetry_groups import allows
from dockwright.detect.managers.project_table import read_project_table
from dockwright.detect.managers.requirement_text import pinned_version
from dockwright.detect.managers.requirements_files import Reading, read_files
from dockwright.detect.managers.requirements_lines import Wish
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, Requirement, SourceKind


def read_sources(tree: ProjectTree, compiled: Compiled, findings: Findings) -> Reading:
    """Return what all sources of a compiled file ask for; a doubt for each that cannot be read without running it."""
    reading = Reading()
    for source in compiled.sources:
        if source.endswith(("pyproject.toml",)):
            reading.wishes += [
                Wish(requirement=wish) for wish in _of_project(tree, source, compiled)
            ]
            reading.files.append(source)
        elif source.endswith((".py", ".cfg")):
            findings.doubt(f"{source} says what it asks for only when it is run")
            reading.files.append(source)
        else:
            _merge(reading, read_files(tree, source, known=tuple(reading.files)))
    for path in compiled.constraints:
        part = read_files(tree, path, known=tuple(reading.files))
        reading.constraints += part.wishes
        reading.files += part.files
    return reading


def compare(
    compiled: Compiled, sources: Reading, output: Reading, path: str, findings: Findings
) -> None:
    """Note in `findings` where `output`, the content of `path`, does not follow from `sources`."""
    lines: dict[str, list[Requirement]] = {}
    for wish in output.wishes:
        lines.setdefault(wish.requirement.name, []).append(wish.requirement)
    for wish in sources.wishes:
        _compare_one(
            wish.requirement, lines.get(wish.requirement.name, []), compiled, path, findings
        )
    _constraints(sources, lines, findings)
    asked = {wish.requirement.name for wish in sources.wishes}
    for name, locked in lines.items():
        direct = [one for one in locked if compiled.is_direct(one.origin.line)]
        if direct and name not in asked and not _is_vague(compiled):
            text = f"{name} is in {path} because {_named(compiled)} asked for it, and does not any more"
            findings.removed(name, text, direct[0].origin)
    if not compiled.annotated and output.wishes:
        findings.doubt(
            f"{path} has no `# via` remarks, so an entry that was removed from {_named(compiled)} cannot be seen"
        )
    for name in compiled.lost:
        findings.doubt(f"{name}, from which {path} was compiled, is not in the project")


def _of_project(tree: ProjectTree, source: str, compiled: Compiled) -> tuple[Requirement, ...]:
    table = read_project_table(tree, source)
    if table is None:
        return ()
    wanted = {MAIN, *(f"extra:{extra}" for extra in compiled.extras), *compiled.groups}
    return tuple(
        wish
        for wish in table.all_requirements
        if wish.group in wanted or (compiled.all_extras and wish.group.startswith("extra:"))
    )


def _compare_one(
    wish: Requirement, locked: list[Requirement], compiled: Compiled, path: str, findings: Findings
) -> None:
    if not locked:
        _missing(wish, compiled, path, findings)
    elif not any(_fits(wish, one) for one in locked):
        findings.changed(
            wish.name,
            f"{_asked(wish)} is asked for, {_locked(locked[0])} is in {path}",
            wish.origin,
        )
    elif compiled.annotated and not any(compiled.is_direct(one.origin.line) for one in locked):
        text = f"{wish.name} is asked for, and in {path} only because others need it"
        findings.added(wish.name, text, wish.origin)
    else:
        _extras(wish, locked, compiled, path, findings)
        if compiled.universal and not wish.marker and len(locked) == 1 and locked[0].marker:
            findings.doubt(
                f"{wish.name} is asked for always, and in {path} only where {locked[0].marker}"
            )


def _missing(wish: Requirement, compiled: Compiled, path: str, findings: Findings) -> None:
    """A file that was compiled on one platform leaves out what only others need; images run Linux."""
    if not wish.marker or compiled.universal:
        findings.added(wish.name, f"{_asked(wish)} is asked for and not in {path}", wish.origin)
    elif not _never_in_an_image(wish.marker, compiled.python):
        findings.doubt(
            f"{wish.name} is not in {path}; its marker may be the reason ({wish.marker})"
        )


def _never_in_an_image(marker: str, python: str) -> bool:
    from packaging.markers import Marker

    if "platform_machine" in marker or ("python" in marker and not python):
        return False
    environment = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    if python:
        environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    return not Marker(marker).evaluate(dict(environment))


def _extras(
    wish: Requirement, locked: list[Requirement], compiled: Compiled, path: str, findings: Findings
) -> None:
    lost = set(wish.extras) - {extra for one in locked for extra in one.extras}
    named = f"{wish.name}[{','.join(sorted(lost))}]"
    if lost and not compiled.strips_extras:
        findings.changed(wish.name, f"{named} is asked for, {path} has it without", wish.origin)
    elif lost and compiled.annotated and not compiled.brings_in_others(wish.name):
        findings.doubt(f"{named} is asked for, and nothing in {path} is there because of it")


def _fits(wish: Requirement, locked: Requirement) -> bool:
    if wish.source is not locked.source:
        # A constraint may send a plain name to a URL; only the reverse is surely another wish.
        return wish.source is SourceKind.REGISTRY and not wish.specifier
    if wish.source is SourceKind.REGISTRY:
        version = pinned_version(locked)
        return not version or allows((wish.specifier,), version)
    if wish.source is SourceKind.GIT:
        return _repository(wish.reference) == _repository(locked.reference)
    return (
        wish.source is SourceKind.PATH
        or wish.reference.partition("#")[0] == locked.reference.partition("#")[0]
    )


def _constraints(sources: Reading, lines: dict[str, list[Requirement]], findings: Findings) -> None:
    for constraint in sources.constraints:
        rule = constraint.requirement
        for one in lines.get(rule.name, ()):
            version = pinned_version(one)
            if version and rule.specifier and not allows((rule.specifier,), version):
                text = f"the constraint {rule.name}{rule.specifier} does not admit {version}"
                findings.changed(rule.name, text, rule.origin)


def _merge(reading: Reading, part: Reading) -> None:
    reading.wishes += part.wishes
    reading.constraints += part.constraints
    reading.indexes += part.indexes
    reading.files += part.files
    reading.folders |= part.folders
    reading.outside |= part.outside
    reading.no_binary += part.no_binary
    reading.notices += part.notices
    reading.faults += part.faults


def _is_vague(compiled: Compiled) -> bool:
    """A source that is gone, or that must be run, may be the one that asks."""
    return bool(compiled.lost) or any(
        source.endswith((".py", ".cfg")) for source in compiled.sources
    )


def _named(compiled: Compiled) -> str:
    return ", ".join((*compiled.sources, *compiled.lost))


def _asked(wish: Requirement) -> str:
    return f"{wish.name}{wish.specifier}{f' from {wish.reference}' if wish.reference else ''}"


def _locked(requirement: Requirement) -> str:
    return pinned_version(requirement) or requirement.reference or "another source"


def _repository(reference: str) -> str:
    address = reference.partition("#")[0].removeprefix("git+")
    head, at, _ = address.rpartition("@")
    return (
        (head if at and "/" in head.partition("://")[2] else address).removesuffix(".git").lower()
    )
