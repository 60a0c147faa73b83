"""What the code writes below the project: all containers find the same files, and the user may write them."""

from typing import Any

import pytest
from dockwright.decide.environment import refuse_secrets
from dockwright.errors import UsageError
from dockwright.model.application import Application, DjangoProject, ProcessKind, ServiceHint
from dockwright.model.origin import Origin, Sourced
from dockwright.model.settings import Settings, StageSettings
from support.compose import compose_file
from support.processes import codes, decide, django, found, hint, web

MIGRATION = found(
    "migrate", ("python", "manage.py", "migrate"), ProcessKind.RELEASE, framework="django"
)
FLASK = Application(
    web=(web(),),
    migrations=(
        found(
            "migrate", ("flask", "db", "upgrade"), ProcessKind.RELEASE, framework="flask-migrate"
        ),
    ),
    service_hints=(hint("sqlite", "DATABASE_URL", scheme="sqlite+aiosqlite"),),
)


def sqlite(file: str = "db.sqlite3") -> DjangoProject:
    return django(database_engine="django.db.backends.sqlite3", database_file=file)


def shop(file: str = "db.sqlite3") -> Application:
    return Application(web=(web(),), django=(sqlite(file),), migrations=(MIGRATION,))


def folders(application: Application, *installed: str, **options: Any) -> list[tuple[str, str]]:
    """Return (path, link) of the folders that are written."""
    return [(one.path, one.link) for one in decide(application, *installed, **options).writable]


def test_a_file_that_all_containers_share_is_migrated_once() -> None:
    decision = decide(shop(), "django", "gunicorn")
    assert [one.name for one in decision.processes] == ["web", "migrate"]
    assert "sqlite-in-container" in codes(decision)


def test_web_and_migration_share_the_volume_of_the_file() -> None:
    file = compose_file(shop(), "django", "gunicorn")

    for name in ("web", "migrate"):
        assert file["services"][name]["volumes"] == ["sqlite-data:/app/data"]
    assert "sqlite-data" in file["volumes"]
    assert file["services"]["web"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"}
    }


@pytest.mark.parametrize(
    ("file", "top_level", "expected"),
    [
        pytest.param("db.sqlite3", (), ("data", "db.sqlite3"), id="beside manage.py"),
        pytest.param("db.sqlite3", ("data/",), ("var", "db.sqlite3"), id="the project has data"),
        pytest.param("shop/db.sqlite3", ("shop/",), ("data", "shop/db.sqlite3"), id="beside code"),
        pytest.param("var/shop.db", ("var/",), ("var", ""), id="a folder for data"),
        pytest.param("state/shop.db", (), ("state", ""), id="a folder that is not there yet"),
    ],
)
def test_the_file_gets_a_folder_of_its_own_and_no_volume_hides_code(
    file: str, top_level: tuple[str, ...], expected: tuple[str, str]
) -> None:
    assert folders(shop(file), "django", "gunicorn", top_level=top_level) == [expected]


def test_where_a_variable_names_the_file_the_image_sets_it() -> None:
    decision = decide(FLASK, "flask", "gunicorn")

    assert [(one.path, one.link) for one in decision.writable] == [("data", "")]
    for process in decision.processes:
        url = dict(process.environment)["DATABASE_URL"]
        assert url == "sqlite+aiosqlite:////app/data/db.sqlite3"


def test_uploads_are_kept_too() -> None:
    project = django(database_engine="django.db.backends.mysql", media_root="files/media")
    application = Application(web=(web(),), django=(project,))

    (folder,) = decide(application, "django", "gunicorn", "mysqlclient").writable
    assert (folder.path, folder.volume) == ("files/media", "files-media")
    assert decide(application, "django", "gunicorn", "mysqlclient", shell=False).writable == ()


@pytest.mark.parametrize(
    ("installed", "settings"),
    [
        pytest.param(("flask", "gunicorn", "psycopg"), Settings(), id="its driver is installed"),
        pytest.param(
            ("flask", "gunicorn"), Settings(services=("postgres",)), id="the settings say so"
        ),
    ],
)
def test_a_database_server_needs_no_folder(installed: tuple[str, ...], settings: Settings) -> None:
    file = compose_file(FLASK, *installed, settings=settings)
    assert "postgres" in file["services"]
    assert "sqlite-data" not in file["volumes"]
    assert folders(FLASK, *installed, settings=settings) == []


