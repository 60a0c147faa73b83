"""Locks on a real engine: a stale one stops the build, `dockwright lock` makes a fresh one, a failure leaves the old one."""

import json
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

PROJECT = """\
[project]
name = "app"
version = "0"
requires-python = ">=3.13"
dependencies = ["click>=8.1,<8.3"]
"""
UV = PROJECT + "\n[tool.uv]\npackage = false\n"
PDM = PROJECT + "\n[tool.pdm]\ndistribution = false\n"
# A source of its own makes Poetry read the index as HTML, which every index and mirror has.
POETRY = (
    PROJECT
    + """
[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
priority = "primary"
"""
)
PIPFILE = """\
[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"

[packages]
click = ">=8.1,<8.3"

[requires]
python_version = "3.13"
"""
MANIFESTS = {
    "uv": ("pyproject.toml", UV),
    "pdm": ("pyproject.toml", PDM),
    "poetry": ("pyproject.toml", POETRY),
    "pipenv": ("Pipfile", PIPFILE),
}
LOCKS = {"uv": "uv.lock", "pdm": "pdm.lock", "poetry": "poetry.lock", "pipenv": "Pipfile.lock"}


def dockwright(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockwright", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=600)


def without_frontend(directory: Path, pulled: bool) -> Path:
    """Write the setting that leaves `# syntax=` out where that frontend cannot be pulled."""
    if not pulled:
        (directory / "dockwright.toml").write_text("syntax = false\n", encoding="utf-8")
    return directory


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def lockable(frontend: bool, tmp_path: Path) -> Callable[[str], Path]:
    """Manager -> a small project without a lock."""

    def make(manager: str) -> Path:
        directory = tmp_path / manager
        directory.mkdir()
        name, text = MANIFESTS[manager]
        (directory / name).write_text(text, encoding="utf-8")
        (directory / "main.py").write_text(
            "import click\n\nclick.echo(click.__name__)\n", encoding="utf-8"
        )
        return without_frontend(directory, frontend)

    return make


def click_of(lock: Path) -> str:
    match = re.search(
        r'name = "click"\nversion = "([\d.]+)"|"click": \{.*?"version": "==([\d.]+)"',
        lock.read_text(),
        re.DOTALL,
    )
    assert match
    return match[1] or match[2]


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        ("pipenv-flask-gunicorn", 'flask = "~=3.1"', 'flask = ">=3"'),
        ("poetry1-flask", 'flask = "^3.1"', 'flask = ">=3"'),
        ("poetry2-fastapi-package", '"fastapi (>=0.165,<0.166)"', '"fastapi (>=0.160)"'),
        ("uv-fastapi", '"fastapi>=0.165"', '"fastapi>=0.160"'),
        ("pdm-starlette", '"starlette>=1.0"', '"starlette>=0.9"'),
    ],
    ids=["pipenv", "poetry1", "poetry2", "uv", "pdm"],
)
def test_a_stale_lock_stops_the_build_and_says_what_to_do(
    case: str, old: str, new: str, generate: Callable[..., Path], tmp_path: Path
) -> None:
    directory = generate(Path(shutil.copytree(SAMPLES / case / "project", tmp_path / case)))
    manifest = directory / ("Pipfile" if case.startswith("pipenv") else "pyproject.toml")
    edit(manifest, old, new)

    built = dockwright("build", "--drifted", "--engine", "docker", directory)
    assert built.returncode == 6, built.stderr
    assert "the lock does not belong to the manifest" in built.stderr
    assert "dockwright lock" in built.stderr


@pytest.mark.parametrize("manager", LOCKS)
def test_a_new_lock_is_written_back_and_is_fresh(
    manager: str, lockable: Callable[[str], Path]
) -> None:
    directory = lockable(manager)
    locked = dockwright("lock", directory)
    assert locked.returncode == 0, locked.stderr
    assert "click" in locked.stdout
    assert click_of(directory / LOCKS[manager]).startswith("8.")

    generated = dockwright("generate", directory)
    assert generated.returncode == 0, generated.stderr
    inspected = json.loads(dockwright("inspect", "--json", directory).stdout)
    assert inspected["lock"]["state"] == "fresh"
    assert inspected["strategy"] == "locked"


@pytest.mark.parametrize("manager", ["uv", "pdm"])
def test_relock_keeps_a_version_that_update_raises(
    manager: str, lockable: Callable[[str], Path]
) -> None:
    directory = lockable(manager)
    manifest, lock = directory / MANIFESTS[manager][0], directory / LOCKS[manager]
    edit(manifest, "click>=8.1,<8.3", "click==8.1.7")
    assert dockwright("lock", directory).returncode == 0
    edit(manifest, "click==8.1.7", "click>=8.1,<8.3")

    assert dockwright("lock", directory).returncode == 0
    assert click_of(lock) == "8.1.7"

    updated = dockwright("lock", "--update", directory)
    assert updated.returncode == 0, updated.stderr
    assert click_of(lock).startswith("8.2.")
    assert re.search(r"click +8\.1\.7 -> 8\.2\.", updated.stdout)


@pytest.mark.parametrize(
    ("case", "lock", "old", "new"),
    [
        ("pipenv-flask-gunicorn", "Pipfile.lock", 'flask = "~=3.1"', 'flask = "==3.1.0,>4"'),
        ("uv-fastapi", "uv.lock", '"fastapi>=0.165"', '"fastapi==0.165,>1"'),
        ("pdm-starlette", "pdm.lock", '"starlette>=1.0"', '"starlette==1.0,>2"'),
    ],
    ids=["pipenv", "uv", "pdm"],
)
def test_a_lock_that_cannot_be_made_leaves_the_old_one(
    case: str,
    lock: str,
    old: str,
    new: str,
    frontend: bool,
    tmp_path: Path,
) -> None:
    copied = Path(shutil.copytree(SAMPLES / case / "project", tmp_path / case))
    directory = without_frontend(copied, frontend)
    before = (directory / lock).read_bytes()
    edit(directory / ("Pipfile" if case.startswith("pipenv") else "pyproject.toml"), old, new)

    failed = dockwright("lock", directory)
    assert failed.returncode == 6, failed.stderr
    assert old.lstrip('"').partition(" ")[0].partition(">")[0] in failed.stderr, (
        "the manager names what cannot be fulfilled"
    )
    assert "the old lock is untouched" in failed.stderr
    assert (directory / lock).read_bytes() == before
