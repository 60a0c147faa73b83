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
Stages = Callable[[str], dict[str, str]]

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
STOPPED = {0, 130, 143}
"""How a process ends that heard its signal; 137 would be a kill."""

DEV_AND_TEST = 'targets = ["dev", "test"]'
WRITES = "touch new && mkdir folder && rm -r new folder && file=$(ls -p | grep -v / | head -1) && cp $file /tmp/kept && rm $file && cp /tmp/kept $file"
"""What `docker compose watch` does in the stage `dev`: files come, go and are replaced."""


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


def _state(docker: Run, started: str, field: str) -> str:
    return docker("inspect", "--format", f"{{{{.State.{field}}}}}", started).stdout.strip()


def _stops(docker: Run, started: str) -> None:
    began = time.monotonic()
    docker("stop", started)
    took = time.monotonic() - began
    assert int(_state(docker, started, "ExitCode")) in STOPPED
    assert took < 5, "two seconds on a machine that does nothing else"


def test_a_web_image_answers_is_healthy_and_stops_when_asked(
    http_case: str, probes: Probes, docker: Run, image: Image, container: Container, ask: Ask
) -> None:
    probe = probes[http_case]
    started = container(image(http_case), "--publish", f"127.0.0.1::{probe['port']}")

    status, body = ask(_published(docker, started, probe["port"]), probe["path"])

    assert status == probe["status"]
    assert probe["contains"] in body
    assert _wait(lambda: _state(docker, started, "Health.Status") != "starting")
    assert _state(docker, started, "Health.Status") == "healthy"
    user = docker("inspect", "--format", "{{.Config.User}}", started).stdout.strip()
    assert re.fullmatch(r"[1-9]\d*", user)
    assert docker("exec", started, "id", "-u").stdout.strip() == user
    _stops(docker, started)


def test_a_program_prints_what_it_shall(
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
        _stops(docker, started)


@pytest.fixture
def stages(
    docker: Run,
    generate: Callable[..., Path],
    session_name: str,
    say: Callable[[str], None],
    tmp_path: Path,
) -> Stages:
    """Case -> stage (dev or test) -> the tag of its image."""

    def build(case: str) -> dict[str, str]:
        folder = Path(shutil.copytree(SAMPLES / case / "project", tmp_path / case))
        generate(folder, DEV_AND_TEST)
        tags = {stage: f"{session_name}:{case}-{stage}" for stage in ("dev", "test")}
        for stage, tag in tags.items():
            say(f"{case}: building the stage {stage}")
            docker("buildx", "build", "--load", "--target", stage, "--tag", tag, folder)
        return tags

    return build


@pytest.mark.parametrize(
    "case",
    ["pipenv-flask-port-5050", "poetry2-fastapi-package", "uv-fastapi", "pdm-starlette"],
)
def test_the_stages_on_request_run_the_tests_and_belong_to_their_user(
    case: str, probes: Probes, docker: Run, stages: Stages, container: Container, ask: Ask
) -> None:
    tags = stages(case)
    tested = docker("run", "--rm", *("--tmpfs", "/tmp"), tags["test"], check=False)
    port, path = probes[case]["port"], probes[case]["path"]
    publish = ("--publish", f"127.0.0.1::{port}", "--read-only=false")
    started = container(tags["dev"], *publish)

    assert " passed" in tested.stdout
    assert tested.returncode == 0
    assert ask(_published(docker, started, port), path)[0] == probes[case]["status"]
    assert docker("exec", started, "sh", "-c", WRITES, check=False).returncode == 0
    _stops(docker, started)


def test_no_environment_file_reaches_the_image(
    docker: Run, project: Callable[[str], Path], session_name: str, tmp_path: Path
) -> None:
    directory = Path(shutil.copytree(project("pipenv-flask-gunicorn"), tmp_path / "secrets"))
    for folder in (directory, directory / "inventory"):
        (folder / ".env").write_text("DATABASE_PASSWORD=hunter2\n", encoding="utf-8")
    tag = f"{session_name}:secrets"
    docker("buildx", "build", "--load", "--tag", tag, directory)

    search = ("grep", "--recursive", "--files-with-matches", "hunter2", "/app")
    found = docker("run", "--rm", tag, *search, check=False)

    assert (found.stdout, found.returncode) == ("", 1)
