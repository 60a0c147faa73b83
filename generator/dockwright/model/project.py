"""The Project: what is there."""

from dataclasses import field

from dockwright.model.application import Application
from dockwright.model.dependencies import Manager, ManagerFinding
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import record


@record
class RequestedPython:
    """A demand on the Python: `specifier` is PEP 440, alternatives joined by " || "."""

    specifier: str
    spelled: str
    origin: Origin
    # The patch or minor version that is named, "" for a range.
    exact: str = ""
    # "range" of a manifest, "lock", "pin" (.python-version), or "hint", which gives way.
    strength: str = "range"
    manager: Manager | None = None


@record
class PythonRelease:
    """The Python of the image ("3.13" or "3.13.2"); `end_of_life` is YYYY-MM-DD or ""."""

    version: str
    end_of_life: str = ""
    prerelease: bool = False

    @property
    def tag(self) -> str:
        """The version as a tag of the official image spells it: "3.13", "3.13.2", "3.16-rc"."""
        return (
            f"{self.version}-rc"
            if self.prerelease and self.version.count(".") == 1
            else self.version
        )

    @property
    def minor(self) -> str:
        """The X.Y of this release."""
        return ".".join(self.version.split(".")[:2])


@record
class ExistingFile:
    """A file that stands where we would write; `ours` if its header says so."""

    path: str
    ours: bool


@record
class SourceTree:
    """The project's files as the build context sees them."""

    # The names in the root, folders with "/", without version control and environments.
    top_level: tuple[str, ...] = ()
    # Files that must never reach an image.
    secrets: tuple[str, ...] = ()
    # The importable top-level names of the project's own code.
    modules: tuple[str, ...] = ()
    has_git: bool = False
    file_count: int = 0


@record
class IgnoreFile:
    """A .dockerignore that Dockwright wrote; `own` are the lines that the owner added."""

    path: str
    lines: tuple[str, ...]
    own: tuple[str, ...]


@record
class Project:
    """Everything detection found. Deciding between `managers` is not detection's business."""

    name: str
    managers: tuple[ManagerFinding, ...] = ()
    pythons: tuple[RequestedPython, ...] = ()
    application: Application = field(default_factory=Application)
    source: SourceTree = field(default_factory=SourceTree)
    existing: tuple[ExistingFile, ...] = ()
    apt_packages: tuple[Sourced[str], ...] = ()
    exposed_port: Sourced[int] | None = None
    notices: tuple[Notice, ...] = ()
    description: str = ""
    root_manifest: Origin | None = None
    ignore_files: tuple[IgnoreFile, ...] = ()

    def ignore_file(self, path: str) -> IgnoreFile:
        """Return the .dockerignore at `path`, one without lines where nothing is known of it."""
        return next(
            (one for one in self.ignore_files if one.path == path),
            IgnoreFile(path=path, lines=(), own=()),
        )


@record
class PreviousStep:
    """An instruction of a Dockerfile that exists, as facts; `shown` is the whole of it."""

    name: str
    shown: str
    origin: Origin
    value: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    temporary: frozenset[str] = frozenset()
    unclear: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    users: tuple[tuple[str, int], ...] = ()


@record
class PreviousCommand:
    """What a container runs: `words`, or `why` they cannot be told; `shown` for a message.

    `text` is the whole command line as a shell would read it.
    """

    shown: str
    origin: Origin
    words: tuple[str, ...] = ()
    why: str = ""
    text: str = ""


@record
class PreviousDockerfile:
    """A Dockerfile that exists, followed from the stage that is shipped back to its `image`."""

    path: str
    image: Sourced[str]
    steps: tuple[PreviousStep, ...]
    folder: str = "/"
    command: PreviousCommand | None = None
    ignored: PreviousCommand | None = None
    others: tuple[Sourced[str], ...] = ()
    # Of each path that was copied: source, absolute target, and whether it is one of several.
    copied: tuple[tuple[str, str, bool], ...] = ()
