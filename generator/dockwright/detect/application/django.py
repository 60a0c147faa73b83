"""Django projects: manage.py, the settings behind it, and what they say."""

import ast
from collections.abc import Iterator

from dockwright.detect.application.django_database import Database
from dockwright.detect.application.django_named import settings_named
from dockwright.detect.application.django_notices import (
    missing_settings,
    production_settings,
    several_projects,
    unnamed_settings,
)
from dockwright.detect.application.django_settings import DjangoSettings, settings_path
from dockwright.detect.application.django_urls import DjangoUrls
from dockwright.detect.application.findings import DjangoFindings
from dockwright.detect.application.imports import dotted as dotted_name
from dockwright.detect.application.module import Scope
from dockwright.detect.application.paths import folder_of
from dockwright.detect.application.places import NEVER, folder, is_candidate, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import text
from dockwright.model.application import (
    DjangoProject,
    Framework,
    Interface,
    ServiceHint,
    WebApplication,
)
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace

_WITH_TABLES = frozenset({
    "django.contrib.auth", "django.contrib.sessions", "django.contrib.admin", "django.contrib.contenttypes", "django.contrib.sites",
})  # fmt: skip
_MAX_MANAGE_DEPTH = 3
_DEVELOPMENT = frozenset({"dev", "develop", "development", "local", "debug"})
_PRODUCTION = ("production", "prod", "live", "deploy")
_SETTINGS_NAMES = ("settings", "production", "prod", "base", "common", "default", "__init__")


def find_django(survey: Survey, web: list[WebApplication]) -> DjangoFindings:
    """Return the Django projects with all that their settings and URLs say."""
    finder = Django(survey)
    projects = finder.find(web)
    health = {
        p.import_root: DjangoUrls(survey, p, s).health()
        for p in projects
        if (s := finder.settings_of(p))
    }
    hints = tuple(dict.fromkeys(finder.hints()))
    return DjangoFindings(
        projects=projects,
        notices=tuple(finder.notices),
        hints=hints,
        covered=frozenset(finder.covered),
        unused=finder.unused_settings,
        health=health,
    )


