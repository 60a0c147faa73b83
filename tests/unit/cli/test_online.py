"""`--online` without a network is a passing fault; what is known already needs none."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = "http://127.0.0.1:9/simple"


def dockwright(*arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockwright", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)


def test_without_a_network_it_is_a_passing_fault_and_nothing_is_written(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "samples" / "pipenv-flask-gunicorn" / "project", project)
    for name in ("Pipfile", "Pipfile.lock"):
        path = project / name
        path.write_text(path.read_text().replace("https://pypi.org/simple", NOWHERE))
    before = sorted(path.name for path in project.iterdir())
    done = dockwright("inspect", "--online", str(project))
    assert done.returncode == 75
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in project.iterdir()) == before


def test_a_lock_that_names_its_files_needs_no_network(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "samples" / "uv-fastapi" / "project", project)
    done = dockwright("inspect", "--online", "--json", str(project), "--set", "python=3.14")
    assert done.returncode == 0, done.stderr
