"""What one distribution is for one target: a wheel, something pure, only a source, or nothing at all."""

from functools import cache

from dockwright.decide.knowledge.native_packages import native_package
from dockwright.decide.markers import Target
from dockwright.decide.tags import Libc, accepts, wheel_tags
from dockwright.model.dependencies import LockedDistribution, SourceKind

_SOURCE_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.zst")


def kind_of(dist: LockedDistribution, target: Target, libc: Libc) -> str:
    """Return "wheel", "pure", "sdist", "none" (nothing there installs) or "unknown" (only hashes, or built from git or a path)."""
    if dist.requires_python and not fits(dist.requires_python, target.full_version):
        return "none"
    if dist.source in (SourceKind.GIT, SourceKind.PATH):
        return "unknown"
    return _kind_of_files(names_of(dist), target.minor, libc, target.machine)


def kind_without_wheels(kind: str, name: str, no_binary: tuple[str, ...]) -> str:
    """Return the kind where the owner wants the sources of `no_binary` (":all:" for every one), and not their wheels.

    A pure wheel stays one: built here, it needs nothing either. Of ":all:" and a lock that holds only hashes, what the table
    knows a compiler for is built; the rest stays "unknown", as most of what exists is pure.
    """
    if name in no_binary:
        return "sdist" if kind in ("wheel", "unknown") else kind
    if ":all:" not in no_binary:
        return kind
    row = native_package(name)
    return (
        "sdist"
        if kind == "wheel" or (kind == "unknown" and row is not None and row.compilers)
        else kind
    )


def names_of(dist: LockedDistribution) -> tuple[str, ...]:
    """Return the names of its files; of a URL, the last part of it."""
    if dist.files or dist.source is not SourceKind.URL:
        return tuple(file.name for file in dist.files)
    tail = dist.reference.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2]
    return (tail,) if tail else ()


def _kind_of_files(names: tuple[str, ...], minor: str, libc: Libc, machine: str) -> str:
    if not names:
        return "unknown"
    kinds = set()
    for name in names:
        tags = wheel_tags(name)
        if tags is not None:
            kinds.add(accepts(tags, minor, libc, machine))
        elif name.endswith(_SOURCE_ENDINGS):
            kinds.add("sdist")
    return next((kind for kind in ("wheel", "pure", "sdist") if kind in kinds), "none")


@cache
def fits(requires_python: str, version: str) -> bool:
    """Whether a distribution's `requires_python` lets `version` in."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(requires_python).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True  # a malformed range of a published distribution stops no installer
