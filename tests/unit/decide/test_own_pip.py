"""The base image's own pip is not shipped."""

from pathlib import Path

import pytest
from dockwright.decide import decide
from dockwright.detect import detect
from dockwright.model.dockerfile import Stage
from dockwright.model.settings import Settings, StageSettings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(
        "from flask import Flask\n\napp = Flask(__name__)\n", encoding="utf-8"
    )
    (tmp_path / ".python-version").write_text("3.13\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("flask==3.1.0\ngunicorn==23.0.0\n", encoding="utf-8")
    return tmp_path


def removals(root: Path, settings: Settings | None = None) -> dict[str, str]:
    """Stage -> the command that takes pip out."""

    def of(stage: Stage) -> str:
        commands = (command for run in stage.before_source for command in run.commands)
        return next(
            (command for command in commands if command.startswith("rm -rf /usr/local/bin/pip")), ""
        )

    stages = decide(detect(root), settings or Settings()).dockerfile.stages
    return {stage.name: of(stage) for stage in stages if of(stage)}


@pytest.mark.parametrize(
    "base",
    [
        "slim",
        "full",
        "alpine",
        "uv",
        "python:3.13-slim-bookworm",
        "mirror.example.com/library/python:3.13-slim",
    ],
)
def test_an_official_image_loses_it_in_the_stage_that_all_share(project: Path, base: str) -> None:
    assert removals(project, Settings(base=base)) == {
        "base": "rm -rf /usr/local/bin/pip* /usr/local/lib/python3.13/site-packages/*"
    }


def test_up_to_3_11_setuptools_and_wheel_lie_beside_it(project: Path) -> None:
    (project / ".python-version").write_text("3.11\n", encoding="utf-8")
    assert "/usr/local/bin/wheel" in removals(project)["base"].split()


@pytest.mark.parametrize(
    "base",
    ["distroless", "chainguard", "debian:trixie", "registry.example.com/team/python:3.13-slim"],
)
def test_another_image_is_left_as_it_is(project: Path, base: str) -> None:
    assert removals(project, Settings(base=base)) == {}


def test_where_pip_itself_installs_it_goes_last(project: Path) -> None:
    assert list(removals(project, Settings(installer="native"))) == ["runtime"]


def test_a_program_that_installs_nothing_ships_none_either(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('hello')\n", encoding="utf-8")
    assert list(removals(tmp_path)) == ["base"]


@pytest.mark.parametrize(
    ("line", "kept"), [("RUN pip install debugpy", True), ("RUN uv pip install debugpy", False)]
)
def test_it_stays_where_the_owner_calls_it(project: Path, line: str, kept: bool) -> None:
    settings = Settings(stages=(("runtime", StageSettings(after=(line,))),))
    assert (removals(project, settings) == {}) is kept
