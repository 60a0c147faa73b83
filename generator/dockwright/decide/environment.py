"""The variables that the processes need, and the folders that they write."""

import re

from dockwright.decide.command_line import unset_variables
from dockwright.decide.process_request import WORKDIR, ProcessDecision, ProcessRequest, left_out
from dockwright.decide.services import (
    LOCAL_VALUE,
    fixed_database,
    is_sqlite,
    only_sqlite,
    server_drivers,
    service_rows,
)
from dockwright.errors import UsageError
from dockwright.model.application import ReadVariable, ServiceHint
from dockwright.model.artifact import WritableFolder
from dockwright.model.origin import Notice
from dockwright.model.plan import BackingService
from dockwright.model.secret import PLACEHOLDERS, is_secret_name
from dockwright.model.settings import Settings

_KEY = (
    r"(^|_)(SECRET(_KEY)?(_BASE)?|SIGNING_KEY|SESSION_KEY|JWT_SECRET(_KEY)?|JWT_KEY|APP_KEY|SALT)$"
)
_HOSTS = r"(^|_)ALLOWED_HOSTS?$"
# The image or compose sets them; nobody has to fill them in.
_NOT_ASKED = frozenset(
    {"PORT", "WEB_CONCURRENCY", "PYTHONPATH", "PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE"}
)
_HEADER = (
    "# Copy this file to .env and fill in what you need. Compose reads it, the image does not.",
    "# A line without # must have a value. .env belongs into .gitignore.",
)
# Folders that hold no code, even where the project has them.
_DATA_FOLDERS = ("data", "var", "db", "database", "instance", "storage")

_FILE = "db.sqlite3"
_READABLE = "everybody who has the image can read its variables (`docker inspect`)"


def application_environment(
    decision: ProcessDecision, services: tuple[BackingService, ...]
) -> tuple[tuple[str, str], ...]:
    """Return what compose sets in every process: keys, then what reaches the services."""
    request = decision.request
    if request is None:
        return ()
    found = dict(local_values(request))
    for service in services:
        for name, value in service.application_environment:
            found.setdefault(name, value)
    main = decision.main
    # .env may hold a PORT for runs outside of a container; the published port must stay what it is.
    if main is not None and main.port_variable:
        found[main.port_variable] = str(main.port)
    return tuple(found.items())


def local_values(request: ProcessRequest) -> tuple[tuple[str, str], ...]:
    """Return (variable, value) for what has no default in the code; `.env` goes before these."""
    values = ((one.name, _local_value(one, request)) for one in request.application.variables)
    return tuple(sorted((name, f"${{{name}:-{value}}}") for name, value in values if value))


def _local_value(variable: ReadVariable, request: ProcessRequest) -> str:
    if re.search(_HOSTS, variable.name) and not variable.default:
        # A collection of pydantic is JSON; the names would stop the application.
        return "" if variable.asked == "json" else "localhost,127.0.0.1"
    projects = request.application.django
    keys = {project.secret_key_variable for project in projects}
    needed = {name for project in projects for name in project.required_variables}
    is_key = variable.name in keys or re.search(_KEY, variable.name)
    return LOCAL_VALUE if is_key and (variable.required or variable.name in needed) else ""


def env_example(decision: ProcessDecision, services: tuple[BackingService, ...]) -> tuple[str, ...]:
    """Return the lines of .env.example: what the code reads, without values; () for nothing."""
    request = decision.request
    if request is None:
        return ()
    reached = {name: one.kind for one in services for name, _ in one.application_environment}
    passwords = {one.password_variable: one.kind for one in services if one.password_variable}
    local = {name for name, _ in local_values(request)}
    # A variable that two commands use belongs to the first of them.
    in_commands = {
        name: process
        for process in reversed(decision.processes)
        for name in unset_variables(process, request.settings)
    }
    lines: list[str] = []
    for variable in sorted(request.application.variables, key=lambda one: one.name):
        name, place = variable.name, _place(variable)
        if name in _NOT_ASKED or name in passwords:
            continue
        if name in reached:
            lines += ["", f"# {place}; compose.yaml sets it to reach {reached[name]}", f"# {name}="]
        elif name in local:
            lines += ["", f"# {place}; compose.yaml has a value for this machine", f"# {name}="]
        else:
            needed = variable.required or name in in_commands
            lines += ["", f"# {place}", f"{name}=" if needed else f"# {name}="]
    known = {variable.name for variable in request.application.variables} | _NOT_ASKED
    for name, process in in_commands.items():
        if name not in known:
            path = process.evidence[0].path if process.evidence else "compose.yaml"
            lines += ["", f"# {path}, {process.name}", f"{name}="]
    for name, kind in sorted(passwords.items()):
        title = service_rows()[kind].title
        note = "letters and digits; set once, before its volume is made"
        lines += ["", f"# compose.yaml: the password of {title}, {note}", f"# {name}="]
    return (*_HEADER, *lines) if lines else ()


def _place(variable: ReadVariable) -> str:
    origin = variable.origin
    return f"{origin.path}:{origin.line}" if origin.line else origin.path


def writable_folders(request: ProcessRequest) -> tuple[WritableFolder, ...]:
    """Return the folders below the project that the code writes; the rest there belongs to root."""
    if not request.shell:
        # No folder can be made in an image that has no shell.
        return ()
    database = database_folder(request)
    uploads = {one.media_root.rstrip("/") for one in request.application.django if one.media_root}
    folders = [database] if database else []
    for path in sorted(uploads - {".", ""}):
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
        folders.append(
            WritableFolder(
                path=path,
                because="Uploads go here (MEDIA_ROOT), and compose mounts a volume.",
                volume=name,
            )
        )
    return tuple(folders)


