"""Django projects: manage.py, the settings behind it, and what they say."""

import ast
import re
from collections.abc import Iterator

from dockwright.detect.application.django_settings import (
    Database,
    DjangoSettings,
    settings_named,
    settings_path,
)
from dockwright.detect.application.environment_variables import reads_in
from dockwright.detect.application.module import Module
from dockwright.detect.application.routes import DjangoRoutes, best_health_path
from dockwright.detect.application.sources import NEVER, folder, is_candidate, stem, under
from dockwright.detect.application.sources import dotted as dotted_name
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import text
from dockwright.model.application import (
    DjangoProject,
    Framework,
    Interface,
    ServiceHint,
    WebApplication,
)
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.record import replace

_MAX_MANAGE_DEPTH = 3
_WITH_TABLES = frozenset(
    f"django.contrib.{name}" for name in ("auth", "sessions", "admin", "contenttypes", "sites")
)
_DEVELOPMENT = frozenset({"dev", "develop", "development", "local", "debug"})
_PRODUCTION = ("production", "prod", "live", "deploy")
# What a settings module is called, where manage.py names none: production before base.
_SETTINGS_NAMES = ("settings", "production", "prod", "base", "common", "default", "__init__")
_SET_IT = "set DJANGO_SETTINGS_MODULE in the environment of the container"


