"""Puts together what the single concerns find."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from dockwright.detect.application.entries import Entries
from dockwright.detect.application.findings import DjangoFindings, ProcfileFindings, WebFindings
from dockwright.detect.application.migrations import find_migrations
from dockwright.detect.application.named import find_named
from dockwright.detect.application.places import ENTRY_NAMES
from dockwright.detect.application.scripts import Scripts
from dockwright.detect.application.server_configs import find_server_configs
from dockwright.detect.application.sinks import FIXED_FILE
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.testing import find_test_command
from dockwright.detect.application.variables import find_variables
from dockwright.detect.application.web import find_web
from dockwright.detect.application.words import QUEUE_WORDS, SERVICE_PAIRS, SETTING_WORDS
from dockwright.detect.tree import ProjectTree
from dockwright.detect.walk import MAX_FOLDERS
from dockwright.model.application import (
    Application,
    DjangoProject,
    FoundProcess,
    Framework,
    FrontEnd,
    Interface,
    ProcessKind,
    ReadVariable,
    ServiceHint,
    WebApplication,
)
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.origin import Notice
from dockwright.model.record import replace

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
    procfile = _procfile(survey)
    configs = find_server_configs(survey)
    entries = Entries(survey)
    web = find_web(survey, entries, find_named(survey, procfile.processes), configs)
    django = _django(survey, web)
    scripts = Scripts(survey, entries, web)
    processes = _processes(survey, procfile.processes, django.projects, scripts)
    variables = find_variables(survey, django.unused)
    applications = tuple(_with_health(survey, _ranked(web.applications, django.projects), django))
    processes = (
        processes if processes or applications or django.projects else tuple(scripts.last_resort())
    )
    hints = _hints(survey, django, variables)
    return Application(
        web=applications,
        processes=processes,
        django=django.projects,
        variables=variables,
        service_hints=tuple(hint for hint in hints if hint.service != FIXED_FILE),
        front_ends=_front_ends(survey, django.projects),
        migrations=find_migrations(survey, django.projects, applications),
        test_command=find_test_command(survey, django.projects),
        imported=_imported(survey),
        looked_for=() if applications or processes or django.projects else _LOOKED_FOR,
        notices=(
            *web.notices,
            *procfile.notices,
            *django.notices,
            *_foreign_notice(survey),
            *survey.sources.notices,
        ),
        server_configs=configs,
        fixed_databases=tuple(hint.origin for hint in hints if hint.service == FIXED_FILE),
    )


# Start-up is a feature: a concern is loaded only where the project has a file or a word that it is about.


def _procfile(survey: Survey) -> ProcfileFindings:
    if not survey.tree.has("Procfile"):
        return ProcfileFindings()
    from dockwright.detect.application.procfile import find_procfile

    return find_procfile(survey.tree)


def _django(survey: Survey, web: WebFindings) -> DjangoFindings:
    if not survey.tree.find("manage.py", depth=MAX_FOLDERS):
        return DjangoFindings()
    from dockwright.detect.application.django import find_django

    return find_django(survey, web.applications)


def _celery(survey: Survey, installed: tuple[str, ...]) -> list[FoundProcess]:
    if not survey.sources.mentioning(frozenset({b"celery"})) and not survey.sources.containing(
        b"Celery("
    ):
        return []
    from dockwright.detect.application.celery import find_celery

    return find_celery(survey, installed)


def _workers(survey: Survey, django: tuple[DjangoProject, ...]) -> list[FoundProcess]:
    sources = survey.sources
    about = (
        sources.mentioning(QUEUE_WORDS)
        or sources.containing(b"WorkerSettings")
        or survey.tree.has("scrapy.cfg")
    )
    if not django and not about:
        return []
    from dockwright.detect.application.workers import find_workers

    return find_workers(survey, django)


def _front_ends(survey: Survey, django: tuple[DjangoProject, ...]) -> tuple[FrontEnd, ...]:
    if not survey.tree.find("package.json", depth=MAX_FOLDERS):
        return ()
    from dockwright.detect.application.front_end import find_front_ends

    return find_front_ends(survey, django)


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


def _ranked(
    applications: list[WebApplication], django: tuple[DjangoProject, ...]
) -> list[WebApplication]:
    """Put the interface first that a Django project is made for: ASGI only if it uses Channels, or names nothing else."""
    projects = {project.import_root: project for project in reversed(django)}
    found = []
    for application in applications:
        project = (
            projects.get(application.import_root)
            if application.framework is Framework.DJANGO
            else None
        )
        found.append(_of_project(application, project) if project else application)
    return sorted(found, key=lambda app: (app.rank, app.import_root, app.module, app.target))


def _of_project(application: WebApplication, project: DjangoProject) -> WebApplication:
    wanted = Interface.ASGI if project.channels or not project.wsgi else Interface.WSGI
    points = -20 if application.interface is wanted else 0
    sockets = application.websockets or (
        project.channels and application.interface is Interface.ASGI
    )
    return replace(application, rank=application.rank + points, websockets=sockets)


def _processes(
    survey: Survey,
    named: tuple[FoundProcess, ...],
    django: tuple[DjangoProject, ...],
    scripts: Scripts,
) -> tuple[FoundProcess, ...]:
    """Return the Procfile's processes, then what the code implies and the Procfile does not start already."""
    installed = django[0].installed_apps if django else ()
    found = list(named)
    lines = [process.shell or " ".join(process.command) for process in named]
    for process in (*_celery(survey, installed), *_workers(survey, django), *scripts.find()):
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
    if (
        process.framework in ("celery", "rq", "dramatiq", "huey", "arq", "taskiq", "django-q")
        and first
        and last
    ):
        key = last[0] if process.framework in ("celery", "django-q", "huey") else first[0]
        return any(
            first[0].rpartition("/")[2] in line.split() and key in line.split() for line in lines
        )
    return False


def _with_health(
    survey: Survey, applications: list[WebApplication], django: DjangoFindings
) -> Iterator[WebApplication]:
    others = [
        application for application in applications if application.framework is not Framework.DJANGO
    ]
    found = None
    if others:
        from dockwright.detect.application.routes import Routes

        found = Routes(survey).health()
    for application in applications:
        own = (
            django.health.get(application.import_root)
            if application.framework is Framework.DJANGO
            else found
        )
        yield replace(application, health_path=own)


def _hints(
    survey: Survey, django: DjangoFindings, variables: tuple[ReadVariable, ...]
) -> tuple[ServiceHint, ...]:
    """Put DATABASES before what is guessed from names, and leave out what it already reaches."""
    sources = survey.sources
    about = variables or sources.mentioning(SETTING_WORDS) or sources.pairing(SERVICE_PAIRS)
    if not about:
        return django.hints
    from dockwright.detect.application.services import find_services

    others = find_services(survey, variables, django.unused)
    rest = (
        h
        for h in others
        if not ({h.variable, *(variable for _, variable in h.parts)} & django.covered)
    )
    return (*django.hints, *rest)


def _imported(survey: Survey) -> tuple[str, ...]:
    """Return the top-level names of outside modules that the parsed files import."""
    found = set()
    for module in survey.sources.parsed:
        for binding in module.imports:
            if (
                not binding.level
                and binding.module
                and survey.imports.find(binding, module.path) is None
            ):
                found.add(binding.module.partition(".")[0])
    return tuple(sorted(found))


def _foreign_notice(survey: Survey) -> Iterator[Notice]:
    if survey.foreign:
        yield Notice(
            code="other-projects-inside",
            text=f"not looked at, each has a manifest of its own: {', '.join(survey.foreign[:6])}",
            remedy="run Dockwright in that folder to containerise it",
        )
