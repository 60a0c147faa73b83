"""How each locked distribution arrives in the image: as a wheel, pure, from its source, or not.

Everything is judged for the image, never for this machine: its Python, machine and C library.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, parse_tag

from dockwright.decide.knowledge import load_table
from dockwright.decide.knowledge.native_packages import NativePackage, native_package
from dockwright.decide.knowledge.python_releases import minor_of, numbers, release_of, releases
from dockwright.model.dependencies import LockedDistribution, SourceKind
from dockwright.model.plan import WheelFact
from dockwright.model.record import record

# Kind, major and minor version: glibc 2.41, musl 1.2.
Libc = tuple[str, int, int]
# That of the default image, for what is asked before an image is chosen.
GLIBC: Libc = ("glibc", 2, 41)
PLATFORMS = ("linux/amd64", "linux/arm64")
# Docker's name of a platform -> `platform.machine()` in a container of it.
MACHINES = {
    "linux/amd64": "x86_64",
    "linux/arm64": "aarch64",
    "linux/arm/v7": "armv7l",
    "linux/386": "i686",
    "linux/ppc64le": "ppc64le",
    "linux/s390x": "s390x",
    "linux/riscv64": "riscv64",
}

NO_BINARY = "the project forbids its wheel (no-binary)"
# In the order in which the setting `wheels` names them.
_KINDS = ("wheel", "pure", "sdist", "none")
# The platform tags from before PEP 600, by the minor version of the glibc that they stand for.
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_HASHES = "the lock holds only hashes: `--online` asks the index for the files behind them"
_UNKNOWN = {
    SourceKind.GIT: "it is built from git: only its build can tell whether it compiles anything",
    SourceKind.PATH: "it is built from the project's own files",
}
_SOURCE_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.zst")


@record
class Target:
    """What is installed into: `version` is "3.13" or "3.13.2"; of `machine`, see MACHINES."""

    version: str
    machine: str
    libc: Libc = GLIBC

    @property
    def minor(self) -> str:
        """The X.Y."""
        return minor_of(self.version)

    @property
    def full_version(self) -> str:
        """X.Y.Z: the newest patch known where only X.Y is settled."""
        if self.version.count(".") == 2:
            return self.version
        release = release_of(self.version)
        return release.newest if release else f"{self.version}.0"


def target_on(platform: str, version: str, libc: Libc = GLIBC) -> Target:
    """Return the target for Docker's `platform`; an unknown one loses its "linux/" only."""
    machine = MACHINES.get(platform, platform.removeprefix("linux/"))
    return Target(version=version, machine=machine, libc=libc)


# A lock of hundreds of distributions repeats the same few markers and tags.
_parsed_marker = cache(Marker)
_parsed_tags = cache(parse_tag)


@cache
def marker_holds(marker: str, target: Target, extras: tuple[str, ...] = ()) -> bool:
    """Whether `marker` ("" always does) holds on `target` with any of `extras`, or with none."""
    environment: dict[str, str | frozenset[str]] = {
        "extras": frozenset(extras),
        "dependency_groups": frozenset(),
        "implementation_name": "cpython",
        "implementation_version": target.full_version,
        "os_name": "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": target.full_version,
        "python_version": target.minor,
        "sys_platform": "linux",
    }
    try:
        return not marker or any(
            _parsed_marker(marker).evaluate({**environment, "extra": extra}, context="lock_file")
            for extra in ("", *extras)
        )
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        # To install too much does less harm than to install too little.
        return True


@cache
def target_tags(minor: str, machine: str, libc: Libc) -> frozenset[Tag]:
    """Return all tags that CPython `minor` (X.Y) accepts on `machine` with `libc`."""
    python = numbers(minor)
    interpreter = f"cp{python[0]}{python[1]}"
    abi = f"{interpreter}m" if python < (3, 8) else interpreter
    platforms = list(_platforms(machine, libc))
    own = cpython_tags(python, abis=[abi], platforms=platforms)
    others = compatible_tags(python, interpreter=interpreter, platforms=platforms)
    return frozenset((*own, *others))


def _platforms(machine: str, libc: Libc) -> Iterator[str]:
    # Worked out here, since packaging tells only those of the machine that it runs on.
    kind, major, minor = libc
    yield f"linux_{machine}"
    if kind == "musl":
        yield from (f"musllinux_{major}_{older}_{machine}" for older in range(minor + 1))
        return
    # manylinux1 and 2010 were defined for Intel alone.
    for older in range(5 if machine in ("x86_64", "i686") else 17, minor + 1):
        yield f"manylinux_{major}_{older}_{machine}"
        if older in _LEGACY:
            yield f"{_LEGACY[older]}_{machine}"


@cache
def wheel_tags(filename: str) -> frozenset[Tag]:
    """Return the tags in a wheel's file name, none where it is not the name of a wheel."""
    parts = filename.removesuffix(".whl").split("-")
    if not filename.endswith(".whl") or len(parts) not in (5, 6):
        return frozenset()
    return _parsed_tags("-".join(parts[-3:]))


