"""Environment variables that the code reads, with their defaults, and never a secret."""

import pytest
from dockwright.model.application import ReadVariable
from support.applications import Finder, django


def variables(find: Finder, source: str, **more: str) -> dict[str, ReadVariable]:
    files = {"main.py": source, **{f"{name}.py": text for name, text in more.items()}}
    return {variable.name: variable for variable in find(files).variables}


@pytest.mark.parametrize(
    ("source", "default", "required"),
    [
        pytest.param("import os\nx = os.environ['LEVEL']", None, True, id="subscript"),
        pytest.param("import os\nx = os.environ.get('LEVEL')", None, False, id="get"),
        pytest.param("import os\nx = os.environ.get('LEVEL', 'info')", "info", False, id="get with default"),
        pytest.param("import os\nx = os.getenv('LEVEL', default='info')", "info", False, id="getenv"),
        pytest.param("from os import getenv\nx = getenv('LEVEL', 3)", "3", False, id="imported getenv"),
        pytest.param("from os import environ as e\nx = e['LEVEL']", None, True, id="renamed environ"),
        pytest.param("import os\nenv = os.environ\nx = env.get('LEVEL', True)", "True", False, id="environ under a name"),
        pytest.param("import os\nx = os.environ.get('LEVEL', compute())", None, False, id="computed default"),
        pytest.param("import os\nx = 'LEVEL' in os.environ", None, False, id="tested"),
        pytest.param("import os\nif 'LEVEL' in os.environ:\n    x = os.environ['LEVEL']", None, False, id="tested before it is read"),
        pytest.param("import os\ntry:\n    x = os.environ['LEVEL']\nexcept KeyError:\n    x = ''", None, False, id="caught"),
        pytest.param("import environ\nenv = environ.Env()\nx = env('LEVEL')", None, True, id="django-environ"),
        pytest.param("import environ\nenv = environ.Env()\nx = env.int('LEVEL', default=3)", "3", False, id="django-environ typed"),
        pytest.param("import environ\nenv = environ.Env(LEVEL=(int, 5))\nx = env('LEVEL')", "5", False, id="django-environ declared"),
        pytest.param("from environs import Env\nenv = Env()\nx = env.bool('LEVEL', False)", "False", False, id="environs"),
        pytest.param("from environs import env\nx = env('LEVEL', 'a')", "a", False, id="environs' own object"),
        pytest.param("from decouple import config\nx = config('LEVEL')", None, True, id="decouple"),
        pytest.param("from decouple import config\nx = config('LEVEL', default='info', cast=str)", "info", False, id="decouple with default"),
        pytest.param("from starlette.config import Config\nconfig = Config('.env')\nx = config('LEVEL', default='a')", "a", False, id="starlette"),
        pytest.param("import os\ndef env(name, default=None):\n    return os.environ.get(name, default)\nx = env('LEVEL', 'info')", "info", False, id="own helper"),
        pytest.param("import os\ndef need(name):\n    return os.environ[name]\nx = need('LEVEL')", None, False, id="own strict helper"),
    ],
)  # fmt: skip
def test_ways_to_read(find: Finder, source: str, default: str | None, *, required: bool) -> None:
    found = variables(find, source)
    assert found.keys() == {"LEVEL"}
    assert (found["LEVEL"].default, found["LEVEL"].required, found["LEVEL"].secret) == (
        default,
        required,
        False,
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import os\nos.environ['LEVEL'] = 'x'", id="set"),
        pytest.param("import os\nos.environ.setdefault('LEVEL', 'x')", id="set if missing"),
        pytest.param("settings = {}\nx = settings.get('LEVEL', 1)", id="another dictionary"),
        pytest.param("x = config('LEVEL')", id="unknown function"),
        pytest.param("import os\nname = 'a b'\nx = os.environ.get(name)", id="computed name"),
        pytest.param("import os\nx = os.environ.get('a b')", id="no name of a variable"),
        pytest.param("# os.environ['LEVEL']", id="comment"),
        pytest.param("import os\nx = os.environ['HOME']", id="the system sets it"),
    ],
)
def test_what_is_no_variable_to_fill_in(find: Finder, source: str) -> None:
    assert variables(find, source) == {}


SETTINGS = "from pydantic_settings import BaseSettings\n"


