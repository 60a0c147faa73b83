"""Each sample is built from what Dockwright wrote, run as locked down as a cluster would run it, and asked."""

import re
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]
Probes = Mapping[str, Mapping[str, Any]]
Ask = Callable[..., tuple[int, str]]
Image = Callable[[str], str]
Container = Callable[..., str]

ENDED_BY_SIGNAL = 137  # 128 + SIGKILL: the process did not react to the stop signal
HEALTH_OFTEN = ("--health-interval", "1s", "--health-start-interval", "1s", "--health-start-period", "20s")


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


def test_a_web_image_answers(
    http_case: str, probes: Probes, docker: Run, image: Image, container: Container, ask: Ask
) -> None:
    probe = probes[http_case]
    started = container(image(http_case), "--publish", f"127.0.0.1::{probe['port']}")

    status, body = ask(_published(docker, started, probe["port"]), probe["path"])

    assert status == probe["status"]
    assert probe["contains"] in body


def test_a_web_image_becomes_healthy(http_case: str, docker: Run, image: Image, container: Container) -> None:
    started = container(image(http_case), *HEALTH_OFTEN)

    def health() -> str:
        return docker("inspect", "--format", "{{.State.Health.Status}}", started).stdout.strip()

    assert _wait(lambda: health() != "starting")
    assert health() == "healthy", docker("inspect", "--format", "{{json .State.Health.Log}}", started).stdout


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
    output_case: str, probes: Probes, docker: Run, image: Image, container: Container
) -> None:
    if "exit_code" in probes[output_case]:
        pytest.skip("it ends by itself")
    started = container(image(output_case))
    assert _wait(lambda: probes[output_case]["contains"] in docker("logs", started).stderr)

    docker("stop", "--timeout", "3", started)

    assert int(docker("inspect", "--format", "{{.State.ExitCode}}", started).stdout) in {0, 143}


@pytest.mark.parametrize("key", ["http", "output"])
def test_every_image_runs_as_a_numeric_user_who_is_not_root(
    key: str, probes: Probes, docker: Run, image: Image
) -> None:
    users = {
        case: docker("inspect", "--format", "{{.Config.User}}", image(case)).stdout.strip()
        for case, probe in probes.items()
        if probe["kind"] == key
    }

    assert {case: user for case, user in users.items() if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)} == {}
