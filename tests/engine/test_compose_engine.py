"""The samples with backing services, all the way with `docker compose up --wait`."""

import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]
Probes = Mapping[str, Mapping[str, Any]]
Ask = Callable[..., tuple[int, str]]

# The port on the host is the engine's choice, so that two runs of the tests do not meet.
OVERRIDE = """services:
  web:
    ports: !override
      - "127.0.0.1::{port}"
"""


@dataclass(frozen=True, kw_only=True)
class Application:
    """A compose project: its folder, its name and the port of its web service inside the container."""

    docker: Run
    ask: Ask
    directory: Path
    name: str
    port: int

    @property
    def address(self) -> str:
        """`host:port` of the web service. A restart changes it, since the engine chooses it."""
        return self.compose("port", "web", str(self.port)).stdout.strip()

    def command(self, *arguments: str) -> tuple[str, ...]:
        files = (self.directory / "compose.yaml", self.directory / "test-override.yaml")
        given = (f"--file={file}" for file in files)
        return ("docker", "compose", f"--project-name={self.name}", *given, *arguments)

    def compose(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.docker(*self.command(*arguments)[1:], check=check)

    def answer(self, path: str, *request: Any) -> tuple[int, str]:
        """Return status and body of the web service's answer; `request` is method, body and headers."""
        try:
            return self.ask(self.address, path, *request)
        except (OSError, http.client.HTTPException) as error:
            return pytest.fail(f"{path}: {error!r}\n{self.state()}")

    def state(self) -> str:
        listed = self.compose("ps", "--all", check=False).stdout
        return listed + self.compose("logs", "--no-color", "--tail", "40", check=False).stdout


@pytest.fixture(scope="module")
def up(
    docker: Run, ask: Ask, project: Callable[[str], Path], probes: Probes, session_name: str
) -> Iterator[Callable[[str], Application]]:
    """Case -> its application, brought up once, taken down with its volumes at the end."""
    running: dict[str, Application] = {}
    tried: list[Application] = []

    def bring_up(case: str) -> Application:
        if case not in running:
            port = probes[case]["port"]
            name = f"{session_name}-{case}"
            application = Application(
                docker=docker, ask=ask, directory=project(case), name=name, port=port
            )
            (application.directory / "test-override.yaml").write_text(
                OVERRIDE.format(port=port), encoding="utf-8"
            )
            tried.append(application)
            _up(application)
            running[case] = application
        return running[case]

    yield bring_up
    for application in tried:
        application.compose("down", "--volumes", "--rmi", "local", "--timeout", "2", check=False)


def _up(application: Application) -> None:
    done = application.compose("up", "--build", "--wait", "--wait-timeout", "120", check=False)
    if done.returncode:
        pytest.fail(
            f"docker compose up: exit code {done.returncode}\n{done.stderr}\n{application.state()}"
        )


def _wait_for_text(read: Callable[[], str], text: str, seconds: float = 30) -> str:
    deadline = time.monotonic() + seconds
    while text not in (found := read()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def _answer_if_any(application: Application) -> str:
    """Return what the web service answers, "" while it starts anew."""
    address = application.compose("port", "web", str(application.port), check=False).stdout.strip()
    try:
        return application.ask(address, "/", seconds=0)[1] if address else ""
    except (OSError, http.client.HTTPException):
        return ""


def test_an_application_answers_through_its_web_service(
    compose_case: str, up: Callable[[str], Application], probes: Probes
) -> None:
    probe = probes[compose_case]

    status, body = up(compose_case).answer(probe["path"])

    assert status == probe["status"]
    assert probe["contains"] in body


def test_the_services_that_the_dependencies_need_are_there(
    compose_case: str, up: Callable[[str], Application], probes: Probes
) -> None:
    services = up(compose_case).compose("config", "--services").stdout.split()

    assert {"web", *probes[compose_case]["services"]} <= set(services)


def test_nothing_but_the_web_port_reaches_the_host(
    compose_case: str, up: Callable[[str], Application]
) -> None:
    listed = up(compose_case).compose("ps", "--format", "json").stdout.splitlines()
    published = {
        (service["Service"], publisher["URL"])
        for service in map(json.loads, listed)
        for publisher in service["Publishers"] or ()
        if publisher["PublishedPort"]
    }

    assert published == {("web", "127.0.0.1")}


def test_no_process_of_the_application_is_root(
    compose_case: str, up: Callable[[str], Application]
) -> None:
    assert up(compose_case).compose("exec", "--no-TTY", "web", "id", "-u").stdout.strip() not in {
        "",
        "0",
    }


def test_flask_counts_its_visitors_in_redis(up: Callable[[str], Application]) -> None:
    application = up("requirements-flask-redis-compose")

    first, second = (re.search(r"seen (\d+) times", application.answer("/")[1]) for _ in range(2))

    assert first
    assert second
    assert int(second[1]) == int(first[1]) + 1


def test_django_hands_its_entries_to_the_celery_worker(up: Callable[[str], Application]) -> None:
    application = up("uv-django-postgres-celery")
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    status, _ = application.answer("/entries/", "POST", "text=one+two+three+four", form)

    assert status == 201
    assert "4 words" in _wait_for_text(lambda: application.answer("/")[1], "4 words")


def test_django_serves_its_collected_static_files(up: Callable[[str], Application]) -> None:
    application = up("uv-django-postgres-celery")
    _, page = application.answer("/")
    style_sheet = re.search(r'href="(/static/journal/journal\.[0-9a-f]+\.css)"', page)

    assert style_sheet, page
    status, css = application.answer(style_sheet[1])
    assert status == 200
    assert "font-family: serif" in css


def test_fastapi_keeps_its_books_in_postgresql(up: Callable[[str], Application]) -> None:
    application = up("uv-psycopg2-compiled-from-source")
    book = json.dumps({"title": "Emma", "shelf": "A"})

    status, _ = application.answer("/books", "POST", book, {"Content-Type": "application/json"})

    assert status == 201
    assert "Emma" in application.answer("/books")[1]


def test_flask_serves_the_built_front_end_and_its_api(up: Callable[[str], Application]) -> None:
    application = up("requirements-react-front-end")
    points = {"Content-Type": "application/json"}

    assert application.answer("/api/scores/ada", "PUT", json.dumps({"points": 7}), points)[0] == 200
    assert json.loads(application.answer("/api/scores")[1]) == [{"name": "ada", "points": 7}]
    assert 'src="/assets/scores.js"' in application.answer("/")[1]


def test_no_node_modules_are_in_the_image(up: Callable[[str], Application]) -> None:
    found = up("requirements-react-front-end").compose(
        "exec",
        "--no-TTY",
        "web",
        "python",
        "-c",
        "import shutil, pathlib;print(shutil.which('node'), list(pathlib.Path('/app').rglob('node_modules')))",
    )

    assert found.stdout.strip() == "None []"


def test_an_edit_reaches_the_running_service_without_a_new_image(
    project: Callable[[str], Path], up: Callable[[str], Application], tmp_path: Path
) -> None:
    application = up("requirements-flask-redis-compose")
    source = project("requirements-flask-redis-compose") / "app.py"
    before = source.read_text(encoding="utf-8")
    image = application.compose("images", "--quiet", "web").stdout
    output = tmp_path / "watch.log"
    with output.open("w") as log:
        watching = subprocess.Popen(
            application.command("watch", "--no-up", "web"), stdout=log, stderr=log
        )
    try:
        _wait_for_text(lambda: output.read_text(encoding="utf-8"), "Watch enabled")
        source.write_text(before.replace("This page was seen", "Seen"), encoding="utf-8")
        body = _wait_for_text(lambda: _answer_if_any(application), "Seen ")
    finally:
        watching.terminate()
        watching.wait(timeout=30)
        source.write_text(before, encoding="utf-8")

    assert body.startswith("Seen ")
    assert application.compose("images", "--quiet", "web").stdout == image
