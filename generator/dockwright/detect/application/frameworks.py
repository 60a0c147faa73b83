"""Which values are application objects, and which files a framework starts by itself."""

import ast
import re
from dataclasses import dataclass

from dockwright.detect.application.known_names import (
    APPLICATIONS,
    LISTS,
    PAGES,
    STARTED_BY,
    WRAPPERS,
)
from dockwright.detect.application.module import Binding, Module
from dockwright.detect.application.sources import name_rank, stem
from dockwright.detect.application.syntax import argument, called_name
from dockwright.detect.application.values import Expression, Made, Member, Resolver, Value
from dockwright.model.application import Framework, Interface, WebApplication
from dockwright.model.origin import Origin
from dockwright.model.record import replace

_MAX_DEPTH = 8
_SOCKETS = frozenset({
    "socketio.ASGIApp", "socketio.WSGIApp", "socketio.Middleware",
    "channels.routing.ProtocolTypeRouter",
})  # fmt: skip
# Attributes through which a server loads what an object holds.
_FACES = {
    "wsgi_app": Interface.WSGI, "asgi_app": Interface.ASGI, "server": Interface.WSGI,
    "app": Interface.WSGI, "wsgi_handler": Interface.WSGI,
}  # fmt: skip
_MCP_FACES = ("http_app", "sse_app", "streamable_http_app")
_MIDDLEWARE = ("Middleware", "ASGIApp", "WSGIApp")
# A container is reached from outside.
_ADK = ("adk", "api_server", "--host", "0.0.0.0")  # noqa: S104


@dataclass(frozen=True)
class App:
    """An application object: the innermost `made` tells two of them apart."""

    framework: Framework
    interface: Interface
    made: Made
    wrapped: bool = False
    websockets: bool = False
    # The attribute through which it was reached.
    face: str = ""


class Frameworks:
    """Recognises application objects among values; `versions` are the locked ones."""

    def __init__(self, resolver: Resolver, versions: dict[str, str]) -> None:
        self.resolver = resolver
        self._connexion_3 = not versions.get("connexion", "3").startswith(("1", "2"))

    def app(self, value: Value | None, depth: int = 0) -> App | None:
        """Return the application that a value is or wraps."""
        if depth > _MAX_DEPTH:
            return None
        match value:
            case Made():
                return self._made(value, depth)
            case Member(of=made, name=name) if name in _FACES:
                app = self.app(made, depth + 1)
                return replace(app, interface=_FACES[name], face=name) if app else None
            case Expression(node=ast.IfExp(body=body, orelse=orelse), scope=scope):
                parts = [body, orelse]
            case Expression(node=ast.BoolOp(values=parts), scope=scope):
                pass
            case _:
                return None
        values = (self.resolver.value(part, scope) for part in parts)
        return next((app for one in values if (app := self.app(one, depth + 1))), None)

    def _made(self, made: Made, depth: int) -> App | None:
        for kind in made.kinds:
            last = kind.rpartition(".")[2].removesuffix("()")
            if kind in APPLICATIONS:
                return self._plain(kind, made, depth)
            if last in _MCP_FACES and kind.startswith(("fastmcp.", "mcp.")):
                return App(Framework.STARLETTE, Interface.ASGI, made)
            if kind in WRAPPERS:
                return self._wrapped(kind, made, depth)
        # `app = Something(app)`: the name goes on meaning the application.
        first = made.call.args[0] if made.call.args else None
        bound = made.scope.module.bindings.get(getattr(first, "id", ""), ())
        rebinds = any(binding.node is made.call for binding in bound)
        if rebinds or any(kind.endswith(_MIDDLEWARE) for kind in made.kinds):
            inner = argument(made.call, 0, "app", "application", "asgi_app", "wsgi_app")
            found = self.app(self.resolver.value(inner, made.scope), depth + 1)
            return replace(found, wrapped=True) if found else None
        return None

    def _plain(self, kind: str, made: Made, depth: int) -> App:
        framework, interface = APPLICATIONS[kind]
        if framework is Framework.DASH:
            # Dash(server=flask_app) is one application with two names.
            server = self.resolver.value(argument(made.call, 1, "server"), made.scope)
            flask = self.app(server, depth + 1)
            made = flask.made if flask else made
        if kind in ("connexion.App", "connexion.FlaskApp") and self._connexion_3:
            interface = Interface.ASGI
        return App(framework, interface, made, websockets=kind in _SOCKETS)

    def _wrapped(self, kind: str, made: Made, depth: int) -> App | None:
        (position, name, interface), sockets = WRAPPERS[kind], kind in _SOCKETS
        given = argument(made.call, position, name)
        inner = self.app(self.resolver.value(given, made.scope), depth + 1)
        if inner:
            sockets = sockets or inner.websockets
            return replace(inner, interface=interface, wrapped=True, websockets=sockets)
        framework = Framework.ASGI if interface is Interface.ASGI else Framework.WSGI
        return App(framework, interface, made, websockets=True) if sockets else None


