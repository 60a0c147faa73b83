"""What Git says of a project's version and uv of its lock, asked of real programs."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dockwright.build.programs import uv_says_fresh, version_of
from dockwright.cli import main

Git = Callable[..., None]

SCM = """\
[build-system]
requires = ["setuptools", "setuptools-scm"]
build-backend = "setuptools.build_meta"

[project]
name = "shop"
requires-python = ">=3.12"
dynamic = ["version"]

[project.scripts]
shop = "shop:main"
"""


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    if not shutil.which("git"):
        pytest.skip("there is no git command")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")

    def call(*words: str) -> None:
        subprocess.run(["git", "-C", tmp_path, *words], check=True, capture_output=True)

    return call


def commit(git: Git, folder: Path, text: str) -> None:
    (folder / "shop.py").write_text(text)
    git("add", ".")
    git("commit", "--quiet", "--message", text)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v1.4.0", "1.4.0"),
        ("2026.11", "2026.11"),
        ("shop-1.0rc1", "1.0rc1"),
        ("release/3.2", "3.2"),
    ],
)
def test_on_a_tag_it_is_the_version_of_the_tag(
    tag: str, version: str, git: Git, tmp_path: Path
) -> None:
    git("init", "--quiet")
    commit(git, tmp_path, "one")
    git("tag", tag)
    assert version_of(tmp_path) == version


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v1.4.0", "1.4.1.dev2"), ("2026.11", "2026.12.dev2"), ("v1.0rc1", "1.0rc2.dev2"), ("v1.0.dev3", "1.0.dev2"),
        ("v1.0.post1", "1.1.dev2"), ("nightly", "0.1.dev3"),
    ],
)  # fmt: skip
def test_after_a_tag_it_is_a_development_version_of_the_next(
    tag: str, version: str, git: Git, tmp_path: Path
) -> None:
    git("init", "--quiet")
    commit(git, tmp_path, "one")
    git("tag", tag)
    commit(git, tmp_path, "two")
    commit(git, tmp_path, "three")
    assert re.fullmatch(re.escape(version) + r"\+g[0-9a-f]{8,}", version_of(tmp_path))


def test_edits_that_are_not_committed_show(git: Git, tmp_path: Path) -> None:
    git("init", "--quiet")
    commit(git, tmp_path, "one")
    git("tag", "v1.4.0")
    (tmp_path / "shop.py").write_text("edited")
    assert re.fullmatch(r"1\.4\.1\.dev0\+g[0-9a-f]{8,}\.dirty", version_of(tmp_path))


def test_without_a_tag_it_counts_from_the_beginning(git: Git, tmp_path: Path) -> None:
    git("init", "--quiet")
    commit(git, tmp_path, "one")
    commit(git, tmp_path, "two")
    assert re.fullmatch(r"0\.1\.dev2\+g[0-9a-f]{8,}", version_of(tmp_path))


def test_without_a_repository_or_a_commit_there_is_none(git: Git, tmp_path: Path) -> None:
    assert not version_of(tmp_path)
    git("init", "--quiet")
    assert not version_of(tmp_path)


@pytest.mark.parametrize(
    ("words", "argument"),
    [((), "VERSION=1.4.0"), (("--build-arg", "VERSION=7"), "VERSION=7")],
    ids=["itself", "said"],
)
def test_build_hands_the_version_in(
    words: tuple[str, ...],
    argument: str,
    git: Git,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "pyproject.toml").write_text(SCM)
    git("init", "--quiet")
    commit(git, tmp_path, "def main():\n    print('shop')\n")
    with pytest.raises(SystemExit):
        main(["generate", str(tmp_path)])
    git("add", ".")
    git("commit", "--quiet", "--message", "files")
    git("tag", "v1.4.0")
    capsys.readouterr()

    with pytest.raises(SystemExit) as ended:
        main(["build", "--dry-run", *words, str(tmp_path)])
    command = capsys.readouterr().out
    assert ended.value.code == 0
    assert re.findall(r"--build-arg (\S+)", command) == [argument]


UV_PROJECT = '[project]\nname = "shop"\nversion = "1.0"\nrequires-python = ">=3.11"\n'


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
    manifest.write_text(UV_PROJECT)
    subprocess.run(
        ["uv", "lock", "--offline", "--python", sys.executable],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (tmp_path / ".python-version").write_text("3.99\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert uv_says_fresh(tmp_path) is True
    manifest.write_text(UV_PROJECT.replace("1.0", "2.0"))
    assert uv_says_fresh(tmp_path) is False
    assert sorted(path.name for path in tmp_path.iterdir()) == before
