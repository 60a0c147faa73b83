"""What a manifest asks for and what a lock settled on."""

from enum import StrEnum

from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import record

MAIN = "main"
"""The group of production dependencies, whatever the manager calls it."""


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
    """Whether the lock belongs to the manifest."""

    FRESH = "fresh"
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
    """A package index. `url` never holds credentials; `variables` are the `$NAME`s its credentials
    are read from.
    """

    name: str
    url: str
    origin: Origin
    explicit: bool = False
    needs_credentials: bool = False
    variables: tuple[str, ...] = ()


@record
class Requirement:
    """One wish of a manifest.

    `name` is canonical (PEP 503), `specifier` PEP 440 ("" means any), `marker` PEP 508 ("" means
    always), `group` is "main", a dependency group's name, or "extra:NAME". `reference` is the URL
    (without credentials) or relative path of a requirement that does not come from an index, ""
    otherwise.
    """

    name: str
    origin: Origin
    specifier: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""
    group: str = MAIN
    source: SourceKind = SourceKind.REGISTRY
    reference: str = ""
    editable: bool = False
    hashed: bool = False


@record
class LockedFile:
    """One file of a locked distribution: `name` is the file name, `size` in bytes when the lock
    says so.

    `learned` is true where not the lock but the index named it.
    """

    name: str
    size: int | None = None
    learned: bool = False


@record
class LockedDistribution:
    """One entry of a lock.

    `groups` are those of the manifest that need it ("main", "dev", "extra:pgsql"), empty if the
    lock cannot tell. `files` are empty when the lock holds only hashes (Pipfile.lock,
    requirements). `extras` are those that were asked for.
    """

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
    """One entry in which manifest and lock differ; `kind` is "added", "removed" or "changed" as
    seen from the lock.
    """

    kind: str
    name: str
    text: str
    origin: Origin | None = None


@record
class Lock:
    """A lock file, read and judged.

    `format` is the lock's own version ("6", "2.1", "1 rev 3"), `written_by` the tool version in its
    header ("" unknown), `variant` the digest that matched (pipenv: "legacy", "plette",
    "normalised"; "" otherwise). `exportable` is False where the manager refuses to export the lock
    (PDM, without the strategy `inherit_metadata`).
    """

    path: str
    format: str
    state: LockState
    because: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    written_by: str = ""
    variant: str = ""
    distributions: tuple[LockedDistribution, ...] = ()
    requires_python: str = ""
    hashed: bool = True
    exportable: bool = True


@record
class Script:
    """A console script or a manager's script: `target` is "module:object" or a shell command."""

    name: str
    target: str
    origin: Origin


@record
class Distribution:
    """The project itself where it can be installed: metadata of [project], [tool.poetry], setup.cfg
    or setup.py.

    `version_file` is the module from which versioneer takes the version where there is no version
    control.
    """

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
    version_file: str = ""


@record
class Manifest:
    """What the owner wrote by hand for one manager.

    `path` is the file that names the dependencies. `also_read` are further files that an install
    reads (`-r`, `-c` includes, path dependencies' folders, workspace members' pyproject.toml),
    relative to the root, sorted. `default_groups` are installed without being named;
    `tool_requirement` is `requires-poetry`, `required-version`. `no_binary` are distributions that
    must be built from source (":all:" for every one), `group_files` (group, file) where each group
    is a file of its own (requirements-dev.txt). `tool_plugins` are requirements (PEP 508) of what
    the manager itself needs beside it, which come from an index.
    """

    path: str
    requirements: tuple[Requirement, ...] = ()
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    default_groups: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    distribution: Distribution | None = None
    also_read: tuple[str, ...] = ()
    tool_requirement: Sourced[str] | None = None
    scripts: tuple[Script, ...] = ()
    outside_root: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    group_files: tuple[tuple[str, str], ...] = ()
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
