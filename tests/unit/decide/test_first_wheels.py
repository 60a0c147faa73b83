"""Pins without files: their age tells which Python they are for."""

from itertools import pairwise

import pytest
from dockwright.decide.first_wheels import older_than_wheels
from dockwright.decide.knowledge.load import load_table
from dockwright.decide.python import choose_python
from dockwright.decide.python_releases import numbers, release_of
from dockwright.decide.wheels import wheel_facts
from dockwright.model.dependencies import LockedDistribution, LockedFile
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings

GLIBC = ("glibc", 2, 41)


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
            (pinned("flask", "0.1"),), "3.14", id="what has no wheels of its own for each Python"
        ),
        pytest.param((pinned("psycopg2-binary", ""),), "3.14", id="no version"),
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
    facts = wheel_facts((pinned("psycopg2-binary", "2.9.9"),), "3.14", ("linux/amd64",), GLIBC)
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
