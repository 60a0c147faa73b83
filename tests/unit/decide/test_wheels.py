"""What a lock's distributions are for an image: wheel, pure, built from source, or not to be had."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from dockwright.decide.knowledge import load_table
from dockwright.decide.knowledge.python_releases import numbers, release_of
from dockwright.decide.manager import production_distributions
from dockwright.decide.python import choose_python
from dockwright.decide.wheels import (
    Libc,
    Target,
    accepts,
    judge,
    learned_kind,
    marker_holds,
    older_than_wheels,
    target_on,
    target_tags,
    what_was_learned,
    wheel_facts,
    wheel_tags,
)
from dockwright.model.dependencies import (
    Lock,
    LockedDistribution,
    LockedFile,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    SourceKind,
)
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings
from packaging import tags

TRIXIE: Libc = ("glibc", 2, 41)
ALPINE: Libc = ("musl", 1, 2)
BOTH = ("linux/amd64", "linux/arm64")


def locked(name: str = "shop", *files: str, **fields: object) -> LockedDistribution:
    return LockedDistribution(
        name=name,
        version="1.0",
        origin=Origin(path="uv.lock", line=3),
        files=tuple(LockedFile(name=file) for file in files),
        **fields,  # type: ignore[arg-type]  # the fields that one test is about
    )


def finding(*distributions: LockedDistribution) -> ManagerFinding:
    lock = Lock(path="uv.lock", format="1", state=LockState.FRESH, distributions=distributions)
    return ManagerFinding(manager=Manager.UV, manifest=Manifest(path="pyproject.toml"), lock=lock)


X86 = "shop-1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
PURE = "shop-1.0-py3-none-any.whl"
SOURCE = "shop-1.0.tar.gz"


@pytest.mark.parametrize(
    ("files", "fields", "libc", "kind"),
    [
        pytest.param((X86, PURE, SOURCE), {}, TRIXIE, "wheel", id="the binary wheel first"),
        pytest.param(
            (X86, PURE, SOURCE), {}, ALPINE, "pure", id="the pure one where the binary does not fit"
        ),
        pytest.param((X86, SOURCE), {}, ALPINE, "sdist", id="the source where no wheel fits"),
        pytest.param((X86,), {}, ALPINE, "none", id="nothing fits"),
        pytest.param(("shop-1.0.zip",), {}, TRIXIE, "sdist", id="a zip is a source"),
        pytest.param(
            ("shop-1.0-py2.7.egg", "shop.exe"), {}, TRIXIE, "none", id="eggs and installers are not"
        ),
        pytest.param((), {"hashes": ("sha256:00",)}, TRIXIE, "unknown", id="only hashes"),
        pytest.param(
            (),
            {"source": SourceKind.GIT, "reference": "https://example.org/shop"},
            TRIXIE,
            "unknown",
            id="git",
        ),
        pytest.param(
            (), {"source": SourceKind.PATH, "reference": "libs/shop"}, TRIXIE, "unknown", id="path"
        ),
        pytest.param(
            (),
            {"source": SourceKind.URL, "reference": f"https://example.org/{X86}#sha256=0"},
            TRIXIE,
            "wheel",
            id="URL of a wheel",
        ),
        pytest.param(
            (),
            {"source": SourceKind.URL, "reference": f"https://example.org/{SOURCE}?a=b"},
            TRIXIE,
            "sdist",
            id="URL of a source",
        ),
        pytest.param(
            (PURE,), {"requires_python": "<3.13"}, TRIXIE, "none", id="it refuses this Python"
        ),
        pytest.param(
            (PURE,), {"requires_python": ">=3.8"}, TRIXIE, "pure", id="it accepts this Python"
        ),
        pytest.param(
            (PURE,),
            {"requires_python": ">=3.8.*"},
            TRIXIE,
            "pure",
            id="a malformed range stops nobody",
        ),
    ],
)
def test_kind(files: tuple[str, ...], fields: dict[str, object], libc: Libc, kind: str) -> None:
    target = Target(version="3.13", machine="x86_64", libc=libc)
    assert judge(locked("shop", *files, **fields), target)[0] == kind


def test_facts_are_per_platform_sorted_and_say_why() -> None:
    facts = wheel_facts((locked("shop", X86, SOURCE), locked("bag", PURE)), "3.13", BOTH, TRIXIE)
    assert [(fact.name, fact.platform, fact.kind) for fact in facts] == [
        ("bag", "linux/amd64", "pure"),
        ("bag", "linux/arm64", "pure"),
        ("shop", "linux/amd64", "wheel"),
        ("shop", "linux/arm64", "sdist"),
    ]
    assert (
        facts[3].because
        == "no wheel for CPython 3.13 on aarch64 with glibc 2.41; wheels exist for cp313"
    )
    assert facts[3].origin == Origin(path="uv.lock", line=3)


def test_facts_leave_out_what_the_marker_keeps_out() -> None:
    dist = locked("shop", PURE, marker="platform_machine == 'x86_64'")
    assert [fact.platform for fact in wheel_facts((dist,), "3.13", BOTH, TRIXIE)] == ["linux/amd64"]


def test_what_was_learned_speaks_only_where_the_lock_does_not() -> None:
    learned = (("shop", "1.0: sdist 3.13; wheel 3.12"), ("bag", "none"))
    facts = wheel_facts(
        (locked("shop"), locked("bag", PURE)), "3.13", BOTH[:1], TRIXIE, learned=learned
    )
    assert [(fact.name, fact.kind) for fact in facts] == [("bag", "pure"), ("shop", "sdist")]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param("sdist", "sdist", id="a kind alone"),
        pytest.param("1.0: sdist", "sdist", id="for this version"),
        pytest.param("2.0: sdist", "", id="for another version"),
        pytest.param("1.0: wheel 3.11 3.12; sdist 3.13", "sdist", id="the clause of this Python"),
        pytest.param("1.0: wheel 3.11", "", id="no clause for this Python"),
        pytest.param("nonsense", "", id="no kind"),
        pytest.param("", "", id="empty"),
    ],
)
def test_learned_kind(value: str, kind: str) -> None:
    assert learned_kind(value, "1.0", "3.13") == kind


def test_production_is_the_main_group_and_what_was_asked_for() -> None:
    lock = finding(
        locked("main"),
        locked("dev", groups=("dev",)),
        locked("both", groups=("main", "dev")),
        locked("pg", groups=("extra:pgsql",)),
        locked("docs", groups=("docs",)),
        locked("untold", groups=()),
    )

    def names(groups: tuple[str, ...] = (), extras: tuple[str, ...] = ()) -> list[str]:
        return [dist.name for dist in production_distributions(lock, groups, extras)]

    assert names() == ["main", "both", "untold"]
    assert names(extras=("pgsql",)) == ["main", "both", "pg", "untold"]
    assert names(groups=("docs",)) == ["main", "both", "docs", "untold"]


def test_production_for_a_python() -> None:
    lock = finding(
        locked("old", marker="python_version < '3.11'"),
        locked("windows", marker="sys_platform == 'win32'"),
        locked("arm", marker="platform_machine == 'aarch64'"),
    )
    assert [dist.name for dist in production_distributions(lock, python="3.13")] == ["arm"]
    assert production_distributions(lock, python="3.13", platforms=("linux/amd64",)) == ()


def test_no_lock_no_distributions() -> None:
    assert (
        production_distributions(
            ManagerFinding(manager=Manager.UV, manifest=Manifest(path="pyproject.toml"))
        )
        == ()
    )


def test_machines() -> None:
    assert [target_on(platform, "3.13").machine for platform in (*BOTH, "linux/mips64")] == [
        "x86_64",
        "aarch64",
        "mips64",
    ]


def test_what_an_index_told_is_kept_for_runs_without_a_network() -> None:
    told = LockedDistribution(
        name="lz4",
        version="4.4.5",
        origin=Origin(path="Pipfile.lock"),
        files=tuple(
            LockedFile(name=name, learned=True)
            for name in (
                "lz4-4.4.5.tar.gz",
                *(
                    f"lz4-4.4.5-cp314-cp314-manylinux_2_17_{arch}.whl"
                    for arch in ("x86_64", "aarch64")
                ),
            )
        ),
    )
    pure = LockedDistribution(
        name="flask",
        version="3",
        origin=told.origin,
        files=(LockedFile(name="flask-3-py3-none-any.whl", learned=True),),
    )
    ((name, value),) = what_was_learned((told, pure, locked("shop", SOURCE)), BOTH, TRIXIE)
    assert name == "lz4"
    assert value.startswith("4.4.5: wheel 3.14; sdist 3.11 3.12 3.13")
    forgotten = LockedDistribution(
        name="lz4", version="4.4.5", origin=told.origin, hashes=("sha256:0",)
    )
    for minor in ("3.13", "3.14", "3.15"):
        online = wheel_facts((told,), minor, BOTH, TRIXIE)
        offline = wheel_facts((forgotten,), minor, BOTH, TRIXIE, learned=((name, value),))
        assert [fact.kind for fact in online] == [fact.kind for fact in offline]


LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


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
        *tags.cpython_tags((3, minor), abis=[abi], platforms=names),
        *tags.compatible_tags((3, minor), interpreter=interpreter, platforms=names),
    }
    assert target_tags(f"3.{minor}", machine, libc) == expected


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
    assert accepts(name, Target(version=minor, machine=machine, libc=libc)) == expected


@pytest.mark.parametrize("name", ["a-1.tar.gz", "a-1.whl", "a-1-py3-none-any.exe", "a.whl", ""])
def test_not_a_wheel(name: str) -> None:
    assert not wheel_tags(name)


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


def pinned(name: str, version: str, *files: str) -> LockedDistribution:
    return LockedDistribution(
        name=name,
        version=version,
        origin=Origin(path="requirements.txt"),
        files=tuple(LockedFile(name=file) for file in files),
    )


def chosen(*pins: LockedDistribution, **settings: object) -> str:
    return choose_python((), Settings(**settings), pins)[0].value.version  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pins", "python"),
    [
        pytest.param((pinned("psycopg2-binary", "2.9.9"),), "3.12", id="an old pin"),
        pytest.param(
            (pinned("psycopg2-binary", "2.9.9"), pinned("multidict", "6.0.4")),
            "3.11",
            id="the oldest of two",
        ),
        pytest.param((pinned("psycopg2-binary", "2.9.11"),), "3.14", id="a new pin"),
        pytest.param((pinned("psycopg2-binary", "2.9.11.post1"),), "3.14", id="a post-release"),
        pytest.param(
            (pinned("bottle", "0.1"),), "3.14", id="what has no wheels of its own for each Python"
        ),
        pytest.param((pinned("psycopg2-binary", ""),), "3.14", id="no version"),
        pytest.param((pinned("django", "3.2.13"),), "3.12", id="it fails on newer ones"),
        pytest.param((pinned("sqlalchemy", "2.0.20"),), "3.12", id="a span of versions fails"),
        pytest.param((pinned("sqlalchemy", "1.4.49"),), "3.14", id="what is older than the span"),
        pytest.param((pinned("numpy", "1.23.1"),), "3.10", id="only a Python that has ended"),
    ],
)
def test_a_pin_that_is_older_than_the_wheels_leads_to_an_older_python(
    pins: tuple[LockedDistribution, ...], python: str
) -> None:
    assert chosen(*pins) == python


def test_the_reason_names_what_would_be_compiled() -> None:
    decision, _, _ = choose_python((), Settings(), (pinned("psycopg2-binary", "2.9.9"),))
    assert "psycopg2-binary would be compiled" in decision.because


def test_files_and_settings_know_better_than_the_table() -> None:
    wheel = "psycopg2_binary-2.9.9-cp314-cp314-manylinux_2_17_{}.whl"
    files = tuple(wheel.format(machine) for machine in ("x86_64", "aarch64"))
    assert chosen(pinned("psycopg2-binary", "2.9.9", *files)) == "3.14"
    assert (
        chosen(pinned("psycopg2-binary", "2.9.9"), wheels=(("psycopg2-binary", "wheel"),)) == "3.14"
    )


def test_under_a_python_that_is_named_it_is_compiled_and_the_reason_says_why() -> None:
    facts = wheel_facts((pinned("psycopg2-binary", "2.9.9"),), "3.14", ("linux/amd64",), TRIXIE)
    assert [(fact.kind, fact.because) for fact in facts] == [
        ("sdist", "2.9.11 is the first with a wheel for CPython 3.14")
    ]


@pytest.mark.parametrize("name", load_table("first-wheels"))
def test_a_later_python_never_needs_an_older_version(name: str) -> None:
    rows = load_table("first-wheels")[name]
    minors = sorted(rows, key=numbers)
    assert all(release_of(minor) for minor in minors)
    for earlier, later in pairwise(minors):
        assert not older_than_wheels(name, rows[later], earlier)
