"""Which backing services an application needs, and how it reaches them."""

import re
from string import Formatter

import pytest
from dockwright.decide.services import ServiceRow, choose_services, service_rows
from dockwright.errors import UsageError
from dockwright.model.application import Application, DeployedService, ProcessKind
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings
from support.processes import django, found, hint, reads, request

HERE = Origin(path="compose.yaml")


def kinds(application: Application, *names: str, settings: Settings | None = None) -> list[str]:
    return [
        service.kind
        for service in choose_services(request(application, *names, settings=settings))[0]
    ]


def variables(application: Application, *names: str) -> dict[str, str]:
    services, _ = choose_services(request(application, *names))
    return {name: value for service in services for name, value in service.application_environment}


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        pytest.param(("psycopg",), ["postgres"], id="psycopg 3"),
        pytest.param(("psycopg2-binary",), ["postgres"], id="psycopg2"),
        pytest.param(("asyncpg",), ["postgres"], id="asyncpg"),
        pytest.param(("mysqlclient",), ["mysql"], id="mysqlclient"),
        pytest.param(("mariadb",), ["mariadb"], id="mariadb"),
        pytest.param(("mariadb", "pymysql"), ["mariadb"], id="MariaDB takes MySQL's place"),
        pytest.param(("pymongo",), ["mongodb"], id="pymongo"),
        pytest.param(("redis",), ["redis"], id="redis"),
        pytest.param(("valkey",), ["valkey"], id="valkey"),
        pytest.param(("pika",), ["rabbitmq"], id="pika"),
        pytest.param(("confluent-kafka",), ["kafka"], id="kafka"),
        pytest.param(("elasticsearch",), ["elasticsearch"], id="elasticsearch"),
        pytest.param(("opensearch-py",), ["opensearch"], id="opensearch"),
        pytest.param(("pymemcache",), ["memcached"], id="memcached"),
        pytest.param(("minio",), ["minio"], id="minio"),
        pytest.param(
            ("geoalchemy2", "psycopg2"), ["postgis"], id="PostGIS takes PostgreSQL's place"
        ),
        pytest.param(("pgvector", "psycopg"), ["pgvector"], id="pgvector takes PostgreSQL's place"),
        pytest.param(("boto3",), [], id="boto3 talks to Amazon"),
        pytest.param(("kombu", "amqp", "redis"), ["redis"], id="amqp came along with kombu"),
        pytest.param(("requests",), [], id="nothing"),
    ],
)
def test_an_installed_driver_asks_for_its_service(
    installed: tuple[str, ...], expected: list[str]
) -> None:
    assert kinds(Application(), *installed) == expected


@pytest.mark.parametrize(
    ("service", "installed", "expected"),
    [
        pytest.param(
            "rabbitmq", ("celery", "redis"), ["redis", "rabbitmq"], id="a broker URL that says amqp"
        ),
        pytest.param("minio", ("boto3",), ["minio"], id="an endpoint of its own for boto3"),
        pytest.param("mail", ("django",), ["mailpit"], id="a mail server that can be set"),
        pytest.param("mariadb", ("pymysql",), ["mariadb"], id="the scheme says MariaDB"),
        pytest.param("postgres", ("flask",), [], id="no driver could talk to it"),
    ],
)
def test_the_code_asks_for_a_service(
    service: str, installed: tuple[str, ...], expected: list[str]
) -> None:
    assert kinds(Application(service_hints=(hint(service, "SOME_URL"),)), *installed) == expected


def test_celery_without_any_broker_gets_its_default_one() -> None:
    worker = found("worker", ("celery", "-A", "shop", "worker"), framework="celery")

    assert kinds(Application(processes=(worker,)), "celery", "kombu", "amqp") == ["rabbitmq"]
    assert kinds(Application(), "celery", "kombu", "amqp") == []


def test_geodjango_needs_postgis() -> None:
    assert kinds(Application(django=(django(gis=True),)), "django", "psycopg2") == ["postgis"]


def test_of_two_databases_the_one_that_the_code_names_is_started() -> None:
    application = Application(service_hints=(hint("mysql", "DATABASE_URL"),))
    services, notices = choose_services(request(application, "psycopg2", "pymysql"))

    assert [service.kind for service in services] == ["mysql"]
    assert [notice.code for notice in notices] == ["several-databases"]


