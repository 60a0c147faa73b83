"""Backing services that the code talks to, and the variables that reach them."""

import pytest
from support.applications import Finder, hint

OS = "import os\n"


@pytest.mark.parametrize(
    ("source", "service", "variable", "scheme"),
    [
        pytest.param("import redis\nr = redis.from_url(os.environ['REDIS_URL'])", "redis", "REDIS_URL", "", id="redis"),
        pytest.param("from redis import Redis\nr = Redis.from_url(os.getenv('CACHE', 'redis://localhost'))", "redis", "CACHE", "redis", id="redis under an odd name"),
        pytest.param("URL = 'redis://:x@h:6379/0'\nclass C:\n    def conn(self):\n        return os.getenv('DB_CONN', URL)", "redis", "DB_CONN", "redis", id="a default that is a URL elsewhere"),
        pytest.param("from redis.asyncio import Redis\nr = Redis.from_url(os.environ['REDIS_DSN'])", "redis", "REDIS_DSN", "", id="redis asyncio"),
        pytest.param("import redis\nr = redis.Redis()", "redis", "", "", id="redis at localhost"),
        pytest.param("from pymongo import MongoClient\nc = MongoClient(os.environ['MONGODB_URI'])", "mongodb", "MONGODB_URI", "", id="mongo"),
        pytest.param("from motor.motor_asyncio import AsyncIOMotorClient\nc = AsyncIOMotorClient(os.getenv('MONGO_URL', 'mongodb://localhost'))", "mongodb", "MONGO_URL", "mongodb", id="motor"),
        pytest.param("from sqlalchemy import create_engine\ne = create_engine(os.environ['DATABASE_URL'])", "database", "DATABASE_URL", "", id="sqlalchemy"),
        pytest.param("from sqlalchemy import create_engine\ne = create_engine(os.getenv('DATABASE_URL', 'postgresql+psycopg://localhost/x'))", "postgres", "DATABASE_URL", "postgresql+psycopg", id="sqlalchemy with a scheme"),
        pytest.param("from sqlalchemy.ext.asyncio import create_async_engine\nurl = os.environ['DB_URL'].replace('postgres://', 'postgresql+asyncpg://')\ne = create_async_engine(url)", "postgres", "DB_URL", "postgres", id="scheme replaced"),
        pytest.param("from sqlmodel import create_engine\ne = create_engine('mysql+pymysql://u@h/x')", "mysql", "", "mysql+pymysql", id="literal"),
        pytest.param("import psycopg\nc = psycopg.connect(os.environ['DATABASE_URL'])", "postgres", "DATABASE_URL", "", id="psycopg"),
        pytest.param("import asyncpg\nasync def f():\n    return await asyncpg.create_pool(dsn=os.environ['PG_DSN'])", "postgres", "PG_DSN", "", id="asyncpg"),
        pytest.param("from celery import Celery\napp = Celery('x', broker=os.environ['BROKER_URL'])", "broker", "BROKER_URL", "", id="celery"),
        pytest.param("from celery import Celery\napp = Celery('x', broker='amqp://localhost')", "rabbitmq", "", "amqp", id="celery with a scheme"),
        pytest.param("import pika\nc = pika.BlockingConnection(pika.URLParameters(os.environ['AMQP_URL']))", "rabbitmq", "AMQP_URL", "", id="pika"),
        pytest.param("from kafka import KafkaProducer\np = KafkaProducer(bootstrap_servers=os.environ['KAFKA_BROKERS'])", "kafka", "KAFKA_BROKERS", "", id="kafka"),
        pytest.param("from confluent_kafka import Producer\np = Producer({'bootstrap.servers': os.environ['KAFKA_SERVERS']})", "kafka", "KAFKA_SERVERS", "", id="confluent kafka"),
        pytest.param("from elasticsearch import Elasticsearch\ne = Elasticsearch(os.environ['ELASTICSEARCH_URL'])", "elasticsearch", "ELASTICSEARCH_URL", "", id="elasticsearch"),
        pytest.param("from opensearchpy import OpenSearch\ne = OpenSearch(hosts=[os.environ['OPENSEARCH_URL']])", "opensearch", "OPENSEARCH_URL", "", id="opensearch"),
        pytest.param("from pymemcache.client.base import Client\nc = Client('localhost:11211')", "memcached", "", "", id="memcached"),
        pytest.param("import boto3\ns = boto3.client('s3', endpoint_url=os.environ['S3_ENDPOINT_URL'])", "minio", "S3_ENDPOINT_URL", "", id="object store with an address"),
        pytest.param("from minio import Minio\nm = Minio(os.environ['MINIO_ENDPOINT'])", "minio", "", "", id="minio"),
        pytest.param("import smtplib\ns = smtplib.SMTP('localhost', 25)", "mail", "", "", id="mail"),
        pytest.param("from flask import Flask\napp = Flask('a')\napp.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']", "database", "DATABASE_URL", "", id="setting of Flask"),
        pytest.param("class Config:\n    SQLALCHEMY_DATABASE_URI = os.environ.get('DATABASE_URL') or 'mysql://localhost/x'", "mysql", "DATABASE_URL", "mysql", id="setting of a class"),
        pytest.param("app.config.update(MONGO_URI=os.environ['MONGO_URI'])", "mongodb", "MONGO_URI", "", id="setting by keyword"),
        pytest.param("CELERY_BROKER_URL = os.environ.get('CELERY_BROKER_URL', 'redis://localhost:6379/0')", "redis", "CELERY_BROKER_URL", "redis", id="setting of a module"),
        pytest.param("CACHES = {'default': {'BACKEND': 'django.core.cache.backends.redis.RedisCache', 'LOCATION': os.environ['REDIS_URL']}}", "redis", "REDIS_URL", "", id="Django's cache"),
        pytest.param("CACHES = {'default': {'BACKEND': 'django.core.cache.backends.memcached.PyMemcacheCache', 'LOCATION': 'h:11211'}}", "memcached", "", "", id="Django's memcached"),
        pytest.param("x = os.environ.get('RABBITMQ_URL')", "rabbitmq", "RABBITMQ_URL", "", id="only a variable's name"),
        pytest.param("x = os.environ['DATABASE_URL']", "database", "DATABASE_URL", "", id="only DATABASE_URL"),
        pytest.param("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    redis_url: str = 'redis://r'\nsettings = S()\nimport redis\nr = redis.from_url(settings.redis_url)", "redis", "REDIS_URL", "redis", id="through settings"),
        pytest.param("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    redis_url: str\nimport redis\ndef get():\n    return S()\nr = redis.from_url(get().redis_url)", "redis", "REDIS_URL", "", id="through a function"),
    ],
)  # fmt: skip
def test_service_and_variable(
    find: Finder, source: str, service: str, variable: str, scheme: str
) -> None:
    one = hint(find({"main.py": OS + source}), service)
    assert (one.variable, one.scheme, one.origin.path) == (variable, scheme, "main.py")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}", id="cache in memory"),
        pytest.param("import boto3\ns = boto3.client('s3')", id="Amazon's own S3"),
        pytest.param("from celery import Celery\napp = Celery('x')", id="Celery without a broker"),
        pytest.param("from sqlalchemy import create_engine\ne = create_engine('sqlite:///x.db')", id="SQLite"),
        pytest.param("import redis  # redis.Redis()", id="only imported"),
        pytest.param("x = os.environ.get('AUTHBROKER_URL')", id="a name that ends alike"),
        pytest.param("x = os.environ.get('ELASTIC_APM_SERVER_URL')", id="monitoring"),
        pytest.param("x = os.environ.get('DB_POOL_SIZE')", id="no address"),
        pytest.param("SQLALCHEMY_DATABASE_URI = os.environ.get('TEST_DATABASE_DEBUG')", id="for tests"),
    ],
)  # fmt: skip
def test_no_service(find: Finder, source: str) -> None:
    assert find({"main.py": OS + source}).service_hints == ()


