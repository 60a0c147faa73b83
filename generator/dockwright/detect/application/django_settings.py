"""Reads Django's settings out of their modules, star imports and class-based settings included."""

import ast
from collections.abc import Iterator

from dockwright.detect.application import syntax
from dockwright.detect.application.known_names import DRIVERS, engine_of_scheme, service_of_backend
from dockwright.detect.application.module import Binding, Module, Scope
from dockwright.detect.application.sources import folder, join
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, Expression
from dockwright.model.application import ServiceHint
from dockwright.model.origin import Origin

_MAX_MODULES = 25
_ADDING = ("append", "extend", "insert")
_MAX_CALLS = 5
_SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"


class DjangoSettings:
    """One settings module together with all that it takes over by star imports."""

    def __init__(self, survey: Survey, path: str) -> None:
        self._survey = survey
        self.path = path
        self.modules: list[Module] = []
        waiting = [path]
        while waiting and len(self.modules) < _MAX_MODULES:
            module = survey.sources.module(waiting.pop(0))
            if module and module not in self.modules:
                self.modules.append(module)
                waiting += self._taken_over(module)

    def places(self, name: str) -> list[tuple[Binding, Scope]]:
        """Return every place that binds a setting, the last one that counts first."""
        found = []
        for module in self.modules:
            bound = module.bindings.get(name, [])
            found += [(one, Scope(module, (), one.line)) for one in reversed(bound)]
            for cls in _settings_classes(module):
                bound = module.locals(cls).get(name, [])
                found += [(one, Scope(module, (cls,), one.line)) for one in reversed(bound)]
        return found

    def strings(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list setting: sums, `+=`, starred parts, append and extend."""
        # The last place counts; a `+=` leads back to those before it.
        nodes: list[tuple[ast.AST | None, Scope]]
        nodes = [(binding.node, scope) for binding, scope in self.places(name)[:1]]
        calls = [site for module in self.modules for site in module.sites(ast.Call)]
        adding = [one for one in calls if syntax.called_name(one.node) in _ADDING]
        nodes += [(one.node, one.scope) for one in adding if _is_part(one.node.func, name)]
        return tuple(dict.fromkeys(one for place in nodes for one in self._strings(*place)))

    def text(self, name: str) -> str:
        """Return the text of a setting, "" where it is not a literal."""
        texts = (self._survey.environment.text(b.node, scope) for b, scope in self.places(name))
        return next((one for one in texts if one), "")

    def is_set(self, name: str) -> bool:
        """Whether a setting is bound to anything but None and ""."""
        return any(
            getattr(one.node, "value", ...) not in (None, "") for one, _ in self.places(name)
        )

    def dictionaries(self, name: str) -> Iterator[tuple[ast.AST, Scope]]:
        """Yield what stands behind the "default" entry of a setting, entries set later included."""
        for binding, scope in self.places(name):
            value = self._survey.value(binding.node, scope)
            if isinstance(value, Expression) and isinstance(value.node, ast.Dict):
                yield dict(syntax.entries(value.node)).get("default", value.node), value.scope
            elif binding.node is not None:
                yield binding.node, scope
        for module in self.modules:
            # Also what is set later, as a part of the entry or by its `update`.
            for one in module.assignments:
                if _is_part(one.target, name):
                    yield one.value, one.scope
            for site in module.sites(ast.Call):
                if syntax.called_name(site.node) == "update" and _is_part(site.node.func, name):
                    yield from ((part, site.scope) for part in site.node.args)

    def _taken_over(self, module: Module) -> Iterator[str]:
        for star in reversed(module.stars):
            target = self._survey.imports.find(star, module.path)
            if target:
                yield target
        for cls in _settings_classes(module):
            for base in cls.bases:
                value = self._survey.value(base, Scope(module, (), cls.lineno))
                if isinstance(value, Class):
                    yield value.module.path
        for site in module.sites(ast.Call):
            names = self._survey.resolver.names(site.node.func, site.scope)
            if "split_settings.tools.include" in names:
                for part in site.node.args:
                    inner = syntax.argument(part, 0) if isinstance(part, ast.Call) else part
                    yield join(folder(module.path), syntax.text(inner))

    def _strings(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Iterator[str]:
        for part, where in self._survey.resolver.elements(node, scope):
            if isinstance(part, ast.Call) and depth < _MAX_CALLS:
                # A list may stand inside list() or tuple().
                for given in part.args:
                    yield from self._strings(given, where, depth + 1)
            elif syntax.text(part):
                yield syntax.text(part)


class Database:
    """DATABASES["default"], all places that set it taken together."""

    def __init__(self, settings: DjangoSettings, survey: Survey) -> None:
        self._settings = settings
        self._survey = survey
        self._places = list(settings.dictionaries("DATABASES"))
        self.traced = survey.environment.trace(*self._places)
        texts = [one for one in self.traced.texts if one.count(".") > 1 and "://" not in one]
        schemes = map(engine_of_scheme, self.traced.schemes)
        self._engines = [one for one in texts if service_of_backend(one)]
        self._engines += [f"django.db.backends.{one}" for one in schemes if one]

        # Of several one whose driver is installed, and none before SQLite.
        def doubt(engine: str) -> tuple[bool, bool, bool]:
            service = service_of_backend(engine)
            missing = survey.installed.isdisjoint(DRIVERS.get(service, ()))
            return service == "sqlite", missing, not service.startswith("post")

        self.engine = min(self._engines, key=doubt, default="")
        self._service = service_of_backend(self.engine)

    @property
    def only_server(self) -> bool:
        """Whether engines are named, none is SQLite, and no URL could name another."""
        services = {service_of_backend(one) for one in self._engines}
        return bool(services) and "sqlite" not in services and not self.traced.url

    def file(self, import_root: str) -> str:
        """Return the file of SQLite relative to the project's root, "" if none or not known."""
        for node, scope in self._places if self._service == "sqlite" else ():
            value = self._survey.value(node, scope)
            entry = value if isinstance(value, Expression) else Expression(node, scope)
            name = dict(syntax.entries(entry.node)).get("NAME")
            # `os.getenv("DB_NAME") or BASE_DIR / "db.sqlite3"`: the last counts without variable.
            last = name.values[-1] if isinstance(name, ast.BoolOp) else name
            found = self._survey.resolver.folder(last, entry.scope, import_root)
            if found and found != ":memory:":
                return found
        return ""

    @property
    def hint(self) -> ServiceHint | None:
        """The service that it is, None for a plain file."""
        engine, url, parts = self.engine, self.traced.url, self.traced.parts | self._by_key()
        service = self._service or ("database" if self.traced.reads else "")
        if service == "sqlite":
            # A file is only the fallback where a variable or a host can name another database.
            service = "database" if url or "host" in parts else ""
        if not service:
            return None
        places = self._settings.places("DATABASES")
        path = places[0][1].module.path if places else self._settings.path
        fitting = [one for one in self.traced.schemes if (engine_of_scheme(one) or "?") in engine]
        return ServiceHint(
            service=service,
            because=f"DATABASES uses {engine}" if engine else "the setting DATABASES",
            origin=Origin(path=path, line=places[0][0].line if places else None, key="DATABASES"),
            variable=url,
            scheme=next(iter(fitting), ""),
            parts=() if url else tuple(sorted(parts.items())),
            switches=tuple(self._switches()),
        )

    def _by_key(self) -> dict[str, str]:
        """Return role -> variable as the keys of the entry with this engine say it."""
        found: dict[str, str] = {}
        for node, scope in self._places:
            value = self._survey.value(node, scope)
            entry = value if isinstance(value, Expression) else Expression(node, scope)
            values = dict(syntax.entries(entry.node))
            if syntax.text(values.get("ENGINE")) not in ("", self.engine):
                continue
            for key in ("HOST", "NAME", "PASSWORD", "PORT", "USER"):
                read = (
                    self._survey.environment.read_behind(values[key], entry.scope)
                    if key in values
                    else None
                )
                if read:
                    found.setdefault(key.lower(), read.name)
        return found

    def _switches(self) -> Iterator[tuple[str, str]]:
        """Yield the variables, with their values, on which the engine depends: `if DB == "pg"`."""
        for module in self._settings.modules:
            for site in module.sites(ast.If):
                engines = [syntax.text(node) for part in site.node.body for node in ast.walk(part)]
                compared = site.node.test
                if self.engine not in engines or not isinstance(compared, ast.Compare):
                    continue
                read = self._survey.environment.read_behind(compared.left, site.scope)
                wanted = syntax.text(compared.comparators[0])
                if read and wanted and isinstance(compared.ops[0], ast.Eq):
                    yield read.name, wanted


def settings_path(survey: Survey, root: str, dotted: str) -> str:
    """Return the file of a settings module, "" where it is not in the project."""
    bases = (root, "", join(root, "src"), join(root, "config"))
    found = [survey.imports.at(base, dotted) for base in bases if dotted]
    found.append(survey.imports.find(Binding(line=0, module=dotted), join(root, "manage.py")))
    return next((path for path in found if path and path.endswith(".py")), "")


def settings_named(survey: Survey, module: Module | None) -> tuple[str, int | None] | None:
    """Return the settings that manage.py or wsgi.py names, "" if no literal, and the line."""
    for site in module.sites(ast.Call) if module else ():
        if syntax.text(syntax.argument(site.node, 0, "key")) == _SETTINGS_VARIABLE:
            names = survey.resolver.names(site.node.func, site.scope)
            if {"os.environ.setdefault", "os.environ.get", "os.getenv"} & set(names):
                given = syntax.argument(site.node, 1, "value", "default")
                return survey.environment.text(given, site.scope), site.node.lineno
    for one in module.assignments if module else ():
        if isinstance(one.target, ast.Subscript) and one.name == _SETTINGS_VARIABLE:
            return survey.environment.text(one.value, one.scope), one.target.lineno
    runs = module and b"execute_from_command_line" in survey.sources.raw(module.path)
    return ("", None) if runs and module and module.path.endswith("manage.py") else None


def _settings_classes(module: Module) -> list[ast.ClassDef]:
    classes = [statement for statement in module.tree.body if isinstance(statement, ast.ClassDef)]
    if any((binding.module or "").startswith("configurations") for binding in module.imports):
        return classes
    telling = {"INSTALLED_APPS", "ROOT_URLCONF", "DATABASES"}
    if not telling & module.bindings.keys():
        # `class Local(Common)`, whose base says it all in another module.
        return [cls for cls in classes if cls.bases]
    return [cls for cls in classes if telling & module.locals(cls).keys()]


def _is_part(target: ast.expr, name: str) -> bool:
    # `NAME["default"]`, a part of it, or a method of it.
    inner = target
    while isinstance(inner, ast.Subscript | ast.Attribute):
        inner = inner.value
    return inner is not target and isinstance(inner, ast.Name) and inner.id == name
