"""Podman builds, runs and proves what Dockwright writes. It is optional, also in CI: where it is missing these tests are skipped."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]


def podman(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["podman", *words], capture_output=True, text=True, check=False, timeout=600
    )
    if check and done.returncode:
        pytest.fail(
            f"podman {' '.join(words)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return done


def dockwright(*words: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockwright", *map(str, words)]
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=600, stdin=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def podman_builds(docker: Run) -> None:
    """Skip where Podman is missing or cannot start a container; hand it the images that only Docker has here."""
    if not shutil.which("podman"):
        pytest.skip(
            "podman is not installed; it is optional, Docker is the engine that must be there"
        )
    for image in ("python:3.13-slim-trixie", "ghcr.io/astral-sh/uv:0.13.8"):
        if podman("image", "exists", image, check=False).returncode:
            saved = subprocess.run(["docker", "save", image], capture_output=True, check=False)
            subprocess.run(["podman", "load"], input=saved.stdout, capture_output=True, check=False)
    started = podman("run", "--rm", "python:3.13-slim-trixie", "python", "--version", check=False)
    if started.returncode:
        pytest.skip(f"podman cannot start a container here: {started.stderr.strip()[-200:]}")


@pytest.fixture
def tag(podman_builds: None, session_name: str) -> Iterator[str]:
    name = f"{session_name}-podman"
    yield name
    podman("image", "rm", "--force", name, check=False)


def test_a_sample_is_built_reported_and_proved(tag: str, project: Callable[[str], Path]) -> None:
    folder = project("pipenv-flask-gunicorn")
    built = dockwright("build", folder, "--engine", "podman", "--tag", tag, "--drifted")
    assert built.returncode == 0, built.stderr
    assert re.search(r"\d+ steps? ran, 0 came from the cache", built.stdout)
    assert "RUN useradd" in built.stdout
    assert "werkzeug" in built.stdout.partition("Largest of 8 distributions")[2]

    proved = dockwright("prove", tag, folder, "--engine", "podman", "--json")
    document: dict[str, Any] = json.loads(proved.stdout)
    assert [check for check in document["checks"] if not check["passed"]] == []
    assert "health" in {check["name"] for check in document["checks"]}
    assert proved.returncode == 0


def test_a_new_pin_is_installed_although_the_instruction_is_the_same(
    tag: str, generate: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text("import six\n\nprint(six.__version__)\n", encoding="utf-8")
    for version in ("1.16.0", "1.17.0"):
        (tmp_path / "requirements.txt").write_text(f"six=={version}\n", encoding="utf-8")
        generate(tmp_path, 'python = "3.13"')
        built = dockwright("build", tmp_path, "--engine", "podman", "--tag", tag, "--drifted")
        assert built.returncode == 0, built.stderr
        assert podman("run", "--rm", tag, "python", "main.py").stdout.strip() == version


def test_a_failing_step_is_named_in_podmans_words_with_a_hint(
    podman_builds: None, project: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(project("pipenv-flask-gunicorn"), tmp_path / "copy")
    (folder / "Dockerfile").write_text(
        "FROM python:3.13-slim-trixie AS x\nCOPY nothing.txt /\n", encoding="utf-8"
    )
    done = dockwright("build", folder, "--engine", "podman", "--drifted")
    assert done.returncode == 6
    assert "Found: COPY nothing.txt /\n" in done.stderr
    assert "not in the build context" in done.stderr
    assert "Traceback" not in done.stderr


def test_services_of_a_compose_file_cannot_be_started_by_a_podman_without_compose(
    tag: str, project: Callable[[str], Path]
) -> None:
    if podman("compose", "version", check=False).returncode == 0:
        pytest.skip("this podman has a compose")
    done = dockwright("prove", tag, project("uv-django-postgres-celery"), "--engine", "podman")
    assert done.returncode == 6
    assert "podman compose" in done.stderr
    assert "--no-services" in done.stderr