class Django:
    """Finds Django projects and reads their settings."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self.settings: dict[str, DjangoSettings] = {}
        self.notices: list[Notice] = []
        self.covered: set[str] = set()

    def find(self, web: list[WebApplication]) -> tuple[DjangoProject, ...]:
        """Return one project per manage.py, the one nearest to the root first."""
        found = [project for path in self._manage_files() if (project := self._project(path, web))]
        found.sort(
            key=lambda project: (
                project.manage.path.count("/"),
                not _is_served(project, web),
                project.manage.path,
            )
        )
        if len(found) > 1:
            self.notices.append(several_projects(found))
        return tuple(found)

    def settings_of(self, project: DjangoProject) -> DjangoSettings | None:
        """Return the settings that a project is served with."""
        served = project.served_settings_module or project.settings_module
        return self._settings_of(project.import_root, served, project.settings_module)

    @property
    def unused_settings(self) -> frozenset[str]:
        """Settings modules that stand beside those that are served and that these do not take over."""
        used = {module.path for settings in self.settings.values() for module in settings.modules}
        folders = {folder(path) for path in used if stem(path) not in ("settings", "__init__")}
        beside = (
            path
            for path in self._survey.sources.paths
            if folder(path) in folders and path not in used
        )
        return frozenset(
            path for path in beside if stem(path) != "__init__" and self._looks_like_settings(path)
        )

    def _looks_like_settings(self, path: str) -> bool:
        module = self._survey.sources.module(path)
        return bool(
            module
            and (module.stars or {"DATABASES", "INSTALLED_APPS", "DEBUG"} & module.bindings.keys())
        )

    def hints(self) -> Iterator[ServiceHint]:
        """Yield what DATABASES and EMAIL_HOST of all settings reach."""
        for settings in self.settings.values():
            database = Database(settings, self._survey.installed)
            self.covered |= database.variables
            if database.hint:
                yield database.hint

    def _manage_files(self) -> list[str]:
        paths = [
            path for path in self._survey.sources.all if path.rpartition("/")[2] == "manage.py"
        ]
        wanted = (
            path for path in paths if path.count("/") <= _MAX_MANAGE_DEPTH and is_candidate(path)
        )
        own = [
            path
            for path in wanted
            if not any(path.startswith(f"{f}/") for f in self._survey.foreign)
        ]
        return sorted(own, key=lambda path: (path.count("/"), path))

    def _project(self, path: str, web: list[WebApplication]) -> DjangoProject | None:
        module = self._survey.sources.module(path)
        named = settings_named(self._survey, module) if module else None
        if module is None or named is None:
            return None
        dotted, line = named
        root = folder(path)
        if not dotted:
            dotted = self._likely_settings(root, Origin(path=path, line=line))
        project = DjangoProject(
            manage=Origin(path=path, line=line), settings_module=dotted, import_root=root
        )
        project = replace(
            project,
            wsgi=_target_of(project, web, Interface.WSGI),
            asgi=_target_of(project, web, Interface.ASGI),
        )
        served = self._for_production(root, self._served_settings(project), project.manage)
        if served != dotted:
            project = replace(project, served_settings_module=served)
        settings = self._settings_of(root, served, dotted)
        if settings is None:
            self.notices.append(missing_settings(project))
            return project
        return self._with_settings(project, settings)

    def _likely_settings(self, root: str, origin: Origin) -> str:
        """Return the settings of a manage.py that names none: production before base, a module before a package's parts."""
        found = []
        for path in self._survey.sources.containing(b"ROOT_URLCONF"):
            module = self._survey.sources.module(path)
            if (
                module
                and "ROOT_URLCONF" in module.bindings
                and (not root or path.startswith(f"{root}/"))
            ):
                found.append(path)
        found += [
            path
            for path in self._survey.sources.paths
            if folder(path) in {folder(one) for one in found}
        ]
        ranked = [path for path in found if stem(path) in _SETTINGS_NAMES]
        if not ranked:
            return ""
        best = min(
            ranked, key=lambda path: (_SETTINGS_NAMES.index(stem(path)), path.count("/"), path)
        )
        self.notices.append(unnamed_settings(origin, best))
        return dotted_name(best, root)

    def _for_production(self, root: str, dotted: str, origin: Origin) -> str:
        """Return the production settings beside development ones: an image is for production."""
        package, _, name = dotted.rpartition(".")
        if name not in _DEVELOPMENT:
            return dotted
        for better in _PRODUCTION:
            if settings_path(
                self._survey,
                self._survey.imports,
                root,
                f"{package}.{better}" if package else better,
            ):
                self.notices.append(production_settings(origin, dotted, f"{package}.{better}"))
                return f"{package}.{better}"
        return dotted

    def _served_settings(self, project: DjangoProject) -> str:
        for target in (project.wsgi, project.asgi):
            path = (
                self._survey.imports.at(project.import_root, target.partition(":")[0])
                if target
                else None
            )
            module = self._survey.sources.module(path) if path else None
            named = settings_named(self._survey, module) if module else None
            if named:
                return named[0]
        return project.settings_module

    def _read(self, root: str, dotted: str) -> DjangoSettings | None:
        path = settings_path(self._survey, self._survey.imports, root, dotted) if dotted else ""
        if not path:
            return None
        if path not in self.settings:
            self.settings[path] = DjangoSettings(self._survey, path)
        return self.settings[path]

    def _settings_of(self, root: str, *names: str) -> DjangoSettings | None:
        """Return the first of the settings modules that says something, else the first that is there."""
        found = [settings for name in names if (settings := self._read(root, name))]
        return next(
            (settings for settings in found if settings.is_set("INSTALLED_APPS")),
            found[0] if found else None,
        )

    def _with_settings(self, project: DjangoProject, settings: DjangoSettings) -> DjangoProject:
        apps = settings.strings("INSTALLED_APPS")
        wsgi = _as_target(settings.text("WSGI_APPLICATION"))
        asgi = _as_target(settings.text("ASGI_APPLICATION"))
        database = Database(settings, self._survey.installed)
        engine = database.engine
        channels = any(app in ("channels", "daphne") for app in apps) or settings.is_set(
            "CHANNEL_LAYERS"
        )
        # A chain of settings may overwrite a name several times: whatever is read on import must be there.
        required = sorted(
            {read.name for read in settings.reads() if read.required and not _is_inside(read.scope)}
        )
        middleware = settings.strings("MIDDLEWARE")
        return replace(
            project,
            wsgi=wsgi or project.wsgi,
            asgi=asgi or project.asgi,
            has_static_root=settings.is_set("STATIC_ROOT"),
            static_root=self._folder(settings, project, "STATIC_ROOT"),
            static_folders=self._folders(settings, project),
            media_root=self._folder(settings, project, "MEDIA_ROOT"),
            refuses_loopback=_refuses_loopback(settings),
            staticfiles="django.contrib.staticfiles" in apps,
            whitenoise=any("whitenoise" in name for name in (*middleware, *apps)),
            has_migrations=self._has_migrations(project.import_root)
            or (bool(engine) and bool(_WITH_TABLES & set(apps))),
            channels=channels,
            gis="django.contrib.gis" in apps or ".gis." in engine,
            database_engine=engine,
            only_server=database.only_server,
            database_file=database.file(self._survey.resolver, project.import_root),
            installed_apps=apps,
            required_variables=tuple(required),
            secret_key_variable=self._secret_key(settings),
        )

    def _folder(self, settings: DjangoSettings, project: DjangoProject, name: str) -> str:
        for binding, scope in settings.places(name):
            found = folder_of(self._survey.resolver, binding.node, scope, project.import_root)
            if found:
                return found
        return ""

    def _folders(self, settings: DjangoSettings, project: DjangoProject) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for binding, scope in settings.places("STATICFILES_DIRS"):
            for part in binding.node.elts if isinstance(binding.node, ast.List | ast.Tuple) else ():
                path = folder_of(self._survey.resolver, part, scope, project.import_root)
                if path is not None:
                    found[path] = None
        return tuple(found)

    def _has_migrations(self, root: str) -> bool:
        prefix = f"{root}/" if root else ""
        return any(
            path.startswith(prefix)
            and "/migrations/" in path
            and path.rpartition("/")[2][:1].isdigit()
            and not set(path.split("/")) & NEVER
            for path in self._survey.sources.all
        )

    def _secret_key(self, settings: DjangoSettings) -> str:
        reads = (read for traced, _ in settings.trace("SECRET_KEY") for read in traced.reads)
        return next((read.name for read in reads), "")


