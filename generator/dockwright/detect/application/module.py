"""One parsed Python file: what it binds, and every place in it that is worth a look."""

import ast
from functools import cached_property

from dockwright.detect.application.bindings import Binding, FunctionNode, collect, declared_global
from dockwright.detect.application.sites import Scope, Site, Sites, gather
from dockwright.model.origin import Origin

__all__ = ["Binding", "FunctionNode", "Module", "Scope", "Site", "Sites", "is_main_guard"]


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
    def sites(self) -> Sites:
        """All sites of the file, gathered in one walk."""
        return gather(self, self.tree)

    @cached_property
    def set_globally(self) -> dict[str, list[tuple[Binding, Scope]]]:
        """What functions assign to names that they declare global."""
        found: dict[str, list[tuple[Binding, Scope]]] = {}
        for site in self.sites.functions:
            body = getattr(site.node, "body", [])
            names = declared_global(body)
            bound = collect(body, keep_global=True) if names else {}
            for name in names & bound.keys():
                scopes = [
                    Scope(self, (*site.scope.owners, site.node), binding.line)
                    for binding in bound[name]
                ]
                found.setdefault(name, []).extend(zip(bound[name], scopes, strict=True))
        return found

    @cached_property
    def self_assignments(self) -> dict[tuple[int, str], list[tuple[ast.expr, Scope]]]:
        """What methods assign to `self.name`: (id of the class, name) -> expressions."""
        found: dict[tuple[int, str], list[tuple[ast.expr, Scope]]] = {}
        for site in self.sites.assignments:
            node = site.node
            cls = next(
                (owner for owner in reversed(site.scope.owners) if isinstance(owner, ast.ClassDef)),
                None,
            )
            if (
                cls is None
                or not isinstance(node, ast.Assign | ast.AnnAssign)
                or node.value is None
            ):
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == "self"
                ):
                    found.setdefault((id(cls), target.attr), []).append((node.value, site.scope))
        return found

    @cached_property
    def imports(self) -> tuple[Binding, ...]:
        """Every import of the file, wherever it stands."""
        return tuple(self.sites.imports)

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
    return names and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )
