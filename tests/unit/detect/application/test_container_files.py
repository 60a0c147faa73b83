"""What Dockerfiles and compose files of a project say."""

import pytest
from dockwright.detect.application import read_deployment
from dockwright.detect.application.container_files import load_yaml, service_in, table
from dockwright.model.application import Deployment, ProcessKind
from dockwright.model.origin import Origin
from support.applications import Files, Finder

HERE = Origin(path="compose.yaml")


def deployment(find: Finder, files: Files) -> Deployment:
    return read_deployment(find.tree(files))


DOCKERFILE = """\
FROM python:3.12.1-slim
WORKDIR /srv
RUN apt-get update && apt-get install -y gettext gcc curl
ENV FLASK_APP=shop:app SECRET_KEY=abcdefghijklmnop
COPY . .
EXPOSE 9000/tcp
CMD ["gunicorn", "shop:app", "--bind", "0.0.0.0:9000"]
"""


def test_a_dockerfile(find: Finder) -> None:
    found = deployment(find, {"shop.py": "", "Dockerfile": DOCKERFILE})
    (web,) = found.processes
    assert web.command == ("gunicorn", "shop:app", "--bind", "0.0.0.0:9000")
    assert (web.kind, web.target, str(web.origin)) == (ProcessKind.WEB, "shop:app", "Dockerfile:7")
    # A patch would keep security fixes out.
    assert [one.value for one in found.pythons] == ["3.12"]
    assert [one.value for one in found.ports] == [9000]
    # Compilers and download tools were there for the build of another image.
    assert [one.value for one in found.packages] == ["gettext"]
    assert [one.value for one in found.variables] == [("FLASK_APP", "shop:app")]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("flask run --host 0.0.0.0", id="development server"),
        pytest.param("uvicorn shop:app --reload", id="reloads"),
        pytest.param("gunicorn shop:app --workers $WORKERS", id="a variable nobody sets"),
        pytest.param("gunicorn shop:app --bind unix:/run/shop.sock", id="a socket for a proxy"),
        pytest.param("gunicorn shop:app -c /etc/gunicorn.py", id="a path of another image"),
        pytest.param("gunicorn shop:app -c gunicorn.conf.py", id="a file that is gone"),
        pytest.param("gunicorn other:app", id="a module that is gone"),
    ],
)
def test_commands_that_are_not_taken(find: Finder, command: str) -> None:
    text = f"FROM python:3.12\nWORKDIR /srv\nCOPY . .\nCMD {command}\n"
    found = deployment(find, {"shop.py": "", "Dockerfile": text})
    assert found.processes == ()


def test_a_command_that_is_not_taken_still_says_what_is_served(find: Finder) -> None:
    text = "FROM python:3.12\nCOPY . .\nCMD uvicorn shop:app --reload\n"
    found = deployment(find, {"shop.py": "", "Dockerfile": text})
    assert [one.value for one in found.targets] == ["shop:app"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Dockerfile.prod", "Dockerfile"),
        ("Dockerfile", "Dockerfile.dev"),
        ("docker/Dockerfile", ""),
    ],
)
def test_the_dockerfile_for_production_goes_first(find: Finder, first: str, second: str) -> None:
    files = {first: "FROM python:3.12\n"} | ({second: "FROM python:3.11\n"} if second else {})
    assert deployment(find, files).pythons[0].value == "3.12"


def test_other_dockerfiles_say_nothing(find: Finder) -> None:
    files = {
        "Dockerfile": "# Written by dockwright 0.2.0.\nFROM python:3.12\n",
        "frontend/Dockerfile": "FROM python:3.11\n",
        "docker/Dockerfile": "FROM nginx:1.29\nEXPOSE 80\n",
    }
    assert deployment(find, files) == Deployment()


def test_a_file_that_was_replaced_is_still_heard(find: Finder) -> None:
    files = {
        "Dockerfile": "# Written by dockwright 0.2.0.\nFROM python:3.13\n",
        ".dockwright/replaced/Dockerfile": "FROM python:3.12\n",
    }
    (found,) = deployment(find, files).pythons
    assert (found.value, str(found.origin)) == ("3.12", ".dockwright/replaced/Dockerfile:1")


