"""Each sample is built from what Dockwright wrote, run as locked down as a cluster would run it, and asked."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]
Probes = Mapping[str, Mapping[str, Any]]
Ask = Callable[..., tuple[int, str]]
Image = Callable[[str], str]
Container = Callable[..., str]

ENDED_BY_SIGNAL = 137  # 128 + SIGKILL: the process did not react to the stop signal
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")
HEALTH_OFTEN = (
    "--health-interval",
    "1s",
    "--health-start-interval",
    "1s",
    "--health-start-period",
    "20s",
)


def _wait(what: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _published(docker: Run, started: str, port: int) -> str:
    address = docker("port", started, f"{port}/tcp", check=False).stdout.strip()
    assert address, f"the container ended: {docker('logs', started).stderr}"
    return address.splitlines()[0]


def _health(docker: Run, started: str) -> str:
    return docker("inspect", "--format", "{{.State.Health.Status}}", started).stdout.strip()


def test_a_web_image_answers(
    http_case: str, probes: Probes, docker: Run, image: Image, container: Container, ask: Ask
) -> None:
    probe = probes[http_case]
    started = container(image(http_case), "--publish", f"127.0.0.1::{probe['port']}")

    status, body = ask(_published(docker, started, probe["port"]), probe["path"])

    assert status == probe["status"]
    assert probe["contains"] in body


@pytest.mark.parametrize(
    "case", ["pipenv-flask-gunicorn", "pipenv-flask-port-5050", "pdm-starlette"]
)
def test_a_web_image_listens_where_port_says(
    case: str, probes: Probes, docker: Run, image: Image, container: Container, ask: Ask
) -> None:
    started = container(
        image(case), "--env", "PORT=9876", "--publish", "127.0.0.1::9876", *HEALTH_OFTEN
    )

    status, _ = ask(_published(docker, started, 9876), probes[case]["path"])

    assert status == probes[case]["status"]
    assert _wait(lambda: _health(docker, started) == "healthy")


def test_a_web_image_becomes_healthy(
    http_case: str, docker: Run, image: Image, container: Container
) -> None:
    started = container(image(http_case), *HEALTH_OFTEN)

    assert _wait(lambda: _health(docker, started) != "starting")
    assert _health(docker, started) == "healthy", docker(
        "inspect", "--format", "{{json .State}}", started
    ).stdout


def test_a_web_image_ends_when_it_is_asked_to(
    http_case: str, probes: Probes, docker: Run, image: Image, container: Container, ask: Ask
) -> None:
    probe = probes[http_case]
    started = container(image(http_case), "--publish", f"127.0.0.1::{probe['port']}")
    ask(_published(docker, started, probe["port"]), probe["path"])

    docker("stop", "--timeout", "3", started)

    exit_code = int(docker("inspect", "--format", "{{.State.ExitCode}}", started).stdout)
    assert exit_code != ENDED_BY_SIGNAL
    assert exit_code in {0, 143}


def test_an_image_prints_what_its_program_prints(
    output_case: str, probes: Probes, docker: Run, image: Image, container: Container
) -> None:
    probe = probes[output_case]
    started = container(image(output_case))

    def printed() -> str:
        logs = docker("logs", started)
        return logs.stdout + logs.stderr

    assert _wait(lambda: probe["contains"] in printed()), printed()
    if "exit_code" in probe:
        assert int(docker("wait", started).stdout) == probe["exit_code"]
    else:
        assert docker("inspect", "--format", "{{.State.Running}}", started).stdout.strip() == "true"


def test_a_worker_ends_when_it_is_asked_to(
    worker_case: str, probes: Probes, docker: Run, image: Image, container: Container
) -> None:
    started = container(image(worker_case))
    assert _wait(lambda: probes[worker_case]["contains"] in docker("logs", started).stderr)

    docker("stop", "--timeout", "3", started)

    # 130: a script that is interrupted; 137 would be a kill.
    assert int(docker("inspect", "--format", "{{.State.ExitCode}}", started).stdout) in {
        0,
        130,
        143,
    }


@pytest.mark.parametrize(
    "case",
    [
        "pipenv-flask-port-5050",
        "poetry1-flask",
        "poetry2-fastapi-package",
        "uv-fastapi",
        "pdm-starlette",
    ],
)
def test_the_test_target_runs_the_tests_of_the_project(
    case: str, docker: Run, project: Callable[[str], Path], session_name: str
) -> None:
    tag = f"{session_name}:{case}-test"
    docker("buildx", "build", "--load", "--target", "test", "--tag", tag, project(case))

    ran = docker("run", "--rm", *HARDENED, tag, check=False)
    docker("image", "rm", tag)

    assert " passed" in ran.stdout
    assert ran.returncode == 0


def test_docker_itself_has_nothing_to_say_against_a_dockerfile(
    case: str, docker: Run, project: Callable[[str], Path]
) -> None:
    checked = docker("buildx", "build", "--check", project(case))

    assert "WARNING" not in checked.stdout
    assert "no warnings found" in checked.stdout


def test_no_environment_file_reaches_the_image(
    docker: Run, project: Callable[[str], Path], session_name: str, tmp_path: Path
) -> None:
    directory = tmp_path / "secrets"
    shutil.copytree(project("pipenv-flask-gunicorn"), directory)
    (directory / ".env").write_text("DATABASE_PASSWORD=hunter2\n", encoding="utf-8")
    (directory / "inventory" / ".env").write_text("DATABASE_PASSWORD=hunter2\n", encoding="utf-8")
    tag = f"{session_name}:secrets"
    docker("buildx", "build", "--load", "--tag", tag, directory)

    found = docker(
        "run",
        "--rm",
        tag,
        "grep",
        "--recursive",
        "--files-with-matches",
        "hunter2",
        "/app",
        check=False,
    )
    docker("image", "rm", tag)

    assert found.stdout == ""
    assert found.returncode == 1


@pytest.mark.parametrize("key", ["http", "output"])
def test_every_image_runs_as_a_numeric_user_who_is_not_root(
    key: str, probes: Probes, docker: Run, image: Image
) -> None:
    users = {
        case: docker("inspect", "--format", "{{.Config.User}}", image(case)).stdout.strip()
        for case, probe in probes.items()
        if probe["kind"] == key
    }

    assert {
        case: user for case, user in users.items() if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    } == {}
