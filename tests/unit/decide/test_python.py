"""One Python out of many requests."""

import pytest
from dockwright.decide.python import choose_python
from dockwright.decide.python_ranges import allows, candidates
from dockwright.errors import (
    DockwrightError,
    PythonConflictError,
    PythonUnsupportedError,
    UsageError,
)
from dockwright.model.dependencies import LockedDistribution, LockedFile, Manager
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.project import PythonRelease, RequestedPython
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from hypothesis import given
from hypothesis import strategies as st

Chosen = tuple[Decision[PythonRelease], tuple[str, ...], tuple[Notice, ...]]


def wanted(
    specifier: str,
    path: str = "pyproject.toml",
    strength: str = "range",
    manager: Manager | None = None,
) -> RequestedPython:
    text = specifier.removeprefix("==").removesuffix(".*")
    exact = text if specifier.startswith("==") and "," not in specifier else ""
    return RequestedPython(
        specifier=specifier,
        spelled=specifier,
        origin=Origin(path=path, line=1),
        exact=exact,
        strength=strength,
        manager=manager,
    )


def pin(specifier: str) -> RequestedPython:
    return wanted(specifier, ".python-version", "pin")


def hint(specifier: str, path: str = "runtime.txt") -> RequestedPython:
    return wanted(specifier, path, "hint")


def locked(
    name: str, *files: str, requires_python: str = "", marker: str = ""
) -> LockedDistribution:
    return LockedDistribution(
        name=name,
        version="1",
        origin=Origin(path="uv.lock"),
        files=tuple(LockedFile(name=file) for file in files),
        requires_python=requires_python,
        marker=marker,
    )


def compiled_for(name: str, *minors: str) -> LockedDistribution:
    wheels = (
        f"{name}-1-cp{minor}-cp{minor}-manylinux_2_17_{machine}.whl"
        for minor in minors
        for machine in ("x86_64", "aarch64")
    )
    return locked(name, f"{name}-1.tar.gz", *wheels)


def version(
    *wishes: RequestedPython, python: str = "", manager: Manager | None = None, **settings: object
) -> str:
    wanted = Settings(python=python, **settings)  # type: ignore[arg-type]
    return choose_python(wishes, wanted, manager=manager)[0].value.version


def codes(chosen: Chosen) -> list[str]:
    return [notice.code for notice in chosen[2]]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        pytest.param((pin("==3.11.4"),), "3.11.4", id="an exact pin is an exact tag"),
        pytest.param((pin("==3.12.*"),), "3.12", id="a minor pin follows the patches"),
        pytest.param(
            (wanted("==3.11.4"), wanted("==3.11.*", "Pipfile")),
            "3.11.4",
            id="a patch in a manifest",
        ),
        pytest.param(
            (wanted("==3.9.*", "Pipfile"), pin("==3.9.6")),
            "3.9.6",
            id="a pin within a manifest's minor",
        ),
        pytest.param(
            (wanted("==3.9.*", "Pipfile"), hint("==3.9.18")),
            "3.9.18",
            id="a hint within a manifest's minor",
        ),
        pytest.param(
            (pin("==3.12.*"), hint("==3.12.1")), "3.12", id="a pin is not sharpened by a hint"
        ),
        pytest.param((wanted(">=3.10,<3.13"),), "3.12", id="the newest of a range"),
        pytest.param((wanted(">=3.12.7,<3.13"),), "3.12", id="a tilde"),
        pytest.param((wanted(">=3.13.2,<4"),), "3.14", id="a caret"),
        pytest.param(
            (wanted(">=3.15"),), "3.15", id="newer than the default where the range wants it"
        ),
        pytest.param((wanted(">=3.9,<=3.11"),), "3.10", id="an upper bound without patches"),
        pytest.param(
            (wanted("<=3.13.5,>=3.8"),),
            "3.12",
            id="a supported release with all patches before an old patch",
        ),
        pytest.param(
            (wanted(">=3.13.1,<=3.13.5"),), "3.13.5", id="the newest patch that is let in"
        ),
        pytest.param(
            (wanted(">=3.6,<3.9"),), "3.8", id="end of life where the range leaves nothing else"
        ),
        pytest.param((wanted(">=2.7,<2.8 || >=3.6,<3.13"),), "3.12", id="alternatives"),
        pytest.param(
            (hint("==3.11.9", ".tool-versions"), hint("==3.11.9")),
            "3.11.9",
            id="two hints that agree",
        ),
        pytest.param((wanted(""),), "3.14", id="anything goes"),
        pytest.param((pin("==3.16.*"),), "3.16", id="a pre-release by name"),
        pytest.param((pin("==3.19.*"),), "3.19", id="an unknown release by name"),
        pytest.param((pin("==3.12.40"),), "3.12.40", id="an unknown patch by name"),
        pytest.param((wanted(">=3.13.30,<3.14"),), "3.13", id="a patch that does not exist yet"),
        pytest.param((), "3.14", id="nothing is said"),
    ],
)
def test_choice(wishes: tuple[RequestedPython, ...], expected: str) -> None:
    assert version(*wishes) == expected


