"""Objects and factories in the project's modules that a server could load."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.frameworks import App
from dockwright.detect.application.makers import MAKERS
from dockwright.detect.application.module import Binding, FunctionNode, Module, Scope
from dockwright.detect.application.places import folder, is_unlikely, join, name_rank, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import parameters, required_parameters
from dockwright.detect.application.values import Class, Function, Made, Value
from dockwright.detect.application.words import BARE_WORDS, MAKER_PAIRS
from dockwright.model.application import Framework, Interface
from dockwright.model.origin import Origin
from dockwright.model.record import row

_TARGETS = (
    "app",
    "application",
    "api",
    "server",
    "asgi_app",
    "wsgi_app",
    "asgi",
    "wsgi",
    "asgi_application",
    "wsgi_application",
    "web",
)
_FACTORIES = (
    "create_app",
    "make_app",
    "get_app",
    "build_app",
    "app_factory",
    "create_application",
    "get_application",
    "init_app",
)
_REEXPORTING = frozenset({"asgi", "wsgi", "main", "app", "application", "api", "index", "__init__"})
"""Modules that take an application over in order to be loaded; others take it over in order to use it."""

_MAX_CALLERS = 25


@row
class Candidate:
    """One name under which an application can be loaded. `arguments` are those that a factory cannot do without."""

    path: str
    name: str
    app: App
    origin: Origin
    factory: bool = False
    reexported: bool = False
    arguments: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, int, int]:
        """What tells the applications behind two names apart."""
        return self.app.made.identity


class Candidates:
    """Looks through the modules in which an application can stand."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self.examined: dict[str, None] = {}
        self._classes: set[str] = set()

    def find(self) -> list[Candidate]:
        """Return all names, factories included; modules that call a factory are looked through as well."""
        found: list[Candidate] = []
        for path in self._telling_paths():
            found += self._in_module(path)
        names = {c.name for c in found if c.factory} | self._classes
        for path in self._callers(names):
            found += self._in_module(path)
        return found

    def _telling_paths(self) -> Iterator[str]:
        sources = self._survey.sources
        said = {*sources.mentioning(BARE_WORDS), *sources.pairing(MAKER_PAIRS)}
        for path in sources.paths:
            name = stem(path)
            entry = name in _REEXPORTING and path.count("/") <= 2
            if (entry or path in said) and name.isidentifier() and not self._is_run(path):
                yield path

    def _is_run(self, path: str) -> bool:
        """Whether no server loads a file: __main__ is run, and env.py is what Alembic runs."""
        return stem(path) == "__main__" or _is_alembic(self._survey, path)

    def _callers(self, names: set[str]) -> list[str]:
        found: dict[str, None] = {}
        for name in sorted(names):
            for path in self._survey.sources.containing(name.encode()):
                if path not in self.examined and not self._is_run(path):
                    found[path] = None
        return list(found)[:_MAX_CALLERS]

    def _in_module(self, path: str) -> list[Candidate]:
        self.examined[path] = None
        module = self._survey.sources.module(path)
        if module is None:
            return []
        found = []
        for name, bindings in module.bindings.items():
            candidate = (
                None
                if name.startswith("__") or name == "*"
                else self._named(module, name, bindings)
            )
            if candidate:
                found.append(candidate)
        return found

    def _named(self, module: Module, name: str, bindings: list[Binding]) -> Candidate | None:
        last = bindings[-1]
        imported = last.module is not None
        may_be = any(_may_be(binding.node, imported=imported) for binding in bindings)
        if (imported and stem(module.path) not in _REEXPORTING) or not may_be:
            return None
        value = self._unwrapped(module, name, bindings)
        app = self._survey.frameworks.app(value)
        origin = Origin(path=module.path, line=last.line)
        if app:
            return Candidate(module.path, name, app, origin, reexported=imported)
        if isinstance(value, Function) and not imported:
            return self._factory(value, module.path, name, origin)
        if isinstance(value, Class) and not MAKERS.keys().isdisjoint(
            self._survey.resolver.ancestors(value)
        ):
            self._classes.add(name)
        return None

    def _unwrapped(self, module: Module, name: str, bindings: list[Binding]) -> Value | None:
        """Return what a name is; where `app = middleware(app)` is a function of the project, what it was before."""
        value = self._survey.resolver.exported(module.path, name)
        if not isinstance(value, Function) or not _wraps(bindings[-1].node, name):
            return value
        first = next(
            (binding for binding in reversed(bindings) if not _wraps(binding.node, name)),
            bindings[-1],
        )
        return self._survey.resolver.value(first.node, Scope(module, (), first.line)) or value

    def _factory(
        self, function: Function, path: str, name: str, origin: Origin
    ) -> Candidate | None:
        bare = _bare_callable(function)
        if bare:
            return Candidate(path, name, bare, origin)
        returned = self._survey.resolver.returned(function)
        app = self._survey.frameworks.app(returned)
        if app is None or (app.wrapped and not _makes(function, app)):
            return None
        required = required_parameters(function.node)
        return Candidate(path, name, app, origin, factory=True, arguments=required)


