"""Calls that start a server, and the ports and addresses that code writes."""

import ast
import re
from collections.abc import Iterable

from dockwright.detect.application import syntax
from dockwright.detect.application.environment_variables import Environment
from dockwright.detect.application.frameworks import App, Frameworks
from dockwright.detect.application.known_names import SERVER_CALLS, SERVER_METHODS, ServerCall
from dockwright.detect.application.module import Module, Scope, Site
from dockwright.detect.application.values import Expression, Function, Made, Member
from dockwright.model.application import Framework
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record, replace

_MAX_DEPTH = 12
_MAX_CHOICES = 4
_CONVERTERS = frozenset({
    "builtins.int", "builtins.str", "builtins.float", "builtins.abs", "typer.Option",
    "typer.Argument",
})  # fmt: skip
_CALL_NAMES = frozenset(name.rpartition(".")[2] for name in (*SERVER_CALLS, *SERVER_METHODS))
_HOST_KEYS = ("host", "address", "server_name", "hostname", "interface", "addr")
_PORT_KEYS = ("port", "server_port", "listen_port")
_APP_KEYS = ("app", "application", "target", "app_target", "wsgi_app")
_PAIR_KEYS = ("server_address", "bind_addr", "listener")


@record
class Port:
    """A port: `number` as far as it is a literal default, `variable` the one that overrides it."""

    number: Sourced[int] | None = None
    variable: str = ""


NO_PORT = Port()


@record
class Start:
    """One call that starts a server."""

    site: Site[ast.Call]
    framework: Framework
    # The object, or the "module:object" that the call spells.
    app: App | None = None
    target: str = ""
    # Made by a function of the project from objects that only this script has.
    configured: bool = False
    speaks_http: bool = True
    port: Port = NO_PORT
    host: Sourced[str] | None = None
    host_variable: str = ""


def port_at(digits: str, origin: Origin) -> Sourced[int] | None:
    """Return the port that a text is, None where no server can listen on it (0 means: any)."""
    is_number = digits.isdecimal() and len(digits) < 6 and 0 < int(digits) < 65536
    return Sourced(value=int(digits), origin=origin) if is_number else None


