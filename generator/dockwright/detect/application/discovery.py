"""Puts together what the single concerns find."""

import re
from collections.abc import Iterable

from dockwright.detect.application.candidates import Web
from dockwright.detect.application.container_files import first_of_each, read_container_files
from dockwright.detect.application.django import Django
from dockwright.detect.application.environment_variables import find_variables
from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.opened_files import (
    find_asked_versions,
    find_logs,
    find_opened,
    find_written,
)
from dockwright.detect.application.package_json import find_front_ends
from dockwright.detect.application.platform_files import read_platforms
from dockwright.detect.application.processes import (
    find_named,
    find_paste,
    find_server_configs,
    read_procfile,
)
from dockwright.detect.application.routes import Routes, best_health_path
from dockwright.detect.application.scripts import Entries
from dockwright.detect.application.service_hints import ServiceHints, variables_of
from dockwright.detect.application.sources import is_test_name, is_unlikely, under
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.workers import find_migrations, find_workers, moved_migrations
from dockwright.detect.tree import ProjectTree
from dockwright.model.application import (
    Application,
    Deployment,
    DjangoProject,
    FoundProcess,
    Framework,
    Interface,
    ProcessKind,
    ServiceHint,
    WebApplication,
)
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.origin import Notice
from dockwright.model.record import replace

# Framework -> the word of a worker's command that says what it is, beside the program.
_TELLING_WORD = {
    "celery": 3, "django-q": -1, "huey": -1, "rq": 0, "dramatiq": 0, "arq": 0, "taskiq": 0,
}  # fmt: skip
_DEPLOYED_BONUS = 150
_MAX_TESTS = 20
_MAX_SHOWN = 6


def read_deployment(tree: ProjectTree) -> Deployment:
    """Return what the project's own container, platform and CI files say, the best first."""
    return read_container_files(tree) + read_platforms(tree)


def find_application(
    tree: ProjectTree, managers: tuple[ManagerFinding, ...], deployment: Deployment
) -> Application:
    """Find what the project runs, and what that needs; what cannot be read is said and skipped."""
    survey = Survey(tree, managers)
    found = _find(survey, deployment)
    if found.looked_for and survey.doubtful:
        return _find(Survey(tree, managers, leave_out=False), deployment)
    return found


def _find(survey: Survey, deployment: Deployment) -> Application:
    named, procfile_notices = read_procfile(survey.tree)
    configs = find_server_configs(survey)
    entries = Entries(survey)
    web = Web(survey, entries, find_named(survey, named, configs, deployment))
    web.applications = _as_deployed(web.applications, first_of_each(deployment.processes))
    django = Django(survey, web.applications, deployment.variable("DJANGO_SETTINGS_MODULE"))
    scripts = entries.processes(web.applications, web.started)
    paste = [] if web.applications else find_paste(survey)
    started = [*paste, *find_workers(survey, django.projects), *scripts]
    processes = _processes(named, _deployed(survey, deployment, web.applications), started)
    if any(one.framework == "mcp" for one in processes):
        # It speaks over standard input and output: there is nothing to serve.
        web.applications = [one for one in web.applications if not _is_idle_mcp(one)]
    unused = django.unused_settings()
    variables = find_variables(survey.sources, survey.environment, unused)
    applications = tuple(_ranked(survey, web.applications, django))
    services = ServiceHints(survey, variables, unused)
    # DATABASES comes before what is guessed from names, and leaves out what it already reaches.
    others = [one for one in services.find() if not variables_of([one]) & django.covered]
    reached = variables_of([*django.hints, *others])
    deployed = _deployed_hints(survey, deployment, reached)
    foreign = ", ".join(survey.foreign[:_MAX_SHOWN])
    outside = Notice(
        code="other-projects-inside",
        text=f"not looked at, each has a manifest of its own: {foreign}",
        remedy="run Dockwright in that folder to containerise it",
    )
    return Application(
        web=applications,
        processes=tuple(processes),
        django=django.projects,
        variables=variables,
        service_hints=tuple(dict.fromkeys([*django.hints, *others, *deployed])),
        deployed_services=deployment.services,
        written=find_written(survey),
        logs=find_logs(survey),
        front_ends=find_front_ends(survey, django.projects),
        migrations=find_migrations(survey, django.projects, applications),
        test_command=_test_command(survey, django.projects),
        imported=tuple(sorted(_imported(survey))),
        looked_for=() if applications or processes or django.projects else LISTS["looked_for"],
        notices=(
            *web.notices,
            *procfile_notices,
            *django.notices,
            *moved_migrations(survey),
            *([outside] if foreign else []),
            *survey.sources.notices,
        ),
        server_configs=configs,
        fixed_databases=tuple(services.fixed_databases[:1]),
        opened=find_opened(survey),
        asked_versions=find_asked_versions(survey),
    )


def _ranked(survey: Survey, found: list[WebApplication], django: Django) -> list[WebApplication]:
    # The interface for which a Django project is made comes first.
    projects = {project.import_root: project for project in reversed(django.projects)}
    others = [app for app in found if app.framework is not Framework.DJANGO]
    health = best_health_path(Routes(survey).all()) if others else None
    ranked = [replace(app, health_path=health) for app in others]
    for app in (one for one in found if one.framework is Framework.DJANGO):
        project = projects.get(app.import_root)
        asgi = app.interface is Interface.ASGI
        # ASGI only if the project uses Channels, or names nothing else.
        wanted = project and asgi == (project.channels or not project.wsgi)
        sockets = app.websockets or bool(project and project.channels and asgi)
        health = django.health(app.import_root)
        rank = app.rank - 20 if wanted else app.rank
        ranked.append(replace(app, health_path=health, websockets=sockets, rank=rank))
    return sorted(ranked, key=lambda app: (app.rank, app.import_root, app.module, app.target))


