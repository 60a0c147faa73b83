"""The paths that an application answers, as far as its decorators and URL patterns show, and which of them says "I am well"."""

import ast
import re
from collections.abc import Iterator

from dockwright.detect.application.module import Module, Scope, Site
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import argument, keyword, text
from dockwright.detect.application.values import Expression, External, Made, Member, Value
from dockwright.detect.application.words import HEALTH_WORDS, ROUTING_WORDS
from dockwright.model.origin import Origin, Sourced
from dockwright.model.pattern import Pattern
from dockwright.model.record import row

_WANTED = (
    "/healthz", "/livez", "/health", "/health/", "/healthz/", "/api/health", "/api/healthz", "/api/health/", "/api/v1/health", "/health/live",
    "/healthcheck", "/healthcheck/", "/health-check", "/health-check/", "/health_check", "/_health", "/_status", "/up", "/up/", "/ping", "/ping/",
    "/api/ping", "/heartbeat", "/__heartbeat__", "/__lbheartbeat__", "/status", "/status/", "/api/status", "/readyz", "/ready", "/ready/", "/health/ready",
    "/ht/", "/-/health",
)  # fmt: skip
"""Paths that say whether the application is alive, the most telling first."""

_LIVE = Pattern(r"/(healthz?|health[-_]?check|livez?|liveness|ping|heartbeat)/?$")
_DECORATORS = frozenset(
    {
        "get",
        "route",
        "head",
        "api_route",
        "add_url_rule",
        "add_api_route",
        "add_route",
        "add_get",
        "websocket_route",
    }
)
_CALLS = frozenset({"add_url_rule", "add_api_route", "add_route", "add_get", "Route", "get"})
_ROUTERS = ("APIRouter", "Blueprint", "Router", "APIBlueprint", "RouteTableDef", "Api", "Namespace")
_MAX_MODULES = 40
_MAX_DEPTH = 6
_MAX_ROOT_MODULES = 12
_SPELLED = (
    b"route('/'", b'route("/"', b"get('/'", b'get("/"', b'/up"', b"/up'", b'/status"', b"/status'", b'/ready"', b"/ready'", b'Route("/"',
)  # fmt: skip
"""How a route of interest can be spelled that none of the words shows."""

Identity = tuple[str, int, int]


@row
class _Mount:
    """One place where a router becomes part of another or of the application (`parent` None)."""

    parent: Identity | None
    prefix: str


