"""What statements bind: imports, assignments, functions and classes, in the order of the file."""

import ast
from collections.abc import Iterable, Iterator

from dockwright.model.record import record

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@record
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


def collect(
    statements: Iterable[ast.stmt], *, keep_global: bool = False
) -> dict[str, list[Binding]]:
    """Return the names that `statements` bind in their own scope, through `if`, `try`, `with` and loops."""
    found: dict[str, list[Binding]] = {}
    outer: set[str] = set()
    for statement in _flat(statements):
        if isinstance(statement, ast.Global | ast.Nonlocal):
            outer.update(statement.names)
        bound = (
            imported_by(statement)
            if isinstance(statement, ast.Import | ast.ImportFrom)
            else _bound(statement)
        )
        for name, binding in bound:
            found.setdefault(name, []).append(binding)
    return (
        found
        if keep_global
        else {name: bindings for name, bindings in found.items() if name not in outer}
    )


def declared_global(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the names that a function's body declares global."""
    return {
        name
        for statement in _flat(statements)
        if isinstance(statement, ast.Global)
        for name in statement.names
    }


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
                statement.target,
                ast.BinOp(left=statement.target, op=statement.op, right=statement.value),
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
                yield (
                    part.id,
                    Binding(line=line, node=_element(value, index), index=_index(value, index)),
                )


def _element(value: ast.expr, index: int) -> ast.expr:
    if isinstance(value, ast.Tuple | ast.List) and index < len(value.elts):
        return value.elts[index]
    return value


def _index(value: ast.expr, index: int) -> int | None:
    return None if isinstance(value, ast.Tuple | ast.List) else index


def imported_by(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Binding]]:
    """Return what an import statement binds."""
    line = statement.lineno
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            name = alias.asname or alias.name
            yield (
                name,
                Binding(
                    line=line,
                    module=statement.module or "",
                    attribute=alias.name,
                    level=statement.level,
                ),
            )
        return
    for alias in statement.names:
        if alias.asname:
            yield alias.asname, Binding(line=line, module=alias.name)
        else:
            yield (
                alias.name.partition(".")[0],
                Binding(line=line, module=alias.name.partition(".")[0]),
            )
