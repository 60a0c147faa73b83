"""One parsed Python file: what it binds, and every call in it together with its scope."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from generator.model.origin import Origin

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Binding:
    """One place that binds a name.

    An import has `module` (with `level` dots) and, for `from`, the `attribute`; anything else has `node`: the expression, function or
    class. `index` is the position in an unpacked tuple. `entered` is true for the target of a `with`.
    """

    line: int
    module: str | None = None
    attribute: str = ""
    level: int = 0
    node: ast.AST | None = None
    index: int | None = None
    entered: bool = False


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: its file, the functions and classes around it (outermost first), its line."""

    module: "Module"
    owners: tuple[ast.AST, ...] = ()
    line: int | None = None

    def at(self, node: ast.AST) -> "Scope":
        """Return this scope as seen from the line of `node`."""
        return Scope(self.module, self.owners, getattr(node, "lineno", None))


@dataclass(frozen=True)
class Site:
    """A node that is worth a look, with its scope; `main` if it stands under `if __name__ == "__main__"`."""

    node: ast.AST
    scope: Scope
    main: bool = False

    @property
    def origin(self) -> Origin:
        """The place in the project."""
        return Origin(path=self.scope.module.path, line=getattr(self.node, "lineno", None))


@dataclass
class _Sites:
    calls: list[Site] = field(default_factory=list)
    subscripts: list[Site] = field(default_factory=list)
    functions: list[Site] = field(default_factory=list)
    classes: list[Site] = field(default_factory=list)
    assignments: list[Site] = field(default_factory=list)
    loops: list[Site] = field(default_factory=list)
    compares: list[Site] = field(default_factory=list)


class Module:
    """A parsed file. Everything is worked out when it is first asked for."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        self._locals: dict[int, dict[str, list[Binding]]] = {}

    @cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        """What the module binds when it is imported: name -> bindings in the order of the file."""
        return collect(statement for statement in self.tree.body if not is_main_guard(statement))

    @cached_property
    def stars(self) -> tuple[Binding, ...]:
        """The `from x import *` of the module."""
        return tuple(self.bindings.get("*", ()))

    @cached_property
    def main_guard(self) -> ast.If | None:
        """The `if __name__ == "__main__"` of the module."""
        return next((s for s in self.tree.body if isinstance(s, ast.If) and is_main_guard(s)), None)

    @cached_property
    def main_bindings(self) -> dict[str, list[Binding]]:
        """What is bound only when the file is run as a script."""
        return collect(self.main_guard.body) if self.main_guard else {}

    def locals(self, owner: ast.AST) -> dict[str, list[Binding]]:
        """Return what a function or class binds; names that it declares global are left out."""
        key = id(owner)
        if key not in self._locals:
            self._locals[key] = collect(getattr(owner, "body", ()))
        return self._locals[key]

    @cached_property
    def sites(self) -> _Sites:
        """All sites of the file, gathered in one walk."""
        found = _Sites()
        for statement in self.tree.body:
            _gather(statement, Scope(self), found, main=is_main_guard(statement))
        return found

    def set_globally(self, name: str) -> Iterator[tuple[Binding, Scope]]:
        """Yield what functions assign to a name that they declare global."""
        for site in self.sites.functions:
            body = getattr(site.node, "body", [])
            if name in declared_global(body):
                owners = (*site.scope.owners, site.node)
                for binding in collect(body, keep_global=True).get(name, []):
                    yield binding, Scope(self, owners, binding.line)

    @cached_property
    def imports(self) -> tuple[Binding, ...]:
        """Every import of the file, wherever it stands."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Import | ast.ImportFrom))
        return tuple(binding for node in nodes for _, binding in _imported(node))

    def forget(self) -> None:
        """Let go of everything that points back here, so that nothing is left for the cyclic collector to find."""
        self.__dict__.clear()

    def origin(self, node: ast.AST) -> Origin:
        """Return the place of a node of this file."""
        return Origin(path=self.path, line=getattr(node, "lineno", None))


