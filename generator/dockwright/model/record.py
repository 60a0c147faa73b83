"""`@record` is `@dataclass(frozen=True, kw_only=True)` without code compiled at each start."""

import dataclasses
from typing import Any, TypeVar, cast, dataclass_transform

T = TypeVar("T")


# A run loads more than 150 records. `dataclass` writes and compiles six methods for each of them,
# which takes longer than to read and judge a small project. These are written once.
class _Frozen:
    def __init__(self, **values: object) -> None:
        own = self.__dict__
        for field in fields(self):
            if field.default is not dataclasses.MISSING:
                own[field.name] = field.default
            elif field.default_factory is not dataclasses.MISSING and field.name not in values:
                own[field.name] = field.default_factory()
        own.update(values)
        if wrong := own.keys() ^ {field.name for field in fields(self)}:
            raise TypeError(f"{type(self).__name__}: missing or unknown: {sorted(wrong)}")

    def __repr__(self) -> str:
        shown = [f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr]
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash(_values(self))

    def __setattr__(self, name: str, _: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


_METHODS = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__")


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,)
)
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen dataclass of fields that are given by keyword."""
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    for method in _METHODS:
        setattr(cls, method, vars(_Frozen)[method])
    return cls


def fields(of: object) -> tuple[dataclasses.Field[Any], ...]:
    """Return the fields of a record or of its class."""
    return dataclasses.fields(cast("Any", of))


def replace(instance: T, **changes: Any) -> T:  # noqa: ANN401 - a field holds anything
    """Return a copy with `changes`."""
    return cast("T", dataclasses.replace(cast("Any", instance), **changes))


def _values(instance: object) -> tuple[object, ...]:
    return tuple(getattr(instance, field.name) for field in fields(instance))
