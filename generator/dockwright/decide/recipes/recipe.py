"""What every manager's recipe answers."""

from dockwright.model.dependencies import MAIN, ManagerFinding, SourceKind
from dockwright.model.manager import Strategy
from dockwright.model.plan import ToolPin
from dockwright.model.record import record

HANDED_ON = "/tmp"  # noqa: S108 - of stages that only their own steps write to
"""Where a stage leaves what another one mounts. Not `/`: BuildKit looks at all that lies beside it and below, in `/` at the whole image."""

EXPORTED = f"{HANDED_ON}/requirements.txt"
"""Where the lock stage leaves the production requirements, with their hashes."""

EXPORTED_DEVELOPMENT = f"{HANDED_ON}/requirements-dev.txt"
"""The same with the development groups."""

PYLOCK = f"{HANDED_ON}/pylock.toml"
"""Where uv leaves the production distributions: with the addresses of their files, so that the index is not asked for them."""

PYLOCK_DEVELOPMENT = f"{HANDED_ON}/pylock.dev.toml"
"""The same with the development groups."""


@record
class RecipeRequest:
    """What a recipe is made from. `groups` and `extras` are installed beside "main"; `development` are further groups."""

    finding: ManagerFinding
    strategy: Strategy
    tool: ToolPin | None
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    development: tuple[str, ...] = ()

    @property
    def every_group(self) -> tuple[str, ...]:
        """The production groups and the development ones, each once."""
        return (*self.groups, *(name for name in self.development if name not in self.groups))

    @property
    def local(self) -> tuple[str, ...]:
        """The folders, relative to the root, of distributions that production installs from the project's own files."""
        wanted = installed(self)
        lock, wishes = self.finding.lock, self.finding.manifest.requirements
        if lock is not None and self.locked:
            found = {
                d.reference
                for d in lock.distributions
                if d.source is SourceKind.PATH and wanted.intersection(d.groups)
            }
        else:
            found = {
                wish.reference
                for wish in wishes
                if wish.source is SourceKind.PATH and wish.group in wanted
            }
        return tuple(sorted(path.rstrip("/") for path in found - {".", "./"}))

    @property
    def locked(self) -> bool:
        """Whether the lock is used as it stands."""
        return self.strategy is Strategy.LOCKED


@record
class Recipe:
    """A manager's commands, all shell text, run in the folder of the manifests.

    `files` are the manifests and the lock, relative to the root; `optional_files` may be absent. `check` fails on a stale
    lock. `lock` makes `lock_file` anew (strategies relock and update). `export` and `export_development` write `exported` and
    `exported_development` with all hashes; empty where the manager has none. `export_environment` holds where the lock is used
    as it stands. `native` installs into the environment that VIRTUAL_ENV names; empty where only uv reads the file. `direct`
    are the arguments of `uv pip sync` or `uv pip install` where the manifest itself is what uv reads. `local` are folders that
    are built from the project's own files. `cache` is where the manager keeps its downloads.
    """

    files: tuple[str, ...]
    optional_files: tuple[str, ...] = ()
    check: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    lock_file: str = ""
    export: tuple[str, ...] = ()
    export_development: tuple[str, ...] = ()
    export_environment: tuple[tuple[str, str], ...] = ()
    exported: str = EXPORTED
    exported_development: str = EXPORTED_DEVELOPMENT
    native: tuple[str, ...] = ()
    native_development: tuple[str, ...] = ()
    native_environment: tuple[tuple[str, str], ...] = ()
    direct: str = ""
    direct_development: str = ""
    local: tuple[str, ...] = ()
    tool: tuple[str, ...] = ()
    cache: str = ""
    checks: str = ""


def sync_pylock(path: str) -> str:
    """Return the arguments of `uv pip` that install a pylock.toml; uv compares its hashes without being told."""
    return f"sync --preview-features pylock {path}"


def installed(request: RecipeRequest) -> frozenset[str]:
    """Return the names of the groups that production installs, as LockedDistribution.groups spells them."""
    return frozenset((MAIN, *request.groups, *(f"extra:{extra}" for extra in request.extras)))


def exports_exactly(request: RecipeRequest) -> bool:
    """Whether an export holds the whole truth: every distribution comes from the default index, with a hash, or is local."""
    manifest, lock = request.finding.manifest, request.finding.lock
    if any(not is_default(index.url) for index in manifest.indexes):
        return False
    wanted = installed(request)
    if lock is not None and request.locked and not lock.exportable:
        return False
    if lock is None or not request.locked:
        return all(
            wish.source in _EXPORTED for wish in manifest.requirements if wish.group in wanted
        )
    return all(
        entry.source is SourceKind.PATH
        or (entry.source is SourceKind.REGISTRY and bool(entry.hashes or entry.files))
        for entry in lock.distributions
        if not entry.groups or wanted.intersection(entry.groups)
    )


_EXPORTED = (SourceKind.REGISTRY, SourceKind.PATH)
"""What an export can say: an index's distributions with their hashes; those of the project's own files are built beside it."""


def is_default(url: str) -> bool:
    """Whether an index is the one that every tool asks when nothing is said."""
    host = url.partition("://")[2].partition("/")[0].lower()
    return host in {"pypi.org", "pypi.python.org", "www.pypi.org"}


def options(flag: str, names: tuple[str, ...]) -> str:
    """Return ` --flag a --flag b` for a command line, "" for no names."""
    return "".join(f" {flag} {name}" for name in names)


def without_local(request: RecipeRequest, exported: str) -> tuple[str, ...]:
    """Return the command that takes local distributions out of an export: the stage `project` builds them."""
    if not any(wish.source is SourceKind.PATH for wish in request.finding.manifest.requirements):
        return ()
    return (f"sed -i -E '/^(-e )?[.\\/]|@ file:|^-e file:/d' {exported}",)
