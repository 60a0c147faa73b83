"""What runs when a file is started as a script, or when one function is called."""

import ast
from collections.abc import Iterator

from generator.detect.application.module import FunctionNode, Module, Site
from generator.detect.application.resolver import Resolver
from generator.detect.application.values import Class, Function, Value

_MAX_FUNCTIONS = 80


class Reach:
    """Follows calls from an entry through the functions of the project."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._by_owner: dict[str, dict[int | None, list[Site]]] = {}

    def of_script(self, module: Module) -> list[Site]:
        """Return the calls that are made when the file is run, those under the main guard included."""
        return self._follow(self._calls(module, None))

    def of_function(self, function: Function) -> list[Site]:
        """Return the calls that are made when the function is called."""
        return self._follow(self._calls(function.module, function.node))

    def _follow(self, first: list[Site]) -> list[Site]:
        found = list(first)
        waiting = list(first)
        seen: set[int] = set()
        while waiting and len(seen) < _MAX_FUNCTIONS:
            for function in self._called(waiting.pop(0)):
                if id(function.node) not in seen:
                    seen.add(id(function.node))
                    inner = self._calls(function.module, function.node)
                    found += inner
                    waiting += inner
        return found

    def _called(self, site: Site) -> Iterator[Function]:
        call = site.node
        if not isinstance(call, ast.Call):
            return
        handed_over = (*call.args, *(k.value for k in call.keywords))
        for node in (call.func, *(part for part in handed_over if isinstance(part, ast.Name | ast.Attribute))):
            function = self._function(self._resolver.value(node, site.scope))
            if function:
                yield function

    def _function(self, value: Value | None) -> Function | None:
        if isinstance(value, Function):
            return value
        if isinstance(value, Class):
            init = value.module.locals(value.node).get("__init__", ())
            return next(
                (Function(value.module, b.node, value.node) for b in init if isinstance(b.node, FunctionNode)), None
            )
        return None

    def _calls(self, module: Module, owner: ast.AST | None) -> list[Site]:
        if module.path not in self._by_owner:
            grouped: dict[int | None, list[Site]] = {}
            for site in module.sites.calls:
                grouped.setdefault(_function_of(site), []).append(site)
            self._by_owner[module.path] = grouped
        return self._by_owner[module.path].get(id(owner) if owner else None, [])


def _function_of(site: Site) -> int | None:
    return next((id(owner) for owner in reversed(site.scope.owners) if isinstance(owner, FunctionNode)), None)
