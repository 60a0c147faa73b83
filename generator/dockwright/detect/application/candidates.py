"""The web applications of a project: the names that a server could load, the likeliest first."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dockwright.detect.application import syntax
from dockwright.detect.application.frameworks import App, find_started_files
from dockwright.detect.application.known_names import APPLICATIONS, LISTS, WRAPPERS
from dockwright.detect.application.module import Binding, Module, Scope
from dockwright.detect.application.ports import Start
from dockwright.detect.application.scripts import Entries, Entry
from dockwright.detect.application.sources import (
    folder,
    is_unlikely,
    join,
    name_rank,
    pairs_of,
    stem,
)
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, Function, Made, made_by
from dockwright.model.application import Framework, Interface, WebApplication
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace

Identity = tuple[str, int, int]

_PAIRS = pairs_of((*APPLICATIONS, *WRAPPERS))
_TARGETS = LISTS["application_names"]
_FACTORIES = frozenset(LISTS["factory_names"])
# Where a file names only a module, one of these is meant.
_USUAL_NAMES = ("app", "application", "create_app", "make_app")
# Modules that take an application over in order to be loaded; others do it in order to use it.
_REEXPORTING = frozenset({"asgi", "wsgi", "main", "app", "application", "api", "index", "__init__"})
# How code that puts applications into another one can be spelled.
_MOUNTING = (b"mount", b"Mount", b"Dispatcher", b"ProtocolTypeRouter", b"add_subapp")
_SERVED_NAME = r"app|api|server|web|main|[aw]sgi|site|bot|service|dash|demo"
_REMEDY = "give the arguments defaults, or bind app = create_app(...) at the top of a module"
_MAX_CALLERS = 25
_NAMED_BONUS = 200
_INCOMPLETE = 600


@dataclass(frozen=True)
class Candidate:
    """One name under which an application can be loaded."""

    path: str
    name: str
    app: App
    origin: Origin
    factory: bool = False
    # Those that a factory cannot do without.
    arguments: tuple[str, ...] = ()


class Web:
    """Finds the web applications; `named` is "module:object" -> the place that names it."""

    def __init__(self, survey: Survey, entries: Entries, named: dict[str, Origin]) -> None:
        self._survey = survey
        self._named = dict(named)
        self._examined: dict[str, None] = {}
        self._classes: set[str] = set()
        self._running = list(self._reached_starts(entries))
        for start, _ in self._running:
            if start.target:
                self._named.setdefault(start.target, start.site.origin)
        self.applications: list[WebApplication] = []
        self.notices: list[Notice] = []
        # The commands that turn out to start a server.
        self.started: set[tuple[str, ...]] = set()
        scripted = {s.app.made.identity for s, _ in self._running if s.app and s.configured}
        groups: dict[Identity, list[Candidate]] = {}
        for candidate in self._candidates():
            groups.setdefault(candidate.app.made.identity, []).append(candidate)
        mounted, loadable = set(self._mounted()), set[Identity]()
        for identity, group in groups.items():
            usable = [candidate for candidate in group if not candidate.arguments]
            if len(usable) == len(group) and identity not in scripted:
                loadable.add(identity)
            if identity in mounted | scripted:
                continue
            if usable:
                self._add(usable, 0 if identity in loadable else _INCOMPLETE)
                continue
            factory, needed = group[0], ", ".join(group[0].arguments)
            made = f"{factory.name}() makes a {factory.app.framework.value} application"
            text = f"{made}, but cannot be called without {needed}"
            code, origin = "factory-needs-arguments", factory.origin
            self.notices.append(Notice(code=code, text=text, origin=origin, remedy=_REMEDY))
        self._add_scripts(loadable)
        self.applications += find_started_files(survey.resolver)
        self.applications.sort(key=lambda app: (app.rank, app.module, app.target))

    def _reached_starts(self, entries: Entries) -> Iterator[tuple[Start, Entry]]:
        # Each start comes once, with the likeliest entry that reaches it.
        seen: set[ast.Call] = set()
        for entry in entries.all:
            sites = entries.reached(entry)
            reached = {site.node for site in sites}
            modules = dict.fromkeys(site.scope.module for site in sites)
            for start in (start for m in modules for start in self._survey.starts.of(m)):
                if start.site.node in reached - seen:
                    seen.add(start.site.node)
                    yield start, entry

    def _candidates(self) -> list[Candidate]:
        sources, found = self._survey.sources, list[Candidate]()
        said = {*sources.pairing(_PAIRS), *sources.mentioning({b"start_response"})}
        for path in sources.paths:
            entry = stem(path) in _REEXPORTING and path.count("/") <= 2
            if (entry or path in said) and stem(path).isidentifier():
                found += self._in_module(path)
        # The modules that call a factory, or a class of the project, are looked through as well.
        names = {one.name for one in found if one.factory} | self._classes
        callers = [p for name in sorted(names) for p in sources.containing(name.encode())]
        new = [path for path in dict.fromkeys(callers) if path not in self._examined]
        for path in new[:_MAX_CALLERS]:
            found += self._in_module(path)
        return found

    def _in_module(self, path: str) -> Iterator[Candidate]:
        # No server loads what is run: __main__, and Alembic's env.py.
        beside = join(folder(path), "script.py.mako")
        alembic = stem(path) == "env" and self._survey.tree.has(beside)
        if alembic or stem(path) == "__main__":
            return
        self._examined[path] = None
        module = self._survey.sources.module(path)
        for name, bindings in module.bindings.items() if module else ():
            if module and not name.startswith("__") and name != "*":
                yield from self._under_name(module, name, bindings)

    def _under_name(
        self, module: Module, name: str, bindings: list[Binding]
    ) -> Iterator[Candidate]:
        path, imported = module.path, bindings[-1].module is not None
        if imported and stem(path) not in _REEXPORTING:
            return
        if imported and stem(path) == "__init__" and not re.search(_SERVED_NAME, name.lower()):
            # A package passes on all that it has; to follow each name would parse all of it.
            return
        resolver, origin = self._survey.resolver, Origin(path=path, line=bindings[-1].line)
        value = resolver.exported(path, name)
        for before in reversed(bindings[:-1]):
            if isinstance(value, Function) and value.node is not bindings[-1].node:
                # `app = outer(app)` with the project's own middleware: the inner one tells more.
                value = self._survey.value(before.node, Scope(module, (), before.line)) or value
        app = self._survey.app(value)
        if isinstance(value, Function) and not imported:
            bare = _bare_callable(value)
            app = app or (self._around(module) or bare if bare else None)
        if app:
            yield Candidate(path, name, app, origin)
        elif isinstance(value, Function) and not imported:
            made = self._survey.app(resolver.returned(value))
            # What is merely wrapped inside the function is no application of its own.
            inside = made and made.made.scope.owners[-1:] == (value.node,)
            if made and (inside or not made.wrapped):
                required = syntax.required_parameters(value.node)
                yield Candidate(path, name, made, origin, factory=True, arguments=required)
        elif isinstance(value, Class):
            is_application = not APPLICATIONS.keys().isdisjoint(resolver.ancestors(value))
            self._classes |= {name} if is_application else set()

    def _filled(self, usable: list[Candidate]) -> list[Candidate]:
        """Return the names under which an application is whole: with routes of other modules."""
        made, sources = usable[0].app.made, self._survey.sources
        names = {one.name for one in usable}
        fillers = {
            path
            for name in names
            for path in sources.containing(f"@{name}.".encode())
            if path != made.origin.path and name in self._names_of(path, made)
        }
        if not fillers:
            return usable
        # The script that starts it for its developers usually imports them all.
        scripts = {entry.module.path for start, entry in self._running if start.app}
        for path in sorted(scripts - {one.path for one in usable}):
            module = sources.module(path)
            for name in self._names_of(path, made) if module else ():
                usable = [*usable, replace(usable[0], path=path, name=name)]
        whole = [one for one in usable if fillers <= self._survey.imports.closure(one.path)]
        return whole or usable

    def _names_of(self, path: str, made: Made) -> list[str]:
        """Return the names that a module has for an application object."""
        module = self._survey.sources.module(path)
        found = (
            (name, self._survey.resolver.exported(path, name))
            for name in (module.bindings if module else ())
        )
        apps = ((name, self._survey.app(value)) for name, value in found)
        return [name for name, app in apps if app and app.made.identity == made.identity]

    def _around(self, module: Module) -> App | None:
        """Return Django's application where a callable of its module only stands around it."""
        made = (
            site
            for site in module.sites(ast.Call)
            if "_application" in syntax.called_name(site.node)
        )
        found = (self._survey.app(self._survey.value(site.node, site.scope)) for site in made)
        return next((app for app in found if app and app.framework is Framework.DJANGO), None)

    def _add(self, usable: list[Candidate], doubt: int) -> None:
        # All of `usable` are one application: it gets the likeliest of its names.
        usable = self._filled(usable)
        ranks = [_rank(one) - _NAMED_BONUS * bool(self._place_naming(one)) for one in usable]
        best = usable[ranks.index(min(ranks))]
        root, module = self._survey.imports.importable_as(best.path)
        # A Dash object is no WSGI callable: its Flask server is.
        dash = best.app.framework is Framework.DASH and not best.app.face and not best.factory
        what = "makes" if best.factory else "is"
        because = f"{module}:{best.name} {what} the {best.app.framework.value} application"
        made, place = best.app.made.origin, self._place_naming(best)
        because += "" if made.path == best.path else f" made in {made}"
        application = WebApplication(
            framework=best.app.framework,
            interface=best.app.interface,
            module=module,
            target=f"{best.name}.server" if dash else best.name,
            origin=best.origin,
            import_root=root,
            factory=best.factory,
            rank=min(ranks) + doubt,
            websockets=any(candidate.app.websockets for candidate in usable),
            because=f"{because}; {place} names it" if place else because,
        )
        made_here = best.app.made.identity
        mine = [
            (start, entry)
            for start, entry in self._running
            if (start.app and start.app.made.identity == made_here)
            or _names(start.target, best.name, module)
        ]
        self.started |= {entry.command for _, entry in mine}
        self.applications.append(_with_start(application, *mine[0]) if mine else application)

    def _place_naming(self, candidate: Candidate) -> Origin | None:
        # The place may name the candidate as seen from any folder of the project.
        root, module = self._survey.imports.importable_as(candidate.path)
        spelled = (module, ".".join(filter(None, (root.replace("/", "."), module))))
        for target, origin in self._named.items():
            named, _, name = target.partition(":")
            name = name.partition("(")[0]
            fits = name == candidate.name or (not name and candidate.name in _USUAL_NAMES)
            if named in spelled and fits:
                return origin
        return None

    def _add_scripts(self, loadable: set[Identity]) -> None:
        # What only a script can start: an object inside a function, a bare server.
        for start, entry in self._running:
            known = start.app.made.identity in loadable if start.app else False
            if start.target or known or (not start.app and entry.command in self.started):
                continue
            if any(a.run_command == entry.command and not a.target for a in self.applications):
                continue
            self.started.add(entry.command)
            root, module = self._survey.imports.importable_as(entry.module.path)
            application = WebApplication(
                framework=start.framework,
                interface=Interface.OWN,
                module=module,
                target="",
                origin=start.site.origin,
                import_root="" if entry.function else root,
                rank=80 + entry.rank,
                websockets=bool(start.app and start.app.websockets),
                speaks_http=start.speaks_http,
                because=f"{' '.join(entry.command)} starts a server at {start.site.origin}",
            )
            self.applications.append(_with_start(application, start, entry))

    def _mounted(self) -> Iterator[Identity]:
        # A part of another application is not served by itself.
        sources = self._survey.sources
        paths = [p for p in self._examined if any(one in sources.raw(p) for one in _MOUNTING)]
        for module in sources.modules(paths):
            for site in module.sites(ast.Call):
                for part in _mounted_parts(site.node):
                    if app := self._survey.app(self._survey.value(part, site.scope)):
                        yield app.made.identity


