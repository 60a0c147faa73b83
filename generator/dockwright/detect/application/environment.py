"""Recognises the ways in which code reads environment variables."""

import ast

from dockwright.detect.application.module import Scope
from dockwright.detect.application.resolver import Resolver
from dockwright.detect.application.syntax import argument, keyword, literal, parameters, text
from dockwright.detect.application.values import (
    Class,
    Expression,
    External,
    Function,
    Made,
    Member,
    Value,
)
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_LENIENT = frozenset({"os.environ.get", "os.getenv", "os.environ.pop", "os.environb.get"})
"""Give None where the variable is not set."""

_STRICT = frozenset({
    "decouple.config", "decouple.AutoConfig()", "decouple.Config()", "prettyconf.config", "starlette.config.Config()",
    "environ.Env()", "environ.FileAwareEnv()", "environs.Env()", "environs.env", "environs.FileAwareEnv()",
})  # fmt: skip
"""Fail where the variable is not set and no default is given."""

_TYPED = (
    "environ.Env().",
    "environ.FileAwareEnv().",
    "environs.Env().",
    "environs.FileAwareEnv().",
    "environs.env.",
)
"""Objects whose methods read a variable and convert it."""

_IMPLIED = {
    "db": "DATABASE_URL", "db_url": "DATABASE_URL", "dj_db_url": "DATABASE_URL", "cache": "CACHE_URL", "cache_url": "CACHE_URL",
    "dj_cache_url": "CACHE_URL", "email": "EMAIL_URL", "email_url": "EMAIL_URL", "dj_email_url": "EMAIL_URL", "search_url": "SEARCH_URL",
    "channels": "CHANNELS_URL", "channels_url": "CHANNELS_URL",
}  # fmt: skip
"""Methods that know the name of their variable themselves."""

_WHOLE = {
    "dj_database_url.config": "DATABASE_URL",
    "dj_email_url.config": "EMAIL_URL",
    "django_cache_url.config": "CACHE_URL",
}

_MAY_IMPLY = frozenset({*_IMPLIED, "config"})

_SETTINGS = (
    "pydantic_settings.BaseSettings",
    "pydantic.BaseSettings",
    "pydantic.v1.BaseSettings",
    "pydantic_settings.main.BaseSettings",
)

JSON = "json"
"""ReadVariable.asked of a field that is a collection."""