def test_parts_of_an_address(find: Finder) -> None:
    source = """\
        import os
        from sqlalchemy import create_engine
        host, port = os.environ["POSTGRES_SERVER"], os.environ.get("POSTGRES_PORT", "5432")
        url = f"postgresql://{os.environ['POSTGRES_USER']}:{os.environ['POSTGRES_PASSWORD']}@{host}:{port}/{os.environ['POSTGRES_DB']}"
        engine = create_engine(url)
        """
    one = hint(find({"main.py": source}), "postgres")
    assert dict(one.parts) == {
        "host": "POSTGRES_SERVER",
        "name": "POSTGRES_DB",
        "password": "POSTGRES_PASSWORD",
        "port": "POSTGRES_PORT",
        "user": "POSTGRES_USER",
    }
    assert one.scheme == "postgresql"


def test_parts_of_a_property_of_the_settings(find: Finder) -> None:
    source = """\
        from pydantic import PostgresDsn
        from pydantic_settings import BaseSettings
        from sqlmodel import create_engine
        class Settings(BaseSettings):
            DB_HOST: str
            DB_USER: str
            @property
            def url(self):
                return PostgresDsn.build(scheme="postgresql+psycopg", host=self.DB_HOST, username=self.DB_USER)
        settings = Settings()
        engine = create_engine(str(settings.url))
        """
    found = find({"main.py": source})
    assert dict(hint(found, "database").parts) == {"host": "DB_HOST", "user": "DB_USER"}


def test_two_addresses_of_one_service_stand_in_the_order_of_the_files(find: Finder) -> None:
    main = OS + 'import tasks\na, b = os.environ["REDIS_URL"], os.environ["CACHE_REDIS_URL"]\n'
    found = find({"main.py": main, "tasks.py": OS + 'c = os.environ["BROKER_REDIS_URL"]\n'})
    places = [
        (one.origin.path, one.origin.line) for one in found.service_hints if one.service == "redis"
    ]
    assert len(places) == 3
    assert places == sorted(places)