def test_latest_is_the_newest_even_if_no_lock_can_tell() -> None:
    latest = RequestedPython(
        specifier="",
        spelled="latest",
        origin=Origin(path=".python-version", line=1),
        strength="pin",
    )
    assert version(latest) == "3.15"


def test_the_reason_names_the_place() -> None:
    decision, conflicts, _ = choose_python((wanted(">=3.10"), pin("==3.11.4")), Settings())
    assert decision.because == ".python-version:1 says ==3.11.4"
    assert decision.evidence == (
        Origin(path="pyproject.toml", line=1),
        Origin(path=".python-version", line=1),
    )
    assert decision.value.end_of_life == "2027-10-31"
    assert conflicts == ()


def test_a_pin_outside_the_range_is_an_error_with_both_places() -> None:
    with pytest.raises(PythonConflictError) as caught:
        version(wanted(">=3.11"), pin("==3.9.23"))
    text = caught.value.text()
    assert ".python-version:1" in text
    assert "pyproject.toml:1" in text
    assert "--set python=" in caught.value.example
    assert caught.value.exit_code == 3


def test_two_manifests_that_contradict_each_other() -> None:
    wishes = (wanted(">=3.12"), wanted(">=3.10"), wanted("==3.9.*", "Pipfile"))
    with pytest.raises(PythonConflictError) as caught:
        version(*wishes)
    assert "Pipfile:1" in caught.value.found
    assert version(*wishes, python="3.9", force=True) == "3.9"


def test_ranges_of_which_only_all_together_contradict() -> None:
    with pytest.raises(PythonConflictError) as caught:
        version(wanted("!=3.11.*"), wanted(">=3.11", "setup.cfg"), wanted("<3.12", "setup.py"))
    assert all(name in caught.value.found for name in ("pyproject.toml", "setup.cfg", "setup.py"))


def test_the_file_of_another_tool_gives_way_with_a_warning() -> None:
    decision, conflicts, notices = choose_python((wanted(">=3.10,<4"), hint("==3.8.*")), Settings())
    assert decision.value.version == "3.14"
    assert conflicts == ("`==3.8.*` (runtime.txt:1) contradicts `>=3.10,<4` (pyproject.toml:1)",)
    assert [(notice.code, notice.origin) for notice in notices] == [
        ("python-source-differs", Origin(path="runtime.txt", line=1))
    ]


def test_the_first_of_two_hints_wins() -> None:
    chosen = choose_python((hint("==3.12.*", ".tool-versions"), hint("==3.11.*")), Settings())
    assert chosen[0].value.version == "3.12"
    assert codes(chosen) == ["python-source-differs"]


def test_a_lock_that_differs_gives_way_to_its_manifest() -> None:
    chosen = choose_python((wanted("<3.13"), wanted(">=3.13", "uv.lock", "lock")), Settings())
    assert chosen[0].value.version == "3.12"
    assert codes(chosen) == ["python-source-differs"]


