"""Calls and settings through which an application reaches a backing service."""

from dockwright.model.record import row


@row
class Sink:
    """What a call or setting reaches: `service` ("database" and "broker" wait for a scheme), position and names of the address."""

    service: str
    position: int | None = 0
    names: tuple[str, ...] = ()


_URL = ("url", "name_or_url", "dsn", "conninfo", "uri", "db_url")
_PARTS = (
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "database",
    "db",
    "hostname",
    "username",
    "passwd",
)

_DATABASE = Sink("database", 0, (*_URL, *_PARTS))
_POSTGRES = Sink("postgres", 0, (*_URL, *_PARTS))
_MYSQL = Sink("mysql", 0, (*_URL, *_PARTS))
_REDIS = Sink("redis", 0, (*_URL, *_PARTS))
_MONGO = Sink("mongodb", 0, ("host", "uri", "port", "username", "password", "db"))
_RABBIT = Sink("rabbitmq", 0, (*_URL, *_PARTS))
_KAFKA = Sink("kafka", None, ("bootstrap_servers",))
_ELASTIC = Sink("elasticsearch", 0, ("hosts", "url"))
_MEMCACHED = Sink("memcached", 0, ("server", "servers"))
_MAIL = Sink(
    "mail",
    0,
    (
        "host",
        "port",
        "hostname",
        "user",
        "username",
        "password",
        "MAIL_SERVER",
        "MAIL_PORT",
        "MAIL_USERNAME",
    ),
)

CALLS: dict[str, Sink] = {
    **dict.fromkeys(
        ("sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlalchemy.ext.asyncio.create_async_engine",
         "sqlmodel.create_engine", "sqlalchemy.ext.asyncio.engine.create_async_engine", "databases.Database", "playhouse.db_url.connect"),
        _DATABASE,
    ),
    **dict.fromkeys(("tortoise.Tortoise.init", "tortoise.contrib.fastapi.register_tortoise", "tortoise.contrib.fastapi.RegisterTortoise"),
                    Sink("database", None, ("db_url", "config"))),
    **dict.fromkeys(
        ("psycopg2.connect", "psycopg.connect", "psycopg.AsyncConnection.connect", "psycopg.Connection.connect", "asyncpg.connect",
         "asyncpg.create_pool", "psycopg_pool.ConnectionPool", "psycopg_pool.AsyncConnectionPool", "peewee.PostgresqlDatabase"),
        _POSTGRES,
    ),
    **dict.fromkeys(("psycopg2.pool.SimpleConnectionPool", "psycopg2.pool.ThreadedConnectionPool"), Sink("postgres", 2, (*_URL, *_PARTS))),
    **dict.fromkeys(
        ("MySQLdb.connect", "pymysql.connect", "mysql.connector.connect", "aiomysql.create_pool", "aiomysql.connect", "asyncmy.connect",
         "asyncmy.create_pool", "peewee.MySQLDatabase"),
        _MYSQL,
    ),
    "mariadb.connect": Sink("mariadb", 0, _PARTS),
    **dict.fromkeys(
        ("redis.from_url", "redis.Redis.from_url", "redis.StrictRedis.from_url", "redis.Redis", "redis.StrictRedis",
         "redis.asyncio.from_url", "redis.asyncio.Redis.from_url", "redis.asyncio.Redis", "redis.ConnectionPool", "redis.BlockingConnectionPool",
         "redis.ConnectionPool.from_url", "redis.asyncio.ConnectionPool.from_url", "redis.client.Redis", "aioredis.from_url",
         "aioredis.create_redis_pool", "aioredis.create_pool", "valkey.Valkey", "valkey.from_url", "valkey.Valkey.from_url", "arq.connections.RedisSettings",
         "arq.connections.RedisSettings.from_dsn", "huey.RedisHuey", "huey.PriorityRedisHuey", "dramatiq.brokers.redis.RedisBroker",
         "taskiq_redis.ListQueueBroker", "taskiq_redis.PubSubBroker", "taskiq_redis.RedisStreamBroker", "faststream.redis.RedisBroker",
         "flask_redis.FlaskRedis", "fakeredis.FakeRedis.from_url"),
        _REDIS,
    ),
    **dict.fromkeys(
        ("pymongo.MongoClient", "pymongo.mongo_client.MongoClient", "pymongo.AsyncMongoClient", "motor.motor_asyncio.AsyncIOMotorClient",
         "motor.motor_tornado.MotorClient", "mongoengine.connect", "mongoengine.connection.connect"),
        _MONGO,
    ),
    **dict.fromkeys(
        ("pika.URLParameters", "pika.ConnectionParameters", "aio_pika.connect_robust", "aio_pika.connect", "faststream.rabbit.RabbitBroker",
         "dramatiq.brokers.rabbitmq.RabbitmqBroker", "taskiq_aio_pika.AioPikaBroker", "aiormq.connect"),
        _RABBIT,
    ),
    "kombu.Connection": Sink("broker", 0, ("hostname",)),
    **dict.fromkeys(("celery.Celery", "celery.app.base.Celery"), Sink("broker", None, ("broker", "broker_url", "backend", "result_backend"))),
    **dict.fromkeys(
        ("kafka.KafkaProducer", "kafka.KafkaConsumer", "kafka.KafkaAdminClient", "aiokafka.AIOKafkaProducer", "aiokafka.AIOKafkaConsumer"),
        _KAFKA,
    ),
    **dict.fromkeys(
        ("confluent_kafka.Producer", "confluent_kafka.Consumer", "confluent_kafka.admin.AdminClient", "faststream.kafka.KafkaBroker",
         "quixstreams.Application"),
        Sink("kafka", 0, ("bootstrap_servers", "broker_address")),
    ),
    **dict.fromkeys(("elasticsearch.Elasticsearch", "elasticsearch.AsyncElasticsearch", "elasticsearch_dsl.connections.create_connection",
                     "elasticsearch_dsl.connections.connections.create_connection"), _ELASTIC),
    **dict.fromkeys(("opensearchpy.OpenSearch", "opensearchpy.AsyncOpenSearch"), Sink("opensearch", 0, ("hosts",))),
    **dict.fromkeys(
        ("pymemcache.Client", "pymemcache.client.base.Client", "pymemcache.client.Client", "pylibmc.Client", "memcache.Client", "bmemcached.Client",
         "aiomcache.Client", "pymemcache.HashClient"),
        _MEMCACHED,
    ),
    "minio.Minio": Sink("minio", 0, ("endpoint", "access_key", "secret_key")),
    **dict.fromkeys(("smtplib.SMTP", "smtplib.SMTP_SSL", "aiosmtplib.SMTP", "aiosmtplib.send", "fastapi_mail.ConnectionConfig"), _MAIL),
}  # fmt: skip
"""Dotted name of a call -> what it reaches."""

