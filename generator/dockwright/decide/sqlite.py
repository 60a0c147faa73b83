"""A database that is a file: whether there is one, and the folder in which every process finds the same one."""

from shlex import quote

from dockwright.decide.left_out import left_out
from dockwright.decide.process_request import WORKDIR, ProcessRequest
from dockwright.decide.service_table import server_drivers, service_rows
from dockwright.model.application import ServiceHint
from dockwright.model.dockerfile import Run
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import record

FOLDER = "/data"
"""Where the file lies: compose mounts a volume there."""

VOLUME = "sqlite-data"
_SQLITE = "sqlite"
_NAME = "db.sqlite3"


@record
class DatabaseFile:
    """How the code finds the file: by a link at `link`, relative to the work directory, or by a URL in `variable`."""

    link: str = ""
    variable: str = ""
    scheme: str = ""

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """Return what compose sets in all processes; `.env` goes before it."""
        return self._url(FOLDER)

    @property
    def development_environment(self) -> tuple[tuple[str, str], ...]:
        """Return what compose sets for tools on the owner's own files, of which the database is one."""
        return self._url(WORKDIR)

    def _url(self, folder: str) -> tuple[tuple[str, str], ...]:
        return (
            ((self.variable, f"${{{self.variable}:-{self.scheme}:///{folder}/{_NAME}}}"),)
            if self.variable
            else ()
        )


def is_sqlite(request: ProcessRequest) -> bool:
    """Whether the database is a file."""
    rows = service_rows()
    if any(name in rows and rows[name].group == "database" for name in request.settings.services):
        return False
    if only_sqlite(request):
        return True
    if request.installed.first(server_drivers()):
        return False
    hinted = any(hint.service == _SQLITE for hint in request.application.service_hints)
    # A driver is asked for by name: a manifest without a lock knows it too, but not what a lock would bring along.
    return (
        hinted
        or _is_fixed(request)
        or bool(_fixed_file(request))
        or (
            any(not project.only_server for project in request.application.django)
            and request.installed.from_lock
        )
    )


def only_sqlite(request: ProcessRequest) -> bool:
    """Whether the code knows SQLite and nothing that could name another database."""
    hints = request.application.service_hints
    sqlite = [hint for hint in hints if hint.service == _SQLITE]
    settable = any(hint.variable or hint.parts for hint in sqlite) or any(
        hint.service == "database" for hint in hints
    )
    return bool(sqlite or _is_fixed(request)) and not settable


def database_file(request: ProcessRequest) -> DatabaseFile | None:
    """Return how the code finds its file, None where the database is a server, or nobody knows where the code looks."""
    # Without a shell no folder can be made in the image that is shipped.
    if not request.shell or not is_sqlite(request):
        return None
    path = next(
        (project.database_file for project in request.application.django if project.database_file),
        "",
    )
    if path:
        return DatabaseFile(link=path)
    hint = _hint(request)
    if hint is None:
        return None
    return DatabaseFile(
        variable=hint.variable, scheme=hint.scheme if hint.scheme.startswith(_SQLITE) else _SQLITE
    )


def database_folder(request: ProcessRequest) -> Run | None:
    """Return the step that makes the folder and the link."""
    found = database_file(request)
    if found is None:
        return None
    user = request.settings.user
    commands = [f"install -d -o {user} -g {user} {FOLDER}"]
    folder, _, name = found.link.rpartition("/")
    if folder:
        commands.append(f"mkdir -p {quote(folder)}")
    if name:
        commands.append(f"ln -sf {quote(f'{FOLDER}/{name}')} {quote(found.link)}")
    return Run(
        commands=tuple(commands),
        comment="SQLite: the user writes the file here, and compose mounts a volume.",
    )


def sqlite_notice(request: ProcessRequest) -> Notice | None:
    """Return the warning about a database that is a file."""
    if not is_sqlite(request):
        return _driver_notice(request)
    hint = next(
        (hint for hint in request.application.service_hints if hint.service == _SQLITE), None
    )
    migrations = request.application.migrations
    origin = hint.origin if hint else migrations[0].origin if migrations else None
    fixed = _fixed_file(request)
    if fixed:
        beside = (
            ", and no migration can run beside it"
            if migrations and request.settings.migrate
            else ""
        )
        return Notice(
            code="sqlite-in-container",
            text=f"the code itself names the file of its SQLite database: it lies in the container and is lost with it{beside}",
            origin=fixed,
            remedy='read it from a variable, such as os.environ.get("DATABASE_URL", "sqlite:///app.db"): compose then keeps the file in a volume',
        )
    driver = "" if only_sqlite(request) else left_out(server_drivers(), request)
    if database_file(request):
        return Notice(
            code="sqlite-in-container",
            text=f"the database is SQLite, a file: compose keeps it in the volume {VOLUME}, all containers on one machine share it",
            origin=origin,
            remedy=driver
            or f"without compose, mount a volume at {FOLDER}; for several machines, install the driver of a database server",
        )
    if not migrations or not request.settings.migrate:
        return None
    return Notice(
        code="sqlite-in-container",
        text="the database is SQLite: its file lies in the container, so it is lost with it, and no migration can run beside it",
        origin=origin,
        remedy=driver
        or "keep the file in a volume and migrate in the same container, or install the driver of a database server",
    )


def _driver_notice(request: ProcessRequest) -> Notice | None:
    """Return the warning that Django cannot talk to the server that its settings name, None where a driver may be there."""
    drivers = request.installed.first(server_drivers())
    project = next((one for one in request.application.django if one.only_server), None)
    if project is None or drivers or not request.installed.from_lock:
        return None
    return Notice(
        code="database-driver-missing",
        text=f"the settings use {project.database_engine}, and no driver of a database server is installed",
        origin=project.manage,
        remedy=left_out(server_drivers(), request)
        or "add the driver to the production dependencies, or set `groups` or `extras` to where it is",
    )


def _fixed_file(request: ProcessRequest) -> Origin | None:
    """Return where the code names its file and nothing else: no variable, no Django, no other database."""
    rows = service_rows()
    other = any(
        hint.service in (_SQLITE, "database")
        or (hint.service in rows and rows[hint.service].group == "database")
        for hint in request.application.service_hints
    )
    known = (
        other or bool(request.application.django) or bool(request.installed.first(server_drivers()))
    )
    return None if known else next(iter(request.application.fixed_databases), None)


def _is_fixed(request: ProcessRequest) -> bool:
    return any(
        project.database_engine.endswith("sqlite3") for project in request.application.django
    )


def _hint(request: ProcessRequest) -> ServiceHint | None:
    hints = [hint for hint in request.application.service_hints if hint.variable]
    return next((hint for hint in hints if hint.service in (_SQLITE, "database")), None)
