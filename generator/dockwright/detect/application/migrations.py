"""Database migrations that must run before the application: Django, Alembic, Aerich."""

from collections.abc import Iterator

from dockwright.detect.application.processes import implied
from dockwright.detect.application.sources import folder, is_candidate, join, under
from dockwright.detect.application.survey import Survey
from dockwright.model.application import (
    DjangoProject,
    FoundProcess,
    Framework,
    ProcessKind,
    WebApplication,
)
from dockwright.model.origin import Origin
from dockwright.model.record import replace

_UPGRADE = ("upgrade", "head")


def find_migrations(
    survey: Survey, django: tuple[DjangoProject, ...], web: tuple[WebApplication, ...]
) -> tuple[FoundProcess, ...]:
    """Return the commands that bring the database up to date, as one-shot processes."""
    found = [*_django(django), *_flask_migrate(survey, web)]
    if not found:
        found = [*_alembic(survey)]
    return (*found, *_aerich(survey))


def _django(django: tuple[DjangoProject, ...]) -> Iterator[FoundProcess]:
    for project in django[:1]:
        if project.has_migrations:
            command = ("python", project.manage.path, "migrate", "--noinput")
            why = "the Django project has migrations"
            yield _release(command, project.manage, "django", why, project.import_root)


def _flask_migrate(survey: Survey, web: tuple[WebApplication, ...]) -> Iterator[FoundProcess]:
    flask = [a for a in web if a.framework in (Framework.FLASK, Framework.QUART) and a.target]
    using = [
        module.path
        for module in survey.sources.modules(survey.sources.containing(b"flask_migrate"))
        if any(binding.module == "flask_migrate" for binding in module.imports)
    ]
    if not flask or not using:
        return
    application, root = flask[0], flask[0].import_root
    package = application.module.partition(".")[0]
    for directory in ("migrations", "alembic", "db/migrations", f"{package}/migrations"):
        path = f"{join(root, directory)}/env.py"
        if survey.tree.has(path):
            target = f"{application.module}:{application.target}"
            command: tuple[str, ...] = ("flask", "--app", target, "db", "upgrade")
            if directory != "migrations":
                command = (*command, "--directory", directory)
            why = f"{using[0]} uses Flask-Migrate"
            yield _release(command, Origin(path=path), "flask-migrate", why, root)
            return


def _alembic(survey: Survey) -> Iterator[FoundProcess]:
    paths = survey.tree.find("alembic.ini", depth=2)
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        spelled = survey.ini(path, "alembic").get("script_location", "")
        # The folder is named from where the file stands, or from where Alembic is started.
        location = spelled.removeprefix("%(here)s/").removeprefix("./").rstrip("/")
        root = folder(path)
        beside, here = (survey.tree.has(f"{join(b, location)}/env.py") for b in (root, ""))
        there = ":" in location or beside or here
        if not location or not there or not is_candidate(path) or under(path, survey.foreign):
            continue
        origin = survey.place(path, "script_location", "script_location")
        command = ("alembic", "-c", path, *_UPGRADE) if root else ("alembic", *_UPGRADE)
        why = f"{path} names the migrations in {location}"
        process = _release(command, origin, "alembic", why, root)
        if root and "%(here)s" not in spelled and not here:
            shell = f"cd {root} && alembic upgrade head"
            process = replace(process, command=(), shell=shell)
        yield process
        return
    if isinstance(survey.tool("alembic").get("script_location"), str):
        origin = survey.place("pyproject.toml", "[tool.alembic]", "tool.alembic")
        why = "pyproject.toml names Alembic's migrations"
        yield _release(("alembic", *_UPGRADE), origin, "alembic", why)


def _aerich(survey: Survey) -> Iterator[FoundProcess]:
    if survey.tool("aerich"):
        origin = survey.place("pyproject.toml", "[tool.aerich]", "tool.aerich")
    elif survey.tree.has("aerich.ini"):
        origin = Origin(path="aerich.ini")
    else:
        return
    why = f"{origin.path} configures Aerich"
    yield _release(("aerich", "upgrade"), origin, "aerich", why)


def _release(
    command: tuple[str, ...], origin: Origin, framework: str, because: str, root: str = ""
) -> FoundProcess:
    return implied(ProcessKind.RELEASE, command, origin, framework, because, root, name="migrate")
