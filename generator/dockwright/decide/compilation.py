"""How each locked distribution gets into the image: the lock's files first, the curated table where it holds only hashes."""

from functools import cache

from dockwright.decide.knowledge.load import load_table
from dockwright.decide.knowledge.native_packages import NativePackage, native_package
from dockwright.decide.wheels import machine_of
from dockwright.model.dependencies import LockedDistribution, SourceKind
from dockwright.model.plan import WheelFact
from dockwright.model.record import record

WHEEL, PURE, SOURCE, COMPILED, NONE = "wheel", "pure", "source", "compiled", "none"


@record
class Arrival:
    """One distribution on its way into the image.

    `row` is what the table knows of this version (None: nothing), `compiled_on` and `missing_on` the platforms on which it is
    built from source or cannot be had at all, `source_on` those on which its source is installed, compiled or not, `from_table` whether the table spoke because the lock does not name its files.
    """

    distribution: LockedDistribution
    row: NativePackage | None
    compiled_on: tuple[str, ...] = ()
    missing_on: tuple[str, ...] = ()
    source_on: tuple[str, ...] = ()
    from_table: bool = False
    because: str = ""

    @property
    def from_source(self) -> bool:
        """Whether its source is installed on at least one platform, compiled or not: no wheel brings its libraries then."""
        return bool(self.source_on)

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.distribution.name

    @property
    def compiled(self) -> bool:
        """Whether something is compiled on at least one platform."""
        return bool(self.compiled_on)


def arrivals(
    distributions: tuple[LockedDistribution, ...],
    facts: tuple[WheelFact, ...],
    python: str,
    libc_kind: str,
) -> tuple[Arrival, ...]:
    """Return one arrival per distribution that has a fact, in the lock's order; `python` is X.Y, `libc_kind` glibc or musl."""
    by_key: dict[tuple[str, str], list[WheelFact]] = {}
    for fact in facts:
        by_key.setdefault((fact.name, fact.version), []).append(fact)
    return tuple(
        _arrival(dist, by_key[dist.name, dist.version], python, libc_kind)
        for dist in distributions
        if (dist.name, dist.version) in by_key
    )


@cache
def pure_sdists() -> frozenset[str]:
    """Return the distributions whose source holds nothing to compile."""
    return frozenset(load_table("pure-sdists")["names"])


def _arrival(
    dist: LockedDistribution, facts: list[WheelFact], python: str, libc_kind: str
) -> Arrival:
    row = native_package(dist.name)
    row = row.at(dist.version) if row and dist.version else row
    ways = {fact.platform: _way(dist, row, fact, python, libc_kind) for fact in facts}
    compiled = tuple(sorted(platform for platform, way in ways.items() if way == COMPILED))
    return Arrival(
        distribution=dist,
        row=row,
        compiled_on=compiled,
        source_on=tuple(
            sorted(platform for platform, way in ways.items() if way in (SOURCE, COMPILED))
        ),
        missing_on=tuple(sorted(platform for platform, way in ways.items() if way == NONE)),
        from_table=any(fact.kind == "unknown" for fact in facts),
        because=_because(dist, facts, compiled, row),
    )


def _way(
    dist: LockedDistribution,
    row: NativePackage | None,
    fact: WheelFact,
    python: str,
    libc_kind: str,
) -> str:
    match fact.kind:
        case "wheel" | "pure" | "none":
            return fact.kind
        case "sdist":
            pure = dist.name in pure_sdists() or (row is not None and not row.compilers)
            return SOURCE if pure else COMPILED
        case _ if row is None or not row.compilers:
            return PURE  # nothing speaks for a compiler, and most of what exists needs none
        case _ if dist.source in (SourceKind.GIT, SourceKind.PATH):
            return COMPILED
        case _:
            return _way_of_table(row, fact.platform, python, libc_kind)


def _way_of_table(row: NativePackage, platform: str, python: str, libc_kind: str) -> str:
    if {libc_kind, f"{libc_kind}-{machine_of(platform)}"} & set(row.wheels) and _python_has_wheels(
        row, python
    ):
        return WHEEL
    return PURE if "pure" in row.wheels else COMPILED


def _python_has_wheels(row: NativePackage, python: str) -> bool:
    if not row.wheels_python:
        return True
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(row.wheels_python).contains(python, prereleases=True)


def _because(
    dist: LockedDistribution,
    facts: list[WheelFact],
    compiled: tuple[str, ...],
    row: NativePackage | None,
) -> str:
    if not compiled:
        return ""
    fact = next(fact for fact in facts if fact.platform == compiled[0])
    if fact.kind == "sdist":
        return fact.because
    if dist.source in (SourceKind.GIT, SourceKind.PATH):
        return f"it comes from {dist.source.value}, so it is built from source"
    source_only = row is not None and not row.wheels
    return (
        "the index has only its source"
        if source_only
        else f"the index has no wheel for {compiled[0]} with this libc"
    )
