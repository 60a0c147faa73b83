"""Database migrations that must run before the application: Django, Alembic, Flask-Migrate, Aerich."""

from collections.abc import Iterator

from dockwright.detect.application.places import folder, is_candidate, join
from dockwright.detect.application.survey import Survey
from dockwright.detect.tree import line_of
from dockwright.errors import DockwrightError
from dockwright.model.application import (
    DjangoProject,
    FoundProcess,
    Framework,
    ProcessKind,
    WebApplication,
)
from dockwright.model.origin import Origin
from dockwright.model.record import replace


def find_migrations(
    survey: Survey, django: tuple[DjangoProject, ...], web: tuple[WebApplication, ...]
) -> tuple[FoundProcess, ...]:
    """Return the commands that bring the database up to date, as one-shot processes."""
    found = [*_django(django), *_flask_migrate(survey, web)]
    if not found:
        found += _alembic(survey)
    return (*found, *_aerich(survey))


def _django(django: tuple[DjangoProject, ...]) -> Iterator[FoundProcess]:
    for project in django[:1]:
        if project.has_migrations:
            command = ("python", project.manage.path, "migrate", "--noinput")
            yield _release(
                command,
                project.manage,
                "django",
                project.import_root,
                "the Django project has migrations",
            )


def _alembic(survey: Survey) -> Iterator[FoundProcess]:
    for path in sorted(
        survey.tree.find("alembic.ini", depth=2), key=lambda path: (path.count("/"), path)
    ):
        if not is_candidate(path) or any(path.startswith(f"{one}/") for one in survey.foreign):
            continue
        location = _script_location(survey, path)
        if location is None:
            continue
        root = folder(path)
        origin = Origin(
            path=path,
            line=line_of(survey.tree.text(path), "script_location"),
            key="script_location",
        )
        because = f"{path} names the migrations in {location}"
        if not root:
            yield _release(("alembic", "upgrade", "head"), origin, "alembic", "", because)
        elif _is_beside(survey, path) or survey.tree.has(f"{location}/env.py"):
            yield _release(
                ("alembic", "-c", path, "upgrade", "head"), origin, "alembic", root, because
            )
        else:
            # The path in the file belongs to the folder in which Alembic is started.
            process = _release((), origin, "alembic", root, because)
            yield replace(process, shell=f"cd {root} && alembic upgrade head")  # noqa: S604 - text, nothing is started
        return
    table = _tool(survey, "alembic")
    if isinstance(table.get("script_location"), str):
        origin = Origin(
            path="pyproject.toml",
            line=line_of(survey.tree.text("pyproject.toml"), "[tool.alembic]"),
            key="tool.alembic",
        )
        yield _release(
            ("alembic", "upgrade", "head"),
            origin,
            "alembic",
            "",
            "pyproject.toml names Alembic's migrations",
        )


def _spelled_location(survey: Survey, path: str) -> str:
    import configparser

    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(survey.tree.text(path))
    except (configparser.Error, DockwrightError):
        return ""
    return parser.get("alembic", "script_location", fallback="")


def _is_beside(survey: Survey, path: str) -> bool:
    """Whether the folder is named from where the file stands. Alembic's own template says %(here)s in comments anyway."""
    return "%(here)s" in _spelled_location(survey, path)


def _script_location(survey: Survey, path: str) -> str | None:
    """Return the folder of the migrations, None where alembic.ini is Flask-Migrate's own or leads nowhere."""
    location = (
        _spelled_location(survey, path).removeprefix("%(here)s/").removeprefix("./").rstrip("/")
    )
    if not location:
        return None
    if ":" in location:
        return location
    there = any(survey.tree.has(f"{join(base, location)}/env.py") for base in (folder(path), ""))
    return location if there else None


def _flask_migrate(survey: Survey, web: tuple[WebApplication, ...]) -> Iterator[FoundProcess]:
    application = next(
        (a for a in web if a.framework in (Framework.FLASK, Framework.QUART) and a.target), None
    )
    if application is None:
        return
    for path in survey.sources.containing(b"flask_migrate"):
        module = survey.sources.module(path)
        imported = module and any((b.module or "") == "flask_migrate" for b in module.imports)
        directory = _directory(survey, application)
        if imported and directory is not None:
            command: tuple[str, ...] = (
                "flask",
                "--app",
                f"{application.module}:{application.target}",
                "db",
                "upgrade",
            )
            if directory not in ("", "migrations"):
                command = (*command, "--directory", directory)
            origin = Origin(path=f"{join(application.import_root, directory)}/env.py")
            yield _release(
                command,
                origin,
                "flask-migrate",
                application.import_root,
                f"{path} uses Flask-Migrate",
            )
            return


def _directory(survey: Survey, application: WebApplication) -> str | None:
    candidates = (
        "migrations",
        "alembic",
        "db/migrations",
        f"{application.module.partition('.')[0]}/migrations",
    )
    return next(
        (d for d in candidates if survey.tree.has(f"{join(application.import_root, d)}/env.py")),
        None,
    )


def _aerich(survey: Survey) -> Iterator[FoundProcess]:
    table = _tool(survey, "aerich")
    if table:
        origin = Origin(
            path="pyproject.toml",
            line=line_of(survey.tree.text("pyproject.toml"), "[tool.aerich]"),
            key="tool.aerich",
        )
    elif survey.tree.has("aerich.ini"):
        origin = Origin(path="aerich.ini")
    else:
        return
    yield _release(("aerich", "upgrade"), origin, "aerich", "", f"{origin.path} configures Aerich")


def _tool(survey: Survey, name: str) -> dict[str, object]:
    path = "pyproject.toml"
    try:
        tool = survey.tree.toml(path).get("tool") if survey.tree.has(path) else None
    except DockwrightError:
        return {}
    table = tool.get(name) if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


def _release(
    command: tuple[str, ...], origin: Origin, framework: str, root: str, because: str
) -> FoundProcess:
    return FoundProcess(
        name="migrate",
        kind=ProcessKind.RELEASE,
        command=command,
        origin=origin,
        framework=framework,
        import_root=root,
        endless=False,
        because=because,
    )
