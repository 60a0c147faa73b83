"""What uv says about a lock, and what it means when it says something else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dockwright.build.uv_check import uv_says_fresh

PROJECT = '[project]\nname = "shop"\nversion = "1.0"\nrequires-python = ">=3.11"\n'


def put_uv(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program called uv on an otherwise empty PATH."""
    program = folder / "bin" / "uv"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param("sys.exit(0)", True, id="fresh"),
        pytest.param(
            "sys.exit('error: The lockfile at `uv.lock` needs to be updated, but `--check` was provided.')",
            False,
            id="stale",
        ),
        pytest.param(
            "sys.exit('error: No solution found when resolving dependencies')",
            None,
            id="not resolved",
        ),
        pytest.param(
            "print('error: Failed to fetch', file=sys.stderr); sys.exit(2)", None, id="no network"
        ),
        pytest.param("import time; time.sleep(60)", None, id="no answer"),
        pytest.param(
            "wrong = '--python' in sys.argv\n"
            'print("incompatible with the project\'s Python requirement", file=sys.stderr)\n'
            "sys.exit(2 if wrong else 0)",
            True,
            id="another Python than this one",
        ),
    ],
)
def test_what_uv_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: bool | None
) -> None:
    put_uv(tmp_path, monkeypatch, script)
    assert uv_says_fresh(tmp_path, seconds=2) is said


def test_without_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert uv_says_fresh(tmp_path) is None


@pytest.mark.skipif(not shutil.which("uv"), reason="uv is not installed")
def test_the_real_uv(tmp_path: Path) -> None:
    manifest = tmp_path / "pyproject.toml"
    manifest.write_text(PROJECT)
    subprocess.run(
        ["uv", "lock", "--offline", "--python", sys.executable],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (tmp_path / ".python-version").write_text("3.99\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert uv_says_fresh(tmp_path) is True
    manifest.write_text(PROJECT.replace("1.0", "2.0"))
    assert uv_says_fresh(tmp_path) is False
    assert sorted(path.name for path in tmp_path.iterdir()) == before
