"""A project in a folder of its own, and the program run inside it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from dockwright.cli import main

SAMPLES = Path(__file__).parents[3] / "samples"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    shutil.copytree(SAMPLES / "pipenv-flask-gunicorn" / "project", folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return call
