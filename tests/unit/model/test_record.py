"""Records behave as frozen dataclasses do."""

import copy
import pickle
from dataclasses import field

import pytest
from dockwright.model.record import fields, record, replace


@record
class Point:
    """A point for these tests."""

    x: int
    y: int = 0
    notes: tuple[str, ...] = ()


@record
class Secret:
    """Has a field that is not shown."""

    name: str
    value: str = field(default="", repr=False)
    seen: list[str] = field(default_factory=list)


def test_fields_are_given_by_keyword_and_have_defaults() -> None:
    assert (Point(x=1).x, Point(x=1).y) == (1, 0)


@pytest.mark.parametrize(
    "given", [{}, {"y": 1}, {"x": 1, "z": 2}, {"z": 1}], ids=["none", "missing", "unknown", "both"]
)
def test_missing_and_unknown_fields_are_refused(given: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="Point"):
        Point(**given)  # type: ignore[arg-type] # wrong on purpose


def test_a_record_cannot_be_changed() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError, match="cannot"):
        point.x = 2  # type: ignore[misc] # wrong on purpose
    with pytest.raises(AttributeError, match="cannot"):
        del point.x


def test_equality_and_hash_are_by_class_and_values() -> None:
    @record
    class Other:
        x: int
        y: int = 0
        notes: tuple[str, ...] = ()

    assert Point(x=1) == Point(x=1, y=0)
    assert Point(x=1) != Point(x=2)
    assert not Point(x=1) == Other(x=1)  # type: ignore[comparison-overlap]  # noqa: SIM201 - the point of it
    assert len({Point(x=1), Point(x=1), Point(x=2)}) == 2


def test_replace_makes_a_copy() -> None:
    point = Point(x=1, notes=("a",))
    assert replace(point, y=5) == Point(x=1, y=5, notes=("a",))
    assert point.y == 0
    assert [field.name for field in fields(point)] == ["x", "y", "notes"]


def test_what_is_hidden_is_not_shown_and_factories_make_one_each() -> None:
    assert "hunter2" not in repr(Secret(name="a", value="hunter2"))
    assert Secret(name="a").seen is not Secret(name="a").seen


def test_records_can_be_copied_and_pickled() -> None:
    point = Point(x=1, notes=("a",))
    assert copy.deepcopy(point) == point
    assert pickle.loads(pickle.dumps(point)) == point  # noqa: S301 - our own bytes
