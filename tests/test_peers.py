"""The locks in the fixtures of other tools, with the verdict that their own tests expect.

`PEERS_DIR` names a folder that holds one folder for each peer, as in its repository.
"""

import os
from pathlib import Path

import pytest
from dockwright.detect.managers import find_managers
from dockwright.detect.tree import ProjectTree
from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import Manager

PEERS = os.environ.get("PEERS_DIR", "")

HEROKU = "heroku/tests/fixtures"
NIXPACKS = "nixpacks/examples"
RAILPACK = "railpack/examples"
GOOGLE = "gcp/builders/testdata/python"
REPO2DOCKER = "repo2docker/tests"
MISSING = None

UV_AND_PDM = [
    (f"{HEROKU}/uv_basic", Manager.UV, "fresh"),
    (f"{HEROKU}/uv_editable_git_compiled", Manager.UV, "fresh"),
    (f"{HEROKU}/uv_lockfile_out_of_sync", Manager.UV, "stale"),
    (f"{HEROKU}/uv_mismatched_python_version", Manager.UV, "fresh"),
    (f"{HEROKU}/uv_no_python_version_file", Manager.UV, "fresh"),
    (f"{HEROKU}/uv_oldest_python", Manager.UV, "fresh"),
    (f"{HEROKU}/uv_runtime_txt", Manager.UV, "fresh"),
    (f"{HEROKU}/multiple_package_managers", Manager.UV, "stale"),  # its locks are empty files
    (f"{NIXPACKS}/python-deps", Manager.UV, "fresh"),
    (f"{NIXPACKS}/python-uv", Manager.UV, "fresh"),
    (f"{NIXPACKS}/python-pdm", Manager.PDM, "stale"),  # its hash is that of PDM before 2.16
    (f"{RAILPACK}/python-pdm", Manager.PDM, "fresh"),
    (f"{RAILPACK}/python-django", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-fastapi", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-latest-psycopg", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-playwright", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-psycopg-binary", Manager.UV, "unknown"),  # no requires-python
    (f"{RAILPACK}/python-uv", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-uv-latest-locked", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-uv-packaged", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-uv-tool-versions", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-uv-workspace", Manager.UV, "fresh"),
    (f"{RAILPACK}/python-uv-workspace-postgres", Manager.UV, "fresh"),
    (f"{GOOGLE}/generic/uv_app", Manager.UV, "stale"),
    (f"{GOOGLE}/functions/uv", Manager.UV, "unknown"),  # no requires-python
]

PIPENV = [
    (f"{NIXPACKS}/python-pipfile", Manager.PIPENV, "fresh"),
    (f"{RAILPACK}/python-pipfile", Manager.PIPENV, "fresh"),
    (
        f"{REPO2DOCKER}/pipfile/pipfile-lock",
        Manager.PIPENV,
        "stale",
    ),  # on purpose: the lock has to win there
    (f"{REPO2DOCKER}/pipfile/binder-folder", Manager.PIPENV, MISSING),
    (f"{REPO2DOCKER}/pipfile/binder-folder-lock", Manager.PIPENV, "fresh"),
    (f"{REPO2DOCKER}/pipfile/binder-folder-lock/binder", Manager.PIPENV, "fresh"),
    (f"{REPO2DOCKER}/pipfile/environment-yml", Manager.PIPENV, MISSING),
    (f"{REPO2DOCKER}/pipfile/py2-with-server-and-kernel-req", Manager.PIPENV, "fresh"),
    (f"{REPO2DOCKER}/pipfile/py36", Manager.PIPENV, "fresh"),
    (f"{REPO2DOCKER}/pipfile/requirements-txt", Manager.PIPENV, MISSING),
    (f"{REPO2DOCKER}/pipfile/setup-py-explicit", Manager.PIPENV, MISSING),
    (f"{REPO2DOCKER}/pipfile/setup-py-explicit-in-binder-dir/.binder", Manager.PIPENV, MISSING),
    (f"{REPO2DOCKER}/pipfile/setup-py-implicit", Manager.PIPENV, MISSING),
]

