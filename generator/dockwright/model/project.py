"""The Project: what is there."""

from dataclasses import field

from dockwright.model.application import Application
from dockwright.model.dependencies import Manager, ManagerFinding
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import record


@record
class RequestedPython:
    """One wish for a Python version.

    `specifier` is PEP 440 ("==3.11.4", ">=3.10,<4", "" for any), alternatives joined by " || ".
    `exact` is the patch or minor version that is named ("" for a range), `spelled` what the file
    really says. `strength` is "range" (a manifest's own demand), "lock", "pin" (.python-version) or
    "hint" (files of other tools, which give way). `manager` is None where the file speaks for the
    whole project.
    """

    specifier: str
    spelled: str
    origin: Origin
    exact: str = ""
    strength: str = "range"
    manager: Manager | None = None


@record
class PythonRelease:
    """The Python of the image: `version` "3.13" or "3.13.2" (an exact tag), `end_of_life` as
    YYYY-MM-DD ("" unknown).
    """

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
    """A file of ours or of the owner that stands where we would write; `ours` if its header says
    Dockwright wrote it.
    """

    path: str
    ours: bool


@record
class SourceTree:
    """The project's files as the build context sees them.

    `top_level` holds the names in the root (folders end in "/"), sorted, version control and
    environments left out; `secrets` are files that must never reach an image; `ignored` the
    patterns of .gitignore that name large or generated things; `modules` the importable top-level
    names of the project's own code.
    """

    top_level: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    has_git: bool = False
    file_count: int = 0


@record
class IgnoreFile:
    """A .dockerignore that Dockwright wrote: its `lines` as they stand, and those (`own`) that the
    owner added.
    """

    path: str
    lines: tuple[str, ...]
    own: tuple[str, ...]


@record
class Project:
    """Everything detection found, in the order in which it is explained to a person.

    `name` is the distribution's name or the folder's, normalised for an image tag. `managers` lists
    every manager that has a manifest or lock in the root: deciding between them is not detection's
    business.
    """

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
    """An instruction of a Dockerfile that exists, as facts; variables that are known are replaced.

    `name` is in capitals and `shown` the whole of it for a message. ENV, LABEL and ARG have `pairs`
    (without the values of `secrets`), a RUN what it installs: system packages, those of them that
    are `temporary`, words that are `unclear`, distributions that pip gets by name, and `users`.
    """

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
    """What a container runs: `words`, or `why` they cannot be told; `shown` for a message."""

    shown: str
    origin: Origin
    words: tuple[str, ...] = ()
    why: str = ""


@record
class PreviousDockerfile:
    """A Dockerfile that exists, followed from the stage that is shipped back to its `image`.

    `folder` is the work directory in the end, `others` the FROM of stages that are not shipped,
    `ignored` a CMD behind an ENTRYPOINT that has no effect as a command.
    """

    path: str
    image: Sourced[str]
    steps: tuple[PreviousStep, ...]
    folder: str = "/"
    command: PreviousCommand | None = None
    ignored: PreviousCommand | None = None
    others: tuple[Sourced[str], ...] = ()