_COLLECTION = Pattern(
    r"^(Optional\[|typing\.)*(list|set|frozenset|tuple|dict|List|Set|FrozenSet|Tuple|Dict|Sequence|Mapping)\b"
)
_NAME = Pattern(r"^[A-Za-z_][A-Za-z0-9_]*$")
_SPELLED_NAME = Pattern(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")


@record
class Read:
    """One place that reads a variable: `fallback` is the expression that stands in for it (in `scope`), None if there is none.

    `asked` is that of ReadVariable.
    """

    name: str
    origin: Origin
    scope: Scope
    fallback: ast.expr | None = None
    required: bool = False
    asked: str = ""

    @property
    def default(self) -> str | None:
        """The fallback where it is a literal."""
        return literal(self.fallback)


class Environment:
    """Says which variable an expression reads."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._helpers: dict[int, tuple[str, str] | None] = {}

    def read(self, node: ast.AST, scope: Scope) -> Read | None:
        """Return the variable that this very expression reads; what its parts read is not looked at."""
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope)
        if isinstance(node, ast.Call):
            return self._call(node, scope)
        if isinstance(node, ast.Attribute):
            return self.of(self._resolver.value(node, scope))
        return None

    def of(self, value: Value | None) -> Read | None:
        """Return the variable that stands behind a value."""
        match value:
            case Made(call=call, scope=scope):
                return self.read(call, scope)
            case Expression(node=ast.Subscript() as node, scope=scope):
                return self.read(node, scope)
            case Member(of=Made(cls=Class() as cls), name=name) if self._resolver.is_setting(
                cls, name
            ):
                return self.field(cls, name)
            case _:
                return None

    def describes(self, cls: Class) -> bool:
        """Whether this is a pydantic settings class."""
        return any(kind in _SETTINGS for kind in self._resolver.ancestors(cls))

    def fields(self, cls: Class) -> tuple[Read, ...]:
        """Return the variables of a pydantic settings class, () for any other class."""
        if not self.describes(cls):
            return ()
        names = (
            s.target.id
            for s in cls.node.body
            if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
        )
        found = (
            self.field(cls, name)
            for name in names
            if name != "model_config" and not name.startswith("_")
        )
        return tuple(read for read in found if read)

    def field(self, cls: Class, name: str) -> Read | None:
        """Return the variable behind one field of a pydantic settings class."""
        statement = next(
            (
                s
                for s in cls.node.body
                if isinstance(s, ast.AnnAssign) and _is_named(s.target, name)
            ),
            None,
        )
        if statement is None or _is_class_variable(statement):
            return None
        scope = Scope(cls.module, (cls.node,), statement.lineno)
        alias, default = _field_parts(statement.value)
        return Read(
            name=alias or (self._prefix(cls) + name).upper(),
            origin=cls.module.origin(statement),
            scope=scope,
            fallback=default,
            required=default is None and not _is_optional(statement, self._resolver.ancestors(cls)),
            asked=JSON if _COLLECTION.match(ast.unparse(statement.annotation)) else "",
        )

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Read | None:
        name = text(node.slice)
        if not _NAME.match(name) or not isinstance(node.ctx, ast.Load):
            return None
        if self._resolver.value(node.value, scope) != External("os.environ"):
            return None
        return Read(name=name, origin=scope.module.origin(node), scope=scope, required=True)

    def _call(self, call: ast.Call, scope: Scope) -> Read | None:
        named = argument(call, 0, "key", "name", "var", "varname")
        if named is None and _spelled(call) not in _MAY_IMPLY:
            return None
        if named is not None and not _NAME.match(text(named)):
            # set_from(settings, "database.url", "DATABASE_URL"): only a function of the project has its name elsewhere.
            later = any(_SPELLED_NAME.match(text(one)) for one in call.args[1:])
            callee = self._resolver.value(call.func, scope) if later else None
            return (
                self._through_helper(callee, call, scope) if isinstance(callee, Function) else None
            )
        callee = self._resolver.value(call.func, scope)
        if isinstance(callee, Function):
            return self._through_helper(callee, call, scope)
        kinds = _kinds(callee)
        name = text(named)
        fallback = argument(call, 1, "default")
        implied = _implied(kinds)
        if implied:
            name = text(keyword(call, "env")) or name or implied
            fallback = keyword(call, "default")
        elif not name or not self._reads(kinds):
            return None
        if fallback is None and isinstance(callee, Made):
            fallback = _from_scheme(callee, name)
        required = (
            fallback is None and not kinds & _LENIENT and not any(kind in _WHOLE for kind in kinds)
        )
        return Read(
            name=name,
            origin=scope.module.origin(call),
            scope=scope,
            fallback=fallback,
            required=required,
        )

    def _reads(self, kinds: frozenset[str]) -> bool:
        return bool(kinds & _LENIENT or kinds & _STRICT) or any(
            kind.startswith(_TYPED) for kind in kinds
        )

    def _through_helper(self, function: Function, call: ast.Call, scope: Scope) -> Read | None:
        """Read through a function of the project that hands its own parameter to os.environ."""
        found = self._helper(function)
        if found is None:
            return None
        key, default = found
        names = parameters(function.node)
        named = argument(call, names.index(key), key)
        if not _NAME.match(text(named)):
            return None
        fallback = argument(call, names.index(default), default) if default in names else None
        return Read(
            name=text(named), origin=scope.module.origin(call), scope=scope, fallback=fallback
        )

    def _helper(self, function: Function) -> tuple[str, str] | None:
        key = id(function.node)
        if key not in self._helpers:
            self._helpers[key] = None
            self._helpers[key] = self._inspect(function)
        return self._helpers[key]

    def _inspect(self, function: Function) -> tuple[str, str] | None:
        names = parameters(function.node)
        for node in ast.walk(function.node):
            if isinstance(node, ast.Subscript):
                subject, source = node.slice, self._resolver.value(node.value, function.scope)
                reads = source == External("os.environ")
            elif isinstance(node, ast.Call) and node.args:
                subject = node.args[0]
                reads = self._reads(_kinds(self._resolver.value(node.func, function.scope)))
            else:
                continue
            if reads and isinstance(subject, ast.Name) and subject.id in names:
                return subject.id, next(
                    (name for name in names if name.startswith("default") or name == "fallback"), ""
                )
        return None

    def _prefix(self, cls: Class) -> str:
        for name in ("model_config", "Config"):
            for binding in self._resolver.class_values(cls).get(name, ()):
                found = _prefix_in(binding.node)
                if found:
                    return found
        return ""


def _spelled(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _kinds(value: Value | None) -> frozenset[str]:
    match value:
        case External(dotted=dotted):
            return frozenset({dotted})
        case Made(kinds=kinds):
            return frozenset(f"{kind}()" for kind in kinds)
        case Member(of=Made(kinds=kinds), name=name):
            return frozenset(f"{kind}().{name}" for kind in kinds)
        case _:
            return frozenset()


def _implied(kinds: frozenset[str]) -> str:
    for kind in kinds:
        if kind in _WHOLE:
            return _WHOLE[kind]
        if kind.startswith(_TYPED) and kind.rpartition(".")[2] in _IMPLIED:
            return _IMPLIED[kind.rpartition(".")[2]]
    return ""


def _from_scheme(env: Made, name: str) -> ast.expr | None:
    """Return the default that `environ.Env(DEBUG=(bool, False))` declares."""
    declared = keyword(env.call, name)
    return declared.elts[1] if isinstance(declared, ast.Tuple) and len(declared.elts) == 2 else None


def _is_named(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _is_class_variable(statement: ast.AnnAssign) -> bool:
    return "ClassVar" in ast.unparse(statement.annotation)


def _is_optional(statement: ast.AnnAssign, ancestors: tuple[str, ...]) -> bool:
    # Pydantic 1 gave Optional fields the default None; version 2 does not.
    annotation = ast.unparse(statement.annotation)
    return ("Optional" in annotation or "None" in annotation) and not any(
        a.startswith("pydantic_settings") for a in ancestors
    )


def _field_parts(value: ast.expr | None) -> tuple[str, ast.expr | None]:
    """Return (alias, default) of the right side of a settings field."""
    if not isinstance(value, ast.Call) or ast.unparse(value.func).rpartition(".")[2] != "Field":
        return "", value
    alias = text(keyword(value, "validation_alias", "alias", "env"))
    default = argument(value, 0, "default")
    factory = keyword(value, "default_factory")
    if isinstance(default, ast.Constant) and default.value is ...:
        default = None
    return alias, default if default is not None else factory


def _prefix_in(node: ast.AST | None) -> str:
    if isinstance(node, ast.Call):
        return text(keyword(node, "env_prefix"))
    if isinstance(node, ast.Dict):
        return next(
            (
                text(v)
                for k, v in zip(node.keys, node.values, strict=True)
                if text(k) == "env_prefix"
            ),
            "",
        )
    if isinstance(node, ast.ClassDef):
        assigned = (s for s in node.body if isinstance(s, ast.Assign))
        return next(
            (text(s.value) for s in assigned if any(_is_named(t, "env_prefix") for t in s.targets)),
            "",
        )
    return ""
