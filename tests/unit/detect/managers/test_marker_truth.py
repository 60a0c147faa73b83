"""Markers that mean the same, and Python ranges that span the same."""

import pytest
from dockwright.detect.managers.marker_truth import NEVER, all_of, equivalent, none_of, truth
from dockwright.detect.managers.python_range import PythonRange, python_range

PYTHON = python_range([">=3.11"])


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
        ("sys_platform == 'linux'", "platform_system == 'Linux'", False),
        (
            "python_version in '3.11 3.12'",
            "python_version == '3.11' or python_version == '3.12'",
            True,
        ),
        ("python_version not in '3.11'", "python_version != '3.11'", True),
        ("extra == 'A_b' and os_name == 'nt'", "os_name == 'nt' and extra == 'a-b'", True),
        ("sys_platform == 'win32' and os_name == 'posix'", "python_version < '3'", None),
        ("platform_release >= '5'", "platform_release >= '6'", None),
        ("python_full_version < '3.12.4'", "python_full_version <= '3.12.3'", True),
        ("python_full_version < '3.12.4'", "python_full_version < '3.12.5'", False),
    ],
)
def test_markers_are_compared_by_what_they_mean(one: str, other: str, same: object) -> None:
    assert equivalent(truth(one), truth(other), PYTHON) is same
    assert equivalent(truth(other), truth(one), PYTHON) is same


def test_what_is_left_over_by_a_source_is_its_negation() -> None:
    source, wish = (
        truth("sys_platform == 'linux' and python_version == '3.12'"),
        truth("extra == 'pg'"),
    )
    rest = truth("extra == 'pg' and (sys_platform != 'linux' or python_version != '3.12')")
    assert equivalent(all_of(none_of(source), wish), rest, PYTHON) is True


def test_what_can_never_hold_is_recognised() -> None:
    both = all_of(truth("sys_platform == 'linux'"), none_of(truth("sys_platform == 'linux'")))
    assert equivalent(both, NEVER, PythonRange()) is True


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
    assert python_range([one]) == python_range([other])


@pytest.mark.parametrize(
    ("one", "other"), [(">=3.11", ">3.11"), ("<4", "<=4"), ("==3.12", "==3.12.*"), (">=3.11", "")]
)
def test_specifiers_that_do_not(one: str, other: str) -> None:
    assert python_range([one]) != python_range([other])


def test_several_specifiers_are_narrowed_together() -> None:
    assert python_range([">=3.11", ">=3.10,<4"]) == python_range([">=3.11,<4"])
