"""Variables that the code cannot do without, and what compose may put in their place on a developer's machine."""

from dockwright.decide.process_request import ProcessRequest
from dockwright.model.application import ReadVariable
from dockwright.model.pattern import Pattern

LOCAL_SECRET = "only-for-this-machine"  # noqa: S105 - says what it is
_KEY = Pattern(
    r"(^|_)(SECRET(_KEY)?(_BASE)?|SIGNING_KEY|SESSION_KEY|JWT_SECRET(_KEY)?|JWT_KEY|APP_KEY|SALT)$"
)
_HOSTS = Pattern(r"(^|_)ALLOWED_HOSTS?$")


def local_values(request: ProcessRequest) -> tuple[tuple[str, str], ...]:
    """Return (variable, value) for what has no default in the code; `.env` goes before every one of these values."""
    found: dict[str, str] = {}
    for variable in request.application.variables:
        value = _local(variable, request)
        if value:
            found[variable.name] = f"${{{variable.name}:-{value}}}"
    return tuple(sorted(found.items()))


def _local(variable: ReadVariable, request: ProcessRequest) -> str:
    if _HOSTS.search(variable.name) and not variable.default:
        # A collection of pydantic is JSON; the names would stop the application.
        return "" if variable.asked == "json" else "localhost,127.0.0.1"
    key = _KEY.search(variable.name) or any(
        p.secret_key_variable == variable.name for p in request.application.django
    )
    needed = variable.required or any(
        variable.name in p.required_variables for p in request.application.django
    )
    return LOCAL_SECRET if key and needed else ""
