"""Markers joined along a graph."""

import pytest
from dockwright.detect.managers.markers import (
    ALWAYS,
    NEVER,
    both,
    either,
    equivalent,
    is_impossible,
    opposite,
    parse_condition,
    same_python,
    split_extras,
    to_marker,
)


@pytest.mark.parametrize(
    ("marker", "shown"),
    [
        ("", ""),
        ("sys_platform == 'win32'", 'sys_platform == "win32"'),
        ("'linux' == sys_platform", 'sys_platform == "linux"'),
        ('"linux" in sys_platform', '"linux" in sys_platform'),
        ("python_version not in '3.0, 3.1'", 'python_version not in "3.0, 3.1"'),
        (
            'os_name == "1" and (extra == "2" or extra == "3")',
            '(extra == "2" and os_name == "1") or (extra == "3" and os_name == "1")',
        ),
        ('extra == "1" or extra == "1" and os_name == "2"', 'extra == "1"'),
        ("python_version <", ""),
        ("(python_version < '3'", ""),
    ],
)
def test_a_marker_comes_back_in_one_form(marker: str, shown: str) -> None:
    assert to_marker(parse_condition(marker)) == shown


def test_what_always_holds_swallows_every_alternative() -> None:
    windows = parse_condition('sys_platform == "win32"')
    assert either(windows, ALWAYS) == ALWAYS
    assert both(windows, ALWAYS) == windows
    assert either(windows, NEVER) == windows


def test_extras_become_names_and_leave_the_rest() -> None:
    names, rest = split_extras(
        parse_condition('(extra == "a" or extra == "b") and os_name == "nt"')
    )
    assert names == {"a", "b"}
    assert to_marker(rest) == 'os_name == "nt"'


def test_a_clause_without_extra_is_for_everybody() -> None:
    names, _ = split_extras(
        parse_condition('platform_python_implementation != "PyPy" or extra == "all"')
    )
    assert names == {"", "all"}


def test_a_condition_of_too_many_alternatives_holds_always() -> None:
    condition = NEVER
    for number in range(40):
        condition = either(condition, parse_condition(f'platform_machine == "m{number}"'))
    assert condition == ALWAYS


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("python_version < '3.13'", "python_full_version < '3.13'", True),
        ("python_version <= '3.12'", "python_full_version < '3.13'", True),
        ("python_version == '3.12'", "python_full_version == '3.12.*'", True),
        ("python_version >= '3.9'", "", True),
        ("python_version < '3.9'", "", False),
        ("'linux' == sys_platform", 'sys_platform == "linux"', True),
        ("sys_platform == 'linux' or sys_platform != 'linux'", "", True),
        ("sys_platform == 'win32' and os_name == 'posix'", "python_version < '3'", True),
        (
            "python_version in '3.11 3.12'",
            "python_version == '3.11' or python_version == '3.12'",
            True,
        ),
        ("python_version not in '3.11'", "python_version != '3.11'", True),
        ("extra == 'A_b' and os_name == 'nt'", "os_name == 'nt' and extra == 'a-b'", True),
        ("platform_release >= '5'", "platform_release >= '6'", None),
        ("python_full_version < '3.12.4'", "python_full_version <= '3.12.3'", True),
        ("python_full_version < '3.12.4'", "python_full_version < '3.12.5'", False),
    ],
)
def test_markers_are_compared_by_what_they_mean(one: str, other: str, same: object) -> None:
    assert equivalent(one, other, ">=3.11") is same
    assert equivalent(other, one, ">=3.11") is same


def test_what_is_left_over_by_a_source_is_its_opposite() -> None:
    source = parse_condition("sys_platform == 'linux' and python_version == '3.12'")
    assert to_marker(opposite(source)) == 'python_version != "3.12" or sys_platform != "linux"'


def test_what_can_never_hold_is_recognised() -> None:
    assert is_impossible("sys_platform == 'linux' and sys_platform == 'darwin'")
    assert not is_impossible("sys_platform == 'linux' and python_version < '3.9'")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (">=3.11", ">=3.11.0"),
        (">=3.11,<4", "<4.0, >= 3.11"),
        ("~=3.11", ">=3.11,<4"),
        ("==3.12.*", ">=3.12,<3.13"),
        (">=3.11,!=3.12.1", ">=3.11"),
    ],
)
def test_specifiers_that_span_the_same(one: str, other: str) -> None:
    assert same_python(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [(">=3.11", ">3.11"), ("<4", "<=4"), ("==3.12", "==3.12.*"), (">=3.11", "")]
)
def test_specifiers_that_do_not(one: str, other: str) -> None:
    assert not same_python(one, other)
