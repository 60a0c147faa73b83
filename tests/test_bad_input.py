"""Bad input, seen from the command line: the right exit code, the file named, no traceback, nothing written."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from generator.cli import main

SCRIPT = {"main.py": "print('hello')\n"}
FLASK = {"main.py": "from flask import Flask\napp = Flask(__name__)\n"}
PINNED = {"requirements.txt": "flask==3.0.0\ngunicorn==22.0.0\n", ".python-version": "3.12\n"}
WEB = {**FLASK, **PINNED}
PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["flask"]\n'
POETRY = '[tool.poetry]\nname = "shop"\nversion = "1"\ndescription = ""\nauthors = []\n[tool.poetry.dependencies]\npython = ">=3.11"\nflask = "*"\n'
PIPFILE = '[[source]]\nurl = "https://pypi.org/simple"\nverify_ssl = true\nname = "pypi"\n\n[packages]\nflask = "*"\n'
PIPFILE_LOCK = '{"_meta": {"pipfile-spec": %d, "hash": {"sha256": "0"}, "requires": {}, "sources": []}, "default": {}, "develop": {}}'
DEEP = "[" * 100_000
EVIL = 'x"; rm -rf / #\nRUN evil\nrun evil\n'
HIDDEN = "s3cr3tTok3n"
URL = f"https://user:{HIDDEN}@index.example.com/simple"

Content = str | bytes | None | Path
"""Text, bytes, None for a folder, a Path for a link's target."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Case:
    """A project, what is asked of it, and what must come of it; `says` must all stand in the message."""

    name: str
    files: Mapping[str, Content]
    code: int
    says: tuple[str, ...] = ()
    flags: tuple[str, ...] = field(default=())


