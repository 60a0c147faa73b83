"""Task queues besides Celery: RQ, Dramatiq, Huey, arq, taskiq, Faust, Django's own, and Scrapy."""

import ast
from collections.abc import Callable, Iterator

from dockwright.detect.application.module import argument, required_parameters, text
from dockwright.detect.application.sources import Pairs, is_unlikely, pairs_of
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, Function, Made
from dockwright.model.application import DjangoProject, FoundProcess, ProcessKind
from dockwright.model.origin import Origin
from dockwright.model.record import row

_MAX_CALLERS = 15
# Classes whose objects are task queues -> the worker's framework.
_QUEUES = {
    **dict.fromkeys(
        (
            "huey.RedisHuey", "huey.PriorityRedisHuey", "huey.SqliteHuey", "huey.FileHuey",
            "huey.MemoryHuey", "huey.RedisExpireHuey", "huey.Huey",
        ),
        "huey",
    ),
    **dict.fromkeys(
        (
            "taskiq_redis.ListQueueBroker", "taskiq_redis.PubSubBroker",
            "taskiq_redis.RedisStreamBroker", "taskiq_redis.ListQueueClusterBroker",
            "taskiq_aio_pika.AioPikaBroker", "taskiq_nats.NatsBroker", "taskiq.ZeroMQBroker",
        ),
        "taskiq",
    ),
    "faust.App": "faust",
    "rq.Queue": "rq",
    "rq.queue.Queue": "rq",
}  # fmt: skip
_QUEUE_PAIRS = pairs_of(_QUEUES)
# App of Django, the command of manage.py that works for it, and the framework.
_DJANGO_COMMANDS = (
    ("huey.contrib.djhuey", "run_huey", "huey"),
    ("bx_django_utils.huey", "run_huey", "huey"),
    ("django_q", "qcluster", "django-q"),
    ("django_dramatiq", "rundramatiq", "dramatiq"),
    ("background_task", "process_tasks", "django-background-tasks"),
    ("django_tasks.backends.database", "db_worker", "django-tasks"),
    ("django_tasks_db", "db_worker", "django-tasks"),
    ("procrastinate.contrib.django", "procrastinate worker", "procrastinate"),
    ("django_rq", "rqworker default", "rq"),
)


@row
class Bound:
    """A name of a module that is an object of the outside class `kind`.

    `imported` is whether the module took it from elsewhere.
    """

    path: str
    name: str
    kind: str
    made: Made
    origin: Origin
    imported: bool = False


def find_objects(
    survey: Survey, pairs: Pairs, is_wanted: Callable[[str], bool], *spelled: bytes
) -> list[Bound]:
    """Return the module-level names that are objects of a class that `is_wanted`.

    Looked through are the files that hold `pairs` of words or one of the texts `spelled`, then
    those that name what was found there.
    """
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
        value = resolver.exported(path, name)
        is_maker = isinstance(value, Class) and any(map(is_wanted, resolver.ancestors(value)))
        if isinstance(value, Function) and not required_parameters(value.node)[1:]:
            made = resolver.returned(value)
            is_maker = isinstance(made, Made) and any(map(is_wanted, made.kinds))
        if is_maker:
            makers.add(name)
        kind = next(filter(is_wanted, value.kinds), "") if isinstance(value, Made) else ""
        if kind and isinstance(value, Made):
            last = bindings[-1]
            origin, imported = Origin(path=path, line=last.line), last.module is not None
            yield Bound(path, name, kind, value, origin, imported)


def find_workers(survey: Survey, django: tuple[DjangoProject, ...]) -> list[FoundProcess]:
    """Return the worker processes that the code implies, one per kind of queue."""
    found = {process.framework: process for process in _of_django(django)}
    for process in (*_of_objects(survey), *_dramatiq(survey), *_arq(survey)):
        found.setdefault(process.framework, process)
    return [*found.values(), *_spiders(survey)]


def _of_django(django: tuple[DjangoProject, ...]) -> Iterator[FoundProcess]:
    for project in django[:1]:
        for app, command, framework in _DJANGO_COMMANDS:
            # An app may be listed by its configuration class: django_q.apps.DjangoQConfig.
            if any(f"{one}.".startswith(f"{app}.") for one in project.installed_apps):
                argv = ("python", project.manage.path, *command.split())
                yield _worker(argv, project.manage, framework, f"{app} is installed")