@pytest.mark.parametrize(
    ("body", "name", "default", "required"),
    [
        pytest.param("level: str", "LEVEL", None, True, id="field"),
        pytest.param("level: str = 'info'", "LEVEL", "info", False, id="default"),
        pytest.param("level: str | None = None", "LEVEL", None, False, id="None"),
        pytest.param("level: int = Field(3, alias='THE_LEVEL')", "THE_LEVEL", "3", False, id="alias"),
        pytest.param("level: str = Field(validation_alias='V')", "V", None, True, id="validation alias"),
        pytest.param("level: str = Field(...)", "LEVEL", None, True, id="ellipsis"),
        pytest.param("level: list = Field(default_factory=list)", "LEVEL", None, False, id="factory"),
        pytest.param("model_config = SettingsConfigDict(env_prefix='APP_')\n    level: int = 1", "APP_LEVEL", "1", False, id="prefix"),
        pytest.param("model_config = {'env_prefix': 'APP_'}\n    level: int = 1", "APP_LEVEL", "1", False, id="prefix in a dictionary"),
        pytest.param("class Config:\n        env_prefix = 'OLD_'\n    level: int = 1", "OLD_LEVEL", "1", False, id="prefix of version 1"),
    ],
)  # fmt: skip
def test_pydantic_settings(
    find: Finder, body: str, name: str, default: str | None, *, required: bool
) -> None:
    source = f"from pydantic import Field\nfrom pydantic_settings import SettingsConfigDict\n{SETTINGS}class S(BaseSettings):\n    {body}\n"
    found = variables(find, source)
    assert found.keys() == {name}
    assert (found[name].default, found[name].required) == (default, required)


def test_pydantic_settings_by_inheritance(find: Finder) -> None:
    found = variables(
        find,
        "from base import Base\nclass S(Base):\n    level: str\n# BaseSettings",
        base=SETTINGS + "class Base(BaseSettings):\n    other: int = 1\n",
    )
    assert found.keys() == {"LEVEL", "OTHER"}


@pytest.mark.parametrize(
    ("annotation", "asked"), [("list[str]", "json"), ("Set[str] | None", "json"), ("str", ""), ("Annotated[list[str], NoDecode]", "")]
)  # fmt: skip
def test_collections_of_pydantic_are_json(find: Finder, annotation: str, asked: str) -> None:
    found = variables(find, f"{SETTINGS}class S(BaseSettings):\n    hosts: {annotation} = None\n")
    assert found["HOSTS"].asked == asked


def test_a_helper_that_takes_the_name_after_other_things(find: Finder) -> None:
    helper = (
        "import os\ndef put(settings, name, envvar, default=None):\n"
        "    if envvar in os.environ:\n        settings[name] = os.environ[envvar]\n"
        "def say(*words):\n    print(words)\n"
    )
    found = variables(
        find,
        f"{helper}put({{}}, 'database.url', 'DATABASE_URL')\nsay('this is not', 'A_VARIABLE')\n",
    )
    assert found.keys() == {"DATABASE_URL"}


def test_settings_derived_in_files_that_do_not_name_pydantic(find: Finder) -> None:
    found = variables(
        find,
        "from own import Own\nclass S(Own):\n    database_url: str\n",
        base=SETTINGS + "class Base(BaseSettings):\n    pass\n",
        own="from base import Base\nclass Own(\n    Base,\n):\n    secret_key: str\n",
        other="from base import Base\nclass Other:\n    kind: Base\n    level: int = 1\n",
    )
    assert found.keys() == {"DATABASE_URL", "SECRET_KEY"}


def test_class_variables_and_private_fields_are_none(find: Finder) -> None:
    assert (
        variables(
            find,
            SETTINGS
            + "from typing import ClassVar\nclass S(BaseSettings):\n    A: ClassVar[int] = 1\n    _b: int = 2\n",
        )
        == {}
    )


def test_ordinary_models_are_none(find: Finder) -> None:
    assert (
        variables(
            find,
            "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\nclass M(BaseModel):\n    level: str\n",
        )
        == {}
    )


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "DB_PASSWORD",
        "API_KEY",
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "SENTRY_DSN",
        "PRIVATE_KEY",
        "SMTP_PASS",
    ],
)
def test_defaults_of_secrets_are_never_kept(find: Finder, name: str) -> None:
    found = variables(find, f"import os\nx = os.environ.get('{name}', 'hunter2')")[name]
    assert found.secret
    assert found.default is None


