"""What a lock's distributions are for an image: wheel, pure, built from source, or not to be had."""

import pytest
from dockwright.decide.kinds import kind_of
from dockwright.decide.learned_wheels import learned_kind, learned_value, what_was_learned
from dockwright.decide.markers import Target
from dockwright.decide.tags import Libc
from dockwright.decide.wheels import (
    compiled_names,
    machine_of,
    production_distributions,
    wheel_facts,
)
from dockwright.model.dependencies import (
    Lock,
    LockedDistribution,
    LockedFile,
    ManagerFinding,
    Manifest,
    SourceKind,
)
from dockwright.model.manager import LockState, Manager
from dockwright.model.origin import Origin

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
    assert (
        kind_of(locked("shop", *files, **fields), Target(version="3.13", machine="x86_64"), libc)
        == kind
    )


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
    assert compiled_names(facts) == ("shop",)


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


def test_learned_value_is_read_back() -> None:
    value = learned_value("1.0", {"3.12": "wheel", "3.13": "wheel", "3.14": "sdist"})
    assert value == "1.0: wheel 3.12 3.13; sdist 3.14"
    assert learned_kind(value, "1.0", "3.14") == "sdist"


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
    assert [machine_of(platform) for platform in (*BOTH, "linux/mips64")] == [
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
