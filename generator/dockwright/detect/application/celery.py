"""Celery: the application that a worker loads, and whether a scheduler is needed."""

import ast

from dockwright.detect.application.module import Binding
from dockwright.detect.application.objects import Bound, find_objects
from dockwright.detect.application.places import is_unlikely, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Expression, Member
from dockwright.detect.application.words import CELERY_BEAT_WORDS, CELERY_PAIRS
from dockwright.model.application import FoundProcess, ProcessKind
from dockwright.model.origin import Origin

# A scheduler of the project's own keeps the schedule somewhere else, in a database: then there is one too.
_BEAT_SETTINGS = frozenset(
    {
        "beat_schedule",
        "CELERY_BEAT_SCHEDULE",
        "CELERYBEAT_SCHEDULE",
        "beat_scheduler",
        "CELERY_BEAT_SCHEDULER",
    }
)
_MAX_DEPTH = 4


def find_celery(survey: Survey, installed_apps: tuple[str, ...]) -> list[FoundProcess]:
    """Return a worker, and a scheduler where the code has a schedule."""
    bound = [
        one
        for one in find_objects(survey, CELERY_PAIRS, _is_celery, b"Celery()")
        if one.path.count("/") <= _MAX_DEPTH
    ]
    bound += _from_flask(survey)
    if not bound:
        return []
    best = min(bound, key=lambda one: (_rank(one, bound), one.path, one.name))
    root, module = survey.importable_as(best.path)
    target = f"{module}:{best.name}"
    processes = [
        _process(
            "worker",
            ProcessKind.WORKER,
            target,
            root,
            best.origin,
            f"{target} is a Celery application",
        )
    ]
    beat = _beat(survey, installed_apps)
    if beat:
        processes.append(
            _process(
                "beat",
                ProcessKind.SCHEDULER,
                target,
                root,
                beat,
                f"{beat} has a schedule for Celery",
            )
        )
    return processes


def _is_celery(kind: str) -> bool:
    # Also a descendant that a library brings along: notifications_utils.celery.NotifyCelery.
    return kind.rpartition(".")[2].endswith("Celery")


def _process(
    name: str, kind: ProcessKind, target: str, root: str, origin: Origin, because: str
) -> FoundProcess:
    return FoundProcess(
        name=name,
        kind=kind,
        # Celery looks for `app` in a module by itself.
        command=("celery", "--app", target.removesuffix(":app"), *_SUBCOMMANDS[kind]),
        origin=origin,
        framework="celery",
        import_root=root,
        target=target,
        endless=True,
        because=because,
    )


_SUBCOMMANDS = {
    ProcessKind.WORKER: ("worker", "--loglevel", "info"),
    ProcessKind.SCHEDULER: ("beat",),
}


def _rank(one: Bound, all_bound: list[Bound]) -> int:
    """Return how likely a worker is started with this name.

    A module of its own that takes the object over and is named after the worker is made for the command line: it usually
    makes the Flask application first. Next comes the module that makes the object.
    """
    name = stem(one.path)
    telling = "celery" in name or "worker" in name
    points = 4 * one.path.count("/") + (100 if is_unlikely(one.path) else 0)
    if one.imported:
        made_in_package = any(b.path.endswith("__init__.py") and not b.imported for b in all_bound)
        return points + (
            0
            if (telling and name != "__init__" and made_in_package)
            or (telling and not one.path.count("/"))
            else 40
        )
    return points + (5 if telling else 10)


def _from_flask(survey: Survey) -> list[Bound]:
    """Return `celery_app = flask_app.extensions["celery"]`, the way that Flask's documentation shows."""
    found = []
    for path in survey.sources.containing(b'extensions["celery"]') + survey.sources.containing(
        b"extensions['celery']"
    ):
        module = survey.sources.module(path)
        for name, bindings in module.bindings.items() if module else ():
            made = _extension(survey, path, name, bindings[-1])
            if made:
                found.append(made)
    return found


def _extension(survey: Survey, path: str, name: str, binding: Binding) -> Bound | None:
    node = binding.node
    if (
        not isinstance(node, ast.Subscript)
        or not isinstance(node.slice, ast.Constant)
        or node.slice.value != "celery"
    ):
        return None
    value = survey.resolver.exported(path, name)
    owner = (
        survey.resolver.value(node.value, value.scope) if isinstance(value, Expression) else None
    )
    if (
        not isinstance(owner, Member)
        or owner.name != "extensions"
        or survey.frameworks.app(owner.of) is None
    ):
        return None
    return Bound(path, name, "celery.Celery", owner.of, Origin(path=path, line=binding.line))


def _beat(survey: Survey, installed_apps: tuple[str, ...]) -> Origin | None:
    for path in survey.sources.mentioning(CELERY_BEAT_WORDS):
        module = survey.sources.module(path)
        for site in (*module.sites.assignments, *module.sites.calls) if module else ():
            if _schedules(site.node):
                return site.origin
    if "django_celery_beat" in installed_apps:
        return next((Origin(path=p) for p in survey.sources.mentioning(CELERY_BEAT_WORDS)), None)
    return None


def _schedules(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        named = any(_name(target) in _BEAT_SETTINGS for target in node.targets)
        return (named and not _is_empty(node.value)) or _has_schedule(node.value)
    if isinstance(node, ast.AnnAssign):
        return (
            _name(node.target) in _BEAT_SETTINGS
            and node.value is not None
            and not _is_empty(node.value)
        )
    if isinstance(node, ast.Call):
        return _name(node.func) == "add_periodic_task" or any(
            k.arg in _BEAT_SETTINGS for k in node.keywords
        )
    return False


def _has_schedule(value: ast.expr) -> bool:
    """Whether a dictionary of settings holds a schedule: CELERY = {"beat_schedule": {...}}."""
    if not isinstance(value, ast.Dict):
        return False
    return any(
        _text(k) in _BEAT_SETTINGS and not _is_empty(v)
        for k, v in zip(value.keys, value.values, strict=True)
    )


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Dict) and not node.keys


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return (
            node.slice.value
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
            else ""
        )
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
