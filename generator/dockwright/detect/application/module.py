"""One parsed Python file: what it binds, the places in it that are worth a look, and its syntax."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from dockwright.model.origin import Origin

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)

_OWNERS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_KINDS = {
    ast.Call: "calls",
    ast.Subscript: "subscripts",
    ast.FunctionDef: "functions",
    ast.AsyncFunctionDef: "functions",
    ast.ClassDef: "classes",
    ast.While: "loops",
    ast.Compare: "compares",
    ast.Try: "tries",
    ast.If: "branches",
}
# Most nodes are none of these, and this is asked of every node of every file.
_NOTED = frozenset({*_KINDS, ast.Assign, ast.AnnAssign})
# Statements without others inside, the frequent ones.
_PLAIN = (ast.Expr, ast.Assign, ast.Return, ast.Import, ast.ImportFrom, ast.AnnAssign, ast.Raise)
_SKIPPED = frozenset({"ctx", "op", "ops", "names", "type_comment", "returns", "annotation"})


class Binding(NamedTuple):
    """One place that binds a name.

    An import has `module` (with `level` dots) and, for `from`, the `attribute`; anything else
    has `node`: the expression, function or class. `position` is that in an unpacked tuple.
    """

    line: int
    module: str | None = None
    attribute: str = ""
    level: int = 0
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
            return text(self.target.slice)
        return getattr(self.target, "id", getattr(self.target, "attr", ""))

    @property
    def origin(self) -> Origin:
        """The place in the project."""
        return self.scope.module.origin(self.target)


@dataclass(kw_only=True, eq=False)
class Sites:
    """All sites of one file by kind."""

    calls: list[Site[ast.Call]] = field(default_factory=list)
    subscripts: list[Site[ast.Subscript]] = field(default_factory=list)
    functions: list[Site[FunctionNode]] = field(default_factory=list)
    classes: list[Site[ast.ClassDef]] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    loops: list[Site[ast.While]] = field(default_factory=list)
    compares: list[Site[ast.Compare]] = field(default_factory=list)
    tries: list[Site[ast.Try]] = field(default_factory=list)
    branches: list[Site[ast.If]] = field(default_factory=list)

    def add(self, node: ast.AST, scope: Scope) -> None:
        """Note a node where it is of one of the kinds."""
        if isinstance(node, ast.Assign):
            self.assignments += [Assignment(one, node.value, scope) for one in node.targets]
        elif isinstance(node, ast.AnnAssign) and node.value:
            self.assignments.append(Assignment(node.target, node.value, scope))
        elif kind := _KINDS.get(type(node)):
            getattr(self, kind).append(Site(node, scope))


class Module:
    """A parsed file. Everything is worked out when it is first asked for."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        self._locals: dict[int, dict[str, list[Binding]]] = {}

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
        key = id(owner)
        if key not in self._locals:
            body: list[ast.stmt] = getattr(owner, "body", [])
            outer = _declared(body)
            found = _collect(body)
            self._locals[key] = {name: found[name] for name in found if name not in outer}
        return self._locals[key]

    @cached_property
    def imports(self) -> list[Binding]:
        """Every import of the file, also those inside functions."""
        return [
            binding
            for statement, _ in self._statements
            if isinstance(statement, ast.Import | ast.ImportFrom)
            for _, binding in _imported(statement)
        ]

    @cached_property
    def set_globally(self) -> dict[str, list[tuple[Binding, Scope]]]:
        """What functions assign to names that they declare global."""
        found: dict[str, list[tuple[Binding, Scope]]] = {}
        declaring = {
            owners[-1]: owners
            for statement, owners in self._statements
            if isinstance(statement, ast.Global | ast.Nonlocal) and owners
        }
        for function, owners in declaring.items():
            body: list[ast.stmt] = getattr(function, "body", [])
            bound = _collect(body)
            for name in _declared(body) & bound.keys():
                places = [(one, Scope(self, owners, one.line)) for one in bound[name]]
                found.setdefault(name, []).extend(places)
        return found

    @cached_property
    def _statements(self) -> list[tuple[ast.stmt, tuple[ast.AST, ...]]]:
        """All statements, each with the functions and classes around it."""
        # Most files are only asked what they bind: this walk leaves their expressions alone.
        found: list[tuple[ast.stmt, tuple[ast.AST, ...]]] = []
        waiting: list[tuple[ast.stmt, tuple[ast.AST, ...]]] = [
            (s, ()) for s in self.tree.body[::-1]
        ]
        while waiting:
            statement, owners = waiting.pop()
            found.append((statement, owners))
            inner = (*owners, statement) if type(statement) in _OWNERS else owners
            waiting += [(one, inner) for one in reversed(_below(statement))]
        return found

    @cached_property
    def sites(self) -> Sites:
        """All sites of the file, gathered in one walk."""
        # An explicit stack: code nests deeper than Python's own recursion goes.
        found, scope = Sites(), Scope(self)
        waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(s, ()) for s in self.tree.body[::-1]]
        while waiting:
            node, owners = waiting.pop()
            if type(node) in _NOTED:
                # The nodes of one line share their scope.
                line = getattr(node, "lineno", None)
                if line != scope.line or owners is not scope.owners:
                    scope = Scope(self, owners, line)
                found.add(node, scope)
            inner = (*owners, node) if type(node) in _OWNERS else owners
            for name in reversed(node._fields):
                value = None if name in _SKIPPED else getattr(node, name, None)
                # Decorators, defaults and bases are evaluated outside of what they belong to.
                around = inner if name == "body" else owners
                if isinstance(value, list):
                    waiting += [(p, around) for p in reversed(value) if isinstance(p, ast.AST)]
                elif isinstance(value, ast.AST):
                    waiting.append((value, around))
        return found

    @cached_property
    def self_assignments(self) -> dict[tuple[int, str], list[tuple[ast.expr, Scope]]]:
        """What methods assign to `self.name`: (id of the class, name) -> expressions."""
        found: dict[tuple[int, str], list[tuple[ast.expr, Scope]]] = {}
        for one in self.sites.assignments:
            classes = [owner for owner in one.scope.owners if isinstance(owner, ast.ClassDef)]
            match one.target:
                case ast.Attribute(value=ast.Name(id="self"), attr=name) if classes:
                    found.setdefault((id(classes[-1]), name), []).append((one.value, one.scope))
        return found

    def origin(self, node: ast.AST) -> Origin:
        """Return the place of a node of this file."""
        return Origin(path=self.path, line=getattr(node, "lineno", None))