def test_sqlite_alone_needs_no_server_even_if_a_driver_is_installed() -> None:
    fixed = django(database_engine="django.db.backends.sqlite3")

    assert kinds(Application(django=(fixed,)), "django", "psycopg2") == []


def test_sqlite_as_a_default_is_replaced_by_the_database_whose_driver_is_installed() -> None:
    application = Application(
        django=(django(),), service_hints=(hint("sqlite", "DATABASE_URL", scheme="sqlite"),)
    )

    assert kinds(application, "django", "psycopg") == ["postgres"]
    assert variables(application, "django", "psycopg")["DATABASE_URL"].startswith(
        "postgresql://app:"
    )


def test_the_settings_decide_alone() -> None:
    assert kinds(Application(), "psycopg", settings=Settings(services=("redis", "mail"))) == [
        "redis",
        "mailpit",
    ]
    assert kinds(Application(), "psycopg", settings=Settings(services=("none",))) == []
    with pytest.raises(UsageError, match="unknown service oracle"):
        kinds(Application(), settings=Settings(services=("oracle",)))


LOCAL = "${POSTGRES_PASSWORD:-only-for-this-machine}"


@pytest.mark.parametrize(
    ("driver", "called", "imported", "scheme"),
    [
        pytest.param("psycopg", "sqlalchemy.create_engine", ("sqlalchemy",), "postgresql+psycopg", id="SQLAlchemy, psycopg 3"),
        pytest.param("psycopg2", "sqlalchemy.create_engine", ("sqlalchemy",), "postgresql+psycopg2", id="SQLAlchemy, psycopg2"),
        pytest.param("psycopg2-binary", "", ("flask_sqlalchemy",), "postgresql+psycopg2", id="Flask-SQLAlchemy"),
        pytest.param("asyncpg", "sqlalchemy.ext.asyncio.create_async_engine", ("sqlalchemy",), "postgresql+asyncpg", id="asyncpg"),
        pytest.param("psycopg", "psycopg.connect", ("psycopg",), "postgresql", id="psycopg itself"),
        pytest.param("psycopg", "psycopg.connect", ("psycopg", "sqlalchemy"), "postgresql", id="psycopg beside SQLAlchemy"),
        pytest.param("asyncpg", "asyncpg.connect", ("asyncpg",), "postgresql", id="asyncpg itself"),
        pytest.param("asyncpg", "tortoise.Tortoise.init", ("tortoise",), "asyncpg", id="Tortoise"),
    ],
)  # fmt: skip
def test_the_url_has_the_scheme_that_its_reader_and_its_driver_understand(
    driver: str, called: str, imported: tuple[str, ...], scheme: str
) -> None:
    application = Application(
        service_hints=(hint("database", "DATABASE_URL", called=called),), imported=imported
    )

    assert (
        variables(application, driver)["DATABASE_URL"]
        == f"{scheme}://app:{LOCAL}@postgres:5432/app"
    )


def test_of_two_drivers_an_asynchronous_engine_gets_its_own() -> None:
    application = Application(
        imported=("sqlalchemy",),
        service_hints=(
            hint(
                "postgres",
                "ASYNC_DATABASE_URL",
                called="sqlalchemy.ext.asyncio.create_async_engine",
            ),
            hint("postgres", "DATABASE_URL", called="sqlalchemy.create_engine"),
        ),
    )

    found = variables(application, "psycopg2", "asyncpg", "sqlalchemy")

    assert found["ASYNC_DATABASE_URL"].startswith("postgresql+asyncpg://")
    assert found["DATABASE_URL"].startswith("postgresql+psycopg2://")


def test_the_scheme_of_the_code_is_kept_where_its_driver_is_installed() -> None:
    application = Application(service_hints=(hint("mysql", "DB_URL", scheme="mysql+aiomysql"),))

    assert variables(application, "aiomysql")["DB_URL"].startswith(
        "mysql+aiomysql://app:${MYSQL_PASSWORD:-only-for-this-machine}@mysql:3306/"
    )


