"""Processes that the code implies: task queues, spiders, and the migrations before all of them."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dockwright.detect.application import syntax
from dockwright.detect.application.known_names import DJANGO_WORKERS, LISTS, QUEUES
from dockwright.detect.application.sources import (
    Pairs,
    folder,
    is_candidate,
    is_unlikely,
    join,
    pairs_of,
    stem,
    under,
)
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, Function, Made, Member
from dockwright.model.application import (
    DjangoProject,
    FoundProcess,
    Framework,
    ProcessKind,
    WebApplication,
)
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace

_MAX_CALLERS = 15
_MAX_DEPTH = 4
_CELERY_PAIRS = pairs_of(["celery.Celery"])
_QUEUE_PAIRS = pairs_of(QUEUES)
# `celery_app = flask_app.extensions["celery"]`, as Flask's documentation shows.
_EXTENSION = (b'extensions["celery"]', b"extensions['celery']")
_BEAT_SETTINGS = frozenset(LISTS["beat_settings"])
# With django_celery_beat the schedule stands in a database, and nowhere in the code.
_BEAT_WORDS = {name.encode() for name in _BEAT_SETTINGS}
_BEAT_WORDS |= {b"add_periodic_task", b"django_celery_beat"}
_UPGRADE = ("upgrade", "head")


@dataclass(frozen=True)
class Bound:
    """A name of a module that is an object of the outside class `kind`, maybe `imported`."""

    path: str
    name: str
    kind: str
    made: Made
    origin: Origin
    imported: bool = False


def find_workers(survey: Survey, django: tuple[DjangoProject, ...]) -> Iterator[FoundProcess]:
    """Yield the worker processes that the code implies, one per kind of queue, and spiders."""
    yield from _celery(survey, django[0].installed_apps if django else ())
    seen: set[str] = set()
    for process in (*_django(django), *_objects(survey), *_dramatiq(survey), *_arq(survey)):
        if process.framework not in seen:
            seen.add(process.framework)
            yield process
    yield from _spiders(survey)


def _implied(
    kind: ProcessKind,
    command: tuple[str, ...],
    origin: Origin,
    framework: str,
    because: str,
    root: str = "",
    target: str = "",
    *,
    name: str = "worker",
) -> FoundProcess:
    return FoundProcess(
        name=name,
        kind=kind,
        command=command,
        origin=origin,
        framework=framework,
        import_root=root,
        target=target,
        endless=kind not in (ProcessKind.RELEASE, ProcessKind.COMMAND),
        because=because,
    )


def _bound_objects(
    survey: Survey, pairs: Pairs, is_wanted: Callable[[str], bool], *spelled: bytes
) -> list[Bound]:
    # First the files that hold `pairs` of words or one of the texts `spelled`, then those that name
    # what was found there.
    makers, sources = set[str](), survey.sources
    said = {*sources.pairing(pairs), *sources.containing(*spelled)}
    first = [path for path in sources.paths if path in said]
    found = [one for path in first for one in _in_module(survey, path, is_wanted, makers)]
    names = sorted(makers | {one.name for one in found})
    callers = dict.fromkeys(p for name in names for p in sources.containing(name.encode()))
    for path in [path for path in callers if path not in said][:_MAX_CALLERS]:
        found += _in_module(survey, path, is_wanted, makers)
    return found


def _in_module(
    survey: Survey, path: str, is_wanted: Callable[[str], bool], makers: set[str]
) -> Iterator[Bound]:
    module, resolver = survey.sources.module(path), survey.resolver
    for name, bindings in module.bindings.items() if module else ():
        value, kinds = resolver.exported(path, name), tuple[str, ...]()
        if isinstance(value, Class):
            kinds = resolver.ancestors(value)
        elif isinstance(value, Function) and not syntax.required_parameters(value.node)[1:]:
            made = resolver.returned(value)
            kinds = made.kinds if isinstance(made, Made) else ()
        elif isinstance(value, Made) and (kind := next(filter(is_wanted, value.kinds), "")):
            origin = Origin(path=path, line=bindings[-1].line)
            yield Bound(path, name, kind, value, origin, bindings[-1].module is not None)
        makers |= {name} if any(map(is_wanted, kinds)) else set()


def _celery(survey: Survey, installed_apps: tuple[str, ...]) -> Iterator[FoundProcess]:

    def is_celery(kind: str) -> bool:
        # Also a descendant that a library brings along: notifications_utils.celery.NotifyCelery.
        return kind.rpartition(".")[2].endswith("Celery")

    found = _bound_objects(survey, _CELERY_PAIRS, is_celery, b"Celery()")
    bound = [one for one in found if one.path.count("/") <= _MAX_DEPTH]
    bound += _flask_extensions(survey)
    if not bound:
        return
    in_package = any(one.path.endswith("__init__.py") and not one.imported for one in bound)

    # A module of its own that takes the object over and is named after the worker is made for the
    # command line: it usually makes the Flask application first. Next comes the one that makes it.
    def rank(one: Bound) -> tuple[int, str, str]:
        depth, telling = one.path.count("/"), re.search("celery|worker", stem(one.path))
        points = 40 if one.imported else (5 if telling else 10)
        if one.imported and telling and (in_package or not depth):
            points = 0
        return points + 4 * depth + 100 * is_unlikely(one.path), one.path, one.name

    best = min(bound, key=rank)
    root, module = survey.imports.importable_as(best.path)
    target, schedule = f"{module}:{best.name}", _schedule(survey, installed_apps)
    # Celery looks for `app` in a module by itself.
    program, where = ("celery", "--app", target.removesuffix(":app")), (root, target)
    why = f"{target} is a Celery application"
    worker = (*program, "worker", "--loglevel", "info")
    yield _implied(ProcessKind.WORKER, worker, best.origin, "celery", why, *where)
    if schedule:
        why = f"{schedule} has a schedule for Celery"
        beat = (*program, "beat")
        yield _implied(ProcessKind.SCHEDULER, beat, schedule, "celery", why, *where, name="beat")


def _flask_extensions(survey: Survey) -> Iterator[Bound]:
    for module in survey.sources.modules(survey.sources.containing(*_EXTENSION)):
        for one in module.assignments:
            node = one.value
            if not isinstance(node, ast.Subscript) or one.scope.owners:
                continue
            owner = (
                survey.value(node.value, one.scope) if syntax.text(node.slice) == "celery" else None
            )
            is_table = isinstance(owner, Member) and owner.name == "extensions"
            if isinstance(owner, Member) and is_table and survey.app(owner.of):
                yield Bound(module.path, one.name, "celery.Celery", owner.of, one.origin)


def _schedule(survey: Survey, installed_apps: tuple[str, ...]) -> Origin | None:
    paths = survey.sources.mentioning(_BEAT_WORDS)
    for module in survey.sources.modules(paths):
        for one in module.assignments:
            # CELERY = {"beat_schedule": {...}} as well as CELERY_BEAT_SCHEDULE = {...}
            named = [(one.name, one.value), *syntax.entries(one.value)]
            full = (name for name, v in named if not isinstance(v, ast.Dict) or v.keys)
            if not _BEAT_SETTINGS.isdisjoint(full):
                return one.origin
        for site in module.sites(ast.Call):
            given = {keyword.arg for keyword in site.node.keywords}
            if syntax.called_name(site.node) == "add_periodic_task" or given & _BEAT_SETTINGS:
                return site.origin
    installed = paths if "django_celery_beat" in installed_apps else ()
    return next((Origin(path=path) for path in installed), None)


def _django(django: tuple[DjangoProject, ...]) -> Iterator[FoundProcess]:
    for project in django[:1]:
        for app, (command, framework) in DJANGO_WORKERS.items():
            # An app may be listed by its configuration class: django_q.apps.DjangoQConfig.
            if any(f"{one}.".startswith(f"{app}.") for one in project.installed_apps):
                argv, why = ("python", project.manage.path, *command.split()), f"{app} is installed"
                yield _implied(ProcessKind.WORKER, argv, project.manage, framework, why)


def _objects(survey: Survey) -> Iterator[FoundProcess]:
    found = _bound_objects(survey, _QUEUE_PAIRS, QUEUES.__contains__)
    bound = [one for one in found if not is_unlikely(one.path)]
    bound.sort(key=lambda one: (one.imported, one.path.count("/"), one.path, one.name))
    rq = [one.made.call for one in bound if QUEUES[one.kind] == "rq"]
    queues = {syntax.text(syntax.argument(call, 0, "name")) for call in rq} - {""}
    for one in bound:
        root, module = survey.imports.importable_as(one.path)
        framework, dotted, target = QUEUES[one.kind], f"{module}.{one.name}", f"{module}:{one.name}"
        command, loaded = {
            "huey": (("huey_consumer", dotted), dotted),
            "taskiq": (("taskiq", "worker", target), target),
            "faust": (("faust", "-A", dotted, "worker"), dotted),
            "rq": (("rq", "worker", *(sorted(queues) or ["default"])), ""),
        }[framework]
        why = f"{one.origin} makes {one.kind}"
        yield _implied(ProcessKind.WORKER, command, one.origin, framework, why, root, loaded)


def _dramatiq(survey: Survey) -> Iterator[FoundProcess]:
    actors: dict[str, Origin] = {}
    for module in survey.sources.modules(survey.sources.mentioning({b"dramatiq"})):
        for site in module.functions:
            if "dramatiq.actor" in survey.resolver.decorators(site):
                actors.setdefault(module.path, site.origin)
    if actors:
        first, importable = next(iter(actors.values())), map(survey.imports.importable_as, actors)
        roots, modules = zip(*importable, strict=True)
        command, why = ("dramatiq", *dict.fromkeys(modules)), f"{first} is an actor"
        where = (roots[0], modules[0])
        yield _implied(ProcessKind.WORKER, command, first, "dramatiq", why, *where)


def _arq(survey: Survey) -> Iterator[FoundProcess]:
    for module in survey.sources.modules(survey.sources.containing(b"WorkerSettings")):
        value = survey.resolver.exported(module.path, "WorkerSettings")
        keys = value.module.locals(value.node).keys() if isinstance(value, Class) else ()
        if {"functions", "cron_jobs"} & set(keys):
            root, name = survey.imports.importable_as(module.path)
            origin = Origin(path=module.path, line=module.bindings["WorkerSettings"][-1].line)
            command, why = ("arq", f"{name}.WorkerSettings"), f"{origin} is arq's WorkerSettings"
            where = (root, f"{name}:WorkerSettings")
            yield _implied(ProcessKind.WORKER, command, origin, "arq", why, *where)
            return


def _spiders(survey: Survey) -> Iterator[FoundProcess]:
    path = "scrapy.cfg"
    spiders = [one for one in survey.sources.paths if "spiders" in one.split("/")[:-1]]
    for module in survey.sources.modules(spiders if survey.ini(path, "settings") else ()):
        for site in module.sites(ast.ClassDef):
            bound = module.locals(site.node).get("name")
            name = syntax.text(bound[-1].node) if bound else ""
            ancestors = survey.resolver.ancestors(Class(module, site.node)) if name else ()
            if any(one.startswith("scrapy.") for one in ancestors):
                why, command = f"{site.origin} is a spider", ("scrapy", "crawl", name)
                kind = ProcessKind.COMMAND
                yield _implied(kind, command, site.origin, "scrapy", why, name=name)


def find_migrations(
    survey: Survey, django: tuple[DjangoProject, ...], web: tuple[WebApplication, ...]
) -> tuple[FoundProcess, ...]:
    """Return the commands that bring the database up to date: Django's, Alembic's, Aerich's."""
    found = []
    if django and django[0].has_migrations:
        project = django[0]
        command = ("python", project.manage.path, "migrate", "--noinput")
        why = "the Django project has migrations"
        found.append(_release(command, project.manage, "django", why, project.import_root))
    found += _flask_migrate(survey, web)
    # Flask-Migrate is started by `flask db`, although Alembic's files lie there.
    found = found or [*_alembic(survey)]
    in_pyproject = bool(survey.tool("aerich"))
    if in_pyproject or survey.tree.has("aerich.ini"):
        origin = Origin(path="aerich.ini")
        if in_pyproject:
            origin = survey.place("pyproject.toml", "[tool.aerich]", "tool.aerich")
        why = f"{origin.path} configures Aerich"
        found.append(_release(("aerich", "upgrade"), origin, "aerich", why))
    return tuple(found)


