"""What the owner adds to the .dockerignore counts for the Dockerfile too."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is installed: what is left beside it is copied by name."""
    folder = tmp_path / "shop"
    shutil.copytree(SAMPLES / "poetry2-fastapi-package" / "project", folder)
    (folder / "media").mkdir()
    (folder / "media" / "logo.svg").write_text("<svg/>")
    monkeypatch.chdir(folder)
    return folder


def add(path: Path, line: str) -> None:
    path.write_text(path.read_text() + line + "\n")


def test_a_folder_that_is_left_out_by_hand_is_not_copied_by_name(package: Path, run: Run) -> None:
    assert run("generate")[0] == 0
    assert "COPY media media" in (package / "Dockerfile").read_text()
    add(package / ".dockerignore", "media")
    assert run("generate")[0] == 0
    assert "media" not in (package / "Dockerfile").read_text()
    assert (package / ".dockerignore").read_text().endswith("media\n")
    assert run("generate", "--check") == (0, "", "")
    assert run("generate", "--force")[0] == 0
    assert "COPY media media" in (package / "Dockerfile").read_text()
    assert run("generate", "--check") == (0, "", "")


def test_a_setting_that_is_taken_back_is_no_edit(package: Path, run: Run) -> None:
    (package / "dockwright.toml").write_text('ignore = ["media"]\n')
    assert run("generate")[0] == 0
    assert "media" not in (package / "Dockerfile").read_text()
    (package / "dockwright.toml").unlink()
    assert run("generate")[0] == 0
    assert "COPY media media" in (package / "Dockerfile").read_text()
    assert run("generate", "--check") == (0, "", "")


def test_what_the_build_reads_must_not_be_left_out(package: Path, run: Run) -> None:
    run("generate")
    add(package / ".dockerignore", "pyproject.toml")
    code, _, err = run("generate")
    assert code == 0
    assert "pyproject.toml is left out by a line that was added" in err
