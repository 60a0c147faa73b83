"""What runs when a file is started as a script, or when one function is called."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.module import FunctionNode, Module, Site
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.values import Class, Function, Value
from dockwright.model.record import row

_MAX_FUNCTIONS = 80


@row
class Reached:
    """The calls and `while` loops that an entry reaches."""

    calls: list[Site]
    loops: list[Site]


class Reach:
    """Follows calls from an entry through the functions of the project."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._by_owner: dict[str, dict[int | None, list[Site]]] = {}

    def of_script(self, module: Module) -> Reached:
        """Return what happens when the file is run, what stands under the main guard included."""
        return self._follow(module, None)

    def of_function(self, function: Function) -> Reached:
        """Return what happens when the function is called."""
        return self._follow(function.module, function.node)

    def _follow(self, module: Module, owner: ast.AST | None) -> Reached:
        found = Reached(
            list(self._calls(module, owner)),
            [loop for loop in module.sites.loops if _owner(loop) is owner],
        )
        waiting = list(found.calls)
        seen: set[int] = set()
        while waiting and len(seen) < _MAX_FUNCTIONS:
            for function in self._called(waiting.pop(0)):
                if id(function.node) not in seen:
                    seen.add(id(function.node))
                    inner = self._calls(function.module, function.node)
                    found.calls.extend(inner)
                    found.loops.extend(
                        loop
                        for loop in function.module.sites.loops
                        if _owner(loop) is function.node
                    )
                    waiting += inner
        return found

    def _called(self, site: Site) -> Iterator[Function]:
        call = site.node
        if not isinstance(call, ast.Call):
            return
        handed_over = (*call.args, *(k.value for k in call.keywords))
        for node in (
            call.func,
            *(part for part in handed_over if isinstance(part, ast.Name | ast.Attribute)),
        ):
            function = self._function(self._resolver.value(node, site.scope))
            if function:
                yield function

    def _function(self, value: Value | None) -> Function | None:
        if isinstance(value, Function):
            return value
        if isinstance(value, Class):
            init = value.module.locals(value.node).get("__init__", ())
            return next(
                (
                    Function(value.module, b.node, value.node)
                    for b in init
                    if isinstance(b.node, FunctionNode)
                ),
                None,
            )
        return None

    def _calls(self, module: Module, owner: ast.AST | None) -> list[Site]:
        if module.path not in self._by_owner:
            grouped: dict[int | None, list[Site]] = {}
            for site in module.sites.calls:
                around = _owner(site)
                grouped.setdefault(id(around) if around else None, []).append(site)
            self._by_owner[module.path] = grouped
        return self._by_owner[module.path].get(id(owner) if owner else None, [])


def _owner(site: Site) -> ast.AST | None:
    return next(
        (owner for owner in reversed(site.scope.owners) if isinstance(owner, FunctionNode)), None
    )
