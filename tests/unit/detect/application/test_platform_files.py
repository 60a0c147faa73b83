"""What the files of platforms, CI and development containers say."""

import pytest
from dockwright.detect.application import read_deployment
from dockwright.model.application import Deployment
from support.applications import Files, Finder

APP = {"shop.py": "", "worker.py": ""}


def deployment(find: Finder, files: Files) -> Deployment:
    return read_deployment(find.tree(APP | dict(files)))


SERVED = ("gunicorn", "shop:app")


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"fly.toml": '[processes]\napp = "gunicorn shop:app"\n'}, id="fly"),
        pytest.param(
            {"render.yaml": "services: [{type: web, startCommand: gunicorn shop:app}]"}, id="render"
        ),
        pytest.param({"heroku.yml": "run: {web: gunicorn shop:app}"}, id="heroku"),
        pytest.param(
            {"app.yaml": "runtime: python312\nentrypoint: gunicorn shop:app\n"}, id="app engine"
        ),
        pytest.param(
            {"railway.json": '{"deploy": {"startCommand": "gunicorn shop:app"}}'}, id="railway"
        ),
        pytest.param({"nixpacks.toml": '[start]\ncmd = "gunicorn shop:app"\n'}, id="nixpacks"),
        pytest.param(
            {"supervisord.conf": "[program:web]\ncommand=gunicorn shop:app\n"}, id="supervisor"
        ),
    ],
)
def test_the_command_of_a_platform(find: Finder, files: Files) -> None:
    (web,) = deployment(find, files).processes
    assert (web.command, web.target) == (SERVED, "shop:app")
    assert web.origin.path == next(iter(files))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"fly.toml": '[deploy]\nrelease_command = "alembic upgrade head"\n'}, id="fly"
        ),
        pytest.param(
            {"render.yaml": "services: [{type: web, preDeployCommand: alembic upgrade head}]"},
            id="render",
        ),
        pytest.param({"heroku.yml": "release: {command: [alembic upgrade head]}"}, id="heroku"),
    ],
)
def test_the_release_of_a_platform(find: Finder, files: Files) -> None:
    (release,) = deployment(find, files).processes
    assert (release.kind, release.command) == ("release", ("alembic", "upgrade", "head"))


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        pytest.param(
            {"app.json": '{"addons": ["heroku-postgresql:mini", {"plan": "heroku-redis"}]}'},
            ["postgres", "redis"],
            id="add-ons",
        ),
        pytest.param(
            {"render.yaml": "databases: [{name: db}]\nservices: [{type: redis}]"},
            ["postgres", "redis"],
            id="render",
        ),
    ],
)
def test_services_of_platforms(find: Finder, files: Files, kinds: list[str]) -> None:
    assert [one.kind for one in deployment(find, files).services] == kinds


WORKFLOW = """\
jobs:
  test:
    strategy:
      matrix:
        python-version: ["3.9", 3.10, "3.12"]
    services:
      db:
        image: postgres:15
    steps:
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python-version }}
"""


def test_ci_says_the_versions_of_services(find: Finder) -> None:
    found = deployment(find, {".github/workflows/test.yml": WORKFLOW})
    # Of several Pythons none is meant.
    assert found.pythons == ()
    (service,) = found.services
    assert (service.image, service.tests) == ("postgres:15", True)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "image: python:3.11-slim\ntest: {script: !reference [a, b]}\n"),
        (".travis.yml", "python: ['3.11']\n"),
        (".circleci/config.yml", "jobs: {a: {docker: [{image: 'cimg/python:3.11.4'}]}}"),
        (
            ".devcontainer/devcontainer.json",
            '{\n// the image\n"image": "mcr.test/devcontainers/python:1-3.11-bookworm"}',
        ),
        ("render.yaml", "services: [{envVars: [{key: PYTHON_VERSION, value: 3.11.4}]}]"),
    ],
)
def test_the_python_of_other_files(find: Finder, path: str, text: str) -> None:
    (found,) = deployment(find, {path: text}).pythons
    assert (found.value, found.origin.path) == ("3.11", path)


def test_an_example_of_the_environment(find: Finder) -> None:
    text = "# a comment\nexport DATABASE_URL='mysql+pymysql://a:b@localhost/c'\nDEBUG=1\n"
    (hint,) = deployment(find, {".env.example": text}).hints
    assert (hint.service, hint.variable, hint.scheme) == ("mysql", "DATABASE_URL", "mysql+pymysql")
