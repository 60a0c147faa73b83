"""The manager in the build reads this lock, runs on this Python, and is what the project demands."""

import pytest
from dockwright.decide.python_ranges import allows
from dockwright.decide.tools import choose_tools, tool_releases
from dockwright.errors import NoToolError
from dockwright.model.dependencies import (
    Lock,
    LockState,
    Manager,
    ManagerFinding,
    Manifest,
    Strategy,
)
from dockwright.model.origin import Origin, Sourced
from dockwright.model.plan import ToolPin
from dockwright.model.record import replace

PATHS = {
    Manager.PIPENV: "Pipfile.lock",
    Manager.POETRY: "poetry.lock",
    Manager.PDM: "pdm.lock",
    Manager.UV: "uv.lock",
}


def finding(
    manager: Manager,
    form: str | None = "",
    variant: str = "",
    written_by: str = "",
    demand: str = "",
) -> ManagerFinding:
    lock = None
    if form is not None:
        lock = Lock(
            path=PATHS.get(manager, "x.lock"),
            format=form,
            state=LockState.FRESH,
            variant=variant,
            written_by=written_by,
        )
    requirement = (
        Sourced(
            value=demand,
            origin=Origin(path="pyproject.toml", line=4, key="tool.x.required-version"),
        )
        if demand
        else None
    )
    return ManagerFinding(
        manager=manager,
        manifest=Manifest(path="pyproject.toml", tool_requirement=requirement),
        lock=lock,
    )


def first(
    found: ManagerFinding, python: str = "3.13", strategy: Strategy = Strategy.LOCKED
) -> ToolPin:
    return choose_tools(found, python, strategy)[0]


@pytest.mark.parametrize(
    ("variant", "python", "version"),
    [
        pytest.param("normalised", "3.13", "2026.10.3", id="the digest of today"),
        pytest.param("plette", "3.13", "2026.2.2", id="the digest before 2026.4"),
        pytest.param("plette", "3.9", "2025.0.4", id="on Python 3.9"),
        pytest.param("plette", "3.8", "2024.4.1", id="on Python 3.8"),
        pytest.param("plette", "3.7", "2023.10.3", id="on Python 3.7"),
        pytest.param("legacy", "3.10", "2022.9.24", id="the oldest digest"),
        pytest.param("legacy", "3.6", "2022.4.8", id="on Python 3.6"),
        pytest.param("normalised", "3.9", "2025.0.4", id="a stand-in on a Python that is too old"),
        pytest.param("normalised", "3.6", "2022.4.8", id="a stand-in for a stand-in"),
        pytest.param("plette", "3.6", "2022.4.8", id="on Python 3.6, where nothing newer runs"),
        pytest.param("", "3.13", "2026.10.3", id="no digest that is known"),
    ],
)
def test_pipenv(variant: str, python: str, version: str) -> None:
    assert first(finding(Manager.PIPENV, "6", variant), python).version == version


def test_the_oldest_digest_on_a_new_python_is_an_error_unless_the_lock_is_made_anew() -> None:
    found = finding(Manager.PIPENV, "6", "legacy")
    with pytest.raises(NoToolError) as caught:
        first(found, "3.13")
    assert caught.value.exit_code == 3
    assert "strategy=relock" in caught.value.text()
    assert first(found, "3.13", Strategy.RELOCK).version == "2026.10.3"


@pytest.mark.parametrize(
    ("form", "written_by", "python", "version"),
    [
        pytest.param("2.1", "2.1.4", "3.13", "2.5.1", id="Poetry 2"),
        pytest.param("2.1", "2.1.4", "3.9", "2.2.1", id="Poetry 2 on Python 3.9"),
        pytest.param("2.1", "2.1.4", "3.8", "1.8.5", id="Poetry 2 on Python 3.8"),
        pytest.param("2.0", "1.8.3", "3.13", "1.8.5", id="Poetry 1"),
        pytest.param("2.0", "1.7.1", "3.7", "1.5.1", id="Poetry 1 on Python 3.7"),
        pytest.param("2.0", "", "3.12", "1.8.5", id="format 2.0 without a version"),
        pytest.param("1.1", "", "3.10", "1.8.5", id="format 1.1"),
        pytest.param("1.1", "", "3.6", "1.1.15", id="format 1.1 on Python 3.6"),
        pytest.param("2.1", "", "3.12", "2.5.1", id="format 2.1 without a version"),
        pytest.param(None, "", "3.12", "2.5.1", id="no lock"),
    ],
)
def test_poetry(form: str | None, written_by: str, python: str, version: str) -> None:
    assert first(finding(Manager.POETRY, form, written_by=written_by), python).version == version


def test_poetry_comes_with_the_export_plugin_that_fits_it() -> None:
    assert first(finding(Manager.POETRY, "2.1", written_by="2.4.0")).extras == (
        "poetry-plugin-export==1.10.1",
    )
    assert first(finding(Manager.POETRY, "2.0", written_by="1.8.5")).extras == (
        "poetry-plugin-export==1.8.0",
    )


