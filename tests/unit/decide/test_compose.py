"""The compose file: what runs, what it waits for, and what reaches the host."""

import pytest
import yaml
from dockwright.decide.compose import project_name
from dockwright.model.application import Application, FrontEnd, ProcessKind
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings
from dockwright.render.filters import yaml_scalar
from support.compose import compose_file, compose_text, example_lines
from support.processes import django, fastapi, found, hint, procfile, reads, web

SHOP = Application(
    web=(fastapi(health="/health"),),
    processes=(
        found(
            "worker",
            ("celery", "-A", "shop", "worker"),
            framework="celery",
            because="shop:app is a Celery application",
        ),
        found("beat", ("celery", "-A", "shop", "beat"), ProcessKind.SCHEDULER, framework="celery"),
    ),
    migrations=(
        found("migrate", ("alembic", "upgrade", "head"), ProcessKind.RELEASE, framework="alembic"),
    ),
    service_hints=(hint("database", "DATABASE_URL"), hint("redis", "REDIS_URL")),
    variables=(
        reads("DATABASE_URL", required=True),
        reads("REDIS_URL"),
        reads("SECRET_KEY", required=True, secret=True),
    ),
)
INSTALLED = ("fastapi", "uvicorn", "celery", "redis", "psycopg", "alembic")


def test_each_process_and_each_backing_service_is_a_service() -> None:
    assert list(compose_file(SHOP, *INSTALLED)["services"]) == [
        "web",
        "worker",
        "beat",
        "migrate",
        "postgres",
        "redis",
    ]


def test_all_processes_are_made_from_one_image_that_is_built_once() -> None:
    services = compose_file(SHOP, *INSTALLED)["services"]
    made = {(services[name]["image"], str(services[name]["build"])) for name in ("web", "worker")}

    assert made == {("shop", ".")}


def test_only_the_web_port_is_published_and_only_to_this_machine() -> None:
    services = compose_file(SHOP, *INSTALLED)["services"]

    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_everything_waits_for_healthy_services_and_for_the_migration() -> None:
    services = compose_file(SHOP, *INSTALLED)["services"]
    postgres = {"postgres": {"condition": "service_healthy"}}

    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"] == {
            **postgres,
            "redis": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    # A migration asks no cache.
    assert services["migrate"]["depends_on"] == postgres


def test_a_migration_does_not_wait_for_itself_where_there_is_no_backing_service() -> None:
    services = compose_file(SHOP, *INSTALLED, settings=Settings(services=("none",)))["services"]

    assert services["migrate"]["depends_on"] == {}
    assert services["web"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"}
    }


def test_the_migration_runs_once_and_ends() -> None:
    migrate = compose_file(SHOP, *INSTALLED)["services"]["migrate"]

    assert migrate["command"] == ["alembic", "upgrade", "head"]
    assert "restart" not in migrate
    assert "healthcheck" not in migrate


def test_the_web_process_has_the_health_check_of_the_image_and_the_others_are_well_while_they_run() -> (
    None
):
    services = compose_file(SHOP, *INSTALLED)["services"]

    assert "healthcheck" not in services["web"]
    assert services["worker"]["healthcheck"] == {"test": ["CMD", "true"]}


def test_backing_services_are_healthy_before_they_count_and_keep_their_data() -> None:
    file = compose_file(SHOP, *INSTALLED)

    for name in ("postgres", "redis"):
        assert file["services"][name]["healthcheck"]["test"][0] == "CMD"
        assert file["services"][name]["volumes"][0].startswith(f"{name}-data:/")
        assert f"{name}-data" in file["volumes"]


def test_a_folder_of_another_name_gives_the_same_file_and_no_network_is_made() -> None:
    assert not {"name", "networks", "configs"} & compose_file(SHOP, *INSTALLED).keys()


def test_service_and_application_get_the_same_password() -> None:
    file = compose_file(SHOP, *INSTALLED)
    postgres = file["services"]["postgres"]

    assert postgres["environment"] == {
        "POSTGRES_DB": "app",
        "POSTGRES_USER": "app",
        "POSTGRES_PASSWORD": "${POSTGRES_PASSWORD:-only-for-this-machine}",
    }
    assert file["services"]["web"]["environment"]["DATABASE_URL"] == (
        "postgresql://app:${POSTGRES_PASSWORD:-only-for-this-machine}@postgres:5432/app"
    )


