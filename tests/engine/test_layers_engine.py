"""What a build repeats after an edit, read from BuildKit's own progress."""

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
)


def _build(docker: Run, directory: Path) -> list[Step]:
    return steps_of(docker("buildx", "build", "--progress", "rawjson", directory).stderr)


@pytest.mark.parametrize(("case", "edited", "own_runs"), EDITS, ids=[edit[0] for edit in EDITS])
def test_an_edit_of_the_code_repeats_only_its_copy_and_what_follows(
    case: str,
    edited: str,
    own_runs: int,
    docker: Run,
    project: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    directory = tmp_path / case
    shutil.copytree(project(case), directory)
    _build(docker, directory)

    with (directory / edited).open("a", encoding="utf-8") as source:
        source.write(
            f"\n# {uuid4()}\n"
        )  # never seen by the engine, whose cache outlives the session
    repeated = [step for step in _build(docker, directory) if not step.cached]

    stages = {step.stage for step in repeated}
    assert any(step.instruction.startswith("COPY") for step in repeated)
    for stage in stages:
        first = min(
            (step for step in repeated if step.stage == stage), key=lambda step: step.number
        )
        assert first.instruction.startswith("COPY") or first.uses(stages - {stage})
    assert len([step for step in repeated if step.instruction.startswith("RUN")]) == own_runs


def test_a_build_without_an_edit_repeats_nothing(
    docker: Run, project: Callable[[str], Path]
) -> None:
    directory = project("pipenv-flask-gunicorn")
    _build(docker, directory)

    assert [step for step in _build(docker, directory) if not step.cached] == []