def test_the_plain_names_belong_to_the_plain_host(find: Finder) -> None:
    fields = "host: str = 'db'", "user: str = 'a'", "pwd: str = 'b'", "database: str = 'c'"
    body = [f"postgres_{field}" for field in fields] + [
        f"postgres_read_{field.split(':')[0]}: str = ''" for field in fields
    ]
    source = (
        "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    "
        + "\n    ".join(body)
    )
    one = hint(find({"main.py": source}), "postgres")
    assert dict(one.parts) == {
        "host": "POSTGRES_HOST", "name": "POSTGRES_DATABASE", "password": "POSTGRES_PWD", "user": "POSTGRES_USER",
    }  # fmt: skip


def test_every_host_that_is_this_machine_gets_the_service(find: Finder) -> None:
    names = ("CACHE_HOST", "CACHE_PORT", "QUEUE_HOST", "QUEUE_PORT", "SENTINEL_HOST")
    default = {"CACHE_HOST": "localhost", "QUEUE_HOST": "localhost"}
    lines = [f"{name} = os.getenv('REDIS_{name}', {default.get(name, '')!r})" for name in names]
    found = find({"main.py": OS + "\n".join(lines)}).service_hints
    assert [dict(one.parts) for one in found if one.service == "redis"] == [
        {"host": "REDIS_CACHE_HOST", "port": "REDIS_CACHE_PORT"},
        {"host": "REDIS_QUEUE_HOST", "port": "REDIS_QUEUE_PORT"},
    ]


def test_parts_by_name(find: Finder) -> None:
    one = hint(
        find(
            {
                "main.py": OS
                + "a = os.environ['MYSQL_HOST']\nb = os.environ['MYSQL_USER']\nc = os.environ['MYSQL_DATABASE']"
            }
        ),
        "mysql",
    )
    assert dict(one.parts) == {"host": "MYSQL_HOST", "name": "MYSQL_DATABASE", "user": "MYSQL_USER"}


def test_a_variable_is_told_once(find: Finder) -> None:
    found = find(
        {
            "main.py": OS
            + "import redis\na = redis.from_url(os.environ['REDIS_URL'])\nb = redis.from_url(os.environ['REDIS_URL'])"
        }
    )
    assert [(one.service, one.variable) for one in found.service_hints] == [("redis", "REDIS_URL")]


def test_because_names_the_call(find: Finder) -> None:
    one = hint(
        find({"main.py": OS + "import redis\na = redis.from_url(os.environ['REDIS_URL'])"}), "redis"
    )
    assert one.because == "the code calls redis.from_url"
    assert str(one.origin) == "main.py:3"


def test_the_port_beside_a_host_is_found(find: Finder) -> None:
    source = (
        OS
        + "MAIL_SERVER = os.environ.get('MAIL_SERVER')\nMAIL_PORT = int(os.environ.get('MAIL_PORT') or 25)"
    )
    hints = find({"config.py": source}).service_hints
    assert [one.parts for one in hints] == [(("host", "MAIL_SERVER"), ("port", "MAIL_PORT"))]


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("from flask import Flask\napp = Flask('a')\napp.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///shop.db'", "instance/shop.db"),
        ("from sqlalchemy import create_engine\ne = create_engine('sqlite:///' + os.path.join(BASE, 'shop.db'))", "shop.db"),
        ("from sqlalchemy import create_engine\ne = create_engine('sqlite:////srv/shop.db')", ""),
        ("from sqlalchemy.ext.asyncio import create_async_engine\ne = create_async_engine('sqlite+aiosqlite:///./data/x.db')", "data/x.db"),
    ],
)  # fmt: skip
def test_a_file_that_the_code_names_itself_is_no_service_and_its_place_is_kept(
    find: Finder, source: str, file: str
) -> None:
    found = find({"main.py": OS + source})
    assert [(one.value, one.origin.path) for one in found.fixed_databases] == [(file, "main.py")]
    assert found.service_hints == ()


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import create_engine\ne = create_engine('sqlite://')",
        "from sqlalchemy import create_engine\ne = create_engine('sqlite:///:memory:')",
        "SQLALCHEMY_DATABASE_URI = os.environ.get('DATABASE_URL', 'sqlite:///shop.db')",
        "SQLALCHEMY_DATABASE_URI = 'sqlite:///' + os.environ['FOLDER'] + '/shop.db'",
        "SQLALCHEMY_DATABASE_URI = 'postgresql://h/x'",
    ],
)
def test_what_is_in_memory_or_follows_a_variable_is_no_fixed_file(
    find: Finder, source: str
) -> None:
    assert find({"main.py": OS + source}).fixed_databases == ()
