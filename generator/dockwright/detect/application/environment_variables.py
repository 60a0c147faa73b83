"""The environment variables that the project's code reads, and which one an expression reads."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dockwright.detect.application import known_names, syntax
from dockwright.detect.application.module import Module, Scope
from dockwright.detect.application.sources import Sources
from dockwright.detect.application.values import (
    Class,
    Expression,
    External,
    Function,
    Made,
    Member,
    Resolver,
    Value,
)
from dockwright.errors import redact
from dockwright.model.application import ReadVariable
from dockwright.model.origin import Origin
from dockwright.model.record import record, replace
from dockwright.model.secret import is_secret_name

ENVIRONMENT_WORDS = known_names.words("environment_words")

# What ReadVariable.asked can be.
PRESENCE, TRUTH, JSON = "presence", "truth", "json"
_LENIENT = frozenset(known_names.LISTS["lenient_reads"])
_READS = _LENIENT.union(known_names.LISTS["strict_reads"])
_MAY_IMPLY = frozenset(name.rpartition(".")[2] for name in known_names.IMPLIED_VARIABLES)
_TYPED = known_names.LISTS["typed_reads"]
_COLLECTION = (
    r"(Optional\[|typing\.)*"
    r"(list|set|frozenset|tuple|dict|List|Set|FrozenSet|Tuple|Dict|Sequence|Mapping)\b"
)
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_GIVES_TEXT = r"\b(environ\.get|getenv)$"
_URL = r"(URL|URI|DSN|CONNECTION_STRING|CONN_STR)$"
# Names of variables that hold a whole address without saying URL.
_WHOLE = (
    r"(REDIS|VALKEY|BROKER|BACKEND|DATABASE|DB|MONGO(DB)?|AMQP|RABBITMQ|POSTGRES(QL)?|PG|MYSQL"
    r"|ENDPOINT|CONNECTION|SERVERS|BROKERS|HOSTS|CONN)$"
)
_MAX_NODES = 120
_MAX_DEFAULT = 200


@record
class Read:
    """One place that reads a variable; `asked` is that of ReadVariable."""

    name: str
    origin: Origin
    scope: Scope
    # The expression that stands in for it, in `scope`.
    fallback: ast.expr | None = None
    required: bool = False
    asked: str = ""

    @property
    def default(self) -> str | None:
        """The fallback as the text that the variable would have, where it is a literal."""
        value = self.fallback.value if isinstance(self.fallback, ast.Constant) else None
        return str(value) if isinstance(value, str | int | float) else None


@dataclass(kw_only=True, eq=False)
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
        if not urls and len(names) == 1 and not known_names.meaning(names[0], "roles"):
            urls = names if re.search(_WHOLE, names[0].upper()) else []
        return next(iter(urls), "")

    @property
    def parts(self) -> dict[str, str]:
        """Role -> variable, for a connection that is put together; sorted by role."""
        return known_names.roles_of(read.name for read in self.reads)


class Environment:
    """Says which variable an expression reads."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        # Function -> its parameter that is the name of a variable.
        self._helpers: dict[int, str] = {}

    def read(self, node: ast.AST, scope: Scope) -> Read | None:
        """Return the variable that this very expression reads; its parts are not looked at."""
        match node:
            case ast.Subscript(ctx=ast.Load()) if re.fullmatch(_NAME, syntax.text(node.slice)):
                if not self.is_environ(node.value, scope):
                    return None
                origin = scope.module.origin(node)
                return Read(name=syntax.text(node.slice), origin=origin, scope=scope, required=True)
            case ast.Call():
                return self._call(node, scope)
            case ast.Attribute():
                return self.of(self.resolver.value(node, scope))
            case _:
                return None

    def read_behind(self, node: ast.AST, scope: Scope) -> Read | None:
        """Return the variable that an expression is, by way of other names too."""
        return self.read(node, scope) or self.of(self.resolver.value(node, scope))

    def is_environ(self, node: ast.AST, scope: Scope) -> bool:
        """Whether an expression is os.environ."""
        return self.resolver.value(node, scope) == External("os.environ")

    def of(self, value: Value | None) -> Read | None:
        """Return the variable that stands behind a value."""
        match value:
            case (
                Made(call=node, scope=scope) | Expression(node=ast.Subscript() as node, scope=scope)
            ):
                return self.read(node, scope)
            case Member(of=Made(cls=Class() as cls), name=name):
                return self._field(cls, name) if self.resolver.is_settings(cls) else None
            case _:
                return None

    def text(self, node: ast.AST | None, scope: Scope) -> str:
        """Return the text that an expression is, or the default of its variable; "" if none."""
        value = self.resolver.value(node, scope)
        if isinstance(value, Expression) and syntax.text(value.node):
            return syntax.text(value.node)
        read = self.of(value)
        return (read.default or "") if read else ""

    def fields(self, cls: Class) -> Iterator[Read]:
        """Yield the variables of a pydantic settings class, none for any other class."""
        for statement in cls.node.body if cls.node.bases and self.resolver.is_settings(cls) else ():
            name = getattr(getattr(statement, "target", None), "id", "_")
            read = None if name == "model_config" or name[0] == "_" else self._field(cls, name)
            if read:
                yield read

    def _field(self, cls: Class, name: str) -> Read | None:
        annotated = (s for s in cls.node.body if isinstance(s, ast.AnnAssign))
        statement = next((s for s in annotated if getattr(s.target, "id", "") == name), None)
        annotation = ast.unparse(statement.annotation) if statement else "ClassVar"
        if statement is None or "ClassVar" in annotation:
            return None
        alias, default = "", statement.value
        if isinstance(default, ast.Call) and syntax.called_name(default) == "Field":
            alias = syntax.text(syntax.keyword(default, "validation_alias", "alias", "env"))
            default = syntax.argument(default, 0, "default") or syntax.keyword(
                default, "default_factory"
            )
        if isinstance(default, ast.Constant) and default.value is ...:
            default = None
        # Pydantic 1 gave Optional fields the default None; version 2 does not.
        first = not any(a.startswith("pydantic_settings") for a in self.resolver.ancestors(cls))
        optional = first and ("Optional" in annotation or "None" in annotation)
        # model_config = SettingsConfigDict(env_prefix="SHOP_"), in version 1 a class Config.
        given = {one.arg: one.value for one in cls.node.keywords}
        bound, prefix = cls.module.locals(cls.node), syntax.text(given.get("env_prefix"))
        for binding in (*bound.get("model_config", ()), *bound.get("Config", ())):
            prefix = syntax.text(dict(syntax.entries(binding.node)).get("env_prefix"))
            if isinstance(binding.node, ast.Call):
                prefix = syntax.text(syntax.keyword(binding.node, "env_prefix"))
            elif isinstance(binding.node, ast.ClassDef):
                named = cls.module.locals(binding.node).get("env_prefix")
                prefix = syntax.text(named[-1].node) if named else ""
        scope = Scope(cls.module, (cls.node,), statement.lineno)
        if default is not None and "Optional" not in annotation and "None" not in annotation:
            # `KEY: str = os.getenv("SHOP_KEY")`: pydantic refuses the None that comes out of it.
            inner = self.read(default, scope)
            if inner and (inner.fallback is None or _is_none(inner.fallback)):
                return replace(inner, required=True)
        return Read(
            name=alias or (prefix + name).upper(),
            origin=cls.module.origin(statement),
            scope=scope,
            fallback=default,
            required=default is None and not optional,
            asked=JSON if re.match(_COLLECTION, annotation) else "",
        )

    def _call(self, call: ast.Call, scope: Scope) -> Read | None:
        named = syntax.argument(call, 0, "key", "name", "var", "varname")
        may_imply = named is None and syntax.called_name(call) in _MAY_IMPLY
        # A function of the project may take the name after other things.
        texts = [syntax.text(one) for one in (named, *call.args)]
        if not may_imply and not any(re.fullmatch(_NAME, one) for one in texts):
            return None
        callee = self.resolver.value(call.func, scope)
        if isinstance(callee, Function):
            return self._through_helper(callee, call, scope)
        kinds = frozenset(self.resolver.names_of(callee))
        name, fallback = syntax.text(named), syntax.argument(call, 1, "default")
        methods = (kind.rpartition(".")[2] for kind in kinds if kind.startswith(_TYPED))
        implied = next(filter(None, map(known_names.IMPLIED_VARIABLES.get, (*kinds, *methods))), "")
        if implied:
            name = syntax.text(syntax.keyword(call, "env")) or name or implied
            fallback = syntax.keyword(call, "default")
        if not re.fullmatch(_NAME, name) or not (implied or _reads(kinds)):
            return None
        if fallback is None and isinstance(callee, Made):
            # environ.Env(DEBUG=(bool, False)) declares the default of env("DEBUG").
            declared = syntax.keyword(callee.call, name)
            fallback = declared.elts[1] if isinstance(declared, ast.Tuple) else None
        required = fallback is None and not kinds & {*_LENIENT, *known_names.IMPLIED_VARIABLES}
        origin = scope.module.origin(call)
        return Read(name=name, origin=origin, scope=scope, fallback=fallback, required=required)

    def _through_helper(self, function: Function, call: ast.Call, scope: Scope) -> Read | None:
        # A function of the project may hand its own parameter to os.environ.
        key, names = id(function.node), syntax.parameters(function.node)
        if key not in self._helpers:
            self._helpers[key] = ""
            self._helpers[key] = self._name_parameter(function)
        named = self._helpers[key]
        name = syntax.text(syntax.argument(call, names.index(named), named)) if named else ""
        if not re.fullmatch(_NAME, name):
            return None
        defaults = [one for one in names if one.startswith("default") or one == "fallback"]
        fallback = (
            syntax.argument(call, names.index(defaults[0]), defaults[0]) if defaults else None
        )
        # `get_env_or_fail`: it raises where nothing is set, and takes no default.
        fails = not defaults and any(isinstance(one, ast.Raise) for one in ast.walk(function.node))
        origin = scope.module.origin(call)
        return Read(name=name, origin=origin, scope=scope, fallback=fallback, required=fails)

    def _name_parameter(self, function: Function) -> str:
        for node in ast.walk(function.node):
            if isinstance(node, ast.Subscript):
                subject: ast.expr = node.slice
                reads = self.is_environ(node.value, function.scope)
            elif isinstance(node, ast.Call) and node.args:
                subject = node.args[0]
                reads = _reads(frozenset(self.resolver.names(node.func, function.scope)))
            else:
                continue
            named = subject.id if reads and isinstance(subject, ast.Name) else ""
            if named in syntax.parameters(function.node):
                return named
        return ""

    def trace(self, *places: tuple[ast.AST | None, Scope]) -> Traced:
        """Return what the expressions in `places` are made of."""
        traced, waiting, seen = Traced(), list(places), set[int]()
        while waiting and len(seen) < _MAX_NODES:
            here, where = waiting.pop(0)
            if here and id(here) not in seen:
                seen.add(id(here))
                waiting += self._parts(here, where, traced)
        return traced

    def _parts(self, node: ast.AST, scope: Scope, traced: Traced) -> list[tuple[ast.AST, Scope]]:
        if read := self.read(node, scope):
            traced.reads.append(read)
            return [(read.fallback, read.scope)] if read.fallback is not None else []
        found = self.resolver.leads_to(node, scope)
        match node:
            case ast.Constant(value=str() as value) if value:
                traced.texts.append(value)
                scheme = re.match(r"([a-z][a-z0-9+.-]*)://", value)
                traced.schemes += [scheme[1]] if scheme else []
            case ast.Attribute() if not found:
                # What is read off an object (urlparse(url).hostname) is made of what that is.
                owner = self.resolver.value(node, scope)
                if isinstance(owner, Member) and owner.of.cls is None:
                    found = [(owner.of.call, owner.of.scope)]
            case ast.Call(func=func):
                # "{}".format(x), url.replace("postgres://", ...): the text before the dot counts.
                receiver = [func.value] if isinstance(func, ast.Attribute) else []
                found = [(part, scope) for part in (*receiver, *syntax.all_arguments(node))] + found
            case ast.Name() | ast.Attribute():
                pass
            case _:
                inner = ast.iter_child_nodes(node)
                found = [(child, scope) for child in inner if isinstance(child, ast.expr)]
        return found


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _reads(kinds: frozenset[str]) -> bool:
    return bool(kinds & _READS) or any(kind.startswith(_TYPED) for kind in kinds)


