"""Django: manage.py, the settings behind it and what they say."""

import pytest
from dockwright.model.application import DjangoProject, Framework, Interface
from support.applications import Files, Finder, codes, django, hint, manager, targets


def project(find: Finder, settings: str = "", **more: str) -> DjangoProject:
    found = find(django(settings, **more)).django
    assert len(found) == 1
    return found[0]


def test_project(find: Finder) -> None:
    found = project(find)
    assert (str(found.manage), found.settings_module, found.wsgi, found.asgi) == (
        "manage.py:2",
        "site.settings",
        "site.wsgi:application",
        "",
    )
    assert found.installed_apps == ("django.contrib.auth", "django.contrib.staticfiles")
    assert (found.staticfiles, found.has_static_root, found.channels, found.gis) == (
        True,
        False,
        False,
        False,
    )


def test_application(find: Finder) -> None:
    web = find.web(django())
    assert (web.framework, web.interface, web.module, web.target) == (
        Framework.DJANGO,
        Interface.WSGI,
        "site.wsgi",
        "application",
    )


ASGI = "import os\nfrom django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"


def test_wsgi_is_first_where_both_are(find: Finder) -> None:
    found = find(django(site__asgi=ASGI))
    assert targets(found) == ["site.wsgi:application", "site.asgi:application"]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param('INSTALLED_APPS += ["channels"]', id="channels"),
        pytest.param('INSTALLED_APPS = ["daphne", *INSTALLED_APPS]', id="daphne"),
        pytest.param(
            'CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}',
            id="layers",
        ),
    ],
)
def test_asgi_is_first_with_channels(find: Finder, settings: str) -> None:
    found = find(django(settings, site__asgi=ASGI))
    assert targets(found)[0] == "site.asgi:application"
    assert found.web[0].websockets
    assert found.django[0].channels


def test_channels_router_and_its_inner_application_are_one(find: Finder) -> None:
    routed = ASGI.replace("application = ", "inner = ") + (
        "from channels.routing import ProtocolTypeRouter\napplication = ProtocolTypeRouter({'http': inner})\n"
    )
    found = find(django('INSTALLED_APPS += ["channels"]', site__asgi=routed))
    assert targets(found) == ["site.asgi:application", "site.wsgi:application"]


def test_wrapped_wsgi(find: Finder) -> None:
    wrapped = "from django.core.wsgi import get_wsgi_application\nfrom whitenoise import WhiteNoise\napplication = get_wsgi_application()\napplication = WhiteNoise(application)\n"  # fmt: skip
    assert targets(find(django(site__wsgi=wrapped))) == ["site.wsgi:application"]


@pytest.mark.parametrize(
    ("settings", "apps"),
    [
        pytest.param('INSTALLED_APPS = ["a"] + ["b"]', ("a", "b"), id="sum"),
        pytest.param('OURS = ["b"]\nINSTALLED_APPS = ["a", *OURS]', ("a", "b"), id="starred"),
        pytest.param('A = ("a",)\nB = ("b",)\nINSTALLED_APPS = A + B', ("a", "b"), id="sum of names"),
        pytest.param('INSTALLED_APPS = ["a"]\nINSTALLED_APPS += ["b"]', ("a", "b"), id="plus equals"),
        pytest.param('INSTALLED_APPS = ["a"]\nINSTALLED_APPS.append("b")', ("a", "b"), id="append"),
        pytest.param('INSTALLED_APPS = ["a"]\nINSTALLED_APPS.extend(["b"])', ("a", "b"), id="extend"),
        pytest.param('INSTALLED_APPS = ["a"]\nINSTALLED_APPS.insert(0, "b")', ("a", "b"), id="insert"),
        pytest.param('INSTALLED_APPS = list(("a", "b"))', ("a", "b"), id="list of a tuple"),
        pytest.param('from site.apps import APPS\nINSTALLED_APPS = APPS', ("a", "b"), id="imported"),
        pytest.param('INSTALLED_APPS = ["a"]\nif DEBUG:\n    INSTALLED_APPS += ["b"]', ("a", "b"), id="under a condition"),
    ],
)  # fmt: skip
def test_installed_apps(find: Finder, settings: str, apps: tuple[str, ...]) -> None:
    files = django(site__apps='APPS = ["a", "b"]')
    files["site/settings.py"] = settings
    assert sorted(find(files).django[0].installed_apps) == sorted(apps)


SPLIT: dict[str, str] = {
    **django(),
    "site/settings.py": "",
    "site/settings/__init__.py": "",
    "site/settings/base.py": 'INSTALLED_APPS = ["base"]\nROOT_URLCONF = "site.urls"\nSTATIC_ROOT = "static"\n',
    "site/settings/production.py": 'from .base import *\nINSTALLED_APPS += ["more"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}\n',
    "site/settings/local.py": "from .base import *\n",
}


