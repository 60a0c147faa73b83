"""The paths that an application answers, and which of them says whether it is alive."""

import ast
import re
from collections.abc import Iterator

from dockwright.detect.application.known_names import LISTS, words
from dockwright.detect.application.module import Scope
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import argument, called_name, keyword, text
from dockwright.detect.application.values import Expression, Made, Member, ModuleRef, Value
from dockwright.model.origin import Origin, Sourced

Identity = tuple[str, int, int]
Paths = Iterator[tuple[str, Origin]]

_LIVE = r"/(healthz?|health[-_]?check|livez?|liveness|ping|heartbeat)/?$"
_ROUTING_WORDS = frozenset({b"include_router", b"register_blueprint"})
# How a route of interest can be spelled that none of the words shows.
_SPELLED = (
    b"route('/'", b'route("/"', b"get('/'", b'get("/"', b'/up"', b"/up'", b'/status"', b"/status'",
    b'/ready"', b"/ready'", b'Route("/"',
)  # fmt: skip
_CALLS = frozenset({"add_url_rule", "add_api_route", "add_route", "add_get", "Route", "get"})
_DECORATORS = _CALLS | {"route", "head", "api_route", "websocket_route"}
_ROUTERS = ("APIRouter", "Blueprint", "Router", "APIBlueprint", "RouteTableDef", "Api", "Namespace")
_MOUNTS = ("include_router", "register_blueprint", "blueprint", "mount")
_DJANGO_PATTERNS = frozenset(LISTS["django_patterns"])
_MAX_MODULES = 40
_MAX_SPELLED = 12
_MAX_DEPTH = 6
_MAX_DJANGO_LISTS = 50


def best_health_path(paths: Paths) -> Sourced[str] | None:
    """Return the path that says most about the application's health: a known one, else "/"."""
    found: dict[str, Origin] = {}
    for path, origin in paths:
        found.setdefault(path, origin)
    wanted = [path for path in LISTS["health_paths"] if path in found]
    live = [path for path in sorted(found, key=len) if re.search(_LIVE, path)]
    chosen = next(iter((*wanted, *live, *({"/"} & found.keys()))), None)
    return Sourced(value=chosen, origin=found[chosen]) if chosen else None


