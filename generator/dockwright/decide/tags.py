"""Which wheels an interpreter in an image accepts, worked out without looking at this machine.

The same answer as `packaging.tags.sys_tags()` inside the image, as plain strings: a lock of three hundred distributions is
compared with ten targets, and objects would cost more than the comparison.
"""

from functools import cache

from dockwright.model.record import record

Libc = tuple[str, int, int]
"""("glibc", 2, 41) or ("musl", 1, 2)."""

MACHINES = {
    "linux/amd64": "x86_64",
    "linux/arm64": "aarch64",
    "linux/arm/v7": "armv7l",
    "linux/386": "i686",
    "linux/ppc64le": "ppc64le",
    "linux/s390x": "s390x",
    "linux/riscv64": "riscv64",
}
"""Docker's name of a platform -> `platform.machine()` in a container of it."""

_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_OLD_GLIBC = 5
_OLDEST_GLIBC = 17


@record
class WheelTags:
    """The tag triples that a wheel's name holds: every combination of the three."""

    interpreters: tuple[str, ...]
    abis: tuple[str, ...]
    platforms: tuple[str, ...]


@cache
def target_tags(python_minor: str, libc: Libc, machine: str) -> frozenset[str]:
    """Return all tags ("cp313-cp313-manylinux_2_17_x86_64") that CPython `python_minor` accepts on `machine` with `libc`."""
    platforms = _platforms(libc, machine)
    native = {
        f"{interpreter}-{abi}-{platform}"
        for interpreter, abi in _native(python_minor)
        for platform in platforms
    }
    return frozenset(
        native | {f"{interpreter}-{abi}-any" for interpreter, abi in _anywhere(python_minor)}
    )


def accepts(wheel: WheelTags, python_minor: str, libc: Libc, machine: str) -> str:
    """Return "wheel" if the target takes this wheel, "pure" if it takes it because it is for any platform, else ""."""
    native = not _platforms(libc, machine).isdisjoint(wheel.platforms)
    if native and _any_pair(wheel, _native(python_minor)):
        return "wheel"
    return "pure" if "any" in wheel.platforms and _any_pair(wheel, _anywhere(python_minor)) else ""


@cache
def wheel_tags(filename: str) -> WheelTags | None:
    """Return the tags in a wheel's file name, None if it is not a wheel or its name is not in the form of a wheel's."""
    if not filename.endswith(".whl"):
        return None
    parts = filename.removesuffix(".whl").lower().split("-")
    if len(parts) not in (5, 6):
        return None
    interpreters, abis, platforms = (tuple(part.split(".")) for part in parts[-3:])
    return WheelTags(interpreters=interpreters, abis=abis, platforms=platforms)


def _any_pair(wheel: WheelTags, pairs: frozenset[tuple[str, str]]) -> bool:
    return any(
        (interpreter, abi) in pairs for interpreter in wheel.interpreters for abi in wheel.abis
    )


@cache
def _native(python_minor: str) -> frozenset[tuple[str, str]]:
    """Return (interpreter, abi) of wheels that are bound to a platform: the own ABI, the stable one, none."""
    major, minor = _numbers(python_minor)
    own = f"cp{major}{minor}"
    own_abi = own + ("m" if (major, minor) < (3, 8) else "")
    stable = {(f"cp{major}{older}", "abi3") for older in range(2, minor + 1)}
    return frozenset(
        {(own, own_abi), (own, "none")}
        | stable
        | {(name, "none") for name in _generic(major, minor)}
    )


@cache
def _anywhere(python_minor: str) -> frozenset[tuple[str, str]]:
    major, minor = _numbers(python_minor)
    return frozenset(
        {(f"cp{major}{minor}", "none")} | {(name, "none") for name in _generic(major, minor)}
    )


def _generic(major: int, minor: int) -> set[str]:
    return {f"py{major}"} | {f"py{major}{older}" for older in range(minor + 1)}


@cache
def _platforms(libc: Libc, machine: str) -> frozenset[str]:
    kind, major, minor = libc
    if kind == "musl":
        return frozenset(
            {f"linux_{machine}"}
            | {f"musllinux_{major}_{older}_{machine}" for older in range(minor + 1)}
        )
    intel = machine in ("x86_64", "i686")
    oldest = _OLD_GLIBC if intel else _OLDEST_GLIBC
    names = {f"linux_{machine}"}
    for older in range(oldest, minor + 1):
        names.add(f"manylinux_{major}_{older}_{machine}")
        if older in _LEGACY:
            names.add(f"{_LEGACY[older]}_{machine}")
    return frozenset(names)


def _numbers(python_minor: str) -> tuple[int, int]:
    major, minor = python_minor.split(".")[:2]
    return int(major), int(minor)
