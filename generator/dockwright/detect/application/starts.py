"""Calls that start a server: which application, on which address and port."""

import ast

from dockwright.detect.application.choices import Choices
from dockwright.detect.application.frameworks import App, Frameworks
from dockwright.detect.application.module import Module, Scope, Site
from dockwright.detect.application.ports import NO_PORT, Port, Ports
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.syntax import argument, keyword, text
from dockwright.detect.application.values import Expression, Function, Made, Member, method_kinds
from dockwright.model.application import Framework
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record, row


@row
class Rule:
    """Where a starting call has its application, host and port: positions, None where there is none; usual port."""

    app: int | None
    host: int | None
    port: int | None
    usual: int
    pair: int | None = None
    framework: Framework = Framework.SCRIPT
    speaks_http: bool = True


CALLS: dict[str, Rule] = {
    "uvicorn.run": Rule(0, 1, 2, 8000),
    "uvicorn.main.run": Rule(0, 1, 2, 8000),
    "uvicorn.Config": Rule(0, 1, 2, 8000),
    "hypercorn.asyncio.serve": Rule(0, None, None, 8000),
    "granian.Granian": Rule(0, 1, 2, 8000),
    "waitress.serve": Rule(0, None, None, 8080),
    "bjoern.run": Rule(0, 1, 2, 8000),
    "cheroot.wsgi.Server": Rule(1, None, None, 8000, pair=0),
    "werkzeug.serving.run_simple": Rule(2, 0, 1, 5000),
    "wsgiref.simple_server.make_server": Rule(2, 0, 1, 8000),
    "gevent.pywsgi.WSGIServer": Rule(1, None, None, 8000, pair=0),
    "gevent.wsgi.WSGIServer": Rule(1, None, None, 8000, pair=0),
    "geventwebsocket.server.WebSocketServer": Rule(1, None, None, 8000, pair=0),
    "eventlet.listen": Rule(None, None, None, 8000, pair=0),
    "aiohttp.web.run_app": Rule(0, None, None, 8080, framework=Framework.AIOHTTP),
    "aiohttp.web.TCPSite": Rule(None, 1, 2, 8080, framework=Framework.AIOHTTP),
    "bottle.run": Rule(0, 2, 3, 8080, framework=Framework.BOTTLE),
    "fasthtml.common.serve": Rule(None, 2, 3, 5001, framework=Framework.STARLETTE),
    "nicegui.ui.run": Rule(None, None, None, 8080, framework=Framework.NICEGUI),
    "nicegui.ui.run_with": Rule(0, None, None, 8000, framework=Framework.NICEGUI),
    "cherrypy.quickstart": Rule(None, None, None, 8080, framework=Framework.CHERRYPY),
    "cherrypy.engine.start": Rule(None, None, None, 8080, framework=Framework.CHERRYPY),
    "http.server.HTTPServer": Rule(None, None, None, 8000, pair=0),
    "http.server.ThreadingHTTPServer": Rule(None, None, None, 8000, pair=0),
    "http.server.test": Rule(None, None, 3, 8000),
    "socketserver.TCPServer": Rule(None, None, None, 8000, pair=0, speaks_http=False),
    "socketserver.ThreadingTCPServer": Rule(None, None, None, 8000, pair=0, speaks_http=False),
    "asyncio.start_server": Rule(None, 1, 2, 8000, speaks_http=False),
    "websockets.serve": Rule(None, 1, 2, 8765),
    "websockets.asyncio.server.serve": Rule(None, 1, 2, 8765),
    "websockets.server.serve": Rule(None, 1, 2, 8765),
    "socketio.SimpleServer": Rule(None, None, None, 8000),
    "flask_socketio.SocketIO().run": Rule(0, 1, 2, 5000, framework=Framework.FLASK),
    "tornado.web.Application().listen": Rule(None, None, 0, 8888, framework=Framework.TORNADO),
    "tornado.httpserver.HTTPServer().listen": Rule(
        None, None, 0, 8888, framework=Framework.TORNADO
    ),
    "tornado.httpserver.HTTPServer().bind": Rule(None, None, 0, 8888, framework=Framework.TORNADO),
    "slack_bolt.App().start": Rule(None, None, 0, 3000),
    "slack_bolt.app.App().start": Rule(None, None, 0, 3000),
    "pywebio.start_server": Rule(None, None, 1, 8080),
    "grpc.server().add_insecure_port": Rule(None, None, None, 50051, pair=0, speaks_http=False),
    "grpc.aio.server().add_insecure_port": Rule(None, None, None, 50051, pair=0, speaks_http=False),
    "panel.serve": Rule(0, None, 1, 5006),
    "functions_framework.create_app": Rule(None, None, None, 8080, framework=Framework.FUNCTIONS),
}
"""Functions and methods that open a port."""

