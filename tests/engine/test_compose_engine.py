"""The samples with backing services, all the way with `docker compose up --wait`, and as they are lived with."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dockwright.decide.services import service_rows
from dockwright.model.application import Application, FrontEnd, ProcessKind
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings
from support.compose import compose_text
from support.processes import django, fastapi, found, hint, procfile, web

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]
Probes = Mapping[str, Mapping[str, Any]]
Ask = Callable[..., tuple[int, str]]

FLASK = "requirements-flask-redis-compose"
DJANGO = "uv-django-postgres-celery"
REACT = "requirements-react-front-end"
FOLDERS = "requirements-one-folder-down-react-postgres"
PSYCOPG2 = "uv-psycopg2-compiled-from-source"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
# The port on the host is the engine's choice, so that two runs of the tests do not meet.
OVERRIDE = """services:
  web:
    ports: !override
      - "127.0.0.1::{port}"
"""


class Compose:
    """`docker compose` for one application in a folder of its own."""

    def __init__(self, docker: Run, ask: Ask, folder: Path, port: int) -> None:
        self._docker, self._ask = docker, ask
        self.folder, self.port = folder, port
        override = folder / "compose.test.yml"
        override.write_text(OVERRIDE.format(port=port), encoding="utf-8")
        name = f"dockwright-up-{os.getpid()}-{folder.name}"
        self.options = ("--project-name", name, "--file=compose.yaml", "--file=compose.test.yml")

    def __call__(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._docker("compose", *self.options, *arguments, cwd=self.folder, check=check)

    def up(self) -> float:
        """Build, then start; return the seconds that the start took."""
        self("build")
        began = time.monotonic()
        done = self("up", "--wait", "--wait-timeout", "120", check=False)
        if done.returncode:
            pytest.fail(f"{done.stderr}\n{self.state()}")
        return time.monotonic() - began

    def answer(self, path: str, *request: Any) -> tuple[int, str]:
        """Return status and body; `request` is method, body and headers."""
        address = self("port", "web", str(self.port)).stdout.strip()
        try:
            return self._ask(address, path, *request)
        except (OSError, http.client.HTTPException) as error:
            return pytest.fail(f"{path}: {error!r}\n{self.state()}")

    def answer_if_any(self) -> str:
        """Return what the web service answers, "" while it starts anew."""
        address = self("port", "web", str(self.port), check=False).stdout.strip()
        try:
            return self._ask(address, "/", seconds=0)[1] if address else ""
        except (OSError, http.client.HTTPException):
            return ""

    def state(self) -> str:
        logs = self("logs", "--no-color", "--tail", "40", check=False).stdout
        return self("ps", "--all", check=False).stdout + logs

    @contextmanager
    def watching(self, log: Path) -> Iterator[None]:
        """Run `docker compose watch` until the block ends."""
        with log.open("w", encoding="utf-8") as output:
            watch = subprocess.Popen(
                ["docker", "compose", *self.options, "watch"],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                assert until(lambda: log.read_text(errors="replace"), "Watch enabled", 180)
                yield
            finally:
                os.killpg(watch.pid, signal.SIGINT)
                watch.wait(timeout=60)


def until(read: Callable[[], str], text: str, seconds: float = 30) -> str:
    """Return what was read as soon as it holds `text`, else "" after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if text in (seen := read()):
            return seen
        time.sleep(0.2)
    return ""


@pytest.fixture(scope="module")
def up(
    docker: Run,
    ask: Ask,
    project: Callable[[str], Path],
    probes: Probes,
    say: Callable[[str], None],
) -> Iterator[Callable[[str], Compose]]:
    """Case -> its application, brought up once, taken down with its volumes at the end."""
    running: dict[str, Compose] = {}

    def bring_up(case: str) -> Compose:
        if case not in running:
            say(f"{case}: docker compose up")
            running[case] = Compose(docker, ask, project(case), probes[case]["port"])
            say(f"{case}: up in {running[case].up():.1f} s")
        return running[case]

    yield bring_up
    for compose in running.values():
        compose("down", "--volumes", "--rmi", "local", "--timeout", "2", check=False)


