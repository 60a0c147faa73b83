"""Every command of the table of servers, run as the first process of a container."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dockwright.model.application import Application, Framework, Interface, ProcessKind
from dockwright.model.artifact import HealthProbe
from dockwright.model.plan import Process
from dockwright.model.settings import Settings
from dockwright.render.files import make_environment
from support.processes import decide, django, fastapi, found, web

pytestmark = pytest.mark.engine

Run = Callable[..., subprocess.CompletedProcess[str]]
Ask = Callable[..., tuple[int, str]]

MODULES = {
    "wsgi_app.py": """
from flask import Flask
app = Flask(__name__)
@app.get("/")
def index():
    return "hello"
def create_app():
    return app
""",
    "asgi_app.py": """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
async def index(request):
    return PlainTextResponse("hello")
app = Starlette(routes=[Route("/", index)])
def create_app():
    return app
""",
    "aiohttp_app.py": """
import os
from aiohttp import web
async def index(request):
    return web.Response(text="hello")
app = web.Application()
app.router.add_get("/", index)
if __name__ == "__main__":
    web.run_app(app, port=int(os.environ.get("LISTEN", "8080")))
""",
    "sanic_app.py": """
from sanic import Sanic, text
app = Sanic("hello")
@app.get("/")
async def index(request):
    return text("hello")
""",
    "bottle_app.py": """
import bottle
app = bottle.Bottle()
@app.get("/")
def index():
    return "hello"
""",
    "dash_app.py": """
from dash import Dash, html
app = Dash(__name__)
app.layout = html.Div("hello")
if __name__ == "__main__":
    app.run()
""",
    "streamlit_app.py": """
import streamlit
streamlit.write("hello")
""",
    "tornado_app.py": """
import asyncio, tornado.web
class Index(tornado.web.RequestHandler):
    def get(self):
        self.write("hello")
async def main():
    tornado.web.Application([("/", Index)]).listen(8888)
    await asyncio.Event().wait()
if __name__ == "__main__":
    asyncio.run(main())
""",
    "manage.py": """
import os, sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path
settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="x")
urlpatterns = [path("", lambda request: HttpResponse("hello"))]
execute_from_command_line(sys.argv)
""",
    "script.py": """
import time
print("started", flush=True)
while True:
    time.sleep(1)
