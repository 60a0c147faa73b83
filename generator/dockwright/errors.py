"""Every condition that ends a run, one class each, with its exit code.

No text holds credentials.
"""

import re
from typing import ClassVar

from dockwright.model.origin import Origin
from dockwright.model.secret import hide_secrets, hide_tokens

_MOST_LINES = 10
_CREDENTIALS = r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s'\"]+@"


def redact(text: str) -> str:
    """Return `text` with `***` for the user information of URLs, private keys and known tokens."""
    return re.sub(_CREDENTIALS, r"\g<scheme>***@", hide_tokens(text))


def visible(text: str) -> str:
    """Return `text` on one line with its control characters spelled out.

    A terminal obeys them, and a line of its own may be a command to CI.
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


class DockwrightError(Exception):
    """Base of all errors: `code` is stable, `title` one line, `found` one or more."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        # NoProjectError is "no-project". Programs know the codes: a new name must keep the old one.
        if "code" not in vars(cls):
            name = re.sub("(Fault|Error)$", "", cls.__name__)
            cls.code = re.sub("(?<!^)(?=[A-Z])", "-", name).lower()

    def __init__(
        self,
        title: str,
        *,
        found: str = "",
        rule: str = "",
        steps: tuple[str, ...] = (),
        example: str = "",
        origin: Origin | None = None,
    ) -> None:
        self.title = visible(redact(title))
        super().__init__(self.title)
        # What was found may have several lines, which are set in.
        lines = redact(hide_secrets(found)).split("\n")
        self.found = "\n".join(map(visible, lines))
        self.rule = rule
        self.steps = tuple(visible(redact(step)) for step in steps)
        self.example = "\n".join(map(visible, redact(example).split("\n")))
        self.origin = origin

    # Whoever reads it stands before a terminal: more than this scrolls away.
    def text(self) -> str:
        """Return the whole message as it is shown to a person: ten lines at most."""
        place = visible(str(self.origin)) if self.origin else ""
        title = f"{place}: {self.title}" if place else self.title
        rest = [f"Rule:  {self.rule}"] if self.rule else []
        rest += [f"  {number}. {step}" for number, step in enumerate(self.steps, 1)]
        example = [f"    {line}" for line in self.example.splitlines()]
        rest += ["Example:", *example] if example else []
        found = [line.strip() for line in self.found.splitlines() if line.strip()]
        room = max(1, _MOST_LINES - 1 - len(rest))
        # The first line names the place, the last ones are those that tell the reason.
        found = found if len(found) <= room else [*found[:1], *found[len(found) - room + 1 :]]
        labels = ("Found: ", *[" " * 7] * len(found))
        return "\n".join([title, *map("".join, zip(labels, found, strict=False)), *rest])


class UsageError(DockwrightError):
    """Wrong usage or settings."""

    exit_code = 2


class ProjectError(DockwrightError):
    """The project cannot be containerised as it stands."""

    exit_code = 3


class NoProjectError(ProjectError):
    """Nothing here can be containerised."""


class UnreadableError(ProjectError):
    """A file or folder cannot be read: permission, a dangling link, too large, not a text."""


class SyntaxFault(ProjectError):  # noqa: N818 - SyntaxError is Python's own
    """A manifest or lock does not parse; the origin has the line, the title the column."""


class ManifestError(ProjectError):
    """A manifest says what its manager refuses: a wrong type, an unknown group, a circle."""


class SeveralManagersError(ProjectError):
    """One folder has the locks of several managers."""


class LockFormatError(ProjectError):
    """A lock of a version that this release cannot read, or one that is damaged."""


class LoneLockError(ProjectError):
    """There is a lock, and not the manifest that it was made from."""


class PythonConflictError(ProjectError):
    """The sources of the Python version contradict each other."""


class PythonUnsupportedError(ProjectError):
    """The Python that is asked for is too old to install the project, or does not exist yet."""


class NoToolError(ProjectError):
    """No version of the manager that the project allows runs on this Python or reads this lock."""


class NoApplicationError(ProjectError):
    """Nothing was found that could be started."""


class NoServerError(NoApplicationError):
    """The application was found, and nothing that is installed can serve it."""


class BaseImageError(ProjectError):
    """The base image asked for is unknown, or does not fit the project."""


class UnwritableError(ProjectError):
    """A file or folder cannot be written: permission, a full disk, something else in its place."""


class UnknownSettingError(UsageError):
    """A setting that does not exist, probably misspelled."""


class SettingValueError(UsageError):
    """A setting's value has the wrong type, or is not one of those that exist."""


class TwoSettingsFilesError(UsageError):
    """Two files hold settings."""


class TemplateFaultError(UsageError):
    """A template of the owner does not parse, reads what does not exist, or does not end."""

    code = "template"


class PackError(UsageError):
    """A template pack is missing, has unknown keys, or writes outside its target."""

    code = "template-pack"


class PackAnswerError(UsageError):
    """An answer to a question that the pack does not ask, or that the question refuses."""

    code = "template-answer"


class NewerFormatError(UsageError):
    """The folder .dockwright was written by a newer version than this one."""


class OutsideTargetError(UsageError):
    """A file would be written outside the target folder."""


class StaleLockError(DockwrightError):
    """The lock was not made from the manifest as it is now."""

    exit_code = 4


class IndexAccessError(UsageError):
    """A package index refuses, or its address cannot be asked."""


class MergeConflictError(DockwrightError):
    """The owner's edits and the new output touch the same lines."""

    exit_code = 5


class NotOursError(UsageError):
    """A file that Dockwright did not write is in the way."""


class EngineError(DockwrightError):
    """The container engine is missing, does not answer, or the build failed."""

    exit_code = 6


class ProofError(DockwrightError):
    """An image is not what plan and lock say."""

    exit_code = 7


class PassingFaultError(DockwrightError):
    """A passing fault, usually of the network: try the same command again."""

    exit_code = 75
