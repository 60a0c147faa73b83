"""Every condition that ends a run, one class each.

DockwrightError                    exit code
    +-- UsageError                     2   wrong usage or settings
    +-- ProjectError                   3   the project cannot be containerised as it stands
    |   +-- (classes next to the rooms' own concerns, below)
    +-- StaleLockError                 4
    +-- MergeConflictError             5
    +-- EngineError                    6   the engine or the build failed
    +-- ProofError                     7
    +-- PassingFaultError              75  a passing fault, try again

An error carries data and says, in this order: what was found and where, the rule, the steps to
take, an example to paste. Texts never hold credentials: whoever makes an error passes values
through `redact` first.
"""

import re
from typing import ClassVar

from dockwright.model.origin import Origin
from dockwright.model.secret import hide_secrets, hide_tokens

_CREDENTIALS = r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s'\"]+@"


def redact(text: str) -> str:
    """Return `text` with `***` for the user information of every URL, for private keys and for
    tokens of known providers.
    """
    return re.sub(_CREDENTIALS, r"\g<scheme>***@", hide_tokens(text))


class DockwrightError(Exception):
    """Base of all errors: `code` is stable, `title` one line, the rest as the module's docstring
    orders it.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

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
        super().__init__(redact(title))
        self.title = redact(title)
        self.found = redact(hide_secrets(found))
        self.rule = rule
        self.steps = tuple(redact(step) for step in steps)
        self.example = redact(example)
        self.origin = origin

    def text(self) -> str:
        """Return the whole message as it is shown to a person."""
        parts = [f"{self.origin}: {self.title}" if self.origin else self.title]
        if self.found:
            parts.append(f"Found: {self.found}")
        if self.rule:
            parts.append(f"Rule:  {self.rule}")
        if self.steps:
            parts.append(
                "\n".join(f"  {number}. {step}" for number, step in enumerate(self.steps, 1))
            )
        if self.example:
            parts.append(
                "Example:\n" + "\n".join(f"    {line}" for line in self.example.splitlines())
            )
        return "\n".join(parts)


class UsageError(DockwrightError):
    """Wrong usage or settings."""

    exit_code = 2
    code = "usage"


class ProjectError(DockwrightError):
    """The project cannot be containerised as it stands."""

    exit_code = 3
    code = "project"


class NoProjectError(ProjectError):
    """There is nothing here that we know how to containerise."""

    code = "no-project"


class UnreadableError(ProjectError):
    """A file or folder exists and cannot be read (permission, dangling link, too large, not a
    text).
    """

    code = "unreadable"


class SyntaxFault(ProjectError):  # noqa: N818 - SyntaxError is Python's own
    """A manifest or lock is not valid TOML, JSON or requirements syntax; the origin has line, the
    title the column.
    """

    code = "syntax"


class ManifestError(ProjectError):
    """A manifest parses and still says something that its manager refuses: a wrong type, an unknown
    group, a cycle.
    """

    code = "manifest"


class SeveralManagersError(ProjectError):
    """Several managers' locks stand in one root."""

    code = "several-managers"


class LockFormatError(ProjectError):
    """A lock of a version that this release cannot read, or one that is damaged."""

    code = "lock-format"


class LoneLockError(ProjectError):
    """A lock stands there without the manifest it was made from."""

    code = "lone-lock"


class PythonConflictError(ProjectError):
    """The sources of the Python version contradict each other."""

    code = "python-conflict"


class PythonUnsupportedError(ProjectError):
    """The Python that is asked for is too old for anything that could install the project, or does
    not exist yet.
    """

    code = "python-unsupported"


class NoToolError(ProjectError):
    """No version of the manager runs on this Python, reads this lock and is allowed by
    the project.
    """

    code = "no-tool"


class NoApplicationError(ProjectError):
    """Nothing was found that could be started."""

    code = "no-application"


class NoServerError(NoApplicationError):
    """The application was found, and nothing that is installed can serve it."""

    code = "no-server"


class BaseImageError(ProjectError):
    """The base image asked for is unknown, or does not fit the project."""

    code = "base-image"


class UnwritableError(ProjectError):
    """A file or folder cannot be written: permission, a full disk, something else in its place."""

    code = "unwritable"


class UnknownSettingError(UsageError):
    """A setting that does not exist, probably a slip of the pen."""

    code = "unknown-setting"


class SettingValueError(UsageError):
    """A setting's value has the wrong type, or is not one of those that exist."""

    code = "setting-value"


class TwoSettingsFilesError(UsageError):
    """Settings stand in two files."""

    code = "two-settings-files"


class TemplateFaultError(UsageError):
    """A template of the owner does not parse, reads what does not exist, raises, or does not come
    to an end.
    """

    code = "template"


class PackError(UsageError):
    """A template pack that is missing, says what nobody knows, or leaves its target."""

    code = "template-pack"


class PackAnswerError(UsageError):
    """An answer to a question that a pack does not ask, or that the question does not allow."""

    code = "template-answer"


class NewerFormatError(UsageError):
    """The folder .dockwright was written by a newer version than this one."""

    code = "newer-format"


class OutsideTargetError(UsageError):
    """A file would be written outside the target folder."""

    code = "outside-target"


class StaleLockError(DockwrightError):
    """The lock does not belong to the manifest."""

    exit_code = 4
    code = "stale-lock"


class IndexAccessError(UsageError):
    """A package index refuses, or its address cannot be asked."""

    code = "index-access"


class MergeConflictError(DockwrightError):
    """The owner's edits and the new output touch the same lines."""

    exit_code = 5
    code = "merge-conflict"


class NotOursError(UsageError):
    """A file that Dockwright did not write stands where it would write."""

    code = "not-ours"


class EngineError(DockwrightError):
    """The container engine is missing, does not answer, or the build failed."""

    exit_code = 6
    code = "engine"


class ProofError(DockwrightError):
    """An image is not what plan and lock say."""

    exit_code = 7
    code = "proof"


class PassingFaultError(DockwrightError):
    """A fault of the moment, usually the network: the same command may succeed later."""

    exit_code = 75
    code = "passing-fault"
