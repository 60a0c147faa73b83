"""`dockwright build` and the library: they build, report, prove, and explain what went wrong."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dockwright import api
from dockwright.build.request import BuildRequest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]

AUTHOR = {
    f"GIT_{role}_{what}": text
    for role in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}
PACKAGE = """\
[project]
name = "moon"
dynamic = ["version"]
requires-python = ">=3.13"

[project.scripts]
moon = "moon:main"

[build-system]
requires = {requires}
build-backend = "{backend}"
"""
SETUPTOOLS_SCM = (
    PACKAGE.format(requires='["setuptools", "setuptools-scm"]', backend="setuptools.build_meta")
    + "\n[tool.setuptools_scm]\n"
)
HATCH_VCS = (
    PACKAGE.format(requires='["hatchling", "hatch-vcs"]', backend="hatchling.build")
    + '\n[tool.hatch.version]\nsource = "vcs"\n'
)
CODE = """\
from importlib.metadata import version


def main():
    print(version("moon"))
"""


def dockwright(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockwright", *map(str, arguments)]
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def own_copy(project: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(project("requirements-flask-env-port-5000"), tmp_path / "copy"))


@pytest.fixture
def tag(docker: Run, session_name: str) -> Iterator[str]:
    name = f"{session_name}:built"
    yield name
    docker("image", "rm", "--force", name, check=False)


def test_it_builds_and_reports_what_each_layer_weighs(
    docker: Run, own_copy: Path, tag: str
) -> None:
    done = dockwright("build", own_copy, "--tag", tag)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+ steps? ran", done.stdout)
    assert "uv pip" in done.stdout
    assert docker("image", "inspect", tag).returncode == 0


def test_a_failing_step_is_named_with_its_last_lines_and_a_hint(
    docker: Run, own_copy: Path
) -> None:
    dockerfile = own_copy / "Dockerfile"
    fails = "RUN echo 'fatal error: sybdb.h: No such file or directory' && exit 1\n"
    dockerfile.write_text(dockerfile.read_text() + fails)
    done = dockwright("build", own_copy, "--drifted")
    assert done.returncode == 6
    assert "header" in done.stderr
    assert "sybdb.h" in done.stderr
    assert "build-packages" in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_drifted_are_not_built(docker: Run, own_copy: Path) -> None:
    requirements = own_copy / "requirements.txt"
    requirements.write_text(requirements.read_text() + "psycopg2==2.9.10\n")
    done = dockwright("build", own_copy)
    assert done.returncode == 2
    assert "Dockerfile" in done.stderr
    assert "--drifted" in done.stderr


def test_the_library_builds_and_proves_without_a_word(
    docker: Run, project: Callable[[str], Path], tag: str, capfd: pytest.CaptureFixture[str]
) -> None:
    root = project("uv-fastapi")
    result = api.build(BuildRequest(root=root, tags=(tag,)), engine="docker")
    proof = api.prove(tag, root, engine="docker")
    assert capfd.readouterr() == ("", "")
    assert result.layers
    assert "fastapi" in dict(result.distributions)
    assert proof.passed, [check for check in proof.checks if not check.passed]


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git command")
@pytest.mark.parametrize(
    "manifest", [SETUPTOOLS_SCM, HATCH_VCS], ids=["setuptools-scm", "hatch-vcs"]
)
def test_a_version_that_is_a_tag_reaches_the_image_without_the_repository(
    manifest: str, docker: Run, generate: Callable[..., Path], tag: str, tmp_path: Path
) -> None:
    package = tmp_path / "src" / "moon"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(manifest, encoding="utf-8")
    generate(tmp_path)
    for words in ("init --quiet", "add .", "commit --quiet --message one", "tag v2.3.4"):
        argv = ["git", "-C", str(tmp_path), *words.split()]
        subprocess.run(argv, check=True, capture_output=True, env=os.environ | AUTHOR)

    built = dockwright("build", "--engine", "docker", "--tag", tag, tmp_path)

    assert built.returncode == 0, built.stderr
    assert docker("run", "--rm", tag, "moon").stdout == "2.3.4\n"
    assert ".git\n" not in docker("run", "--rm", tag, "ls", "-A", "-1", ".").stdout
