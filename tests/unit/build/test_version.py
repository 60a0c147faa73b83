"""The version of a project whose version is its tag, asked of real repositories."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dockwright.build.version import version_of
from dockwright.cli import main

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="there is no git command")

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