def database_folder(request: ProcessRequest) -> WritableFolder | None:
    """Return the folder of SQLite's file, None where there is none or nobody knows where it lies.

    It is the file's own folder, or one to which a link or a variable leads the code.
    """
    if not request.shell or not is_sqlite(request):
        return None
    fixed = fixed_database(request)
    files = [one.database_file for one in request.application.django]
    path = next((one for one in (*files, fixed.value if fixed else "") if one), "")
    if not path and _variable_of_file(request) is None:
        return None
    folder = path.rpartition("/")[0]
    first = folder.partition("/")[0]
    names = {name.rstrip("/") for name in request.top_level}
    if folder and (first in _DATA_FOLDERS or first not in names):
        own, link = folder, ""
    else:
        # A volume over a folder that holds code would hide the code of the next image.
        own, link = next((one for one in _DATA_FOLDERS if one not in names), "sqlite-data"), path
    return WritableFolder(
        path=own,
        because="SQLite writes its file here, and compose mounts a volume.",
        volume="sqlite-data",
        link=link,
    )


def database_environment(request: ProcessRequest) -> tuple[tuple[str, str], ...]:
    """Return the variable that names SQLite's file, where the code reads one."""
    folder, hint = database_folder(request), _variable_of_file(request)
    if folder is None or hint is None or folder.link:
        return ()
    scheme = hint.scheme if hint.scheme.startswith("sqlite") else "sqlite"
    return ((hint.variable, f"{scheme}:///{WORKDIR}/{folder.path}/{_FILE}"),)


def _variable_of_file(request: ProcessRequest) -> ServiceHint | None:
    # A link already leads Django to its file.
    if any(one.database_file for one in request.application.django):
        return None
    hints = [hint for hint in request.application.service_hints if hint.variable]
    return next((hint for hint in hints if hint.service in ("sqlite", "database")), None)


def database_notice(request: ProcessRequest) -> tuple[Notice, ...]:
    """Return the warning about a database that is a file, or that no installed driver reaches."""
    if not is_sqlite(request):
        return _driver_notice(request)
    migrates = bool(request.application.migrations) and request.settings.migrate
    hints = [one.origin for one in request.application.service_hints if one.service == "sqlite"]
    origin = next(iter((*hints, *(one.origin for one in request.application.migrations))), None)
    # Perhaps a driver stands in a group that is not installed.
    driver = "" if only_sqlite(request) else left_out(server_drivers(), request)
    fixed, folder = fixed_database(request), database_folder(request)
    if not (folder or fixed or migrates):
        return ()
    if folder:
        text = (
            f"compose keeps it in the volume {folder.volume}, which all containers on one machine "
            "share"
        )
        remedy = (
            f"without compose, mount a volume at {WORKDIR}/{folder.path}; for several machines, "
            "install the driver of a database server"
        )
    else:
        beside = ", and no migration can run beside it" if migrates else ""
        text = (
            f"it lies in the container, where the user may not write, and is lost with it{beside}"
        )
        remedy = (
            "read its place from a variable, such as os.environ.get("
            '"DATABASE_URL", "sqlite:///app.db"): compose then keeps the file in a volume'
        )
    return (
        Notice(
            code="sqlite-in-container",
            text=f"the database is SQLite, a file: {text}",
            origin=fixed.origin if fixed else origin,
            remedy=driver or remedy,
        ),
    )


def _driver_notice(request: ProcessRequest) -> tuple[Notice, ...]:
    """Return the warning that Django cannot talk to the server that its settings name."""
    project = next((one for one in request.application.django if one.only_server), None)
    drivers = request.installed.first(server_drivers())
    if project is None or drivers or not request.installed.from_lock:
        return ()
    return (
        Notice(
            code="database-driver-missing",
            text=f"the settings use {project.database_engine}, and no driver of a database server "
            "is installed",
            origin=project.manage,
            remedy=left_out(server_drivers(), request)
            or "add the driver to the production dependencies, or set `groups` or `extras` to "
            "where it is",
        ),
    )


def refuse_secrets(settings: Settings) -> tuple[Notice, ...]:
    """Raise UsageError for a variable of the image that is a secret by its name.

    With `force` the warnings are returned instead. No value is named.
    """
    found = [(f"environment.{name}", name, value) for name, value in settings.environment]
    for stage, own in settings.stages:
        found += [
            (f"stages.{stage}.environment.{name}", name, value) for name, value in own.environment
        ]
    secrets = [(key, name) for key, name, value in found if _is_secret(name, value)]
    if secrets and not settings.force:
        raise _secret(*secrets[0])
    return tuple(
        Notice(
            code="secret-in-image",
            text=f"the setting `{key}` is a secret by its name, and {_READABLE}",
            remedy="give it to the container instead: .env, or a secret of the platform",
        )
        for key, _ in secrets
    )


def _is_secret(name: str, value: str) -> bool:
    # `$NAME` is filled in by the container, and a placeholder gives nothing away.
    told = bool(value) and value not in PLACEHOLDERS and not value.startswith("$")
    return told and is_secret_name(name)


def _secret(key: str, name: str) -> UsageError:
    return UsageError(
        f"the setting `{key}` would put a secret into the image",
        found=f"a value for {name}; it is not repeated here",
        rule=f"{_READABLE}: the image holds no secret, the container is given it",
        steps=(
            (
                f"take it out, and start the container with it: {name}=... in .env for compose, "
                "or a secret of the platform"
            ),
            "or, if it is none: `--force`",
        ),
        example=f"docker run --env {name} IMAGE",
    )