def test_an_edit_makes_a_new_image_where_there_is_no_stage_for_development() -> None:
    services = compose_file(SHOP, *INSTALLED)["services"]

    for name in ("web", "worker", "beat"):
        assert services[name]["develop"]["watch"] == [{"action": "rebuild", "path": "."}]


def test_with_a_stage_for_development_an_edit_is_synced_and_a_lock_makes_a_new_image() -> None:
    settings = Settings(targets=("dev",))
    web_alone = Application(web=(fastapi(),))
    service = compose_file(web_alone, "fastapi", "uvicorn", settings=settings)["services"]["web"]

    assert service["build"] == {"context": ".", "target": "dev"}
    assert service["develop"]["watch"] == [
        {"action": "sync", "path": ".", "target": "/app", "ignore": [".venv/", "uv.lock"]},
        {"action": "rebuild", "path": "uv.lock"},
    ]


def test_what_does_not_reload_itself_is_restarted_after_an_edit() -> None:
    settings = Settings(targets=("dev",))
    services = compose_file(SHOP, *INSTALLED, settings=settings)["services"]

    assert services["worker"]["develop"]["watch"][0]["action"] == "sync+restart"


def test_a_secret_key_without_default_lets_the_file_come_up_on_this_machine() -> None:
    environment = compose_file(SHOP, *INSTALLED)["services"]["web"]["environment"]

    assert (
        "SECRET_KEY",
        "${SECRET_KEY:-only-for-this-machine}",
    ) in environment.items()


def test_the_env_file_may_be_missing() -> None:
    assert compose_file(SHOP, *INSTALLED)["services"]["web"]["env_file"] == [
        {"path": ".env", "required": False}
    ]


def test_a_process_is_stopped_as_it_wants_to_be_even_where_the_image_says_otherwise() -> None:
    worker = found("worker", ("celery", "-A", "shop", "worker"))
    services = compose_file(Application(web=(web(),), processes=(worker,)), "flask", "celery")[
        "services"
    ]

    assert "stop_signal" not in services["web"]
    assert services["worker"]["stop_signal"] == "SIGTERM"


def test_a_bot_has_no_port_and_starts_as_the_image_does() -> None:
    bot = found("bot", ("python", "bot.py"), ProcessKind.BOT)
    service = compose_file(Application(processes=(bot,)), "discord.py")["services"]["bot"]

    assert "ports" not in service
    assert "command" not in service


def test_what_only_runs_once_by_hand_needs_no_compose_file() -> None:
    command = found("report", ("python", "report.py"), ProcessKind.COMMAND)

    assert compose_file(Application(processes=(command,)), "pandas") == {}
    assert compose_file(SHOP, *INSTALLED, settings=Settings(compose=False)) == {}


def test_a_process_never_takes_the_name_of_a_service() -> None:
    redis = found("redis", ("python", "a.py"))
    names = compose_file(Application(web=(web(),), processes=(redis,)), "flask", "redis")[
        "services"
    ]

    assert list(names) == ["web", "redis-process", "redis"]


def test_a_front_end_of_its_own_is_a_service_in_front_of_the_api() -> None:
    front_end = FrontEnd(
        folder="web", manager="npm", lock="web/package-lock.json", build_script="build", output="dist",
        origin=Origin(path="web/package.json"), served_by_python=False,
    )  # fmt: skip
    services = compose_file(
        Application(web=(fastapi(),), front_ends=(front_end,)),
        "fastapi",
        "uvicorn",
        settings=Settings(targets=("dev",)),
    )["services"]

    assert services["frontend"]["build"] == {"context": ".", "target": "frontend"}
    assert services["frontend"]["ports"] == ["127.0.0.1:8080:8080"]
    assert services["frontend"]["depends_on"] == ["web"]
    assert services["frontend"]["develop"]["watch"] == [{"action": "rebuild", "path": "web"}]
    assert "web/" in services["web"]["develop"]["watch"][0]["ignore"]


def test_a_front_end_that_python_serves_is_built_again_at_every_edit() -> None:
    front_end = FrontEnd(
        folder="ui", manager="npm", lock="ui/package-lock.json", build_script="build", output="dist", origin=Origin(path="ui/package.json"),
    )  # fmt: skip
    rules = compose_file(
        Application(web=(fastapi(),), front_ends=(front_end,)),
        "fastapi",
        "uvicorn",
        settings=Settings(targets=("dev",)),
    )["services"]["web"]["develop"]

    assert {"action": "rebuild", "path": "ui"} in rules["watch"]
    assert "ui/" in rules["watch"][0]["ignore"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Shop API", "shop-api"),
        ("1shop", "1shop"),
        ("Ünsere.App", "nsere-app"),
        ("---", "app"),
        ("a_b", "a_b"),
    ],
)
def test_the_name_is_one_that_compose_accepts(name: str, expected: str) -> None:
    assert project_name(name) == expected


