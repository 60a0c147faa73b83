"""Backing services that the code talks to, and the variables that their addresses are made of."""

import ast
import re
from collections.abc import Iterable, Iterator

from dockwright.detect.application import known_names, syntax
from dockwright.detect.application.environment_variables import ENVIRONMENT_WORDS, Read, Traced
from dockwright.detect.application.module import Module, Scope, Site
from dockwright.detect.application.sources import pairs_of
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.values import Class, Made
from dockwright.model.application import ReadVariable, ServiceHint
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import replace

_OBJECT_STORES = ("boto3", "aioboto3", "aiobotocore")
_STORE_CALLS = ("boto3.client", "boto3.resource")
_PAIRS = pairs_of((*known_names.SERVICE_CALLS, *_STORE_CALLS))
_SETTING_WORDS = frozenset(name.encode() for name in known_names.SERVICE_SETTINGS)
_CALL_NAMES = frozenset(n.rpartition(".")[2] for n in (*known_names.SERVICE_CALLS, *_STORE_CALLS))
# None stands for `**options`.
_ADDRESS_NAMES = frozenset({None, *known_names.LISTS["address_arguments"]})
# Settings whose service shows only in a backend's name or in a scheme inside them.
_BACKENDS = frozenset(known_names.LISTS["backend_settings"])
_GENERAL = frozenset({"database", "broker", "cache", "search"})
_NO_ADDRESS = (
    r"(PROVIDER|ENGINE|TYPE|BACKEND|SCHEMA|TIMEOUT|SIZE|ECHO|DEBUG|POOL\w*|SSL\w*|PREFIX|OPTIONS?)$"
    r"|TEST_|_TEST"
)
_ADDRESS = (
    r"(URL|URI|DSN|HOSTS?|HOSTNAME|SERVERS?|BROKERS?|ENDPOINT(_URL)?|CONNECTION_STRING|ADDRESS"
    r"|PORT|USER|USERNAME|PASSWORD|PASSWD|PASS|PWD|NAME|DB|DATABASE)$"
)
_PLAIN_WORD = r"(?!localhost$)[A-Za-z][A-Za-z_-]*"
_HOST = r"_(HOST(NAME)?|SERVER|ADDR(ESS)?)$"
_IN_MEMORY = r"^sqlite(\+\w+)?://$|:memory:|mode=memory"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ServiceHints:
    """Finds the hints: those of calls and settings, then those that a variable's name gives.

    `fixed_databases` are the places that name a file of SQLite which no variable moves. Files in
    `unused` are passed over.
    """

    def __init__(
        self, survey: Survey, variables: tuple[ReadVariable, ...], unused: frozenset[str]
    ) -> None:
        self._survey = survey
        self._variables = variables
        self._unused = unused
        self.fixed_databases: list[Sourced[str]] = []

    def find(self) -> list[ServiceHint]:
        """Return the hints, sorted by service."""
        sources = self._survey.sources
        wanted = {*sources.mentioning(_SETTING_WORDS), *sources.pairing(_PAIRS)}
        paths = [path for path in sources.paths if path in wanted - self._unused]
        hints = [hint for module in sources.modules(paths) for hint in self._in_module(module)]
        reached = variables_of(hints)
        hints += [hint for hint in self._by_default() if hint.variable not in reached]
        hints = [self._with_port(hint, reached) for hint in hints]
        reached = variables_of(hints)
        hints += _by_name(one for one in self._variables if one.name not in reached)
        found: dict[tuple[object, ...], ServiceHint] = {}
        for hint in hints:
            found.setdefault((hint.service, hint.variable, hint.parts), hint)
        # A service that a variable reaches needs no second hint without one.
        told = {hint.service for hint in hints if hint.variable or hint.parts}
        kept = [h for h in found.values() if h.variable or h.parts or h.service not in told]
        kept.sort(key=lambda h: (h.service, not h.variable, h.origin.path, h.origin.line or 0))
        return kept

    def _in_module(self, module: Module) -> Iterator[ServiceHint]:
        for site in module.sites(ast.Call):
            if syntax.called_name(site.node) in _CALL_NAMES:
                yield from self._call(site)
        for one in module.assignments:
            if one.name in known_names.SERVICE_SETTINGS:
                yield from self._setting(one.name, one.value, one.scope)
        for site in module.sites(ast.Call):
            for given in site.node.keywords:
                if given.arg in known_names.SERVICE_SETTINGS and given.arg.isupper():
                    yield from self._setting(given.arg, given.value, site.scope)

    def _by_default(self) -> Iterator[ServiceHint]:
        sources = self._survey.sources
        paths = (p for p in sources.mentioning(ENVIRONMENT_WORDS) if p not in self._unused)
        modules = list(sources.modules(paths))
        for module in modules:
            for cls in module.sites(ast.ClassDef):
                fields = self._survey.environment.fields(Class(module, cls.node))
                yield from (hint for read in fields if (hint := self._of_default(read)))
        for site in (site for module in modules for site in module.sites(ast.Call)):
            default = syntax.argument(site.node, 1, "default")
            # Cheap first, since this is asked of every call.
            named = isinstance(default, ast.Name | ast.Attribute)
            if not named and "://" not in syntax.text(default):
                continue
            read = self._survey.environment.read(site.node, site.scope)
            hint = self._of_default(read) if read else None
            if hint:
                yield hint

    def _of_default(self, read: Read) -> ServiceHint | None:
        traced = self._survey.environment.trace((read.fallback, read.scope))
        scheme = next(iter(traced.schemes), "")
        service = known_names.service_of_scheme(scheme)
        if service in ("", "sqlite", "mail") or traced.reads:
            return None
        return ServiceHint(
            service=service,
            because=f"{read.name} has a {scheme} URL as its default",
            origin=read.origin,
            variable=read.name,
            scheme=scheme,
        )

    def _with_port(self, hint: ServiceHint, reached: set[str]) -> ServiceHint:
        # MAIL_PORT belongs to MAIL_SERVER, although no call is given it.
        parts = dict(hint.parts)
        wanted = f"{re.sub(_HOST, '', parts.get('host', ''))}_PORT"
        read = {variable.name for variable in self._variables} - reached
        if "host" not in parts or "port" in parts or wanted not in read:
            return hint
        return replace(hint, parts=tuple(sorted({**parts, "port": wanted}.items())))

    def _call(self, site: Site[ast.Call]) -> Iterator[ServiceHint]:
        call, scope = site.node, site.scope
        for kind in self._survey.resolver.names(call.func, scope):
            service, position = known_names.SERVICE_CALLS.get(kind, ("", None))
            nodes = [syntax.argument(call, position)] if position is not None else []
            nodes += [given.value for given in call.keywords if given.arg in _ADDRESS_NAMES]
            store = kind.partition(".")[0] in _OBJECT_STORES
            if store and syntax.text(syntax.argument(call, 0, "service_name")) == "s3":
                nodes = [syntax.keyword(call, "endpoint_url")]
                service = "minio" if nodes[0] else ""
            if service:
                traced = self._survey.environment.trace(*((node, scope) for node in nodes))
                for hint in self._hints(service, traced, f"the code calls {kind}", site.origin):
                    yield replace(hint, called=kind)
                return

    def _setting(self, name: str, node: ast.AST, scope: Scope) -> Iterator[ServiceHint]:
        origin = Origin(path=scope.module.path, line=scope.line, key=name)
        service, made = known_names.SERVICE_SETTINGS[name], self._survey.value(node, scope)
        if name in _BACKENDS and isinstance(made, Made):
            node, scope = made.call, made.scope
        traced = self._survey.environment.trace((node, scope))
        if name in _BACKENDS:
            known = [known_names.service_of_scheme(scheme) for scheme in traced.schemes]
            backends = (one for one in traced.texts if "." in one or "_" in one)
            known += map(known_names.service_of_backend, backends)
            usual = "redis" if name == "RQ_QUEUES" else ""
            service = next(filter(None, known), usual)
        if service:
            for hint in self._hints(service, traced, f"the setting {name}", origin):
                yield replace(hint, setting=name)

    def _hints(
        self, service: str, traced: Traced, because: str, origin: Origin
    ) -> Iterator[ServiceHint]:
        # A file of SQLite is often the fallback of a server's URL.
        services = {one: known_names.service_of_scheme(one) for one in traced.schemes}
        scheme = min(services, key=lambda one: services[one] in ("", "sqlite"), default="")
        url = traced.url
        parts = {} if url else traced.parts
        if service in _GENERAL:
            by_name = [known_names.meaning(read.name, "services") for read in traced.reads]
            known = (one for one in by_name if one and one not in _GENERAL)
            service = known_names.service_of_scheme(scheme) or next(known, service)
        unknown = service in _GENERAL and not url and not parts
        if unknown or service in ("cache", "search") or re.search(_NO_ADDRESS, url.upper()):
            return
        if service == "sqlite" and not url:
            if not traced.reads and not any(re.search(_IN_MEMORY, t) for t in traced.texts):
                file = _file_of(traced.texts, origin)
                self.fixed_databases.append(Sourced(value=file, origin=origin))
            return
        yield ServiceHint(
            service=service,
            because=because,
            origin=origin,
            variable=url,
            scheme=scheme,
            parts=tuple(parts.items()),
        )


