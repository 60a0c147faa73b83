"""Reads Django's settings out of their modules, through `from .base import *`, `+=` and class-based settings."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.environment import Read
from dockwright.detect.application.imports import Imports
from dockwright.detect.application.module import Binding, Module, Scope
from dockwright.detect.application.places import folder, join
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import text, texts
from dockwright.detect.application.trace import Traced, Tracer
from dockwright.detect.application.values import Expression, Made, Value
from dockwright.detect.application.variables import reads_in

_MAX_MODULES = 25
_MAX_STRINGS = 400


class DjangoSettings:
    """One settings module together with all that it takes over by star imports."""

    def __init__(self, survey: Survey, path: str) -> None:
        self._survey = survey
        self.path = path
        self.modules = tuple(self._chain(path))
        self.tracer = Tracer(survey.resolver, survey.environment)

    def places(self, name: str) -> list[tuple[Binding, Scope]]:
        """Return every place that binds a setting, the last one that counts first."""
        found = []
        for module in self.modules:
            found += [
                (b, Scope(module, (), b.line)) for b in reversed(module.bindings.get(name, []))
            ]
            for cls in _classes(module):
                found += [
                    (b, Scope(module, (cls,), b.line))
                    for b in reversed(module.locals(cls).get(name, []))
                ]
        return found

    def strings(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list setting: sums, `+=`, starred parts, append, extend and insert included."""
        found: dict[str, None] = {}
        # The last place counts; a `+=` leads back to those before it.
        for binding, scope in self.places(name)[:1]:
            for one in self._strings(binding.node, scope, 0):
                found[one] = None
        for module in self.modules:
            for one in _appended(module, name):
                found[one] = None
        return tuple(found)

    def text(self, name: str) -> str:
        """Return the text of a setting, "" where it is not a literal."""
        for binding, scope in self.places(name):
            value = self._survey.resolver.value(binding.node, scope)
            if isinstance(value, Expression) and text(value.node):
                return text(value.node)
            read = self._survey.environment.of(value)
            if read and read.default:
                return read.default
        return ""

    def is_set(self, name: str) -> bool:
        """Whether a setting is bound to anything but None and ""."""
        for binding, _ in self.places(name):
            if not (isinstance(binding.node, ast.Constant) and binding.node.value in (None, "")):
                return True
        return False

    def trace(self, name: str) -> list[tuple[Traced, Scope]]:
        """Return what each place that binds a setting is made of."""
        return [
            (self.tracer.trace(binding.node, scope), scope) for binding, scope in self.places(name)
        ]

    def dictionaries(self, name: str) -> Iterator[tuple[ast.AST, Scope]]:
        """Yield the expressions behind the "default" entries of a dictionary setting, and entries set later."""
        for binding, scope in self.places(name):
            value = self._survey.resolver.value(binding.node, scope)
            if isinstance(value, Expression) and isinstance(value.node, ast.Dict):
                entry = entry_of(value.node, "default") or value.node
                yield entry, value.scope
            elif binding.node is not None:
                yield binding.node, scope
        for module in self.modules:
            for site in module.sites.assignments:
                if isinstance(site.node, ast.Assign) and any(
                    _is_entry(t, name) for t in site.node.targets
                ):
                    yield site.node.value, site.scope
            yield from _updates(module, name)

    def reads(self) -> list[Read]:
        """Return the variables that are read when the settings are imported."""
        return [read for module in self.modules for read in reads_in(self._survey, module)]

    def value(self, node: ast.AST | None, scope: Scope) -> Value | None:
        """Return what an expression of the settings is."""
        return self._survey.resolver.value(node, scope)

    def _chain(self, path: str) -> Iterator[Module]:
        waiting, seen = [path], {path}
        while waiting and len(seen) <= _MAX_MODULES:
            module = self._survey.sources.module(waiting.pop(0))
            if module is None:
                continue
            yield module
            for target in self._taken_over(module):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)

    def _taken_over(self, module: Module) -> Iterator[str]:
        for star in reversed(module.stars):
            target = self._survey.imports.find(
                Binding(line=star.line, module=star.module, level=star.level), module.path
            )
            if target and target.endswith(".py"):
                yield target
        for cls in _classes(module):
            for base in cls.bases:
                value = self._survey.resolver.value(base, Scope(module, (), cls.lineno))
                path = getattr(getattr(value, "module", None), "path", "")
                if path and path != module.path:
                    yield path
        yield from _included(self._survey, module)

    def _strings(self, node: ast.AST | None, scope: Scope, depth: int) -> Iterator[str]:
        if node is None or depth > _MAX_STRINGS:
            return
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            for part in node.elts:
                inner = part.value if isinstance(part, ast.Starred) else part
                yield from (
                    [text(inner)] if text(inner) else self._strings(inner, scope, depth + 1)
                )
        elif isinstance(node, ast.BinOp):
            yield from self._strings(node.left, scope, depth + 1)
            yield from self._strings(node.right, scope, depth + 1)
        elif isinstance(node, ast.Call):
            for part in node.args:
                yield from self._strings(part, scope, depth + 1)
        elif isinstance(node, ast.Name | ast.Attribute):
            value = self._survey.resolver.value(node, scope)
            if isinstance(value, Expression) and value.node is not node:
                yield from self._strings(value.node, value.scope, depth + 1)
            elif isinstance(value, Made):
                yield from self._strings(value.call, value.scope, depth + 1)


