"""Markers are evaluated for the image, whatever machine the tests run on."""

import pytest
from dockwright.decide.markers import Target, marker_holds

IMAGE = Target(version="3.12", machine="aarch64")


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ("python_version >= '3.12'", True),
        ("python_version < '3.12'", False),
        ("python_full_version == '3.12.*'", True),
        ("sys_platform == 'linux' and os_name == 'posix'", True),
        ("sys_platform == 'win32'", False),
        ("platform_system == 'Darwin'", False),
        ("platform_machine == 'aarch64'", True),
        ("platform_machine == 'x86_64'", False),
        ("platform_python_implementation == 'PyPy'", False),
        ("implementation_name == 'cpython'", True),
        ("extra == 'pgsql'", False),
        ("'pgsql' in extras", False),
        ("this is no marker", True),
    ],
)
def test_marker(marker: str, holds: bool) -> None:
    assert marker_holds(marker, IMAGE) is holds


def test_extras() -> None:
    assert marker_holds("extra == 'pgsql'", IMAGE, ("pgsql",))
    assert marker_holds("extra != 'pgsql'", IMAGE, ("pgsql",))
    assert marker_holds("'pgsql' in extras", IMAGE, ("pgsql",))


def test_the_newest_patch_stands_for_a_minor() -> None:
    assert marker_holds("python_full_version > '3.12.5'", Target(version="3.12", machine="x86_64"))
    assert not marker_holds(
        "python_full_version > '3.12.5'", Target(version="3.12.1", machine="x86_64")
    )
    assert Target(version="3.99", machine="x86_64").full_version == "3.99.0"