def _release(
    command: tuple[str, ...], origin: Origin, framework: str, because: str, root: str = ""
) -> FoundProcess:
    return _implied(ProcessKind.RELEASE, command, origin, framework, because, root, name="migrate")


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
            elsewhere = ("--directory", directory) if directory != "migrations" else ()
            command = ("flask", "--app", target, "db", "upgrade", *elsewhere)
            why = f"{using[0]} uses Flask-Migrate"
            yield _release(command, Origin(path=path), "flask-migrate", why, root)
            return


def _is_moved(survey: Survey, path: str, location: str) -> bool:
    # An absolute path is one of another image, where env.py lies beside alembic.ini here.
    return location.startswith("/") and survey.tree.has(join(folder(path), "env.py"))


def moved_migrations(survey: Survey) -> Iterator[Notice]:
    """Yield a notice for each alembic.ini whose migrations lie elsewhere in the image."""
    for path in survey.tree.find("alembic.ini", depth=2):
        location = survey.ini(path, "alembic").get("script_location", "")
        if _is_moved(survey, path, location):
            yield Notice(
                code="alembic-elsewhere",
                text=f"{path} looks for the migrations in {location}, a folder of another image: "
                "here the project is in /app, so they would not be found",
                origin=survey.place(path, "script_location", "script_location"),
                remedy="name the folder from the file: script_location = %(here)s",
            )


def _alembic(survey: Survey) -> Iterator[FoundProcess]:
    paths = survey.tree.find("alembic.ini", depth=2)
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        spelled = survey.ini(path, "alembic").get("script_location", "")
        # The folder is named from where the file stands, or from where Alembic is started.
        location = spelled.removeprefix("%(here)s/").removeprefix("./").rstrip("/")
        root = folder(path)
        beside, here = (survey.tree.has(f"{join(b, location)}/env.py") for b in (root, ""))
        there = ":" in location or beside or here or _is_moved(survey, path, location)
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
