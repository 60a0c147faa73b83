"""Steps of the build that follow the source: Django's static files, without a secret in the image."""

from shlex import quote

from dockwright.decide.process_request import ProcessRequest
from dockwright.model.application import DjangoProject
from dockwright.model.dockerfile import Run
from dockwright.model.pattern import Pattern

_PLACEHOLDERS = (
    (Pattern(r"(DATABASE|DB|SQL)\w*(URL|URI|DSN)$|^DATABASE$"), "sqlite:///:memory:"),
    (Pattern(r"(REDIS|CACHE|BROKER|CELERY)\w*(URL|URI)$"), "redis://localhost"),
    (Pattern(r"(EMAIL|SMTP|MAIL)\w*(URL|URI)$"), "smtp://localhost"),
    (Pattern(r"(URL|URI|ENDPOINT|ORIGINS?|DOMAIN)$"), "http://localhost"),
    (Pattern(r"(HOSTS?|HOSTNAME|SERVER)$"), "localhost"),
    (Pattern(r"(PORT|TIMEOUT|SIZE|COUNT|LIMIT|_ID|SECONDS|DAYS|AGE|PER_PAGE)$"), "1"),
    (Pattern(r"^(USE|ENABLE|IS|DISABLE)_|(DEBUG|ENABLED|_TLS|_SSL)$"), "0"),
)
_ELSE = "build-only"
_ON_ONE_LINE = 2


def collect_static(request: ProcessRequest) -> Run | None:
    """Return the step that collects Django's static files, None where the settings know no STATIC_ROOT."""
    project = next(
        (one for one in request.application.django if one.staticfiles and one.has_static_root), None
    )
    if project is None or not request.settings.collectstatic:
        return None
    values = _values(project)
    between = " " if len(values) <= _ON_ONE_LINE else " \\\n    "
    settled = "".join(f"{name}={quote(value)}{between}" for name, value in values)
    comment = (
        "Static files need settings, but no secret: these values exist for this command only."
        if values
        else ""
    )
    return Run(
        commands=(f"{settled}python {quote(project.manage.path)} collectstatic --noinput",),
        comment=comment,
    )


def _values(project: DjangoProject) -> tuple[tuple[str, str], ...]:
    """Return a placeholder for every variable without which the settings cannot be read."""
    names = set(project.required_variables)
    if project.secret_key_variable:
        names.add(project.secret_key_variable)
    pairs = [(name, placeholder(name)) for name in sorted(names)]
    if project.served_settings_module and project.served_settings_module != project.settings_module:
        pairs.insert(0, ("DJANGO_SETTINGS_MODULE", project.served_settings_module))
    return tuple(pairs)


def placeholder(name: str) -> str:
    """Return a value with which settings can be read: a database in memory, a host, a number, else plain words."""
    return next((value for pattern, value in _PLACEHOLDERS if pattern.search(name.upper())), _ELSE)
