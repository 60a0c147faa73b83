"""Follows a value back to the environment variables and URL schemes that it is made of."""

import ast

from dockwright.detect.application.choices import Choices
from dockwright.detect.application.environment import Environment, Read
from dockwright.detect.application.module import Scope
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.syntax import text
from dockwright.detect.application.values import Expression, Made, Member
from dockwright.model.pattern import Pattern
from dockwright.model.record import draft, field

_MAX_NODES = 120
_SCHEME = Pattern(r"^([a-z][a-z0-9+.-]*)://")

_ROLES = (
    ("password", Pattern(r"PASS(WORD|WD)?$|_PW$|PWD$")),
    ("user", Pattern(r"USER(NAME)?$|LOGIN$")),
    ("port", Pattern(r"PORT$")),
    ("host", Pattern(r"HOST(NAME)?$|SERVER$|ADDRESS$|ADDR$|ENDPOINT$")),
    (
        "name",
        Pattern(r"(DB|DATABASE|SQL|POSTGRES|MYSQL|PG|MONGO)_?NAME$|DB$|DATABASE$|^NAME$|DBNAME$"),
    ),
    ("protocol", Pattern(r"PROTOCOL$|SCHEME$|DRIVER$|ENGINE$")),
)
_URL = Pattern(r"(URL|URI|DSN|CONNECTION_STRING|CONN_STR)$")

_WHOLE = Pattern(
    r"(REDIS|VALKEY|BROKER|BACKEND|DATABASE|DB|MONGO(DB)?|AMQP|RABBITMQ|POSTGRES(QL)?|PG|MYSQL|ENDPOINT|CONNECTION|SERVERS|BROKERS|HOSTS|CONN)$"
)
"""Names of variables that hold a whole address without saying URL."""


@draft
class Traced:
    """The variables that a value is made of, and the schemes of the URLs in it, in the order in which they were met."""

    reads: list[Read] = field(default_factory=list)
    schemes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def url(self) -> Read | None:
        """The variable that holds a whole URL: by its name, else the only one."""
        named = next((read for read in self.reads if _URL.search(read.name.upper())), None)
        if named or len(self.reads) != 1:
            return named
        only = self.reads[0]
        return only if role_of(only.name) is None and _WHOLE.search(only.name.upper()) else None

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Pairs of role and variable for a connection that is put together."""
        found: dict[str, str] = {}
        for read in self.reads:
            role = role_of(read.name)
            if role:
                found.setdefault(role, read.name)
        return tuple(sorted(found.items()))


def role_of(name: str) -> str | None:
    """Return what part of a connection a variable holds by its name."""
    return next((role for role, pattern in _ROLES if pattern.search(name.upper())), None)


def scheme_in(value: str) -> str:
    """Return the scheme of a URL, "" for any other text."""
    match = _SCHEME.match(value)
    return match[1] if match else ""


class Tracer:
    """Traces expressions."""

    def __init__(self, resolver: Resolver, environment: Environment) -> None:
        self._resolver = resolver
        self._environment = environment
        self._choices = Choices(resolver)

    def trace(self, node: ast.AST | None, scope: Scope) -> Traced:
        """Return what `node` is made of, through names, calls, formatted strings, defaults and settings fields."""
        traced = Traced()
        waiting: list[tuple[ast.AST, Scope]] = [(node, scope)] if node is not None else []
        seen: set[int] = set()
        while waiting and len(seen) < _MAX_NODES:
            here, where = waiting.pop(0)
            if id(here) not in seen:
                seen.add(id(here))
                waiting += self._parts(here, where, traced)
        return traced

    def _parts(self, node: ast.AST, scope: Scope, traced: Traced) -> list[tuple[ast.AST, Scope]]:
        read = self._environment.read(node, scope)
        if read:
            traced.reads.append(read)
            return [(read.fallback, read.scope)] if read.fallback is not None else []
        if isinstance(node, ast.Constant):
            _note(text(node), traced)
            return []
        if isinstance(node, ast.Name):
            choices: list[tuple[ast.AST, Scope]] = [*self._choices.of(node, scope)]
            return choices or self._followed(node, scope, traced)
        if isinstance(node, ast.Attribute):
            return self._followed(node, scope, traced)
        if isinstance(node, ast.Call):
            return self._called(node, scope)
        return [
            (child, scope) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
        ]

    def _followed(
        self, node: ast.expr, scope: Scope, traced: Traced
    ) -> list[tuple[ast.AST, Scope]]:
        value = self._resolver.value(node, scope)
        match value:
            case Expression(node=found, scope=where) if found is not node:
                return [(found, where)]
            case Made(call=call, scope=where):
                return [(call, where)]
            case Member():
                read = self._environment.of(value)
                if read:
                    traced.reads.append(read)
                    return [(read.fallback, read.scope)] if read.fallback is not None else []
                # What is read off an object (urlparse(url).hostname) is made of what the object was made of.
                return [(value.of.call, value.of.scope)] if value.of.cls is None else []
            case _:
                return []

    def _called(self, call: ast.Call, scope: Scope) -> list[tuple[ast.AST, Scope]]:
        inner: list[tuple[ast.AST, Scope]] = [
            (part, scope) for part in (*call.args, *(k.value for k in call.keywords))
        ]
        value = self._resolver.value(call, scope)
        if isinstance(value, Made) and value.call is not call:
            inner.append((value.call, value.scope))
        elif isinstance(value, Expression):
            inner.append((value.node, value.scope))
        if isinstance(call.func, ast.Attribute):
            # "{}".format(x), url.replace("postgres://", "postgresql://"): the text before the dot counts too.
            inner.insert(0, (call.func.value, scope))
        return inner


def _note(value: str, traced: Traced) -> None:
    if value:
        traced.texts.append(value)
    scheme = scheme_in(value)
    if scheme:
        traced.schemes.append(scheme)
