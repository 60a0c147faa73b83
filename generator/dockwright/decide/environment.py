"""The variables that the processes need, and the folders that they write."""

import re

from dockwright.decide.command_line import unset_variables
from dockwright.decide.process_request import (
    WORKDIR,
    ProcessDecision,
    ProcessRequest,
    left_out,
    notice,
)
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
from dockwright.model.record import replace
from dockwright.model.secret import PLACEHOLDERS, is_secret_name
from dockwright.model.settings import Settings

_KEY = (
    r"(^|_)(SECRET(_KEY)?(_BASE)?|SIGNING_KEY|SESSION_KEY|JWT_SECRET(_KEY)?|JWT_KEY|APP_KEY|SALT)$"
)
_HOSTS = r"(^|_)ALLOWED_HOSTS?$"
# The image or compose sets them; nobody has to fill them in.
_NOT_ASKED = {"PORT", "WEB_CONCURRENCY", "PYTHONPATH", "PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE"}
_HEADER = (
    "# Copy this file to .env and fill in what you need. Compose reads it, the image does not.",
    "# A line without # must have a value. .env belongs into .gitignore.",
)
# Folders that hold no code, even where the project has them.
_DATA_FOLDERS = ("data", "var", "db", "database", "instance", "storage")

_FILE = "db.sqlite3"


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
        name, where = variable.name, variable.origin
        place = f"{where.path}:{where.line}" if where.line else where.path
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
        what = f"the password of {service_rows()[kind].title}, letters and digits"
        lines += ["", f"# compose.yaml: {what}; set once, before its volume is made", f"# {name}="]
    return (*_HEADER, *lines) if lines else ()


def writable_folders(request: ProcessRequest) -> tuple[WritableFolder, ...]:
    """Return the folders below the project that the code writes; the rest there belongs to root."""
    if not request.shell:
        # No folder can be made in an image that has no shell.
        return ()
    database = database_folder(request)
    uploads = {one.media_root.rstrip("/") for one in request.application.django if one.media_root}
    folders = [database] if database else []
    because = "Uploads go here (MEDIA_ROOT), and compose mounts a volume."
    folders += [_folder(path, because) for path in sorted(uploads - {".", ""})]
    known = tuple(f"{one.path}/" for one in folders)
    for written in request.application.written:
        if not f"{written.value}/".startswith(known):
            why = f"{written.origin.path} writes here, and compose mounts a volume."
            folders.append(_folder(written.value, why))
    names = {name.rstrip("/") for name in request.top_level}
    own = next((name for name in ("logs", "log", "var") if name not in names), "container-logs")
    for log in request.application.logs:
        # A link leads from its place beside the code to a folder that may be written.
        because = f"{log.origin.path} writes {log.value}, and compose mounts a volume."
        folders.append(replace(_folder(own, because), link=log.value))
    return tuple(folders)


def _folder(path: str, because: str) -> WritableFolder:
    volume = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
    return WritableFolder(path=path, because=because, volume=volume)


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
    because = "SQLite writes its file here, and compose mounts a volume."
    return WritableFolder(path=own, because=because, volume="sqlite-data", link=link)


def database_environment(request: ProcessRequest) -> tuple[tuple[str, str], ...]:
    """Return the variable that names SQLite's file, where the code reads one."""
    folder, hint = database_folder(request), _variable_of_file(request)
    if folder is None or hint is None or folder.link:
        return ()
    scheme = hint.scheme if hint.scheme.startswith("sqlite") else "sqlite"
    return ((hint.variable, f"{scheme}:///{WORKDIR}/{folder.path}/{_FILE}"),)


def django_environment(request: ProcessRequest) -> tuple[tuple[str, str], ...]:
    """Return the settings module for every process where manage.py names another one, or none."""
    name = "DJANGO_SETTINGS_MODULE"
    project = next(iter(request.application.django), None)
    if project is None or name in dict(request.settings.environment):
        return ()
    served = project.served_settings_module or (project.settings_module if project.unnamed else "")
    return ((name, served),) if served else ()


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
    place = fixed.origin if fixed else origin
    if folder:
        path = f"{WORKDIR}/{folder.path}"
        volume = folder.volume
        return (notice("sqlite-in-volume", place, remedy=driver, volume=volume, path=path),)
    beside = ", and no migration can run beside it" if migrates else ""
    return (notice("sqlite-in-container", place, remedy=driver, beside=beside),)


def _driver_notice(request: ProcessRequest) -> tuple[Notice, ...]:
    """Return the warning that Django cannot talk to the server that its settings name."""
    project = next((one for one in request.application.django if one.only_server), None)
    drivers = request.installed.first(server_drivers())
    if project is None or drivers or not request.installed.from_lock:
        return ()
    remedy, engine = left_out(server_drivers(), request), project.database_engine
    return (notice("database-driver-missing", project.manage, remedy=remedy, engine=engine),)


def refuse_secrets(settings: Settings) -> tuple[Notice, ...]:
    """Raise UsageError for a variable of the image that is a secret by its name.

    With `force` the warnings are returned instead. No value is named.
    """
    found = [(f"environment.{name}", name, value) for name, value in settings.environment]
    for stage, own in settings.stages:
        found += [
            (f"stages.{stage}.environment.{name}", name, value) for name, value in own.environment
        ]
    # `$NAME` is filled in by the container, and a placeholder gives nothing away.
    secrets = [
        (key, name)
        for key, name, value in found
        if value
        and not value.startswith("$")
        and value not in PLACEHOLDERS
        and is_secret_name(name)
    ]
    if secrets and not settings.force:
        raise _secret(*secrets[0])
    return tuple(notice("secret-in-image", None, key=key) for key, _ in secrets)


def _secret(key: str, name: str) -> UsageError:
    return UsageError(
        f"the setting `{key}` would put a secret into the image",
        found=f"a value for {name}; it is not repeated here",
        rule="everybody who has the image can read its variables (`docker inspect`): the image "
        "holds no secret, the container is given it",
        steps=(
            f"take it out, and give it to the container: {name}=... in .env or a platform's secret",
            "or, if it is none: `--force`",
        ),
        example=f"docker run --env {name} IMAGE",
    )
