"""The tags of a target are those that `packaging` would say inside the image."""

from collections.abc import Iterator

import pytest
from dockwright.decide.tags import Libc, accepts, target_tags, wheel_tags
from packaging import tags

LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
TRIXIE: Libc = ("glibc", 2, 41)
ALPINE: Libc = ("musl", 1, 2)


def platforms(libc: Libc, machine: str) -> Iterator[str]:
    kind, major, minor = libc
    intel = machine in ("x86_64", "i686")
    yield f"linux_{machine}"
    if kind == "musl":
        yield from (f"musllinux_{major}_{older}_{machine}" for older in range(minor + 1))
        return
    for older in range(5 if intel else 17, minor + 1):
        yield f"manylinux_{major}_{older}_{machine}"
        if older in LEGACY:
            yield f"{LEGACY[older]}_{machine}"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "ppc64le", "i686"])
@pytest.mark.parametrize("libc", [("glibc", 2, 31), ("glibc", 2, 36), TRIXIE, ALPINE], ids=str)
@pytest.mark.parametrize("minor", range(6, 17))
def test_same_as_packaging(minor: int, libc: Libc, machine: str) -> None:
    names = list(platforms(libc, machine))
    interpreter = f"cp3{minor}"
    abi = interpreter + ("m" if minor < 8 else "")
    expected = {
        str(tag)
        for tag in (
            *tags.cpython_tags((3, minor), abis=[abi], platforms=names),
            *tags.compatible_tags((3, minor), interpreter=interpreter, platforms=names),
        )
    }
    assert target_tags(f"3.{minor}", libc, machine) == expected


@pytest.mark.parametrize(
    ("name", "minor", "libc", "machine", "expected"),
    [
        pytest.param(
            "a-1-cp313-cp313-manylinux_2_28_x86_64.whl", "3.13", TRIXIE, "x86_64", "wheel", id="own"
        ),
        pytest.param(
            "a-1-cp313-cp313-manylinux_2_28_x86_64.whl",
            "3.13",
            TRIXIE,
            "aarch64",
            "",
            id="other machine",
        ),
        pytest.param(
            "a-1-cp313-cp313-manylinux_2_28_x86_64.whl",
            "3.14",
            TRIXIE,
            "x86_64",
            "",
            id="other Python",
        ),
        pytest.param(
            "a-1-cp313-cp313-manylinux_2_28_x86_64.whl",
            "3.13",
            ALPINE,
            "x86_64",
            "",
            id="other libc",
        ),
        pytest.param(
            "a-1-cp313-cp313t-manylinux_2_28_x86_64.whl",
            "3.13",
            TRIXIE,
            "x86_64",
            "",
            id="free-threaded",
        ),
        pytest.param(
            "a-1-cp313-cp313-manylinux_2_42_x86_64.whl",
            "3.13",
            TRIXIE,
            "x86_64",
            "",
            id="newer glibc",
        ),
        pytest.param(
            "a-1-cp39-abi3-manylinux2014_x86_64.whl",
            "3.15",
            TRIXIE,
            "x86_64",
            "wheel",
            id="stable ABI",
        ),
        pytest.param(
            "a-1-cp314-abi3-manylinux2014_x86_64.whl",
            "3.13",
            TRIXIE,
            "x86_64",
            "",
            id="stable ABI too new",
        ),
        pytest.param(
            "a-1-py3-none-manylinux_2_17_aarch64.whl",
            "3.13",
            TRIXIE,
            "aarch64",
            "wheel",
            id="binary without ABI",
        ),
        pytest.param(
            "a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "3.11",
            TRIXIE,
            "x86_64",
            "wheel",
            id="two platforms",
        ),
        pytest.param("a-1-py2.py3-none-any.whl", "3.13", ALPINE, "aarch64", "pure", id="pure"),
        pytest.param("a-1-py2-none-any.whl", "3.13", TRIXIE, "x86_64", "", id="Python 2 only"),
        pytest.param(
            "a-1-py312-none-any.whl",
            "3.13",
            TRIXIE,
            "x86_64",
            "pure",
            id="pure for an older Python",
        ),
        pytest.param(
            "a-1-1build-py3-none-any.whl", "3.13", TRIXIE, "x86_64", "pure", id="build number"
        ),
        pytest.param(
            "a-1-cp313-cp313-musllinux_1_2_x86_64.whl", "3.13", ALPINE, "x86_64", "wheel", id="musl"
        ),
        pytest.param("a-1-cp313-cp313-win_amd64.whl", "3.13", TRIXIE, "x86_64", "", id="Windows"),
        pytest.param(
            "a-1-cp37-cp37m-manylinux1_x86_64.whl",
            "3.7",
            TRIXIE,
            "x86_64",
            "wheel",
            id="ABI of 3.7",
        ),
    ],
)
def test_accepts(name: str, minor: str, libc: Libc, machine: str, expected: str) -> None:
    wheel = wheel_tags(name)
    assert wheel is not None
    assert accepts(wheel, minor, libc, machine) == expected


@pytest.mark.parametrize("name", ["a-1.tar.gz", "a-1.whl", "a-1-py3-none-any.exe", "a.whl", ""])
def test_not_a_wheel(name: str) -> None:
    assert wheel_tags(name) is None
