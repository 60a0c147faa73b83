"""The Node.js stage, and static files of Django."""

from typing import Any

import pytest
from dockwright.decide.assets import collect_static, placeholder
from dockwright.decide.front_end import node_major, plan_front_ends
from dockwright.model.application import Application, FrontEnd
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings
from support.processes import django, request


def front_end(**fields: Any) -> FrontEnd:
    values: dict[str, Any] = {
        "folder": "frontend",
        "manager": "npm",
        "lock": "frontend/package-lock.json",
        "build_script": "build",
        "output": "dist",
        "origin": Origin(path="frontend/package.json", line=1),
    }
    return FrontEnd(**{**values, **fields})


def plan(*front_ends: FrontEnd, **options: Any) -> Any:
    return plan_front_ends(Application(front_ends=front_ends), Settings(), **options)


def test_the_output_of_a_build_is_copied_to_where_python_serves_it() -> None:
    made = plan(front_end())

    assert [(stage.name, stage.parent) for stage in made.stages] == [
        ("frontend-build", "node:24-slim")
    ]
    assert made.copies[0].sources == ("/app/frontend/dist",)
    assert (made.copies[0].destination, made.copies[0].from_stage) == (
        "frontend/dist",
        "frontend-build",
    )
    assert made.services == ()


def test_an_output_outside_the_front_ends_folder_keeps_its_place() -> None:
    made = plan(front_end(output="../app/static"))

    assert (made.copies[0].sources, made.copies[0].destination) == (
        ("/app/app/static",),
        "app/static",
    )


def test_a_front_end_in_the_root_is_built_from_the_root() -> None:
    stage = plan(front_end(folder="", lock="package-lock.json", output="static/dist")).stages[0]

    assert stage.workdir == "/app"
    assert [mount.source for mount in stage.install[0].mounts if mount.kind == "bind"] == [
        "package.json",
        "package-lock.json",
    ]


@pytest.mark.parametrize(
    ("fields", "install", "build"),
    [
        pytest.param({}, ("npm ci",), "npm run build", id="npm"),
        pytest.param({"lock": ""}, ("npm install --no-package-lock",), "npm run build", id="npm without a lock"),
        pytest.param(
            {"manager": "pnpm", "lock": "frontend/pnpm-lock.yaml"},
            ("corepack enable", "pnpm install --frozen-lockfile --store-dir /root/.pnpm-store"), "pnpm run build", id="pnpm",
        ),
        pytest.param(
            {"manager": "yarn", "lock": "frontend/yarn.lock"},
            ("yarn install --frozen-lockfile --cache-folder /root/.yarn",), "yarn run build", id="Yarn 1",
        ),
        pytest.param(
            {"manager": "yarn", "lock": "frontend/yarn.lock", "manager_version": "4.5.0"},
            ("corepack enable", "yarn install --immutable"), "yarn run build", id="Yarn 4",
        ),
        pytest.param({"manager": "bun", "lock": "frontend/bun.lock"}, ("bun install --frozen-lockfile",), "bun run build", id="Bun"),
        pytest.param({"build_script": "build:prod"}, ("npm ci",), "npm run build:prod", id="another script"),
    ],
)  # fmt: skip
def test_each_manager_installs_exactly_its_lock(
    fields: dict[str, str], install: tuple[str, ...], build: str
) -> None:
    stage = plan(front_end(**fields)).stages[0]

    assert stage.install[0].commands == install
    assert stage.install[0].mounts[0].kind == "cache"
    assert stage.project[0].commands == (build,)


def test_a_missing_lock_is_said() -> None:
    assert [notice.code for notice in plan(front_end(lock="")).notices] == [
        "front-end-without-lock"
    ]


@pytest.mark.parametrize(
    ("wanted", "major"),
    [
        ("", 24),
        ("22", 22),
        ("v20.11.1", 20),
        ("20.x", 20),
        ("^22.3.0", 22),
        (">=18", 24),
        (">=18 <21", 20),
        ("lts/*", 24),
        ("18 || 20", 24),
    ],
)
def test_the_version_of_node_is_the_wanted_one(wanted: str, major: int) -> None:
    assert node_major(wanted) == major


def test_a_front_end_that_renders_on_a_server_is_started_as_a_user_without_npm_in_between() -> None:
    made = plan(front_end(served_by_python=False, tool="next", start_script="start"))
    stage = made.stages[-1]

    assert (stage.name, stage.parent, stage.command) == (
        "frontend",
        "frontend-build",
        ("node_modules/.bin/next", "start"),
    )
    assert stage.switch_user == "1000:1000"
    assert [(service.target, service.port) for service in made.services] == [("frontend", 3000)]


def test_the_start_script_of_a_tool_that_makes_files_is_for_development() -> None:
    made = plan(front_end(served_by_python=False, tool="vite", start_script="preview"))

    assert [(service.target, service.port) for service in made.services] == [("frontend", 8080)]


def test_files_alone_are_served_and_the_api_is_handed_on() -> None:
    made = plan(front_end(served_by_python=False), api=("web", 8000))
    stage = made.stages[-1]

    assert stage.parent == "caddy:2-alpine"
    assert "reverse_proxy web:8000" in stage.install[0].commands[0]
    assert stage.late_copies[0].sources == ("/app/frontend/dist",)
    assert made.copies == ()


def test_several_front_ends_have_stages_of_their_own() -> None:
    made = plan(front_end(), front_end(folder="admin/ui", lock="admin/ui/package-lock.json"))

    assert [stage.name for stage in made.stages] == [
        "frontend-frontend-build",
        "frontend-admin-ui-build",
    ]


def test_the_setting_turns_front_ends_off() -> None:
    made = plan_front_ends(Application(front_ends=(front_end(),)), Settings(front_end=False))

    assert (made.stages, made.copies) == ((), ())


def test_static_files_are_collected_without_a_secret_in_the_image() -> None:
    project = django(
        has_static_root=True,
        staticfiles=True,
        required_variables=("SECRET_KEY", "DATABASE_URL"),
    )
    run = collect_static(request(Application(django=(project,)), "django"))

    assert run
    assert run.commands == (
        "DATABASE_URL=sqlite:///:memory: SECRET_KEY=build-only python manage.py collectstatic --noinput",
    )


def test_many_values_for_static_files_stand_one_per_line() -> None:
    project = django(
        has_static_root=True,
        staticfiles=True,
        required_variables=("A_KEY", "B_KEY", "DATABASE_URL"),
    )
    run = collect_static(request(Application(django=(project,)), "django"))

    assert run
    lines = run.commands[0].split(" \\\n    ")
    assert lines == [
        "A_KEY=build-only",
        "B_KEY=build-only",
        "DATABASE_URL=sqlite:///:memory:",
        "python manage.py collectstatic --noinput",
    ]


def test_static_files_are_collected_with_the_settings_that_are_served() -> None:
    project = django(
        has_static_root=True, staticfiles=True, served_settings_module="config.settings.production"
    )
    run = collect_static(request(Application(django=(project,)), "django"))

    assert run
    assert run.commands[0].startswith(
        "DJANGO_SETTINGS_MODULE=config.settings.production python manage.py"
    )


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
