"""The default database of Django settings: its engine, and the variables that reach it."""

import ast

from dockwright.detect.application.django_settings import DjangoSettings, entry_of
from dockwright.detect.application.paths import folder_of
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.sinks import service_of_class, service_of_scheme
from dockwright.detect.application.trace import Traced
from dockwright.detect.application.values import Expression
from dockwright.model.application import ServiceHint
from dockwright.model.origin import Origin

_DRIVERS = {
    **dict.fromkeys(
        ("postgres", "postgis"),
        frozenset({"psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "psycopg-c"}),
    ),
    **dict.fromkeys(
        ("mysql", "mariadb"),
        frozenset({"mysqlclient", "pymysql", "mysql-connector-python", "mariadb"}),
    ),
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
        return min(self._engines, key=self._doubt, default="")

    @property
    def only_server(self) -> bool:
        """Whether engines are named, none of them is SQLite, and no variable could name another one as a whole URL."""
        engines = self._engines
        return (
            bool(engines)
            and all(service_of_class(one) != "sqlite" for one in engines)
            and not self.traced.url
        )

    def file(self, resolver: Resolver, import_root: str) -> str:
        """The file of SQLite relative to the project's root, "" where it is none, or its place is not known."""
        if service_of_class(self.engine) != "sqlite":
            return ""
        for node, scope in self._settings.dictionaries("DATABASES"):
            value = self._settings.value(node, scope)
            entry, where = (
                (value.node, value.scope) if isinstance(value, Expression) else (node, scope)
            )
            name = entry_of(entry, "NAME") if isinstance(entry, ast.Dict) else None
            # `os.getenv("DB_NAME") or BASE_DIR / "db.sqlite3"`: the last one counts where the variable is not set.
            last = name.values[-1] if isinstance(name, ast.BoolOp) else name
            found = folder_of(resolver, last, where, import_root)
            if found and found != ":memory:":
                return found
        return ""

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
            scheme=next(
                (s for s in self.traced.schemes if _engine_of(s) and _engine_of(s) in engine), ""
            ),
            parts=() if url else self.traced.parts,
        )

    @property
    def _engines(self) -> list[str]:
        named = [
            t
            for t in self.traced.texts
            if t.count(".") >= 2 and service_of_class(t) and "://" not in t
        ]
        return named + [
            f"django.db.backends.{_engine_of(s)}" for s in self.traced.schemes if _engine_of(s)
        ]

    def _doubt(self, engine: str) -> tuple[bool, bool, bool]:
        service = service_of_class(engine)
        drivers = _DRIVERS.get(service, frozenset())
        return service == "sqlite", not drivers & self._installed, not service.startswith("post")


def _engine_of(scheme: str) -> str:
    service = service_of_scheme(scheme)
    return {
        "postgres": "postgresql",
        "mysql": "mysql",
        "mariadb": "mysql",
        "sqlite": "sqlite3",
    }.get(service, "")
