"""What was found and answered so far, and what a question is: its answer becomes settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from dockwright.api import render_plan
from dockwright.decide import decide
from dockwright.errors import DockwrightError
from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.project import Project
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings
from dockwright.settings.save import with_changes


@record
class Choice:
    """One of several answers; `other` opens a line for free text."""

    value: Any
    title: str
    other: bool = False


@record
class Question:
    """One question, answered by yes or no, a choice, several (a tuple), or a line of text."""

    name: str
    text: str
    # The answer that Enter gives, and why.
    decided: Any
    because: str
    choices: tuple[Choice, ...] = ()
    # Settings of another answer; else it is the value of the setting `name`.
    changes: Callable[[Any], Mapping[str, Any]] | None = None
    # Answers that end the wizard before anything is written.
    stops: tuple[Any, ...] = ()

    def as_settings(self, answer: Any) -> Mapping[str, Any]:  # noqa: ANN401 - the question's type
        """Return the settings that an answer means, with keys as the file spells them."""
        return self.changes(answer) if self.changes else {self.name: answer}


def named(values: Iterable[Any]) -> tuple[Choice, ...]:
    """Return choices whose titles are their values."""
    return tuple(Choice(value=str(value), title=str(value)) for value in values)


@record
class Session:
    """`settings` are those from flags, environment and file, `changes` the answers so far."""

    root: Path
    project: Project
    settings: Settings
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settled(self) -> Settings:
        """The settings with the answers."""
        return with_changes(self.settings, self.changes)

    # It is asked for after every answer, and each answer makes a session of its own.
    @cached_property
    def plan(self) -> Plan:
        """The plan; raises what `decide` raises."""
        return decide(self.project, self.settled)

    def files(self) -> tuple[RenderedFile, ...]:
        """Return the files as they would be written."""
        return render_plan(self.plan, self.settled, self.root)

    def answered(self, changes: Mapping[str, Any]) -> "Session":
        """Return the session with further answers."""
        return replace(self, changes={**self.changes, **changes})

    def problem(self, changes: Mapping[str, Any]) -> str:
        """Return why further answers do not fit, "" if they do."""
        try:
            _ = self.answered(changes).plan
        except DockwrightError as error:
            return error.title
        return ""
