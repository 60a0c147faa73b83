"""Small questions to a syntax tree: what is called, with which arguments, and which text it is."""

import ast

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


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
