"""`dockwright prove`: what every sample promises, and images that were sabotaged."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]

SABOTAGE = {
    "lock": (
        "RUN sed -i 's/^Version: .*/Version: 0.0.1/' /opt/venv/lib/python*/site-packages/click-*.dist-info/METADATA",
        "click",
    ),
    "lock-missing": ("RUN rm -rf /opt/venv/lib/python*/site-packages/click-*.dist-info", "missing"),
    "user": ("USER 0", "0"),
    "secrets": ("ENV API_TOKEN=not-so-secret-any-more", "ENV API_TOKEN"),
    "compilers": (
        "RUN printf '#!/bin/sh\\n' > /usr/local/bin/gcc && chmod +x /usr/local/bin/gcc",
        "gcc",
    ),
    "managers": (
        "RUN touch /usr/local/bin/poetry && chmod +x /usr/local/bin/poetry",
        "poetry",
    ),
    "imports": (
        "RUN cd /opt/venv/lib/python3.13/site-packages/click && rm -r __pycache__ && echo 'import nothing_like_it' > __init__.py",
        "nothing_like_it",
    ),
}


PROVED = (
    "pipenv-flask-gunicorn", "poetry-path-dependency", "poetry2-fastapi-package", "uv-workspace-member",
    "pdm-bot-without-port", "pylock-flask", "requirements-fastapi-app-main-uvicorn", "script-only-prints",
    "setuptools-cli-without-lock", "uv-django-postgres-celery",
)  # fmt: skip
"""One sample of each way to install, and one with services."""


def prove(image: str, project: Path) -> tuple[int, dict[str, Any]]:
    argv = [sys.executable, "-m", "dockwright", "prove", image, str(project), "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


def failed(document: dict[str, Any]) -> dict[str, str]:
    return {
        check["name"]: f"{check['found']} {check['details']}"
        for check in document["checks"]
        if not check["passed"]
    }


@pytest.mark.parametrize("case", PROVED)
def test_a_sample_is_what_its_lock_says(
    case: str,
    image: Callable[[str], str],
    project: Callable[[str], Path],
    say: Callable[[str], None],
) -> None:
    say(f"{case}: proving")
    code, document = prove(image(case), project(case))
    assert not failed(document)
    assert code == 0


@pytest.mark.parametrize("point", SABOTAGE)
def test_a_sabotaged_image_is_found(
    point: str,
    docker: Run,
    image: Callable[[str], str],
    project: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    instruction, told = SABOTAGE[point]
    base = image("pipenv-flask-gunicorn")
    back = "" if instruction.startswith("USER") else "USER 10001\n"
    (tmp_path / "Dockerfile").write_text(
        f"FROM {base}\nUSER 0\n{instruction}\n{back}", encoding="utf-8"
    )
    tag = f"{base}-without-{point}"
    docker("buildx", "build", "--load", "--tag", tag, tmp_path)
    code, document = prove(tag, project("pipenv-flask-gunicorn"))
    assert code == 7
    assert told in failed(document)[point.partition("-")[0]]


def test_the_page_shows_every_check_and_what_fills_the_image(
    image: Callable[[str], str], project: Callable[[str], Path], tmp_path: Path
) -> None:
    page = tmp_path / "proof.html"
    argv = [
        sys.executable,
        "-m",
        "dockwright",
        "prove",
        image("pipenv-flask-gunicorn"),
        str(project("pipenv-flask-gunicorn")),
    ]
    subprocess.run([*argv, "--html", str(page)], check=True, capture_output=True, timeout=300)
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    for name in ("lock", "imports", "user", "health", "werkzeug"):
        assert name in text


def test_an_image_that_does_not_exist_is_an_error_with_a_remedy(
    docker: Run, project: Callable[[str], Path]
) -> None:
    argv = [
        sys.executable,
        "-m",
        "dockwright",
        "prove",
        "no-such-image:at-all",
        str(project("pipenv-flask-gunicorn")),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 6
    assert "dockwright build" in done.stderr
    assert "Traceback" not in done.stderr
