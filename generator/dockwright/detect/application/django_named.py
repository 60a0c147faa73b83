"""The settings module that manage.py and wsgi.py name."""

import ast

from dockwright.detect.application.choices import Choices
from dockwright.detect.application.module import Module, Scope
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import argument, text
from dockwright.detect.application.values import Expression


def settings_named(survey: Survey, module: Module) -> tuple[str, int | None] | None:
    """Return the settings module that a file names with os.environ, and the line; None if it names none."""
    for site in module.sites.calls:
        call = site.node
        if (
            not isinstance(call, ast.Call)
            or text(argument(call, 0, "key")) != "DJANGO_SETTINGS_MODULE"
        ):
            continue
        kinds = survey.resolver.dotted(call.func, site.scope)
        if {"os.environ.setdefault", "os.environ.get", "os.getenv"} & set(kinds):
            return _text_of(survey, argument(call, 1, "value", "default"), site.scope), call.lineno
    for site in module.sites.assignments:
        node = site.node
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Subscript) and text(target.slice) == "DJANGO_SETTINGS_MODULE":
                return _text_of(
                    survey, node.value if isinstance(node, ast.Assign) else None, site.scope
                ), site.origin.line
    listed = _settings_listed(survey, module)
    if listed:
        return listed
    runs = "execute_from_command_line" in survey.sources.raw(module.path).decode("utf-8", "replace")
    return ("", None) if runs and module.path.endswith("manage.py") else None


def _settings_listed(survey: Survey, module: Module) -> tuple[str, int | None] | None:
    """Return the settings module of a table that manage.py puts into os.environ: {"DJANGO_SETTINGS_MODULE": "site.settings"}."""
    for site in (
        module.sites.assignments if b"os.environ" in survey.sources.raw(module.path) else ()
    ):
        table = site.node.value if isinstance(site.node, ast.Assign | ast.AnnAssign) else None
        for key, value in (
            zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ()
        ):
            dotted = (
                _text_of(survey, value, site.scope) if text(key) == "DJANGO_SETTINGS_MODULE" else ""
            )
            if dotted:
                return dotted, value.lineno
    return None


def _text_of(survey: Survey, node: ast.AST | None, scope: Scope) -> str:
    value = survey.resolver.value(node, scope)
    if isinstance(value, Expression):
        joined = value.node if isinstance(value.node, ast.JoinedStr) else None
        return _formatted(survey, joined, value.scope) if joined else text(value.node)
    read = survey.environment.of(value)
    return (read.default or "") if read else ""


def _formatted(survey: Survey, node: ast.JoinedStr, scope: Scope) -> str:
    """Return the text of f"shop.settings.{stage}", each name as it is bound first: what comes later is for special cases."""
    parts = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        bound = Choices(survey.resolver).of(inner, scope) if isinstance(inner, ast.Name) else []
        parts.append(_text_of(survey, *bound[-1]) if bound else _text_of(survey, inner, scope))
    return "".join(parts) if all(parts) else ""