POETRY = [
    (f"{HEROKU}/poetry_basic", Manager.POETRY, "fresh"),
    (f"{HEROKU}/poetry_editable_git_compiled", Manager.POETRY, "fresh"),
    (f"{HEROKU}/poetry_lockfile_out_of_sync", Manager.POETRY, "stale"),
    (f"{HEROKU}/poetry_mismatched_python_version", Manager.POETRY, "fresh"),
    (f"{HEROKU}/poetry_oldest_python", Manager.POETRY, "fresh"),
    (f"{HEROKU}/multiple_package_managers", Manager.POETRY, "stale"),  # its locks are empty files
    (f"{NIXPACKS}/python-asdf-poetry", Manager.POETRY, "fresh"),
    (f"{NIXPACKS}/python-poetry", Manager.POETRY, "fresh"),
    (f"{RAILPACK}/python-poetry", Manager.POETRY, "fresh"),
    (f"{GOOGLE}/generic/poetry_app", Manager.POETRY, MISSING),
    (f"{GOOGLE}/generic/poetry_lock", Manager.POETRY, "fresh"),
    (f"{GOOGLE}/generic/poetry_setuptools", Manager.POETRY, "fresh"),
]

REQUIREMENTS = [
    (f"{HEROKU}/pip_basic", Manager.REQUIREMENTS, "fresh"),
    (f"{HEROKU}/pip_editable_git_compiled", Manager.REQUIREMENTS, MISSING),
    (f"{HEROKU}/pip_oldest_python", Manager.REQUIREMENTS, "fresh"),
    (f"{HEROKU}/django_staticfiles_latest_django", Manager.REQUIREMENTS, MISSING),
    (f"{HEROKU}/django_staticfiles_legacy_django", Manager.REQUIREMENTS, "fresh"),
    (f"{HEROKU}/multiple_package_managers", Manager.REQUIREMENTS, "fresh"),
    (f"{HEROKU}/python_3.14", Manager.REQUIREMENTS, "fresh"),  # an empty file
    (f"{NIXPACKS}/python", Manager.REQUIREMENTS, "fresh"),
    (f"{NIXPACKS}/python-django", Manager.REQUIREMENTS, "fresh"),
    (f"{NIXPACKS}/python-psycopg", Manager.REQUIREMENTS, MISSING),
    (f"{RAILPACK}/python-fasthtml", Manager.REQUIREMENTS, MISSING),
    (f"{RAILPACK}/python-flask", Manager.REQUIREMENTS, "fresh"),
    (f"{RAILPACK}/python-pip", Manager.REQUIREMENTS, MISSING),
    (f"{RAILPACK}/python-system-deps", Manager.REQUIREMENTS, "fresh"),
    (f"{REPO2DOCKER}/pipfile/requirements-txt", Manager.REQUIREMENTS, MISSING),
    (f"{REPO2DOCKER}/venv/numpy", Manager.REQUIREMENTS, MISSING),
]


@pytest.mark.skipif(not PEERS, reason="PEERS_DIR does not name a folder of other tools' fixtures")
@pytest.mark.parametrize(
    ("path", "manager", "verdict"), [*UV_AND_PDM, *PIPENV, *POETRY, *REQUIREMENTS]
)
def test_the_verdict_on_a_lock(path: str, manager: Manager, verdict: str | None) -> None:
    root = Path(PEERS) / path
    if not root.is_dir():
        pytest.skip(f"{path} is not in PEERS_DIR")
    locks = [
        finding.lock for finding in find_managers(ProjectTree(root)) if finding.manager is manager
    ]
    assert [lock and lock.state for lock in locks] == [verdict]


@pytest.mark.skipif(not PEERS, reason="PEERS_DIR does not name a folder of other tools' fixtures")
def test_an_invalid_requirement_is_an_error() -> None:
    root = Path(PEERS) / HEROKU / "pip_invalid_requirement"
    if not root.is_dir():
        pytest.skip("pip_invalid_requirement is not in PEERS_DIR")
    with pytest.raises(SyntaxFault, match="not a valid requirement"):
        find_managers(ProjectTree(root))