def test_a_lock_binds_where_the_manifest_says_nothing() -> None:
    lock = wanted(">=3.12,<3.13", "uv.lock", "lock")
    assert version(lock) == "3.12"
    assert version(lock, strategy="relock") == "3.14"
    with pytest.raises(PythonConflictError):
        version(lock, pin("==3.11.*"))


def test_a_left_over_of_another_manager_only_hints() -> None:
    pipfile = wanted("==3.9.*", "Pipfile", manager=Manager.PIPENV)
    project = wanted(">=3.12")
    chosen = choose_python((project, pipfile), Settings(), manager=Manager.UV)
    assert chosen[0].value.minor == "3.14"
    assert codes(chosen) == ["python-source-differs"]
    with pytest.raises(PythonConflictError):
        choose_python((project, pipfile), Settings(), manager=Manager.PIPENV)


def test_the_setting_decides_within_the_range() -> None:
    decision, conflicts, notices = choose_python(
        (wanted(">=3.10"), pin("==3.11.*"), hint("==3.11.*")), Settings(python="3.12")
    )
    assert decision.value.version == "3.12"
    assert decision.because == "the setting `python` says 3.12"
    assert len(conflicts) == 2
    assert {notice.code for notice in notices} == {"python-source-differs"}


def test_the_setting_outside_the_range_needs_force() -> None:
    with pytest.raises(PythonConflictError, match="contradict"):
        version(wanted(">=3.12"), python="3.11")
    assert version(wanted(">=3.12"), python="3.11", force=True) == "3.11"


@pytest.mark.parametrize(
    ("python", "tag"),
    [("3.16", "3.16-rc"), ("3.16.0a2", "3.16.0a2"), ("3.13.2", "3.13.2"), ("3.13", "3.13")],
)
def test_tags_of_settings(python: str, tag: str) -> None:
    assert choose_python((), Settings(python=python))[0].value.tag == tag


@pytest.mark.parametrize("python", ["three", ">=3.11", "3", "3.11.4.5", "3.x"])
def test_a_setting_that_is_no_release(python: str) -> None:
    with pytest.raises(UsageError):
        version(python=python)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        pytest.param(pin("==2.7.*"), "2020-01-01", id="Python 2 by pin"),
        pytest.param(hint("==3.5.*"), "2020-09-30", id="Python 3.5 by hint"),
        pytest.param(wanted("<3"), "none of", id="Python 2 by range"),
        pytest.param(wanted(">=4"), "none of", id="a range of the future"),
        pytest.param(wanted(">3.11,<3.11"), "none of", id="an empty range"),
        pytest.param(wanted(">=4", "uv.lock", "lock"), "none of", id="a lock"),
        pytest.param(pin("==3.12.999"), "the newest 3.12 is 3.12.", id="a patch that cannot exist"),
        pytest.param(
            wanted("==3.12.999", "Pipfile"), "the newest 3.12 is 3.12.", id="one in a manifest"
        ),
        pytest.param(pin("==3.99.*"), "none of", id="a release that cannot exist"),
    ],
)
def test_nothing_satisfies(wish: RequestedPython, text: str) -> None:
    with pytest.raises(PythonUnsupportedError) as caught:
        version(wish)
    assert text in caught.value.found
    assert caught.value.origin == wish.origin


@pytest.mark.parametrize("python", ["2.7", "3.12.999", "3.99"])
def test_a_python_in_the_settings_that_no_image_has(python: str) -> None:
    with pytest.raises(PythonUnsupportedError, match=python):
        version(python=python)