@pytest.mark.parametrize(
    ("plugins", "extras"),
    [
        pytest.param(
            ("up>=0.9", "shell"), ("poetry-plugin-export==1.10.1", "up>=0.9", "shell"), id="others"
        ),
        pytest.param(
            ("poetry-plugin-export<2.0,>=1.8",), ("poetry-plugin-export==1.10.1",), id="ours fits"
        ),
        pytest.param(
            ("poetry-plugin-export",), ("poetry-plugin-export==1.10.1",), id="any of ours"
        ),
        pytest.param(
            ("poetry-plugin-export[x]<1.10; python_version > '3'",), None, id="ours does not fit"
        ),
    ],
)
def test_poetry_comes_with_the_plugins_that_the_project_requires(
    plugins: tuple[str, ...], extras: tuple[str, ...] | None
) -> None:
    found = finding(Manager.POETRY, "2.1", written_by="2.4.0")
    found = replace(found, manifest=replace(found.manifest, tool_plugins=plugins))
    assert first(found).extras == (extras or plugins)


def test_poetry_1_does_not_know_required_plugins() -> None:
    found = finding(Manager.POETRY, "2.0", written_by="1.8.5")
    found = replace(found, manifest=replace(found.manifest, tool_plugins=("up>=0.9",)))
    assert first(found).extras == ("poetry-plugin-export==1.8.0",)


def test_poetry_of_the_future() -> None:
    with pytest.raises(NoToolError, match="takes this lock"):
        first(finding(Manager.POETRY, "3.0", written_by="3.0.0"))


@pytest.mark.parametrize(
    ("python", "version"),
    [("3.13", "2.29.3"), ("3.15", "2.26.2"), ("3.9", "2.26.2"), ("3.8", "2.20.1")],
)
def test_pdm(python: str, version: str) -> None:
    assert first(finding(Manager.PDM, "4.5.0"), python).version == version
    assert first(finding(Manager.PDM, None), python).version == version


def test_pdm_on_a_python_that_it_has_left() -> None:
    with pytest.raises(NoToolError, match=r"no PDM runs on Python 3\.7"):
        first(finding(Manager.PDM, "4.4.1"), "3.7")


@pytest.mark.parametrize(
    ("demand", "version"),
    [
        pytest.param("", "0.13.8", id="nothing"),
        pytest.param(">=0.5", "0.13.8", id="from"),
        pytest.param(">=0.9,<0.10", "0.9.30", id="range"),
        pytest.param("~=0.12.5", "0.12.24", id="compatible"),
        pytest.param("==0.11.7", "0.11.7", id="exact"),
        pytest.param("0.11.7", "0.11.7", id="bare"),
        pytest.param("==0.8.*", "0.8.24", id="wildcard"),
    ],
)
def test_uv_of_required_version(demand: str, version: str) -> None:
    pin = first(finding(Manager.UV, "1 rev 3", demand=demand))
    assert (pin.name, pin.version) == ("uv", version)
    assert not demand or "pyproject.toml:4" in pin.because


@pytest.mark.parametrize("demand", [">=99", "newest", ">=0.13;"])
def test_uv_that_does_not_exist(demand: str) -> None:
    with pytest.raises(NoToolError) as caught:
        first(finding(Manager.UV, "1", demand=demand))
    assert caught.value.origin == Origin(
        path="pyproject.toml", line=4, key="tool.x.required-version"
    )
    assert caught.value.example == 'required-version = "==0.13.8"'


@pytest.mark.parametrize(
    ("demand", "version", "plugin"),
    [
        pytest.param("^2.0", "2.5.1", "1.10.1", id="caret"),
        pytest.param("~2.2", "2.2.1", "1.9.0", id="tilde"),
        pytest.param(">=2.0 <2.3", "2.2.1", "1.9.0", id="without a comma"),
        pytest.param("2.1.4", "2.1.4", "1.9.0", id="exact"),
        pytest.param("1.7.0", "1.7.0", "1.4.0", id="exact and old"),
        pytest.param(">=2.0", "2.5.1", "1.10.1", id="from"),
    ],
)
def test_requires_poetry(demand: str, version: str, plugin: str) -> None:
    pin = first(finding(Manager.POETRY, "2.1", written_by="2.1.0", demand=demand))
    assert (pin.version, pin.extras) == (version, (f"poetry-plugin-export=={plugin}",))


@pytest.mark.parametrize(
    "manager", [Manager.REQUIREMENTS, Manager.PYLOCK, Manager.SETUPTOOLS, Manager.NONE]
)
def test_uv_alone_where_no_manager_takes_part(manager: Manager) -> None:
    assert [pin.name for pin in choose_tools(finding(manager, None), "3.6")] == ["uv"]


def test_uv_installs_what_the_others_export() -> None:
    assert [
        pin.name
        for pin in choose_tools(finding(Manager.PIPENV, "6", "normalised", demand="9"), "3.13")
    ] == [
        "pipenv",
        "uv",
    ]


def test_the_reason_says_what_the_version_follows_from() -> None:
    assert first(finding(Manager.PIPENV, "6", "plette")).because == (
        "the newest Pipenv that was tried on Python 3.13 and reads this lock: "
        "Pipfile.lock has the digest of Pipenv before 2026.4, which newer ones take for out of date"
    )


@pytest.mark.parametrize("name", ["pipenv", "poetry", "pdm", "uv"])
def test_the_table_is_in_order_and_every_supported_python_has_a_tool(name: str) -> None:
    releases = tool_releases(name)
    order = [tuple(int(part) for part in release.version.split(".")) for release in releases]
    assert order == sorted(order, reverse=True)
    for minor in range(8, 16):
        assert any(allows(release.python, f"3.{minor}.0") for release in releases)