def _of_objects(survey: Survey) -> Iterator[FoundProcess]:
    found = find_objects(survey, _QUEUE_PAIRS, _QUEUES.__contains__)
    bound = [one for one in found if not is_unlikely(one.path)]
    bound.sort(key=lambda one: (one.imported, one.path.count("/"), one.path, one.name))
    queues = {
        text(argument(one.made.call, 0, "name")) for one in bound if _QUEUES[one.kind] == "rq"
    }
    for one in bound:
        root, module = survey.imports.importable_as(one.path)
        framework, dotted = _QUEUES[one.kind], f"{module}.{one.name}"
        target = f"{module}:{one.name}" if framework == "taskiq" else dotted
        commands = {
            "huey": ("huey_consumer", dotted),
            "taskiq": ("taskiq", "worker", target),
            "faust": ("faust", "-A", dotted, "worker"),
            "rq": ("rq", "worker", *(sorted(queues - {""}) or ["default"])),
        }
        why, target = f"{one.origin} makes {one.kind}", target if framework != "rq" else ""
        yield _worker(commands[framework], one.origin, framework, why, root, target)


def _dramatiq(survey: Survey) -> Iterator[FoundProcess]:
    actors = []
    for module in survey.sources.modules(survey.sources.mentioning({b"dramatiq"})):
        for site in module.sites.functions:
            bare = [d.func if isinstance(d, ast.Call) else d for d in site.node.decorator_list]
            names = [name for one in bare for name in survey.resolver.names(one, site.scope)]
            if "dramatiq.actor" in names:
                actors.append(site.origin)
                break
    if actors:
        importable = [survey.imports.importable_as(origin.path) for origin in actors]
        modules = tuple(dict.fromkeys(module for _, module in importable))
        why, command = f"{actors[0]} is an actor", ("dramatiq", *modules)
        yield _worker(command, actors[0], "dramatiq", why, importable[0][0], modules[0])


def _arq(survey: Survey) -> Iterator[FoundProcess]:
    for path in survey.sources.containing(b"WorkerSettings"):
        value = survey.resolver.exported(path, "WorkerSettings")
        module = survey.sources.module(path)
        binding = module.bindings["WorkerSettings"][-1] if module and value else None
        if not isinstance(value, Class) or binding is None:
            continue
        if {"functions", "cron_jobs"} & value.module.locals(value.node).keys():
            root, name = survey.imports.importable_as(path)
            origin = Origin(path=path, line=binding.line)
            command, why = ("arq", f"{name}.WorkerSettings"), f"{origin} is arq's WorkerSettings"
            yield _worker(command, origin, "arq", why, root, f"{name}:WorkerSettings")
            return


def _spiders(survey: Survey) -> Iterator[FoundProcess]:
    path = "scrapy.cfg"
    spiders = [one for one in survey.sources.paths if "spiders" in one.split("/")[:-1]]
    for module in survey.sources.modules(spiders if survey.ini(path, "settings") else ()):
        for site in module.sites.classes:
            bound = module.locals(site.node).get("name")
            name = text(bound[-1].node) if bound else ""
            ancestors = survey.resolver.ancestors(Class(module, site.node)) if name else ()
            if any(one.startswith("scrapy.") for one in ancestors):
                yield FoundProcess(
                    name=name,
                    kind=ProcessKind.COMMAND,
                    command=("scrapy", "crawl", name),
                    origin=site.origin,
                    framework="scrapy",
                    endless=False,
                    because=f"{site.origin} is a spider of the project in {path}",
                )


def _worker(
    command: tuple[str, ...],
    origin: Origin,
    framework: str,
    because: str,
    root: str = "",
    target: str = "",
) -> FoundProcess:
    return FoundProcess(
        name="worker",
        kind=ProcessKind.WORKER,
        command=command,
        origin=origin,
        framework=framework,
        import_root=root,
        target=target,
        endless=True,
        because=because,
    )
