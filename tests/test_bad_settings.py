"""Bad settings, flags, templates and base copies, seen from the command line: the right exit code, the place named."""

from pathlib import Path

import pytest
from support.bad_input import (
    DEEP,
    FLASK,
    PROJECT,
    SCRIPT,
    WEB,
    Case,
    Content,
    assert_case,
    cases,
    put,
    run,
)


def table(line: str) -> dict[str, Content]:
    return {
        **WEB,
        "pyproject.toml": line + "\n" if line.startswith("[") else f"[tool.dockwright]\n{line}\n",
    }


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
def test_settings(
    line: str, code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
        ("'x' in the setting `build-packages`", "apt"),
        ("--set", 'build-packages=["x"]'),
    ),
    Case(
        "a base of another Python",
        WEB,
        3,
        ("python:3.8-slim", "3.12"),
        ("--set", "base=python:3.8-slim"),
    ),
    Case(
        "an output folder below a file",
        WEB,
        3,
        ("cannot be written",),
        ("--output-dir", "/dev/null/x"),
    ),
)
def test_flags(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_case(case, tmp_path, capsys)


@pytest.mark.parametrize(
    "arguments",
    ["", "nothing", "generate a b", "build --platform", "inspect --nope", "prove", "schema x y z"],
)
def test_wrong_usage(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, *arguments.split()).code == 2


def test_no_folder_and_no_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, SCRIPT)
    for name, says in (("nowhere", "there is no "), ("main.py", "is a file")):
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
    Case("a template that is not UTF-8", {".dockwright/templates/Dockerfile.j2": b"x\n# caf\xe9\n"}, 2, ("templates/Dockerfile.j2:2", "not UTF-8")),
    Case("a part of a template that is not UTF-8", {".dockwright/templates/macros.j2": b"# caf\xe9\n"}, 2, ("templates/macros.j2:1", "not UTF-8")),
    Case("a template with a slip", {".dockwright/templates/Dockerfile.j2": "{% if %}"}, 2, ("Dockerfile.j2:1",)),
)  # fmt: skip
def test_own_folder(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, WEB)
    assert_case(case, tmp_path, capsys)


@pytest.mark.parametrize("change", ["gone", "edited"])
def test_base_copies_that_are_gone_or_edited(
    change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
