"""Bad manifests, locks and folders, seen from the command line: the right exit code, the file named, no traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.bad_input import (
    DEEP,
    FLASK,
    HIDDEN,
    PINNED,
    PIPFILE,
    PIPFILE_LOCK,
    POETRY,
    PROJECT,
    SCRIPT,
    WEB,
    Case,
    Ran,
    assert_case,
    cases,
    locked,
    put,
    run,
)

MARKS = "<<<<<<< HEAD\nversion = 1\n=======\nversion = 1\n>>>>>>> other\n"


@cases(
    Case("empty folder", {}, 3, ("an empty folder",)),
    Case("pyproject.toml is no TOML", {**SCRIPT, "pyproject.toml": "[project\n"}, 3, ("pyproject.toml:1:", "column 9")),
    Case("Pipfile is no TOML", {**SCRIPT, "Pipfile": "[packages]\nflask =\n"}, 3, ("Pipfile:2:", "column 8")),
    Case("Pipfile.lock is no JSON", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": '{\n "_meta": {,'}, 3, ("Pipfile.lock:2:", "column 12")),
    Case("Pipfile.lock is a list", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": "[1]"}, 3, ("Pipfile.lock", "damaged")),
    Case("Pipfile.lock is empty", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": ""}, 4, ("Pipfile.lock is empty",)),
    Case("Pipfile.lock without Pipfile", {**SCRIPT, "Pipfile.lock": PIPFILE_LOCK % 6}, 3, ("without its Pipfile",)),
    Case("Pipfile.lock of an unknown version", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": PIPFILE_LOCK % 99}, 3, ("Pipfile.lock:1", "99")),
    Case("Pipfile.lock without packages", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": PIPFILE_LOCK % 6}, 4, ("flask", "Pipfile:7")),
    Case("Pipfile.lock with marks", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": "{\n" + MARKS}, 3, ("Pipfile.lock:2", "merge")),
    locked("uv.lock of an unknown version", PROJECT, "version = 99\n", 3, "99"),
    locked("poetry.lock of an unknown version", POETRY, '[metadata]\nlock-version = "9.0"\ncontent-hash = "x"\n', 3, "9.0"),
    locked("pdm.lock of an unknown version", PROJECT + "[tool.pdm]\n", '[metadata]\nlock_version = "9.0"\n', 3, "9.0"),
    locked("pylock.toml of an unknown version", PROJECT, 'lock-version = "7.0"\ncreated-by = "x"\n', 3, "7.0"),
    locked("uv.lock with marks", PROJECT, MARKS, 3, "uv.lock:1", "merge"),
    locked("poetry.lock with marks", POETRY, MARKS, 3, "poetry.lock:1", "merge"),
    locked("pdm.lock with marks", PROJECT + "[tool.pdm]\n", MARKS, 3, "pdm.lock:1", "merge"),
    locked("pylock.toml with marks", PROJECT, MARKS, 3, "pylock.toml:1", "merge"),
    locked("uv.lock without packages", PROJECT, "version = 1\nrequires-python = '>=3.11'\n", 4, "no packages"),
    locked("poetry.lock without packages", POETRY, 'package = []\n[metadata]\nlock-version = "2.0"\npython-versions = ">=3.11"\ncontent-hash = "x"\n', 4, "no packages"),
    locked("pdm.lock without packages", PROJECT + "[tool.pdm]\n", '[metadata]\nlock_version = "4.5.0"\ncontent_hash = "sha256:x"\ngroups = ["default"]\n', 4, "no packages"),
    locked("uv.lock of another project", PROJECT, 'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "other"\nversion = "1"\nsource = { virtual = "." }\n', 4, "other"),
)  # fmt: skip
def test_manifests_and_locks(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_case(case, tmp_path, capsys)


@cases(
    Case("50 MB of requirements", {**SCRIPT, "requirements.txt": "#" * 50_000_000}, 3, ("requirements.txt", "more than 33 MB")),
    Case("50 MB of Python", {**PINNED, "main.py": "#" * 50_000_000}, 3, ("main.py", "more than 1 MB")),
    Case("brackets in TOML", {**SCRIPT, "pyproject.toml": "a = " + DEEP}, 3, ("pyproject.toml:1", "too deeply")),
    Case("brackets in a TOML lock", {**SCRIPT, "pyproject.toml": PROJECT, "uv.lock": "a = " + DEEP}, 3, ("uv.lock:1", "too deeply")),
    Case("brackets in JSON", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": DEEP}, 3, ("Pipfile.lock", "too deeply")),
    Case("a key of 30,000 parts", {**SCRIPT, "pyproject.toml": "a." * 30_000 + "b = 1\n"}, 3, ("pyproject.toml:1", "parts")),
    Case("a long number in TOML", {**SCRIPT, "pyproject.toml": f"{PROJECT}[tool.x]\na = {'1' * 6000}\n"}, 3, ("pyproject.toml:7", "digits")),
    Case("a long number in JSON", {**SCRIPT, "Pipfile": PIPFILE, "Pipfile.lock": f'{{"a": {"1" * 6000}}}'}, 3, ("Pipfile.lock:1", "digits")),
    Case("a long version", {**WEB, ".python-version": "3." + "1" * 6000}, 3, (".python-version:1", "digits")),
    Case("a long specifier", {**SCRIPT, "pyproject.toml": PROJECT.replace("3.11", "3." + "9" * 5000)}, 3, ("pyproject.toml:4", "digits")),
    Case("a long name", {**FLASK, "pyproject.toml": PROJECT.replace("shop", "a" * 200_000)}, 0),
    Case("requirements in a circle", {**SCRIPT, "requirements.txt": "-r a.txt\n", "a.txt": "-r requirements.txt\n"}, 3, ("a.txt:1", "circle")),
    Case("requirements that include themselves", {**SCRIPT, "requirements.txt": "-r requirements.txt\n"}, 3, ("requirements.txt:1", "circle")),
    Case("a chain of requirements", {**SCRIPT, "requirements.txt": "-r r0.txt\n", **{f"r{n}.txt": f"-r r{n + 1}.txt\n" for n in range(300)}, "r300.txt": ""}, 3, (".txt:1", "levels deep")),
    Case("an include that is missing", {**SCRIPT, "requirements.txt": "flask\n-r no.txt\n"}, 3, ("requirements.txt:2", "no.txt")),
    Case("an include outside", {**FLASK, "requirements.txt": "-r /etc/passwd\n"}, 0, ("requirements.txt:1", "outside")),
    Case("a lock in a circle of links", {**SCRIPT, "pyproject.toml": PROJECT, "uv.lock": Path("uv.lock")}, 0, ("uv.lock", "leads nowhere")),
    Case("a lock that is a dangling link", {**SCRIPT, "pyproject.toml": PROJECT, "poetry.lock": Path("no")}, 0, ("poetry.lock", "leads nowhere")),
    Case("a manifest in a circle of links", {**SCRIPT, "pyproject.toml": Path("pyproject.toml")}, 3, ("pyproject.toml",)),
    Case("a manifest that is a folder", {**SCRIPT, "pyproject.toml": None}, 3, ("pyproject.toml",)),
    Case("folders in a circle of links", {**WEB, "package/again": Path("..")}, 0),
    Case("bottomless folders", {**WEB, "/".join("d" * 600) + "/x.py": ""}, 0),
    Case("a Dockerfile in a circle of links", {**WEB, "Dockerfile": Path("Dockerfile")}, 2, ("Dockerfile",)),
    Case("a Dockerfile that leads outside", {**WEB, "Dockerfile": Path("/nowhere/Dockerfile")}, 2, ("Dockerfile", "out of the target")),
    Case("a Dockerfile that is a folder", {**WEB, "Dockerfile": None}, 3, ("Dockerfile",)),
    Case("a Dockerfile of somebody else", {**WEB, "Dockerfile": "FROM scratch\n"}, 2, ("Dockerfile", "--adopt")),
)  # fmt: skip
def test_bombs_and_links(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_case(case, tmp_path, capsys)


@cases(
    Case("UTF-16", {**FLASK, "requirements.txt": "flask==3.0.0\r\n".encode("utf-16")}, 0),
    Case("CRLF", {**FLASK, "requirements.txt": b"flask==3.0.0\r\n"}, 0),
    Case("Latin-1", {**FLASK, "requirements.txt": b"flask==3.0.0 # \xe9\n"}, 3, ("requirements.txt:1", "iconv")),
    Case("UTF-16 without a mark", {**FLASK, "requirements.txt": "flask\n".encode("utf-16-le")}, 3, ("requirements.txt:1",)),
    Case("a null byte", {**FLASK, "requirements.txt": b"flask\x00==3\n"}, 3, ("requirements.txt:1",)),
    Case("a dangling version file", {**WEB, ".python-version": Path("no")}, 0, (".python-version",)),
    Case("an empty version file", {**WEB, ".python-version": ""}, 0, (".python-version",)),
    Case("a version file that is binary", {**WEB, ".python-version": b"\xff\xfe\x00"}, 3, (".python-version:1",)),
    Case("Python 2 is asked for", {**WEB, ".python-version": "2.7.18\n"}, 3, (".python-version:1", "2020-01-01")),
    Case("nothing satisfies", {**SCRIPT, "pyproject.toml": PROJECT.replace(">=3.11", ">=3.12,<3.10")}, 3, ("pyproject.toml:4",)),
    Case("no such Python yet", {**SCRIPT, "pyproject.toml": PROJECT.replace(">=3.11", ">=5")}, 3, ("pyproject.toml:4",)),
    Case("Python that does not parse", {**PINNED, "main.py": "def (\n"}, 3, ("main.py:1", "parse")),
    Case("Python 2", {**PINNED, "main.py": "print 'x'\n"}, 3, ("main.py:1", "Python 2")),
    Case("one file that does not parse", {**WEB, "other.py": "def (\n"}, 0, ("other.py:1",)),
    Case("expressions without end", {**WEB, "d.py": "x = " + "(" * 5000, "e.py": "x = " + "-" * 99_999 + "1", "f.py": "a" + ".b" * 50_000}, 0, ("d.py:1", "e.py", "f.py")),
    Case("a factory that needs arguments", {**PINNED, "main.py": "from flask import Flask\ndef create_app(config):\n    return Flask(config)\n"}, 3, ("main.py:2", "config")),
    Case("imports in a circle", {**PINNED, "a.py": "from b import app\n", "b.py": "from a import app\n"}, 3),
    Case("an empty Procfile", {**WEB, "Procfile": ""}, 0, ("Procfile",)),
    Case("lines that no Procfile has", {**WEB, "Procfile": "web gunicorn\nweb: gunicorn main:app\n"}, 0, ("Procfile:1",)),
    Case("a password in the Procfile", {**WEB, "Procfile": f"web: python main.py postgresql://u:{HIDDEN}@db/x\n"}, 0, ("Procfile:1",)),
    Case("apt.txt with no name", {**WEB, "apt.txt": "curl\ncurl; rm -rf /\n"}, 3, ("apt.txt:2",)),
)  # fmt: skip
def test_what_is_read(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_case(case, tmp_path, capsys)


@pytest.mark.parametrize("written", ["# team\n3.12 # why\n", "3.12\n3.11\n3.10\n", "3.12.x\n"])
def test_version_files_that_can_be_read(
    written: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {**WEB, ".python-version": written})
    assert "FROM python:3.12-slim" in run(capsys, "generate", str(tmp_path), "--stdout").out


def test_two_django_projects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '%s.settings')\n"
    for name in ("one", "two"):
        files = {"manage.py": manage % name, f"{name}/settings.py": "INSTALLED_APPS = []\n", f"{name}/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"}  # fmt: skip
        put(tmp_path / name, files)
    put(tmp_path, {"requirements.txt": "django==5.0\n"})
    ran = run(capsys, "generate", str(tmp_path))
    assert ran.code == 0
    assert "one/manage.py" in ran.err
    assert "two/manage.py" in ran.err


def command(*arguments: str, **more: Any) -> Ran:
    """Run the command line as its users do; `more` goes to subprocess."""
    argv = [sys.executable, "-m", "dockwright", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, **more)
    assert "Traceback" not in done.stdout + done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def generated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    put(tmp_path, WEB)
    assert run(capsys, "generate", str(tmp_path)).code == 0
    return tmp_path


@pytest.mark.parametrize("words", ["build {}", "prove app {}", "lock {}"])
def test_no_engine(words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = generated(tmp_path, capsys)
    header = "# This file was autogenerated by uv via the following command:\n#    uv pip compile requirements.in\n"
    pins = (root / "requirements.txt").read_text(encoding="utf-8")
    put(root, {"requirements.in": pins, "requirements.txt": header + pins})
    ran = command(*words.format(root).split(), env={**os.environ, "PATH": "/nowhere"})
    assert ran.code in (3, 6), ran.err
    assert "engine" in ran.err


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
@pytest.mark.parametrize("words", ["build {}", "prove app {}"])
def test_an_engine_that_does_not_run(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = generated(tmp_path, capsys)
    ran = command(
        *words.format(root).split(), env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
    )
    assert ran.code == 6
    assert "engine" in ran.err.lower() or "docker" in ran.err.lower()


def test_a_folder_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    put(tmp_path, WEB)
    tmp_path.chmod(0)
    try:
        ran = run(capsys, "generate", str(tmp_path))
    finally:
        tmp_path.chmod(0o700)
    assert ran.code in (2, 3)
    assert "read" in ran.err
