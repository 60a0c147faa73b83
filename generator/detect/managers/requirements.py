"""Requirements files: requirements.txt and its relatives, compiled from an .in file or written by hand."""

from dataclasses import replace

from generator.detect.managers.findings import Findings
from generator.detect.managers.judgement import credential_notices
from generator.detect.managers.pip_compile import Compiled, read_compiled
from generator.detect.managers.pip_compile_judge import compare, read_sources
from generator.detect.managers.requirement_text import is_exact, pinned_version
from generator.detect.managers.requirements_choice import find_group_files, find_misspelt, find_production_file
from generator.detect.managers.requirements_export import find_exported_from
from generator.detect.managers.requirements_files import Reading, read_files
from generator.detect.managers.requirements_lines import Wish
from generator.detect.tree import ProjectTree
from generator.model.dependencies import (
    Lock,
    LockedDistribution,
    ManagerFinding,
    Manifest,
    Requirement,
    SourceKind,
)
from generator.model.manager import LockState, Manager
from generator.model.origin import Notice, Origin

_OTHERS = (
    "Pipfile",
    "Pipfile.lock",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pylock.toml",
    "setup.py",
    "setup.cfg",
)


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what pip would install, None where the project has no requirements file.

    Raises SyntaxFault for a line that no pip reads and ManifestError for an include that is missing or goes in a circle,
    unless another manager's lock stands in the root: then they are notices, because that lock may decide.
    """
    path, misspelt = _production_file(tree)
    if not path:
        return None
    output = read_files(tree, path)
    compiled = read_compiled(tree, path) if path.endswith(".txt") else None
    exported, export_notices = find_exported_from(tree, path, output) if not misspelt else ("", ())
    if compiled is not None and compiled.sources:
        finding = _compiled_finding(tree, path, compiled, output)
    else:
        finding = _plain_finding(tree, path, output, compiled)
    return replace(
        finding,
        exported_from=exported,
        notices=(*_faults(tree, output), *export_notices, *misspelt, *finding.notices),
    )


def _production_file(tree: ProjectTree) -> tuple[str, tuple[Notice, ...]]:
    path = find_production_file(tree)
    if path or any(tree.has(name) for name in _OTHERS):
        return path, ()
    path = find_misspelt(tree)
    if not path:
        return "", ()
    text = f"{path} is taken for a misspelt requirements.txt"
    remedy = f"git mv {path} requirements.txt"
    return path, (Notice(code="requirements-misspelt", text=text, origin=Origin(path=path), remedy=remedy),)


def _faults(tree: ProjectTree, reading: Reading) -> tuple[Notice, ...]:
    if reading.faults and not any(tree.has(lock) for lock in _OTHERS if "lock" in lock):
        raise reading.faults[0]
    return tuple(
        Notice(
            code="requirements-fault", text=fault.title, origin=fault.origin, remedy="correct it, or remove the file"
        )
        for fault in reading.faults
    )


def _compiled_finding(tree: ProjectTree, path: str, compiled: Compiled, output: Reading) -> ManagerFinding:
    findings = Findings()
    sources = read_sources(tree, compiled, findings)
    compare(compiled, sources, output, path, findings)
    source = compiled.sources[0]
    resolved = f", resolved for Python {compiled.python}" if compiled.python else ""
    fresh = f"{path} answers every entry of {', '.join(compiled.sources)} and no other ({compiled.tool}{resolved})"
    lock = Lock(
        path=path,
        format=compiled.tool,
        state=findings.state,
        because=findings.because(fresh),
        disagreements=findings.disagreements,
        distributions=_distributions(output, compiled),
        hashed=_is_hashed(output),
    )
    manifest = _manifest(tree, source, sources, also=output, lock_path=path)
    return ManagerFinding(
        manager=Manager.REQUIREMENTS,
        manifest=manifest,
        lock=lock,
        notices=(*sources.notices, *output.notices, *_credentials(tree, (*sources.files, *output.files))),
    )


def _plain_finding(tree: ProjectTree, path: str, output: Reading, compiled: Compiled | None) -> ManagerFinding:
    notices = [*output.notices, *_credentials(tree, tuple(output.files))]
    if compiled is not None and compiled.lost:
        gone = ", ".join(compiled.lost)
        text = f"{path} was compiled from {gone}, which is not in the project: it can only be installed as it stands"
        notices.append(
            Notice(code="compiled-from-nothing", text=text, origin=Origin(path=path, line=1), remedy=f"restore {gone}")
        )
    return ManagerFinding(
        manager=Manager.REQUIREMENTS,
        manifest=_manifest(tree, path, output),
        lock=_own_lock(path, output) if path.endswith(".txt") else None,
        notices=tuple(notices),
    )


def _own_lock(path: str, output: Reading) -> Lock | None:
    """Return a file as the lock of itself, if each of its lines leaves pip one choice only; None if some do not."""
    pins = {wish.requirement.name: wish.requirement for wish in output.constraints if pinned_version(wish.requirement)}
    by_constraint = [wish for wish in output.wishes if not is_exact(wish.requirement)]
    if output.faults or any(wish.requirement.name not in pins for wish in by_constraint):
        return None
    because = f"every line of {path} names one version; what a line's own dependencies need is not judged"
    if by_constraint:
        because = f"every line of {path} names one version, {len(by_constraint)} of them through a constraints file"
    return Lock(
        path=path,
        format="requirements",
        state=LockState.FRESH,
        because=(because if output.wishes else f"{path} asks for nothing",),
        distributions=_distributions(output, None, pins),
        hashed=_is_hashed(output),
    )


def _distributions(
    output: Reading, compiled: Compiled | None, pins: dict[str, Requirement] | None = None
) -> tuple[LockedDistribution, ...]:
    needs: dict[str, set[str]] = {}
    for wish in output.wishes if compiled else ():
        for parent in compiled.needed_by(wish.requirement.origin.line) if compiled else ():
            needs.setdefault(parent, set()).add(wish.requirement.name)
    return tuple(_distribution(wish, (pins or {}).get(wish.requirement.name), needs) for wish in output.wishes)


def _distribution(wish: Wish, pin: Requirement | None, needs: dict[str, set[str]]) -> LockedDistribution:
    one = wish.requirement
    return LockedDistribution(
        name=one.name,
        version=pinned_version(one) or (pinned_version(pin) if pin else ""),
        origin=one.origin,
        groups=(one.group,),
        marker=one.marker,
        extras=one.extras,
        source=one.source,
        reference=one.reference,
        editable=one.editable,
        hashes=wish.hashes,
        depends_on=tuple(sorted(needs.get(one.name, ()))),
    )


def _is_hashed(output: Reading) -> bool:
    """Whether `--require-hashes` would accept the file: every line has a hash (the tree's own folders cannot)."""
    return bool(output.wishes) and all(
        wish.requirement.hashed for wish in output.wishes if wish.requirement.source is not SourceKind.PATH
    )


def _manifest(
    tree: ProjectTree, path: str, reading: Reading, also: Reading | None = None, lock_path: str = ""
) -> Manifest:
    readings = (reading, also) if also else (reading,)
    files = {name for one in readings for name in (*one.files, *one.folders)} - {path, lock_path}
    groups = [(group, name) for group, name in find_group_files(tree) if name not in (path, lock_path)]
    further = [wish.requirement for group, name in groups for wish in _of_group(tree, group, name, readings)]
    indexes = {(index.url, index.origin.path): index for one in reversed(readings) for index in one.indexes}
    return Manifest(
        path=path,
        requirements=(*(wish.requirement for wish in reading.wishes), *further),
        groups=tuple(group for group, _ in groups),
        indexes=tuple({index.url: index for index in reversed(indexes.values())}.values())[::-1],
        also_read=tuple(sorted(files)),
        outside_root=tuple(sorted({name for one in readings for name in one.outside})),
        no_binary=tuple(dict.fromkeys(name for one in readings for name in one.no_binary)),
        group_files=tuple(groups),
    )


def _of_group(tree: ProjectTree, group: str, path: str, readings: tuple[Reading, ...]) -> list[Wish]:
    known = tuple(name for one in readings for name in one.files)
    return read_files(tree, path, group, known).wishes if path not in known else []


def _credentials(tree: ProjectTree, files: tuple[str, ...]) -> tuple[Notice, ...]:
    return tuple(notice for path in dict.fromkeys(files) for notice in credential_notices(path, tree.text(path)))