class Routes:
    """Collects the full paths that decorators and routers give, where they are known completely."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        sources = survey.sources
        found = [*sources.mentioning(words("health_words")), *sources.mentioning(_ROUTING_WORDS)]
        paths = [*sources.containing(*_SPELLED)[:_MAX_SPELLED], *found[:_MAX_MODULES]]
        self._modules = list(sources.modules(dict.fromkeys(paths)))
        # Router -> the routers that take it over (None: the application does), under which prefix.
        self._mounts: dict[Identity, list[tuple[Made | None, str]]] = {}
        for site in (site for module in self._modules for site in module.sites(ast.Call)):
            if called_name(site.node) in _MOUNTS and isinstance(site.node.func, ast.Attribute):
                self._mount(site.node, site.node.func, site.scope)

    def all(self) -> Paths:
        """Yield each path with its place."""
        for module in self._modules:
            for function in module.functions:
                for decorator in function.node.decorator_list:
                    if isinstance(decorator, ast.Call) and called_name(decorator) in _DECORATORS:
                        yield from self._route(decorator, function.scope)
            for site in module.sites(ast.Call):
                if called_name(site.node) in _CALLS:
                    yield from self._route(site.node, site.scope)

    def _mount(self, call: ast.Call, func: ast.Attribute, scope: Scope) -> None:
        prefix = self._text(keyword(call, "prefix", "url_prefix"), scope)
        child = argument(call, 0, "router", "blueprint")
        if func.attr == "mount":
            prefix = self._text(argument(call, 0, "path"), scope)
            child = argument(call, 1, "app")
        made, parent = self._survey.value(child, scope), self._survey.value(func.value, scope)
        if not isinstance(made, Made) or prefix is None:
            return
        if isinstance(parent, Made) or _is_app_parameter(func.value, parent):
            above = parent if isinstance(parent, Made) and not self._survey.app(parent) else None
            self._mounts.setdefault(made.identity, []).append((above, prefix))

    def _route(self, call: ast.Call, scope: Scope) -> Paths:
        spelled = text(argument(call, 0, "path", "rule", "uri_template", "url", "uri"))
        methods = getattr(keyword(call, "methods", "http_method"), "elts", ())
        answers = not methods or "GET" in {text(part).upper() for part in methods}
        # A path that varies cannot be asked.
        if answers and spelled.startswith("/") and not re.search(r"[<{:*]", spelled):
            for prefix in self._prefixes(call.func, scope):
                yield f"{prefix.rstrip('/')}{spelled}", scope.module.origin(call)

    def _prefixes(self, func: ast.expr, scope: Scope) -> list[str]:
        if isinstance(func, ast.Name):
            # Litestar's @get("/"), Starlette's Route("/"): the application is given the handler.
            names = self._survey.resolver.names(func, scope)
            outside = ("litestar.", "starlette.", "aiohttp.")
            return [""] if any(name.startswith(outside) for name in names) else []
        receiver = func.value if isinstance(func, ast.Attribute) else None
        owner = self._survey.value(receiver, scope)
        if isinstance(owner, Member) and owner.name == "router":
            owner = owner.of
        if self._survey.app(owner) or _is_app_parameter(receiver, owner):
            return [""]
        return self._of_router(owner, 0) if isinstance(owner, Made) else []

    def _of_router(self, made: Made, depth: int) -> list[str]:
        # A router may be taken over by several others, each with a prefix of its own.
        prefix = self._text(keyword(made.call, "prefix", "url_prefix"), made.scope)
        is_router = any(kind.rpartition(".")[2] in _ROUTERS for kind in made.kinds)
        if prefix is None or not is_router or depth > _MAX_DEPTH:
            return []
        found = []
        for parent, mounted in self._mounts.get(made.identity, ()):
            # Flask: url_prefix at registration replaces the blueprint's own.
            replaced = mounted and "Blueprint" in made.kinds[0]
            inner = mounted if replaced else f"{mounted}{prefix}"
            outer = self._of_router(parent, depth + 1) if parent else [""]
            found += [f"{one}{inner}" for one in outer]
        return found

    def _text(self, node: ast.AST | None, scope: Scope) -> str | None:
        # None where it is not known, which is something else than no prefix.
        if node is None or isinstance(node, ast.Constant):
            return text(node)
        return self._survey.environment.text(node, scope) or None


class DjangoRoutes:
    """Collects the paths of a Django project, from ROOT_URLCONF down through `include`."""

    def __init__(self, survey: Survey, import_root: str) -> None:
        self._survey = survey
        self._root = import_root
        self._read: set[tuple[int, str]] = set()

    def all(self, named: str, prefix: str = "/") -> Paths:
        """Yield every literal path, with its place, below the URL configuration `named`."""
        yield from self._module(self._survey.imports.at(self._root, named), prefix)

    def _module(self, path: str | None, prefix: str) -> Paths:
        module = self._survey.sources.module(path)
        for binding in module.bindings.get("urlpatterns", ()) if module else ():
            if module:
                yield from self._patterns(binding.node, Scope(module, (), binding.line), prefix)

    def _patterns(self, node: ast.AST | None, scope: Scope, prefix: str) -> Paths:
        # They may include each other.
        new = (id(node), prefix) not in self._read and len(self._read) < _MAX_DJANGO_LISTS
        self._read.add((id(node), prefix))
        for part, where in self._survey.resolver.elements(node, scope) if new else ():
            if isinstance(part, ast.Call):
                yield from self._pattern(part, where, prefix)

    def _pattern(self, call: ast.Call, scope: Scope, prefix: str) -> Paths:
        given = argument(call, 0, "route", "regex")
        if not isinstance(given, ast.Constant):
            return
        route = text(given).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        route = route.replace("/?", "/").replace("\\.", ".").replace("\\-", "-")
        # What is left of a regular expression, or a converter: the path varies.
        varies = re.search(r"[<>()\[\]*+?|\\]", route)
        if varies or _DJANGO_PATTERNS.isdisjoint(self._survey.resolver.names(call.func, scope)):
            return
        view = argument(call, 1, "view")
        if isinstance(view, ast.Call) and called_name(view) == "include":
            yield from self._included(view, scope, f"{prefix}{route}")
        else:
            yield f"{prefix}{route}", scope.module.origin(call)

    def _included(self, call: ast.Call, scope: Scope, prefix: str) -> Paths:
        given = argument(call, 0)
        value = self._survey.value(given, scope)
        if text(given) == "health_check.urls":
            yield prefix, scope.module.origin(call)
        elif text(given):
            yield from self.all(text(given), prefix)
        elif isinstance(value, ModuleRef):
            yield from self._module(value.path, prefix)
        elif isinstance(value, Expression):
            yield from self._patterns(value.node, value.scope, prefix)


def _is_app_parameter(node: ast.AST | None, value: Value | None) -> bool:
    # In `def register(app): @app.route("/health")` it is the application.
    return value is None and getattr(node, "id", "") in ("app", "application", "flask_app")
