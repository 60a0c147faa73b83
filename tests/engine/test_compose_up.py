"""Compose applications as they are lived with: edits that arrive, tools on one's own files, and an end that is heard."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]
Ask = Callable[..., tuple[int, str]]

FLASK = "requirements-flask-redis-compose"
BOT = "pdm-bot-without-port"
DJANGO = "uv-django-postgres-celery"
# The port on the host is the engine's choice, so that two runs of the tests do not meet.
OVERRIDE = """services:
  web:
    ports: !override
      - "127.0.0.1::{port}"
"""


class Compose:
    """`docker compose` for one application in a folder of its own."""

    def __init__(self, docker: Run, folder: Path, port: int | None) -> None:
        self._docker = docker
        self.folder = folder
        self.port = port
        self.options = [
            "--project-name",
            f"dockwright-up-{os.getpid()}-{folder.name}",
            "--file",
            "compose.yaml",
        ]
        if port:
            (folder / "compose.test.yml").write_text(OVERRIDE.format(port=port), encoding="utf-8")
            self.options += ["--file", "compose.test.yml"]

    def __call__(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._docker("compose", *self.options, *arguments, cwd=self.folder, check=check)

    def up(self) -> None:
        self("up", "--build", "--wait", "--wait-timeout", "120")

    def address(self) -> str:
        return self("port", "web", str(self.port)).stdout.strip()

    @contextmanager
    def watching(self, log: Path, target: str) -> Iterator[None]:
        """Run `docker compose watch` until the block ends."""
        with log.open("w", encoding="utf-8") as output:
            watch = subprocess.Popen(
                ["docker", "compose", *self.options, "watch"], cwd=self.folder, stdout=output, stderr=output, text=True,
                env={**os.environ, "TARGET": target}, start_new_session=True,
            )  # fmt: skip
            try:
                _until(
                    lambda: "Watch enabled" in log.read_text(encoding="utf-8", errors="replace"),
                    log,
                )
                yield
            finally:
                os.killpg(watch.pid, signal.SIGINT)
                watch.wait(timeout=60)


def _until(reached: Callable[[], bool], log: Path, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            pytest.fail(log.read_text(encoding="utf-8", errors="replace"))
        time.sleep(0.2)


@pytest.fixture
def application(
    docker: Run,
    project: Callable[[str], Path],
    probes: Mapping[str, Mapping[str, Any]],
    tmp_path: Path,
) -> Iterator[Callable[[str], Compose]]:
    """Case -> its compose application in a copy that a test may edit; taken down with its volumes at the end."""
    made: list[Compose] = []

    def make(case: str) -> Compose:
        folder = tmp_path / case
        shutil.copytree(project(case), folder)
        made.append(Compose(docker, folder, probes[case].get("port")))
        return made[-1]

    yield make
    for compose in made:
        compose("down", "--volumes", "--timeout", "2", check=False)


@pytest.mark.parametrize("target", ["runtime", "dev"])
def test_watch_carries_an_edit_into_the_running_service_without_a_new_image(
    target: str, application: Callable[[str], Compose], ask: Ask, tmp_path: Path
) -> None:
    compose = application(FLASK)
    log = tmp_path / "watch.log"

    with compose.watching(log, target):
        assert "was seen" in ask(compose.address(), "/")[1]
        image = compose("images", "--format", "json", "web").stdout
        source = compose.folder / "app.py"
        source.write_text(
            source.read_text(encoding="utf-8").replace("was seen", "has been seen"),
            encoding="utf-8",
        )
        _until(lambda: "has been seen" in _body(ask, compose), log)

        assert compose("images", "--format", "json", "web").stdout == image


def _body(ask: Ask, compose: Compose) -> str:
    try:
        return ask(compose.address(), "/")[1]
    except OSError:
        return ""


def test_a_bot_without_a_port_comes_up_works_and_hears_that_it_shall_stop(
    application: Callable[[str], Compose],
) -> None:
    compose = application(BOT)
    compose.up()

    _until(
        lambda: "the tide stands at" in compose("logs", "--no-color").stdout,
        compose.folder / "compose.yaml",
        30,
    )
    compose("stop", "--timeout", "9")
    ended = compose("ps", "--all", "--format", "{{.Service}} {{.ExitCode}}").stdout.split()

    # 137 would be a kill after nine seconds of deafness.
    assert ended in (["bot", "0"], ["bot", "130"], ["bot", "143"])


def test_the_tools_run_as_the_owner_of_the_files_with_the_environment_of_the_image(
    application: Callable[[str], Compose],
) -> None:
    compose = application(FLASK)
    (compose.folder / ".env").write_text(
        f"UID={os.getuid()}\nGID={os.getgid()}\n", encoding="utf-8"
    )

    compose(
        "run",
        "--rm",
        "--no-TTY",
        "dev",
        "python",
        "-c",
        "import flask, pathlib; pathlib.Path('made').touch()",
    )

    assert (compose.folder / "made").stat().st_uid == os.getuid()


def test_all_processes_of_django_stop_by_themselves(application: Callable[[str], Compose]) -> None:
    compose = application(DJANGO)
    compose.up()

    compose("stop")
    ended = compose("ps", "--all", "--format", "{{.Service}} {{.ExitCode}}").stdout.splitlines()

    assert {line.split()[0] for line in ended} == {
        "web",
        "worker",
        "beat",
        "migrate",
        "postgres",
        "redis",
    }
    assert {line.split()[1] for line in ended} <= {"0", "143"}


def test_the_password_of_the_env_file_reaches_service_and_application(
    application: Callable[[str], Compose],
) -> None:
    compose = application(DJANGO)
    (compose.folder / ".env").write_text("POSTGRES_PASSWORD=chosen4me\n", encoding="utf-8")
    compose.up()

    in_service = compose(
        "exec", "--no-TTY", "postgres", "cat", "/run/secrets/postgres-password"
    ).stdout
    in_application = compose("exec", "--no-TTY", "web", "printenv", "POSTGRES_PASSWORD").stdout

    assert (in_service, in_application.strip()) == ("chosen4me", "chosen4me")


def test_what_is_in_no_network_but_backend_reaches_nothing_outside(
    application: Callable[[str], Compose],
) -> None:
    compose = application(FLASK)
    compose.up()
    reach = "exec 3<>/dev/tcp/1.1.1.1/80"

    assert (
        compose(
            "exec", "--no-TTY", "redis", "timeout", "3", "bash", "-c", reach, check=False
        ).returncode
        != 0
    )
    assert compose("port", "redis", "6379", check=False).stdout.strip() in (
        "",
        ":0",
        "invalid IP:0",
    )