def test_the_setting_settles_a_pin_that_cannot_exist() -> None:
    assert version(pin("==3.12.999"), python="3.12") == "3.12"


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        pytest.param((pin("==3.9.*"),), ["python-end-of-life"], id="end of life"),
        pytest.param(
            (pin("==3.8.5"),),
            ["python-end-of-life", "python-old-patch"],
            id="end of life and an old patch",
        ),
        pytest.param((wanted("==3.11.4"),), ["python-old-patch"], id="old patch"),
        pytest.param(
            (wanted(">=3.9,<=3.11"),),
            ["python-end-of-life"],
            id="upper bound",
        ),
        pytest.param(
            (wanted("==3.13"),),
            ["python-old-patch"],
            id="== without a wildcard",
        ),
        pytest.param((pin("==3.16.*"),), ["python-prerelease"], id="pre-release"),
        pytest.param((pin("==3.19.*"),), ["python-unknown"], id="unknown release"),
        pytest.param((pin("==3.12.40"),), ["python-unknown"], id="unknown patch"),
        pytest.param((), ["python-no-source"], id="nothing is said"),
        pytest.param((wanted(">=3.12"),), [], id="nothing to say"),
    ],
)
def test_notices(wishes: tuple[RequestedPython, ...], expected: list[str]) -> None:
    assert codes(choose_python(wishes, Settings())) == expected


def test_end_of_life_is_told_with_its_day() -> None:
    (notice,) = choose_python((pin("==3.9.*"),), Settings())[2]
    assert "2025-10-31" in notice.text
    assert notice.origin == Origin(path=".python-version", line=1)


def test_wheels_for_everything_let_the_newest_in() -> None:
    decision, _, _ = choose_python(
        (wanted(">=3.11"),),
        Settings(),
        (compiled_for("lz4", "313", "314", "315"), locked("a", "a-1-py3-none-any.whl")),
    )
    # It has not been out for half a year, whatever the lock holds.
    assert decision.value.version == "3.14"
    assert decision.instead_of == ("3.15: too new, many distributions have no wheels for it yet",)


def test_a_missing_wheel_keeps_a_release_out() -> None:
    decision, _, notices = choose_python(
        (wanted(">=3.11"),), Settings(), (compiled_for("lz4", "312", "313"),)
    )
    assert decision.value.version == "3.13"
    assert decision.instead_of[1] == "3.14: lz4 would be compiled"
    assert notices == ()


def test_what_has_no_wheels_anywhere_is_no_argument() -> None:
    source_only = locked("psycopg2", "psycopg2-1.tar.gz")
    assert (
        choose_python((wanted(">=3.11"),), Settings(), (source_only, compiled_for("lz4", "313")))[
            0
        ].value.version
        == "3.13"
    )


def test_a_distribution_that_refuses_a_python_keeps_it_out() -> None:
    fussy = locked("numba", "numba-1-py3-none-any.whl", requires_python="<3.14")
    decision = choose_python((wanted(">=3.11"),), Settings(), (fussy,))[0]
    assert decision.value.version == "3.13"
    assert decision.instead_of[1] == "3.14: numba cannot be used"


def test_a_wheel_by_marker_decides() -> None:
    here = "python_full_version == '3.12.*'"
    only = locked(
        "psycopg-c",
        "psycopg_c-1-cp312-cp312-linux_x86_64.whl",
        "psycopg_c-1-cp312-cp312-linux_aarch64.whl",
        marker=here,
    )
    rest = locked("psycopg-c", "psycopg_c-1.tar.gz", marker="python_full_version != '3.12.*'")
    assert choose_python((wanted(">=3.11"),), Settings(), (only, rest))[0].value.version == "3.12"


def test_wheels_of_the_past_choose_the_oldest_supported_and_say_so() -> None:
    chosen = choose_python((wanted(">=3.6"),), Settings(), (compiled_for("lxml", "38", "39"),))
    assert chosen[0].value.version == "3.11"
    assert codes(chosen) == ["python-old-wheels"]


def test_one_platform_is_less_than_two() -> None:
    half = locked("autobahn", "autobahn-1.tar.gz", "autobahn-1-cp312-cp312-manylinux_2_17_x86_64.whl", *(
        f"autobahn-1-cp311-cp311-manylinux_2_17_{machine}.whl" for machine in ("x86_64", "aarch64")
    ))  # fmt: skip
    chosen = choose_python(
        (wanted(">=3.11,<3.13"),), Settings(), (half, compiled_for("psycopg-c", "312"))
    )
    assert chosen[0].value.version == "3.12"
    only = choose_python(
        (wanted(">=3.11"),),
        Settings(platforms=("linux/amd64",)),
        (half, compiled_for("psycopg-c", "312")),
    )
    assert only[0].value.version == "3.12"
    assert codes(only) == []


