"""The paths of a Django project, from ROOT_URLCONF down through `include`."""

import ast
import re
from collections.abc import Iterator

from dockwright.detect.application.django_settings import DjangoSettings
from dockwright.detect.application.module import Scope
from dockwright.detect.application.routes import best_health_path
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import argument, text
from dockwright.detect.application.values import Expression, ModuleRef
from dockwright.model.application import DjangoProject
from dockwright.model.origin import Origin, Sourced

_MAX_MODULES = 25
_MAX_DEPTH = 4
_PATTERNS = frozenset({
    "django.urls.path", "django.urls.re_path", "django.conf.urls.url", "django.urls.conf.path", "django.urls.conf.re_path",
})  # fmt: skip


class DjangoUrls:
    """Reads URL configurations."""

    def __init__(self, survey: Survey, project: DjangoProject, settings: DjangoSettings) -> None:
        self._survey = survey
        self._root = project.import_root
        self._settings = settings
        self._read: set[tuple[str, str]] = set()

    def health(self) -> Sourced[str] | None:
        """Return the best path for a health check, None where none is known."""
        found: dict[str, Origin] = {}
        for path, origin in self.all():
            found.setdefault(path, origin)
        return best_health_path(found)

    def all(self) -> Iterator[tuple[str, Origin]]:
        """Yield every path that is a literal, with its place."""
        named = self._settings.text("ROOT_URLCONF")
        path = self._survey.imports.at(self._root, named) if named else None
        if path:
            yield from self._module(path, "/", 0)

    def _module(self, path: str, prefix: str, depth: int) -> Iterator[tuple[str, Origin]]:
        if depth > _MAX_DEPTH or (path, prefix) in self._read or len(self._read) > _MAX_MODULES:
            return
        self._read.add((path, prefix))
        module = self._survey.sources.module(path)
        for binding in module.bindings.get("urlpatterns", ()) if module else ():
            if module and binding.node is not None:
                yield from self._patterns(
                    binding.node, Scope(module, (), binding.line), prefix, depth
                )

    def _patterns(
        self, node: ast.AST, scope: Scope, prefix: str, depth: int
    ) -> Iterator[tuple[str, Origin]]:
        if isinstance(node, ast.List | ast.Tuple):
            for part in node.elts:
                yield from self._patterns(part, scope, prefix, depth)
        elif isinstance(node, ast.BinOp):
            yield from self._patterns(node.left, scope, prefix, depth)
            yield from self._patterns(node.right, scope, prefix, depth)
        elif isinstance(node, ast.Starred):
            yield from self._patterns(node.value, scope, prefix, depth)
        elif isinstance(node, ast.Name):
            value = self._survey.resolver.value(node, scope)
            if isinstance(value, Expression) and value.node is not node and depth < _MAX_DEPTH:
                yield from self._patterns(value.node, value.scope, prefix, depth + 1)
        elif isinstance(node, ast.Call):
            yield from self._pattern(node, scope, prefix, depth)

    def _pattern(
        self, call: ast.Call, scope: Scope, prefix: str, depth: int
    ) -> Iterator[tuple[str, Origin]]:
        kinds = set(self._survey.resolver.dotted(call.func, scope))
        if not kinds & _PATTERNS:
            return
        given = argument(call, 0, "route", "regex")
        route = _plain(text(given)) if isinstance(given, ast.Constant) else None
        if route is None:
            return
        view = argument(call, 1, "view")
        full = f"{prefix}{route}"
        if isinstance(view, ast.Call) and "include" in ast.unparse(view.func):
            yield from self._included(view, scope, full, depth)
        else:
            yield full, Origin(path=scope.module.path, line=call.lineno)

    def _included(
        self, call: ast.Call, scope: Scope, prefix: str, depth: int
    ) -> Iterator[tuple[str, Origin]]:
        given = call.args[0] if call.args else None
        dotted = text(given)
        if dotted == "health_check.urls":
            yield prefix, Origin(path=scope.module.path, line=call.lineno)
            return
        if dotted:
            path = self._survey.imports.at(self._root, dotted)
        else:
            value = self._survey.resolver.value(given, scope)
            path = value.path if isinstance(value, ModuleRef) else None
            if isinstance(value, Expression) and isinstance(value.node, ast.List | ast.Tuple):
                yield from self._patterns(value.node, value.scope, prefix, depth + 1)
        if path and path.endswith(".py"):
            yield from self._module(path, prefix, depth + 1)


def _plain(route: str) -> str | None:
    """Return a route as the path that it answers, None where it has parts that vary."""
    plain = (
        route.removeprefix("^")
        .removesuffix("$")
        .removesuffix("\\Z")
        .replace("/?", "/")
        .replace("\\.", ".")
        .replace("\\-", "-")
    )
    return None if re.search(r"[<>()\[\]*+?|\\]", plain) else plain
