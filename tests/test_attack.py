"""What somebody may have put into a project: it does no harm, and no run ends in a traceback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ATTACKS = Path(__file__).parent / "cases" / "attack"
SECONDS = 15


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dockwright", *words, str(folder)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize("case", sorted(path.name for path in ATTACKS.iterdir()))
@pytest.mark.parametrize("command", ["inspect", "generate"])
def test_no_traceback_and_an_exit_code_of_ours(case: str, command: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ATTACKS / case, tmp_path / case))
    said = run(folder, command)
    assert said.returncode in range(7), said.stderr
    assert "Traceback" not in said.stderr + said.stdout


@pytest.mark.parametrize(
    ("case", "names"),
    [
        ("requirements-quadratic", "requirements.txt:2"),
        ("uv-path-nul", "pyproject.toml:4"),
        ("recursion-secret", "requirements.txt:2"),
    ],
)
def test_the_error_names_the_file(case: str, names: str) -> None:
    said = run(ATTACKS / case, "inspect")
    assert (said.returncode, names in said.stderr) == (3, True)


def test_a_secret_before_a_command_reaches_no_file_and_no_terminal(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ATTACKS / "procfile-env", tmp_path / "project"))
    said = run(folder, "generate")
    assert (said.returncode, "Procfile:1" in said.stderr) == (3, True)
    assert "hunter2" not in said.stdout + said.stderr
    written = [path for path in folder.rglob("*") if path.is_file() and path.name != "Procfile"]
    assert not any(b"hunter2" in path.read_bytes() for path in written)


@pytest.mark.parametrize("case", ["terminal-escape", "workflow-command"])
def test_what_a_project_says_is_shown_and_not_obeyed(case: str) -> None:
    said = run(ATTACKS / case, "generate")
    lines = (said.stdout + said.stderr).splitlines()
    assert not any(line.startswith("::") for line in lines)
    assert all(line.isprintable() for line in lines)


def test_what_a_project_brought_in_our_folder_deletes_nothing(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ATTACKS / "journal-deletes-git-head", tmp_path / "project"))
    head = folder / ".git" / "HEAD"
    head.parent.mkdir()
    head.write_text("ref: refs/heads/main\n")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run(folder, "generate", "--force")
    manifest = folder / ".dockwright" / "manifest.json"
    kept = {path: data for path, data in before.items() if path != manifest}
    assert {path: path.read_bytes() for path in kept} == kept