def find_variables(
    sources: Sources, environment: Environment, unused: frozenset[str] = frozenset()
) -> tuple[ReadVariable, ...]:
    """Return every variable once, sorted by name; files in `unused` are passed over."""
    found: dict[str, ReadVariable] = {}
    paths = _with_descendants(sources, environment)
    for module in sources.modules(path for path in paths if path not in unused):
        for read in reads_in(module, environment):
            if read.name in known_names.LISTS["machine_variables"] or not read.name.isidentifier():
                continue
            # The place that needs it most stands for it.
            told = [one for one in (found.get(read.name), _variable(read)) if one]
            found[read.name] = max(told, key=lambda one: (one.required, one.default is not None))
    return tuple(found[name] for name in sorted(found))


def _with_descendants(sources: Sources, environment: Environment) -> list[str]:
    # A file that only derives from a settings class of the project need not name pydantic.
    found = list(sources.mentioning(ENVIRONMENT_WORDS))
    waiting = [path for path in found if b"BaseSettings" in sources.raw(path)]
    while waiting:
        module = sources.module(waiting.pop(0))
        classes = [site.node for site in module.sites(ast.ClassDef)] if module else []
        for cls in classes:
            if (
                not module
                or not cls.bases
                or not environment.resolver.is_settings(Class(module, cls))
            ):
                continue
            derives = rb"^\s*class\s+\w+\s*\([^)]*\b" + cls.name.encode() + rb"\b"
            named = [p for p in sources.containing(cls.name.encode()) if p not in found]
            new = [p for p in named if re.search(derives, sources.raw(p), re.MULTILINE)]
            found += new
            waiting += new
    return found


