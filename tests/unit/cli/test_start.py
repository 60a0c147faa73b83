"""Starting the program: a project's own files must not get in the way, and pipes may close."""

import subprocess
import sys
from pathlib import Path

import pytest

CONSOLE_SCRIPT = "from dockwright.cli import main; main()"
"""What the installed `dockwright` runs; -P leaves the current folder out, as a script does."""


def start(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["generator.py", "model.py", "templates/Dockerfile.j2"])
def test_files_of_the_project_harm_nobody(name: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('hello')\n")
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("raise SystemExit('this is the project')\n")
    for words in (("-m", "dockwright"), ("-P", "-c", CONSOLE_SCRIPT)):
        done = start(tmp_path, *words, "generate", "--stdout")
        assert done.returncode == 0, done.stderr
        assert 'CMD ["python", "main.py"]' in done.stdout


def test_a_module_of_a_library_s_name_does_not_reach_the_command(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('hello')\n")
    (tmp_path / "jinja2.py").write_text("raise SystemExit('this is the project')\n")
    done = start(tmp_path, "-P", "-c", CONSOLE_SCRIPT, "generate", "--stdout")
    assert done.returncode == 0, done.stderr


def test_a_reader_that_stops_early_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('hello')\n")
    shell = f"{sys.executable} -m dockwright generate --stdout | true"
    done = subprocess.run(
        ["sh", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