def test_parts_of_a_connection_are_set_one_by_one() -> None:
    parts = (
        ("host", "DB_HOST"),
        ("name", "DB_NAME"),
        ("password", "DB_PASS"),
        ("port", "DB_PORT"),
        ("user", "DB_USER"),
    )

    assert variables(Application(service_hints=(hint("postgres", parts=parts),)), "psycopg") == {
        "DB_HOST": "postgres",
        "DB_NAME": "app",
        "DB_PASS": "${DB_PASS:-only-for-this-machine}",
        "DB_PORT": "5432",
        "DB_USER": "app",
    }


def test_redis_is_reached_by_every_variable_that_the_code_reads() -> None:
    application = Application(
        service_hints=(
            hint("redis", "REDIS_URL", scheme="redis"),
            hint("broker", "CELERY_BROKER_URL"),
            hint(
                "redis",
                parts=(
                    ("host", "REDIS_HOST"),
                    ("password", "REDIS_PASSWORD"),
                    ("port", "REDIS_PORT"),
                ),
            ),
        )
    )

    assert variables(application, "redis", "celery") == {
        "CELERY_BROKER_URL": "redis://redis:6379/0",
        "REDIS_HOST": "redis",
        "REDIS_PORT": "6379",
        "REDIS_URL": "redis://redis:6379/0",
    }


def test_a_broker_is_rabbitmq_rather_than_the_cache() -> None:
    application = Application(
        service_hints=(hint("rabbitmq", "AMQP_URL"), hint("broker", "BROKER_URL"))
    )

    assert variables(application, "celery", "redis")["BROKER_URL"].startswith("amqp://app:")


def test_other_services_have_addresses_of_their_own_kind() -> None:
    application = Application(
        service_hints=(
            hint("kafka", "KAFKA_BOOTSTRAP_SERVERS"),
            hint("memcached", "MEMCACHED_SERVERS"),
            hint("minio", "S3_ENDPOINT_URL"),
            hint("mail", parts=(("host", "EMAIL_HOST"), ("port", "EMAIL_PORT"))),
            hint("mongodb", "MONGO_URL"),
        ),
        variables=(
            reads("AWS_ACCESS_KEY_ID"),
            reads("AWS_SECRET_ACCESS_KEY"),
            reads("EMAIL_USE_TLS"),
        ),
    )

    assert variables(application, "aiokafka", "pymemcache", "boto3", "django", "pymongo") == {
        "AWS_ACCESS_KEY_ID": "app",
        "AWS_SECRET_ACCESS_KEY": "${MINIO_PASSWORD:-only-for-this-machine}",
        "EMAIL_HOST": "mailpit",
        "EMAIL_PORT": "1025",
        "EMAIL_USE_TLS": "0",
        "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
        "MEMCACHED_SERVERS": "memcached:11211",
        "MONGO_URL": "mongodb://app:${MONGO_PASSWORD:-only-for-this-machine}@mongodb:27017/app?authSource=admin",
        "S3_ENDPOINT_URL": "http://minio:9000",
    }


def test_a_service_that_no_variable_reaches_is_said() -> None:
    services, notices = choose_services(request(Application(), "redis"))

    assert [service.kind for service in services] == ["redis"]
    assert [(notice.code, notice.remedy) for notice in notices] == [
        ("service-not-reachable", "read REDIS_URL from the environment, or use the host name redis")
    ]


def test_an_endpoint_that_may_stay_empty_means_amazon() -> None:
    optional = Application(
        service_hints=(hint("minio", "S3_ENDPOINT"),), variables=(reads("S3_ENDPOINT"),)
    )
    local = Application(
        service_hints=(hint("minio", "S3_ENDPOINT"),),
        variables=(reads("S3_ENDPOINT", default="http://localhost:9000"),),
    )

    assert kinds(optional, "boto3") == []
    assert kinds(local, "boto3") == ["minio"]


def test_the_database_of_the_tests_is_left_alone() -> None:
    application = Application(
        service_hints=(hint("postgres", "DATABASE_URL"), hint("database", "TEST_DATABASE_URL"))
    )

    assert set(variables(application, "psycopg")) == {"DATABASE_URL"}


def test_a_worker_of_another_kind_does_not_need_celerys_broker() -> None:
    worker = found("worker", ("python", "worker.py"), ProcessKind.WORKER)

    assert kinds(Application(processes=(worker,)), "celery") == []


