"""Frozen records: what `@dataclass(frozen=True, kw_only=True)` gives, without compiling code when a
class is made.

A run of `generate` loads more than a hundred record classes. The standard decorator writes and
compiles six methods for each, 0.6 ms a class, which was a third of the whole run. These methods are
written once, here, and read the class's own field names.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")

_FIELDS = "__record_fields__"
_METADATA = "__record_metadata__"
_MISSING: Any = object()


class _Field:
    def __init__(
        self,
        default: object,
        factory: Callable[[], object] | None,
        metadata: object,
        *,
        shown: bool,
    ) -> None:
        self.default, self.factory, self.metadata, self.shown = default, factory, metadata, shown


def field(
    *,
    default: T = _MISSING,
    default_factory: Callable[[], T] | None = None,
    metadata: object = None,
    repr: bool = True,  # noqa: A002 - the names of dataclasses.field
) -> T:
    """Describe a field whose default is made anew for each instance, that carries `metadata`, or
    that is not shown in the text of its record.
    """
    return cast("T", _Field(default, default_factory, metadata, shown=repr))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen record of its annotated fields, given by keyword; equal by class and
    values, hashable.
    """
    return _made(cls)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def row(cls: type[T]) -> type[T]:
    """The same for small records whose fields are given by position."""
    return _made(cls)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,), eq_default=False)
def draft(cls: type[T]) -> type[T]:
    """The same, but filled as the work goes on: its fields can be set, and it is equal to nothing
    but itself.
    """
    return _made(cls, (_init, _repr))


def _made(cls: type[T], methods: tuple[Callable[..., object], ...] = ()) -> type[T]:
    names = tuple(cls.__annotations__)
    given = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    special = {name: value for name, value in given.items() if isinstance(value, _Field)}
    for name in special:
        delattr(cls, name)
    defaults = {name: value for name, value in given.items() if name not in special}
    defaults.update(
        {name: value.default for name, value in special.items() if value.default is not _MISSING}
    )
    factories = {
        name: value.factory for name, value in special.items() if value.factory is not None
    }
    hidden = frozenset(name for name, value in special.items() if not value.shown)
    setattr(cls, _FIELDS, (names, frozenset(names), defaults, factories, hidden))
    setattr(cls, _METADATA, {name: value.metadata for name, value in special.items()})
    setattr(cls, "__match_args__", names)  # noqa: B010 - mypy knows none
    for method in methods or (_init, _repr, _eq, _hash, _setattr, _delattr):
        setattr(cls, f"_{method.__name__}__", method)
    return cls


def fields(instance: object) -> tuple[str, ...]:
    """Return the names of a record's fields, in their order."""
    names: tuple[str, ...] = getattr(instance, _FIELDS)[0]
    return names


def metadata(cls: type) -> dict[str, Any]:
    """Return field -> its metadata, for fields that were described with `field`."""
    found: dict[str, Any] = getattr(cls, _METADATA)
    return found


def is_record(value: object) -> bool:
    """Whether `value` is an instance of a record class."""
    return hasattr(type(value), _FIELDS)


def replace(instance: T, **changes: Any) -> T:  # noqa: ANN401 - a field holds anything
    """Return a copy with `changes`."""
    own = instance.__dict__
    return type(instance)(**{**{name: own[name] for name in fields(instance)}, **changes})


def _init(self: object, *given: object, **values: object) -> None:
    order, names, defaults, factories, _ = getattr(self, _FIELDS)
    own = self.__dict__
    own.update(defaults)
    if given:
        own.update(zip(order, given, strict=False))
    own.update(values)
    for name, factory in factories.items():
        if name not in own:
            own[name] = factory()
    if own.keys() != names:
        missing, unknown = sorted(names - own.keys()), sorted(own.keys() - names)
        raise TypeError(f"{type(self).__name__}: missing {missing}, unknown {unknown}")


def _values(self: object) -> tuple[object, ...]:
    own: Mapping[str, object] = self.__dict__
    return tuple(own[name] for name in getattr(self, _FIELDS)[0])


def _repr(self: object) -> str:
    hidden = getattr(self, _FIELDS)[4]
    shown = [name for name in fields(self) if name not in hidden]
    inside = ", ".join(f"{name}={self.__dict__[name]!r}" for name in shown)
    return f"{type(self).__qualname__}({inside})"


def _eq(self: object, other: object) -> bool:
    return type(self) is type(other) and _values(self) == _values(other)


def _hash(self: object) -> int:
    return hash(_values(self))


def _setattr(self: object, name: str, _: object) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} is frozen")


def _delattr(self: object, name: str) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} is frozen")
