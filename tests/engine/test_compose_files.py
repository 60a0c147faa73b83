"""`docker compose config` accepts every compose file, also those with services that no sample has."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from dockwright.decide.services import service_rows
from dockwright.model.application import Application, FrontEnd, ProcessKind
from dockwright.model.origin import Origin
from dockwright.model.settings import Settings
from support.compose import compose_text
from support.processes import django, fastapi, found, hint, procfile, web

pytestmark = pytest.mark.engine

Run = Callable[..., CompletedProcess[str]]

FRONT_END = FrontEnd(
    folder="web", manager="npm", lock="web/package-lock.json", build_script="build", output="dist",
    origin=Origin(path="web/package.json"), served_by_python=False,
)  # fmt: skip
APPLICATIONS = {
    "a web process": (Application(web=(web(),)), ("flask", "gunicorn")),
    "a bot": (Application(processes=(found("bot", ("python", "bot.py"), ProcessKind.BOT),)), ("discord.py",)),
    "odd names": (Application(processes=(procfile("Web!", "gunicorn a:app"), found("1 redis", ("python", "b.py")))), ("redis",)),
    "a command with everything that YAML and a shell could read": (
        Application(processes=(procfile("web", "gunicorn 'a:make(\"x: {y} #\")' --bind 0.0.0.0:${PORT:-8000} && echo \"$HOME\""),)),
        ("gunicorn",),
    ),
    "a front end of its own": (Application(web=(fastapi(),), front_ends=(FRONT_END,)), ("fastapi", "uvicorn")),
    "Django with PostGIS": (Application(web=(web(),), django=(django(gis=True),)), ("django", "flask", "gunicorn", "psycopg")),
}  # fmt: skip


@pytest.fixture
def accepted(docker: Run, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """Text of a compose file -> the file as compose understands it."""

    def check(text: str) -> dict[str, Any]:
        (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")
        assert docker("compose", "config", "--quiet", cwd=tmp_path).stderr == ""
        read = docker("compose", "--profile", "*", "config", "--format", "json", cwd=tmp_path)
        return dict(json.loads(read.stdout))

    return check


@pytest.mark.parametrize("case", APPLICATIONS)
def test_compose_accepts_the_file(case: str, accepted: Callable[[str], dict[str, Any]]) -> None:
    application, installed = APPLICATIONS[case]

    assert accepted(compose_text(application, *installed))["name"] == "shop"


@pytest.mark.parametrize("kind", service_rows())
def test_compose_accepts_every_backing_service(
    kind: str, accepted: Callable[[str], dict[str, Any]]
) -> None:
    application = Application(web=(web(),), service_hints=(hint(kind, "SERVICE_URL"),))
    file = accepted(
        compose_text(application, "flask", "gunicorn", settings=Settings(services=(kind,)))
    )

    assert file["services"][kind]["image"] == service_rows()[kind].image
    assert file["services"]["web"]["depends_on"][kind]["condition"] == "service_healthy"
    assert "ports" not in file["services"][kind]


def test_a_command_reaches_the_container_word_for_word(
    accepted: Callable[[str], dict[str, Any]],
) -> None:
    worker = found("worker", "python -c \"print('a: b')\" $QUEUE ${LEVEL:-info}")
    text = compose_text(Application(web=(web(),), processes=(worker,)), "flask", "gunicorn")

    # Compose doubles the signs in its output that it must not fill in.
    command = [word.replace("$$", "$") for word in accepted(text)["services"]["worker"]["command"]]
    assert command == ["sh", "-c", "exec python -c \"print('a: b')\" $QUEUE ${LEVEL:-info}"]


def test_compose_accepts_the_file_of_every_sample(
    docker: Run, project: Callable[[str], Path], probes: Mapping[str, Mapping[str, Any]]
) -> None:
    seen = 0
    for case, probe in probes.items():
        if probe["kind"] == "error" or not (project(case) / "compose.yaml").is_file():
            continue
        seen += 1
        assert docker("compose", "config", "--quiet", cwd=project(case)).stderr == "", case
    assert seen > 10