def fixed(*hints: ServiceHint, file: str = "") -> Application:
    return Application(
        web=(web(),),
        migrations=FLASK.migrations,
        service_hints=hints,
        fixed_databases=(Sourced(value=file, origin=Origin(path="main.py", line=7)),),
    )


def test_a_file_that_the_code_itself_names_is_told_and_not_migrated_elsewhere() -> None:
    decision = decide(fixed(), "flask", "gunicorn")
    (notice,) = (one for one in decision.warnings if one.code == "sqlite-in-container")
    assert notice.origin == Origin(path="main.py", line=7)
    assert "lost with it, and no migration can run beside it" in notice.text
    assert 'os.environ.get("DATABASE_URL", "sqlite:///' in notice.remedy
    assert [one.name for one in decision.processes] == ["web"]


@pytest.mark.parametrize(
    ("file", "folder"),
    [("shop.db", ("data", "shop.db")), ("instance/shop.db", ("instance", ""))],
)
def test_a_file_whose_place_is_known_is_kept_and_migrated(
    file: str, folder: tuple[str, str]
) -> None:
    decision = decide(fixed(file=file), "flask", "gunicorn")

    assert [(one.path, one.link) for one in decision.writable] == [folder]
    assert [one.name for one in decision.processes] == ["web", "migrate"]


@pytest.mark.parametrize(
    ("hints", "installed", "settings"),
    [
        pytest.param(
            (hint("database", "DATABASE_URL"),), (), Settings(), id="a variable names the database"
        ),
        pytest.param((hint("postgres"),), (), Settings(), id="another database"),
        pytest.param((), ("psycopg",), Settings(), id="the driver of a server"),
        pytest.param((), (), Settings(services=("postgres",)), id="the settings say so"),
    ],
)
def test_beside_another_database_a_fixed_file_says_nothing(
    hints: tuple[ServiceHint, ...], installed: tuple[str, ...], settings: Settings
) -> None:
    decision = decide(fixed(*hints), "flask", "gunicorn", *installed, settings=settings)
    assert "sqlite-in-container" not in codes(decision)
    assert "migrate" in [one.name for one in decision.processes]


def test_other_services_change_nothing() -> None:
    file = compose_file(shop(), "django", "gunicorn", settings=Settings(services=("redis",)))
    assert file["services"]["migrate"]["volumes"] == ["sqlite-data:/app/data"]


def test_settings_that_name_only_a_server_are_no_file_even_without_its_driver() -> None:
    project = django(database_engine="django.db.backends.mysql", only_server=True)
    decision = decide(
        Application(web=(web(),), django=(project,), migrations=(MIGRATION,)), "django", "gunicorn"
    )
    assert "sqlite-in-container" not in codes(decision)
    (notice,) = (one for one in decision.warnings if one.code == "database-driver-missing")
    assert "django.db.backends.mysql" in notice.text
    with_driver = decide(
        Application(web=(web(),), django=(project,), migrations=(MIGRATION,)),
        "django",
        "gunicorn",
        "pymysql",
    )
    assert "database-driver-missing" not in codes(with_driver)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(environment=(("SECRET_KEY", "hunter2"),)),
        Settings(stages=(("runtime", StageSettings(environment=(("API_KEY", "hunter2"),))),)),
    ],
    ids=["of the image", "of a stage"],
)
def test_a_secret_is_refused_and_its_value_not_repeated(settings: Settings) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_secrets(settings)
    assert "hunter2" not in str(caught.value)
    assert ".env" in " ".join(caught.value.steps)


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOG_LEVEL", "info"), ("SECRET_KEY_FILE", "/run/secrets/key"), ("SECRET_KEY", ""), ("TOKENIZERS_PARALLELISM", "0"), ("API_KEY", "$KEY")],
)  # fmt: skip
def test_what_is_no_secret_is_no_matter(name: str, value: str) -> None:
    assert refuse_secrets(Settings(environment=((name, value),))) == ()


def test_who_insists_is_warned() -> None:
    (notice,) = refuse_secrets(Settings(environment=(("API_KEY", "hunter2"),), force=True))
    assert (notice.code, "hunter2" in notice.text) == ("secret-in-image", False)
