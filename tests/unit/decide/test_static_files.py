"""Static files of Django: collected while the image is built, with no secret in it."""

import pytest
from dockwright.decide.dockerfile import collect_static, placeholder
from dockwright.decide.environment import django_environment
from dockwright.model.application import Application
from dockwright.model.settings import Settings
from support.processes import django, request


def test_static_files_are_collected_without_a_secret_in_the_image() -> None:
    project = django(
        has_static_root=True,
        staticfiles=True,
        required_variables=("SECRET_KEY", "DATABASE_URL"),
    )
    run = collect_static(request(Application(django=(project,)), "django"))

    assert run
    assert run.because.startswith("Reading the settings needs DATABASE_URL and SECRET_KEY.")
    assert run.command == (
        "DATABASE_URL=sqlite:///:memory: SECRET_KEY=build-only "
        "python manage.py collectstatic --noinput"
    )


def test_a_value_of_the_settings_needs_no_placeholder() -> None:
    project = django(has_static_root=True, staticfiles=True, required_variables=("SITE_URL",))
    settings = Settings(environment=(("SITE_URL", "https://shop.example"),))
    run = collect_static(request(Application(django=(project,)), "django", settings=settings))

    assert run
    assert run.because == ""


def test_static_files_are_collected_with_the_settings_that_are_served() -> None:
    project = django(
        has_static_root=True, staticfiles=True, served_settings_module="config.settings.production"
    )
    asked = request(Application(django=(project,)), "django")
    run = collect_static(asked)

    # ENV says it once, for every command of the image.
    assert run
    assert run.command.startswith("python manage.py")
    assert django_environment(asked) == (("DJANGO_SETTINGS_MODULE", "config.settings.production"),)


@pytest.mark.parametrize(
    ("fields", "settings"),
    [
        pytest.param(
            {"has_static_root": False, "staticfiles": True}, Settings(), id="no STATIC_ROOT"
        ),
        pytest.param(
            {"has_static_root": True, "staticfiles": False},
            Settings(),
            id="the application is not installed",
        ),
        pytest.param(
            {"has_static_root": True, "staticfiles": True},
            Settings(collectstatic=False),
            id="turned off",
        ),
    ],
)
def test_nothing_is_collected_where_there_is_nothing_to_collect(
    fields: dict[str, bool], settings: Settings
) -> None:
    assert (
        collect_static(
            request(Application(django=(django(**fields),)), "django", settings=settings)
        )
        is None
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("REDIS_URL", "redis://localhost"),
        ("EMAIL_PORT", "1"),
        ("USE_S3", "0"),
        ("ALLOWED_HOSTS", "localhost"),
        ("SITE_URL", "http://localhost"),
        ("SECRET_KEY", "build-only"),
    ],
)
def test_a_placeholder_is_of_the_kind_that_the_name_says(name: str, value: str) -> None:
    assert placeholder(name) == value
