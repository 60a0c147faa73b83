"""Signs in the code that the application talks to a backing service, and the variables that reach it."""

import ast
from collections.abc import Iterable, Iterator

from dockwright.detect.application.module import Module, Scope, Site
from dockwright.detect.application.sinks import (
    CALLS,
    FIXED_FILE,
    SETTINGS,
    Sink,
    service_of_class,
    service_of_scheme,
)
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import argument, keyword, text
from dockwright.detect.application.trace import Traced, Tracer, role_of
from dockwright.detect.application.values import Made
from dockwright.detect.application.words import ENVIRONMENT_WORDS, SERVICE_PAIRS, SETTING_WORDS
from dockwright.model.application import ReadVariable, ServiceHint
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import replace

_CALL_NAMES = frozenset(name.rpartition(".")[2] for name in CALLS)
_GENERAL = frozenset({"database", "broker", "cache", "search"})
_BY_NAME = (
    ("redis", Pattern(r"(REDIS|VALKEY)")),
    ("mongodb", Pattern(r"MONGO")),
    ("rabbitmq", Pattern(r"RABBIT|AMQP")),
    ("kafka", Pattern(r"KAFKA")),
    ("elasticsearch", Pattern(r"ELASTIC(?!_APM)")),
    ("opensearch", Pattern(r"OPENSEARCH")),
    ("memcached", Pattern(r"MEMCACHE")),
    ("minio", Pattern(r"MINIO|S3_ENDPOINT|AWS_ENDPOINT_URL")),
    (
        "mail",
        Pattern(
            r"^(SMTP|EMAIL|MAIL)_?(HOST|SERVER|PORT|URL|USER(NAME)?|HOST_USER|HOST_PASSWORD|PASSWORD)$"
        ),
    ),
    ("postgres", Pattern(r"POSTGRES|^PG(HOST|PORT|USER|PASSWORD|DATABASE)$|^PG_|PSQL")),
    ("mariadb", Pattern(r"MARIADB")),
    ("mysql", Pattern(r"MYSQL")),
    ("broker", Pattern(r"(^|_)BROKER_URL|CELERY_BROKER|TASK_QUEUE_URL")),
    ("database", Pattern(r"^(\w+_)?(DATABASE|DB|SQL|SQLALCHEMY)_\w+$|^DATABASE$")),
)
_NO_ADDRESS = Pattern(
    r"(PROVIDER|ENGINE|TYPE|BACKEND|SCHEMA|TIMEOUT|SIZE|ECHO|DEBUG|POOL\w*|SSL\w*|PREFIX|OPTIONS?)$|TEST_|_TEST"
)
_ADDRESS = Pattern(
    r"(URL|URI|DSN|HOSTS?|HOSTNAME|SERVERS?|BROKERS?|ENDPOINT(_URL)?|CONNECTION_STRING|ADDRESS|PORT|USER|USERNAME|PASSWORD|PASSWD|PASS|PWD|NAME|DB|DATABASE)$"
)

_HOST = Pattern(r"_(HOST(NAME)?|SERVER|ADDR(ESS)?)$")


_IN_MEMORY = Pattern(r"^sqlite(\+\w+)?://$|:memory:|mode=memory")


def find_services(
    survey: Survey, variables: tuple[ReadVariable, ...], unused: frozenset[str] = frozenset()
) -> tuple[ServiceHint, ...]:
    """Return the hints, first those of calls and settings, then those that only a variable's name gives."""
    finder = _Finder(survey)
    found = [
        hint for path in finder.paths() if path not in unused for hint in finder.in_module(path)
    ]
    reached = {
        name
        for hint in found
        for name in (hint.variable, *(variable for _, variable in hint.parts))
        if name
    }
    found += [hint for hint in finder.by_default(unused) if hint.variable not in reached]
    found = [with_port(hint, variables, reached) for hint in found]
    reached |= {hint.variable for hint in found}
    reached |= {name for hint in found for _, name in hint.parts}
    found += _by_name(variable for variable in variables if variable.name not in reached)
    return _distinct(found)


def with_port(
    hint: ServiceHint, variables: tuple[ReadVariable, ...], reached: set[str]
) -> ServiceHint:
    """Return the hint with the port that the code reads beside the host: MAIL_PORT belongs to MAIL_SERVER."""
    parts = dict(hint.parts)
    stem = _HOST.sub("", parts.get("host", ""))
    port = next(
        (v.name for v in variables if stem and v.name == f"{stem}_PORT" and v.name not in reached),
        "",
    )
    return (
        hint
        if "port" in parts or not port
        else replace(hint, parts=tuple(sorted((*hint.parts, ("port", port)))))
    )