def reads_in(module: Module, environment: Environment) -> Iterator[Read]:
    """Yield what one module reads, tests for a variable's presence included."""
    asked, guarded, optional = _ways_of_asking(module), _guarded(module), _optional_lines(module)
    for call in module.sites(ast.Call):
        if read := environment.read(call.node, call.scope):
            yield replace(read, asked=asked.get(id(call.node), ""))
    for subscript in module.sites(ast.Subscript):
        if read := environment.read(subscript.node, subscript.scope):
            line = subscript.node.lineno
            needless = read.name in guarded or any(line in lines for lines in optional)
            yield replace(read, required=not needless)
    for cls in module.sites(ast.ClassDef):
        yield from environment.fields(Class(module, cls.node))
    for site in module.sites(ast.Compare):
        # "DEBUG" in os.environ
        name, node = syntax.text(site.node.left), site.node
        is_in = isinstance(node.ops[0], ast.In | ast.NotIn)
        if name and is_in and environment.is_environ(node.comparators[0], site.scope):
            yield Read(name=name, origin=site.origin, scope=site.scope, asked=PRESENCE)


def _guarded(module: Module) -> set[str]:
    # A name that is tested, or read inside `try ... except KeyError`, may be missing.
    found = {syntax.text(site.node.left) for site in module.sites(ast.Compare)}
    for site in module.sites(ast.Try):
        caught = [ast.dump(handler.type) for handler in site.node.handlers if handler.type]
        if any("KeyError" in one for one in caught):
            inner = (part for statement in site.node.body for part in ast.walk(statement))
            found |= {syntax.text(part.slice) for part in inner if isinstance(part, ast.Subscript)}
    return found


