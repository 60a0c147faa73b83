"""Port numbers and addresses as the code writes them, and the EXPOSE of a Dockerfile."""

import ast
import re

from dockwright.detect.application.choices import Choices
from dockwright.detect.application.environment import Environment, Read
from dockwright.detect.application.module import Binding, FunctionNode, Scope
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.syntax import (
    argument,
    default_of,
    keyword,
    parameters,
    text,
    texts,
)
from dockwright.detect.application.values import Expression, Made, Value
from dockwright.detect.source import OUR_MARK
from dockwright.detect.tree import ProjectTree
from dockwright.model.origin import Origin, Sourced
from dockwright.model.pattern import Pattern
from dockwright.model.record import record, replace

_MAX_DEPTH = 12
_MAX_CHOICES = 4
_CONVERTERS = frozenset({"builtins.int", "builtins.str", "builtins.float", "builtins.abs"})
_OPTIONS = frozenset({"typer.Option", "typer.Argument"})
_EXPOSE = Pattern(r"^\s*EXPOSE\s+(\d+)", re.IGNORECASE)
_LAST_NUMBER = Pattern(r":(\d{2,5})$")


@record
class Port:
    """A port: `number` as far as it is a literal or a literal default, `variable` the one that overrides it."""

    number: Sourced[int] | None = None
    variable: str = ""


NO_PORT = Port()


def is_port(number: object) -> bool:
    """Whether a server can listen on this number (0 means: any)."""
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number < 65536


