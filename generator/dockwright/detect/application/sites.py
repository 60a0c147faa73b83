"""The places in a file that are worth a look, gathered in one walk over its syntax tree."""

import ast
from typing import TYPE_CHECKING

from dockwright.detect.application.bindings import Binding, imported_by
from dockwright.model.origin import Origin
from dockwright.model.record import draft, field, row

if TYPE_CHECKING:
    from dockwright.detect.application.module import Module


@row
class Scope:
    """Where an expression stands: its file, the functions and classes around it (outermost first), its line."""

    module: "Module"
    owners: tuple[ast.AST, ...] = ()
    line: int | None = None

    def at(self, node: ast.AST) -> "Scope":
        """Return this scope as seen from the line of `node`."""
        return Scope(self.module, self.owners, getattr(node, "lineno", None))


@row
class Site:
    """A node that is worth a look, with its scope."""

    node: ast.AST
    scope: Scope

    @property
    def origin(self) -> Origin:
        """The place in the project."""
        return Origin(path=self.scope.module.path, line=getattr(self.node, "lineno", None))


@draft
class Sites:
    """All sites of one file by kind."""

    calls: list[Site] = field(default_factory=list)
    subscripts: list[Site] = field(default_factory=list)
    functions: list[Site] = field(default_factory=list)
    classes: list[Site] = field(default_factory=list)
    assignments: list[Site] = field(default_factory=list)
    loops: list[Site] = field(default_factory=list)
    compares: list[Site] = field(default_factory=list)
    tries: list[Site] = field(default_factory=list)
    branches: list[Site] = field(default_factory=list)
    imports: list[Binding] = field(default_factory=list)


_OWNERS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_LEAVES = frozenset(
    {"ctx", "op", "ops", "names", "type_comment", "returns", "annotation", "type_params"}
)
_fields: dict[type[ast.AST], tuple[str, ...]] = {ast.Name: (), ast.Constant: (), ast.alias: ()}


def gather(module: "Module", tree: ast.Module) -> Sites:
    """Return the sites of a file."""
    # One explicit stack: code nests deeper than Python's own recursion goes, and this runs over every parsed file.
    found = Sites()
    lists = _lists(found)
    waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [
        (statement, ()) for statement in reversed(tree.body)
    ]
    while waiting:
        node, owners = waiting.pop()
        kind = type(node)
        if kind in lists:
            lists[kind].append(Site(node, Scope(module, owners, getattr(node, "lineno", None))))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.imports.extend(binding for _, binding in imported_by(node))
            continue
        inner = (*owners, node) if kind in _OWNERS else owners
        for name in _inner_fields(kind):
            value = getattr(node, name, None)
            # Decorators, defaults and bases are evaluated outside of what they belong to.
            around = inner if name == "body" else owners
            if type(value) is list:
                waiting.extend(
                    [(part, around) for part in reversed(value) if isinstance(part, ast.AST)]
                )
            elif isinstance(value, ast.AST):
                waiting.append((value, around))
    return found


def _lists(found: Sites) -> dict[type[ast.AST], list[Site]]:
    return {
        ast.Call: found.calls,
        ast.Subscript: found.subscripts,
        ast.FunctionDef: found.functions,
        ast.AsyncFunctionDef: found.functions,
        ast.ClassDef: found.classes,
        ast.Assign: found.assignments,
        ast.AnnAssign: found.assignments,
        ast.While: found.loops,
        ast.Compare: found.compares,
        ast.Try: found.tries,
        ast.If: found.branches,
    }


def _inner_fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """Return the fields of a kind of node that can hold other nodes, the last first."""
    if kind not in _fields:
        texts = {
            "id",
            "attr",
            "arg",
            "name",
            "module",
            "level",
            "kind",
            "conversion",
            "is_async",
            "simple",
            "rest",
            "asname",
        }
        # `name` is an expression nowhere but in PEP 695's aliases, which say nothing about an application.
        wanted = [name for name in kind._fields if name not in _LEAVES and name not in texts]
        _fields[kind] = tuple(reversed(wanted))
    return _fields[kind]