def _rank(candidate: Candidate) -> int:
    path, name, app = candidate.path, candidate.name, candidate.app
    points = name_rank(path) if stem(path) != "__init__" else 3
    points += 4 * path.count("/")
    points += _TARGETS.index(name) if name in _TARGETS else 15
    if candidate.factory:
        points += 12 if name in _FACTORIES else 30
    points += 400 if candidate.arguments else 0
    points += 100 if is_unlikely(path) else 0
    # Commands live in bin: an application there is the helper of the one elsewhere.
    points += 60 if "bin" in path.split("/")[:-1] else 0
    points += 60 if app.interface is Interface.OWN else 0
    # Of a Dash object and the name of its server, a server process loads the latter.
    points += 10 if app.framework is Framework.DASH and not app.face else 0
    # A second object in the same file is usually a part of the first.
    points -= 10 if app.wrapped else 0
    return points - (8 if app.framework is Framework.DJANGO else 0)


def _bare_callable(function: Function) -> App | None:
    names, made = syntax.parameters(function.node), made_by(function.node, Scope(function.module))
    if names[:2] == ("environ", "start_response"):
        return App(Framework.WSGI, Interface.WSGI, made)
    is_async = isinstance(function.node, ast.AsyncFunctionDef)
    asgi = is_async and names == ("scope", "receive", "send")
    return App(Framework.ASGI, Interface.ASGI, made) if asgi else None


def _names(target: str, name: str, module: str) -> bool:
    named, _, object_name = target.partition(":")
    same = bool(named) and named.endswith(module.rpartition(".")[2])
    return same and object_name.partition("(")[0] == name


def _with_start(application: WebApplication, start: Start, entry: Entry) -> WebApplication:
    return replace(
        application,
        runs_itself=True,
        run_command=entry.command,
        port=start.port.number,
        port_variable=start.port.variable,
        host=start.host,
        host_variable=start.host_variable,
    )


def _mounted_parts(call: ast.Call) -> Iterable[ast.expr | None]:
    match syntax.called_name(call):
        case "mount" | "Mount" | "add_subapp" | "register_app":
            return [syntax.argument(call, 1, "app")]
        case "ProtocolTypeRouter":
            protocols = syntax.argument(call, 0)
            values = protocols.values if isinstance(protocols, ast.Dict) else []
            return [value for value in values if isinstance(value, ast.Name)]
        case "DispatcherMiddleware":
            mounts = syntax.argument(call, 1, "mounts")
            return mounts.values if isinstance(mounts, ast.Dict) else []
        case _:
            return []