def _optional_lines(module: Module) -> list[range]:
    # What runs only if the environment says so may lack its other variables.
    branches = [site.node for site in module.sites(ast.If)]
    asking = [one for one in branches if re.search("environ|getenv", ast.unparse(one.test))]
    return [range(one.body[0].lineno, (one.body[-1].end_lineno or 0) + 1) for one in asking]


def _ways_of_asking(module: Module) -> dict[int, str]:
    # Where the value does not count, PRESENCE or TRUTH by the id of the reading call.
    truths = [one.value for one in module.assignments]
    for site in module.sites(ast.Call):
        truths += [given.value for given in site.node.keywords]
        truths += site.node.args[:1] if syntax.called_name(site.node) == "bool" else []
    compares = [site.node for site in module.sites(ast.Compare)]
    presences = [one.left for one in compares if isinstance(one.ops[0], ast.Is | ast.IsNot)]
    found = {}
    for way, nodes in ((TRUTH, truths), (PRESENCE, presences)):
        for node in nodes:
            first = node.values[0] if isinstance(node, ast.BoolOp) else node
            # These calls give text: "0" is as true as "1" then.
            if isinstance(first, ast.Call) and re.search(_GIVES_TEXT, ast.unparse(first.func)):
                found[id(first)] = way
    return found


def _variable(read: Read) -> ReadVariable:
    secret = is_secret_name(read.name)
    default = read.default or ""
    hidden = secret or redact(default) != default or "\n" in default or len(default) > _MAX_DEFAULT
    return ReadVariable(
        name=read.name,
        origin=read.origin,
        default=None if hidden else read.default,
        spelled=isinstance(getattr(read.fallback, "value", ""), str),
        required=read.required,
        secret=secret,
        asked=read.asked,
    )