SETTINGS: dict[str, str] = {
    "SQLALCHEMY_DATABASE_URI": "database", "SQLALCHEMY_DATABASE_URL": "database", "CELERY_BROKER_URL": "broker", "BROKER_URL": "broker",
    "broker_url": "broker", "CELERY_RESULT_BACKEND": "broker", "result_backend": "broker", "CELERY_BROKER": "broker",
    "CHANNEL_LAYERS": "cache", "CACHES": "cache", "CACHE_REDIS_URL": "redis", "CACHE_REDIS_HOST": "redis", "RQ_QUEUES": "redis", "RQ_REDIS_URL": "redis",
    "SESSION_REDIS": "redis", "RATELIMIT_STORAGE_URL": "cache", "RATELIMIT_STORAGE_URI": "cache", "Q_CLUSTER": "broker", "HUEY": "broker", "DRAMATIQ_BROKER": "broker",
    "MONGO_URI": "mongodb", "MONGODB_SETTINGS": "mongodb", "MONGODB_HOST": "mongodb", "ELASTICSEARCH_URL": "elasticsearch", "ELASTICSEARCH_DSL": "elasticsearch",
    "ELASTICSEARCH_HOST": "elasticsearch", "HAYSTACK_CONNECTIONS": "search", "WAGTAILSEARCH_BACKENDS": "search", "OPENSEARCH_DSL": "opensearch",
    "EMAIL_HOST": "mail", "MAIL_SERVER": "mail", "AWS_S3_ENDPOINT_URL": "minio", "TORTOISE_ORM": "database",
}  # fmt: skip
"""Name of a setting -> what it reaches; "cache", "broker", "search" and "database" wait for a scheme or a class."""

SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "pgsql": "postgres", "postgis": "postgis", "asyncpg": "postgres", "psql": "postgres",
    "cockroachdb": "postgres", "timescale": "postgres", "mysql": "mysql", "mysql2": "mysql", "aiomysql": "mysql", "mariadb": "mariadb", "mongodb": "mongodb",
    "redis": "redis", "rediss": "redis", "rediscache": "redis", "valkey": "redis", "unix": "", "amqp": "rabbitmq", "amqps": "rabbitmq", "pyamqp": "rabbitmq",
    "kafka": "kafka", "memcached": "memcached", "memcache": "memcached", "pymemcache": "memcached", "elasticsearch": "elasticsearch", "sqlite": "sqlite",
    "smtp": "mail", "smtps": "mail", "s3": "minio",
}  # fmt: skip
"""Scheme of a URL, without driver -> service; "" where it is none."""

CLASSES = (
    ("redis", "redis"), ("valkey", "redis"), ("memcache", "memcached"), ("pylibmc", "memcached"), ("opensearch", "opensearch"),
    ("elasticsearch", "elasticsearch"), ("postgis", "postgis"), ("postgres", "postgres"), ("psycopg", "postgres"), ("asyncpg", "postgres"),
    ("psqlextra", "postgres"), ("spatialite", "sqlite"), ("sqlite", "sqlite"), ("mariadb", "mariadb"), ("mysql", "mysql"), ("mongo", "mongodb"), ("rabbit", "rabbitmq"),
    ("amqp", "rabbitmq"),
)  # fmt: skip
"""Part of a backend's dotted name -> service, the first that fits."""


def service_of_scheme(scheme: str) -> str:
    """Return the service that a URL scheme reaches, "" if none."""
    return SCHEMES.get(scheme.partition("+")[0].lower(), "")


def service_of_class(dotted: str) -> str:
    """Return the service behind the dotted name of a backend, "" if none."""
    # Django's cache in the process's own memory is called LocMemCache.
    lowered = dotted.lower().replace("locmemcache", "")
    return next((service for part, service in CLASSES if part in lowered), "")


FIXED_FILE = "file"
"""The service of a hint that leads to no service: SQLite's file, which the code names itself and no variable does."""