class _Finder:
    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._tracer = Tracer(survey.resolver, survey.environment)

    def paths(self) -> Iterable[str]:
        sources = self._survey.sources
        wanted = {*sources.mentioning(SETTING_WORDS), *sources.pairing(SERVICE_PAIRS)}
        return [path for path in sources.paths if path in wanted]

    def in_module(self, path: str) -> Iterator[ServiceHint]:
        module = self._survey.sources.module(path)
        if module is None:
            return
        for site in module.sites.calls:
            yield from self._call(site)
        for name, node, scope in _settings(module):
            yield from self._setting(name, node, scope)

    def by_default(self, unused: frozenset[str]) -> Iterator[ServiceHint]:
        """Yield a hint for each variable whose default is the URL of a service, whatever it is called and wherever it goes."""
        for path in self._survey.sources.mentioning(ENVIRONMENT_WORDS):
            module = None if path in unused else self._survey.sources.module(path)
            for site in module.sites.calls if module else ():
                read = (
                    self._survey.environment.read(site.node, site.scope)
                    if _may_name_url(site.node)
                    else None
                )
                traced = self._tracer.trace(read.fallback, read.scope) if read else Traced()
                scheme = next(iter(traced.schemes), "")
                service = service_of_scheme(scheme)
                if read and service not in ("", "sqlite", "mail") and not traced.reads:
                    because = f"{read.name} has a {scheme} URL as its default"
                    yield ServiceHint(
                        service=service,
                        because=because,
                        origin=read.origin,
                        variable=read.name,
                        scheme=scheme,
                    )

    def _call(self, site: Site) -> Iterator[ServiceHint]:
        call = site.node
        if not isinstance(call, ast.Call):
            return
        spelled = (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        if spelled not in _CALL_NAMES and spelled not in ("client", "resource"):
            return
        kinds = self._survey.resolver.dotted(call.func, site.scope)
        for kind in kinds:
            sink = CALLS.get(kind) or _object_store(kind, call)
            if sink:
                yield from self._hints(
                    sink.service,
                    self._address(sink, call, site.scope),
                    f"the code calls {kind}",
                    site.origin,
                    called=kind,
                )
                return

    def _address(self, sink: Sink, call: ast.Call, scope: Scope) -> Traced:
        nodes = [argument(call, sink.position)] if sink.position is not None else []
        nodes += [keyword(call, name) for name in sink.names]
        nodes += [k.value for k in call.keywords if k.arg is None]
        return self._tracer.trace(
            ast.Tuple(elts=[node for node in nodes if node is not None], ctx=ast.Load()), scope
        )

    def _setting(self, name: str, node: ast.AST, scope: Scope) -> Iterator[ServiceHint]:
        origin = Origin(path=scope.module.path, line=scope.line, key=name)
        if name in (
            "CACHES",
            "CHANNEL_LAYERS",
            "HAYSTACK_CONNECTIONS",
            "WAGTAILSEARCH_BACKENDS",
            "Q_CLUSTER",
            "HUEY",
            "DRAMATIQ_BROKER",
            "RQ_QUEUES",
        ):
            yield from self._backends(name, node, scope, origin)
            return
        yield from self._hints(
            SETTINGS[name],
            self._tracer.trace(node, scope),
            f"the setting {name}",
            origin,
            setting=name,
        )

    def _backends(
        self, name: str, node: ast.AST, scope: Scope, origin: Origin
    ) -> Iterator[ServiceHint]:
        value = self._survey.resolver.value(node, scope)
        where = value.scope if isinstance(value, Made) else scope
        traced = self._tracer.trace(value.call if isinstance(value, Made) else node, where)
        known = [service_of_scheme(s) for s in traced.schemes] + [
            service_of_class(t) for t in traced.texts if "." in t or "_" in t
        ]
        service = next((one for one in known if one), "redis" if name == "RQ_QUEUES" else "")
        if service:
            yield from self._hints(service, traced, f"the setting {name}", origin, setting=name)

    def _hints(
        self,
        service: str,
        traced: Traced,
        because: str,
        origin: Origin,
        *,
        called: str = "",
        setting: str = "",
    ) -> Iterator[ServiceHint]:
        scheme = next((s for s in traced.schemes if service_of_scheme(s) not in ("", "sqlite")), "")
        scheme = scheme or next(iter(traced.schemes), "")
        by_scheme = service_of_scheme(scheme)
        url = traced.url
        if url and _NO_ADDRESS.search(url.name.upper()):
            return
        if service in _GENERAL:
            service = by_scheme or _service_by_name([read.name for read in traced.reads]) or service
        parts = () if url else traced.parts
        if service in ("cache", "search") or (service in _GENERAL and not url and not parts):
            return
        if service == "sqlite" and not url:
            if not traced.reads and not any(_IN_MEMORY.search(one) for one in traced.texts):
                yield ServiceHint(service=FIXED_FILE, because=because, origin=origin, scheme=scheme)
            return
        yield ServiceHint(
            service=service,
            because=because,
            origin=origin,
            variable=url.name if url else "",
            scheme=scheme,
            parts=parts,
            called=called,
            setting=setting,
        )


def _may_name_url(node: ast.AST) -> bool:
    """Whether a call has a default that is a URL, or a name for one; cheap, since it is asked of every call."""
    if not isinstance(node, ast.Call) or not isinstance(
        node.args[0] if node.args else None, ast.Constant
    ):
        return False
    default = argument(node, 1, "default")
    return "://" in text(default) or isinstance(default, ast.Name | ast.Attribute)


def _settings(module: Module) -> Iterator[tuple[str, ast.AST, Scope]]:
    """Yield the settings of a module: names, class attributes, `config["NAME"] = ...` and arguments of `config.update(NAME=...)`."""
    for site in module.sites.assignments:
        node = site.node
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = _setting_name(target)
            if name in SETTINGS:
                yield name, node.value, site.scope
    for site in module.sites.calls:
        if isinstance(site.node, ast.Call):
            for given in site.node.keywords:
                if given.arg in SETTINGS and given.arg.isupper():
                    yield given.arg, given.value, site.scope


def _setting_name(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    return text(target.slice) if isinstance(target, ast.Subscript) else ""


def _object_store(kind: str, call: ast.Call) -> Sink | None:
    is_s3 = (
        kind.partition(".")[0] in ("boto3", "aioboto3", "aiobotocore")
        and text(argument(call, 0, "service_name")) == "s3"
    )
    return (
        Sink("minio", None, ("endpoint_url",))
        if is_s3 and keyword(call, "endpoint_url") is not None
        else None
    )


def _service_by_name(names: list[str]) -> str:
    found = (
        service for name in names for service, pattern in _BY_NAME if pattern.search(name.upper())
    )
    return next((service for service in found if service not in _GENERAL), "")


def _by_name(variables: Iterable[ReadVariable]) -> list[ServiceHint]:
    groups: dict[str, list[ReadVariable]] = {}
    for variable in variables:
        service = next(
            (service for service, pattern in _BY_NAME if pattern.search(variable.name.upper())), ""
        )
        if service and _ADDRESS.search(variable.name.upper()):
            groups.setdefault(service, []).append(variable)
    return [hint for service, members in groups.items() for hint in _of_group(service, members)]


def _of_group(service: str, members: list[ReadVariable]) -> Iterator[ServiceHint]:
    whole = [v for v in members if role_of(v.name) is None]
    for variable in whole:
        scheme = (
            (variable.default or "").partition("://")[0]
            if "://" in (variable.default or "")
            else ""
        )
        found = service_of_scheme(scheme) or service
        yield ServiceHint(
            service=found,
            because=f"the code reads {variable.name}",
            origin=variable.origin,
            variable=variable.name,
            scheme=scheme,
        )
    # POSTGRES_USER before POSTGRES_READ_USER: the plain name belongs to the plain host.
    plain = sorted(members, key=lambda variable: len(variable.name))
    parts = _roles(plain)
    if "host" not in parts:
        return
    for variable in (v for v in plain if role_of(v.name) == "host"):
        if variable.name == parts["host"]:
            yield _in_parts(service, variable, parts)
        elif variable.default in _LOOPBACK and not _NO_ADDRESS.search(variable.name.upper()):
            # REDIS_QUEUE_HOST beside REDIS_CACHE_HOST: one server is both until the owner says otherwise.
            stem = _HOST.sub("", variable.name)
            yield _in_parts(
                service, variable, _roles(v for v in plain if v.name.startswith(f"{stem}_"))
            )


_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _roles(variables: Iterable[ReadVariable]) -> dict[str, str]:
    parts: dict[str, str] = {}
    for variable in variables:
        role = role_of(variable.name)
        if role:
            parts.setdefault(role, variable.name)
    return parts


def _in_parts(service: str, host: ReadVariable, parts: dict[str, str]) -> ServiceHint:
    because = f"the code reads {host.name}"
    return ServiceHint(
        service=service, because=because, origin=host.origin, parts=tuple(sorted(parts.items()))
    )


def _distinct(hints: list[ServiceHint]) -> tuple[ServiceHint, ...]:
    found: dict[tuple[str, str, tuple[tuple[str, str], ...]], ServiceHint] = {}
    for hint in hints:
        found.setdefault((hint.service, hint.variable, hint.parts), hint)
    told = {hint.service for hint in found.values() if hint.variable or hint.parts}
    kept = [
        hint for hint in found.values() if hint.variable or hint.parts or hint.service not in told
    ]
    return tuple(
        sorted(
            kept,
            key=lambda hint: (
                hint.service,
                not hint.variable,
                hint.origin.path,
                hint.origin.line or 0,
            ),
        )
    )
