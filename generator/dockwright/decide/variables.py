""".env.example: the variables that the code reads, without values."""

from dockwright.decide.command_variables import unset_variables
from dockwright.decide.compose import ComposeRequest
from dockwright.decide.local_values import local_values
from dockwright.decide.service_table import service_rows
from dockwright.model.application import ReadVariable

_HEADER = (
    "# Copy this file to .env and fill in what you need. Compose reads .env; the image never holds it.",
    "# A line without # must have a value. .env belongs into .gitignore.",
)
_DEVELOPMENT = (
    "",
    "# compose.yaml: dev for the development dependencies and a server that reloads",
    "# TARGET=",
    "",
    "# compose.yaml: your own numbers (id -u, id -g), where they are not 1000",
    "# UID=",
    "# GID=",
)
_NOT_ASKED = frozenset(
    {"PORT", "WEB_CONCURRENCY", "PYTHONPATH", "PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE"}
)


def env_example(asked: ComposeRequest) -> tuple[str, ...]:
    """Return the lines of .env.example, () where the code reads nothing and compose needs nothing."""
    reached = {
        name: service.kind
        for service in asked.services
        for name, _ in service.application_environment
    }
    passwords = {
        service.password_variable: service.kind
        for service in asked.services
        if service.password_variable
    }
    local = {name for name, _ in local_values(asked.request)}
    in_commands = {
        name
        for process in asked.decision.processes
        for name in unset_variables(process, asked.request.settings)
    }
    lines: list[str] = []
    for variable in sorted(asked.request.application.variables, key=lambda one: one.name):
        if variable.name in _NOT_ASKED or variable.name in passwords:
            continue
        needed = variable.required or variable.name in in_commands
        lines += _lines(
            variable, reached.get(variable.name, ""), local=variable.name in local, needed=needed
        )
    lines += _of_commands(
        asked, {variable.name for variable in asked.request.application.variables}
    )
    for name, kind in sorted(passwords.items()):
        title = service_rows()[kind].title
        lines += [
            "",
            f"# compose.yaml: the password of {title}, letters and digits; set once, before its volume is made",
            f"# {name}=",
        ]
    if not lines:
        return ()
    return (*_HEADER, *lines, *(_DEVELOPMENT if asked.request.settings.development else ()))


def _of_commands(asked: ComposeRequest, known: set[str]) -> list[str]:
    """Return the lines for variables that stand in commands only (a Procfile's `-w $WORKERS`)."""
    lines: list[str] = []
    for process in asked.decision.processes:
        for name in unset_variables(process, asked.request.settings):
            if name not in known | _NOT_ASKED:
                known = {*known, name}
                lines += [
                    "",
                    f"# {process.evidence[0].path if process.evidence else 'compose.yaml'}, {process.name}",
                    f"{name}=",
                ]
    return lines


def _lines(variable: ReadVariable, service: str, *, local: bool, needed: bool) -> list[str]:
    place = (
        f"{variable.origin.path}:{variable.origin.line}"
        if variable.origin.line
        else variable.origin.path
    )
    if service:
        return ["", f"# {place}; compose.yaml sets it to reach {service}", f"# {variable.name}="]
    if local:
        return ["", f"# {place}; compose.yaml has a value for this machine", f"# {variable.name}="]
    if needed:
        return ["", f"# {place}", f"{variable.name}="]
    return ["", f"# {place}", f"# {variable.name}="]