def test_only_hashes_take_the_default() -> None:
    decision = choose_python((wanted(">=3.11"),), Settings(), (locked("bottle"),))[0]
    assert decision.value.version == "3.14"
    assert decision.instead_of == ("3.15: too new, many distributions have no wheels for it yet",)


@pytest.mark.parametrize(
    ("specifier", "lets_in", "keeps_out"),
    [
        ("<=3.11", "3.11.0", "3.11.1"),
        (">=2.7,<3 || >=3.6", "2.7.18", "3.5.10"),
        ("", "3.0.0", ""),
        ("~=3.12.1", "3.12.9", "3.13.0"),
    ],
)
def test_allows(specifier: str, lets_in: str, keeps_out: str) -> None:
    assert allows(specifier, lets_in)
    assert not keeps_out or not allows(specifier, keeps_out)


def test_candidates_are_newest_first_and_one_for_each_minor() -> None:
    found = candidates((">=3.10,<3.14", "!=3.12.*"))
    assert [entry.version for entry in found] == ["3.13", "3.11", "3.10"]


def test_what_was_learned_counts_and_a_later_run_without_the_index_agrees() -> None:
    names = (
        "lz4-1.tar.gz",
        *(f"lz4-1-cp313-cp313-manylinux_2_17_{machine}.whl" for machine in ("x86_64", "aarch64")),
    )
    hashed = locked("lz4")
    told = replace(hashed, files=tuple(LockedFile(name=name, learned=True) for name in names))
    online = choose_python((wanted(">=3.11"),), Settings(), (told,))[0]
    settings = Settings(wheels=(("lz4", "1: wheel 3.13; sdist 3.11 3.12 3.14 3.15"),))
    offline = choose_python((wanted(">=3.11"),), settings, (hashed,))[0]
    assert online == offline
    assert online.value.version == "3.13"
    pure = replace(hashed, files=(LockedFile(name="lz4-1-py3-none-any.whl", learned=True),))
    assert choose_python((wanted(">=3.11"),), Settings(), (pure,))[0].value.version == "3.14"


SPECIFIERS = (
    "",
    ">=3.10",
    "<3.13",
    "==3.12.*",
    "==3.11.4",
    "<=3.11",
    ">=3.16",
    "==2.7.*",
    "~=3.9",
    "!=3.13.*",
    "==3.99.*",
    "==3.16.*",
    ">=3,<4",
)


def release_or_error(
    requested: tuple[RequestedPython, ...], python: str
) -> PythonRelease | DockwrightError:
    try:
        return choose_python(requested, Settings(python=python))[0].value
    except DockwrightError as error:
        return error


@given(
    wishes=st.lists(
        st.tuples(st.sampled_from(SPECIFIERS), st.sampled_from(("range", "lock", "pin", "hint"))),
        max_size=5,
    ),
    python=st.sampled_from(("", "3.12", "3.11.4", "3.99", "3.16.0a2")),
)
def test_any_wishes_end_in_a_python_that_satisfies_what_binds_or_in_an_error(
    wishes: list[tuple[str, str]], python: str
) -> None:
    requested = tuple(
        wanted(specifier, f"file{number}", strength)
        for number, (specifier, strength) in enumerate(wishes)
    )
    release = release_or_error(requested, python)
    if isinstance(release, DockwrightError):
        assert release.exit_code == 3
        assert release.origin
        return
    assert release.version == python or not python
    bound = [wish.specifier for wish in requested if wish.strength == "range"]
    newest = 40 if release.version.count(".") == 1 else 1
    versions = (
        [f"{release.version}.{patch}" for patch in range(newest)]
        if newest > 1
        else [release.version]
    )
    assert (
        any(all(allows(specifier, version) for specifier in bound) for version in versions)
        or python
    )