COMPOSE = """\
x-app: &app
  build: .
  environment:
    DATABASE_URL: postgresql+asyncpg://shop:secret@db/shop
    CACHE_HOST: cache
    CACHE_PORT: "6379"
services:
  api:
    <<: *app
    command: uvicorn shop:app --host 0.0.0.0 --port 8080
    ports: ["80:8080"]
  jobs:
    <<: *app
    command: ["celery", "-A", "shop", "worker"]
  flower:
    <<: *app
    command: celery -A shop flower
  web:
    build: ./frontend
    command: npm start
  db:
    image: postgres:16-alpine
  cache:
    image: docker.io/library/redis:7
"""


def test_a_compose_file(find: Finder) -> None:
    found = deployment(find, {"shop.py": "", "compose.yaml": COMPOSE})
    assert [(one.name, one.kind) for one in found.processes] == [
        ("api", ProcessKind.WEB),
        ("jobs", ProcessKind.WORKER),
    ]
    assert [one.value for one in found.ports] == [8080]
    images = [(one.kind, one.image) for one in found.services]
    assert images == [("postgres", "postgres:16-alpine"), ("redis", "redis:7")]
    first, second = found.hints[:2]
    assert (first.service, first.variable, first.scheme) == (
        "postgres",
        "DATABASE_URL",
        "postgresql+asyncpg",
    )
    assert dict(second.parts) == {"host": "CACHE_HOST", "port": "CACHE_PORT"}
    assert "secret" not in repr(found)


def test_compose_files_for_tests_are_not_read(find: Finder) -> None:
    files = {"docker-compose.test.yml": "services: {db: {image: 'postgres:16'}}"}
    assert deployment(find, files) == Deployment()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("postgres", ("postgres", "")),
        ("postgres:latest", ("postgres", "")),
        ("postgres:16@sha256:00", ("postgres", "postgres:16")),
        ("registry.test:5000/library/redis:7.2", ("redis", "redis:7.2")),
        ("${REDIS:-redis:7}", ("redis", "redis:7")),
        ("postgis/postgis:16-3.4", ("postgis", "postgis/postgis:16-3.4")),
    ],
)
def test_images_of_services(image: str, expected: tuple[str, str]) -> None:
    (found,) = service_in(image, HERE)
    assert (found.kind, found.image) == expected


def test_images_of_other_things() -> None:
    assert service_in("registry.test/team/shop:1", HERE) == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: [", id="broken"),
        pytest.param("a: !!python/object:os.system x", id="a tag"),
        pytest.param("&a [*a]", id="a circle"),
        pytest.param("[" * 5000, id="deep"),
        pytest.param("? [a]\n: b", id="a list as a key"),
        pytest.param("a: \x01", id="a control character"),
    ],
)
def test_no_yaml_stops_anything(find: Finder, text: str) -> None:
    files = {"compose.yaml": text, ".github/workflows/a.yml": text}
    assert deployment(find, files) == Deployment()


def test_a_table_that_merges_itself_many_times_ends(find: Finder) -> None:
    lines = ["a0: &a0 {x: y}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 40)]
    lines += ["services: *a39"]
    text = "\n".join(lines)
    assert deployment(find, {"compose.yaml": text, ".gitlab-ci.yml": text}) == Deployment()


def test_versions_stay_texts(find: Finder) -> None:
    tree = find.tree({"a.yml": "base: &b {python: 3.10}\njob: {<<: *b}\n"})
    assert table(table(load_yaml(tree, "a.yml"))["job"]) == {"python": "3.10"}


@pytest.mark.parametrize(
    ("command", "expected", "root"),
    [
        ("python bot.py", ("python", "src/bot.py"), ""),
        ("celery -A shop worker", ("celery", "-A", "shop", "worker"), "src"),
        ("uvicorn shop:app", ("uvicorn", "shop:app"), "src"),
    ],
)
def test_a_command_that_runs_in_a_folder(
    find: Finder, command: str, expected: tuple[str, ...], root: str
) -> None:
    text = f"FROM python:3.12\nWORKDIR /srv/src\nCOPY . /srv\nCMD {command}\n"
    files = {"src/bot.py": "", "src/shop.py": "", "Dockerfile": text}
    (process,) = deployment(find, files).processes
    assert (process.command, process.import_root) == (expected, root)
