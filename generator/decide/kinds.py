"""What one distribution is for one target: a wheel, something pure, only a source, or nothing at all."""

from functools import cache

from generator.decide.markers import Target
from generator.decide.tags import Libc, accepts, wheel_tags
from generator.model.dependencies import LockedDistribution, SourceKind

_SOURCE_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.zst")


def kind_of(dist: LockedDistribution, target: Target, libc: Libc) -> str:
    """Return "wheel", "pure", "sdist", "none" (nothing there installs) or "unknown" (only hashes, or built from git or a path)."""
    if dist.requires_python and not fits(dist.requires_python, target.full_version):
        return "none"
    if dist.source in (SourceKind.GIT, SourceKind.PATH):
        return "unknown"
    return _kind_of_files(names_of(dist), target.minor, libc, target.machine)


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
