"""What a build repeats after an edit, read from BuildKit's own progress: only dependencies re-install dependencies."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from support.steps import Step, steps_of

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]

# case, a file that its author edits every day, RUN lines that belong to the source and so run again: where the
# project is a package, one that builds its wheel and one that installs it.
EDITS = (
    ("pipenv-flask-gunicorn", "inventory/stock.py", 0),
    ("poetry1-flask", "guestbook/__init__.py", 0),
    ("poetry2-fastapi-package", "src/shop/prices.py", 2),
    ("requirements-fastapi-app-main-uvicorn", "app/main.py", 0),
    ("uv-fastapi", "main.py", 0),
    ("uv-workspace-member", "src/storefront/web.py", 2),
    ("pdm-starlette", "server.py", 0),
    ("pylock-flask", "links.py", 0),
    ("uv-psycopg2-compiled-from-source", "library/api.py", 0),
)


def build(docker: Run, directory: Path) -> list[Step]:
    return steps_of(docker("buildx", "build", "--progress", "rawjson", directory).stderr)


def repeated(docker: Run, directory: Path) -> list[Step]:
    return [step for step in build(docker, directory) if not step.cached]


@pytest.mark.parametrize(("case", "edited", "own_runs"), EDITS, ids=[edit[0] for edit in EDITS])
def test_an_edit_of_the_code_installs_nothing_again(
    case: str,
    edited: str,
    own_runs: int,
    docker: Run,
    image: Callable[[str], str],
    project: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    image(case)
    directory = Path(shutil.copytree(project(case), tmp_path / case))

    with (directory / edited).open("a", encoding="utf-8") as source:
        # Never seen by the engine, whose cache outlives the session.
        source.write(f"\n# {uuid4()}\n")
    steps = repeated(docker, directory)

    runs = [step.instruction for step in steps if step.instruction.startswith("RUN")]
    assert any(step.instruction.startswith("COPY") for step in steps)
    assert len(runs) == own_runs
    assert not [run for run in runs if "uv sync" in run or "uv pip sync" in run]


def test_a_build_without_an_edit_repeats_nothing(
    docker: Run, image: Callable[[str], str], project: Callable[[str], Path]
) -> None:
    image("pipenv-flask-gunicorn")

    assert repeated(docker, project("pipenv-flask-gunicorn")) == []
