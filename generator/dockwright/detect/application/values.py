"""What an expression turns out to be: the one resolver of names, calls, literals and folders."""

import ast
import builtins
import math
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockwright.detect.application import syntax
from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.module import Binding, Module, Scope, Site, returned_by
from dockwright.detect.application.sources import Imports, Sources
from dockwright.model.origin import Origin

_MAX_DEPTH = 40
_MAX_STEPS = 600
_MAX_BINDINGS = 8
_MAX_ANCESTORS = 40
_MAX_FOLLOWED = 20
_MAX_ELEMENTS = 80
_BUILTINS = frozenset(dir(builtins))
# pathlib.Path(...), os.path.abspath(...) and the like.
_SAME_FOLDER = frozenset(LISTS["path_functions"])
_SETTINGS = frozenset(LISTS["settings_classes"])
_PROPERTIES = ("property", "computed_field", "computed_field()")
_PATH_METHODS = ("resolve", "absolute", "as_posix", "expanduser", "joinpath")


@dataclass(frozen=True)
class External:
    """Something of an outside module by its dotted name: `flask.Flask`, `builtins.int`."""

    dotted: str


@dataclass(frozen=True)
class Function:
    """A function of the project; `owner` is the class around it, None for plain functions."""

    module: Module
    node: syntax.FunctionNode
    owner: ast.ClassDef | None = None

    @property
    def scope(self) -> Scope:
        """The scope of the function's own body."""
        return Scope(self.module, (self.owner, self.node) if self.owner else (self.node,))


@dataclass(frozen=True)
class Class:
    """A class of the project."""

    module: Module
    node: ast.ClassDef


@dataclass(frozen=True)
class ModuleRef:
    """A module of the project: the path of its file, or of a folder, ending in "/"."""

    path: str