def test_it_answers_through_its_web_service_alone_and_nobody_is_root(
    compose_case: str, up: Callable[[str], Compose], probes: Probes
) -> None:
    probe, compose = probes[compose_case], up(compose_case)

    status, body = compose.answer(probe["path"])
    published = {
        (service["Service"], publisher["URL"])
        for service in map(json.loads, compose("ps", "--format", "json").stdout.splitlines())
        for publisher in service["Publishers"] or ()
        if publisher["PublishedPort"]
    }

    assert status == probe["status"]
    assert probe["contains"] in body
    services = compose("config", "--services").stdout.split()
    assert {"web", *probe["services"]} <= set(services)
    # A front end that Python does not serve has an address of its own.
    pages = {"web", "frontend"} & set(services)
    assert published == {(name, "127.0.0.1") for name in pages}
    assert compose("exec", "--no-TTY", "web", "id", "-u").stdout.strip() == "10001"


def test_flask_counts_its_visitors_in_redis(up: Callable[[str], Compose]) -> None:
    compose = up(FLASK)
    first, second = (re.search(r"seen (\d+) times", compose.answer("/")[1]) for _ in range(2))

    assert first
    assert second
    assert int(second[1]) == int(first[1]) + 1


def test_django_works_with_worker_and_static_files_and_stops_by_itself(
    up: Callable[[str], Compose],
) -> None:
    compose = up(DJANGO)
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    status, _ = compose.answer("/entries/", "POST", "text=one+two+three+four", form)
    page = until(lambda: compose.answer("/")[1], "4 words")
    style = re.search(r'href="(/static/journal/journal\.[0-9a-f]+\.css)"', page)

    assert status == 201
    assert style, page
    assert "font-family: serif" in compose.answer(style[1])[1]
    compose("stop")
    ended = compose("ps", "--all", "--format", "{{.Service}} {{.ExitCode}}").stdout.splitlines()
    names = {"web", "worker", "beat", "migrate", "postgres", "redis"}
    assert {line.split()[0] for line in ended} == names
    assert {line.split()[1] for line in ended} <= {"0", "143"}


def test_fastapi_keeps_its_books_in_postgresql(up: Callable[[str], Compose]) -> None:
    compose = up(PSYCOPG2)
    book = json.dumps({"title": "Emma", "shelf": "A"})

    status, _ = compose.answer("/books", "POST", book, {"Content-Type": "application/json"})

    assert status == 201
    assert "Emma" in compose.answer("/books")[1]


def test_flask_serves_the_built_front_end_and_no_node_is_in_the_image(
    up: Callable[[str], Compose],
) -> None:
    compose = up(REACT)
    points = {"Content-Type": "application/json"}
    look = "import shutil, pathlib; print(shutil.which('node'), *pathlib.Path('/app').rglob('node_modules'))"

    assert compose.answer("/api/scores/ada", "PUT", json.dumps({"points": 7}), points)[0] == 200
    assert json.loads(compose.answer("/api/scores")[1]) == [{"name": "ada", "points": 7}]
    assert 'src="/assets/scores.js"' in compose.answer("/")[1]
    assert compose("exec", "--no-TTY", "web", "python", "-c", look).stdout.strip() == "None"


def test_pages_and_api_of_a_front_end_of_its_own_have_one_address(
    up: Callable[[str], Compose],
) -> None:
    compose = up(FOLDERS)
    ask = "from urllib.request import urlopen; print(urlopen('http://frontend:8080{}').read().decode())"

    def answer(path: str) -> str:
        return compose("exec", "--no-TTY", "web", "python", "-c", ask.format(path)).stdout

    assert json.loads(answer("/api/scores")) == [{"name": "Ada", "points": 3}]
    assert 'src="/assets/scores.js"' in answer("/")
    assert "/api/scores" in answer("/assets/scores.js")


def test_it_comes_up_in_seconds_with_a_password_of_the_env_file(
    docker: Run, ask: Ask, project: Callable[[str], Path], probes: Probes, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(project(PSYCOPG2), tmp_path / "password"))
    (folder / ".env").write_text("POSTGRES_PASSWORD=chosen4me\n", encoding="utf-8")
    compose = Compose(docker, ask, folder, probes[PSYCOPG2]["port"])
    try:
        took = compose.up()
        read = compose("exec", "--no-TTY", "postgres", "printenv", "POSTGRES_PASSWORD").stdout
        assert read.strip() == "chosen4me"
        assert compose.answer("/books")[0] == 200
        assert took < 15
    finally:
        compose("down", "--volumes", "--timeout", "2", check=False)


