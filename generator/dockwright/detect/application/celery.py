"""Celery: the application that a worker loads, and whether a scheduler is needed."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.module import called_name, entries, text
from dockwright.detect.application.sources import is_unlikely, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Member
from dockwright.detect.application.workers import Bound, find_objects
from dockwright.model.application import FoundProcess, ProcessKind
from dockwright.model.origin import Origin

_PAIRS = {b"celery": frozenset({b"Celery"})}
# A scheduler of the project's own keeps the schedule somewhere else, in a database: then there is
# one too.
_BEAT_SETTINGS = frozenset({
    "beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "beat_scheduler",
    "CELERY_BEAT_SCHEDULER",
})  # fmt: skip
_BEAT_WORDS = {name.encode() for name in _BEAT_SETTINGS} | {
    b"add_periodic_task", b"django_celery_beat",
}  # fmt: skip
_EXTENSION = (b'extensions["celery"]', b"extensions['celery']")
_MAX_DEPTH = 4


def find_celery(survey: Survey, installed_apps: tuple[str, ...]) -> Iterator[FoundProcess]:
    """Yield a worker, and a scheduler where the code has a schedule."""
    found = find_objects(survey, _PAIRS, _is_celery, b"Celery()")
    bound = [one for one in found if one.path.count("/") <= _MAX_DEPTH]
    bound += _flask_extensions(survey)
    if not bound:
        return
    in_package = any(one.path.endswith("__init__.py") and not one.imported for one in bound)
    best = min(bound, key=lambda one: (_rank(one, made_in_package=in_package), one.path, one.name))
    root, module = survey.imports.importable_as(best.path)
    target, beat = f"{module}:{best.name}", _schedule(survey, installed_apps)
    why, why_beat = f"{target} is a Celery application", f"{beat} has a schedule for Celery"
    for name, options, kind, origin, because in (
        ("worker", ("--loglevel", "info"), ProcessKind.WORKER, best.origin, why),
        ("beat", (), ProcessKind.SCHEDULER, beat, why_beat),
    ):
        if origin:
            yield FoundProcess(
                name=name,
                kind=kind,
                # Celery looks for `app` in a module by itself.
                command=("celery", "--app", target.removesuffix(":app"), name, *options),
                origin=origin,
                framework="celery",
                import_root=root,
                target=target,
                endless=True,
                because=because,
            )


def _is_celery(kind: str) -> bool:
    # Also a descendant that a library brings along: notifications_utils.celery.NotifyCelery.
    return kind.rpartition(".")[2].endswith("Celery")


def _rank(one: Bound, *, made_in_package: bool) -> int:
    """Return how likely a worker is started with this name.

    A module of its own that takes the object over and is named after the worker is made for the
    command line: it usually makes the Flask application first. Next comes the one that makes it.
    """
    name, depth = stem(one.path), one.path.count("/")
    telling = "celery" in name or "worker" in name
    points = 4 * depth + (100 if is_unlikely(one.path) else 0)
    if not one.imported:
        return points + (5 if telling else 10)
    return points if telling and (made_in_package or not depth) else points + 40


def _flask_extensions(survey: Survey) -> Iterator[Bound]:
    """Yield `celery_app = flask_app.extensions["celery"]`, as Flask's documentation shows."""
    for module in survey.sources.modules(survey.sources.containing(*_EXTENSION)):
        for one in module.sites.assignments:
            node, name = one.value, _name(one.target)
            if not isinstance(node, ast.Subscript) or one.scope.owners:
                continue
            owner = survey.value(node.value, one.scope) if text(node.slice) == "celery" else None
            is_table = isinstance(owner, Member) and owner.name == "extensions"
            if isinstance(owner, Member) and is_table and survey.app(owner.of):
                yield Bound(module.path, name, "celery.Celery", owner.of, one.origin)


def _schedule(survey: Survey, installed_apps: tuple[str, ...]) -> Origin | None:
    """Return the place of a schedule for Celery."""
    paths = survey.sources.mentioning(_BEAT_WORDS)
    for module in survey.sources.modules(paths):
        for one in module.sites.assignments:
            # CELERY = {"beat_schedule": {...}} as well as CELERY_BEAT_SCHEDULE = {...}
            named = [(_name(one.target), one.value), *entries(one.value)]
            if any(name in _BEAT_SETTINGS and not _is_empty(value) for name, value in named):
                return one.origin
        for site in module.sites.calls:
            given = {keyword.arg for keyword in site.node.keywords}
            if called_name(site.node) == "add_periodic_task" or given & _BEAT_SETTINGS:
                return site.origin
    if "django_celery_beat" in installed_apps:
        return next((Origin(path=path) for path in paths), None)
    return None


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return text(node.slice)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict) and not node.keys