def settings_path(survey: Survey, imports: Imports, root: str, dotted: str) -> str:
    """Return the file of a settings module, "" where it is not in the project."""
    for base in (root, "", join(root, "src"), join(root, "config")):
        found = imports.at(base, dotted)
        if found and found.endswith(".py"):
            return found
    value = survey.imports.find(Binding(line=0, module=dotted), join(root, "manage.py"))
    return value if value and value.endswith(".py") else ""


def _classes(module: Module) -> list[ast.ClassDef]:
    """Return the classes of django-configurations in a settings module."""
    if not any((binding.module or "").startswith("configurations") for binding in module.imports):
        return [s for s in module.tree.body if isinstance(s, ast.ClassDef) and _has_settings(s)]
    return [statement for statement in module.tree.body if isinstance(statement, ast.ClassDef)]


def _has_settings(cls: ast.ClassDef) -> bool:
    names = {
        t.id
        for s in cls.body
        if isinstance(s, ast.Assign)
        for t in s.targets
        if isinstance(t, ast.Name)
    }
    return bool(names & {"INSTALLED_APPS", "ROOT_URLCONF", "DATABASES"})


def _appended(module: Module, name: str) -> Iterator[str]:
    for site in module.sites.calls:
        call = site.node
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if (
            call.func.attr in ("append", "extend", "insert")
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == name
        ):
            for part in call.args:
                yield from ([text(part)] if text(part) else texts(part))


def _included(survey: Survey, module: Module) -> Iterator[str]:
    """Yield the files of django-split-settings' `include("components/base.py", ...)`."""
    for site in module.sites.calls:
        call = site.node
        if isinstance(call, ast.Call) and "split_settings.tools.include" in survey.resolver.dotted(
            call.func, site.scope
        ):
            for part in call.args:
                path = join(
                    folder(module.path),
                    text(part)
                    or text(part.args[0] if isinstance(part, ast.Call) and part.args else None),
                )
                if path in survey.sources.all:
                    yield path


def entry_of(node: ast.Dict, name: str) -> ast.expr | None:
    """Return the value of a text key."""
    return next(
        (value for key, value in zip(node.keys, node.values, strict=True) if text(key) == name),
        None,
    )


def _updates(module: Module, name: str) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield the arguments of `NAME["default"].update(...)`."""
    for site in module.sites.calls:
        func = site.node.func if isinstance(site.node, ast.Call) else None
        if (
            isinstance(func, ast.Attribute)
            and func.attr == "update"
            and _is_entry(func.value, name)
        ):
            yield from ((part, site.scope) for part in getattr(site.node, "args", ()))


def _is_entry(target: ast.expr, name: str) -> bool:
    """Whether an assignment sets `NAME["default"]` or a part of it."""
    inner = target
    while isinstance(inner, ast.Subscript):
        inner = inner.value
    return inner is not target and isinstance(inner, ast.Name) and inner.id == name