def accepts(filename: str, target: Target) -> str:
    """Return "wheel" or "pure" (for any platform) if the target takes this file, else ""."""
    taken = wheel_tags(filename) & target_tags(target.minor, target.machine, target.libc)
    if not taken:
        return ""
    return "pure" if all(tag.platform == "any" for tag in taken) else "wheel"


def judge(
    dist: LockedDistribution, target: Target, learned: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Return "wheel", "pure", "sdist", "none" (nothing there installs) or "unknown", and why.

    Where the lock names no files, `learned` (the setting `wheels`) tells it, else the version: one
    that is older than every wheel is built. What comes from git or a path is "unknown".
    """
    # No installer takes a distribution that refuses the Python, whatever files it has.
    if dist.requires_python and not _fits(dist.requires_python, target.full_version):
        return "none", f"it requires Python {dist.requires_python}"
    files, minor = files_of(dist), target.minor
    if files and dist.source not in (SourceKind.GIT, SourceKind.PATH):
        kinds = {accepts(name, target) for name in files}
        kinds |= {"sdist" for name in files if name.endswith(_SOURCE_ENDINGS)}
        kind = next((kind for kind in ("wheel", "pure", "sdist") if kind in kinds), "none")
        return kind, "" if kind in ("wheel", "pure") else _no_wheel(files, kind, target)
    told = learned_kind((learned or {}).get(dist.name, ""), dist.version, minor)
    if told:
        return told, "the setting `wheels` says so"
    of_index = dist.source is SourceKind.REGISTRY and learned is not None
    if of_index and (first := older_than_wheels(dist.name, dist.version, minor)):
        return "sdist", f"{first} is the first with a wheel for CPython {minor}"
    return "unknown", _UNKNOWN.get(dist.source, _HASHES)


def _no_wheel(files: tuple[str, ...], kind: str, target: Target) -> str:
    libc, major, minor = target.libc
    place = f"CPython {target.minor} on {target.machine} with {libc} {major}.{minor}"
    # The way out: a Python for which there are wheels.
    found = {tag.interpreter for name in files for tag in wheel_tags(name)}
    listed = sorted(found, key=lambda name: (len(name), name))[-6:]
    instead = f"; wheels exist for {', '.join(listed)}" if listed else ""
    nothing = "no wheel" if kind == "sdist" else "neither a source nor a wheel"
    return f"{nothing} for {place}{instead}"


def files_of(dist: LockedDistribution) -> tuple[str, ...]:
    """Return the names of its files; of a URL, the last part of it."""
    if dist.files or dist.source is not SourceKind.URL:
        return tuple(file.name for file in dist.files)
    tail = re.split("[?#]", dist.reference)[0].rstrip("/").rpartition("/")[2]
    return (tail,) if tail else ()


@cache
def _fits(requires_python: str, version: str) -> bool:
    try:
        return SpecifierSet(requires_python).contains(version, prereleases=True)
    except InvalidSpecifier:
        # A malformed range of a published distribution stops no installer.
        return True


def older_than_wheels(name: str, version: str, minor: str) -> str:
    """Return the first version with a wheel for CPython `minor` if `version` is older, else ""."""
    first = str(load_table("first-wheels").get(name, {}).get(minor, ""))
    return first if is_older(version, first) else ""


def too_old_to_run(name: str, version: str, minor: str) -> bool:
    """Whether `version` can be installed on CPython `minor` and then fails there."""
    since, _, first = str(load_table("first-running").get(name, {}).get(minor, "")).rpartition(" ")
    return is_older(version, first) and not is_older(version, since)


def is_older(version: str, first: str) -> bool:
    """Whether a version is older than `first`; not known for "" and for what is no version."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return found is not None and bool(first) and numbers(found[0]) < numbers(first)


def learned_kind(value: str, version: str, minor: str) -> str:
    """Return the kind that a value of the setting `wheels` gives for CPython `minor`, else "".

    A value is kinds with the Pythons for which they are true, after the version that it is about:
    "sdist", "2.9.9: sdist", "4.4.5: wheel 3.11 3.12; sdist 3.15".
    """
    about, colon, clauses = value.rpartition(":")
    if colon and about.strip() != version:
        return ""
    for clause in clauses.split(";"):
        kind, *pythons = clause.split() or [""]
        if kind in _KINDS and (not pythons or minor in pythons):
            return kind
    return ""


def what_was_learned(
    distributions: tuple[LockedDistribution, ...], platforms: tuple[str, ...], libc: Libc
) -> tuple[tuple[str, str], ...]:
    """Return the entries of the setting `wheels`, sorted; what is pure everywhere is left out."""
    # Every supported X.Y, so that the Python can be changed later without the network.
    minors = sorted((release.version for release in releases() if release.supported), key=numbers)
    found = []
    for dist in (one for one in distributions if any(file.learned for file in one.files)):
        by_kind: dict[str, list[str]] = {}
        for minor in minors:
            targets = [target_on(platform, minor, libc) for platform in platforms]
            kinds = {judge(dist, one)[0] for one in targets if marker_holds(dist.marker, one)}
            hardest = next((kind for kind in ("none", "sdist", "wheel") if kind in kinds), "pure")
            by_kind.setdefault(hardest, []).append(minor)
        if set(by_kind) != {"pure"}:
            clauses = (" ".join((kind, *by_kind[kind])) for kind in _KINDS if kind in by_kind)
            found.append((dist.name, f"{dist.version}: {'; '.join(clauses)}"))
    return tuple(sorted(found))


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
    """Return one fact per distribution and platform on which its marker holds, sorted.

    `learned` is the setting `wheels`: it speaks where the lock holds only hashes. `no_binary`
    names what the owner builds from source though there are wheels.
    """
    known = dict(learned)
    facts = []
    for platform in platforms:
        target = target_on(platform, python, libc)
        for dist in distributions:
            if marker_holds(dist.marker, target, extras):
                kind, because = judge(dist, target, known)
                if _is_forbidden(dist.name, kind, no_binary):
                    kind, because = "sdist", NO_BINARY
                fact = WheelFact(
                    name=dist.name,
                    version=dist.version,
                    platform=platform,
                    kind=kind,
                    because=because,
                    origin=dist.origin,
                )
                facts.append(fact)
    return tuple(sorted(facts, key=lambda fact: (fact.name, fact.version, fact.platform)))


def _is_forbidden(name: str, kind: str, no_binary: tuple[str, ...]) -> bool:
    # A pure wheel stays: built here, it needs nothing either. Of ":all:" and a lock with only
    # hashes, what the table knows a compiler for is built; most of the rest is pure.
    if name in no_binary:
        return kind in ("wheel", "unknown")
    row = native_package(name) if ":all:" in no_binary and kind == "unknown" else None
    return (":all:" in no_binary and kind == "wheel") or bool(row and row.compilers)


@record
class Arrival:
    """One distribution on its way into the image.

    `row` is what the table knows of this version (None: nothing). `compiled` and `from_source` (no
    wheel brings its libraries then) say what happens on at least one platform, `missing_on` where
    it cannot be had at all.
    """

    name: str
    distribution: LockedDistribution
    row: NativePackage | None
    compiled: bool = False
    from_source: bool = False
    missing_on: tuple[str, ...] = ()
    because: str = ""


def arrivals(
    distributions: tuple[LockedDistribution, ...],
    facts: tuple[WheelFact, ...],
    python: str,
    libc_kind: str,
) -> tuple[Arrival, ...]:
    """Return one arrival per distribution that has a fact; `libc_kind` is glibc or musl."""
    by_key: dict[tuple[str, str], list[WheelFact]] = {}
    for fact in facts:
        by_key.setdefault((fact.name, fact.version), []).append(fact)
    return tuple(
        _arrival(dist, by_key[dist.name, dist.version], python, libc_kind)
        for dist in distributions
        if (dist.name, dist.version) in by_key
    )


def _arrival(
    dist: LockedDistribution, facts: list[WheelFact], python: str, libc_kind: str
) -> Arrival:
    row = native_package(dist.name)
    row = row.at(dist.version) if row and dist.version else row
    ways = {fact: _way(dist, row, fact, python, libc_kind) for fact in facts}
    compiled = next((fact for fact in facts if ways[fact] == "compiled"), None)
    because = ""
    if compiled and compiled.kind == "sdist":
        because = compiled.because
    elif compiled and dist.source in (SourceKind.GIT, SourceKind.PATH):
        because = f"it comes from {dist.source.value}, so it is built from source"
    elif compiled and row and not row.wheels:
        because = "the index has only its source"
    elif compiled:
        because = f"the index has no wheel for {compiled.platform} with this libc"
    return Arrival(
        name=dist.name,
        distribution=dist,
        row=row,
        compiled=compiled is not None,
        from_source=not {"source", "compiled"}.isdisjoint(ways.values()),
        missing_on=tuple(sorted(fact.platform for fact in facts if ways[fact] == "none")),
        because=because,
    )


def _way(
    dist: LockedDistribution,
    row: NativePackage | None,
    fact: WheelFact,
    python: str,
    libc_kind: str,
) -> str:
    # "wheel" (pure or not), "source" (nothing to compile), "compiled" or "none".
    # The lock's files speak first.
    if fact.kind == "sdist":
        pure = dist.name in load_table("pure-sdists")["names"] or (row and not row.compilers)
        return "source" if pure else "compiled"
    if fact.kind == "none":
        return "none"
    # Only hashes: the table speaks. What it does not know is taken for pure, as most of PyPI is.
    if fact.kind != "unknown" or row is None or not row.compilers:
        return "wheel"
    if dist.source in (SourceKind.GIT, SourceKind.PATH):
        return "compiled"
    machine = target_on(fact.platform, python).machine
    built = {libc_kind, f"{libc_kind}-{machine}"} & set(row.wheels)
    fits = built and (not row.wheels_python or _fits(row.wheels_python, python))
    return "wheel" if fits or "pure" in row.wheels else "compiled"
