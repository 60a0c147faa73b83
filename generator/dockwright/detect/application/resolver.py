"""Follows names through assignments, imports, functions and classes of the project, without running any of it."""

import ast
import builtins

from dockwright.detect.application.imports import Imports
from dockwright.detect.application.lookup import bindings_of, told
from dockwright.detect.application.module import Binding, FunctionNode, Module, Scope
from dockwright.detect.application.sources import Sources
from dockwright.detect.application.syntax import (
    argument_for,
    default_of,
    is_none,
    is_property,
    parameters,
    returns,
    unsubscripted,
)
from dockwright.detect.application.values import (
    Class,
    Expression,
    External,
    Function,
    Made,
    Member,
    ModuleRef,
    Value,
    method_kinds,
)

_MAX_DEPTH = 40
_MAX_STEPS = 600
_MAX_CHOICES = 8
_MAX_ANCESTORS = 40
_BUILTINS = frozenset(dir(builtins))


class Resolver:
    """Says what an expression is. None means: not known, and nothing is guessed."""

    def __init__(self, sources: Sources, imports: Imports) -> None:
        self.sources = sources
        self.imports = imports
        self._depth = 0
        self._steps = 0
        self._memo: dict[tuple[str, str], Value | None] = {}
        self._open: set[tuple[str, str]] = set()

    def value(self, node: ast.AST | None, scope: Scope) -> Value | None:
        """Return what `node` is in `scope`, as far as its names can be followed."""
        if node is None or self._depth >= _MAX_DEPTH:
            return None
        self._steps = self._steps + 1 if self._depth else 0
        if self._steps > _MAX_STEPS:
            return None
        self._depth += 1
        try:
            match node:
                case ast.Name():
                    return self._name(node.id, scope)
                case ast.Attribute():
                    found = self.attribute(self.value(node.value, scope), node.attr)
                    return found if found is not None else Expression(node, scope)
                case ast.Call():
                    return self._call(node, scope)
                case ast.Await() | ast.NamedExpr():
                    return self.value(node.value, scope)
                case _:
                    return Expression(node, scope)
        finally:
            self._depth -= 1

    def dotted(self, node: ast.AST | None, scope: Scope) -> tuple[str, ...]:
        """Return the outside names that `node` stands for, () if it is something of the project or unknown."""
        match self.value(node, scope):
            case External(dotted=name):
                return (name,)
            case Member() as member:
                return method_kinds(member)
            case Class() as cls:
                return self.ancestors(cls)
            case _:
                return ()

    def exported(self, path: str, name: str) -> Value | None:
        """Return what `name` is after the module at `path` has been imported."""
        key = (path, name)
        if key in self._memo:
            return self._memo[key]
        module = self.sources.module(path)
        if module is None or key in self._open:
            return None
        self._open.add(key)
        try:
            found = self._module_level(module, name, None)
        finally:
            self._open.discard(key)
        self._memo[key] = found
        return found

    def ancestors(self, cls: Class) -> tuple[str, ...]:
        """Return the outside classes from which a class of the project descends, nearest first."""
        found: dict[str, None] = {}
        waiting, seen = [cls], {id(cls.node)}
        while waiting and len(seen) < _MAX_ANCESTORS:
            here = waiting.pop(0)
            for base in here.node.bases:
                known = self.value(unsubscripted(base), Scope(here.module, (), here.node.lineno))
                if isinstance(known, External):
                    found[known.dotted] = None
                elif isinstance(known, Class) and id(known.node) not in seen:
                    seen.add(id(known.node))
                    waiting.append(known)
        return tuple(found)

    def returned(
        self, function: Function, call: ast.Call | None = None, scope: Scope | None = None
    ) -> Value | None:
        """Return what a function of the project returns; arguments of `call` stand in for its parameters."""
        given = ((node, argument_for(node, function.node, call)) for node in returns(function.node))
        return told(
            self.value(argument, scope)
            if argument and scope
            else self.value(node, function.scope.at(node))
            for node, argument in given
        )

    def member(self, made: Made, name: str) -> Value | None:
        """Return an attribute of an object of a project class: a method, what `self.name` was set to, a class attribute."""
        return self._class_member(made.cls, name, bound=True) if made.cls else None

    def class_values(self, cls: Class) -> dict[str, list[Binding]]:
        """Return what the body of a class binds."""
        return cls.module.locals(cls.node)

    def _name(self, name: str, scope: Scope) -> Value | None:
        found = bindings_of(name, scope)
        if found:
            return self._bound(*found)
        line = scope.line
        for number in range(len(scope.owners) - 1, -1, -1):
            owner = scope.owners[number]
            if isinstance(owner, FunctionNode):
                if name in parameters(owner):
                    return self._parameter(
                        name, Scope(scope.module, scope.owners[: number + 1], line)
                    )
                line = None
        return self._module_level(scope.module, name, line)

    def _parameter(self, name: str, scope: Scope) -> Value | None:
        *outer, owner = scope.owners
        if not isinstance(owner, FunctionNode):
            return None
        if outer and isinstance(outer[-1], ast.ClassDef) and name == "self":
            return self._instance(Class(scope.module, outer[-1]))
        return self.value(default_of(owner, name), Scope(scope.module, tuple(outer), owner.lineno))

    def _instance(self, cls: Class) -> Made:
        place = {"lineno": cls.node.lineno, "col_offset": cls.node.col_offset}
        call = ast.Call(
            func=ast.Name(id=cls.node.name, ctx=ast.Load(), **place), args=[], keywords=[], **place
        )
        return Made(self.ancestors(cls), call, Scope(cls.module), cls)

    def _module_level(self, module: Module, name: str, line: int | None) -> Value | None:
        bindings = module.bindings.get(name, [])
        before = [binding for binding in bindings if line is None or binding.line < line]
        if before or (bindings and not module.stars):
            found = self._bound(bindings, Scope(module, (), line))
            return found if found is not None else self._set_globally(module, name)
        builtin = External(f"builtins.{name}") if name in _BUILTINS else None
        for star in module.stars:
            found = self._imported(
                Binding(line=star.line, module=star.module, level=star.level, attribute=name),
                module,
            )
            if found is not None and not (builtin and isinstance(found, External)):
                return found
        return self._bound(bindings, Scope(module, (), line)) if bindings else builtin

    def _set_globally(self, module: Module, name: str) -> Value | None:
        """Return what a function puts into `app = None` at the top of the module."""
        return told(
            self._binding(binding, scope) for binding, scope in module.set_globally.get(name, ())
        )

    def _bound(self, bindings: list[Binding], scope: Scope) -> Value | None:
        before = [b for b in bindings if scope.line is None or b.line < scope.line]
        likely = before[-_MAX_CHOICES:] or bindings[:1]
        return told(self._binding(binding, scope) for binding in reversed(likely))

    def _binding(self, binding: Binding, scope: Scope) -> Value | None:
        if binding.module is not None:
            return self._imported(binding, scope.module)
        node = binding.node
        if isinstance(node, FunctionNode):
            owner = scope.owners[-1] if scope.owners else None
            return Function(scope.module, node, owner if isinstance(owner, ast.ClassDef) else None)
        if isinstance(node, ast.ClassDef):
            return Class(scope.module, node)
        found = self.value(node, Scope(scope.module, scope.owners, binding.line))
        return found if binding.index is None else self._element(found, binding.index)

    def _element(self, found: Value | None, index: int) -> Value | None:
        if (
            isinstance(found, Expression)
            and isinstance(found.node, ast.Tuple)
            and index < len(found.node.elts)
        ):
            return self.value(found.node.elts[index], found.scope)
        # A library's function that returns several things: only the first can be what it is named for.
        return found if index == 0 and isinstance(found, Made) else None

    def _imported(self, binding: Binding, module: Module) -> Value | None:
        target = self.imports.find(binding, module.path)
        if target is None:
            if binding.level:
                return None
            name = binding.module or ""
            return External(f"{name}.{binding.attribute}" if binding.attribute else name)
        if not binding.attribute:
            return ModuleRef(target)
        return self._from_module(target, binding.attribute)

    def _from_module(self, target: str, name: str) -> Value | None:
        if target.endswith(".py"):
            found = self.exported(target, name)
            if found is not None and not (
                isinstance(found, External) and found.dotted.startswith("builtins.")
            ):
                return found
        submodule = self.imports.submodule(target, name)
        return ModuleRef(submodule) if submodule else None

    def attribute(self, base: Value | None, name: str) -> Value | None:
        """Return what `base.name` is."""
        match base:
            case External(dotted=dotted):
                return External(f"{dotted}.{name}")
            case ModuleRef(path=path):
                return self._from_module(path, name)
            case Made():
                return self._made_attribute(base, name)
            case Class():
                return self._class_member(base, name, bound=False)
            case _:
                return None

    def _made_attribute(self, made: Made, name: str) -> Value:
        if made.cls and self.is_setting(made.cls, name):
            # Its default is not its value: the environment decides, so the field itself is the answer.
            return Member(made, name)
        return self.member(made, name) or Member(made, name)

    def is_setting(self, cls: Class, name: str) -> bool:
        """Whether `name` is a field of a pydantic settings class, which is read from the environment."""
        if not any(kind.endswith(".BaseSettings") for kind in self.ancestors(cls)):
            return False
        return any(
            isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name) and s.target.id == name
            for s in cls.node.body
        )

    def _class_member(self, cls: Class, name: str, *, bound: bool) -> Value | None:
        bindings = self.class_values(cls).get(name)
        if bindings:
            found = self._bound(bindings, Scope(cls.module, (cls.node,)))
            if bound and isinstance(found, Function) and is_property(found.node):
                return self.returned(found)
            return found
        for node, scope in (
            cls.module.self_assignments.get((id(cls.node), name), ()) if bound else ()
        ):
            found = self.value(node, scope)
            if found is not None and not is_none(found):
                return found
        parent = self._parent(cls)
        return self._inherited(parent, name, bound=bound) if parent else None

    def _inherited(self, parent: Class, name: str, *, bound: bool) -> Value | None:
        self._depth += 1
        try:
            return (
                self._class_member(parent, name, bound=bound) if self._depth < _MAX_DEPTH else None
            )
        finally:
            self._depth -= 1

    def _parent(self, cls: Class) -> Class | None:
        for base in cls.node.bases:
            parent = self.value(base, Scope(cls.module, (), cls.node.lineno))
            if isinstance(parent, Class) and parent.node is not cls.node:
                return parent
        return None

    def _call(self, call: ast.Call, scope: Scope) -> Value | None:
        match self.value(call.func, scope):
            case External(dotted=dotted):
                return Made((dotted,), call, scope)
            case Class() as cls:
                return Made(self.ancestors(cls), call, scope, cls)
            case Function() as function:
                return self.returned(function, call, scope)
            case Member() as member:
                return Made(method_kinds(member), call, scope)
            case Made() as made:
                return Made(tuple(f"{kind}()" for kind in made.kinds), call, scope)
            case _:
                return None
