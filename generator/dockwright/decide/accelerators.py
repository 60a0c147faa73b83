"""CPU or GPU: what the locked wheels say, what that adds to the image, and how to do without."""

from collections.abc import Iterable, Mapping
from typing import Any

from dockwright.decide.knowledge import load_table
from dockwright.decide.wheels import Libc, Target, accepts, target_on
from dockwright.model.dependencies import LockedDistribution
from dockwright.model.origin import Notice


def opens_cuda_of_the_system(distributions: tuple[LockedDistribution, ...]) -> str:
    """Return the first distribution that only works where the image itself has CUDA, or ""."""
    for dist, row in _rows(distributions):
        if _lacks_cuda(row, distributions):
            return dist.name
    return ""


def accelerator_notices(
    distributions: tuple[LockedDistribution, ...],
    python: str,
    platforms: tuple[str, ...],
    libc: Libc,
) -> tuple[Notice, ...]:
    """Return how much CUDA adds to the image, what leaves it out, and what is missing for it.

    `python` is X.Y.
    """
    found = []
    for dist, row in _rows(distributions):
        prefixes = tuple(row["libraries"])
        libraries = [other for other in distributions if other.name.startswith(prefixes)]
        because = _built_for_cuda(dist, row, libraries)
        if _lacks_cuda(row, distributions):
            found.append(_cuda_of_the_image(dist.name, row))
        elif because:
            targets = [target_on(platform, python, libc) for platform in platforms]
            size = max(_download((dist, *libraries), target) for target in targets)
            found.append(_cuda_adds(dist, row, because, size // 1_000_000))
        elif not libraries and "linux/amd64" in platforms and _is_plain(dist, row):
            found.append(_cuda_not_locked(dist, row))
    return tuple(found)


def _rows(
    distributions: tuple[LockedDistribution, ...],
) -> list[tuple[LockedDistribution, Mapping[str, Any]]]:
    """Return the distributions that accelerators.toml knows, each with its row."""
    table = load_table("accelerators")
    return [(dist, table[dist.name]) for dist in distributions if dist.name in table]


def _lacks_cuda(row: Mapping[str, Any], distributions: tuple[LockedDistribution, ...]) -> bool:
    locked = all(
        any(other.name.startswith(prefix) for other in distributions)
        for prefix in row.get("needs", ())
    )
    return not row["bundles"] and not locked


def _built_for_cuda(
    dist: LockedDistribution, row: Mapping[str, Any], libraries: list[LockedDistribution]
) -> str:
    """Return what says that this build is for a GPU, "" where it is for the CPU."""
    # The local version says it best (2.8.0+cu128), then the index, then what is locked beside it.
    local = dist.version.partition("+")[2]
    if local and local.startswith(tuple(row.get("gpu_local", ()))):
        return f"its version is {dist.version}"
    of_cpu = dist.index.rstrip("/") == row.get("cpu_index", "none")
    if of_cpu or (local and local == row.get("cpu_local")):
        return ""
    if libraries:
        return f"{libraries[0].name} is locked beside it"
    return "" if row["bundles"] else "it is built for CUDA"


def _is_plain(dist: LockedDistribution, row: Mapping[str, Any]) -> bool:
    # On x86-64 the wheels of torch on PyPI are built for CUDA since version 2.
    major = dist.version.partition(".")[0]
    of_pypi = "+" not in dist.version and (not dist.index or "pypi.org" in dist.index)
    return bool(row.get("plain_is_gpu")) and of_pypi and major.isdecimal() and int(major) >= 2


def _download(distributions: Iterable[LockedDistribution], target: Target) -> int:
    """Return the bytes of the wheels that the target takes, as far as the lock says them."""
    return sum(
        next((file.size or 0 for file in dist.files if accepts(file.name, target)), 0)
        for dist in distributions
    )


def _cuda_adds(
    dist: LockedDistribution, row: Mapping[str, Any], because: str, megabytes: int
) -> Notice:
    downloads = f"{megabytes} MB of downloads" if megabytes else "some gigabytes"
    return Notice(
        code="gpu-libraries",
        text=f"{dist.name} {dist.version} is built for CUDA ({because}): it adds {downloads} to "
        "the image with its libraries, and about twice that unpacked.",
        remedy=_for_cpu(row),
    )


def _cuda_not_locked(dist: LockedDistribution, row: Mapping[str, Any]) -> Notice:
    return Notice(
        code="cuda-libraries-not-locked",
        text=f"The wheel of {dist.name} {dist.version} for x86-64 is built for CUDA, but the lock "
        "holds none of its libraries (it was made on a machine that does not need them): "
        "it will not import.",
        remedy=f"Lock again on Linux. {_for_cpu(row)}",
    )


def _cuda_of_the_image(name: str, row: Mapping[str, Any]) -> Notice:
    return Notice(
        code="cuda-from-the-image",
        text=f"{name} opens CUDA libraries that neither its wheel nor the lock brings, "
        "so the image must have them.",
        remedy=f"Depend on {name}[{row['complete_with']}], which locks them, or set `base` to an "
        f"nvidia/cuda image. {_for_cpu(row)}".rstrip(),
    )


def _for_cpu(row: Mapping[str, Any]) -> str:
    """Return the way to a build without CUDA, "" where there is none."""
    if row.get("cpu_instead"):
        return f"Where it runs on the CPU only, depend on {row['cpu_instead']} instead."
    if not row.get("cpu_index"):
        return ""
    members = ", ".join(row["members"])
    return (
        f"Where it runs on the CPU only, take {members} from the index {row['cpu_index']} and "
        "lock again."
    )
