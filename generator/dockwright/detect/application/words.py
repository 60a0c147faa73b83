"""Words without which a thing cannot stand in a file: a cheap necessary condition, never the decision."""

from collections.abc import Iterable, Mapping

from dockwright.detect.application.makers import MAKERS, WRAPPERS
from dockwright.detect.application.sinks import CALLS, SETTINGS

Pairs = Mapping[bytes, frozenset[bytes]]


def _pairs(names: Iterable[str]) -> Pairs:
    found: dict[bytes, set[bytes]] = {}
    for name in names:
        found.setdefault(name.partition(".")[0].encode(), set()).add(
            name.rpartition(".")[2].encode()
        )
    return {top: frozenset(lasts) for top, lasts in found.items()}


MAKER_PAIRS = _pairs((*MAKERS, *WRAPPERS))
"""Package -> names that make an application: a file that makes one holds both words."""

BARE_WORDS = frozenset({b"start_response"})
"""A bare WSGI callable."""

FILE_WORDS = frozenset({b"streamlit", b"chainlit", b"functions_framework"})
"""Frameworks that are started with a file."""

ENVIRONMENT_WORDS = frozenset({
    b"environ", b"getenv", b"environs", b"decouple", b"BaseSettings", b"dj_database_url", b"prettyconf", b"get_env", b"env",
})  # fmt: skip
"""The environment is read."""

SERVICE_PAIRS: Pairs = {**_pairs(CALLS), b"boto3": frozenset({b"client", b"resource"})}
"""Package -> calls that reach a backing service."""

SETTING_WORDS = frozenset(name.encode() for name in SETTINGS)
"""Settings that reach one."""

CELERY_PAIRS: Pairs = {b"celery": frozenset({b"Celery"})}
"""A Celery application is made, or descended from."""

CELERY_BEAT_WORDS = frozenset(
    {
        b"beat_schedule", b"CELERY_BEAT_SCHEDULE", b"CELERYBEAT_SCHEDULE", b"add_periodic_task", b"django_celery_beat", b"beat_scheduler",
        b"CELERY_BEAT_SCHEDULER",
    }
)  # fmt: skip
"""Celery has something to do at certain times."""

QUEUE_PAIRS: Pairs = {
    b"huey": frozenset(
        {
            b"RedisHuey",
            b"PriorityRedisHuey",
            b"SqliteHuey",
            b"FileHuey",
            b"MemoryHuey",
            b"RedisExpireHuey",
            b"Huey",
        }
    ),
    b"taskiq_redis": frozenset(
        {b"ListQueueBroker", b"PubSubBroker", b"RedisStreamBroker", b"ListQueueClusterBroker"}
    ),
    b"taskiq_aio_pika": frozenset({b"AioPikaBroker"}),
    b"taskiq_nats": frozenset({b"NatsBroker"}),
    b"taskiq": frozenset({b"ZeroMQBroker"}),
    b"faust": frozenset({b"App"}),
    b"rq": frozenset({b"Queue"}),
}
"""Package -> names that make a task queue."""

HEALTH_WORDS = frozenset({
    b"health", b"healthz", b"livez", b"readyz", b"healthcheck", b"health_check", b"liveness", b"readiness", b"heartbeat", b"ping",
})  # fmt: skip
"""A path may say whether the application is alive."""

ROUTING_WORDS = frozenset({b"include_router", b"register_blueprint"})
"""Routers are put together."""

QUEUE_WORDS = frozenset({*QUEUE_PAIRS, b"dramatiq"})
"""Any of the task queues besides Celery."""


def _all(*tables: Pairs) -> frozenset[bytes]:
    return frozenset(
        word for table in tables for top, names in table.items() for word in (top, *names)
    )


INTERESTING = (
    _all(MAKER_PAIRS, SERVICE_PAIRS, CELERY_PAIRS, QUEUE_PAIRS)
    | BARE_WORDS
    | FILE_WORDS
    | ENVIRONMENT_WORDS
    | SETTING_WORDS
    | CELERY_BEAT_WORDS
    | HEALTH_WORDS
    | ROUTING_WORDS
    | QUEUE_WORDS
)

TABLE_TOPS = frozenset(
    top.decode()
    for table in (MAKER_PAIRS, SERVICE_PAIRS, CELERY_PAIRS, QUEUE_PAIRS)
    for top in table
)
"""Outside packages that the tables know."""