def _is_guard(statement: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":`, either way round."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    sides = (statement.test.left, *statement.test.comparators)
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return named and any(text(side) == "__main__" for side in sides)


def _collect(statements: Iterable[ast.stmt]) -> dict[str, list[Binding]]:
    """Return what `statements` bind in their own scope, through `if`, `try`, `with` and loops."""
    found: dict[str, list[Binding]] = {}
    for statement in _flat(statements):
        for name, binding in _bound(statement):
            found.setdefault(name, []).append(binding)
    return found


def _declared(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the names that a function's body declares global or nonlocal."""
    declaring = (s for s in _flat(statements) if isinstance(s, ast.Global | ast.Nonlocal))
    return {name for statement in declaring for name in statement.names}


def _flat(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    waiting = list(statements)[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        if isinstance(statement, FunctionNode | ast.ClassDef) or _is_type_checking(statement):
            continue
        waiting.extend(_below(statement)[::-1])


def _below(statement: ast.stmt) -> list[ast.stmt]:
    """Return the statements that stand directly in a statement, in the order of the file."""
    if isinstance(statement, _PLAIN):
        return []
    found: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody"):
        found.extend(getattr(statement, name, ()))
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        found.extend(part.body)
    return found


def _is_type_checking(statement: ast.stmt) -> bool:
    test = statement.test if isinstance(statement, ast.If) else None
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


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


def called_name(call: ast.Call) -> str:
    """Return the last name of what is called: `run` of `uvicorn.run(...)`, "" for other calls."""
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def all_arguments(call: ast.Call) -> list[ast.expr]:
    """Return every argument of a call, whether it is named or not."""
    return [*call.args, *(given.value for given in call.keywords)]


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """Return the value of the first of the keyword arguments `names` that is given."""
    return next((k.value for name in names for k in call.keywords if k.arg == name), None)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """Return an argument by keyword, else by position."""
    found = keyword(call, *names)
    plain = call.args[: position + 1]
    if found is not None or len(plain) <= position:
        return found
    return None if any(isinstance(part, ast.Starred) for part in plain) else plain[position]


def text(node: ast.AST | None) -> str:
    """Return the text of a string constant, "" for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def entries(node: ast.AST | None) -> list[tuple[str, ast.expr]]:
    """Return the entries of a dictionary whose keys are texts, [] for anything else."""
    if not isinstance(node, ast.Dict):
        return []
    return [(text(key), value) for key, value in zip(node.keys, node.values, strict=True)]


def parameters(node: FunctionNode) -> tuple[str, ...]:
    """Return the names of all parameters that are not starred."""
    given = node.args
    return tuple(one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs))


def default_of(node: FunctionNode, name: str) -> ast.expr | None:
    """Return the default of a parameter, None where it has none."""
    given = node.args
    positional = [one.arg for one in (*given.posonlyargs, *given.args)]
    found = dict(zip(positional[::-1], given.defaults[::-1], strict=False)).get(name)
    named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    return found or next((default for one, default in named if one.arg == name), None)


def required_parameters(node: FunctionNode) -> tuple[str, ...]:
    """Return the names of the parameters without which the function cannot be called."""
    return tuple(name for name in parameters(node) if default_of(node, name) is None)


def returned_by(node: FunctionNode) -> list[ast.expr]:
    """Return what a function returns, the last first: early returns are the exceptions."""
    returns = (s for s in _flat(node.body) if isinstance(s, ast.Return))
    found = [statement.value for statement in returns if statement.value is not None]
    return sorted(found, key=lambda expression: -expression.lineno)