@pytest.mark.parametrize(
    "default",
    [
        pytest.param("postgres://user:hunter2@db/x", id="credentials in a URL"),
        pytest.param("line\\nline", id="several lines"),
        pytest.param("x" * 300, id="long"),
    ],
)
def test_defaults_that_are_not_shown(find: Finder, default: str) -> None:
    assert (
        variables(find, f'import os\nx = os.environ.get("URL", "{default}")')["URL"].default is None
    )


def test_the_place_that_needs_it_stands_for_the_variable(find: Finder) -> None:
    found = variables(find, "import os\na = os.environ.get('LEVEL')\nb = os.environ['LEVEL']\n")
    assert (str(found["LEVEL"].origin), found["LEVEL"].required) == ("main.py:3", True)


def test_variables_are_sorted(find: Finder) -> None:
    found = variables(
        find, "import os\na = os.environ['B']\nb = os.environ['A']\nc = os.environ['C']"
    )
    assert list(found) == ["A", "B", "C"]


def test_variables_of_tests_do_not_count(find: Finder) -> None:
    assert (
        find({"tests/conftest.py": "import os\nx = os.environ['LEVEL']", "main.py": ""}).variables
        == ()
    )


def test_settings_that_are_not_served_do_not_count(find: Finder) -> None:
    files = django()
    del files["site/settings.py"]
    files |= {
        "site/settings/__init__.py": "",
        "site/settings/base.py": "import os\nINSTALLED_APPS = ['a']\nA = os.environ['USED']",
        "site/settings/production.py": "from .base import *\n",
        "site/settings/elsewhere.py": "from .base import *\nimport os\nB = os.environ['UNUSED']",
    }
    files["manage.py"] = files["manage.py"].replace("site.settings", "site.settings.production")
    files["site/wsgi.py"] = files["site/wsgi.py"].replace(
        "site.settings", "site.settings.production"
    )
    assert [variable.name for variable in find(files).variables] == ["USED"]


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        pytest.param("x = os.environ.get('TLS') is not None", "presence", id="None"),
        pytest.param("x = 'TLS' in os.environ", "presence", id="membership"),
        pytest.param("x = os.environ.get('TLS')", "truth", id="plain"),
        pytest.param("x = bool(os.getenv('TLS'))", "truth", id="bool"),
        pytest.param("app.config.update(TLS=os.getenv('TLS') or False)", "truth", id="handed on"),
        pytest.param("x = int(os.environ.get('TLS', 0))", "", id="number"),
        pytest.param("x = os.environ.get('TLS', '').lower() == 'true'", "", id="compared"),
        pytest.param(
            "from decouple import config\nx = config('TLS', cast=bool)", "", id="converted"
        ),
    ],
)
def test_what_the_code_asks_of_a_variable(find: Finder, source: str, asked: str) -> None:
    assert variables(find, f"import os\n{source}")["TLS"].asked == asked


def test_the_configuration_of_starlette(find: Finder) -> None:
    code = """\
        from starlette.config import Config

        config = Config()
        DEBUG = config("DEBUG", cast=bool, default=False)
        SECRET = config("SECRET", cast=str)
        """
    found = {one.name: one.required for one in find({"settings.py": code}).variables}
    assert found == {"DEBUG": False, "SECRET": True}


def test_a_prefix_beside_the_bases_of_a_settings_class(find: Finder) -> None:
    code = """\
        from pydantic_settings import BaseSettings

        class Cache(BaseSettings, env_prefix="cache_"):
            host: str
        """
    assert [one.name for one in find({"settings.py": code}).variables] == ["CACHE_HOST"]


def test_a_helper_that_raises_makes_its_variables_required(find: Finder) -> None:
    code = """\
        import os

        def needed(key):
            value = os.getenv(key)
            if value is None:
                raise RuntimeError(key)
            return value

        KEY = needed("SHOP_KEY")
        """
    (found,) = find({"settings.py": code}).variables
    assert (found.name, found.required) == ("SHOP_KEY", True)