def put(root: Path, files: Mapping[str, Content]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        elif isinstance(content, Path):
            path.symlink_to(content)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """Run the command line in this process: whatever is not an exit is a traceback, and fails the test."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return Ran(int(ended.value.code or 0), shown.out, shown.err)


def names_in(root: Path) -> set[str]:
    return {str(Path(folder, name)) for folder, folders, files in os.walk(root) for name in (*folders, *files)}


def assert_case(case: Case, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, case.files)
    before = names_in(root)
    ran = run(capsys, "generate", str(root), *case.flags)
    assert ran.code == case.code, ran.err
    for part in case.says:
        assert part in ran.err
    if case.code:
        assert names_in(root) == before


def cases(*rows: Case) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", rows, ids=[row.name for row in rows])


def locked(name: str, manifest: str, lock: str, code: int, *says: str) -> Case:
    return Case(
        name,
        {**SCRIPT, "pyproject.toml": manifest, name.split(maxsplit=1)[0]: lock},
        code,
        (name.split(maxsplit=1)[0], *says),
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
    Case("Pipfile with a build system", {**SCRIPT, "Pipfile": PIPFILE + "[build-system]\n"}, 0, ("Pipfile:8", "DataValidationError")),
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
def test_manifests_and_locks(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_case(case, tmp_path, capsys)


@cases(
    Case("50 MB of requirements", {**SCRIPT, "requirements.txt": "#" * 50_000_000}, 3, ("requirements.txt", "50 MB")),
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
def test_version_files_that_can_be_read(written: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def table(line: str) -> dict[str, Content]:
    return {**WEB, "pyproject.toml": line + "\n" if line.startswith("[") else f"[tool.dockwright]\n{line}\n"}


PLACE = "pyproject.toml:2"


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("python = 3.12", 2, "python"),
        ('port = "x"', 2, "port"),
        ("port = 99999", 2, "port"),
        ('pyhton = "3.12"', 2, "did you mean `python`"),
        ("a.b.c = 1", 2, "`a`"),
        ('packages = ["a; rm -rf /"]', 2, "packages"),
        ('packages = ["a\\nRUN evil"]', 2, "packages"),
        ("packages = [1]", 2, "packages"),
        ('base = "slim\\nRUN evil"', 2, "base"),
        ('strategy = "never"', 2, "strategy"),
        ("command = 1", 2, "command"),
        ('application = "x y"', 2, "application"),
        ('compose-path = "../../x"', 2, "compose-path"),
        ('dockerfile-path = "/etc/x"', 2, "dockerfile-path"),
        ('user = "root"', 2, "user"),
        ('health-path = "/x\\ny"', 2, "health-path"),
        ('[tool.dockwright.environment]\n"A B" = "x"', 2, "environment"),
        ('[tool.dockwright.environment]\nA = """x\ny"""', 2, "environment"),
        ('[tool.dockwright.labels]\na = "x\\ny"', 2, "labels"),
        ("x", 3, "TOML"),
        (f'python = "3.{"9" * 3000}"', 2, "python"),
    ],
)
def test_settings(line: str, code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_case(Case(line, table(line), code, (PLACE, says)), tmp_path, capsys)


@cases(
    Case("no equals sign", WEB, 2, ("--set python",), ("--set", "python")),
    Case("no such setting", WEB, 2, ("did you mean `python`",), ("--set", "pyhton=3.12")),
    Case("a long version", WEB, 2, ("python",), ("--set", "python=3." + "9" * 5000)),
    Case("a long port", WEB, 2, ("port",), ("--set", "port=" + "9" * 5000)),
    Case("a deep list", WEB, 2, ("packages",), ("--set", "packages=" + DEEP)),
    Case("no such flag", WEB, 2, ("--nope",), ("--nope",)),
    Case("no such choice", WEB, 2, ("--only",), ("--only", "x")),
    Case("an answer without a template", WEB, 2, ("--template",), ("team=x",)),
    Case("no such suite", WEB, 3, ("zzz",), ("--set", "suite=zzz")),
    Case("no such base", WEB, 3, ("nope",), ("--set", "base=nope")),
    Case(
        "no name of a Debian package",
        WEB,
        2,
        ("'Lib_foo' in `packages`", "names of packages"),
        ("--set", 'packages=["ffmpeg", "Lib_foo"]'),
    ),
    Case(
        "too short for Debian",
        WEB,
        2,
        ("'x' in the setting `build-packages`", "Debian"),
        ("--set", 'build-packages=["x"]'),
    ),
    Case("a base of another Python", WEB, 3, ("python:3.8-slim", "3.12"), ("--set", "base=python:3.8-slim")),
    Case("an output folder below a file", WEB, 3, ("cannot be written",), ("--output-dir", "/dev/null/x")),
)
def test_flags(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_case(case, tmp_path, capsys)


@pytest.mark.parametrize(
    "arguments", ["", "nothing", "generate a b", "build --platform", "inspect --nope", "prove", "schema x y z"]
)
def test_wrong_usage(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *arguments.split()).code == 2


def test_no_folder_and_no_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, SCRIPT)
    for name, says in (("nowhere", "there is no folder"), ("main.py", "is a file")):
        ran = run(capsys, "generate", str(tmp_path / name))
        assert ran.code == 3
        assert says in ran.err


@cases(
    Case("a newer format", {".dockwright/manifest.json": '{"format": 99, "version": "9.0"}'}, 2, ("manifest.json", "newer")),
    Case("a damaged manifest", {".dockwright/manifest.json": "{"}, 0),
    Case("a file in the folder's place", {".dockwright": "x"}, 3, (".dockwright",)),
    Case("a folder in a circle of links", {".dockwright": Path(".dockwright")}, 3, (".dockwright",)),
    Case("a template that fails", {".dockwright/templates/Dockerfile.j2": "x\n{{ 1 / 0 }}"}, 2, ("Dockerfile.j2:2", "division")),
    Case("a template that reads nothing", {".dockwright/templates/Dockerfile.j2": "x\n{{ nope.x }}"}, 2, ("Dockerfile.j2:2", "nope")),
    Case("a template that never ends", {".dockwright/templates/Dockerfile.j2": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"}, 2, ("Dockerfile.j2:1", "rounds")),
    Case("a template that includes itself", {".dockwright/templates/Dockerfile.j2": "{% include 'Dockerfile.j2' %}"}, 2, ("Dockerfile.j2:1",)),
    Case("a template that breaks out", {".dockwright/templates/Dockerfile.j2": "{{ ''.__class__.__mro__ }}"}, 2, ("Dockerfile.j2:1", "unsafe")),
    Case("a template with a slip", {".dockwright/templates/Dockerfile.j2": "{% if %}"}, 2, ("Dockerfile.j2:1",)),
)  # fmt: skip
def test_own_folder(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, WEB)
    assert_case(case, tmp_path, capsys)


@pytest.mark.parametrize("change", ["gone", "edited"])
def test_base_copies_that_are_gone_or_edited(change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, WEB)
    assert run(capsys, "generate", str(tmp_path)).code == 0
    base, dockerfile = tmp_path / ".dockwright/base/Dockerfile", tmp_path / "Dockerfile"
    base.unlink() if change == "gone" else base.write_text("nonsense\n")
    dockerfile.write_text(dockerfile.read_text() + "# mine\n")
    ran = run(capsys, "generate", str(tmp_path), "--set", "python=3.13")
    assert "# mine" in dockerfile.read_text()
    assert ran.code in (0, 2, 5)


NO_MUSL = "version = 1\nrequires-python = '>=3.11'\n[[package]]\nname = 'shop'\nversion = '1'\nsource = { virtual = '.' }\ndependencies = [{ name = 'flask' }]\n[package.metadata]\nrequires-dist = [{ name = 'flask' }]\n[[package]]\nname = 'flask'\nversion = '3.0.0'\nsource = { registry = 'https://pypi.org/simple' }\nsdist = { url = 'https://x.example.com/flask-3.0.0.tar.gz', hash = 'sha256:0' }\nwheels = [{ url = 'https://x.example.com/flask-3.0.0-cp312-cp312-manylinux_2_17_x86_64.whl', hash = 'sha256:0' }, { url = 'https://x.example.com/flask-3.0.0-cp312-cp312-manylinux_2_17_aarch64.whl', hash = 'sha256:0' }]\n"  # fmt: skip


def test_alpine_without_wheels_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {**FLASK, "pyproject.toml": PROJECT, "uv.lock": NO_MUSL}
    alpine = ("--set", "base=alpine", "--set", "python=3.12")
    assert_case(Case("refused", files, 3, ("flask", "force"), alpine), tmp_path, capsys)
    for force in (("--set", "force=true"), ("--force",)):
        ran = run(capsys, "generate", str(tmp_path), *alpine, *force, "--stdout")
        assert ran.code == 0
        assert "apk add" in ran.out


QUOTED = json.dumps(EVIL)
INJECTED: dict[str, Mapping[str, Content]] = {
    "project name": {"pyproject.toml": PROJECT.replace('"shop"', QUOTED)},
    "version": {"pyproject.toml": PROJECT.replace('"1"', QUOTED)},
    "description and readme": {"pyproject.toml": f"{PROJECT}description = {QUOTED}\nlicense = {QUOTED}\nreadme = {QUOTED}\n"},
    "script name": {"pyproject.toml": f'{PROJECT}[project.scripts]\n{QUOTED} = "main:app"\n'},
    "script": {"pyproject.toml": f"{PROJECT}[project.scripts]\nx = {QUOTED}\n"},
    "group": {"pyproject.toml": f'{PROJECT}[dependency-groups]\n{QUOTED} = ["pytest"]\n'},
    "extra": {"pyproject.toml": f'{PROJECT}[project.optional-dependencies]\n{QUOTED} = ["pytest"]\n'},
    "Poetry group": {"pyproject.toml": f'{POETRY}[tool.poetry.group.{QUOTED}.dependencies]\nx = "*"\n'},
    "Poetry path": {"pyproject.toml": POETRY.replace('flask = "*"', f"flask = {{ path = {QUOTED} }}")},
    "build backend": {"pyproject.toml": f"{PROJECT}[build-system]\nrequires = [{QUOTED}]\nbuild-backend = {QUOTED}\n"},
    "uv version": {"pyproject.toml": f"{PROJECT}[tool.uv]\nrequired-version = {QUOTED}\n"},
    "uv index": {"pyproject.toml": f"{PROJECT}[[tool.uv.index]]\nname = {QUOTED}\nurl = {QUOTED}\n"},
    "Pipfile source": {"Pipfile": f'[[source]]\nname = {QUOTED}\nurl = {QUOTED}\n[packages]\nflask = "*"\n'},
    "Pipfile script": {"Pipfile": f"{PIPFILE}[scripts]\n{QUOTED} = {QUOTED}\n"},
    "Pipfile category": {"Pipfile": f'{PIPFILE}[{QUOTED}]\nx = "*"\n'},
    "requirements path": {"requirements.txt": "flask\n./x$(id)\n"},
    "requirements file": {"requirements.txt": "-r a$(id);b.txt\n", "a$(id);b.txt": "flask\n"},
    "Procfile": {**PINNED, "Procfile": 'web: flask run "; rm -rf / $(id)\nno: python main.py\n1: python main.py\nA_B: python main.py\n'},
    "variables": {**PINNED, "env.py": f"import os\nos.environ[{QUOTED}]\nos.environ.get('X', {QUOTED})\nos.environ.get('Y', 'a: b # $(id)')\n"},
    "routes": {**PINNED, "main.py": f"{FLASK['main.py']}@app.route({QUOTED})\ndef health(): pass\n"},
    "Django": {"requirements.txt": "django==5.0\npsycopg==3.2\n", "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n", "s.py": f"STATIC_ROOT = {QUOTED}\nSECRET_KEY = {QUOTED}\nDATABASES = {{'default': {{'ENGINE': 'django.db.backends.postgresql', 'NAME': {QUOTED}, 'USER': {QUOTED}}}}}\n"},
}  # fmt: skip
INSTRUCTIONS = frozenset(
    [
        "FROM",
        "ENV",
        "WORKDIR",
        "RUN",
        "COPY",
        "ARG",
        "USER",
        "EXPOSE",
        "HEALTHCHECK",
        "CMD",
        "LABEL",
        "ENTRYPOINT",
        "STOPSIGNAL",
    ]
)


def assert_nothing_broke_out(files: Mapping[str, str], project: str) -> None:
    """Every line of the Dockerfile that continues no other is an instruction, none is the attacker's, and compose is YAML."""
    yaml = pytest.importorskip("yaml")
    previous = ""
    for line in files["Dockerfile"].splitlines():
        if line and not line.startswith("#") and not previous.endswith("\\"):
            assert line.split()[0] in INSTRUCTIONS, line
        assert not line.lower().strip().startswith(("run evil", "rm -rf")), line
        previous = line
    if "compose.yaml" in files:
        compose = yaml.safe_load(files["compose.yaml"])
        assert set(compose) <= {
            "name",
            "x-app",
            "x-develop",
            "services",
            "volumes",
            "secrets",
            "networks",
            "configs",
        }, project
        assert all(name == name.lower() and shlex.quote(name) == name for name in compose["services"])


@pytest.mark.parametrize("name", INJECTED)
def test_names_do_not_break_out(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, {**FLASK, **INJECTED[name]})
    ran = run(capsys, "generate", str(tmp_path), "--json")
    assert ran.code in (0, 3), ran.err
    if ran.code == 0:
        assert_nothing_broke_out(json.loads(ran.out), name)


FOLDERS = (
    "a b",
    "it's",
    'a"b',
    "a\nRUN evil",
    "ünï",
    "$(id)",
    "-rf",
    "a;b",
    "日本",
    "x" * 200,
    "{{ 7 * 7 }}",
    "null",
    "#x",
    "a: b",
)


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_of_any_name(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).mkdir()
    put(tmp_path / name, WEB)
    ran = run(capsys, "generate", str(tmp_path / name), "--json")
    assert ran.code == 0
    assert_nothing_broke_out(json.loads(ran.out), name)
    assert isinstance(pytest.importorskip("yaml").safe_load(json.loads(ran.out)["compose.yaml"])["name"], str)


def git(host: str) -> str:
    return f"https://user:{HIDDEN}@{host}/x/flask"


UV_LOCK = f'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "shop"\nversion = "1"\nsource = {{ virtual = "." }}\ndependencies = [{{ name = "flask" }}]\n[package.metadata]\nrequires-dist = [{{ name = "flask", specifier = "==2", index = "{URL}" }}]\n[[package]]\nname = "flask"\nversion = "3"\nsource = {{ registry = "{URL}" }}\n'
CREDENTIALS: dict[str, Mapping[str, Content]] = {
    "requirements, index": {"requirements.txt": f"--index-url {URL}\nflask==3.0.0\n"},
    "requirements, further index": {"requirements.txt": f"--extra-index-url={URL}\n-f {URL}\nflask==3.0.0\n"},
    "requirements, password with @": {"requirements.txt": f"-i https://user:p@{HIDDEN}@index.example.com/simple\nflask==3.0.0\n"},
    "requirements, include": {"requirements.txt": f"-r {URL}/r.txt\nflask==3.0.0\n"},
    "requirements, direct": {"requirements.txt": f"flask @ {URL}/flask-3.0.0-py3-none-any.whl\n"},
    "requirements, token": {"requirements.txt": f"flask @ https://x.example.com/flask-3.0.0-py3-none-any.whl?token={HIDDEN}\n"},
    "requirements, git": {"requirements.txt": f"flask @ git+https://{HIDDEN}@example.com/x/flask@main\n"},
    "requirements, faulty": {"requirements.txt": f"flask == {URL}\n"},
    "requirements, unknown option": {"requirements.txt": f"--frobnicate {URL}\nflask==3.0.0\n"},
    "pip-compile": {"requirements.in": f"--index-url {URL}\nflask\ndjango\n", "requirements.txt": f"#\n# This file is autogenerated by pip-compile with Python 3.11\n# by the following command:\n#\n#    pip-compile --index-url={URL} requirements.in\n#\n--index-url {URL}\nflask==3.0.0\n"},
    "Pipfile": {"Pipfile": PIPFILE.replace("https://pypi.org/simple", URL)},
    "Pipfile, git": {"Pipfile": f'[packages]\nflask = {{ git = "{git("example.com")}" }}\n', "Pipfile.lock": PIPFILE_LOCK % 6},
    "Pipfile.lock": {"Pipfile": PIPFILE, "Pipfile.lock": (PIPFILE_LOCK % 6).replace('"sources": []', f'"sources": [{{"name": "x", "url": "{URL}", "verify_ssl": true}}]')},
    "Poetry": {"pyproject.toml": f'{POETRY}[[tool.poetry.source]]\nname = "x"\nurl = "{URL}"\n'},
    "Poetry, git": {"pyproject.toml": POETRY.replace('flask = "*"', f'flask = {{ git = "{git("example.com")}" }}')},
    "uv": {"pyproject.toml": f'{PROJECT}[[tool.uv.index]]\nname = "x"\nurl = "{URL}"\n'},
    "uv.toml": {"pyproject.toml": PROJECT, "uv.toml": f'index-url = "{URL}"\n'},
    "uv.lock": {"pyproject.toml": PROJECT, "uv.lock": UV_LOCK},
    "PDM": {"pyproject.toml": f'{PROJECT}[tool.pdm]\n[[tool.pdm.source]]\nname = "x"\nurl = "{URL}"\nusername = "u"\npassword = "{HIDDEN}"\n'},
    "pylock.toml": {"pylock.toml": f'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "flask"\nversion = "3"\nindex = "{URL}"\n[packages.vcs]\ntype = "git"\nurl = "{git("example.com")}"\ncommit-id = "abc"\n'},
    "project": {"pyproject.toml": PROJECT.replace('"flask"', f'"flask @ {URL}/f.whl"')},
    "project, faulty": {"pyproject.toml": PROJECT.replace('"flask"', f'"flask == {URL}"')},
    "setup.cfg": {"setup.cfg": f"[metadata]\nname = shop\n[options]\ninstall_requires =\n  flask @ {URL}/f.whl\ndependency_links =\n  {URL}\n"},
    "setup.py": {"setup.py": f"from setuptools import setup\nsetup(name='shop', install_requires=['flask @ {URL}/f.whl'], dependency_links=['{URL}'])\n"},
    "code": {**PINNED, "main.py": f"import os\nprint(os.environ.get('DATABASE_URL', 'postgresql://u:{HIDDEN}@db/x'), os.getenv('SECRET_KEY', '{HIDDEN}'))\n"},
    ".env": {**PINNED, ".env": f"SECRET_KEY={HIDDEN}\n", ".npmrc": f"//x/:_authToken={HIDDEN}\n"},
    "Procfile": {**PINNED, "Procfile": f"web: python main.py --db postgresql://u:{HIDDEN}@db/x\n"},
    "settings": {**PINNED, "pyproject.toml": f'[tool.dockwright]\nport = "{URL}"\n'},
}  # fmt: skip
ASKED = (
    ("inspect", "--json"),
    ("inspect", "--why"),
    ("generate",),
    ("generate", "--set", "strategy=update", "--set", "installer=native", "--force"),
    ("generate", "--json"),
    ("generate", "--check", "--output-format", "json"),
)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_credentials_stay_where_they_are(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"main.py": "import flask\nprint(flask)\n", **CREDENTIALS[name]}
    put(tmp_path, files)
    for command, *flags in ASKED:
        ran = run(capsys, command, str(tmp_path), *flags)
        assert HIDDEN not in ran.out, (command, flags)
        assert HIDDEN not in ran.err, (command, flags)
    written = [
        path for path in tmp_path.rglob("*") if path.is_file() and path.relative_to(tmp_path).as_posix() not in files
    ]
    assert not [str(path) for path in written if HIDDEN in path.read_text(encoding="utf-8")]


def command(*arguments: str, **more: Any) -> Ran:
    """Run the command line as its users do; `more` goes to subprocess."""
    argv = [sys.executable, "-m", "generator", *arguments]
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
    ran = command(*words.format(root).split(), env={**os.environ, "PATH": "/nowhere"})
    assert ran.code in (3, 6), ran.err
    assert "engine" in ran.err or "lock" in ran.err


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
@pytest.mark.parametrize("words", ["build {}", "prove app {}"])
def test_an_engine_that_does_not_run(words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = generated(tmp_path, capsys)
    ran = command(*words.format(root).split(), env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/no.sock"})
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
