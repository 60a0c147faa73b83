"""One parsed Python file: what it binds, the places in it that are worth a look, and its syntax."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from dockwright.detect.application import syntax
from dockwright.detect.application.syntax import FunctionNode
from dockwright.model.origin import Origin

Node = TypeVar("Node", bound=ast.AST)

_OWNERS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
# Most nodes are none of these, and this is asked of every node of every file.
_NOTED = frozenset({
    *_OWNERS, ast.Call, ast.Subscript, ast.While, ast.Compare, ast.Try, ast.If, ast.Assign,
    ast.AnnAssign,
})  # fmt: skip
_SKIPPED = frozenset({"ctx", "op", "ops", "names", "type_comment", "returns", "annotation"})


class Binding(NamedTuple):
    """One place that binds a name: an import has `module`, anything else `node`."""

    line: int
    # `from ..module import attribute` has the level 2.
    module: str | None = None
    attribute: str = ""
    level: int = 0
    # The expression, function or class, and the position in an unpacked tuple.
    node: ast.AST | None = None
    position: int | None = None


class Scope(NamedTuple):
    """Where an expression stands: file, functions and classes around it (outermost first), line."""

    module: "Module"
    owners: tuple[ast.AST, ...] = ()
    line: int | None = None

    def at(self, node: ast.AST) -> "Scope":
        """Return this scope as seen from the line of `node`."""
        return Scope(self.module, self.owners, getattr(node, "lineno", None))

    @property
    def function(self) -> FunctionNode | None:
        """The innermost function."""
        return next((one for one in reversed(self.owners) if isinstance(one, FunctionNode)), None)


class Site(NamedTuple, Generic[Node]):
    """A node that is worth a look, with its scope."""

    node: Node
    scope: Scope

    @property
    def origin(self) -> Origin:
        """The place in the project."""
        return self.scope.module.origin(self.node)


class Assignment(NamedTuple):
    """`target = value`, once for each target."""

    target: ast.expr
    value: ast.expr
    scope: Scope

    @property
    def name(self) -> str:
        """`NAME` of `NAME`, `config.NAME` and `config["NAME"]`, "" for other targets."""
        if isinstance(self.target, ast.Subscript):
            return syntax.text(self.target.slice)
        return getattr(self.target, "id", getattr(self.target, "attr", ""))

    @property
    def origin(self) -> Origin:
        """The place in the project."""
        return self.scope.module.origin(self.target)


class Module:
    """A parsed file. Everything is worked out when it is first asked for."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        self._bound: dict[int, dict[str, list[Binding]]] = {}

    @cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        """What the module binds when it is imported: name -> bindings in the order of the file."""
        return _collect(statement for statement in self.tree.body if not _is_guard(statement))

    @cached_property
    def stars(self) -> tuple[Binding, ...]:
        """The `from x import *` of the module."""
        return tuple(self.bindings.get("*", ()))

    @cached_property
    def main_guard(self) -> ast.If | None:
        """The `if __name__ == "__main__"` of the module."""
        return next((s for s in self.tree.body if isinstance(s, ast.If) and _is_guard(s)), None)

    @cached_property
    def main_bindings(self) -> dict[str, list[Binding]]:
        """What is bound only when the file is run as a script."""
        return _collect(self.main_guard.body) if self.main_guard else {}

    def locals(self, owner: ast.AST) -> dict[str, list[Binding]]:
        """Return what a function or class binds; names that it declares global are left out."""
        bound, outer = self._bound_in(owner), _declared(getattr(owner, "body", ()))
        return {name: found for name, found in bound.items() if name not in outer}

    def _bound_in(self, owner: ast.AST) -> dict[str, list[Binding]]:
        if id(owner) not in self._bound:
            self._bound[id(owner)] = _collect(getattr(owner, "body", ()))
        return self._bound[id(owner)]

    @cached_property
    def imports(self) -> list[Binding]:
        """Every import of the file, also those inside functions."""
        statements = (s for s in _flat(self.tree.body, everywhere=True))
        imports = (s for s in statements if isinstance(s, ast.Import | ast.ImportFrom))
        return [binding for statement in imports for _, binding in _imported(statement)]

    @cached_property
    def set_globally(self) -> dict[str, list[tuple[Binding, Scope]]]:
        """What functions assign to names that they declare global."""
        found: dict[str, list[tuple[Binding, Scope]]] = {}
        for function in _flat(self.tree.body, everywhere=True):
            declared = _declared(function.body) if isinstance(function, FunctionNode) else ()
            for name in declared:
                bound = self._bound_in(function).get(name, ())
                places = [(one, Scope(self, (function,), one.line)) for one in bound]
                found.setdefault(name, []).extend(places)
        return found

    def sites(self, kind: type[Node]) -> list[Site[Node]]:
        """Return all nodes of one of the kinds that are noted, each with its scope."""
        return self._sites.get(kind, [])

    @cached_property
    def functions(self) -> list[Site[FunctionNode]]:
        """All functions and methods."""
        return [*self._sites[ast.FunctionDef], *self._sites[ast.AsyncFunctionDef]]

    @cached_property
    def assignments(self) -> list[Assignment]:
        """All assignments, once for each target."""
        return [
            Assignment(target, site.node.value, site.scope)
            for site in (*self._sites[ast.Assign], *self._sites[ast.AnnAssign])
            for target in getattr(site.node, "targets", ()) or (site.node.target,)
            if site.node.value
        ]

    @cached_property
    def _sites(self) -> dict[type[ast.AST], list[Site[Any]]]:
        # An explicit stack: code nests deeper than Python's own recursion goes.
        found, scope = defaultdict[type[ast.AST], list[Site[Any]]](list), Scope(self)
        waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(s, ()) for s in self.tree.body[::-1]]
        while waiting:
            node, owners = waiting.pop()
            if type(node) in _NOTED:
                # The nodes of one line share their scope.
                line = getattr(node, "lineno", None)
                if line != scope.line or owners is not scope.owners:
                    scope = Scope(self, owners, line)
                found[type(node)].append(Site(node, scope))
            inner = (*owners, node) if type(node) in _OWNERS else owners
            for name in reversed(node._fields):
                value = None if name in _SKIPPED else getattr(node, name, None)
                # Decorators, defaults and bases are evaluated outside of what they belong to.
                around = inner if name == "body" else owners
                parts = value[::-1] if isinstance(value, list) else (value,)
                waiting += [(part, around) for part in parts if isinstance(part, ast.AST)]
        return found

    @cached_property
    def self_assignments(self) -> dict[tuple[int, str], list[tuple[ast.expr, Scope]]]:
        """What methods assign to `self.name`: (id of the class, name) -> expressions."""
        found: dict[tuple[int, str], list[tuple[ast.expr, Scope]]] = {}
        for one in self.assignments:
            classes = [owner for owner in one.scope.owners if isinstance(owner, ast.ClassDef)]
            match one.target:
                case ast.Attribute(value=ast.Name(id="self"), attr=name) if classes:
                    found.setdefault((id(classes[-1]), name), []).append((one.value, one.scope))
        return found

    def origin(self, node: ast.AST) -> Origin:
        """Return the place of a node of this file."""
        return Origin(path=self.path, line=getattr(node, "lineno", None))