def _is_idle_mcp(application: WebApplication) -> bool:
    return application.framework is Framework.FASTMCP and not application.run_command


def _as_deployed(
    applications: list[WebApplication], deployed: tuple[FoundProcess, ...]
) -> list[WebApplication]:
    """Return the applications with the arguments that their own containers start them with."""
    found = []
    for one in applications:
        meant = [m for m in deployed if one.run_command and _goes_on(m.command, one.run_command)]
        rank = one.rank - _DEPLOYED_BONUS
        if meant:
            found.append(replace(one, run_command=meant[0].command, rank=rank))
        # Where a container starts something else, a helper in scripts/ is not what is served.
        elif not deployed or not is_unlikely(one.origin.path):
            found.append(one)
    return sorted(found, key=lambda one: (one.rank, one.module, one.target))


def _goes_on(command: tuple[str, ...], start: tuple[str, ...]) -> bool:
    # `python -m shop` starts what `python -m shop.app` does.
    module = command[:2] == start[:2] == ("python", "-m") and len(command) > 2 < len(start)
    inside = module and start[2].startswith(f"{command[2]}.")
    return command[: len(start)] == start or inside


def _deployed(
    survey: Survey, deployment: Deployment, web: list[WebApplication]
) -> list[FoundProcess]:
    """Return the processes of other containers that can run here; ports tell what listens."""
    brought = {script.name for script, installed in survey.console_scripts if installed}
    found = []
    for one in first_of_each(deployment.processes):
        name = next(iter(one.command), "")
        if one.kind is ProcessKind.COMMAND:
            if not name.startswith("python") and name not in brought:
                continue
            # Nothing in the code listens that could be seen, and the container has a port.
            listens = bool(deployment.ports) and not web and one.origin.path.endswith("file")
            found.append(replace(one, kind=ProcessKind.WEB) if listens else one)
        else:
            # The project brings its own commands along.
            found.append(replace(one, framework="script") if name in brought else one)
    return found


def _processes(
    named: Iterable[FoundProcess], deployed: list[FoundProcess], started: list[FoundProcess]
) -> list[FoundProcess]:
    """Return all processes, what files name first; what the code shows too is known from there."""
    found = [*named, *(one for one in deployed if one.kind is not ProcessKind.COMMAND)]
    # A container that starts a script says which of several is meant, and with which arguments.
    scripts = [one for one in deployed if one.kind is ProcessKind.COMMAND]
    meant: list[FoundProcess] = []
    for process in started:
        full = next((one for one in deployed if _goes_on(one.command, process.command)), None)
        if not _is_started(process, found) and (full is None or full in scripts):
            meant += [replace(process, command=full.command)] if full else []
            found.append(meant[-1] if full else process)
    found += [one for one in scripts if not found]
    return sorted(found, key=lambda one: (one.kind is ProcessKind.COMMAND, one not in meant))


def _is_started(process: FoundProcess, others: list[FoundProcess]) -> bool:
    # The same words start the same, and so does the same sub-command.
    lines = [one.shell or " ".join(one.command) for one in others]
    position = _TELLING_WORD.get(process.framework)
    telling = set() if position is None else {process.command[0], process.command[position]}
    same = any(telling <= set(line.split()) for line in lines) if telling else False
    return same or " ".join(process.command) in lines


def _deployed_hints(survey: Survey, deployment: Deployment, reached: set[str]) -> list[ServiceHint]:
    """Return the variables that other files lead to a service, where the code names them."""
    found: list[ServiceHint] = []
    for hint in deployment.hints:
        names = variables_of([hint])
        if not names & reached and any(survey.sources.containing(n.encode()) for n in names):
            found.append(hint)
            reached |= names
    return found


def _test_command(survey: Survey, django: tuple[DjangoProject, ...]) -> tuple[str, ...]:
    sources = survey.sources
    own = [path for path in sources.all if not under(path, survey.foreign)]
    in_tests = r"(.*/)?(tests?|testing|unittests)/(.*/)?test[^/]*"
    tests = sorted(
        p for p in own if is_test_name(p.rpartition("/")[2]) or re.fullmatch(in_tests, p)
    )
    if not tests:
        return ()
    if any(f"{name}-".startswith("pytest-") for name in survey.known):
        return ("pytest",)
    if django:
        return ("python", django[0].manage.path, "test")
    if not any(b"unittest" in sources.raw(path) for path in tests[:_MAX_TESTS]):
        return ()
    command = ("python", "-m", "unittest", "discover")
    folder = tests[0].rpartition("/")[0].partition("/")[0]
    return (*command, "-s", folder, "-t", ".") if folder else command


def _imported(survey: Survey) -> set[str]:
    bindings = [(one, module) for module in survey.sources.parsed for one in module.imports]
    absolute = [(one, module) for one, module in bindings if one.module and not one.level]
    outside = [one for one, module in absolute if not survey.imports.find(one, module.path)]
    return {(binding.module or "").partition(".")[0] for binding in outside}