@pytest.mark.parametrize(("asked", "value"), [("", "0"), ("truth", ""), ("presence", None)])
def test_no_is_said_as_the_code_understands_it(asked: str, value: str | None) -> None:
    application = Application(
        service_hints=(hint("mail", parts=(("host", "MAIL_SERVER"),)),),
        variables=(reads("MAIL_USE_TLS", asked=asked),),
    )
    assert variables(application, "flask-mail").get("MAIL_USE_TLS") == value


ROWS = tuple(service_rows().values())
PLACEHOLDERS = {"scheme", "user", "password", "host", "port", "database", "name"}


def each(row: ServiceRow) -> str:
    return row.kind


def test_every_service_that_was_promised_is_there() -> None:
    promised = {"postgres", "postgis", "mysql", "mariadb", "mongodb", "redis", "valkey", "rabbitmq", "kafka", "elasticsearch", "opensearch", "memcached", "minio", "mailpit"}  # fmt: skip

    assert promised <= set(service_rows())


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_a_name_is_valid_as_host_and_in_yaml(row: ServiceRow) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", row.kind)


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_the_image_is_pinned_to_a_version(row: ServiceRow) -> None:
    tag = row.image.rpartition(":")[2]

    assert re.search(r"\d", tag)
    assert "latest" not in row.image


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_urls_hold_known_placeholders_only(row: ServiceRow) -> None:
    texts = (row.url, row.user, *(value for _, value in (*row.environment, *row.also)))
    used = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}

    assert used <= PLACEHOLDERS
    assert not ("password" in used and not row.password)


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_a_password_is_never_a_literal(row: ServiceRow) -> None:
    named = [(name, value) for name, value in row.environment if "PASS" in name]

    assert all(value == "{password}" or "RANDOM" in name for name, value in named)


@pytest.mark.parametrize("row", [row for row in ROWS if row.instead_of], ids=each)
def test_a_stand_in_comes_after_and_speaks_like_what_it_replaces(row: ServiceRow) -> None:
    replaced = service_rows()[row.instead_of]

    assert (row.port, row.group) == (replaced.port, replaced.group)
    assert list(service_rows()).index(row.kind) > list(service_rows()).index(replaced.kind)


@pytest.mark.parametrize("row", ROWS, ids=each)
def test_what_keeps_data_has_a_volume(row: ServiceRow) -> None:
    assert bool(row.volume) == (row.kind not in {"memcached", "mailpit"})


def test_postgresql_18_keeps_its_data_above_the_folder_of_the_version() -> None:
    assert {service_rows()[kind].volume for kind in ("postgres", "postgis", "pgvector")} == {
        "/var/lib/postgresql"
    }


def test_a_driver_that_the_code_gives_no_address_starts_nothing_and_that_is_said() -> None:
    application = Application(imported=("flask", "redis"))
    services, notices = choose_services(request(application, "redis"))
    assert services == ()
    assert [one.code for one in notices] == ["service-not-started"]


def test_the_version_is_the_one_that_the_project_itself_starts() -> None:
    def image(spelled: str, *, tests: bool = False) -> tuple[str, str]:
        deployed = DeployedService(kind="postgres", origin=HERE, image=spelled, tests=tests)
        application = Application(
            service_hints=(hint("postgres", "DATABASE_URL"),), deployed_services=(deployed,)
        )
        (service,) = choose_services(request(application, "psycopg"))[0]
        return service.image, service.volume

    assert image("postgres:18-alpine") == ("postgres:18-alpine", "/var/lib/postgresql")
    # Before 18 the data lay one folder deeper.
    assert image("postgres:16") == ("postgres:16", "/var/lib/postgresql/data")
    assert image("postgres:15", tests=True)[0] == "postgres:15"
    assert image("timescale/timescaledb:2")[0].startswith("postgres:")


def test_of_two_databases_the_one_that_the_project_starts_is_kept() -> None:
    deployed = DeployedService(kind="mariadb", origin=HERE, image="mariadb:11")
    application = Application(
        service_hints=(hint("database", "DATABASE_URL"),), deployed_services=(deployed,)
    )
    assert kinds(application, "psycopg", "pymysql") == ["mariadb"]
