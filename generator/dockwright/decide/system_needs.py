"""What each distribution asks of the system, one need per package, before anything is merged or left out."""

from collections.abc import Iterable

from dockwright.decide.compilation import Arrival
from dockwright.decide.knowledge.native_packages import NativePackage, load_native_packages
from dockwright.decide.knowledge.toolchains import Trigger, compiler, load_triggers
from dockwright.decide.version_control import Fetched
from dockwright.model.dependencies import MAIN, LockedDistribution, ManagerFinding, SourceKind
from dockwright.model.project import Project
from dockwright.model.record import record

BUILD, RUNTIME = "build", "runtime"
UNKNOWN_COMPILERS = ("c++",)
"""For what must be compiled and is not in the table: g++ brings gcc and the headers of libc with it."""

_SPATIALITE = "django.contrib.gis.db.backends.spatialite"


@record
class Need:
    """One package that one distribution (or trigger) needs in one stage; `package` is spelled as in the tables.

    Where the owner names it, `needed_by` is "" and `asked_by` the file or setting.
    """

    package: str
    stage: str
    needed_by: str
    because: str
    asked_by: str = ""


def needs_of(
    arrival: Arrival, extras: tuple[str, ...], family: str, locked: frozenset[str]
) -> tuple[Need, ...]:
    """Return all needs of one distribution; `extras` are those it is installed with, `locked` all names of production."""
    row = arrival.row
    if row is None:
        return _unknown(arrival, family)
    parts = [row, *(part for extra, part in row.extras if extra in extras)]
    needs: list[Need] = []
    for part in parts:
        names = part.family(family)
        if arrival.compiled:
            needs += _compiled(arrival, part, family)
        if arrival.from_source:
            needs += _as_needs(
                names.linked, RUNTIME, arrival.name, f"{arrival.name} is linked against it"
            )
        if part is not row or not is_satisfied(row, extras, locked):
            needs += _as_needs(names.loaded, RUNTIME, arrival.name, row.evidence)
    return tuple(needs)


def is_satisfied(row: NativePackage, extras: tuple[str, ...], locked: frozenset[str]) -> bool:
    """Return whether another distribution or an extra already brings what `row` would open at run time."""
    return any(
        other in locked
        or (other.startswith(f"{row.name}[") and other[len(row.name) + 1 : -1] in extras)
        for other in row.unless
    )


def only_for_others(
    row: NativePackage, distributions: tuple[LockedDistribution, ...], direct: frozenset[str]
) -> bool:
    """Return whether only distributions of `not_for` want `row`: they do without its system packages."""
    if not row.not_for or row.name in direct:
        return False
    wanting = {dist.name for dist in distributions if row.name in dist.depends_on}
    if wanting:
        return wanting <= set(row.not_for)
    return any(dist.name in row.not_for for dist in distributions)


def libraries_of(development: str) -> tuple[str, ...]:
    """Return the libraries that belong to a -dev package, as far as the table links something against them alone."""
    linked = {
        row.debian.linked
        for row in load_native_packages().values()
        if [name for name in row.debian.build if name.endswith("-dev")] == [development]
        and row.debian.linked
    }
    together = set.intersection(*(set(names) for names in linked)) if linked else set()
    return tuple(sorted(together))


def trigger_needs(
    project: Project,
    finding: ManagerFinding,
    distributions: tuple[LockedDistribution, ...],
    family: str,
) -> tuple[tuple[Trigger, tuple[Need, ...]], ...]:
    """Return what no distribution names: GeoDjango, Tk, and the tools that fetch requirements."""
    table = load_triggers()
    return tuple(
        (table[name], _trigger(table[name], family, needed_by))
        for name, needed_by in _triggers(project, finding, distributions)
    )


def _triggers(
    project: Project, finding: ManagerFinding, distributions: tuple[LockedDistribution, ...]
) -> Iterable[tuple[str, str]]:
    if any(django.gis for django in project.application.django):
        yield "django.contrib.gis", "django.contrib.gis"
    if any(django.database_engine == _SPATIALITE for django in project.application.django):
        yield _SPATIALITE, "spatialite"
    if "tkinter" in project.application.imported:
        yield "tkinter", "tkinter"
    for one in _fetched(finding, distributions):
        yield one.trigger, one.name


def _fetched(
    finding: ManagerFinding, distributions: tuple[LockedDistribution, ...]
) -> tuple[Fetched, ...]:
    """Return what production takes from version control; a wish that a stale lock lacks will be in the next lock."""
    known = {entry.name for entry in finding.lock.distributions} if finding.lock else set()
    found = {
        Fetched(name=entry.name, reference=entry.reference)
        for entry in distributions
        if entry.source is SourceKind.GIT
    }
    found |= {
        Fetched(name=wish.name, reference=wish.reference)
        for wish in finding.manifest.requirements
        if wish.source is SourceKind.GIT
        and (not distributions or (wish.group == MAIN and wish.name not in known))
    }
    return tuple(sorted(found, key=lambda one: (one.name, one.reference)))


def _trigger(trigger: Trigger, family: str, needed_by: str) -> tuple[Need, ...]:
    names = trigger.family(family)
    build = _as_needs(names.build, BUILD, needed_by, trigger.because)
    return (*build, *_as_needs(names.loaded, RUNTIME, needed_by, trigger.because))


def _compiled(arrival: Arrival, part: NativePackage, family: str) -> list[Need]:
    why = f"{arrival.name} is compiled: {arrival.because}"
    needs = _compilers(part.compilers, arrival.name, why, family)
    return [*needs, *_as_needs(part.family(family).build, BUILD, arrival.name, why)]


def _unknown(arrival: Arrival, family: str) -> tuple[Need, ...]:
    if not arrival.compiled:
        return ()
    why = f"{arrival.name} is compiled: {arrival.because}"
    return tuple(_compilers(UNKNOWN_COMPILERS, arrival.name, why, family))


def _compilers(names: tuple[str, ...], needed_by: str, why: str, family: str) -> list[Need]:
    needs: list[Need] = []
    for name in names:
        packages = compiler(name, family)
        needs += _as_needs(packages.build, BUILD, needed_by, why)
        needs += _as_needs(
            packages.linked, RUNTIME, needed_by, f"the runtime library of {name}, for {needed_by}"
        )
    return needs


def _as_needs(names: tuple[str, ...], stage: str, needed_by: str, because: str) -> list[Need]:
    return [Need(package=name, stage=stage, needed_by=needed_by, because=because) for name in names]
