"""What single concerns hand over when they find more than one kind of thing."""

from dockwright.model.application import DjangoProject, FoundProcess, ServiceHint, WebApplication
from dockwright.model.origin import Notice, Sourced
from dockwright.model.record import draft, field, row


@draft
class WebFindings:
    """Web applications, and what has to be said about them. `started` are the commands that turned out to start a server."""

    applications: list[WebApplication] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    started: set[tuple[str, ...]] = field(default_factory=set)


@row
class ProcfileFindings:
    """The processes of the Procfile and what has to be said about the rest of its lines."""

    processes: tuple[FoundProcess, ...] = ()
    notices: tuple[Notice, ...] = ()


@row
class DjangoFindings:
    """Django projects and what their settings say.

    `health` is the path of each import root, `covered` the variables that DATABASES reads, `unused` settings modules that are not served.
    """

    projects: tuple[DjangoProject, ...] = ()
    notices: tuple[Notice, ...] = ()
    hints: tuple[ServiceHint, ...] = ()
    covered: frozenset[str] = frozenset()
    unused: frozenset[str] = frozenset()
    health: dict[str, Sourced[str] | None] = field(default_factory=dict)
