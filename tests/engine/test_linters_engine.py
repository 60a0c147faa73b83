"""What the linters say to every expected file: nothing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DOCKERFILES = sorted(SAMPLES.glob("*/expected/Dockerfile"))


def case_of(path: Path) -> str:
    return path.parent.parent.name


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=case_of)
def test_hadolint_finds_nothing(dockerfile: Path) -> None:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which(
        "hadolint"
    )
    assert program, "hadolint comes with the development group"
    done = subprocess.run(
        [program, "--no-color", str(dockerfile)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=case_of)
def test_the_engines_own_check_finds_nothing(dockerfile: Path, docker: Run, tmp_path: Path) -> None:
    text = re.sub(r"\A# syntax=.*\n", "", dockerfile.read_text(encoding="utf-8"))
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    done = docker(
        "build",
        "--check",
        "--file",
        tmp_path / "Dockerfile",
        dockerfile.parents[1] / "project",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("compose", sorted(SAMPLES.glob("*/expected/compose.yaml")), ids=case_of)
def test_compose_accepts_the_file(compose: Path, docker: Run) -> None:
    done = docker("compose", "--file", compose, "--profile", "*", "config", "--quiet", check=False)
    assert done.returncode == 0, done.stderr
