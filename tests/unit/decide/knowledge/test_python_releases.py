"""The table of Python releases: whole, in order, and asked the right way."""

from datetime import date

import pytest
from dockwright.decide.knowledge.python_releases import (
    Release,
    as_of,
    default_release,
    minor_of,
    numbers,
    release_of,
    releases,
    retired,
    suites_of,
)

DEBIAN = {"trixie", "bookworm", "bullseye", "buster", "stretch"}


def test_every_minor_from_3_6_on_is_there_newest_first() -> None:
    minors = [numbers(release.version)[1] for release in releases()]
    assert minors == list(range(minors[0], 5, -1))
    assert minors[0] >= 16


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_a_release_is_consistent(release: Release) -> None:
    today = date.fromisoformat(as_of())
    ended = date.fromisoformat(release.end_of_life) < today
    assert ended == (release.status == "end-of-life")
    assert minor_of(release.newest) == release.version
    if release.status != "prerelease":
        assert date.fromisoformat(release.first) <= today
        assert numbers(release.newest)
    for suite in release.suites:
        assert suite.name in DEBIAN or suite.name.startswith("alpine3.")
        assert minor_of(suite.first) == release.version
        assert not suite.last or numbers(suite.first) <= numbers(suite.last) <= numbers(
            release.newest
        )


def test_the_default_is_supported_and_not_the_newest_of_all() -> None:
    release = release_of(default_release())
    assert release is not None
    assert release.supported


def test_what_is_retired_is_no_release() -> None:
    assert "2.7" in retired()
    assert not retired().keys() & {release.version for release in releases()}


@pytest.mark.parametrize(
    ("version", "there", "not_there"),
    [
        pytest.param("3.13", {"trixie", "bookworm"}, {"stretch"}, id="a minor has all its suites"),
        pytest.param(
            "3.11.4",
            {"bookworm", "bullseye", "buster"},
            {"trixie"},
            id="a patch from before trixie",
        ),
        pytest.param("3.11.3", {"bullseye"}, {"bookworm"}, id="a patch from before bookworm"),
        pytest.param(
            "3.13.99", {"trixie", "bookworm"}, {"bullseye"}, id="a patch that is not known yet"
        ),
        pytest.param("3.8.20", {"bookworm"}, {"trixie"}, id="the last patch of an old release"),
    ],
)
def test_suites(version: str, there: set[str], not_there: set[str]) -> None:
    suites = set(suites_of(version))
    assert there <= suites
    assert not not_there & suites


def test_nothing_is_known_of_an_unknown_release() -> None:
    assert release_of("3.99") is None
    assert suites_of("3.99") == ()