def test_settings_that_take_over_others(find: Finder) -> None:
    files = {
        **SPLIT,
        "manage.py": SPLIT["manage.py"].replace("site.settings", "site.settings.production"),
    }
    del files["site/settings.py"]
    found = find(files).django[0]
    assert (set(found.installed_apps), found.has_static_root, found.database_engine) == (
        {"base", "more"},
        True,
        "django.db.backends.mysql",
    )


def test_served_settings_are_those_of_wsgi(find: Finder) -> None:
    files = {
        **SPLIT,
        "manage.py": SPLIT["manage.py"].replace("site.settings", "site.settings.local"),
        "site/wsgi.py": SPLIT["site/wsgi.py"].replace("site.settings", "site.settings.production"),
    }
    del files["site/settings.py"]
    found = find(files).django[0]
    assert (found.settings_module, found.served_settings_module) == (
        "site.settings.local",
        "site.settings.production",
    )
    assert found.database_engine == "django.db.backends.mysql"


def test_production_settings_are_taken_instead_of_local_ones(find: Finder) -> None:
    files = {
        name: text.replace('"site.settings"', '"site.settings.local"')
        for name, text in SPLIT.items()
    }
    del files["site/settings.py"]
    found = find(files)
    assert found.django[0].served_settings_module == "site.settings.production"
    assert "site.settings.production" in next(
        n.text for n in found.notices if n.code == "django-production-settings"
    )


def test_manage_that_names_no_settings(find: Finder) -> None:
    files = {
        **SPLIT,
        "manage.py": "from django.core.management import execute_from_command_line\nexecute_from_command_line()",
    }
    del files["site/settings.py"]
    found = find(files)
    assert found.django[0].settings_module == "site.settings.production"
    assert "django-settings-unnamed" in codes(found)


def test_settings_that_are_not_there_are_said(find: Finder) -> None:
    files = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "gone.settings")\n'
    }
    found = find(files)
    assert found.django[0].settings_module == "gone.settings"
    notice = next(n for n in found.notices if n.code == "django-settings-missing")
    assert "gone.settings" in notice.text
    assert str(notice.origin) == "manage.py:2"


def test_class_based_settings(find: Finder) -> None:
    settings = 'from configurations import Configuration\nclass Production(Configuration):\n    INSTALLED_APPS = ["a"]\n    STATIC_ROOT = "static"\n'
    files = {**django(), "site/settings.py": settings}
    found = find(files).django[0]
    assert (found.installed_apps, found.has_static_root) == (("a",), True)


def test_manage_of_flask_script_is_no_django(find: Finder) -> None:
    found = find(
        {"manage.py": "from flask_script import Manager\nmanager = Manager(None)\nmanager.run()"}
    )
    assert found.django == ()


def test_project_one_level_below_the_manifest(find: Finder) -> None:
    files = {f"backend/{name}": text for name, text in django().items()}
    found = find(files, manager("django"))
    assert (found.django[0].import_root, found.django[0].manage.path) == (
        "backend",
        "backend/manage.py",
    )
    assert (found.web[0].import_root, found.web[0].module) == ("backend", "site.wsgi")


def test_two_projects_in_one_root_are_said(find: Finder) -> None:
    files = {**django(), **{f"other/{name}": text for name, text in django().items()}}
    found = find(files)
    assert [p.manage.path for p in found.django] == ["manage.py", "other/manage.py"]
    assert "other/manage.py" in next(
        n.text for n in found.notices if n.code == "several-django-projects"
    )


@pytest.mark.parametrize(
    ("static_root", "folder"),
    [
        pytest.param('BASE_DIR / "staticfiles"', "staticfiles", id="slash"),
        pytest.param('os.path.join(BASE_DIR, "static", "all")', "static/all", id="join"),
        pytest.param('str(BASE_DIR / "a" / "b")', "a/b", id="text"),
        pytest.param('BASE_DIR.joinpath("s")', "s", id="joinpath"),
        pytest.param('os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "s")', "s", id="os.path"),
        pytest.param('Path(__file__).resolve().parents[1] / "s"', "s", id="parents"),
        pytest.param('"collected/"', "collected", id="relative text"),
        pytest.param('"/var/www/static"', "", id="absolute"),
        pytest.param('BASE_DIR.parent / "static"', "", id="outside"),
        pytest.param('compute()', "", id="unknown"),
    ],
)  # fmt: skip
def test_static_root(find: Finder, static_root: str, folder: str) -> None:
    found = project(find, f"import os\nSTATIC_ROOT = {static_root}\n")
    assert (found.has_static_root, found.static_root) == (True, folder)


