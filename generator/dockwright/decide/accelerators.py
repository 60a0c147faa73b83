"""CPU or GPU: what the locked wheels say, what that adds to the image, and how to do without it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from dockwright.decide.accelerator_diff import cpu_diff
from dockwright.decide.knowledge.load import load_table
from dockwright.decide.tags import Libc, accepts, wheel_tags
from dockwright.decide.wheels import machine_of
from dockwright.model.dependencies import LockedDistribution, LockedFile, ManagerFinding
from dockwright.model.origin import Notice
from dockwright.model.record import record

CPU, GPU = "cpu", "gpu"
_MEGABYTE = 1_000_000


@record
class Accelerator:
    """What is known of one framework in the lock.

    `kind` is "cpu" or "gpu", `because` what says so. `libraries` are the distributions that carry CUDA for it, `megabytes`
    their download size and its own on the largest platform (None where the lock has no sizes). `needs_system` is true
    where it opens a CUDA that neither its wheel nor the lock brings, `incomplete` where its wheel for x86-64 is built for CUDA
    and the lock was made where the libraries for that are not needed.
    """

    name: str
    version: str
    kind: str
    because: str
    libraries: tuple[str, ...] = ()
    megabytes: int | None = None
    needs_system: bool = False
    incomplete: bool = False
    complete_with: str = ""
    cpu_instead: str = ""


def find_accelerators(
    distributions: tuple[LockedDistribution, ...],
    python: str,
    platforms: tuple[str, ...],
    libc: Libc,
) -> tuple[Accelerator, ...]:
    """Return one entry per framework of the table that production installs; `python` is X.Y."""
    found = []
    for name, row in _table().items():
        dist = next((dist for dist in distributions if dist.name == name), None)
        if dist is not None:
            found.append(
                _accelerator(
                    dist, row, distributions, [(python, platform, libc) for platform in platforms]
                )
            )
    return tuple(found)


def needs_cuda_base(accelerators: tuple[Accelerator, ...]) -> Accelerator | None:
    """Return the first that only works where the image itself has CUDA, None if none does."""
    return next((entry for entry in accelerators if entry.needs_system), None)


def accelerator_notices(
    accelerators: tuple[Accelerator, ...], finding: ManagerFinding
) -> tuple[Notice, ...]:
    """Return what the owner should know: how much CUDA adds, what would leave it out, and what is missing for it."""
    return tuple(_notices(accelerators, finding))


@cache
def _table() -> dict[str, dict[str, Any]]:
    return load_table("accelerators")


def _accelerator(
    dist: LockedDistribution,
    row: dict[str, Any],
    distributions: tuple[LockedDistribution, ...],
    targets: list[tuple[str, str, Libc]],
) -> Accelerator:
    libraries = [other for other in distributions if other.name.startswith(tuple(row["libraries"]))]
    kind, because = _kind(dist, row, libraries)
    needs = row.get("needs", ())
    missing = [
        prefix for prefix in needs if not any(other.name.startswith(prefix) for other in libraries)
    ]
    return Accelerator(
        name=dist.name,
        version=dist.version,
        kind=kind,
        because=because,
        libraries=tuple(sorted({other.name for other in libraries})) if kind == GPU else (),
        megabytes=_largest([dist, *libraries], targets) if kind == GPU else None,
        needs_system=kind == GPU and not row["bundles"] and bool(missing),
        incomplete=bool(row.get("plain_is_gpu"))
        and not libraries
        and _is_plain(dist, kind, targets),
        complete_with=row.get("complete_with", ""),
        cpu_instead=row.get("cpu_instead", ""),
    )


def _kind(
    dist: LockedDistribution, row: dict[str, Any], libraries: list[LockedDistribution]
) -> tuple[str, str]:
    local = dist.version.partition("+")[2]
    if local and local == row.get("cpu_local"):
        return CPU, f"its version is {dist.version}"
    if local.startswith(tuple(row.get("gpu_local", ()))) and local:
        return GPU, f"its version is {dist.version}"
    if row.get("cpu_index") and row["cpu_index"].rstrip("/") == dist.index.rstrip("/"):
        return CPU, f"it comes from the index {dist.index}"
    if libraries:
        return GPU, f"{libraries[0].name} is locked beside it"
    if not row["bundles"]:
        return GPU, "it is built for CUDA"
    return CPU, "no CUDA library is locked beside it"


def _is_plain(dist: LockedDistribution, kind: str, targets: list[tuple[str, str, Libc]]) -> bool:
    """Return whether this is the plain wheel of the main index on x86-64, which is built for CUDA since version 2."""
    elsewhere = dist.index and "pypi.org" not in dist.index
    on_x86 = any(platform == "linux/amd64" for _, platform, _ in targets)
    major = dist.version.partition(".")[0]
    return (
        kind == CPU
        and on_x86
        and "+" not in dist.version
        and not elsewhere
        and major.isdigit()
        and int(major) >= 2
    )


def _largest(
    distributions: list[LockedDistribution], targets: list[tuple[str, str, Libc]]
) -> int | None:
    sizes = [_download(distributions, *target) for target in targets]
    known = [size for size in sizes if size]
    return max(known) // _MEGABYTE if known else None


def _download(
    distributions: list[LockedDistribution], python: str, platform: str, libc: Libc
) -> int:
    return sum(_size(dist.files, python, platform, libc) for dist in distributions)


def _size(files: tuple[LockedFile, ...], python: str, platform: str, libc: Libc) -> int:
    """Return the size of the wheel that the target takes, 0 where the lock does not say it."""
    for file in files:
        tags = wheel_tags(file.name)
        if tags is not None and accepts(tags, python, libc, machine_of(platform)):
            return file.size or 0
    return 0


def _notices(accelerators: tuple[Accelerator, ...], finding: ManagerFinding) -> Iterator[Notice]:
    for entry in accelerators:
        if entry.needs_system:
            yield _missing_cuda(entry)
        elif entry.incomplete:
            yield _incomplete(entry, finding)
        elif entry.kind == GPU:
            yield _adds(entry, finding)


def _adds(entry: Accelerator, finding: ManagerFinding) -> Notice:
    size = f"{entry.megabytes} MB of downloads" if entry.megabytes else "some gigabytes"
    with_whom = f" and {len(entry.libraries)} distributions beside it" if entry.libraries else ""
    row = _table()[entry.name]
    diff = cpu_diff(finding, entry.name, row) if row.get("cpu_index") else ""
    remedy = (
        f"Where it runs on the CPU only, take the builds without CUDA and lock again:\n{diff}"
        if diff
        else ""
    )
    if entry.cpu_instead:
        remedy = f"Where it runs on the CPU only, depend on {entry.cpu_instead} instead."
    return Notice(
        code="gpu-libraries",
        text=f"{entry.name} {entry.version} is built for CUDA ({entry.because}): it{with_whom} add {size} to the image, "
        "and about twice that unpacked.",
        remedy=remedy,
    )


def _incomplete(entry: Accelerator, finding: ManagerFinding) -> Notice:
    diff = cpu_diff(finding, entry.name, _table()[entry.name])
    return Notice(
        code="cuda-libraries-not-locked",
        text=f"The wheel of {entry.name} {entry.version} for x86-64 is built for CUDA, but the lock holds none of its libraries "
        "(it was made on a machine that does not need them): it will not import.",
        remedy=f"Lock again on Linux, or take the builds without CUDA:\n{diff}",
    )


def _missing_cuda(entry: Accelerator) -> Notice:
    instead = f", or {entry.cpu_instead} where it runs on the CPU only" if entry.cpu_instead else ""
    return Notice(
        code="cuda-from-the-image",
        text=f"{entry.name} opens CUDA libraries that neither its wheel nor the lock brings, so the image must have them.",
        remedy=f"Depend on {entry.name}[{entry.complete_with}], which locks them{instead}; or set `base` to an nvidia/cuda image.",
    )
