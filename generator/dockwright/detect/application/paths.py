"""Folders as code spells them, relative to the project's root: BASE_DIR / "static" and its many cousins."""

import ast
import posixpath

from dockwright.detect.application.choices import Choices
from dockwright.detect.application.module import Scope
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.values import Expression, Made, Member, Value

_MAX_DEPTH = 20
_SAME = frozenset({
    "pathlib.Path", "pathlib.PurePath", "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.fspath",
    "builtins.str", "pathlib.Path().resolve", "pathlib.Path().absolute", "pathlib.Path().as_posix",
})  # fmt: skip
_UP = frozenset({"os.path.dirname"})
_DOWN = frozenset({"os.path.join"})
_HERE = frozenset({"pathlib.Path.cwd", "os.getcwd"})


def folder_of(
    resolver: Resolver, node: ast.AST | None, scope: Scope, base: str = "", depth: int = 0
) -> str | None:
    """Return the path that an expression means, relative to the project's root; None if it is not known or lies outside.

    `base` is the folder to which a plain relative text belongs.
    """
    found = _path(resolver, node, scope, base, depth)
    if found is None:
        return None
    normal = posixpath.normpath(found) if found else ""
    return None if normal.startswith(("..", "/")) else "" if normal == "." else normal


def _path(
    resolver: Resolver, node: ast.AST | None, scope: Scope, base: str, depth: int
) -> str | None:
    if node is None or depth > _MAX_DEPTH:
        return None
    match node:
        case ast.Constant(value=str() as value):
            return value if value.startswith("/") else posixpath.join(base, value)
        case ast.Name(id="__file__"):
            return scope.module.path
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _joined(resolver, [left, right], scope, base, depth)
        case ast.Call():
            return _called(resolver, node, scope, base, depth)
        case ast.Attribute(attr="parent", value=inner):
            return _parent(_path(resolver, inner, scope, base, depth + 1))
        case ast.Subscript(
            value=ast.Attribute(attr="parents", value=inner),
            slice=ast.Constant(value=int() as steps),
        ):
            return _ancestor(_path(resolver, inner, scope, base, depth + 1), steps + 1)
        case ast.Name():
            found, where = Choices(resolver).definition(node, scope)
            return _path(resolver, found, where, base, depth + 1) if found is not node else None
        case ast.Attribute():
            return _followed(resolver, resolver.value(node, scope), node, base, depth)
        case _:
            return None


def _followed(
    resolver: Resolver, value: Value | None, node: ast.AST, base: str, depth: int
) -> str | None:
    match value:
        case Expression(node=found, scope=scope) if found is not node:
            return _path(resolver, found, scope, base, depth + 1)
        case Made(call=call, scope=scope):
            return _path(resolver, call, scope, base, depth + 1)
        case Member(of=made, name="parent"):
            return _parent(_path(resolver, made.call, made.scope, base, depth + 1))
        case _:
            return None


def _called(resolver: Resolver, call: ast.Call, scope: Scope, base: str, depth: int) -> str | None:
    kinds = set(resolver.dotted(call.func, scope))
    inner = call.args[0] if call.args else None
    if isinstance(call.func, ast.Attribute) and call.func.attr in (
        "resolve",
        "absolute",
        "as_posix",
        "expanduser",
    ):
        return _path(resolver, call.func.value, scope, base, depth + 1)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "joinpath":
        return _joined(resolver, [call.func.value, *call.args], scope, base, depth)
    if kinds & _HERE:
        return base
    if kinds & _DOWN or (kinds & _SAME and len(call.args) > 1):
        return _joined(resolver, list(call.args), scope, base, depth)
    if kinds & _UP:
        return _parent(_path(resolver, inner, scope, base, depth + 1))
    if kinds & _SAME:
        return _path(resolver, inner, scope, base, depth + 1)
    return None


def _joined(
    resolver: Resolver, parts: list[ast.expr], scope: Scope, base: str, depth: int
) -> str | None:
    first = _path(resolver, parts[0], scope, base, depth + 1) if parts else None
    rest = [_path(resolver, part, scope, "", depth + 1) for part in parts[1:]]
    known = [part for part in rest if part is not None]
    return posixpath.join(first, *known) if first is not None and len(known) == len(rest) else None


def _parent(path: str | None) -> str | None:
    return (
        None if path is None or path in ("", ".") else posixpath.dirname(posixpath.normpath(path))
    )


def _ancestor(path: str | None, steps: int) -> str | None:
    for _ in range(steps):
        path = _parent(path)
    return path
