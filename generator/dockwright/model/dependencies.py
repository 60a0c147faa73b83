"""What a manifest asks for and what a lock settled on."""

from enum import StrEnum

from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import record

# The group of production dependencies, whatever the manager calls it.
MAIN = "main"
# A reference to the project's own root: `-e .`, `{path = "."}`.
ITSELF = frozenset({".", "./"})


def production_groups(groups: tuple[str, ...], extras: tuple[str, ...]) -> frozenset[str]:
    """Return what production installs as requirements and locks name it: "main", "extra:pdf"."""
    return frozenset((MAIN, *groups, *(f"extra:{extra}" for extra in extras)))


class Manager(StrEnum):
    """Who installs the dependencies. `NONE` is a script without any manifest."""

    PIPENV = "pipenv"
    POETRY = "poetry"
    UV = "uv"
    PDM = "pdm"
    REQUIREMENTS = "requirements"
    PYLOCK = "pylock"
    SETUPTOOLS = "setuptools"
    NONE = "none"


class LockState(StrEnum):
    """Whether the lock belongs to the manifest; `PINNED` is a list of pins that is its own lock."""

    FRESH = "fresh"
    PINNED = "pinned"
    STALE = "stale"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Strategy(StrEnum):
    """What the build does with the lock (design section 3)."""

    LOCKED = "locked"
    RELOCK = "relock"
    UPDATE = "update"


class Installer(StrEnum):
    """Who puts the distributions into /opt/venv: uv from an exact export, or the manager itself."""

    UV = "uv"
    NATIVE = "native"


class SourceKind(StrEnum):
    """Where a distribution comes from."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"
    PATH = "path"


@record
class Index:
    """A package index. `url` never holds credentials; they are read from `variables`."""

    name: str
    url: str
    origin: Origin
    explicit: bool = False
    needs_credentials: bool = False
    variables: tuple[str, ...] = ()


@record
class Requirement:
    """One requirement of a manifest: `name` is canonical, `specifier` PEP 440, `marker` PEP 508."""

    name: str
    origin: Origin
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    # "main", a dependency group's name, or "extra:NAME".
    group: str = MAIN
    source: SourceKind = SourceKind.REGISTRY
    # The URL (without credentials) or relative path of what comes from no index.
    reference: str = ""
    editable: bool = False
    hashed: bool = False
    # The line of a requirements file that names a folder.
    text: str = ""
    # The environment variables in its address, such as a token.
    variables: tuple[str, ...] = ()

    @property
    def pinned_version(self) -> str:
        """The version of `==1.2.3` or `===1.2.3`, "" where nothing is pinned."""
        for clause in self.specifier.split(","):
            version = clause.strip()
            if version.startswith("==") and not version.endswith(".*"):
                return version.lstrip("=").strip()
        return ""

    def as_locked(self) -> "LockedDistribution":
        """Return it as a lock would hold it, with a version where it pins one."""
        return LockedDistribution(
            name=self.name,
            version=self.pinned_version,
            origin=self.origin,
            groups=(self.group,),
            marker=self.marker,
            extras=self.extras,
            source=self.source,
            reference=self.reference,
            editable=self.editable,
        )


@record
class LockedFile:
    """One file of a locked distribution; `learned` where not the lock but the index named it."""

    name: str
    size: int | None = None
    learned: bool = False


@record
class LockedDistribution:
    """One entry of a lock; without `files` where the lock holds only hashes."""

    name: str
    version: str
    origin: Origin
    # Who needs it, and where.
    groups: tuple[str, ...] = (MAIN,)
    marker: str = ""
    extras: tuple[str, ...] = ()
    # Where it comes from.
    source: SourceKind = SourceKind.REGISTRY
    reference: str = ""
    editable: bool = False
    # What can be installed of it.
    files: tuple[LockedFile, ...] = ()
    hashes: tuple[str, ...] = ()
    requires_python: str = ""
    index: str = ""
    depends_on: tuple[str, ...] = ()


@record
class Disagreement:
    """An entry in which manifest and lock differ: "added", "removed" or "changed" for the lock."""

    kind: str
    name: str
    text: str
    origin: Origin | None = None


@record
class Lock:
    """A lock file, read and judged. `format` is the lock's own version ("6", "2.1", "1 rev 3")."""

    path: str
    format: str
    state: LockState
    because: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    written_by: str = ""
    # The digest of Pipenv that matched: "legacy", "plette" or "normalised".
    variant: str = ""
    distributions: tuple[LockedDistribution, ...] = ()
    requires_python: str = ""
    hashed: bool = True
    # PDM exports a lock only with the strategy `inherit_metadata`.
    exportable: bool = True


@record
class Script:
    """A console script or a manager's script: `target` is "module:object" or a shell command."""

    name: str
    target: str
    origin: Origin


@record
class Distribution:
    """The project itself where it can be installed."""

    name: str
    origin: Origin
    version: str = ""
    dynamic: tuple[str, ...] = ()
    build_backend: str = ""
    build_requires: tuple[str, ...] = ()
    readme: str = ""
    license_files: tuple[str, ...] = ()
    installable: bool = True
    packages: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()
    version_from_scm: str = ""
    description: str = ""
    license: str = ""
    # The module from which versioneer takes the version without version control.
    version_file: str = ""
    # What the project itself asks for where another manifest decides.
    requires: tuple[Requirement, ...] = ()
    # It has entry points other than commands.
    plugins: bool = False
    # Something of it is compiled.
    extension: bool = False
    # Its wheel lacks files that lie in its packages.
    loses_data: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether it can be installed, with all that the source has."""
        return self.installable and not self.loses_data

    @property
    def import_root(self) -> str:
        """The folder that holds its packages: "src", or "" for the root of the project."""
        return self.packages[0].rpartition("/")[0] if self.packages else "src"


@record
class Manifest:
    """What the owner wrote by hand for one manager; `path` names the dependencies."""

    path: str
    requirements: tuple[Requirement, ...] = ()
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    # Installed without being named.
    default_groups: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    distribution: Distribution | None = None
    # Further files that an install reads, relative to the root: `-r`, path dependencies, members.
    also_read: tuple[str, ...] = ()
    # `requires-poetry` or `required-version`.
    tool_requirement: Sourced[str] | None = None
    scripts: tuple[Script, ...] = ()
    outside_root: tuple[str, ...] = ()
    # What must be built from source, ":all:" for everything.
    no_binary: tuple[str, ...] = ()
    # (group, file) where each group is a file of its own (requirements-dev.txt).
    group_files: tuple[tuple[str, str], ...] = ()
    # Requirements of the manager itself, which come from an index.
    tool_plugins: tuple[str, ...] = ()


@record
class ManagerFinding:
    """One package manager that the project uses, with all that was read for it."""

    manager: Manager
    manifest: Manifest
    lock: Lock | None = None
    exported_from: str = ""
    notices: tuple[Notice, ...] = ()
    workspace_members: tuple[str, ...] = ()
