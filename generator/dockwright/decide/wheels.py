"""What the locked distributions bring for the image: a wheel, something pure, only a source, or nothing at all."""

from collections.abc import Mapping

from dockwright.decide.first_wheels import first_wheel
from dockwright.decide.kinds import fits, kind_of, kind_without_wheels, names_of
from dockwright.decide.learned_wheels import kind_with_learned, learned_kind
from dockwright.decide.markers import Target, marker_holds
from dockwright.decide.tags import MACHINES, Libc, wheel_tags
from dockwright.model.dependencies import MAIN, LockedDistribution, ManagerFinding, SourceKind
from dockwright.model.plan import WheelFact
from dockwright.model.record import replace

PLATFORMS = ("linux/amd64", "linux/arm64")
NO_BINARY = "the project forbids its wheel (no-binary)"


def production_distributions(
    finding: ManagerFinding,
    groups: tuple[str, ...] = (),
    extras: tuple[str, ...] = (),
    python: str = "",
    platforms: tuple[str, ...] = PLATFORMS,
) -> tuple[LockedDistribution, ...]:
    """Return what a production image installs: group "main", `groups` and `extras`, in the lock's order.

    With `python` ("3.13" or "3.13.2") only what its marker lets in on at least one of `platforms`; () without a lock.
    """
    if finding.lock is None:
        return ()
    wanted = {MAIN, *groups, *(f"extra:{extra}" for extra in extras)}
    chosen = (
        dist
        for dist in finding.lock.distributions
        if not dist.groups or not wanted.isdisjoint(dist.groups)
    )
    if not python:
        return tuple(chosen)
    targets = [Target(version=python, machine=machine_of(platform)) for platform in platforms]
    return tuple(
        dist
        for dist in chosen
        if any(marker_holds(dist.marker, target, extras) for target in targets)
    )


def wheel_facts(
    distributions: tuple[LockedDistribution, ...],
    python: str,
    platforms: tuple[str, ...],
    libc: Libc,
    *,
    extras: tuple[str, ...] = (),
    learned: tuple[tuple[str, str], ...] = (),
    no_binary: tuple[str, ...] = (),
) -> tuple[WheelFact, ...]:
    """Return one fact per distribution and platform on which its marker holds, sorted by name and platform.

    `learned` is the setting `wheels`: it speaks where the lock holds only hashes. `no_binary` names what the owner builds
    from source though there are wheels.
    """
    known = dict(learned)
    facts = [
        as_owner_wants(
            _fact(
                dist, Target(version=python, machine=machine_of(platform)), platform, libc, known
            ),
            no_binary,
        )
        for dist in distributions
        for platform in platforms
        if marker_holds(dist.marker, Target(version=python, machine=machine_of(platform)), extras)
    ]
    return tuple(sorted(facts, key=lambda fact: (fact.name, fact.version, fact.platform)))


def compiled_names(facts: tuple[WheelFact, ...]) -> tuple[str, ...]:
    """Return the sorted names of what must be built from source on at least one platform."""
    return tuple(sorted({fact.name for fact in facts if fact.kind == "sdist"}))


def machine_of(platform: str) -> str:
    """Return the machine of Docker's "linux/arm64"; a name that is not known is returned without its "linux/"."""
    return MACHINES.get(platform, platform.removeprefix("linux/"))


def _fact(
    dist: LockedDistribution, target: Target, platform: str, libc: Libc, known: Mapping[str, str]
) -> WheelFact:
    kind = kind_with_learned(dist, target, libc, known)
    learned = kind != kind_of(dist, target, libc)
    because = (
        _learned_because(dist, target, known) if learned else _because(dist, kind, target, libc)
    )
    return WheelFact(
        name=dist.name,
        version=dist.version,
        platform=platform,
        kind=kind,
        because=because,
        origin=dist.origin,
    )


def _learned_because(dist: LockedDistribution, target: Target, known: Mapping[str, str]) -> str:
    first = first_wheel(dist.name, target.minor)
    told = dist.name in known and learned_kind(known[dist.name], dist.version, target.minor)
    return (
        "the setting `wheels` says so"
        if told
        else f"{first} is the first with a wheel for CPython {target.minor}"
    )


def as_owner_wants(fact: WheelFact, no_binary: tuple[str, ...]) -> WheelFact:
    """Return `fact`, or that its source is built where the owner forbids the wheel."""
    kind = kind_without_wheels(fact.kind, fact.name, no_binary)
    return fact if kind == fact.kind else replace(fact, kind=kind, because=NO_BINARY)


def _because(dist: LockedDistribution, kind: str, target: Target, libc: Libc) -> str:
    place = f"CPython {target.minor} on {target.machine} with {libc[0]} {libc[1]}.{libc[2]}"
    match kind:
        case "wheel" | "pure":
            return ""
        case "none" if dist.requires_python and not fits(dist.requires_python, target.full_version):
            return f"it requires Python {dist.requires_python}"
        case "sdist":
            return f"no wheel for {place}{_instead(dist)}"
        case "none":
            return f"neither a wheel for {place} nor a source{_instead(dist)}"
        case _ if dist.source is SourceKind.GIT:
            return "it is built from git: only its build can tell whether it compiles anything"
        case _ if dist.source is SourceKind.PATH:
            return "it is built from the project's own files"
        case _:
            return "the lock holds only hashes: `--online` asks the index for the files behind them"


def _instead(dist: LockedDistribution) -> str:
    """Name the interpreters for which there are wheels, so that the way out can be seen."""
    tags = [wheel_tags(name) for name in names_of(dist)]
    found = sorted(
        {name for tag in tags if tag for name in tag.interpreters},
        key=lambda name: (len(name), name),
    )
    return f"; wheels exist for {', '.join(found[-6:])}" if found else ""
