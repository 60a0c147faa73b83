"""Small questions about syntax trees that need no names resolved."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.module import FunctionNode
from dockwright.detect.application.values import Expression, Value


def unsubscripted(node: ast.expr) -> ast.expr:
    """Return `Base` of `Base[int]`."""
    return node.value if isinstance(node, ast.Subscript) else node


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """Return the value of the first of the keyword arguments `names` that is given."""
    return next((k.value for name in names for k in call.keywords if k.arg == name), None)


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """Return an argument by keyword, else by position."""
    found = keyword(call, *names)
    if found is not None:
        return found
    plain = call.args[: position + 1]
    if len(plain) <= position or any(isinstance(part, ast.Starred) for part in plain):
        return None
    return plain[position]


def text(node: ast.AST | None) -> str:
    """Return the text of a string constant, "" for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def texts(node: ast.AST | None) -> tuple[str, ...]:
    """Return the string constants of a list, tuple or set, or of sums of those."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return tuple(text(part) for part in node.elts if text(part))
    if isinstance(node, ast.BinOp):
        return (*texts(node.left), *texts(node.right))
    return ()


def literal(node: ast.AST | None) -> str | None:
    """Return a constant as the text an environment variable would have, None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
        return str(node.value)
    return None


def parameters(node: FunctionNode) -> tuple[str, ...]:
    """Return the names of all parameters that are not starred."""
    arguments = node.args
    return tuple(a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def required_parameters(node: FunctionNode) -> tuple[str, ...]:
    """Return the names of the parameters without which the function cannot be called."""
    return tuple(name for name in parameters(node) if default_of(node, name) is None)


def default_of(node: FunctionNode, name: str) -> ast.expr | None:
    """Return the default of a parameter, None where it has none."""
    arguments = node.args
    positional = (*arguments.posonlyargs, *arguments.args)
    with_default = dict(
        zip((a.arg for a in positional[::-1]), arguments.defaults[::-1], strict=False)
    )
    named = {
        a.arg: d
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if d is not None
    }
    return with_default.get(name) or named.get(name)


def returns(node: FunctionNode) -> Iterator[ast.expr]:
    """Yield what a function returns, the last first: early returns are the exceptions."""
    found: list[ast.expr] = []
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Return) and part.value is not None:
            found.append(part.value)
        elif not isinstance(part, FunctionNode | ast.ClassDef):
            inner = (ast.stmt, ast.ExceptHandler, ast.match_case)
            waiting.extend(
                child for child in ast.iter_child_nodes(part) if isinstance(child, inner)
            )
    return iter(sorted(found, key=lambda expression: -expression.lineno))


def argument_for(node: ast.expr, function: FunctionNode, call: ast.Call | None) -> ast.expr | None:
    """Return the argument of `call` that `node`, the bare name of a parameter of `function`, stands for."""
    if call is None or not isinstance(node, ast.Name):
        return None
    names = parameters(function)
    return argument(call, names.index(node.id), node.id) if node.id in names else None


def is_none(value: Value) -> bool:
    """Whether a value is the constant None."""
    return (
        isinstance(value, Expression)
        and isinstance(value.node, ast.Constant)
        and value.node.value is None
    )


def is_property(node: FunctionNode) -> bool:
    """Whether a method is read like an attribute."""
    names = {
        d.id if isinstance(d, ast.Name) else getattr(d, "attr", "") for d in node.decorator_list
    }
    return bool(names & {"property", "cached_property", "computed_field"})