METHODS: dict[tuple[Framework, str], Rule] = {
    (Framework.FLASK, "run"): Rule(None, 0, 1, 5000),
    (Framework.QUART, "run"): Rule(None, 0, 1, 5000),
    (Framework.SANIC, "run"): Rule(None, 0, 1, 8000),
    (Framework.SANIC, "create_server"): Rule(None, 0, 1, 8000),
    (Framework.DASH, "run"): Rule(None, 0, 1, 8050),
    (Framework.DASH, "run_server"): Rule(None, 0, 1, 8050),
    (Framework.BOTTLE, "run"): Rule(None, None, None, 8080),
    (Framework.TORNADO, "listen"): Rule(None, None, 0, 8888),
    (Framework.GRADIO, "launch"): Rule(None, None, None, 7860),
    (Framework.ROBYN, "start"): Rule(None, 0, 1, 8080),
    (Framework.FASTMCP, "run"): Rule(None, None, None, 8000),
    (Framework.STARLETTE, "run"): Rule(None, None, None, 8000),
    (Framework.BLACKSHEEP, "start"): Rule(None, None, None, 8000),
}
"""Methods of application objects that open a port."""

_METHOD_NAMES = frozenset(name for _, name in METHODS)
_CALL_NAMES = frozenset(name.rpartition(".")[2] for name in CALLS) | _METHOD_NAMES
_HOST_KEYS = ("host", "address", "server_name", "hostname", "interface", "addr")
_PORT_KEYS = ("port", "server_port", "listen_port")
_APP_KEYS = ("app", "application", "target", "app_target", "wsgi_app")


@record
class Start:
    """One call that starts a server: `app` is the object, or `target` the "module:object" that the call spells.

    `configured` is true where the object was made by a function of the project from objects that only this script has.
    """

    site: Site
    origin: Origin
    usual: int
    framework: Framework
    app: App | None = None
    target: str = ""
    configured: bool = False
    speaks_http: bool = True
    port: Port = NO_PORT
    host: Sourced[str] | None = None


class Starts:
    """Finds starting calls in a module."""

    def __init__(self, resolver: Resolver, frameworks: Frameworks, ports: Ports) -> None:
        self._resolver = resolver
        self._frameworks = frameworks
        self._ports = ports
        self._choices = Choices(resolver)
        self._found: dict[str, tuple[Start, ...]] = {}

    def of(self, module: Module) -> tuple[Start, ...]:
        """Return the starting calls of a module, in the order of the file."""
        if module.path not in self._found:
            found = (self.start(site) for site in module.sites.calls if _may_start(site.node))
            starts = [start for start in found if start]
            self._found[module.path] = tuple(
                sorted(starts, key=lambda start: start.origin.line or 0)
            )
        return self._found[module.path]

    def start(self, site: Site) -> Start | None:
        """Return the start that a call is."""
        call, scope = site.node, site.scope
        if not isinstance(call, ast.Call):
            return None
        callee = self._resolver.value(call.func, scope)
        owner = self._frameworks.app(callee.of) if isinstance(callee, Member) else None
        if owner and isinstance(callee, Member) and (owner.framework, callee.name) in METHODS:
            rule = METHODS[owner.framework, callee.name]
            if owner.framework is Framework.FASTMCP and text(argument(call, 0, "transport")) in (
                "",
                "stdio",
            ):
                # Over standard input and output: nothing listens.
                return None
            return self._build(site, call, rule, owner)
        kinds = (
            method_kinds(callee)
            if isinstance(callee, Member)
            else self._resolver.dotted(call.func, scope)
        )
        kind = next((kind for kind in kinds if kind in CALLS), "")
        return self._build(site, call, CALLS[kind], None) if kind else None

    def _build(self, site: Site, call: ast.Call, rule: Rule, owner: App | None) -> Start:
        scope = site.scope
        host = self._ports.host(_given(call, rule.host, _HOST_KEYS), scope)
        port = self._ports.port(_given(call, rule.port, _PORT_KEYS), scope)
        if rule.pair is not None:
            host, port = self._ports.pair(
                argument(call, rule.pair, "server_address", "bind_addr", "listener"), scope
            )
        listen = keyword(call, "listen")
        if listen is not None:
            host, port = self._ports.pair(listen, scope)
        served = (
            _given(call, rule.app, _APP_KEYS) if rule.app is not None or owner is None else None
        )
        value = self._resolver.value(served, scope) if served is not None else None
        app = owner or self._frameworks.app(value)
        target = text(value.node) if isinstance(value, Expression) else ""
        return Start(
            site=site,
            origin=site.origin,
            usual=rule.usual,
            framework=app.framework if app else rule.framework,
            app=app,
            configured=self._is_configured(served if served is not None else _owner(call), scope),
            target=target if ":" in target else "",
            speaks_http=rule.speaks_http,
            port=port,
            host=host,
        )

    def _is_configured(self, served: ast.expr | None, scope: Scope) -> bool:
        """Whether the served object comes out of `make_app(store)`: only this script can make it as it is meant."""
        if served is None:
            return False
        call, where = self._choices.definition(served, scope)
        if not isinstance(call, ast.Call) or not isinstance(
            self._resolver.value(call.func, where), Function
        ):
            return False
        values = (
            self._resolver.value(part, where)
            for part in (*call.args, *(k.value for k in call.keywords))
        )
        return any(isinstance(value, Made) and value.cls is not None for value in values)


def _owner(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _given(call: ast.Call, position: int | None, names: tuple[str, ...]) -> ast.expr | None:
    return keyword(call, *names) if position is None else argument(call, position, *names)


def _may_start(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    # A renamed import hides the name; then only the arguments give it away.
    return name in _CALL_NAMES or any(
        k.arg in ("port", "server_port", "listen") for k in node.keywords
    )


def serves(start: Start, made: Made) -> bool:
    """Whether a start serves this very object."""
    return start.app is not None and start.app.made.identity == made.identity
