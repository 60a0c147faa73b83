"""The tables of system packages: their shape, and that nothing in them is a slip."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockwright.decide.knowledge import load_table, native_packages
from dockwright.decide.knowledge.images import load_images, load_suites
from dockwright.decide.knowledge.native_packages import (
    COMPILERS,
    WHEELS,
    FamilyPackages,
    NativePackage,
    compiler,
    load_native_packages,
    load_triggers,
    native_package,
)

FOLDER = Path(native_packages.__file__).parent / "native-packages"
FILES = sorted(FOLDER.glob("*.toml"))
ROWS = load_native_packages()
TEXTS = {
    name: row
    for path in FILES
    for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items()
}
DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.-]+")
ALPINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")


def parts(row: NativePackage) -> Iterator[NativePackage]:
    """Give the row itself, what its extras add, and what it was in older versions."""
    yield row
    for _, extra in row.extras:
        yield extra
    for _, older in row.changes:
        yield older


def lists(packages: FamilyPackages) -> tuple[tuple[str, ...], ...]:
    return (packages.build, packages.linked, packages.loaded)


def test_the_table_knows_more_than_two_hundred_and_fifty_distributions() -> None:
    assert len(ROWS) >= 250


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rows_are_sorted_by_canonical_name(path: Path) -> None:
    names = list(tomllib.loads(path.read_text(encoding="utf-8")))
    assert names == sorted(names)
    assert [name for name in names if re.sub(r"[-_.]+", "-", name).lower() != name] == []


def test_every_row_can_be_read_alone() -> None:
    assert list(ROWS) == sorted(TEXTS)
    for name, row in TEXTS.items():
        read = native_package(name)
        assert read is not None
        assert (read.evidence, len(read.changes), len(read.extras)) == (
            row["evidence"],
            len(row.get("when", ())),
            len(row.get("extras", {})),
        )


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_complete_and_in_order(name: str) -> None:
    row = ROWS[name]
    assert row.evidence, "say where it is known from"
    assert bool(row.derived) != bool(row.by_hand), (
        "either Debian says it or somebody did: derived or by_hand"
    )
    for part in parts(row):
        for names in (
            *lists(part.debian),
            *lists(part.alpine),
            part.commands,
            part.unless,
            part.not_for,
        ):
            assert list(names) == sorted(set(names))
        assert all(DEBIAN.fullmatch(entry) for names in lists(part.debian) for entry in names)
        assert all(ALPINE.fullmatch(entry) for names in lists(part.alpine) for entry in names)


@pytest.mark.parametrize("name", ROWS)
def test_what_debian_needs_is_answered_for_alpine_too(name: str) -> None:
    """Either Alpine's names are given, or the table says why there are none; an empty `build` is an answer as well."""
    text = TEXTS[name]
    if any(key in text.get("debian", {}) for key in ("build", "linked", "loaded")):
        assert text.get("alpine"), f"{name} says nothing about Alpine"


@pytest.mark.parametrize("name", ROWS)
def test_what_is_compiled_names_its_compiler(name: str) -> None:
    for part in (ROWS[name], *(older for _, older in ROWS[name].changes)):
        if part.debian.build:
            assert part.compilers
        assert "-dev" not in " ".join(part.debian.loaded + part.debian.linked), (
            "headers are for the build stage"
        )


def test_a_pure_source_is_not_in_the_table_as_well() -> None:
    names = load_table("pure-sdists")["names"]
    assert sorted(set(names) & set(ROWS)) == []
    assert all(re.sub(r"[-_.]+", "-", name).lower() == name for name in names)


def test_what_makes_a_row_unnecessary_is_known_itself() -> None:
    for row in ROWS.values():
        for other in row.unless:
            extra = other.partition("[")[0] == row.name
            assert extra or other in ROWS or other.endswith(("lib", "-bin")), f"{row.name}: {other}"


def test_an_unknown_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[psycopg2]\nwheels = []\nevidence = "x"\ndebain.build = ["libpq-dev"]\n'
    monkeypatch.setattr(native_packages, "_texts", lambda: {"psycopg2": text})
    native_package.cache_clear()
    with pytest.raises(TypeError, match="debain"):
        native_package("psycopg2")
    native_package.cache_clear()


@pytest.mark.parametrize("name", ROWS)
def test_compilers_and_wheels_are_those_that_are_known(name: str) -> None:
    for part in parts(ROWS[name]):
        assert set(part.compilers) <= set(COMPILERS)
        assert set(part.wheels) <= set(WHEELS)


def test_a_row_changes_with_its_version() -> None:
    snappy = ROWS["python-snappy"]
    assert snappy.at("0.7.3").compilers == ()
    assert snappy.at("0.6.1").debian.build == ("libsnappy-dev",)
    assert snappy.at("").wheels == ("pure",)


@pytest.mark.parametrize("suite", ["bookworm", "bullseye", "trixie"])
def test_other_spellings_are_spellings_of_something(suite: str) -> None:
    used = {
        entry
        for row in ROWS.values()
        for part in parts(row)
        for names in lists(part.debian)
        for entry in names
    }
    used |= {
        entry
        for trigger in load_triggers().values()
        for names in lists(trigger.debian)
        for entry in names
    }
    used |= {entry for image in load_images().values() for entry in image.contents}
    assert sorted(set(load_suites()[suite].names) - used) == []


def test_every_compiler_is_known_in_both_families() -> None:
    for name in ("c", "c++", "fortran", "rust"):
        assert compiler(name, "debian").build
        assert compiler(name, "alpine").build
    assert "gcc" in load_table("toolchains")["includes"]["g++"]