def _is_alembic(survey: Survey, path: str) -> bool:
    return stem(path) == "env" and survey.tree.has(join(folder(path), "script.py.mako"))


def rank(candidate: Candidate) -> int:
    """Return how likely a name is the one that is served; lower is likelier."""
    path, name = candidate.path, candidate.name
    points = name_rank(path) if stem(path) != "__init__" else 3
    points += 4 * path.count("/")
    points += _TARGETS.index(name) if name in _TARGETS else 15
    if candidate.factory:
        points += 12 if name in _FACTORIES else 30
    points += 400 if candidate.arguments else 0
    points += 100 if is_unlikely(path) else 0
    # Commands live in bin: a bot is started there, but an application there is the helper of the one elsewhere.
    points += 60 if "bin" in path.split("/")[:-1] else 0
    points += 60 if candidate.app.interface is Interface.OWN else 0
    # Of a Dash object and the name of its server, a server process loads the latter.
    points += 10 if candidate.app.framework is Framework.DASH and not candidate.app.face else 0
    # A second object in the same file is usually a part of the first.
    return (
        points
        - (10 if candidate.app.wrapped else 0)
        - (8 if candidate.app.framework is Framework.DJANGO else 0)
    )


def _may_be(node: ast.AST | None, *, imported: bool) -> bool:
    kinds = (
        ast.Call,
        ast.Name,
        ast.Attribute,
        ast.IfExp,
        ast.BoolOp,
        ast.Await,
        ast.ClassDef,
        FunctionNode,
    )
    return imported or isinstance(node, kinds)


def _wraps(node: ast.AST | None, name: str) -> bool:
    """Whether a name is bound to a call that is given its own value first."""
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return isinstance(first, ast.Name) and first.id == name


def _makes(function: Function, app: App) -> bool:
    """Whether the object is made inside the function, not merely wrapped there."""
    return app.made.scope.owners[-1:] == (function.node,)


def _bare_callable(function: Function) -> App | None:
    """Return the application that a plain `def app(environ, start_response)` or `async def app(scope, receive, send)` is."""
    names = parameters(function.node)
    interface = None
    if names[:2] == ("environ", "start_response"):
        interface = Interface.WSGI
    elif names == ("scope", "receive", "send") and isinstance(function.node, ast.AsyncFunctionDef):
        interface = Interface.ASGI
    if interface is None:
        return None
    framework = Framework.WSGI if interface is Interface.WSGI else Framework.ASGI
    return App(framework, interface, _as_made(function))


def _as_made(function: Function) -> Made:
    node = function.node
    place = {"lineno": node.lineno, "col_offset": node.col_offset}
    call = ast.Call(
        func=ast.Name(id=node.name, ctx=ast.Load(), **place), args=[], keywords=[], **place
    )
    return Made((), call, Scope(function.module))


def exported_value(survey: Survey, path: str, target: str) -> Value | None:
    """Return what a dotted target like `app.server` is in a module."""
    first, *rest = target.split(".")
    value = survey.resolver.exported(path, first)
    for name in rest:
        value = survey.resolver.attribute(value, name)
    return value