""",
}
DISTRIBUTIONS = (
    "aiohttp", "bottle", "daphne", "dash", "django", "flask", "gevent", "granian[reload]", "gunicorn", "hypercorn", "pyuwsgi", "sanic", "starlette",
    "streamlit", "tornado", "uvicorn", "uvicorn-worker", "waitress",
)  # fmt: skip
DOCKERFILE = """FROM python:3.13-slim-trixie
RUN --mount=type=cache,target=/root/.cache/pip python -m venv /opt/venv && /opt/venv/bin/pip install --quiet {distributions}
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
COPY . .
RUN chown 10001 .
USER 10001
"""
WSGI = web(module="wsgi_app")
ASGI = fastapi(module="asgi_app")
OWN = Interface.OWN
CASES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "gunicorn": (WSGI, ("gunicorn==27.0",)),
    "gunicorn, factory": (web(module="wsgi_app", target="create_app", factory=True), ("gunicorn==27.0",)),
    "gunicorn, gevent": (WSGI, ("gunicorn==27.0", "gevent")),
    "gunicorn, threads": (web(module="wsgi_app", websockets=True), ("gunicorn==27.0",)),
    "gunicorn with uvicorn-worker": (ASGI, ("gunicorn==27.0", "uvicorn", "uvicorn-worker")),
    "gunicorn with uvicorn": (ASGI, ("gunicorn==27.0", "uvicorn")),
    "gunicorn with aiohttp": (web(Framework.AIOHTTP, OWN, module="aiohttp_app"), ("gunicorn==27.0", "aiohttp")),
    "uvicorn": (ASGI, ("uvicorn",)),
    "uvicorn, factory": (fastapi(module="asgi_app", target="create_app", factory=True), ("uvicorn",)),
    "hypercorn": (ASGI, ("hypercorn",)),
    "hypercorn, factory": (fastapi(module="asgi_app", target="create_app", factory=True), ("hypercorn",)),
    "daphne": (ASGI, ("daphne",)),
    "granian, ASGI": (ASGI, ("granian",)),
    "granian, WSGI factory": (web(module="wsgi_app", target="create_app", factory=True), ("granian",)),
    "uwsgi": (WSGI, ("pyuwsgi",)),
    "uwsgi, factory": (web(module="wsgi_app", target="create_app", factory=True), ("pyuwsgi",)),
    "waitress": (WSGI, ("waitress",)),
    "waitress, factory": (web(module="wsgi_app", target="create_app", factory=True), ("waitress",)),
    "Flask": (WSGI, ("flask",)),
    "Django": (web(Framework.DJANGO, OWN, module="manage", target=""), ("django",)),
    "Sanic": (web(Framework.SANIC, OWN, module="sanic_app"), ("sanic",)),
    "aiohttp": (
        web(Framework.AIOHTTP, OWN, module="aiohttp_app", run_command=("python", "aiohttp_app.py"), port_variable="LISTEN"), ("aiohttp",),
    ),
    "Bottle": (web(Framework.BOTTLE, module="bottle_app"), ("bottle",)),
    "Dash": (web(Framework.DASH, module="dash_app", target="app.server", run_command=("python", "dash_app.py")), ("dash",)),
    "Streamlit": (web(Framework.STREAMLIT, OWN, module="streamlit_app", target=""), ("streamlit",)),
}  # fmt: skip


def process_of(case: str, *, shell: bool = True) -> Process:
    application, installed = CASES[case]
    projects = (django(),) if application.framework is Framework.DJANGO else ()
    imported = ("gevent",) if "gevent" in installed else ()
    decision = decide(
        Application(web=(application,), django=projects, imported=imported), str(application.framework), *installed,
        settings=Settings(workers=2, port=9009), shell=shell,
    )  # fmt: skip
    assert decision.main
    return decision.main


@pytest.fixture(scope="session")
def servers_image(
    docker: Run,
    tmp_path_factory: pytest.TempPathFactory,
    session_name: str,
    say: Callable[[str], None],
) -> str:
    """The tag of an image with every server and a small application for each."""
    say(f"an image with {len(DISTRIBUTIONS)} servers and frameworks: building")
    folder = tmp_path_factory.mktemp("servers")
    for name, text in MODULES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "Dockerfile").write_text(
        DOCKERFILE.format(distributions=" ".join(DISTRIBUTIONS)), encoding="utf-8"
    )
    tag = f"{session_name}-servers"
    docker("buildx", "build", "--load", "--tag", tag, folder)
    return tag


@pytest.fixture
def started(docker: Run, servers_image: str) -> Iterator[Callable[..., str]]:
    """(process, development=, **environment) -> the id of a container whose first process is the command."""
    containers: list[str] = []

    def start(process: Process, *, development: bool = False, **environment: str) -> str:
        pairs = dict(process.environment) | environment
        command = process.development_command if development else process.command
        options = [word for name, value in pairs.items() for word in ("--env", f"{name}={value}")]
        signal = ("--stop-signal", process.stop_signal) if process.stop_signal else ()
        made = docker(
            "run",
            "--detach",
            "--publish",
            "127.0.0.1::9009",
            "--env",
            "HOME=/tmp",
            *signal,
            *options,
            servers_image,
            *command,
        )
        containers.append(made.stdout.strip())
        return containers[-1]

    yield start
    for container in containers:
        docker("rm", "--force", container, check=False)


def health_command(probe: HealthProbe) -> list[str]:
    """Return what the engine makes of the HEALTHCHECK of a Dockerfile."""
    text = str(make_environment().get_template("parts.j2").module.health(probe))  # type: ignore[attr-defined]
    words: list[str] = json.loads(text.partition("CMD ")[2].replace("\\\n", ""))
    return words


def address(docker: Run, container: str) -> str:
    return docker("port", container, "9009").stdout.strip()


def exit_code(docker: Run, container: str) -> int:
    docker("stop", container)
    return int(json.loads(docker("inspect", container).stdout)[0]["State"]["ExitCode"])


def wait_for_workers(docker: Run, container: str) -> None:
    """Wait until each worker of Sanic has answered its manager, which hears no signal before."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        log = docker("logs", container)
        asked = re.search(r"w/ (\d+) worker", log.stdout + log.stderr)
        if asked and (log.stdout + log.stderr).count("Worker ready") == int(asked[1]):
            time.sleep(0.5)  # the manager looks ten times a second
            return
        time.sleep(0.1)
    pytest.fail("Sanic's workers never became ready")


@pytest.mark.parametrize("case", CASES)
def test_the_command_serves_and_hears_that_it_shall_stop(
    case: str, docker: Run, started: Callable[..., str], ask: Ask
) -> None:
    process = process_of(case)
    container = started(process)

    assert ask(address(docker, container), "/")[0] == 200
    assert process.health
    asked = docker("exec", container, *health_command(process.health), check=False)
    assert asked.returncode == 0
    if case == "Sanic":
        wait_for_workers(docker, container)
    # 137 would be a kill after ten seconds of deafness.
    assert exit_code(docker, container) in (0, 143)


@pytest.mark.parametrize("case", ["uvicorn", "hypercorn", "Flask", "Django"])
def test_the_development_command_serves_and_stops_as_well(
    case: str, docker: Run, started: Callable[..., str], ask: Ask
) -> None:
    container = started(process_of(case), development=True)

    assert ask(address(docker, container), "/")[0] == 200
    assert exit_code(docker, container) in (0, 143)


@pytest.mark.parametrize("case", ["uvicorn", "hypercorn", "Flask"])
def test_without_a_shell_the_command_does_the_same(
    case: str, docker: Run, started: Callable[..., str], ask: Ask
) -> None:
    process = process_of(case, shell=False)
    container = started(process)

    assert "sh" not in process.command
    assert ask(address(docker, container), "/")[0] == 200
    assert exit_code(docker, container) in (0, 143)


def test_a_plain_script_hears_that_it_shall_stop(docker: Run, started: Callable[..., str]) -> None:
    decision = decide(
        Application(processes=(found("bot", ("python", "script.py"), ProcessKind.BOT),))
    )
    assert decision.main
    container = started(decision.main)
    while "started" not in docker("logs", container).stdout:
        time.sleep(0.1)

    # Python itself ends with 130 when the script does not catch the signal.
    assert exit_code(docker, container) == 130


def test_the_image_has_no_home_and_gunicorn_does_not_ask_for_one(
    docker: Run, started: Callable[..., str], ask: Ask, tmp_path: Path
) -> None:
    container = started(process_of("gunicorn"), HOME=str(tmp_path))

    assert ask(address(docker, container), "/")[0] == 200
    assert "ERROR" not in docker("logs", container).stderr
