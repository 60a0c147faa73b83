"""Task queues besides Celery: RQ, Dramatiq, Huey, arq, taskiq, Faust, SAQ, Django's own, and Scrapy."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.objects import Bound, find_objects
from dockwright.detect.application.places import is_unlikely, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import argument, text
from dockwright.detect.application.values import Class
from dockwright.detect.application.words import QUEUE_PAIRS
from dockwright.model.application import DjangoProject, FoundProcess, ProcessKind
from dockwright.model.origin import Origin

_HUEY = frozenset({
    "huey.RedisHuey", "huey.PriorityRedisHuey", "huey.SqliteHuey", "huey.FileHuey", "huey.MemoryHuey", "huey.RedisExpireHuey", "huey.Huey",
})  # fmt: skip
_TASKIQ = frozenset({
    "taskiq_redis.ListQueueBroker", "taskiq_redis.PubSubBroker", "taskiq_redis.RedisStreamBroker", "taskiq_aio_pika.AioPikaBroker",
    "taskiq_nats.NatsBroker", "taskiq.ZeroMQBroker", "taskiq_redis.ListQueueClusterBroker",
})  # fmt: skip
_FAUST = frozenset({"faust.App"})
_SAQ = frozenset({"saq.Queue", "saq.Queue.from_url"})
_RQ = frozenset({"rq.Queue", "rq.queue.Queue"})
_KINDS = _HUEY | _TASKIQ | _FAUST | _SAQ | _RQ

_DJANGO_COMMANDS = (
    ("huey.contrib.djhuey", "run_huey", "huey"),
    ("bx_django_utils.huey", "run_huey", "huey"),
    ("django_q", "qcluster", "django-q"),
    ("django_dramatiq", "rundramatiq", "dramatiq"),
    ("background_task", "process_tasks", "django-background-tasks"),
    ("django_tasks.backends.database", "db_worker", "django-tasks"),
    ("django_tasks_db", "db_worker", "django-tasks"),
    ("procrastinate.contrib.django", "procrastinate worker", "procrastinate"),
)


def find_workers(survey: Survey, django: tuple[DjangoProject, ...]) -> list[FoundProcess]:
    """Return the worker processes that the code implies, one per kind of queue."""
    found = [*_of_django(survey, django)]
    queued = {process.framework for process in found}
    found += [process for process in _of_objects(survey) if process.framework not in queued]
    found += [
        process
        for process in (_dramatiq(survey), _arq(survey), *_scrapy(survey))
        if process and process.framework not in queued
    ]
    return found


def _of_django(survey: Survey, django: tuple[DjangoProject, ...]) -> Iterator[FoundProcess]:
    for project in django[:1]:
        for app, command, framework in _DJANGO_COMMANDS:
            # An app may be listed by its configuration class: django_q.apps.DjangoQConfig.
            if any(one == app or one.startswith(f"{app}.") for one in project.installed_apps):
                yield _worker(
                    "worker",
                    ("python", project.manage.path, *command.split()),
                    project.manage,
                    framework,
                    f"{app} is installed",
                )
        if any(one == "django_rq" for one in project.installed_apps):
            yield _worker(
                "worker",
                ("python", project.manage.path, "rqworker", "default"),
                project.manage,
                "rq",
                "django_rq is installed",
            )
    del survey


def _of_objects(survey: Survey) -> Iterator[FoundProcess]:
    bound = [
        one
        for one in find_objects(survey, QUEUE_PAIRS, _KINDS.__contains__)
        if not is_unlikely(one.path)
    ]
    bound.sort(key=lambda one: (one.imported, one.path.count("/"), one.path, one.name))
    seen: set[str] = set()
    for one in bound:
        root, module = survey.importable_as(one.path)
        process = _object_process(one, root, module, bound)
        if process and process.framework not in seen:
            seen.add(process.framework)
            yield process


def _object_process(one: Bound, root: str, module: str, bound: list[Bound]) -> FoundProcess | None:
    dotted = f"{module}.{one.name}"
    why = f"{one.origin} makes {one.kind}"
    if one.kind in _HUEY:
        return _worker("worker", ("huey_consumer", dotted), one.origin, "huey", why, root, dotted)
    if one.kind in _TASKIQ:
        return _worker(
            "worker",
            ("taskiq", "worker", f"{module}:{one.name}"),
            one.origin,
            "taskiq",
            why,
            root,
            f"{module}:{one.name}",
        )
    if one.kind in _FAUST:
        return _worker(
            "worker", ("faust", "-A", dotted, "worker"), one.origin, "faust", why, root, dotted
        )
    if one.kind in _SAQ:
        return None
    names = sorted(
        {
            name
            for other in bound
            if other.kind in _RQ and (name := text(argument(other.made.call, 0, "name")))
        }
    )
    return _worker("worker", ("rq", "worker", *(names or ["default"])), one.origin, "rq", why, root)


def _dramatiq(survey: Survey) -> FoundProcess | None:
    modules = []
    for path in survey.sources.mentioning(frozenset({b"dramatiq"})):
        module = survey.sources.module(path)
        for site in module.sites.functions if module else ():
            decorators = getattr(site.node, "decorator_list", ())
            bare = (d.func if isinstance(d, ast.Call) else d for d in decorators)
            if any("dramatiq.actor" in survey.resolver.dotted(one, site.scope) for one in bare):
                modules.append((path, site.origin))
                break
    if not modules:
        return None
    roots = [survey.importable_as(path) for path, _ in modules]
    names = tuple(dict.fromkeys(module for _, module in roots))
    return _worker(
        "worker",
        ("dramatiq", *names),
        modules[0][1],
        "dramatiq",
        f"{modules[0][1]} is an actor",
        roots[0][0],
        names[0],
    )


def _arq(survey: Survey) -> FoundProcess | None:
    for path in survey.sources.containing(b"WorkerSettings"):
        module = survey.sources.module(path)
        binding = module.bindings.get("WorkerSettings", [None])[-1] if module else None
        value = survey.resolver.exported(path, "WorkerSettings") if binding else None
        if (
            module
            and binding
            and isinstance(value, Class)
            and {"functions", "cron_jobs"} & module.locals(value.node).keys()
        ):
            root, name = survey.importable_as(path)
            origin = Origin(path=path, line=binding.line)
            return _worker(
                "worker",
                ("arq", f"{name}.WorkerSettings"),
                origin,
                "arq",
                f"{origin} is arq's WorkerSettings",
                root,
                f"{name}:WorkerSettings",
            )
    return None


def _scrapy(survey: Survey) -> Iterator[FoundProcess]:
    path = "scrapy.cfg"
    content = survey.tree.optional_text(path)
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(content or "")
    except configparser.Error:
        return
    if not parser.has_section("settings"):
        return
    for name, origin in _spiders(survey):
        yield FoundProcess(
            name=name,
            kind=ProcessKind.COMMAND,
            command=("scrapy", "crawl", name),
            origin=origin,
            framework="scrapy",
            endless=False,
            because=f"{origin} is a spider of the project in {path}",
        )


def _spiders(survey: Survey) -> Iterator[tuple[str, Origin]]:
    for path in survey.sources.paths:
        if "spiders" not in path.split("/") or stem(path) == "__init__":
            continue
        module = survey.sources.module(path)
        for site in module.sites.classes if module else ():
            if isinstance(site.node, ast.ClassDef) and module:
                bound = module.locals(site.node).get("name")
                name = text(bound[-1].node) if bound else ""
                if name and any(
                    a.startswith("scrapy.")
                    for a in survey.resolver.ancestors(Class(module, site.node))
                ):
                    yield name, site.origin


def _worker(
    name: str,
    command: tuple[str, ...],
    origin: Origin,
    framework: str,
    because: str,
    root: str = "",
    target: str = "",
) -> FoundProcess:
    return FoundProcess(
        name=name,
        kind=ProcessKind.WORKER,
        command=command,
        origin=origin,
        framework=framework,
        import_root=root,
        target=target,
        endless=True,
        because=because,
    )
