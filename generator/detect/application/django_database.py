"""The default database of Django settings: its engine, and the variables that reach it."""

from generator.detect.application.django_settings import DjangoSettings
from generator.detect.application.sinks import service_of_class, service_of_scheme
from generator.detect.application.trace import Traced
from generator.model.application import ServiceHint
from generator.model.origin import Origin

_DRIVERS = {
    **dict.fromkeys(
        ("postgres", "postgis"), frozenset({"psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "psycopg-c"})
    ),
    **dict.fromkeys(("mysql", "mariadb"), frozenset({"mysqlclient", "pymysql", "mysql-connector-python", "mariadb"})),
}


class Database:
    """DATABASES["default"], all places that set it taken together."""

    def __init__(self, settings: DjangoSettings, installed: frozenset[str]) -> None:
        self._settings = settings
        self._installed = installed
        self.traced = Traced()
        for node, scope in settings.dictionaries("DATABASES"):
            traced = settings.tracer.trace(node, scope)
            self.traced.reads += traced.reads
            self.traced.schemes += traced.schemes
            self.traced.texts += traced.texts

    @property
    def engine(self) -> str:
        """The engine that is served: of several one whose driver is installed, and none before SQLite; "" unknown."""
        named = [t for t in self.traced.texts if t.count(".") >= 2 and service_of_class(t) and "://" not in t]
        named += [f"django.db.backends.{_engine_of(s)}" for s in self.traced.schemes if _engine_of(s)]
        return min(named, key=self._doubt, default="")

    @property
    def variables(self) -> frozenset[str]:
        """The variables that the settings read for it."""
        return frozenset(read.name for read in self.traced.reads)

    @property
    def hint(self) -> ServiceHint | None:
        """The service that it is, None for a plain file."""
        engine, url = self.engine, self.traced.url
        service = service_of_class(engine) or ("database" if self.traced.reads else "")
        if service == "sqlite":
            # A file is only the fallback where a variable or a host can name another database.
            service = "database" if url or "host" in dict(self.traced.parts) else ""
        if not service:
            return None
        places = self._settings.places("DATABASES")
        path = places[0][1].module.path if places else self._settings.path
        return ServiceHint(
            service=service,
            because=f"DATABASES uses {engine}" if engine else "the setting DATABASES",
            origin=Origin(path=path, line=places[0][0].line if places else None, key="DATABASES"),
            variable=url.name if url else "",
            scheme=next((s for s in self.traced.schemes if _engine_of(s) and _engine_of(s) in engine), ""),
            parts=() if url else self.traced.parts,
        )

    def _doubt(self, engine: str) -> tuple[bool, bool, bool]:
        service = service_of_class(engine)
        drivers = _DRIVERS.get(service, frozenset())
        return service == "sqlite", not drivers & self._installed, not service.startswith("post")


def _engine_of(scheme: str) -> str:
    service = service_of_scheme(scheme)
    return {"postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite3"}.get(service, "")
