"""Environment markers, evaluated for the image and not for this machine."""

from collections.abc import Set as AbstractSet
from functools import cache
from typing import TYPE_CHECKING

from dockwright.decide.python_releases import minor_of, release_of
from dockwright.model.record import record

if TYPE_CHECKING:
    from packaging.markers import Marker


@record
class Target:
    """Where something will be installed: `version` "3.13" or "3.13.2", `machine` as `platform.machine()` says it there."""

    version: str
    machine: str

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


@cache
def marker_holds(marker: str, target: Target, extras: tuple[str, ...] = ()) -> bool:
    """Whether `marker` ("" always does) holds on `target` with any of `extras`, or with none.

    A marker that cannot be read holds: what is installed needlessly does less harm than what is missing.
    """
    if not marker:
        return True
    parsed = _parsed(marker)
    return parsed is None or any(
        _evaluate(parsed, target, extra, extras) for extra in ("", *extras)
    )


def _evaluate(marker: "Marker", target: Target, extra: str, extras: tuple[str, ...]) -> bool:
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    variables: dict[str, str | AbstractSet[str]] = {
        "extra": extra,
        "extras": frozenset(extras),
        "dependency_groups": frozenset[str](),
    }
    try:
        return marker.evaluate(variables | _environment(target), context="lock_file")
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True


@cache
def _parsed(marker: str) -> "Marker | None":
    from packaging.markers import InvalidMarker, Marker

    try:
        return Marker(marker)
    except InvalidMarker:
        return None


@cache
def _environment(target: Target) -> dict[str, str]:
    full = target.full_version
    return {
        "implementation_name": "cpython",
        "implementation_version": full,
        "os_name": "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": full,
        "python_version": target.minor,
        "sys_platform": "linux",
    }
