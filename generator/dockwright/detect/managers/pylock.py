"""pylock.toml and pylock.NAME.toml, the lock format of the standard (PEP 751), whoever wrote it."""

from collections.abc import Iterator

from dockwright.detect.managers import pdm_digest
from dockwright.detect.managers.findings import Findings
from dockwright.detect.managers.locked_fit import compare_wishes
from dockwright.detect.managers.project_table import PATH as PYPROJECT
from dockwright.detect.managers.project_table import ProjectTable, read_project_table
from dockwright.detect.managers.pylock_file import Pylock, read_pylock
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import MAIN, Lock, ManagerFinding, Manifest, SourceKind
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice, Origin
from dockwright.model.pattern import Pattern

NAME = "pylock.toml"
FRESH = "the hash that PDM left in the lock is that of pyproject.toml"

_NAMED = Pattern(r"^pylock\.[^.]+\.toml$")
_PREFERRED = (
    "pylock.production.toml",
    "pylock.prod.toml",
    "pylock.main.toml",
    "pylock.default.toml",
)
_LOCKS_BY_WRITER = (
    ("uv", "uv.lock"),
    ("pdm", "pdm.lock"),
    ("pipenv", "Pipfile.lock"),
    ("poetry", "poetry.lock"),
)


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what a pylock file says, None where there is none.

    Raises SyntaxFault if it is not TOML, LockFormatError if it is damaged or of another version of the format.
    """
    names = names_in(tree)
    if not names:
        return None
    lock = read_pylock(tree, names[0])
    table = read_project_table(tree)
    return ManagerFinding(
        manager=Manager.PYLOCK,
        manifest=_manifest(lock, table),
        lock=_judged(tree, lock, table),
        exported_from=_exported_from(tree, lock),
        notices=tuple(_notices(lock, names)),
    )


def names_in(tree: ProjectTree) -> tuple[str, ...]:
    """Return the pylock files in the root, the one to install from first."""
    if tree.has(NAME):
        return (NAME,)
    named = [name for name in tree.names() if _NAMED.match(name) and tree.has(name)]
    return tuple(sorted(named, key=lambda name: (name not in _PREFERRED, name)))


def _manifest(lock: Pylock, table: ProjectTable | None) -> Manifest:
    if table is None or not table.declared:
        return Manifest(path=lock.path)
    return Manifest(
        path=PYPROJECT,
        requirements=table.all_requirements,
        groups=table.groups,
        extras=table.extras,
        distribution=table.distribution(),
        scripts=table.scripts,
    )


def _judged(tree: ProjectTree, lock: Pylock, table: ProjectTable | None) -> Lock:
    findings = Findings()
    rule = ""
    if not lock.version:
        findings.stale(f"{lock.path} is empty")
    elif lock.pdm_hash and table is not None:
        rule = pdm_digest.matching_rule(tree, table.document, lock.pdm_hash)
        if rule != pdm_digest.CURRENT:
            findings.stale(f"the hash that PDM left in the lock is not that of {PYPROJECT}")
            compare_wishes(table.all_requirements, lock.distributions, lock.path, findings)
    else:
        findings.doubt(
            f"{lock.path} says nothing about what it was made from, so nobody can tell whether it is current"
        )
        if table is not None and (PYPROJECT in lock.header or not lock.distributions):
            wishes = tuple(
                wish for wish in table.requirements if wish.group == MAIN and not wish.marker
            )
            compare_wishes(wishes, lock.distributions, lock.path, findings)
    return Lock(
        path=lock.path,
        format=lock.version,
        state=findings.state,
        because=findings.because(FRESH),
        disagreements=findings.disagreements,
        written_by=lock.created_by,
        variant=rule,
        distributions=lock.distributions,
        requires_python=lock.requires_python,
        hashed=all(
            one.hashes
            for one in lock.distributions
            if one.source in (SourceKind.REGISTRY, SourceKind.URL)
        ),
    )


def _exported_from(tree: ProjectTree, lock: Pylock) -> str:
    """Return the lock beside it of the tool that wrote it, "" if it stands for itself (`uv pip compile`, `pip lock`)."""
    if "uv pip compile" in lock.header:
        return ""
    return next(
        (
            path
            for tool, path in _LOCKS_BY_WRITER
            if lock.created_by.startswith(tool) and tree.has(path)
        ),
        "",
    )


def _notices(lock: Pylock, names: tuple[str, ...]) -> Iterator[Notice]:
    if len(names) > 1:
        yield Notice(
            code="several-pylocks",
            text=f"{', '.join(names)} stand side by side: {names[0]} is installed",
            origin=Origin(path=names[0]),
            remedy=f"call the one for production {NAME}",
        )
    for one in lock.distributions:
        if one.source is SourceKind.PATH and one.reference == ".":
            yield Notice(
                code="pylock-holds-project",
                text=f"{lock.path} lists the project itself ({one.name}), which is not there yet when the lock is installed",
                origin=one.origin,
                remedy="export it without the project: uv export --no-emit-project --format pylock.toml",
            )