def _refuses_loopback(settings: DjangoSettings) -> bool:
    """Whether ALLOWED_HOSTS is a literal without 127.0.0.1; Django lets it in where the list is empty and DEBUG is on."""
    places = settings.places("ALLOWED_HOSTS")
    node = places[0][0].node if places else None
    if not isinstance(node, ast.List | ast.Tuple) or not all(text(part) for part in node.elts):
        return False
    hosts = set(settings.strings("ALLOWED_HOSTS"))
    if hosts:
        return not hosts & {"*", "127.0.0.1"}
    debug = settings.places("DEBUG")
    value = debug[0][0].node if debug else None
    return isinstance(value, ast.Constant) and value.value is False


def _target_of(project: DjangoProject, web: list[WebApplication], interface: Interface) -> str:
    """Return the object with this interface that stands below the folder of manage.py."""
    for app in web:
        if (
            app.framework is Framework.DJANGO
            and app.import_root == project.import_root
            and app.interface is interface
        ):
            return f"{app.module}:{app.target}"
    return ""


def _as_target(dotted: str) -> str:
    module, _, name = dotted.rpartition(".")
    return f"{module}:{name}" if module else ""


def _is_served(project: DjangoProject, web: list[WebApplication]) -> bool:
    first = web[0] if web else None
    return bool(first and first.import_root == project.import_root)


def _is_inside(scope: Scope) -> bool:
    """Whether an expression stands in a function: then importing the settings does not need it."""
    return any(isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef) for owner in scope.owners)
