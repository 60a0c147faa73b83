"""What an expression can turn out to be."""

import ast

from dockwright.detect.application.module import FunctionNode, Module, Scope
from dockwright.model.origin import Origin
from dockwright.model.record import row


@row
class External:
    """Something of an outside module, by its dotted name: `flask.Flask`, `os.environ`, `builtins.int`."""

    dotted: str


@row
class Function:
    """A function of the project; `owner` is the class around it, None for plain functions."""

    module: Module
    node: FunctionNode
    owner: ast.ClassDef | None = None

    @property
    def scope(self) -> Scope:
        """The scope of the function's own body."""
        owners = (self.owner, self.node) if self.owner else (self.node,)
        return Scope(self.module, owners)


@row
class Class:
    """A class of the project."""

    module: Module
    node: ast.ClassDef


@row
class ModuleRef:
    """A module of the project: the path of its file, or of a folder, ending in "/"."""

    path: str


@row
class Made:
    """What a call makes.

    `kinds` are the dotted names of what was called: one, or all outside ancestors of a class of the project.
    `cls` is that class. A method's result is spelled `telegram.ext.Application.builder().token()`.
    """

    kinds: tuple[str, ...]
    call: ast.Call
    scope: Scope
    cls: Class | None = None

    @property
    def identity(self) -> tuple[str, int, int]:
        """What tells two objects apart: file, line and column of the call."""
        return (self.scope.module.path, self.call.lineno, self.call.col_offset)

    @property
    def origin(self) -> Origin:
        """The place of the call."""
        return self.scope.module.origin(self.call)


@row
class Member:
    """An attribute of an object that was made."""

    of: Made
    name: str


@row
class Expression:
    """Any other expression, with the scope in which its names mean something."""

    node: ast.AST
    scope: Scope


Value = External | Function | Class | ModuleRef | Made | Member | Expression


def method_kinds(member: Member) -> tuple[str, ...]:
    """Return the dotted names of a member: `flask.Flask().run`."""
    return tuple(f"{kind}().{member.name}" for kind in member.of.kinds)
