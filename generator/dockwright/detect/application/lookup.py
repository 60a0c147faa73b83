"""Which bindings a name has where it stands, and which of several values says most."""

import ast
from collections.abc import Iterable

from dockwright.detect.application.module import Binding, FunctionNode, Scope
from dockwright.detect.application.syntax import is_none, parameters
from dockwright.detect.application.values import Expression, Value


def bindings_of(name: str, scope: Scope) -> tuple[list[Binding], Scope] | None:
    """Return the bindings of a name inside the functions and classes of a scope, or under the main guard."""
    line = scope.line
    for number in range(len(scope.owners) - 1, -1, -1):
        owner = scope.owners[number]
        if isinstance(owner, ast.ClassDef) and number < len(scope.owners) - 1:
            # Methods do not see the names of their class.
            continue
        if bindings := scope.module.locals(owner).get(name):
            return bindings, Scope(scope.module, scope.owners[: number + 1], line)
        if isinstance(owner, FunctionNode):
            if name in parameters(owner):
                return None
            # Outside of the function, what counts is the last value: it is called later.
            line = None
    guarded = scope.module.main_bindings.get(name) if not scope.owners else None
    return (
        (guarded, Scope(scope.module, (), line))
        if guarded and guarded[0].line < (line or 0)
        else None
    )


def told(values: Iterable[Value | None]) -> Value | None:
    """Return the first value that says something, else the first expression that could not be followed further."""
    vague = None
    for value in values:
        if value is None or is_none(value):
            continue
        if not (isinstance(value, Expression) and isinstance(value.node, ast.Attribute)):
            return value
        vague = vague or value
    return vague
