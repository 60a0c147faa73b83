"""What was found and what was answered so far; from it follows the plan."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from dockwright.api import render_plan
from dockwright.decide import decide
from dockwright.errors import DockwrightError
from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.project import Project
from dockwright.model.record import field, record, replace
from dockwright.model.settings import Settings
from dockwright.settings.save import with_changes


@record
class Session:
    """`settings` are those from flags, environment and file; `changes` the answers that differ from what was decided."""

    root: Path
    project: Project
    settings: Settings
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settled(self) -> Settings:
        """The settings with the answers."""
        return with_changes(self.settings, self.changes)

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