@pytest.mark.parametrize(
    "value",
    ["yes", "No", "null", "~", "1.5", ".5", "0x1f", "1e3", "12:30", "a: b", "a #b", "- a", "${A:-b}", "", " a", "a\nb", "*a", "&a", "!a", "%a",
     "@a", "'a'", '"a"', "{a}", "[a]", "=", "<<", "2026-01-01", "redis:8", "data:/data", ".:/app", "é", "\x07", ".env", ".inf"],
)  # fmt: skip
def test_every_value_reads_back_as_it_was(value: str) -> None:
    assert yaml.safe_load(f"key: {yaml_scalar(value)}") == {"key": value}


def test_the_file_is_the_same_every_time() -> None:
    assert compose_text(SHOP, *INSTALLED) == compose_text(SHOP, *INSTALLED)


def test_the_example_lists_what_the_code_reads_without_values() -> None:
    lines = example_lines(SHOP, *INSTALLED)
    assigned = [line.lstrip("# ") for line in lines if line.rstrip().endswith("=")]

    assert assigned == [
        "DATABASE_URL=",
        "REDIS_URL=",
        "SECRET_KEY=",
        "POSTGRES_PASSWORD=",
    ]


def test_only_what_must_be_filled_in_stands_without_a_comment_sign() -> None:
    application = Application(
        web=(web(),),
        variables=(reads("TELEGRAM_TOKEN", required=True), reads("DEBUG", default="0")),
    )
    lines = example_lines(application, "flask", "gunicorn")

    assert "TELEGRAM_TOKEN=" in lines
    assert "# DEBUG=" in lines
    assert "# settings.py:9" in lines


def test_variables_of_a_command_line_must_be_filled_in() -> None:
    line = found(
        "web",
        "gunicorn -w $WORKERS -b 0.0.0.0:$PORT a:app",
        ProcessKind.WEB,
        needs_variables=("WORKERS", "PORT"),
    )

    lines = example_lines(Application(processes=(line,)), "gunicorn")

    assert "WORKERS=" in lines
    read_too = Application(processes=(line,), variables=(reads("WORKERS", default="2"),))
    assert "WORKERS=" in example_lines(read_too, "gunicorn")
    assert not [line for line in lines if line.endswith("PORT=")]


def test_a_project_that_reads_nothing_needs_no_example() -> None:
    assert example_lines(Application(web=(web(),)), "flask", "gunicorn") == ()


def test_a_port_in_the_env_file_does_not_move_the_published_one() -> None:
    application = Application(web=(web(),), variables=(reads("PORT", default="5000"),))

    assert (
        compose_file(application, "flask", "gunicorn")["services"]["web"]["environment"]["PORT"]
        == "5000"
    )


def test_hosts_that_django_must_allow_are_those_of_this_machine() -> None:
    application = Application(
        web=(web(),), django=(django(),), variables=(reads("ALLOWED_HOSTS", default=""),)
    )

    environment = compose_file(application, "django", "gunicorn")["services"]["web"]["environment"]

    assert environment["ALLOWED_HOSTS"] == "${ALLOWED_HOSTS:-localhost,127.0.0.1}"


def test_hosts_that_pydantic_reads_as_json_are_left_to_their_default() -> None:
    application = Application(web=(web(),), variables=(reads("ALLOWED_HOSTS", asked="json"),))

    service = compose_file(application, "flask", "gunicorn")["services"]["web"]

    assert "ALLOWED_HOSTS" not in service.get("environment", {})


def test_a_second_web_process_is_not_published() -> None:
    application = Application(
        processes=(
            procfile("web", "gunicorn a:app"),
            procfile("web-admin", "gunicorn -b 0.0.0.0:9000 b:app"),
        )
    )
    services = compose_file(application, "gunicorn")["services"]

    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "ports" not in services["web-admin"]


def test_compose_fills_nothing_into_a_command() -> None:
    worker = found("worker", "python worker.py --queue $QUEUE")
    services = compose_file(Application(web=(web(),), processes=(worker,)), "flask", "gunicorn")[
        "services"
    ]

    assert services["worker"]["command"] == ["sh", "-c", "exec python worker.py --queue $$QUEUE"]
