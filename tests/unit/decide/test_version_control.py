"""What is fetched from version control: the tools are where the fetching is, and a private repository gets the owner's agent."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dockwright.api import plan, render
from dockwright.model.dockerfile import Stage
from dockwright.model.manager import Manager, Strategy
from dockwright.model.record import replace
from dockwright.model.settings import Settings

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
OPEN, PRIVATE = "https://git.example.com/own/greet.git", "ssh://git@git.example.com/own/greet.git"
PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = "==3.13.*"\ndependencies = ["flask", "gunicorn", {}]\n'
POETRY = '[tool.poetry]\nname = "shop"\nversion = "1"\ndescription = ""\nauthors = []\npackage-mode = false\n'
SOURCES = {
    Manager.PIPENV: '[packages]\nflask = "*"\ngunicorn = "*"\ngreet = {{git = "{url}", ref = "v1"}}\n\n[requires]\npython_version = "3.13"\n',
    Manager.POETRY: POETRY
    + '[tool.poetry.dependencies]\npython = "~3.13"\nflask = "*"\ngunicorn = "*"\ngreet = {{git = "{url}", tag = "v1"}}\n',
    Manager.UV: PROJECT.format('"greet @ git+{url}@v1"') + "\n[tool.uv]\npackage = false\n",
    Manager.PDM: PROJECT.format('"greet @ git+{url}@v1"') + "\n[tool.pdm]\ndistribution = false\n",
}


def project(root: Path, manager: Manager, url: str) -> Path:
    """Write a project of `manager` without a lock that takes `greet` from `url`."""
    (root / "app.py").write_text(APP)
    name = "Pipfile" if manager is Manager.PIPENV else "pyproject.toml"
    (root / name).write_text(SOURCES[manager].format(url=url))
    return root


def stages(root: Path, **settings: object) -> dict[str, Stage]:
    asked = replace(Settings(strategy="relock"), **settings)
    return {stage.name: stage for stage in plan(root, asked).dockerfile.stages}


def packages(stage: Stage) -> tuple[str, ...]:
    return stage.system.packages if stage.system else ()


@pytest.mark.parametrize("strategy", [Strategy.RELOCK, Strategy.UPDATE])
@pytest.mark.parametrize("manager", SOURCES)
def test_the_stage_that_locks_has_git(manager: Manager, strategy: Strategy, tmp_path: Path) -> None:
    found = stages(project(tmp_path, manager, OPEN), manager=str(manager), strategy=str(strategy))
    assert packages(found["lock"]) == ("git",)
    assert "git" in packages(found["build"])
    assert "git" not in packages(found["base"])


def test_an_image_that_has_git_gets_it_no_second_time(tmp_path: Path) -> None:
    found = stages(project(tmp_path, Manager.PIPENV, OPEN), base="full")
    assert packages(found["lock"]) == ()


def test_a_package_that_the_owner_does_without_is_left_out(tmp_path: Path) -> None:
    found = stages(project(tmp_path, Manager.PIPENV, OPEN), without_packages=("git",))
    assert packages(found["lock"]) == ()


def test_what_only_development_fetches_is_fetched_in_the_stage_for_development(
    tmp_path: Path,
) -> None:
    text = '[packages]\nflask = "*"\ngunicorn = "*"\n\n[dev-packages]\ngreet = {git = "URL", ref = "v1"}\n'
    project(tmp_path, Manager.PIPENV, OPEN)
    (tmp_path / "Pipfile").write_text(
        text.replace("URL", OPEN) + '\n[requires]\npython_version = "3.13"\n'
    )
    found = stages(tmp_path)
    assert packages(found["dev"]) == packages(found["lock"]) == ("git",)
    assert "build" not in found
    (command,) = [one for run in found["dev"].install for one in run.commands]
    assert "--require-hashes" not in command


@pytest.mark.parametrize("manager", SOURCES)
def test_a_private_repository_is_fetched_with_the_owners_agent_from_known_hosts(
    manager: Manager, tmp_path: Path
) -> None:
    root = project(tmp_path, manager, PRIVATE)
    asked = Settings(strategy="relock", manager=str(manager))
    dockerfile = next(file.text for file in render(root, asked) if file.kind == "dockerfile")
    fetching = [
        step
        for step in re.split(r"^(?=RUN |#)", dockerfile, flags=re.MULTILINE)
        if "--mount=type=ssh" in step
    ]
    assert len(fetching) == 2  # to lock and to install
    for step in fetching:
        assert "--mount=type=secret,id=known_hosts,target=/etc/ssh/ssh_known_hosts" in step
    assert "openssh-client" in dockerfile
    assert "StrictHostKeyChecking" not in dockerfile
    assert "RUN ssh-keyscan" not in dockerfile


def test_an_open_repository_asks_for_no_key(tmp_path: Path) -> None:
    texts = [
        file.text
        for file in render(project(tmp_path, Manager.UV, OPEN), Settings(strategy="relock"))
    ]
    assert not [text for text in texts if "type=ssh" in text or "known_hosts" in text]


def test_requirements_are_fetched_with_the_agent_too(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "requirements.txt").write_text(
        f"flask==3.1.3\ngunicorn==23.0.0\ngreet @ git+{PRIVATE}@{'a' * 40}\n"
    )
    found = stages(tmp_path, strategy="auto", python="3.13")
    assert [mount.kind for mount in found["build"].install[0].mounts].count("ssh") == 1
    assert packages(found["build"]) == ("git", "openssh-client")


def test_compose_hands_the_agent_to_every_build_of_the_application(tmp_path: Path) -> None:
    files = render(project(tmp_path, Manager.UV, PRIVATE), Settings(strategy="relock"))
    document = yaml.safe_load(next(file.text for file in files if file.kind == "compose"))
    builds = [service["build"] for service in document["services"].values() if "build" in service]
    assert len(builds) == 2
    assert all(
        build["ssh"] == ["default"] and build["secrets"] == ["known_hosts"] for build in builds
    )
    assert document["secrets"] == {"known_hosts": {"file": "${HOME}/.ssh/known_hosts"}}


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_a_pipeline_loads_a_key_and_hands_its_agent_in(system: str, tmp_path: Path) -> None:
    root = project(tmp_path, Manager.UV, PRIVATE)
    argv = [
        sys.executable,
        "-m",
        "dockwright",
        "ci",
        system,
        str(root),
        "--stdout",
        "--set",
        "strategy=relock",
    ]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert yaml.safe_load(text)
    assert text.count("--ssh default") == text.count("dockwright build")
    assert text.count("id=known_hosts,env=KNOWN_HOSTS") == text.count("dockwright build")
    assert "ssh-add -" in text
