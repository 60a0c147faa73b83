"""What an address is made of: the environment variables and URL schemes behind an expression."""

import ast
import re
from collections.abc import Iterable

from dockwright.detect.application.environment_variables import Environment, Read
from dockwright.detect.application.module import Scope, all_arguments
from dockwright.detect.application.values import Expression, Made, Member, Resolver
from dockwright.model.record import draft, field

_MAX_NODES = 120
_ROLES = (
    ("password", r"PASS(WORD|WD)?$|_PW$|PWD$"),
    ("user", r"USER(NAME)?$|LOGIN$"),
    ("port", r"PORT$"),
    ("host", r"HOST(NAME)?$|SERVER$|ADDRESS$|ADDR$|ENDPOINT$"),
    ("name", r"(DB|DATABASE|SQL|POSTGRES|MYSQL|PG|MONGO)_?NAME$|DB$|DATABASE$|^NAME$|DBNAME$"),
    ("protocol", r"PROTOCOL$|SCHEME$|DRIVER$|ENGINE$"),
)
_URL = r"(URL|URI|DSN|CONNECTION_STRING|CONN_STR)$"
# Names of variables that hold a whole address without saying URL.
_WHOLE = (
    r"(REDIS|VALKEY|BROKER|BACKEND|DATABASE|DB|MONGO(DB)?|AMQP|RABBITMQ|POSTGRES(QL)?|PG|MYSQL"
    r"|ENDPOINT|CONNECTION|SERVERS|BROKERS|HOSTS|CONN)$"
)


@draft
class Traced:
    """The variables that a value is made of, and the texts and schemes of the URLs in it."""

    reads: list[Read] = field(default_factory=list)
    schemes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The variable that holds a whole URL: by its name, else the only one; "" if none does."""
        names = [read.name for read in self.reads]
        urls = [name for name in names if re.search(_URL, name.upper())]
        if not urls and len(names) == 1 and role_of(names[0]) is None:
            urls = names if re.search(_WHOLE, names[0].upper()) else []
        return next(iter(urls), "")

    @property
    def parts(self) -> dict[str, str]:
        """Role -> variable, for a connection that is put together; sorted by role."""
        return roles_of(read.name for read in self.reads)


def role_of(name: str) -> str | None:
    """Return what part of a connection a variable holds by its name."""
    return next((role for role, pattern in _ROLES if re.search(pattern, name.upper())), None)


def roles_of(names: Iterable[str]) -> dict[str, str]:
    """Return role -> the first variable that has it, sorted by role."""
    found: dict[str, str] = {}
    for name in names:
        if role := role_of(name):
            found.setdefault(role, name)
    return dict(sorted(found.items()))


class Tracer:
    """Traces expressions through names, calls, formatted strings, defaults and settings fields."""

    def __init__(self, resolver: Resolver, environment: Environment) -> None:
        self._resolver = resolver
        self._environment = environment

    def trace(self, *nodes: ast.AST | None, scope: Scope) -> Traced:
        """Return what `nodes` are made of."""
        traced = Traced()
        waiting: list[tuple[ast.AST, Scope]] = [(node, scope) for node in nodes if node]
        seen: set[int] = set()
        while waiting and len(seen) < _MAX_NODES:
            here, where = waiting.pop(0)
            if id(here) not in seen:
                seen.add(id(here))
                waiting += self._parts(here, where, traced)
        return traced

    def _parts(self, node: ast.AST, scope: Scope, traced: Traced) -> list[tuple[ast.AST, Scope]]:
        if read := self._environment.read(node, scope):
            return self._note(read, traced)
        match node:
            case ast.Constant(value=str() as value) if value:
                traced.texts.append(value)
                if scheme := re.match(r"([a-z][a-z0-9+.-]*)://", value):
                    traced.schemes.append(scheme[1])
                return []
            case ast.Name():
                return [*self._resolver.choices(node, scope)] or self._followed(node, scope, traced)
            case ast.Attribute():
                return self._followed(node, scope, traced)
            case ast.Call():
                return self._called(node, scope)
            case _:
                inner = ast.iter_child_nodes(node)
                return [(child, scope) for child in inner if isinstance(child, ast.expr)]

    def _note(self, read: Read, traced: Traced) -> list[tuple[ast.AST, Scope]]:
        traced.reads.append(read)
        return [(read.fallback, read.scope)] if read.fallback is not None else []

    def _followed(
        self, node: ast.expr, scope: Scope, traced: Traced
    ) -> list[tuple[ast.AST, Scope]]:
        value = self._resolver.value(node, scope)
        match value:
            case Expression(node=found, scope=where) if found is not node:
                return [(found, where)]
            case Made(call=call, scope=where):
                return [(call, where)]
            case Member(of=made):
                if read := self._environment.of(value):
                    return self._note(read, traced)
                # What is read off an object (urlparse(url).hostname) is made of what that is.
                return [(made.call, made.scope)] if made.cls is None else []
            case _:
                return []

    def _called(self, call: ast.Call, scope: Scope) -> list[tuple[ast.AST, Scope]]:
        inner: list[tuple[ast.AST, Scope]] = [(part, scope) for part in all_arguments(call)]
        value = self._resolver.value(call, scope)
        if isinstance(value, Made) and value.call is not call:
            inner.append((value.call, value.scope))
        elif isinstance(value, Expression):
            inner.append((value.node, value.scope))
        if isinstance(call.func, ast.Attribute):
            # "{}".format(x), url.replace("postgres://", ...): the text before the dot counts too.
            inner.insert(0, (call.func.value, scope))
        return inner