class Ports:
    """Works out which number an expression stands for."""

    def __init__(self, resolver: Resolver, environment: Environment) -> None:
        self._resolver = resolver
        self._environment = environment
        self._choices = Choices(resolver)

    def port(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Port:
        """Return the port that an expression gives: a literal, a constant, a variable with its default, an option's default."""
        if node is None or depth > _MAX_DEPTH:
            return Port()
        match node:
            case ast.Constant(value=value):
                return _constant(value, scope.module.origin(node))
            case ast.BoolOp(values=parts):
                return _first([self.port(part, scope, depth + 1) for part in parts])
            case ast.IfExp(body=body, orelse=orelse):
                return _first(
                    [self.port(body, scope, depth + 1), self.port(orelse, scope, depth + 1)]
                )
            case ast.JoinedStr():
                return self._formatted(node, scope, depth)
            case ast.Call() | ast.Subscript():
                return self._computed(node, scope, depth)
            case ast.Name(id=name):
                return self._named(name, node, scope, depth)
            case ast.Attribute(attr=name):
                return self._attribute(name, node, scope, depth)
            case _:
                return Port()

    def host(self, node: ast.AST | None, scope: Scope) -> Sourced[str] | None:
        """Return the address that an expression gives."""
        if node is None:
            return None
        read = self._environment.read(node, scope) or self._environment.of(
            self._resolver.value(node, scope)
        )
        found = read.default if read else None
        value = self._resolver.value(node, scope)
        if isinstance(value, Expression) and text(value.node):
            found = text(value.node)
        return Sourced(value=found, origin=scope.module.origin(node)) if found else None

    def pair(self, node: ast.AST | None, scope: Scope) -> tuple[Sourced[str] | None, Port]:
        """Return host and port of an address: `("", 8000)`, `"0.0.0.0:8000"` or the port alone."""
        value = self._resolver.value(node, scope) if node is not None else None
        if (
            isinstance(value, Expression)
            and isinstance(value.node, ast.Tuple)
            and len(value.node.elts) == 2
        ):
            host, port = value.node.elts
            return self.host(host, value.scope), self.port(port, value.scope)
        read = self._environment.of(value)
        # A variable that holds a whole address is none that a port could be written into: only its default counts.
        address = (
            (read.default or "")
            if read
            else text(value.node)
            if isinstance(value, Expression)
            else ""
        )
        if match := _LAST_NUMBER.search(address):
            place = value.node if isinstance(value, Expression) else ast.Constant(address)
            origin = read.origin if read else scope.module.origin(place)
            host_text = address.rpartition(":")[0].strip("[]") or "0.0.0.0"  # noqa: S104 - what an empty host means
            return Sourced(value=host_text, origin=origin), _constant(int(match[1]), origin)
        return None, self.port(node, scope)

    def _computed(self, node: ast.Call | ast.Subscript, scope: Scope, depth: int) -> Port:
        read = self._environment.read(node, scope)
        if read:
            return self._of_read(read, depth)
        if isinstance(node, ast.Subscript):
            return Port()
        value = self._resolver.value(node, scope)
        if isinstance(value, Made) and value.call is not node:
            return self.port(value.call, value.scope, depth + 1)
        kinds = value.kinds if isinstance(value, Made) else ()
        if _CONVERTERS.intersection(kinds) or _OPTIONS.intersection(kinds):
            return self.port(argument(node, 0, "default"), scope, depth + 1)
        return Port()

    def _of_read(self, read: Read, depth: int) -> Port:
        found = self.port(read.fallback, read.scope, depth + 1)
        return replace(found, variable=read.name)

    def _named(self, name: str, node: ast.Name, scope: Scope, depth: int) -> Port:
        option = _option_default(name, scope)
        if option is not None:
            return self.port(option, Scope(scope.module), depth + 1)
        choices = [
            self.port(part, where, depth + 1)
            for part, where in self._choices.of(node, scope)[:_MAX_CHOICES]
        ]
        found = next((port for port in choices if port.number), None) or next(
            (p for p in choices if p.variable), None
        )
        return found or self._of_value(self._resolver.value(node, scope), node, depth)

    def _attribute(self, name: str, node: ast.Attribute, scope: Scope, depth: int) -> Port:
        read = self._environment.read(node, scope)
        if read:
            return self._of_read(read, depth)
        found = self._of_value(self._resolver.value(node, scope), node, depth)
        return found if found != Port() else self._parsed_argument(name, scope, depth)

    def _of_value(self, value: Value | None, node: ast.AST, depth: int) -> Port:
        match value:
            case Expression(node=found, scope=scope) if found is not node:
                return self.port(found, scope, depth + 1)
            case Made(call=call, scope=scope) if call is not node:
                return self.port(call, scope, depth + 1)
            case _:
                read = self._environment.of(value)
                return self._of_read(read, depth) if read else Port()

    def _parsed_argument(self, name: str, scope: Scope, depth: int) -> Port:
        """Return the default of argparse's `--port` for `args.port`."""
        wanted = f"--{name.replace('_', '-')}"
        for site in scope.module.sites.calls:
            call = site.node
            if isinstance(call, ast.Call) and _is_option(call, wanted, "add_argument"):
                return self.port(keyword(call, "default"), site.scope, depth + 1)
        return Port()

    def _formatted(self, node: ast.JoinedStr, scope: Scope, depth: int) -> Port:
        """Return the port of `f"0.0.0.0:{port}"`."""
        last = node.values[-1] if node.values else None
        return (
            self.port(last.value, scope, depth + 1)
            if isinstance(last, ast.FormattedValue)
            else Port()
        )


def find_exposed_port(tree: ProjectTree) -> Sourced[int] | None:
    """Return the first port that an existing Dockerfile exposes; one that we wrote ourselves is no evidence."""
    for path in ("Dockerfile", "Containerfile"):
        lines = (tree.optional_text(path) or "").splitlines()
        if any(OUR_MARK in line.lower() for line in lines[:4]):
            continue
        for number, line in enumerate(lines, 1):
            match = _EXPOSE.match(line)
            if match and is_port(int(match[1])):
                return Sourced(
                    value=int(match[1]), origin=Origin(path=path, line=number, key="EXPOSE")
                )
    return None


def _constant(value: object, origin: Origin) -> Port:
    number = (
        int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 6 else value
    )
    if isinstance(number, int) and is_port(number):
        return Port(number=Sourced(value=number, origin=origin))
    return Port()


def _first(ports: list[Port]) -> Port:
    number = next((port.number for port in ports if port.number), None)
    return Port(
        number=number, variable=next((port.variable for port in ports if port.variable), "")
    )


def _is_option(call: ast.Call, wanted: str, name: str) -> bool:
    spelled = (
        call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    )
    return spelled == name and wanted in {text(part) for part in call.args}


def _option_default(name: str, scope: Scope) -> ast.expr | None:
    """Return the default that `@click.option("--port", default=8000)` gives to the parameter `port`."""
    owner = next(
        (owner for owner in reversed(scope.owners) if isinstance(owner, FunctionNode)), None
    )
    if owner is None or name not in parameters(owner) or default_of(owner, name) is not None:
        return None
    for decorator in owner.decorator_list:
        if isinstance(decorator, ast.Call) and _is_option(
            decorator, f"--{name.replace('_', '-')}", "option"
        ):
            return keyword(decorator, "default")
    return None


def spelled_ports(bindings: dict[str, list[Binding]], name: str) -> tuple[str, ...]:
    """Return the texts of a list of addresses, or the one text, that a configuration module binds to `name`."""
    found = bindings.get(name, ())
    node = found[-1].node if found else None
    return texts(node) or ((text(node),) if text(node) else ())
