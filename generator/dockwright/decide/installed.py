"""What the image will have installed: one answer, whether a lock says it or only a manifest."""

from functools import cached_property

from dockwright.model.dependencies import MAIN, LockedDistribution, Requirement
from dockwright.model.origin import Origin
from dockwright.model.record import record

_BROUGHT_BY_EXTRAS: dict[tuple[str, str], tuple[str, ...]] = {
    ("fastapi", "standard"): ("uvicorn", "fastapi-cli"),
    ("fastapi", "standard-no-fastapi-cloud-cli"): ("uvicorn", "fastapi-cli"),
    ("fastapi", "all"): ("uvicorn",),
    ("litestar", "standard"): ("uvicorn",),
    ("channels", "daphne"): ("daphne",),
    ("celery", "redis"): ("redis",),
    ("celery", "librabbitmq"): ("librabbitmq",),
    ("celery", "pymemcache"): ("pymemcache",),
    ("dramatiq", "redis"): ("redis",),
    ("dramatiq", "rabbitmq"): ("pika",),
    ("gunicorn", "gevent"): ("gevent",),
    ("gunicorn", "eventlet"): ("eventlet",),
    ("psycopg", "binary"): ("psycopg-binary",),
    ("psycopg", "c"): ("psycopg-c",),
    ("apache-airflow", "postgres"): ("psycopg2-binary",),
}
"""What an extra brings, for manifests without a lock: with one, the lock itself says it."""
_BROUGHT: dict[str, tuple[str, ...]] = {
    "quart": ("hypercorn", "flask"),
    "python-fasthtml": ("starlette", "uvicorn"),
    "flask-socketio": ("python-socketio",),
    "django-redis": ("redis",),
    "channels-redis": ("redis",),
    "rq": ("redis",),
    "django-rq": ("rq", "redis"),
    "arq": ("redis",),
    "flask-sqlalchemy": ("sqlalchemy",),
    "sqlmodel": ("sqlalchemy",),
    "beanie": ("pymongo",),
    "mongoengine": ("pymongo",),
    "motor": ("pymongo",),
    "sanic": (),
    "django-environ": (),
}
"""What a distribution always brings, for the same case."""


@record
class Installed:
    """The production distributions: `locked` from the lock, `requirements` of the manifest's production group.

    With a lock only the lock counts; without one the requirements do, and what they are known to bring.
    """

    locked: tuple[LockedDistribution, ...] = ()
    requirements: tuple[Requirement, ...] = ()

    @property
    def from_lock(self) -> bool:
        """Whether a lock says exactly what is installed."""
        return bool(self.locked)

    @cached_property
    def names(self) -> frozenset[str]:
        """The canonical names of all that is installed."""
        if self.locked:
            return frozenset(distribution.name for distribution in self.locked)
        return frozenset(
            name for requirement in self._wanted for name in _with_company(requirement)
        )

    @cached_property
    def direct(self) -> frozenset[str]:
        """The names that the manifest itself asks for; everything where there is no manifest to ask."""
        wanted = frozenset(requirement.name for requirement in self._wanted)
        return wanted or self.names

    @property
    def _wanted(self) -> tuple[Requirement, ...]:
        return tuple(requirement for requirement in self.requirements if requirement.group == MAIN)

    def has(self, *names: str) -> bool:
        """Whether all of `names` are installed."""
        return all(name in self.names for name in names)

    def first(self, names: tuple[str, ...]) -> str:
        """Return the first of `names` that is installed, a direct wish before what only comes along; "" if none is."""
        found = [name for name in names if name in self.names]
        return next((name for name in found if name in self.direct), found[0] if found else "")

    def version(self, name: str) -> tuple[int, ...]:
        """Return the numbers of the locked version, () where no lock says it."""
        found = next((d.version for d in self.locked if d.name == name), "")
        numbers: list[int] = []
        for part in found.split("."):
            if not part.isdecimal():
                break
            numbers.append(int(part))
        return tuple(numbers)

    def extras(self, name: str) -> frozenset[str]:
        """Return the extras with which a distribution is installed."""
        asked = [d.extras for d in self.locked if d.name == name]
        asked += [r.extras for r in self._wanted if r.name == name]
        return frozenset(extra for extras in asked for extra in extras)

    def origin(self, name: str) -> Origin | None:
        """Return the place that names a distribution: the manifest where it does, else the lock."""
        wished = next((r.origin for r in self._wanted if r.name == name), None)
        return wished or next((d.origin for d in self.locked if d.name == name), None)


def _with_company(requirement: Requirement) -> tuple[str, ...]:
    found = [requirement.name, *_BROUGHT.get(requirement.name, ())]
    for extra in requirement.extras:
        found += _BROUGHT_BY_EXTRAS.get((requirement.name, extra), ())
    return tuple(found)
