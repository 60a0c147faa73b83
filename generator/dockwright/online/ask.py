"""Finds the files behind a lock's hashes: one request for each distribution, a few at a time."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from dockwright.errors import PassingFaultError
from dockwright.model.dependencies import (
    Index,
    LockedDistribution,
    LockedFile,
    ManagerFinding,
    SourceKind,
)
from dockwright.model.origin import Origin
from dockwright.model.record import record, replace
from dockwright.online.client import Address, Client, address_of
from dockwright.online.index_page import PageCache, PageFile

# (name, version) -> the files of that distribution.
Files = Mapping[tuple[str, str], tuple[LockedFile, ...]]

# Called in the caller's thread with how many are done, how many there are, and the last.
Progress = Callable[[int, int, str], None]

PYPI = Index(name="pypi", url="https://pypi.org/simple", origin=Origin(path="the default index"))


@record
class Limits:
    """How long everything may take, how long one request, and how many run at once."""

    seconds: float = 120.0
    request_seconds: float = 15.0
    at_once: int = 8


_LIMITS = Limits()


def ask_indexes(
    distributions: Iterable[LockedDistribution],
    indexes: tuple[Index, ...],
    environ: Mapping[str, str],
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    limits: Limits = _LIMITS,
) -> Files:
    """Return the files of those `distributions` whose lock does not name them.

    What no index has is left out. `cache` is a folder (None for none). Raises PassingFaultError
    where an index does not answer in time, IndexAccessError where it refuses.
    """
    asked = unanswered(distributions)
    kept = PageCache(folder=cache) if cache else None
    client = Client(cache=kept, seconds=limits.request_seconds)
    places = {index: address_of(index, environ) for index in (*indexes, PYPI)}
    pool = ThreadPoolExecutor(max_workers=limits.at_once, thread_name_prefix="index")
    found: dict[tuple[str, str], tuple[LockedFile, ...]] = {}
    started = time.monotonic()
    try:
        work = {pool.submit(_files_of, dist, places, client): dist for dist in asked}
        for done, future in enumerate(as_completed(work, timeout=limits.seconds), 1):
            dist, files = work[future], future.result()
            if files:
                found[dist.name, dist.version] = files
            if progress:
                progress(done, len(work), dist.name)
    except TimeoutError as error:
        raise _too_slow(time.monotonic() - started, len(found), len(asked)) from error
    finally:
        # Whoever waits has waited long enough: what still runs ends with its own time limit.
        pool.shutdown(wait=False, cancel_futures=True)
    return {key: found[key] for key in sorted(found)}


def unanswered(distributions: Iterable[LockedDistribution]) -> tuple[LockedDistribution, ...]:
    """Return what is asked for: pinned, from an index, without files in the lock."""
    return tuple(
        dist
        for dist in distributions
        if dist.source is SourceKind.REGISTRY and dist.version and not dist.files
    )


def with_files(finding: ManagerFinding, files: Files) -> ManagerFinding:
    """Return `finding` with the files that were learned put into its lock."""
    if finding.lock is None or not files:
        return finding
    distributions = tuple(
        replace(dist, files=dist.files or files.get((dist.name, dist.version), ()))
        for dist in finding.lock.distributions
    )
    return replace(finding, lock=replace(finding.lock, distributions=distributions))


def _files_of(
    dist: LockedDistribution, places: Mapping[Index, Address], client: Client
) -> tuple[LockedFile, ...]:
    for index in _indexes_for(dist, tuple(places)):
        page = client.page(places[index], dist.name)
        files = _matching(dist, page.files) if page else ()
        if files:
            return tuple(LockedFile(name=file.name, size=file.size, learned=True) for file in files)
    return ()


def _indexes_for(dist: LockedDistribution, indexes: tuple[Index, ...]) -> tuple[Index, ...]:
    """Return the index that the lock names, or those that are asked for everything."""
    # Where the manifest no longer has the index that the lock names, the general ones are asked.
    named = (
        tuple(index for index in indexes if dist.index in (index.name, index.url))
        if dist.index
        else ()
    )
    general = tuple(index for index in indexes if not index.explicit and index is not PYPI)
    return named or general or (PYPI,)


def _matching(dist: LockedDistribution, files: tuple[PageFile, ...]) -> tuple[PageFile, ...]:
    """Return the files that the lock lets in: by hash, or by version where there is none."""
    # An index without digests (PEP 503 makes them optional) can only be asked by version.
    hashes = {each.lower() for each in dist.hashes}
    by_hash = tuple(file for file in files if file.digest in hashes)
    if by_hash or (hashes and any(file.digest for file in files)):
        return by_hash
    return tuple(file for file in files if _is_version(file.name, dist.version))


def _is_version(filename: str, version: str) -> bool:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1] == Version(version)
        return parse_sdist_filename(filename)[1] == Version(version)
    except ValueError:  # the base of what packaging raises for a name or version
        return False


def _too_slow(seconds: float, done: int, total: int) -> PassingFaultError:
    return PassingFaultError(
        f"asking the package index took longer than {seconds:.0f} seconds",
        found=f"{done} of {total} distributions were answered; what was read is kept",
        rule="`--online` has a time limit, so that a build server does not hang",
        steps=("try again: no page is fetched twice", "or go on without `--online`"),
        example="dockwright generate --online",
    )
