"""Django's static files: the command that collects them, without a secret in the image."""

import re
from shlex import quote

from dockwright.decide.process_request import ProcessRequest
from dockwright.model.application import DjangoProject
from dockwright.model.artifact import StaticFiles

# A settings file is read for its names alone, so any value of the right kind will do.
_PLACEHOLDERS = (
    (r"(DATABASE|DB|SQL)\w*(URL|URI|DSN)$|^DATABASE$", "sqlite:///:memory:"),
    (r"(REDIS|CACHE|BROKER|CELERY)\w*(URL|URI)$", "redis://localhost"),
    (r"(EMAIL|SMTP|MAIL)\w*(URL|URI)$", "smtp://localhost"),
    (r"(URL|URI|ENDPOINT|ORIGINS?|DOMAIN)$", "http://localhost"),
    (r"(HOSTS?|HOSTNAME|SERVER)$", "localhost"),
    (r"(PORT|TIMEOUT|SIZE|COUNT|LIMIT|_ID|SECONDS|DAYS|AGE|PER_PAGE)$", "1"),
    (r"^(USE|ENABLE|IS|DISABLE)_|(DEBUG|ENABLED|_TLS|_SSL)$", "0"),
)
_ELSE = "build-only"


def collect_static(request: ProcessRequest) -> StaticFiles | None:
    """Return the command, None where the settings know no STATIC_ROOT or the owner wants none."""
    project = next(
        (one for one in request.application.django if one.staticfiles and one.has_static_root), None
    )
    if project is None or not request.settings.collectstatic:
        return None
    values = _values(project, dict(request.settings.environment))
    settled = "".join(f"{name}={quote(value)} " for name, value in values)
    return StaticFiles(
        command=f"{settled}python {quote(project.manage.path)} collectstatic --noinput",
        because=_because([name for name, _ in values if name != "DJANGO_SETTINGS_MODULE"]),
    )


def _because(names: list[str]) -> str:
    if not names:
        return ""
    if len(names) == 1:
        return f"Reading the settings needs {names[0]}. This value exists for this command only."
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Reading the settings needs {listed}. These values exist for this command only."


def _values(project: DjangoProject, given: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return a placeholder for every variable without which the settings cannot be read."""
    names = {*project.required_variables}
    if project.secret_key_variable:
        names.add(project.secret_key_variable)
    pairs = [(name, placeholder(name)) for name in sorted(names - given.keys())]
    served = project.served_settings_module
    if served and served != project.settings_module:
        pairs.insert(0, ("DJANGO_SETTINGS_MODULE", served))
    return tuple(pairs)


def placeholder(name: str) -> str:
    """Return a value with which settings can be read: a database in memory, a host, a number, a
    word.
    """
    upper = name.upper()
    return next((value for pattern, value in _PLACEHOLDERS if re.search(pattern, upper)), _ELSE)