class Starts:
    """Finds the calls that start a server, and works out which port an expression stands for."""

    def __init__(self, frameworks: Frameworks, environment: Environment) -> None:
        self._resolver = frameworks.resolver
        self._frameworks = frameworks
        self._environment = environment
        self._found: dict[str, list[Start]] = {}

    def of(self, module: Module) -> list[Start]:
        """Return the starting calls of a module, in the order of the file."""
        if module.path not in self._found:
            found = filter(None, map(self._start, module.sites(ast.Call)))
            self._found[module.path] = sorted(found, key=lambda start: start.site.node.lineno)
        return self._found[module.path]

    def port(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Port:
        """Return the port of a literal, a constant, a variable with its default, an option."""
        if node is None or depth > _MAX_DEPTH:
            return NO_PORT
        if read := self._environment.read(node, scope):
            return replace(self.port(read.fallback, read.scope, depth + 1), variable=read.name)
        if isinstance(node, ast.Constant):
            plain = str(node.value) if isinstance(node.value, int | str) else ""
            return Port(number=port_at(plain, scope.module.origin(node)))
        parts = self._parts(node, scope)[:_MAX_CHOICES]
        ports = [self.port(part, where, depth + 1) for part, where in parts]
        read_first = [port for port in ports if port.variable]
        best = next(iter([*(port for port in ports if port.number), *read_first]), NO_PORT)
        if isinstance(node, ast.BoolOp | ast.IfExp) and read_first:
            # `os.environ.get("PORT") or 8000`
            return replace(best, variable=read_first[0].variable)
        return best

    def _parts(self, node: ast.AST, scope: Scope) -> list[tuple[ast.AST, Scope]]:
        found = self._resolver.leads_to(node, scope)
        inner: ast.AST | None = None
        match node:
            case ast.BoolOp(values=parts):
                return [(part, scope) for part in parts]
            case ast.IfExp(body=body, orelse=orelse):
                return [(body, scope), (orelse, scope)]
            case ast.JoinedStr(values=[*_, ast.FormattedValue(value=last)]):
                inner = last
            case ast.Call() if not found:
                made = self._resolver.value(node, scope)
                converts = isinstance(made, Made) and _CONVERTERS & set(made.kinds)
                inner = syntax.argument(node, 0, "default") if converts else None
            case ast.Name(id=name) if scope.function and name in syntax.parameters(scope.function):
                inner = _option(name, scope.function.decorator_list, "option")
            case ast.Attribute(attr=name) if not found:
                calls = (site.node for site in scope.module.sites(ast.Call))
                inner = _option(name, calls, "add_argument")
            case _:
                pass
        return [(inner, scope)] if inner is not None else found

    def _host(self, node: ast.AST | None, scope: Scope) -> Sourced[str] | None:
        read = self._environment.read(node, scope) if node is not None else None
        found = (read and read.default) or self._environment.text(node, scope)
        return Sourced(value=found, origin=scope.module.origin(node)) if node and found else None

    def pair(self, node: ast.AST | None, scope: Scope) -> tuple[Sourced[str] | None, Port]:
        """Return host and port of `("", 8000)`, `"0.0.0.0:8000"` or the port alone."""
        value = self._resolver.value(node, scope)
        plain = value.node if isinstance(value, Expression) else node
        if isinstance(value, Expression) and isinstance(plain, ast.Tuple) and len(plain.elts) == 2:
            host, port = plain.elts
            return self._host(host, value.scope), self.port(port, value.scope)
        # A variable that holds a whole address is none that a port could be written into: only its
        # default counts.
        address = re.fullmatch(r"\[?(.*?)\]?:(\d{2,5})", self._environment.text(node, scope))
        if address:
            read = self._environment.of(value)
            origin = read.origin if read else scope.module.origin(plain or scope.module.tree)
            given = Sourced(value=address[1] or "0.0.0.0", origin=origin)  # noqa: S104 - any
            return given, Port(number=port_at(address[2], origin))
        return None, self.port(node, scope)

    def _start(self, site: Site[ast.Call]) -> Start | None:
        call, scope = site.node, site.scope
        # A renamed import hides the name; then only the arguments give it away.
        named = any(given.arg in ("port", "server_port", "listen") for given in call.keywords)
        if not named and syntax.called_name(call) not in _CALL_NAMES:
            return None
        callee = self._resolver.value(call.func, scope)
        owner = self._frameworks.app(callee.of) if isinstance(callee, Member) else None
        method = f"{owner.framework}.{callee.name}" if owner and isinstance(callee, Member) else ""
        if owner and method in SERVER_METHODS:
            transport = syntax.text(syntax.argument(call, 0, "transport"))
            if method == "fastmcp.run" and transport in ("", "stdio"):
                # Over standard input and output: nothing listens.
                return None
            return self._build(site, SERVER_METHODS[method], owner)
        rules = map(SERVER_CALLS.get, self._resolver.names_of(callee))
        rule = next(filter(None, rules), None)
        return self._build(site, rule, None) if rule else None

    def _build(self, site: Site[ast.Call], rule: ServerCall, owner: App | None) -> Start:
        call, scope = site.node, site.scope
        given = _given(call, rule.host, _HOST_KEYS)
        host = self._host(given, scope)
        unsaid = given is None and not any(one.arg is None for one in call.keywords)
        if unsaid and rule.loopback:
            host = Sourced(value="127.0.0.1", origin=site.origin)
        port = self.port(_given(call, rule.port, _PORT_KEYS), scope)
        pair = syntax.keyword(call, "listen")
        if pair is None and rule.pair is not None:
            pair = syntax.argument(call, rule.pair, *_PAIR_KEYS)
        if pair is not None:
            host, port = self.pair(pair, scope)
            whole = self._resolver.value(pair, scope)
            parts = whole.node if isinstance(whole, Expression) else None
            given = parts.elts[0] if isinstance(parts, ast.Tuple) and parts.elts else None
        read = self._environment.read_behind(given, scope) if given is not None else None
        is_given = rule.app is not None or owner is None
        served = _given(call, rule.app, _APP_KEYS) if is_given else None
        value = self._resolver.value(served, scope)
        app = owner or self._frameworks.app(value)
        target = syntax.text(value.node) if isinstance(value, Expression) else ""
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        return Start(
            site=site,
            framework=app.framework if app else Framework(rule.framework),
            app=app,
            configured=self._is_configured(receiver if served is None else served, scope),
            target=target if ":" in target else "",
            speaks_http=rule.speaks_http,
            port=port,
            host=host,
            host_variable=read.name if read else "",
        )

    def _is_configured(self, served: ast.expr | None, scope: Scope) -> bool:
        # What comes out of `make_app(store)` only this script can make.
        bound = self._resolver.choices(served, scope)
        for call, where in bound or ([(served, scope)] if served else []):
            maker = self._resolver.value(call.func, where) if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and isinstance(maker, Function):
                values = [self._resolver.value(part, where) for part in syntax.all_arguments(call)]
                return any(isinstance(value, Made) and value.cls is not None for value in values)
        return False


def _given(call: ast.Call, position: int | None, names: tuple[str, ...]) -> ast.expr | None:
    return (
        syntax.keyword(call, *names)
        if position is None
        else syntax.argument(call, position, *names)
    )


def _option(name: str, calls: Iterable[ast.expr], method: str) -> ast.expr | None:
    # `args.port` and `port` are what argparse or click made of `--port`.
    wanted = f"--{name.replace('_', '-')}"
    for call in calls:
        names = map(syntax.text, call.args) if isinstance(call, ast.Call) else ()
        if isinstance(call, ast.Call) and syntax.called_name(call) == method and wanted in names:
            return syntax.keyword(call, "default")
    return None