def variables_of(hints: Iterable[ServiceHint]) -> set[str]:
    """Return the variables that reach the services."""
    return {name for one in hints for name in (one.variable, *(v for _, v in one.parts)) if name}


def _file_of(texts: list[str], origin: Origin) -> str:
    """Return the file of SQLite relative to the project's root, "" where that is not sure."""
    files = [one for one in texts if re.search(r"\.(db|sqlite3?)$", one)]
    match = re.fullmatch(r"(sqlite(?:\+\w+)?:///)?(?:\./)?([^:]+)", files[0]) if files else None
    if match is None or len(files) > 1 or ".." in match[2]:
        return ""
    if match[1]:
        # Flask-SQLAlchemy's own setting is relative to the folder `instance`.
        folder = "instance/" if origin.key == "SQLALCHEMY_DATABASE_URI" else ""
        return "" if match[2].startswith("/") else folder + match[2]
    # Joined to the folder of the module, or to the one where it is started: one folder in the root.
    joined = len(texts) > 1
    known = "/" not in origin.path and (joined or not match[2].startswith("/"))
    return match[2].lstrip("/") if known else ""


def _by_name(variables: Iterable[ReadVariable]) -> Iterator[ServiceHint]:
    groups: dict[str, list[ReadVariable]] = {}
    for variable in variables:
        service = known_names.meaning(variable.name, "services")
        if service and re.search(_ADDRESS, variable.name.upper()):
            groups.setdefault(service, []).append(variable)
    for service, members in groups.items():
        # POSTGRES_USER before POSTGRES_READ_USER: the plain name belongs to the plain host.
        members.sort(key=lambda variable: len(variable.name))
        parts = known_names.roles_of(variable.name for variable in members)
        for variable in members:
            name, role = variable.name, known_names.meaning(variable.name, "roles")
            because = f"the code reads {name}"
            hint = ServiceHint(service=service, because=because, origin=variable.origin)
            if not role and re.fullmatch(_PLAIN_WORD, variable.default or ""):
                # The name of a queue, a stream or a logger is no address.
                continue
            if not role:
                scheme, mark, _ = (variable.default or "").partition("://")
                scheme = scheme if mark else ""
                known = known_names.service_of_scheme(scheme) or service
                yield replace(hint, service=known, variable=name, scheme=scheme)
            elif role == "host" and name == parts["host"]:
                yield replace(hint, parts=tuple(parts.items()))
            elif role == "host" and variable.default in _LOOPBACK and "TEST" not in name.upper():
                # REDIS_QUEUE_HOST beside REDIS_CACHE_HOST: one server is both until the owner
                # says otherwise.
                stem = re.sub(_HOST, "", name)
                mine = (one.name for one in members if one.name.startswith(f"{stem}_"))
                own = known_names.roles_of(mine)
                yield replace(hint, parts=tuple(own.items()))
