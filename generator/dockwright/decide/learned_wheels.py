"""The setting `wheels`: what was once learned about distributions whose lock holds only hashes.

A value is clauses of a kind and the Pythons for which it is true: "sdist", "2.9.9: sdist",
"4.4.5: wheel 3.11 3.12 3.13 3.14; sdist 3.15". With a version in front it is true for that version alone.
"""

from collections.abc import Mapping

from dockwright.decide.first_wheels import older_than_wheels
from dockwright.decide.kinds import kind_of
from dockwright.decide.markers import Target, marker_holds
from dockwright.decide.python_releases import numbers, releases
from dockwright.decide.tags import MACHINES, Libc
from dockwright.model.dependencies import LockedDistribution, SourceKind

KINDS = ("wheel", "pure", "sdist", "none")


def learned_kind(value: str, version: str, python_minor: str) -> str:
    """Return the kind that `value` gives for `version` under `python_minor`, "" if it says nothing about them."""
    about, colon, clauses = value.rpartition(":")
    if colon and about.strip() != version:
        return ""
    for clause in clauses.split(";"):
        kind, *pythons = clause.split() or [""]
        if kind in KINDS and (not pythons or python_minor in pythons):
            return kind
    return ""


def learned_value(version: str, kinds: Mapping[str, str]) -> str:
    """Return the setting's value for a distribution of which `kinds` says, per X.Y, what it is."""
    by_kind: dict[str, list[str]] = {}
    for python, kind in kinds.items():
        by_kind.setdefault(kind, []).append(python)
    clauses = [" ".join((kind, *by_kind[kind])) for kind in KINDS if kind in by_kind]
    return f"{version}: {'; '.join(clauses)}"


def kind_with_learned(
    dist: LockedDistribution, target: Target, libc: Libc, learned: Mapping[str, str]
) -> str:
    """Return the kind of `dist` as the lock tells it.

    Where the lock names no files, as `learned` (by name) tells it, else as its version does: one that is older than every wheel is built.
    """
    kind = kind_of(dist, target, libc)
    if kind != "unknown":
        return kind
    told = (
        learned_kind(learned[dist.name], dist.version, target.minor) if dist.name in learned else ""
    )
    if told or dist.source is not SourceKind.REGISTRY:
        return told or kind
    return "sdist" if older_than_wheels(dist.name, dist.version, target.minor) else kind


def what_was_learned(
    distributions: tuple[LockedDistribution, ...], platforms: tuple[str, ...], libc: Libc
) -> tuple[tuple[str, str], ...]:
    """Return the entries of the setting `wheels` for what an index told: name -> value, sorted by name.

    What installs everywhere without a compiler and without being built for a platform is left out: nothing is decided by
    it. Each X.Y from the oldest supported one on is judged, so the Python can be changed later without the network.
    """
    told = (dist for dist in distributions if any(file.learned for file in dist.files))
    found = {dist.name: _learned_of(dist, platforms, libc) for dist in told}
    return tuple(sorted((name, value) for name, value in found.items() if value))


def _learned_of(dist: LockedDistribution, platforms: tuple[str, ...], libc: Libc) -> str:
    minors = sorted((release.version for release in releases() if release.supported), key=numbers)
    kinds = {minor: _worst(dist, minor, platforms, libc) for minor in minors}
    return "" if set(kinds.values()) <= {"pure"} else learned_value(dist.version, kinds)


def _worst(dist: LockedDistribution, minor: str, platforms: tuple[str, ...], libc: Libc) -> str:
    """Return the kind on the platform where it is the hardest to install."""
    targets = [Target(version=minor, machine=MACHINES.get(name, name)) for name in platforms]
    kinds = [kind_of(dist, target, libc) for target in targets if marker_holds(dist.marker, target)]
    order = ("pure", "wheel", "sdist", "none")
    return max((kind for kind in kinds if kind in order), key=order.index, default="pure")
