import pytest
from dockwright.detect.long_numbers import MAX_DIGITS, refuse_long_number
from dockwright.errors import UnreadableError


@pytest.mark.parametrize(
    "before", [0, 1, MAX_DIGITS - 1, MAX_DIGITS, MAX_DIGITS + 1, 3 * MAX_DIGITS - 7]
)
@pytest.mark.parametrize("after", [0, 1, MAX_DIGITS])
def test_a_number_that_python_refuses_is_found_wherever_it_stands(before: int, after: int) -> None:
    text = "x" * before + "\n" + "7" * MAX_DIGITS + "\n" + "x" * after

    with pytest.raises(UnreadableError) as caught:
        refuse_long_number("uv.lock", text)

    assert caught.value.origin is not None
    assert (caught.value.origin.path, caught.value.origin.line) == ("uv.lock", 2)


@pytest.mark.parametrize("before", [0, MAX_DIGITS - 1, MAX_DIGITS])
def test_a_shorter_number_and_many_digits_that_letters_part_are_read(before: int) -> None:
    hexadecimal = ("0123456789" * 6 + "abcdef") * 300

    refuse_long_number("uv.lock", "x" * before + "7" * (MAX_DIGITS - 1) + "\n" + hexadecimal)
