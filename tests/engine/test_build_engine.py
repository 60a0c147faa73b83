"""`dockwright build`: it builds, reports, and explains what went wrong."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]


def dockwright(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockwright", *map(str, arguments)]
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def own_copy(project: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(project("requirements-flask-env-port-5000"), tmp_path / "copy"))


def test_it_builds_and_reports_what_each_layer_weighs(docker: Run, own_copy: Path) -> None:
    done = dockwright("build", own_copy, "--tag", "dockwright-build-test", "--drifted")
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+ steps? ran", done.stdout)
    assert "uv pip" in done.stdout
    assert docker("image", "inspect", "dockwright-build-test").returncode == 0


def test_a_failing_step_is_named_with_its_last_lines_and_a_hint(
    docker: Run, own_copy: Path
) -> None:
    dockerfile = own_copy / "Dockerfile"
    dockerfile.write_text(
        dockerfile.read_text()
        + "RUN echo 'fatal error: sybdb.h: No such file or directory' && exit 1\n"
    )
    done = dockwright("build", own_copy, "--drifted")
    assert done.returncode == 6
    assert "header" in done.stderr
    assert "sybdb.h" in done.stderr
    assert "build-packages" in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_drifted_are_not_built(docker: Run, own_copy: Path) -> None:
    requirements = own_copy / "requirements.txt"
    requirements.write_text(requirements.read_text() + "psycopg2==2.9.10\n")
    done = dockwright("build", own_copy)
    assert done.returncode == 2
    assert "Dockerfile" in done.stderr
    assert "--drifted" in done.stderr


def test_the_development_and_test_targets_build(
    docker: Run, project: Callable[[str], Path]
) -> None:
    folder = project("uv-fastapi")
    docker(
        "buildx", "build", "--load", "--target", "test", "--tag", "dockwright-target-test", folder
    )
    done = docker("run", "--rm", "dockwright-target-test")
    assert " passed" in done.stdout
