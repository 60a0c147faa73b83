"""Pipelines, hooks and the action: what they run exists."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from dockwright.cli import dockwright

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "samples" / "pipenv-flask-gunicorn" / "project"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    shutil.copytree(SAMPLE, tmp_path / "apps" / "my shop")
    return tmp_path


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dockwright", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def dockwright_commands(text: str) -> list[list[str]]:
    joined = text.replace("\\\n", " ")
    return [
        shlex.split(found)[1:]
        for found in re.findall(r"^\s*(dockwright [^\n|]+)", joined, re.MULTILINE)
    ]


def steps(document: dict[str, Any], job: str) -> str:
    return "\n".join(step["run"] for step in document["jobs"][job]["steps"] if "run" in step)


def assert_exist(commands: list[list[str]]) -> None:
    """Every command is one of ours and knows the options."""
    for name, *options in commands:
        command = dockwright.get_command(click.Context(dockwright), name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        assert {option for option in options if option.startswith("--")} <= known


def test_github_checks_builds_proves_and_pushes_what_it_proved(repository: Path) -> None:
    assert run("ci", "github", "apps/my shop", folder=repository).returncode == 0
    document = yaml.safe_load((repository / ".github/workflows/image.yml").read_text())
    seen = {}
    for job in ("files", "image", "publish"):
        assert document["jobs"][job]["defaults"]["run"]["working-directory"] == "apps/my shop"
        commands = dockwright_commands(steps(document, job))
        assert_exist(commands)
        seen[job] = [command[0] for command in commands]
    assert seen == {
        "files": ["generate"],
        "image": ["build", "prove"],
        "publish": ["build", "prove"],
    }
    assert "docker push" in steps(document, "publish")
    assert "docker push" not in steps(document, "image")


def test_a_pull_request_on_github_can_write_nothing(repository: Path) -> None:
    run("ci", "github", "apps/my shop", folder=repository)
    document = yaml.safe_load((repository / ".github/workflows/image.yml").read_text())
    assert document["permissions"] == {"contents": "read"}
    assert document["jobs"]["image"]["if"] == "github.event_name == 'pull_request'"
    writing = [
        name
        for name, job in document["jobs"].items()
        if "write" in job.get("permissions", {}).values()
    ]
    assert writing == ["publish"]
    assert document["jobs"]["publish"]["if"].startswith("github.event_name == 'push' && ")
    assert "--cache-to" not in steps(document, "image")


def test_every_action_is_pinned_by_commit_with_its_version(repository: Path) -> None:
    run("ci", "github", "apps/my shop", folder=repository)
    text = (repository / ".github/workflows/image.yml").read_text()
    used = re.findall(r"uses: (.*)", text)
    assert used
    assert all(re.fullmatch(r"[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)


def test_build_secrets_reach_the_build_from_the_secrets_of_the_pipeline(repository: Path) -> None:
    shop = repository / "apps" / "my shop"
    manifest, lock = shop / "Pipfile", shop / "Pipfile.lock"
    private = "https://${INDEX_USER}:${INDEX_PASSWORD}@pypi.example.com/simple"
    manifest.write_text(manifest.read_text().replace("https://pypi.org/simple", private))
    lock.write_text(lock.read_text().replace("https://pypi.org/simple", private))
    chosen = ("--stdout", "--set", "strategy=relock")
    document = yaml.safe_load(
        run("ci", "github", "apps/my shop", *chosen, folder=repository).stdout
    )
    for job in ("image", "publish"):
        step = next(step for step in document["jobs"][job]["steps"] if step.get("name") == "Build")
        assert step["env"] == {
            name: f"${{{{ secrets.{name} }}}}" for name in ("INDEX_PASSWORD", "INDEX_USER")
        }
        assert '--secret "id=INDEX_USER,env=INDEX_USER"' in step["run"]
    assert document["jobs"]["image"]["if"].endswith("!github.event.pull_request.head.repo.fork")

    gitlab = yaml.safe_load(run("ci", "gitlab", "apps/my shop", *chosen, folder=repository).stdout)
    for job in ("image", "publish"):
        assert "--secret id=INDEX_PASSWORD,env=INDEX_PASSWORD" in gitlab[job]["script"][0]


def test_gitlab_checks_builds_proves_and_pushes_what_it_proved(repository: Path) -> None:
    assert run("ci", "gitlab", "apps/my shop", folder=repository).returncode == 0
    document = yaml.safe_load((repository / ".gitlab-ci.yml").read_text())
    assert "cd 'apps/my shop'" in document["files"]["script"]
    assert "cd 'apps/my shop'" in document[".image"]["before_script"]
    seen = {}
    for job in ("files", "image", "publish"):
        commands = dockwright_commands("\n".join(document[job]["script"]))
        assert_exist(commands)
        seen[job] = [command[0] for command in commands]
    assert seen == {
        "files": ["generate"],
        "image": ["build", "prove"],
        "publish": ["build", "prove"],
    }
    assert "docker push" in document["publish"]["script"][-1]
    merge_request = '$CI_PIPELINE_SOURCE == "merge_request_event"'
    assert {"if": merge_request} in document["files"]["rules"]
    assert document["image"]["rules"] == [{"if": merge_request}]


def test_a_pipeline_at_the_root_needs_no_folder() -> None:
    ended = run("ci", "github", "--stdout", folder=SAMPLE)
    assert ended.returncode == 0
    assert "working-directory" not in ended.stdout or "samples" in ended.stdout
    assert "\n\n\n" not in ended.stdout


def test_an_edited_pipeline_keeps_its_edits_and_a_foreign_one_is_refused(repository: Path) -> None:
    run("ci", "github", "apps/my shop", folder=repository)
    path = repository / ".github/workflows/image.yml"
    path.write_text(path.read_text().replace("timeout-minutes: 30", "timeout-minutes: 90"))
    ended = run("ci", "github", "apps/my shop", folder=repository)
    assert "identical" in ended.stdout
    assert "timeout-minutes: 90" in path.read_text()
    (repository / ".gitlab-ci.yml").write_text("stages: [mine]\n")
    assert run("ci", "gitlab", "apps/my shop", folder=repository).returncode == 2
    ended = run("ci", "gitlab", "apps/my shop", "--output", ".gitlab/image.yml", folder=repository)
    assert ended.returncode == 0
    assert (repository / ".gitlab/image.yml").exists()


def test_the_pre_commit_hooks_run_what_exists() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in hooks} == {"dockwright", "dockwright-check"}
    assert_exist([shlex.split(hook["entry"])[1:] for hook in hooks])
    for name in (
        "Pipfile",
        "sub/poetry.lock",
        "requirements/base.txt",
        "Dockerfile",
        "app/main.py",
        ".dockwright/base/Dockerfile",
    ):
        assert all(re.search(hook["files"], name) for hook in hooks), name
    assert not any(re.search(hook["files"], "README.md") for hook in hooks)


def test_the_action_runs_what_it_is_told(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    install, call = (step["run"] for step in action["runs"]["steps"])
    command = action["inputs"]["command"]["default"]
    assert_exist([shlex.split(command)])
    program = tmp_path / "dockwright/bin/dockwright"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    environment = {"RUNNER_TEMP": str(tmp_path), "COMMAND": command, "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        ["bash", "-e", "-c", call], env=environment, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == shlex.split(command)
    pip = tmp_path / "dockwright/bin/pip"
    pip.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    pip.chmod(0o755)
    shell = install.replace('python3 -m venv "$RUNNER_TEMP/dockwright"', ":")
    for version, expected in (("", "/the/action"), ("1.2", "dockwright==1.2")):
        environment = {
            "RUNNER_TEMP": str(tmp_path),
            "VERSION": version,
            "ACTION": "/the/action",
            "PATH": "/usr/bin:/bin",
        }
        ended = subprocess.run(
            ["bash", "-e", "-c", shell], env=environment, capture_output=True, text=True, check=True
        )
        assert ended.stdout.split()[-1] == expected


def test_a_version_that_is_a_tag_needs_the_whole_history(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src" / "moon").mkdir(parents=True)
    (tmp_path / "src" / "moon" / "__init__.py").write_text("def main():\n    print('moon')\n")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools", "setuptools-scm"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "moon"\nrequires-python = ">=3.12"\ndynamic = ["version"]\n'
        '[project.scripts]\nmoon = "moon:main"\n'
    )
    github = yaml.safe_load(run("ci", "github", "--stdout", folder=tmp_path).stdout)
    gitlab = yaml.safe_load(run("ci", "gitlab", "--stdout", folder=tmp_path).stdout)
    assert github["jobs"]["publish"]["steps"][0]["with"]["fetch-depth"] == 0
    assert gitlab["variables"]["GIT_DEPTH"] == "0"

    usual = yaml.safe_load(run("ci", "github", "--stdout", folder=SAMPLE).stdout)
    assert "fetch-depth" not in usual["jobs"]["image"]["steps"][0]["with"]
