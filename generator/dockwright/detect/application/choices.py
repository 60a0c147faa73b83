"""All expressions that a name can stand for: a name that is set in both branches of an `if` has two."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.lookup import bindings_of
from dockwright.detect.application.module import Binding, FunctionNode, Module, Scope
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.syntax import default_of, parameters

Choice = tuple[ast.expr, Scope]

_MAX_DEPTH = 12


class Choices:
    """Follows a name to every expression that may have been bound to it, the last one first."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def of(self, node: ast.Name, scope: Scope) -> list[Choice]:
        """Return the expressions behind a name in `scope`."""
        found = bindings_of(node.id, scope)
        if found:
            bindings, where = found
            return list(self._expressions(bindings, where))
        owner = next((o for o in reversed(scope.owners) if isinstance(o, FunctionNode)), None)
        if owner and node.id in parameters(owner):
            default = default_of(owner, node.id)
            return (
                [(default, Scope(scope.module, scope.owners[:-1], owner.lineno))]
                if default is not None
                else []
            )
        return list(self._of_module(scope.module, node.id, None if scope.owners else scope.line, 0))

    def definition(self, node: ast.AST, scope: Scope) -> tuple[ast.AST, Scope]:
        """Return the expression to which names lead at last; the node itself where it is no name."""
        for _ in range(_MAX_DEPTH):
            found = self.of(node, scope) if isinstance(node, ast.Name) else []
            told = next((choice for choice in found if not _is_none(choice[0])), None)
            if told is None:
                break
            node, scope = told
        return node, scope

    def _expressions(self, bindings: list[Binding], scope: Scope) -> Iterator[Choice]:
        before = [b for b in bindings if scope.line is None or b.line < scope.line]
        for binding in reversed(before or bindings[:1]):
            if isinstance(binding.node, ast.expr):
                yield binding.node, Scope(scope.module, scope.owners, binding.line)

    def _of_module(
        self, module: Module, name: str, line: int | None, depth: int
    ) -> Iterator[Choice]:
        if depth > _MAX_DEPTH:
            return
        bindings = module.bindings.get(name, [])
        yield from self._expressions(bindings, Scope(module, (), line))
        for binding, scope in module.set_globally.get(name, ()):
            if isinstance(binding.node, ast.expr):
                yield binding.node, scope
        imported = [binding for binding in bindings if binding.attribute]
        for binding in imported or module.stars:
            target = self._resolver.imports.find(binding, module.path)
            source = (
                self._resolver.sources.module(target) if target and target.endswith(".py") else None
            )
            if source:
                yield from self._of_module(
                    source, binding.attribute if imported else name, None, depth + 1
                )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
