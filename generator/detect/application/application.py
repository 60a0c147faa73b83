"""Puts together what the single concerns find."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from generator.detect.application.celery import find_celery
from generator.detect.application.django import Django
from generator.detect.application.django_urls import DjangoUrls
from generator.detect.application.entries import Entries
from generator.detect.application.front_end import find_front_ends
from generator.detect.application.migrations import find_migrations
from generator.detect.application.named import find_named
from generator.detect.application.places import ENTRY_NAMES
from generator.detect.application.procfile import find_procfile
from generator.detect.application.routes import Routes
from generator.detect.application.scripts import Scripts
from generator.detect.application.server_configs import find_server_configs
from generator.detect.application.services import find_services
from generator.detect.application.survey import Survey
from generator.detect.application.testing import find_test_command
from generator.detect.application.variables import find_variables
from generator.detect.application.web import find_web
from generator.detect.application.workers import find_workers
from generator.detect.tree import ProjectTree
from generator.model.application import (
    Application,
    DjangoProject,
    FoundProcess,
    Framework,
    Interface,
    ProcessKind,
    ServiceHint,
    WebApplication,
)
from generator.model.dependencies import ManagerFinding
from generator.model.origin import Notice, Sourced

_LOOKED_FOR = (
    "a web application (FastAPI, Starlette, Litestar, Quart, Sanic, aiohttp, Flask, Django, Dash, Streamlit, Gradio, Bottle, Tornado, Falcon)",
    "manage.py of Django",
    "a Celery, RQ, Dramatiq, Huey, arq or taskiq worker",
    "a bot (aiogram, discord.py, python-telegram-bot)",
    "a Procfile",
    "[project.scripts], [tool.poetry.scripts] or a script of the Pipfile",
    "a package with __main__.py",
    'a script with `if __name__ == "__main__"`',
    f"a file named {', '.join(f'{name}.py' for name in ENTRY_NAMES[2:8])}",
)


def find_application(tree: ProjectTree, managers: tuple[ManagerFinding, ...]) -> Application:
    """Find what the project runs: web applications, workers, bots, scripts, and what they need.

    Nothing is imported and nothing is executed. Files that cannot be read or parsed are skipped with a notice.
    """
    with _without_collector():
        survey = Survey(tree, managers)
        found = _find(survey)
        survey.sources.close()
        if found.looked_for and survey.doubtful:
            survey = Survey(tree, managers, leave_out=False)
            found = _find(survey)
            survey.sources.close()
        return found


def _find(survey: Survey) -> Application:
    procfile = find_procfile(survey.tree)
    configs = find_server_configs(survey)
    named = find_named(survey, procfile.processes)
    entries = Entries(survey)
    web = find_web(survey, entries, named, configs)
    finder = Django(survey)
    django = finder.find(web.applications)
    applications = tuple(_ranked(web.applications, django))
    processes = _processes(survey, procfile.processes, django, Scripts(survey, entries, web))
    unused = finder.unused_settings
    variables = find_variables(survey, unused)
    applications = tuple(_with_health(survey, applications, django, finder))
    notices = (*web.notices, *procfile.notices, *finder.notices, *_foreign_notice(survey), *survey.sources.notices)
    return Application(
        web=applications,
        processes=processes,
        django=django,
        variables=variables,
        service_hints=_hints(finder, find_services(survey, variables, unused)),
        front_ends=find_front_ends(survey, django),
        migrations=find_migrations(survey, django, applications),
        test_command=find_test_command(survey, django),
        imported=_imported(survey),
        looked_for=() if applications or processes or django else _LOOKED_FOR,
        notices=notices,
        server_configs=configs,
    )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the cyclic collector: syntax trees are millions of objects that all live on, and walking them doubles the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _ranked(applications: list[WebApplication], django: tuple[DjangoProject, ...]) -> list[WebApplication]:
    """Put the interface first that a Django project is made for: ASGI only if it uses Channels, or names nothing else."""
    projects = {project.import_root: project for project in reversed(django)}
    found = []
    for application in applications:
        project = projects.get(application.import_root) if application.framework is Framework.DJANGO else None
        found.append(_of_project(application, project) if project else application)
    return sorted(found, key=lambda app: (app.rank, app.import_root, app.module, app.target))


def _of_project(application: WebApplication, project: DjangoProject) -> WebApplication:
    wanted = Interface.ASGI if project.channels or not project.wsgi else Interface.WSGI
    points = -20 if application.interface is wanted else 0
    sockets = application.websockets or (project.channels and application.interface is Interface.ASGI)
    return replace(application, rank=application.rank + points, websockets=sockets)


def _processes(
    survey: Survey, named: tuple[FoundProcess, ...], django: tuple[DjangoProject, ...], scripts: Scripts
) -> tuple[FoundProcess, ...]:
    """Return the Procfile's processes, then what the code implies and the Procfile does not start already."""
    installed = django[0].installed_apps if django else ()
    found = list(named)
    lines = [process.shell or " ".join(process.command) for process in named]
    for process in (*find_celery(survey, installed), *find_workers(survey, django), *scripts.find()):
        if not _is_started(process, lines):
            found.append(process)
            lines.append(" ".join(process.command))
    commands = [process for process in found if process.kind is ProcessKind.COMMAND]
    return (*(process for process in found if process.kind is not ProcessKind.COMMAND), *commands)


def _is_started(process: FoundProcess, lines: list[str]) -> bool:
    """Whether a command line starts the same already: the same words, or the same program with the same sub-command."""
    if " ".join(process.command) in lines:
        return True
    first, last = process.command[:1], process.command[-1:]
    if process.framework in ("celery", "rq", "dramatiq", "huey", "arq", "taskiq", "django-q") and first and last:
        key = last[0] if process.framework in ("celery", "django-q", "huey") else first[0]
        return any(first[0].rpartition("/")[2] in line.split() and key in line.split() for line in lines)
    return False


def _with_health(
    survey: Survey, applications: tuple[WebApplication, ...], django: tuple[DjangoProject, ...], finder: Django
) -> Iterator[WebApplication]:
    routes = None
    paths = {project.import_root: _django_health(survey, project, finder) for project in django}
    for application in applications:
        if application.framework is Framework.DJANGO:
            yield replace(application, health_path=paths.get(application.import_root))
            continue
        if routes is None:
            routes = Routes(survey).health()
        yield replace(application, health_path=routes)


def _django_health(survey: Survey, project: DjangoProject, finder: Django) -> Sourced[str] | None:
    settings = finder.settings_of(project)
    return DjangoUrls(survey, project, settings).health() if settings else None


def _hints(finder: Django, others: tuple[ServiceHint, ...]) -> tuple[ServiceHint, ...]:
    """Put DATABASES before what is guessed from names, and leave out what it already reaches."""
    own = tuple(dict.fromkeys(finder.hints()))
    reached = finder.covered
    rest = (hint for hint in others if not ({hint.variable, *(v for _, v in hint.parts)} & reached))
    return (*own, *rest)


def _imported(survey: Survey) -> tuple[str, ...]:
    """Return the top-level names of outside modules that the parsed files import."""
    found = set()
    for module in survey.sources.parsed:
        for binding in module.imports:
            if not binding.level and binding.module and survey.imports.find(binding, module.path) is None:
                found.add(binding.module.partition(".")[0])
    return tuple(sorted(found))


def _foreign_notice(survey: Survey) -> Iterator[Notice]:
    if survey.foreign:
        yield Notice(
            code="other-projects-inside",
            text=f"not looked at, each has a manifest of its own: {', '.join(survey.foreign[:6])}",
            remedy="run Dockwright in that folder to containerise it",
        )