@dataclass(frozen=True)
class Made:
    """What a call makes.

    `kinds` are the dotted names of what was called: one, or all outside ancestors of a class of
    the project, which is `cls`. A method's result is spelled `telegram.ext.Application.builder()`.
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


@dataclass(frozen=True)
class Member:
    """An attribute of an object that was made."""

    of: Made
    name: str


@dataclass(frozen=True)
class Expression:
    """Any other expression, with the scope in which its names mean something."""

    node: ast.AST
    scope: Scope


Value = External | Function | Class | ModuleRef | Made | Member | Expression
Found = tuple[ast.AST, Scope]


def made_by(
    node: ast.ClassDef | syntax.FunctionNode, scope: Scope, kinds: tuple[str, ...] = ()
) -> Made:
    """Return what a class or function of the project would make, told apart by its own place."""
    place = {"lineno": node.lineno, "col_offset": node.col_offset}
    name = ast.Name(id=node.name, ctx=ast.Load(), **place)
    cls = Class(scope.module, node) if isinstance(node, ast.ClassDef) else None
    return Made(kinds, ast.Call(func=name, args=[], keywords=[], **place), scope, cls)


class Resolver:
    """Says what an expression is. None means: not known, and nothing is guessed."""

    def __init__(self, sources: Sources, imports: Imports) -> None:
        self.sources = sources
        self.imports = imports
        self._depth = 0
        self._steps = 0
        self._exported: dict[tuple[str, str], Value | None] = {}
        self._open: set[tuple[str, str]] = set()

    def value(self, node: ast.AST | None, scope: Scope) -> Value | None:
        """Return what `node` is in `scope`, as far as its names can be followed."""
        self._steps = self._steps + 1 if self._depth else 0
        if node is None or self._depth >= _MAX_DEPTH or self._steps > _MAX_STEPS:
            return None
        self._depth += 1
        found: Value | None = Expression(node, scope)
        match node:
            case ast.Name(id=name):
                found = self._name(name, scope)
            case ast.Attribute(value=owner, attr=name):
                found = self.attribute(self.value(owner, scope), name) or found
            case ast.Call():
                found = self._call(node, scope)
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                found = self.value(inner, scope)
            case _:
                pass
        self._depth -= 1
        return found

    def names(self, node: ast.AST | None, scope: Scope) -> tuple[str, ...]:
        """Return the outside names that `node` stands for, () if it is the project's or unknown."""
        return self.names_of(self.value(node, scope))

    def decorators(self, site: Site[syntax.FunctionNode]) -> list[str]:
        """Return the outside names of a function's decorators, with or without arguments."""
        listed = site.node.decorator_list
        bare = [one.func if isinstance(one, ast.Call) else one for one in listed]
        return [name for one in bare for name in self.names(one, site.scope)]

    def names_of(self, value: Value | None) -> tuple[str, ...]:
        """Return the outside names of a value; of a method of what is made `flask.Flask().run`."""
        match value:
            case External(dotted=name):
                return (name,)
            case Member(of=made, name=name):
                return tuple(f"{kind}().{name}" for kind in made.kinds)
            case Made(kinds=kinds):
                return tuple(f"{kind}()" for kind in kinds)
            case Class():
                return self.ancestors(value)
            case _:
                return ()

    def exported(self, path: str, dotted: str) -> Value | None:
        """Return what `app` or `app.server` is after the module at `path` has been imported."""
        name, *rest = dotted.split(".")
        key = (path, name)
        if key not in self._exported:
            module = self.sources.module(path)
            if module is None or key in self._open:
                return None
            self._open.add(key)
            self._exported[key] = self._told(name, self._module_bindings(Scope(module), name))
            self._open.discard(key)
        found = self._exported[key]
        for attribute in rest:
            found = self.attribute(found, attribute)
        return found

    def ancestors(self, cls: Class) -> tuple[str, ...]:
        """Return the outside classes from which a class of the project descends, nearest first."""
        found: dict[str, None] = {}
        waiting, seen = [cls], {id(cls.node)}
        while waiting and len(seen) < _MAX_ANCESTORS:
            here = waiting.pop(0)
            for base in here.node.bases:
                # Base of Base[int]
                plain = base.value if isinstance(base, ast.Subscript) else base
                known = self.value(plain, Scope(here.module, (), here.node.lineno))
                if isinstance(known, External):
                    found[known.dotted] = None
                elif isinstance(known, Class) and id(known.node) not in seen:
                    seen.add(id(known.node))
                    waiting.append(known)
        return tuple(found)

    def returned(
        self, function: Function, call: ast.Call | None = None, scope: Scope | None = None
    ) -> Value | None:
        """Return what a function of the project returns; arguments of `call` are its parameters."""
        names, found = syntax.parameters(function.node), list[Value | None]()
        for node in returned_by(function.node):
            name = node.id if isinstance(node, ast.Name) else ""
            given = (
                syntax.argument(call, names.index(name), name) if call and name in names else None
            )
            where = scope if given and scope else function.scope.at(node)
            found.append(self.value(given or node, where))
        return _telling(found)

    def choices(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> list[Found]:
        """Return every expression that may be bound to a name, the last first; [] for no name."""
        found: list[Found] = []
        for binding, where in self._bindings(node.id, scope) if isinstance(node, ast.Name) else ():
            if isinstance(binding.node, ast.expr):
                found.append((binding.node, where))
            elif binding.attribute and depth < _MAX_FOLLOWED:
                target = self.imports.find(binding, where.module.path)
                if source := self.sources.module(target):
                    name = ast.Name(id=binding.attribute, ctx=ast.Load())
                    found += self.choices(name, Scope(source), depth + 1)
        return found

    def leads_to(self, node: ast.AST | None, scope: Scope) -> list[Found]:
        """Return what a name, an attribute or a call stands for; [] where that is unknown."""
        found, value = self.choices(node, scope), self.value(node, scope)
        if not found and isinstance(value, Made | Expression):
            target = value.call if isinstance(value, Made) else value.node
            return [(target, value.scope)] if target is not node else []
        return found

    def elements(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Iterator[Found]:
        """Yield what a list holds, through sums, starred parts and names; another node itself."""
        parts: list[ast.expr] = []
        match node if depth < _MAX_ELEMENTS else None:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                pass
            case ast.Starred(value=inner):
                parts = [inner]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                parts = [left, right]
            case ast.Name() | ast.Attribute():
                for found, where in self.leads_to(node, scope)[:1]:
                    yield from self.elements(found, where, depth + 1)
            case ast.AST() as other:
                yield other, scope
            case _:
                pass
        for part in parts:
            yield from self.elements(part, scope, depth + 1)

    def folder(self, node: ast.AST | None, scope: Scope, base: str = "") -> str | None:
        """Return the path that an expression means, relative to the root; None outside of it."""
        # A plain relative text belongs to the folder `base`.
        found = self._path(node, scope, base, 0)
        normal = posixpath.normpath(found) if found else found
        if normal is None or normal.startswith(("..", "/")):
            return None
        return "" if normal == "." else normal

    def attribute(self, base: Value | None, name: str) -> Value | None:
        """Return what `base.name` is."""
        match base:
            case External(dotted=dotted):
                return External(f"{dotted}.{name}")
            case ModuleRef(path=path):
                return self._from_module(path, name)
            case Class():
                return self._class_member(base, name, bound=False)
            case Made(cls=cls):
                fields = [getattr(one, "target", None) for one in cls.node.body] if cls else []
                is_field = any(getattr(one, "id", "") == name for one in fields)
                # The default of a setting is not its value, so the field itself is the answer.
                if cls is None or (is_field and self.is_settings(cls)):
                    return Member(base, name)
                return self._class_member(cls, name, bound=True) or Member(base, name)
            case _:
                return None

    def is_settings(self, cls: Class) -> bool:
        """Whether this is a pydantic settings class, whose fields are read from the environment."""
        return not _SETTINGS.isdisjoint(self.ancestors(cls))

    def _name(self, name: str, scope: Scope) -> Value | None:
        for around in scope.owners[:-1] if name == "self" else ():
            if isinstance(around, ast.ClassDef):
                kinds = self.ancestors(Class(scope.module, around))
                return made_by(around, Scope(scope.module), kinds)
        return self._told(name, self._bindings(name, scope))

    def _bindings(self, name: str, scope: Scope) -> list[tuple[Binding, Scope]]:
        line = scope.line
        for number in range(len(scope.owners) - 1, -1, -1):
            owner, around = scope.owners[number], scope.owners[: number + 1]
            if isinstance(owner, ast.ClassDef) and number < len(scope.owners) - 1:
                # Methods do not see the names of their class.
                continue
            if bindings := scope.module.locals(owner).get(name):
                return _likeliest_first(bindings, Scope(scope.module, around, line))
            if isinstance(owner, syntax.FunctionNode):
                if name in syntax.parameters(owner):
                    default = Binding(line=owner.lineno, node=syntax.default_of(owner, name))
                    return [(default, Scope(scope.module, around[:-1], owner.lineno))]
                # Outside of the function the last value counts: it is called later.
                line = None
        outer = Scope(scope.module, (), line)
        guarded = scope.module.main_bindings.get(name, []) if not scope.owners else []
        if guarded and guarded[0].line < (line or 0):
            return _likeliest_first(guarded, outer)
        return self._module_bindings(outer, name)

    def _module_bindings(self, scope: Scope, name: str) -> list[tuple[Binding, Scope]]:
        module, bindings = scope.module, scope.module.bindings.get(name, [])
        own = _likeliest_first(bindings, scope)
        if not module.stars or any(one.line < (scope.line or math.inf) for one in bindings):
            # What a function puts into `app = None` at the top counts too.
            return own + module.set_globally.get(name, [])
        # A star import of an outside module does not hide a built-in name.
        stars = [
            Binding(line=star.line, module=star.module, level=star.level, attribute=name)
            for star in module.stars
            if name not in _BUILTINS or self.imports.find(star, module.path)
        ]
        return [(star, scope) for star in stars] + own

    def _told(self, name: str, bindings: list[tuple[Binding, Scope]]) -> Value | None:
        told = _telling(self._bound(binding, scope) for binding, scope in bindings)
        return External(f"builtins.{name}") if told is None and name in _BUILTINS else told

    def _bound(self, binding: Binding, scope: Scope) -> Value | None:
        node = binding.node
        if binding.module is not None:
            if target := self.imports.find(binding, scope.module.path):
                name = binding.attribute
                return self._from_module(target, name) if name else ModuleRef(target)
            outside = External(".".join(filter(None, (binding.module, binding.attribute))))
            return None if binding.level else outside
        if isinstance(node, syntax.FunctionNode):
            owner = scope.owners[-1] if scope.owners else None
            return Function(scope.module, node, owner if isinstance(owner, ast.ClassDef) else None)
        if isinstance(node, ast.ClassDef):
            return Class(scope.module, node)
        found = self.value(node, scope)
        if binding.position is None:
            return found
        if isinstance(found, Expression) and isinstance(found.node, ast.Tuple):
            parts = found.node.elts[binding.position :]
            return self.value(parts[0], found.scope) if parts else None
        # Of several things that a library returns, only the first can be what it is named for.
        return found if binding.position == 0 and isinstance(found, Made) else None

    def _from_module(self, target: str, name: str) -> Value | None:
        found = self.exported(target, name) if target.endswith(".py") else None
        if found is not None and found != External(f"builtins.{name}"):
            return found
        submodule = self.imports.submodule(target, name)
        return ModuleRef(submodule) if submodule else None

    def _class_member(self, cls: Class, name: str, *, bound: bool) -> Value | None:
        # An object (`bound`) also has what its methods assign to `self`.
        waiting: Class | None = cls
        seen: set[int] = set()
        while (here := waiting) and id(here.node) not in seen:
            seen.add(id(here.node))
            scope = Scope(here.module, (), here.node.lineno)
            bases = (self.value(base, scope) for base in here.node.bases)
            waiting = next((one for one in bases if isinstance(one, Class)), None)
            if bindings := here.module.locals(here.node).get(name):
                places = _likeliest_first(bindings, Scope(here.module, (here.node,)))
                found = _telling(self._bound(*place) for place in places)
                listed = found.node.decorator_list if isinstance(found, Function) else []
                is_property = any(ast.unparse(one).endswith(_PROPERTIES) for one in listed)
                if bound and isinstance(found, Function) and is_property:
                    return self.returned(found)
                return found
            assigned = here.module.self_assignments.get((id(here.node), name), [])
            told = (self.value(node, scope) for node, scope in assigned if bound)
            found = next((v for v in told if v is not None and not _is_none(v)), None)
            if found is not None:
                return found
        return None

    def _call(self, call: ast.Call, scope: Scope) -> Value | None:
        callee = self.value(call.func, scope)
        if isinstance(callee, Function):
            return self.returned(callee, call, scope)
        if callee is None or isinstance(callee, ModuleRef | Expression):
            return None
        cls = callee if isinstance(callee, Class) else None
        return Made(self.names_of(callee), call, scope, cls)

    def _path(self, node: ast.AST | None, scope: Scope, base: str, depth: int) -> str | None:
        node = node if depth < _MAX_FOLLOWED else None
        match node:
            case ast.Constant(value=str() as spelled):
                return posixpath.join(base, spelled)
            case ast.Name(id="__file__"):
                return scope.module.path
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined([left, right], scope, base, depth)
            case ast.Call():
                return self._called_path(node, scope, base, depth)
            case ast.Attribute(attr="parent", value=inner):
                return _up(self._path(inner, scope, base, depth + 1), 1)
            case ast.Subscript(value=ast.Attribute(attr="parents", value=inner), slice=index):
                steps = getattr(index, "value", None)
                found = self._path(inner, scope, base, depth + 1)
                return _up(found, steps + 1) if isinstance(steps, int) else None
            case ast.Name() | ast.Attribute():
                told = [one for one in self.leads_to(node, scope) if not _is_none(one[0])]
                return self._path(*told[0], base, depth + 1) if told else None
            case _:
                return None

    def _called_path(self, call: ast.Call, scope: Scope, base: str, depth: int) -> str | None:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _PATH_METHODS:
            # root.joinpath("a", "b"), and methods that change nothing here.
            return self._joined([call.func.value, *call.args], scope, base, depth)
        kinds = set(self.names(call.func, scope))
        if kinds & {"pathlib.Path.cwd", "os.getcwd"}:
            return base
        found = self._joined(call.args, scope, base, depth)
        if kinds & {"os.path.join", *_SAME_FOLDER}:
            return found
        return _up(found, 1) if "os.path.dirname" in kinds else None

    def _joined(self, parts: list[ast.expr], scope: Scope, base: str, depth: int) -> str | None:
        found = [self._path(part, scope, base, depth + 1) for part in parts[:1]]
        found += [self._path(part, scope, "", depth + 1) for part in parts[1:]]
        known = [part for part in found if part is not None]
        return posixpath.join(*known) if known and len(known) == len(found) else None


def _likeliest_first(bindings: list[Binding], scope: Scope) -> list[tuple[Binding, Scope]]:
    # What was bound last before the line counts, and is looked at first.
    before = [one for one in bindings if scope.line is None or one.line < scope.line]
    likely = before[-_MAX_BINDINGS:] or bindings[:1]
    return [(one, Scope(scope.module, scope.owners, one.line)) for one in reversed(likely)]


def _telling(values: Iterable[Value | None]) -> Value | None:
    # Rather one that says something than one that could not be followed to its end.
    vague = None
    for value in values:
        if value is None or _is_none(value):
            continue
        if not (isinstance(value, Expression) and isinstance(value.node, ast.Attribute)):
            return value
        vague = vague or value
    return vague


def _is_none(value: Value | ast.AST) -> bool:
    node = value.node if isinstance(value, Expression) else value
    return isinstance(node, ast.Constant) and node.value is None


def _up(path: str | None, steps: int) -> str | None:
    while path is not None and steps > 0:
        path = posixpath.dirname(posixpath.normpath(path)) if path not in ("", ".") else None
        steps -= 1
    return path
