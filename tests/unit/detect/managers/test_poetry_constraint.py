"""Poetry's constraints, as its own parser reads them."""

import pytest
from dockwright.detect.managers.requirement import (
    platform_marker,
    python_marker,
    to_alternatives,
    to_pep440,
)
from packaging.specifiers import SpecifierSet


@pytest.mark.parametrize(
    ("constraint", "specifier"),
    [
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2.0"),
        ("^1.2", ">=1.2,<2.0"),
        ("^1", ">=1,<2.0"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1.0"),
        ("^1!2.0", ">=1!2.0,<1!3.0"),
        ("^21.12b0", ">=21.12b0,<22.0"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2.0"),
        ("~=1.4.2", "~=1.4.2"),
        ("1.2.3", "==1.2.3"),
        ("=1.2", "==1.2"),
        ("v1.2", "==1.2"),
        ("1.*", "==1.*"),
        ("!=1.5.*", "!=1.5.*"),
        (">= 1.0, < 2", ">=1.0,<2"),
        (">1.0 <1.5", ">1.0,<1.5"),
        ("^1.2,!=1.4", ">=1.2,<2.0,!=1.4"),
    ],
)
def test_a_constraint_in_the_words_of_pep_440(constraint: str, specifier: str) -> None:
    assert to_pep440(constraint) == specifier
    assert {str(clause) for clause in SpecifierSet(specifier)} == set(specifier.split(",")) - {""}


@pytest.mark.parametrize(
    ("constraint", "alternatives"),
    [
        ("~2.7 || ^3.6", (">=2.7,<2.8", ">=3.6,<4.0")),
        ("2.7 | 3.9.*", ("==2.7", "==3.9.*")),
        (">=1 || <0.5", (">=1", "<0.5")),
        ("==1.0.0 || >=1.2", ("==1.0.0", ">=1.2")),
    ],
)
def test_alternatives_are_kept_and_no_single_specifier_says_them(
    constraint: str, alternatives: tuple[str, ...]
) -> None:
    assert to_alternatives(constraint) == alternatives
    assert to_pep440(constraint) == ""


@pytest.mark.parametrize("constraint", ["latest", "^", "1.2.x.y", ">=one"])
def test_what_poetry_cannot_read_is_an_error(constraint: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        to_pep440(constraint)


@pytest.mark.parametrize(
    ("constraint", "marker"),
    [
        ("*", ""),
        ("^3.9", 'python_version >= "3.9" and python_version < "4.0"'),
        ("~3.12.7", 'python_full_version >= "3.12.7" and python_version < "3.13"'),
        ("3.9.*", 'python_version == "3.9"'),
        ("<=3.11", 'python_full_version <= "3.11"'),
        (">3.8", 'python_full_version > "3.8"'),
        ("2.7 || >=3.6", 'python_version == "2.7" or python_version >= "3.6"'),
    ],
)
def test_a_python_constraint_as_a_marker(constraint: str, marker: str) -> None:
    assert python_marker(constraint) == marker


@pytest.mark.parametrize(
    ("platform", "marker"),
    [
        ("linux", 'sys_platform == "linux"'),
        ("!=win32", 'sys_platform != "win32"'),
        ("linux || darwin", 'sys_platform == "linux" or sys_platform == "darwin"'),
        ("*", ""),
    ],
)
def test_a_platform_as_a_marker(platform: str, marker: str) -> None:
    assert platform_marker(platform) == marker