@pytest.mark.parametrize("value", ["None", '""'])
def test_static_root_that_is_nothing(find: Finder, value: str) -> None:
    assert not project(find, f"STATIC_ROOT = {value}").has_static_root


def test_static_folders(find: Finder) -> None:
    assert project(
        find, 'STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist", "assets"]'
    ).static_folders == (
        "frontend/dist",
        "assets",
    )


def test_whitenoise(find: Finder) -> None:
    assert project(find, 'MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]').whitenoise
    assert not project(find, 'MIDDLEWARE = ["django.middleware.Other"]').whitenoise


@pytest.mark.parametrize(
    ("settings", "gis"),
    [
        pytest.param('INSTALLED_APPS += ["django.contrib.gis"]', True, id="app"),
        pytest.param(
            'DATABASES = {"default": {"ENGINE": "django.contrib.gis.db.backends.postgis"}}',
            True,
            id="engine",
        ),
        pytest.param(
            'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}',
            False,
            id="neither",
        ),
    ],
)
def test_gis(find: Finder, settings: str, *, gis: bool) -> None:
    assert project(find, settings).gis is gis


@pytest.mark.parametrize(
    ("settings", "engine", "service", "variable", "scheme"),
    [
        pytest.param('DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": os.environ["DB_HOST"]}}', "django.db.backends.postgresql", "postgres", "", "", id="literal"),
        pytest.param("import dj_database_url\nDATABASES = {'default': dj_database_url.config(default='postgres://localhost/x')}", "django.db.backends.postgresql", "postgres", "DATABASE_URL", "postgres", id="dj-database-url"),
        pytest.param("import dj_database_url\nDATABASES = {'default': dj_database_url.config()}", "", "database", "DATABASE_URL", "", id="dj-database-url without default"),
        pytest.param("import dj_database_url\nDATABASES = {'default': dj_database_url.parse(os.environ['DB_URL'])}", "", "database", "DB_URL", "", id="dj-database-url parse"),
        pytest.param("import environ\nenv = environ.Env()\nDATABASES = {'default': env.db()}", "", "database", "DATABASE_URL", "", id="django-environ"),
        pytest.param("import environ\nenv = environ.Env()\nDATABASES = {'default': env.db('MAIN_DB_URL', default='mysql://u@h/x')}", "django.db.backends.mysql", "mysql", "MAIN_DB_URL", "mysql", id="django-environ with a name"),
        pytest.param("URL = os.getenv('DATABASE_URL')\nif URL:\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': URL}}\nelse:\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}", "django.db.backends.postgresql", "postgres", "DATABASE_URL", "", id="SQLite is the fallback"),
        pytest.param("from decouple import config\nDATABASES = {'default': {'ENGINE': config('DB_ENGINE', default='django.db.backends.mysql'), 'HOST': config('DB_HOST')}}", "django.db.backends.mysql", "mysql", "", "", id="engine by variable"),
        pytest.param("DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\nDATABASES['default'] = {'ENGINE': 'django.db.backends.postgresql', 'HOST': os.environ['PGHOST']}", "django.db.backends.postgresql", "postgres", "", "", id="entry set later"),
        pytest.param("from urllib.parse import urlparse\nurl = urlparse(os.environ['DATABASE_URL'])\nDATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': url.hostname}}", "django.db.backends.postgresql", "postgres", "DATABASE_URL", "", id="taken apart by hand"),
    ],
)  # fmt: skip
def test_database(
    find: Finder, settings: str, engine: str, service: str, variable: str, scheme: str
) -> None:
    found = find(django("import os\n" + settings))
    assert found.django[0].database_engine == engine
    assert found.django[0].only_server is ("sqlite" not in settings and not variable)
    one = hint(found, service)
    assert (one.variable, one.scheme, one.origin.path, one.origin.key) == (
        variable,
        scheme,
        "site/settings.py",
        "DATABASES",
    )


def test_database_in_parts(find: Finder) -> None:
    settings = """\
        import os
        DATABASES = {"default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["POSTGRES_DB"], "USER": os.environ["POSTGRES_USER"], "PASSWORD": os.environ["POSTGRES_PASSWORD"],
            "HOST": os.environ.get("POSTGRES_HOST", "db"), "PORT": os.environ.get("POSTGRES_PORT", "5432"),
        }}
        """
    one = hint(find(django(settings)), "postgres")
    assert dict(one.parts) == {
        "host": "POSTGRES_HOST",
        "name": "POSTGRES_DB",
        "password": "POSTGRES_PASSWORD",
        "port": "POSTGRES_PORT",
        "user": "POSTGRES_USER",
    }
    assert one.variable == ""