def is_main_guard(statement: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__":`, either way round."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    sides = (statement.test.left, *statement.test.comparators)
    names = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return names and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def collect(statements: Iterable[ast.stmt], *, keep_global: bool = False) -> dict[str, list[Binding]]:
    """Return the names that `statements` bind in their own scope, through `if`, `try`, `with` and loops."""
    found: dict[str, list[Binding]] = {}
    outer: set[str] = set()
    for statement in _flat(statements):
        if isinstance(statement, ast.Global | ast.Nonlocal):
            outer.update(statement.names)
        bound = _imported(statement) if isinstance(statement, ast.Import | ast.ImportFrom) else _bound(statement)
        for name, binding in bound:
            found.setdefault(name, []).append(binding)
    return found if keep_global else {name: bindings for name, bindings in found.items() if name not in outer}


def declared_global(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the names that a function's body declares global."""
    return {name for statement in _flat(statements) if isinstance(statement, ast.Global) for name in statement.names}


def _flat(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    waiting = list(statements)[::-1]
    while waiting:
        statement = waiting.pop()
        yield statement
        waiting.extend(_inner(statement)[::-1])


def _inner(statement: ast.stmt) -> list[ast.stmt]:
    if isinstance(statement, FunctionNode | ast.ClassDef) or _is_type_checking(statement):
        return []
    inner: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody"):
        inner.extend(getattr(statement, name, ()))
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        inner.extend(part.body)
    return inner


def _is_type_checking(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If):
        return False
    test = statement.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _bound(statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name, Binding(line=statement.lineno, node=statement)
        case ast.Assign():
            for target in statement.targets:
                yield from _targets(target, statement.value)
        case ast.AnnAssign() if statement.value is not None:
            yield from _targets(statement.target, statement.value)
        case ast.AugAssign():
            yield from _targets(
                statement.target, ast.BinOp(left=statement.target, op=statement.op, right=statement.value)
            )
        case ast.With() | ast.AsyncWith():
            for item in statement.items:
                if isinstance(item.optional_vars, ast.Name):
                    name = item.optional_vars.id
                    yield name, Binding(line=statement.lineno, node=item.context_expr, entered=True)
        case ast.Expr(value=ast.NamedExpr() as walrus):
            yield from _targets(walrus.target, walrus.value)
        case _:
            return


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Binding]]:
    line = target.lineno
    if isinstance(target, ast.Name):
        yield target.id, Binding(line=line, node=value)
    elif isinstance(target, ast.Tuple | ast.List):
        for index, part in enumerate(target.elts):
            if isinstance(part, ast.Name):
                yield part.id, Binding(line=line, node=_element(value, index), index=_index(value, index))


def _element(value: ast.expr, index: int) -> ast.expr:
    if isinstance(value, ast.Tuple | ast.List) and index < len(value.elts):
        return value.elts[index]
    return value


def _index(value: ast.expr, index: int) -> int | None:
    return None if isinstance(value, ast.Tuple | ast.List) else index


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Binding]]:
    line = statement.lineno
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            name = alias.asname or alias.name
            yield name, Binding(line=line, module=statement.module or "", attribute=alias.name, level=statement.level)
        return
    for alias in statement.names:
        if alias.asname:
            yield alias.asname, Binding(line=line, module=alias.name)
        else:
            yield alias.name.partition(".")[0], Binding(line=line, module=alias.name.partition(".")[0])


def _gather(root: ast.stmt, scope: Scope, found: _Sites, *, main: bool) -> None:
    # One explicit stack: code nests deeper than Python's own recursion goes, and this runs over every parsed file.
    lists: dict[type[ast.AST], list[Site]] = {
        ast.Call: found.calls,
        ast.Subscript: found.subscripts,
        ast.FunctionDef: found.functions,
        ast.AsyncFunctionDef: found.functions,
        ast.ClassDef: found.classes,
        ast.Assign: found.assignments,
        ast.AnnAssign: found.assignments,
        ast.While: found.loops,
        ast.Compare: found.compares,
    }
    owned = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    waiting: list[tuple[ast.AST, Scope]] = [(root, scope)]
    while waiting:
        node, here = waiting.pop()
        kind = type(node)
        if kind in lists:
            lists[kind].append(Site(node, Scope(here.module, here.owners, getattr(node, "lineno", None)), main))
        inner = Scope(here.module, (*here.owners, node)) if kind in owned else here
        for name in node._fields:
            value = getattr(node, name, None)
            # Decorators, defaults and bases are evaluated outside of what they belong to.
            around = inner if name == "body" else here
            if isinstance(value, list):
                waiting.extend((part, around) for part in reversed(value) if isinstance(part, ast.AST))
            elif isinstance(value, ast.AST):
                waiting.append((value, around))
