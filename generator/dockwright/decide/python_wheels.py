"""What the lock's wheels say against a release of Python."""

from functools import cached_property

from dockwright.decide.first_wheels import older_than_wheels
from dockwright.decide.learned_wheels import kind_with_learned
from dockwright.decide.markers import Target, marker_holds
from dockwright.decide.tags import Libc
from dockwright.decide.wheels import machine_of
from dockwright.model.dependencies import LockedDistribution, SourceKind
from dockwright.model.record import field, record, row

_BADNESS = {"wheel": 0, "pure": 0, "unknown": 0, "sdist": 1, "none": 2}


@record
class Obstacle:
    """A distribution that one release cannot have as a wheel on one platform: `kind` is "sdist" or "none"."""

    name: str
    platform: str
    kind: str


@row
class Wheels:
    """The distributions that production installs, the platforms they are installed on, and what was once learned."""

    distributions: tuple[LockedDistribution, ...]
    libc: Libc
    platforms: tuple[str, ...]
    extras: tuple[str, ...] = ()
    learned: tuple[tuple[str, str], ...] = ()
    _seen: dict[tuple[str, str, str], int] = field(default_factory=dict, repr=False)

    @property
    def named_by_lock(self) -> bool:
        """Whether the lock itself names the files of anything."""
        return any(not file.learned for dist in self.distributions for file in dist.files)

    @property
    def known(self) -> bool:
        """Whether anything is known of the files, from the lock, from the index or from the settings."""
        return bool(self.learned) or any(dist.files for dist in self.distributions)

    def tell_against(self, minors: tuple[str, ...]) -> bool:
        """Whether a version is older than the wheels for one of `minors`, where no files are named."""
        plain = [
            dist
            for dist in self.distributions
            if not dist.files and dist.source is SourceKind.REGISTRY
        ]
        return any(
            older_than_wheels(dist.name, dist.version, minor) for dist in plain for minor in minors
        )

    @cached_property
    def _learned(self) -> dict[str, str]:
        return dict(self.learned)

    @cached_property
    def _by_name(self) -> dict[str, tuple[LockedDistribution, ...]]:
        by_name: dict[str, tuple[LockedDistribution, ...]] = {}
        for dist in self.distributions:
            by_name[dist.name] = (*by_name.get(dist.name, ()), dist)
        return by_name

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the lock's order."""
        return tuple(self._by_name)

    def badness(self, name: str, version: str, platform: str) -> int:
        """Return 0 if `name` installs without a compiler there (or is not needed), 1 if it is built, 2 if it cannot be installed."""
        key = (name, version, platform)
        if key not in self._seen:
            target = Target(version=version, machine=machine_of(platform))
            kinds = (
                kind_with_learned(dist, target, self.libc, self._learned)
                for dist in self._by_name[name]
                if marker_holds(dist.marker, target, self.extras)
            )
            self._seen[key] = max((_BADNESS[kind] for kind in kinds), default=0)
        return self._seen[key]


def obstacles(wheels: Wheels, version: str, others: tuple[str, ...]) -> tuple[Obstacle, ...]:
    """Return what is worse under `version` than under the best of `others`, in the lock's order.

    What must be compiled everywhere is no argument against any release, and is not returned.
    """
    return tuple(
        Obstacle(
            name=name, platform=platform, kind="none" if badness == _BADNESS["none"] else "sdist"
        )
        for name in wheels.names
        for platform in wheels.platforms
        if (badness := wheels.badness(name, version, platform))
        and any(wheels.badness(name, other, platform) < badness for other in others)
    )