class Routes:
    """Collects full paths of routes."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._modules = self._choose()
        self._mounts: dict[Identity, list[_Mount]] = {}
        self._own: dict[Identity, str] = {}
        for module in self._modules:
            self._collect_mounts(module)

    def health(self) -> Sourced[str] | None:
        """Return the best path for a health check: a known one, else "/", None where neither is known."""
        return best_health_path(self.all())

    def all(self) -> dict[str, Origin]:
        """Return full path -> place, for every route whose path is known completely."""
        found: dict[str, Origin] = {}
        for module in self._modules:
            for path, origin in self._of_module(module):
                found.setdefault(path, origin)
        return found

    def _choose(self) -> list[Module]:
        sources = self._survey.sources
        spelled = [path for text in _SPELLED for path in sources.containing(text)][
            :_MAX_ROOT_MODULES
        ]
        wanted = [*sources.mentioning(HEALTH_WORDS), *sources.mentioning(ROUTING_WORDS)][
            :_MAX_MODULES
        ]
        modules = (sources.module(path) for path in dict.fromkeys((*spelled, *wanted)))
        return [module for module in modules if module]

    def _collect_mounts(self, module: Module) -> None:
        for site in module.sites.calls:
            call = site.node
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr in ("include_router", "register_blueprint", "blueprint", "mount"):
                self._mount(call, call.func, site.scope)

    def _mount(self, call: ast.Call, func: ast.Attribute, scope: Scope) -> None:
        mounting = func.attr == "mount"
        child = self._survey.resolver.value(
            argument(call, 1 if mounting else 0, "app", "router", "blueprint"), scope
        )
        if not isinstance(child, Made):
            return
        prefix = self._text(
            argument(call, 0, "path") if mounting else keyword(call, "prefix", "url_prefix"), scope
        )
        parent = self._survey.resolver.value(func.value, scope)
        if parent is None and _of_parameter(func.value, parent) and prefix is not None:
            self._mounts.setdefault(child.identity, []).append(_Mount(None, prefix))
        if prefix is None or not isinstance(parent, Made):
            return
        is_app = self._survey.frameworks.app(parent) is not None
        self._own[parent.identity] = (
            ""
            if is_app
            else self._text(keyword(parent.call, "prefix", "url_prefix"), parent.scope) or ""
        )
        self._mounts.setdefault(child.identity, []).append(
            _Mount(None if is_app else parent.identity, prefix)
        )

    def _of_module(self, module: Module) -> Iterator[tuple[str, Origin]]:
        for site in module.sites.functions:
            for decorator in getattr(site.node, "decorator_list", ()):
                if isinstance(decorator, ast.Call):
                    yield from self._route(decorator, site)
        for site in module.sites.calls:
            call = site.node
            if isinstance(call, ast.Call) and _last_name(call.func) in _CALLS:
                yield from self._route(call, site)

    def _route(self, call: ast.Call, site: Site) -> Iterator[tuple[str, Origin]]:
        name = _last_name(call.func)
        spelled = text(argument(call, 0, "path", "rule", "uri_template", "url", "uri"))
        if (
            name not in _DECORATORS | _CALLS
            or not spelled.startswith("/")
            or not _answers_get(call)
        ):
            return
        if re.search(r"[<{:*]", spelled):
            return
        for prefix in self._prefixes(call.func, site.scope):
            yield (
                f"{prefix.rstrip('/')}{spelled}",
                Origin(path=site.scope.module.path, line=call.lineno),
            )

    def _prefixes(self, func: ast.expr, scope: Scope) -> list[str]:
        if isinstance(func, ast.Name):
            # Litestar's @get("/") and Starlette's Route("/"): the handler is given to the application as it is.
            value = self._survey.resolver.value(func, scope)
            return (
                [""]
                if isinstance(value, External)
                and value.dotted.partition(".")[0] in ("litestar", "starlette", "aiohttp")
                else []
            )
        if not isinstance(func, ast.Attribute):
            return []
        owner = self._survey.resolver.value(func.value, scope)
        if isinstance(owner, Member) and owner.name == "router":
            owner = owner.of
        if self._survey.frameworks.app(owner):
            return [""]
        return (
            self._of_router(owner, 0)
            if isinstance(owner, Made)
            else _of_parameter(func.value, owner)
        )

    def _of_router(self, made: Made, depth: int) -> list[str]:
        if depth > _MAX_DEPTH or not any(
            kind.rpartition(".")[2] in _ROUTERS for kind in made.kinds
        ):
            return []
        own = keyword(made.call, "prefix", "url_prefix")
        prefix = self._text(own, made.scope)
        if prefix is None:
            return []
        found = []
        for mount in self._mounts.get(made.identity, ()):
            # Flask: url_prefix at registration replaces the blueprint's own.
            replaced = (
                mount.prefix
                if "Blueprint" in made.kinds[0] and mount.prefix
                else f"{mount.prefix}{prefix}"
            )
            found += [f"{outer}{replaced}" for outer in self._outer(mount.parent, depth)]
        return found

    def _outer(self, parent: Identity | None, depth: int) -> list[str]:
        if parent is None:
            return [""]
        mounts = self._mounts.get(parent, [])
        own = self._own.get(parent, "")
        return [
            f"{outer}{m.prefix}{own}"
            for m in mounts
            if depth < _MAX_DEPTH
            for outer in self._outer(m.parent, depth + 1)
        ]

    def _text(self, node: ast.AST | None, scope: Scope) -> str | None:
        """Return the literal text of a prefix, "" where none is given, None where it is not known."""
        if node is None:
            return ""
        value = self._survey.resolver.value(node, scope)
        if isinstance(value, Expression):
            return text(value.node) if isinstance(value.node, ast.Constant) else None
        read = self._survey.environment.of(value)
        return read.default if read else None


def _last_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _answers_get(call: ast.Call) -> bool:
    methods = keyword(call, "methods", "http_method")
    if isinstance(methods, ast.List | ast.Tuple | ast.Set):
        return any(text(part).upper() == "GET" for part in methods.elts)
    return True


def _of_parameter(node: ast.expr, value: Value | None) -> list[str]:
    """Accept `def register(app): @app.route("/health")`: a parameter that is called app is the application."""
    return (
        [""]
        if value is None
        and isinstance(node, ast.Name)
        and node.id in ("app", "application", "flask_app")
        else []
    )


def best_health_path(paths: dict[str, Origin]) -> Sourced[str] | None:
    """Return the path that says most about the application's health."""
    telling = next((path for path in _WANTED if path in paths), "") or next(
        (path for path in sorted(paths, key=len) if _LIVE.search(path)), ""
    )
    chosen = telling or ("/" if "/" in paths else "")
    return Sourced(value=chosen, origin=paths[chosen]) if chosen else None