def _is_guard(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    sides = (statement.test.left, *statement.test.comparators)
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return named and any(syntax.text(side) == "__main__" for side in sides)


def _collect(statements: Iterable[ast.stmt]) -> dict[str, list[Binding]]:
    found: dict[str, list[Binding]] = {}
    for statement in _flat(statements):
        for name, binding in _bound(statement):
            found.setdefault(name, []).append(binding)
    return found


def _declared(statements: Iterable[ast.stmt]) -> set[str]:
    declaring = (s for s in _flat(statements) if isinstance(s, ast.Global | ast.Nonlocal))
    return {name for statement in declaring for name in statement.names}


def _flat(statements: Iterable[ast.stmt], *, everywhere: bool = False) -> Iterator[ast.stmt]:
    """Yield statements with those below them; functions and classes are entered if `everywhere`."""
    waiting = list(statements)[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        test = statement.test if isinstance(statement, ast.If) else None
        type_checking = getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"
        if everywhere or not (type_checking or isinstance(statement, FunctionNode | ast.ClassDef)):
            names = ("body", "orelse", "finalbody", "handlers", "cases")
            below = [one for name in names for one in getattr(statement, name, ())]
            waiting.extend(below[::-1])


def _bound(statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
    match statement:
        case ast.Import() | ast.ImportFrom():
            yield from _imported(statement)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name, Binding(line=statement.lineno, node=statement)
        case ast.Assign():
            for target in statement.targets:
                yield from _targets(target, statement.value)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.Expr(value=ast.NamedExpr(target=target, value=value))
        ):
            yield from _targets(target, value)
        case ast.AugAssign(target=target, op=op, value=value):
            yield from _targets(target, ast.BinOp(left=target, op=op, right=value))
        case ast.With() | ast.AsyncWith():
            for item in statement.items:
                if isinstance(item.optional_vars, ast.Name):
                    yield from _targets(item.optional_vars, item.context_expr)
        case _:
            pass


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, ast.Name):
        yield target.id, Binding(line=target.lineno, node=value)
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else None
        for index, part in enumerate(target.elts):
            if isinstance(part, ast.Name) and parts is None:
                yield part.id, Binding(line=target.lineno, node=value, position=index)
            elif isinstance(part, ast.Name) and parts is not None and index < len(parts):
                yield part.id, Binding(line=target.lineno, node=parts[index])


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Binding]]:
    line = statement.lineno
    for alias in statement.names:
        name = alias.asname or alias.name
        if isinstance(statement, ast.ImportFrom):
            module, level = statement.module or "", statement.level
            yield name, Binding(line=line, module=module, attribute=alias.name, level=level)
        elif alias.asname:
            yield name, Binding(line=line, module=alias.name)
        else:
            top = name.partition(".")[0]
            yield top, Binding(line=line, module=top)


def returned_by(node: FunctionNode) -> list[ast.expr]:
    """Return what a function returns, the last first: early returns are the exceptions."""
    returns = (s for s in _flat(node.body) if isinstance(s, ast.Return))
    found = [statement.value for statement in returns if statement.value is not None]
    return sorted(found, key=lambda expression: -expression.lineno)