def find_started_files(resolver: Resolver) -> list[WebApplication]:
    """Return the applications that a framework starts by their file, at most one per framework."""
    found = []
    for framework, (calls, why) in PAGES.items():
        if page := _page(resolver, framework.value, calls):
            found.append(_started(resolver, page, framework, "", why))
    for framework, (decorators, why) in STARTED_BY.items():
        importing = _importing(resolver, framework.value.replace("-", "_"))
        for site in (site for module in importing for site in module.functions):
            if not set(decorators).isdisjoint(resolver.decorators(site)):
                target = site.node.name if framework is Framework.FUNCTIONS else ""
                found.append(_started(resolver, site.scope.module, framework, target, why))
                break
    sources = resolver.sources
    agents = (resolver.exported(p, "root_agent") for p in sources.containing(b"root_agent"))
    for agent in agents:
        if isinstance(agent, Made) and any(kind.startswith("google.adk.") for kind in agent.kinds):
            module, why = agent.scope.module, "makes root_agent, an agent of Google's ADK"
            adk = _started(resolver, module, Framework.ADK, "root_agent", why)
            # `adk api_server` serves all agents of a folder.
            found.append(replace(adk, origin=agent.origin, runs_itself=True, run_command=_ADK))
            break
    return found


def _page(resolver: Resolver, library: str, pattern: str) -> Module | None:
    modules, imports = _importing(resolver, library), resolver.imports
    imported: set[str | None] = set()
    for module in modules:
        for binding in module.imports:
            target = imports.find(binding, module.path) or ""
            imported.add(imports.submodule(target, binding.attribute) or target)
    calls = [site for module in modules for site in module.sites(ast.Call)]
    names = [(site.scope.module, resolver.names(site.node.func, site.scope)) for site in calls]
    # What is chained (`pn.Column(...).servable()`) has a name of its own only.
    names += [(site.scope.module, (f".{called_name(site.node)}",)) for site in calls]
    called = [module for module, found in names if any(re.fullmatch(pattern, n) for n in found)]
    # What stands in `pages` is shown by the first page.
    drawing = [module for module in called if "pages" not in module.path.split("/")]
    starts = [module for module in drawing if module.path not in imported] or drawing

    def rank(module: Module) -> tuple[int, int, str]:
        name, pages = stem(module.path).lower(), (*LISTS["pages"], stem(module.path).lower())
        return module.path.count("/"), pages.index(name), module.path

    return min(starts, key=rank, default=None)


def _importing(resolver: Resolver, name: str) -> list[Module]:
    modules = resolver.sources.modules(resolver.sources.mentioning({name.encode()}))
    return [m for m in modules if any(_top(binding) == name for binding in m.imports)]


def _top(binding: Binding) -> str:
    return "" if binding.level else (binding.module or "").partition(".")[0]


def _started(
    resolver: Resolver, module: Module, framework: Framework, target: str, why: str
) -> WebApplication:
    root, dotted = resolver.imports.importable_as(module.path)
    name = framework.value.replace("-", "_")
    line = next((binding.line for binding in module.imports if _top(binding) == name), 1)
    return WebApplication(
        framework=framework,
        interface=Interface.OWN,
        module=dotted,
        target=target,
        origin=Origin(path=module.path, line=line),
        import_root=root,
        rank=40 + name_rank(module.path) + 4 * module.path.count("/"),
        because=f"{module.path} {why}",
    )
