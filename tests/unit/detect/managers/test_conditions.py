"""Markers joined along a graph."""

import pytest
from dockwright.detect.managers.conditions import (
    ALWAYS,
    NEVER,
    both,
    either,
    parse_condition,
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
            'a == "1" and (b == "2" or c == "3")',
            '(a == "1" and b == "2") or (a == "1" and c == "3")',
        ),
        ('a == "1" or a == "1" and b == "2"', 'a == "1"'),
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