@pytest.mark.parametrize("stage", ["runtime", "dev"])
def test_watch_carries_an_edit_into_the_running_service(
    stage: str,
    docker: Run,
    ask: Ask,
    generate: Callable[..., Path],
    say: Callable[[str], None],
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(SAMPLES / FLASK / "project", tmp_path / f"watch-{stage}"))
    generate(folder, *(('targets = ["dev"]',) if stage == "dev" else ()))
    compose, source = Compose(docker, ask, folder, 5000), folder / "app.py"
    say(f"{FLASK}: docker compose watch, {stage}")
    try:
        with compose.watching(tmp_path / "watch.log"):
            assert until(compose.answer_if_any, "was seen", 60)
            image = compose("images", "--quiet", "web").stdout
            text = source.read_text(encoding="utf-8")
            source.write_text(text.replace("was seen", "has been seen"), encoding="utf-8")

            assert until(compose.answer_if_any, "has been seen", 90)
            assert (compose("images", "--quiet", "web").stdout == image) is (stage == "dev")
    finally:
        compose("down", "--volumes", "--rmi", "local", "--timeout", "2", check=False)


# What no sample has: compose itself reads the file

FRONT_END = FrontEnd(
    folder="web", manager="npm", lock="web/package-lock.json", build_script="build", output="dist",
    origin=Origin(path="web/package.json"), served_by_python=False,
)  # fmt: skip
EVERYTHING = (
    'gunicorn \'a:make("x: {y} #")\' --bind 0.0.0.0:${PORT:-8000} && echo "$HOME"',
    "python -c \"print('a: b')\" $QUEUE ${LEVEL:-info}",
)
"""Command lines with everything that YAML and a shell could read."""
APPLICATIONS = {
    "a bot": (Application(processes=(found("bot", ("python", "bot.py"), ProcessKind.BOT),)), ("discord.py",)),
    "odd names": (Application(processes=(procfile("Web!", "gunicorn a:app"), found("1 redis", ("python", "b.py")))), ("redis",)),
    "odd commands": (Application(processes=(procfile("web", EVERYTHING[0]),)), ("gunicorn",)),
    "a front end of its own": (Application(web=(fastapi(),), front_ends=(FRONT_END,)), ("fastapi", "uvicorn")),
    "Django with PostGIS": (Application(web=(web(),), django=(django(gis=True),)), ("django", "flask", "gunicorn", "psycopg")),
}  # fmt: skip


@pytest.fixture
def accepted(docker: Run, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Text of a compose file -> the file as compose understands it."""

    def check(text: str) -> dict[str, Any]:
        (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
        read = docker("compose", "config", "--format", "json", cwd=tmp_path)
        assert read.stderr == ""
        return dict(json.loads(read.stdout))

    return check


@pytest.mark.parametrize("case", APPLICATIONS)
def test_compose_accepts_the_file(case: str, accepted: Callable[[str], dict[str, Any]]) -> None:
    application, installed = APPLICATIONS[case]

    assert accepted(compose_text(application, *installed))["services"]


@pytest.mark.parametrize("kind", service_rows())
def test_compose_accepts_every_backing_service(
    kind: str, accepted: Callable[[str], dict[str, Any]]
) -> None:
    application = Application(web=(web(),), service_hints=(hint(kind, "SERVICE_URL"),))
    settings = Settings(services=(kind,))
    file = accepted(compose_text(application, "flask", "gunicorn", settings=settings))

    assert file["services"][kind]["image"] == service_rows()[kind].image
    assert file["services"]["web"]["depends_on"][kind]["condition"] == "service_healthy"
    assert "ports" not in file["services"][kind]


def test_a_command_reaches_the_container_word_for_word(
    accepted: Callable[[str], dict[str, Any]],
) -> None:
    worker = found("worker", EVERYTHING[1])
    text = compose_text(Application(web=(web(),), processes=(worker,)), "flask", "gunicorn")

    # Compose doubles the signs in its output that it must not fill in.
    command = [word.replace("$$", "$") for word in accepted(text)["services"]["worker"]["command"]]
    assert command == ["sh", "-c", f"exec {EVERYTHING[1]}"]