class Django:
    """The Django projects, one per manage.py, the one nearest to the root first."""

    def __init__(
        self,
        survey: Survey,
        web: list[WebApplication],
        deployed: Sourced[tuple[str, str]] | None = None,
    ) -> None:
        self._survey = survey
        # The settings module that files for the deployment give to the containers.
        self._deployed = deployed
        self._web = [app for app in web if app.framework is Framework.DJANGO]
        self._settings: dict[str, DjangoSettings] = {}
        self.notices: list[Notice] = []
        served = web[0].import_root if web else None
        paths = survey.tree.find("manage.py", depth=_MAX_MANAGE_DEPTH)
        own = [path for path in paths if not under(path, survey.foreign) and is_candidate(path)]
        named = [(module, settings_named(survey, module)) for module in survey.sources.modules(own)]
        found = [self._project(module, *settings) for module, settings in named if settings]
        found.sort(key=lambda p: (p.manage.path.count("/"), p.import_root != served, p.manage.path))
        self.projects = tuple(found)
        databases = [Database(settings, survey) for settings in self._settings.values()]
        # The variables that DATABASES reads, and the services that it reaches.
        self.covered = {read.name for one in databases for read in one.traced.reads}
        self.hints: list[ServiceHint] = [one.hint for one in databases if one.hint]
        if len(self.projects) > 1:
            first, *others = (str(project.manage) for project in self.projects)
            text = f"several Django projects: {first} is taken, also there: {', '.join(others)}"
            remedy = "name the application in the settings if another one is meant"
            self._say("several-django-projects", text, self.projects[0].manage, remedy)

    def health(self, import_root: str) -> Sourced[str] | None:
        """Return the best path for a health check of the project below `import_root`."""
        here = [one for one in self.projects if one.import_root == import_root]
        settings = next(filter(None, map(self._settings_of, here)), None)
        routes = DjangoRoutes(self._survey, import_root)
        return best_health_path(routes.all(settings.text("ROOT_URLCONF"))) if settings else None

    def unused_settings(self) -> frozenset[str]:
        """Return the settings modules that stand beside those that are served, unused by them."""
        used = {module.path for one in self._settings.values() for module in one.modules}
        folders = {folder(path) for path in used if stem(path) not in ("settings", "__init__")}
        sources = self._survey.sources
        beside = [p for p in sources.paths if folder(p) in folders and stem(p) != "__init__"]
        modules = sources.modules(path for path in beside if path not in used)
        telling = {"DATABASES", "INSTALLED_APPS", "DEBUG"}
        return frozenset(m.path for m in modules if m.stars or telling & m.bindings.keys())

    def _project(self, module: Module, named: str, line: int | None) -> DjangoProject:
        origin, root = Origin(path=module.path, line=line), folder(module.path)
        project = DjangoProject(
            manage=origin,
            settings_module=named,
            import_root=root,
            unnamed=not named,
            wsgi=self._target(root, Interface.WSGI),
            asgi=self._target(root, Interface.ASGI),
        )
        if not named:
            # wsgi.py, or a container of the project, may name what manage.py does not.
            elsewhere = self._served_settings(project)
            path = settings_path(self._survey, root, elsewhere)
            # An empty package of settings says which of its modules is meant nowhere.
            known = bool(path) and not path.endswith("__init__.py")
            likely = elsewhere if known else self._likely_settings(root, origin)
            project = replace(project, settings_module=likely)
        served = self._for_production(project, self._served_settings(project))
        if served != project.settings_module:
            project = replace(project, served_settings_module=served)
        settings = self._settings_of(project)
        if settings:
            return self._with_settings(project, settings)
        missing = project.settings_module or "no settings module"
        text = f"{module.path} names {missing}, which is not in the project"
        remedy = "correct the module that manage.py sets as DJANGO_SETTINGS_MODULE"
        self._say("django-settings-missing", text, origin, remedy)
        return project

    def _target(self, root: str, interface: Interface) -> str:
        there = [a for a in self._web if a.import_root == root and a.interface is interface]
        return f"{there[0].module}:{there[0].target}" if there else ""

    def _likely_settings(self, root: str, origin: Origin) -> str:
        sources = self._survey.sources
        modules = sources.modules(sources.containing(b"ROOT_URLCONF"))
        found = [module.path for module in modules if "ROOT_URLCONF" in module.bindings]
        folders = {folder(path) for path in found if not root or under(path, (root,))}
        ranked = [
            (_SETTINGS_NAMES.index(stem(path)), path.count("/"), path)
            for path in sources.paths
            if folder(path) in folders and stem(path) in _SETTINGS_NAMES
        ]
        if not ranked:
            return ""
        best = min(ranked)[2]
        text = f"{origin.path} names no settings module; {best} is the likeliest of those there"
        self._say("django-settings-unnamed", text, origin, _SET_IT)
        return dotted_name(best, root)

    def _served_settings(self, project: DjangoProject) -> str:
        deployed = self._deployed.value[1] if self._deployed else ""
        if deployed and settings_path(self._survey, project.import_root, deployed):
            return deployed
        for target in (project.wsgi, project.asgi):
            path = self._survey.imports.at(project.import_root, target.partition(":")[0])
            named = settings_named(self._survey, self._survey.sources.module(path))
            if named:
                return named[0]
        return project.settings_module

    def _for_production(self, project: DjangoProject, dotted: str) -> str:
        # An image is for production: beside settings for development, those are taken.
        package, _, name = dotted.rpartition(".")
        for better in _PRODUCTION if name in _DEVELOPMENT else ():
            taken = f"{package}.{better}" if package else better
            if settings_path(self._survey, project.import_root, taken):
                path = project.manage.path
                text = f"{path} names {dotted}; the image takes {taken}, which stands beside it"
                remedy = f"{_SET_IT} if another one is meant"
                self._say("django-production-settings", text, project.manage, remedy)
                return taken
        return dotted

    def _settings_of(self, project: DjangoProject) -> DjangoSettings | None:
        # The first that says something, else the first that is there.
        found = []
        for dotted in (project.served_settings_module, project.settings_module):
            path = settings_path(self._survey, project.import_root, dotted) if dotted else ""
            if path and path not in self._settings:
                self._settings[path] = DjangoSettings(self._survey, path)
            found += [self._settings[path]] if path else []
        telling = [settings for settings in found if settings.is_set("INSTALLED_APPS")]
        return next(iter((*telling, *found)), None)

    def _with_settings(self, project: DjangoProject, settings: DjangoSettings) -> DjangoProject:
        root, environment = project.import_root, self._survey.environment
        apps = settings.strings("INSTALLED_APPS")
        database = Database(settings, self._survey)
        engine = database.engine
        middleware = (*settings.strings("MIDDLEWARE"), *apps)
        tables = bool(engine) and not _WITH_TABLES.isdisjoint(apps)
        channels = not {"channels", "daphne"}.isdisjoint(apps)
        inside = f"{root}/" if root else ""
        migrations = [
            path
            for path in self._survey.sources.all
            if path.startswith(inside) and re.search(r"/migrations/(.*/)?\d[^/]*$", path)
        ]
        # A chain of settings may overwrite a name: whatever is read on import must be there.
        read = [one for module in settings.modules for one in reads_in(module, environment)]
        required = {one.name for one in read if one.required and one.scope.function is None}
        keys = [
            read.name
            for binding, scope in settings.places("SECRET_KEY")
            for read in environment.trace((binding.node, scope)).reads
        ]
        return replace(
            project,
            wsgi=_as_target(settings.text("WSGI_APPLICATION")) or project.wsgi,
            asgi=_as_target(settings.text("ASGI_APPLICATION")) or project.asgi,
            has_static_root=settings.is_set("STATIC_ROOT"),
            static_root=next(filter(None, self._folders(settings, root, "STATIC_ROOT")), ""),
            media_root=next(filter(None, self._folders(settings, root, "MEDIA_ROOT")), ""),
            refuses_loopback=_refuses_loopback(settings),
            static_folders=tuple(dict.fromkeys(self._folders(settings, root, "STATICFILES_DIRS"))),
            staticfiles="django.contrib.staticfiles" in apps,
            whitenoise=any("whitenoise" in name for name in middleware),
            has_migrations=tables or any(NEVER.isdisjoint(one.split("/")) for one in migrations),
            channels=channels or settings.is_set("CHANNEL_LAYERS"),
            gis="django.contrib.gis" in apps or ".gis." in engine,
            database_engine=engine,
            only_server=database.only_server,
            database_file=database.file(root),
            installed_apps=apps,
            required_variables=tuple(sorted(required)),
            secret_key_variable=next(iter(keys), ""),
        )

    def _folders(self, settings: DjangoSettings, root: str, name: str) -> Iterator[str]:
        for binding, scope in settings.places(name):
            node = binding.node
            for part in node.elts if isinstance(node, ast.List | ast.Tuple) else (node,):
                # STATICFILES_DIRS may hold pairs of prefix and folder.
                pair = part.elts if isinstance(part, ast.Tuple) else ()
                place, where = pair[1] if len(pair) == 2 else part, scope
                read = self._survey.environment.read_behind(place, scope) if place else None
                if read and read.fallback is not None:
                    # Without its variable the default counts.
                    place, where = read.fallback, read.scope
                path = self._survey.resolver.folder(place, where, root)
                if path is not None:
                    yield path

    def _say(self, code: str, text: str, origin: Origin, remedy: str) -> None:
        self.notices.append(Notice(code=code, text=text, origin=origin, remedy=remedy))


def _refuses_loopback(settings: DjangoSettings) -> bool:
    places, debug = settings.places("ALLOWED_HOSTS"), settings.places("DEBUG")
    node = places[0][0].node if places else None
    if not isinstance(node, ast.List | ast.Tuple) or not all(text(part) for part in node.elts):
        return False
    hosts = set(settings.strings("ALLOWED_HOSTS"))
    value = debug[0][0].node if debug else None
    # Django lets it in where the list is empty and DEBUG is on.
    off = isinstance(value, ast.Constant) and value.value is False
    return not hosts & {"*", "127.0.0.1"} if hosts else off


def _as_target(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    return f"{module}:{name}" if module else ""