def test_plain_sqlite_is_no_service(find: Finder) -> None:
    found = find(
        django(
            'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}'
        )
    )
    assert found.django[0].database_engine == "django.db.backends.sqlite3"
    assert found.service_hints == ()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param('BASE_DIR / "db.sqlite3"', "db.sqlite3", id="beside manage.py"),
        pytest.param(
            'os.path.join(BASE_DIR, "data/db.sqlite3")', "data/db.sqlite3", id="in a folder"
        ),
        pytest.param(
            'os.getenv("DB_NAME") or BASE_DIR / "x.db"', "x.db", id="unless a variable says"
        ),
        pytest.param('"shop.db"', "shop.db", id="relative"),
        pytest.param('"/var/lib/shop.db"', "", id="outside"),
        pytest.param('":memory:"', "", id="in memory"),
        pytest.param("somewhere()", "", id="not known"),
    ],
)
def test_the_file_of_sqlite(find: Finder, name: str, file: str) -> None:
    before = (
        "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    )
    database = (
        f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {name}}}}}'
    )
    assert project(find, before + database).database_file == file


def test_of_several_engines_the_installed_one_counts(find: Finder) -> None:
    settings = "import os\nkind = os.environ.get('KIND')\nif kind == 'a':\n    engine = 'django.db.backends.mysql'\nelse:\n    engine = 'django.db.backends.postgresql'\nDATABASES = {'default': {'ENGINE': engine}}"  # fmt: skip
    files = django(settings)
    assert (
        find(files, manager("django", "mysqlclient")).django[0].database_engine
        == "django.db.backends.mysql"
    )
    assert (
        find(files, manager("django", "psycopg")).django[0].database_engine
        == "django.db.backends.postgresql"
    )


def test_required_variables(find: Finder) -> None:
    settings = """\
        import os
        SECRET_KEY = os.environ["SECRET_KEY"]
        DEBUG = os.environ.get("DEBUG")
        if "SENTRY" in os.environ:
            DSN = os.environ["SENTRY_DSN"]
        try:
            X = os.environ["OPTIONAL"]
        except KeyError:
            X = ""
        def later():
            return os.environ["LATER"]
        """
    found = project(find, settings)
    assert found.required_variables == ("SECRET_KEY",)
    assert found.secret_key_variable in found.required_variables


@pytest.mark.parametrize(
    ("settings", "files", "expected"),
    [
        pytest.param("", {"shop/migrations/0001_initial.py": "", "shop/migrations/__init__.py": ""}, True, id="own migrations"),
        pytest.param('DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}', {}, True, id="tables of Django's own apps"),
        pytest.param("", {}, False, id="no database"),
        pytest.param('INSTALLED_APPS = ["shop"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}', {}, False, id="no table"),
        pytest.param("", {"tests/shop/migrations/0001_initial.py": ""}, False, id="migrations of a test"),
    ],
)  # fmt: skip
def test_migrations(find: Finder, settings: str, files: Files, *, expected: bool) -> None:
    found = find({**django(settings), **files})
    assert found.django[0].has_migrations is expected
    assert [process.command for process in found.migrations] == (
        [("python", "manage.py", "migrate", "--noinput")] if expected else []
    )


def test_settings_that_only_wsgi_names_are_no_guess(find: Finder) -> None:
    found = find(
        {
            "manage.py": """\
            from django.core.management import execute_from_command_line

            execute_from_command_line()
            """,
            "site_conf/settings.py": "ROOT_URLCONF = 'site_conf.urls'\n",
            "site_conf/wsgi.py": """\
            import os
            from django.core.wsgi import get_wsgi_application

            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_conf.settings")
            application = get_wsgi_application()
            """,
        }
    )
    (project,) = found.django
    assert project.settings_module == "site_conf.settings"
    assert "django-settings-unnamed" not in {one.code for one in found.notices}


def test_settings_of_a_class_whose_base_stands_elsewhere(find: Finder) -> None:
    found = find(
        {
            "manage.py": """\
            import os
            from configurations.management import execute_from_command_line

            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_conf.local")
            execute_from_command_line()
            """,
            "site_conf/common.py": """\
            from configurations import Configuration

            class Common(Configuration):
                INSTALLED_APPS = ["django.contrib.staticfiles"]
                STATIC_ROOT = "collected"
            """,
            "site_conf/local.py": """\
            from site_conf.common import Common

            class Local(Common):
                DEBUG = True
            """,
        }
    )
    (project,) = found.django
    assert (project.has_static_root, project.staticfiles) == (True, True)
