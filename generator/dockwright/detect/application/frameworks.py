"""Which outside classes and functions make an application object, and what serves it."""

import ast

from dockwright.detect.application.makers import MAKERS, WRAPPERS
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.syntax import argument
from dockwright.detect.application.values import Expression, External, Made, Member, Value
from dockwright.model.application import Framework, Interface
from dockwright.model.record import replace, row

_SOCKETS = frozenset(
    {
        "socketio.ASGIApp",
        "socketio.WSGIApp",
        "socketio.Middleware",
        "channels.routing.ProtocolTypeRouter",
    }
)
_FACES = {
    "wsgi_app": Interface.WSGI,
    "asgi_app": Interface.ASGI,
    "server": Interface.WSGI,
    "app": None,
    "wsgi_handler": Interface.WSGI,
}
_MCP_FACES = ("http_app", "sse_app", "streamable_http_app")


@row
class App:
    """An application object: the innermost `made` tells two of them apart, `face` is the attribute through which it was reached."""

    framework: Framework
    interface: Interface
    made: Made
    wrapped: bool = False
    websockets: bool = False
    face: str = ""


class Frameworks:
    """Recognises application objects among values."""

    def __init__(self, resolver: Resolver, versions: dict[str, str] | None = None) -> None:
        self._resolver = resolver
        self._connexion_3 = not (versions or {}).get("connexion", "3").startswith(("1", "2"))

    def app(self, value: Value | None, depth: int = 0) -> App | None:
        """Return the application that a value is or wraps."""
        if depth > 8:
            return None
        match value:
            case Made():
                return self._made(value, depth)
            case Member(of=Made() as made, name=name):
                return self._face(self.app(made, depth + 1), name)
            case Expression(node=node, scope=scope):
                parts = (self._resolver.value(part, scope) for part in _alternatives(node))
                return next((found for part in parts if (found := self.app(part, depth + 1))), None)
            case _:
                return None

    def _made(self, made: Made, depth: int) -> App | None:
        for kind in made.kinds:
            if kind in MAKERS:
                return self._plain(kind, made, depth)
            if kind.rpartition(".")[2].removesuffix("()") in _MCP_FACES and kind.startswith(
                ("fastmcp.", "mcp.")
            ):
                return App(Framework.STARLETTE, Interface.ASGI, made)
            if kind in WRAPPERS:
                return self._wrapped(kind, made, depth)
        middleware = any(
            kind.endswith(("Middleware", "ASGIApp", "WSGIApp", "WSGIMiddleware"))
            for kind in made.kinds
        )
        if middleware or self._rebinds(made):
            inner = argument(made.call, 0, "app", "application", "asgi_app", "wsgi_app")
            found = self.app(self._resolver.value(inner, made.scope), depth + 1)
            return replace(found, wrapped=True) if found else None
        return None

    def _plain(self, kind: str, made: Made, depth: int) -> App:
        framework, interface = MAKERS[kind]
        if framework is Framework.DASH:
            # Dash(server=flask_app) is one application with two names.
            flask = self.app(
                self._resolver.value(argument(made.call, 1, "server"), made.scope), depth + 1
            )
            return App(framework, interface, flask.made if flask else made)
        if kind in ("connexion.App", "connexion.FlaskApp") and self._connexion_3:
            interface = Interface.ASGI
        return App(framework, interface, made, websockets=kind in _SOCKETS)

    def _wrapped(self, kind: str, made: Made, depth: int) -> App | None:
        position, names, interface = WRAPPERS[kind]
        inner = self.app(
            self._resolver.value(argument(made.call, position, *names), made.scope), depth + 1
        )
        if inner:
            return replace(
                inner,
                interface=interface or inner.interface,
                wrapped=True,
                websockets=inner.websockets or kind in _SOCKETS,
            )
        if kind in _SOCKETS and interface:
            framework = Framework.ASGI if interface is Interface.ASGI else Framework.WSGI
            return App(framework, interface, made, websockets=True)
        return None

    def _rebinds(self, made: Made) -> bool:
        """Whether this is `app = Something(app)`: whatever Something is, the name goes on meaning the application."""
        first = made.call.args[0] if made.call.args else None
        if not isinstance(first, ast.Name):
            return False
        names = made.scope.module.bindings.get(first.id, ())
        return any(binding.node is made.call for binding in names)

    def _face(self, app: App | None, name: str) -> App | None:
        if app is None or name not in _FACES:
            return None
        return replace(app, interface=_FACES[name] or Interface.WSGI, face=name)


def _alternatives(node: ast.AST) -> tuple[ast.expr, ...]:
    if isinstance(node, ast.IfExp):
        return (node.body, node.orelse)
    return tuple(node.values) if isinstance(node, ast.BoolOp) else ()


def is_external(value: Value | None, *names: str) -> bool:
    """Whether a value is one of the outside things `names`."""
    return isinstance(value, External) and value.dotted in names
