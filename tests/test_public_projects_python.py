"""The Python of public projects that nobody here wrote: CORPUS_DIR holds manifests of applications, PEERS_DIR checkouts of other tools.

PEERS_DIR has one folder per repository, named like it. Both are reference data and not part of this repository.
"""

import os
from pathlib import Path

import pytest
from dockwright.decide.manager import choose_manager, production_distributions
from dockwright.decide.python import choose_python
from dockwright.detect.managers import find_managers
from dockwright.detect.requested_python import find_requested_pythons
from dockwright.detect.tree import ProjectTree
from dockwright.errors import DockwrightError
from dockwright.model.project import Project
from dockwright.model.settings import Settings

CORPUS = {
    "18F__tock": "3.10",
    "CIMAC-CIDC__cidc-api": "3.6",
    "CJRiverFlow__GeoStore": "3.9",
    "GSA__notifications-api": "3.13",
    "GSA__notifications-api@85de5bf": "3.9",
    "MTES-MCT__sparte": "3.11",
    "MTES-MCT__sparte@0d5b93f": "several-managers",
    "MatrixTM__MHDDoS": "3.14",
    "VitorAndreSilva__emovepro_backend": "3.13",
    "babybuddy__babybuddy": "3.11.9",
    "babybuddy__babybuddy@6d601ab": "3.8.5",
    "cds-snc__covid-alert-portal": "3.11",
    "cds-snc__notification-api": "3.12",
    "dgtlmoon__changedetection.io": "3.11.5",
    "fastapi__full-stack-fastapi-template": "3.14",
    "fastapi__full-stack-fastapi-template@fa97b37/backend": "3.12",
    "i-dot-ai__redbox/django_app": "3.12",
    "itsamirhn__Bonbast-API": "3.12",
    "lvgalvao__workshop-aberto-02": "3.12.1",
    "mealie-recipes__mealie": "3.11",
    "mealie-recipes__mealie@82dc586": "3.11",
    "miguelgrinberg__microblog": "3.11",
    "nautobot__nautobot": "3.14",
    "paperless-ngx__paperless-ngx": "3.14",
    "paperless-ngx__paperless-ngx@1bc7754": "3.10.15",
    "pennlabs__penn-courses/backend": "3.11.4",
    "pennlabs__penn-courses@e1d1e34/backend": "3.11",
    "ricardochaves__financeiro-bot": "3.6",
    "sissbruecker__linkding": "3.14",
    "sissbruecker__linkding@6c874af": "3.12",
    "uktrade__lite-frontend": "3.9.18",
    "wagtail__bakerydemo": "3.12",
}
HEROKU, RAILPACK, NIXPACKS, REPO2DOCKER = (
    "buildpacks-python/tests/fixtures",
    "railpack/examples",
    "nixpacks/examples",
    "repo2docker/tests",
)
PEERS = {
    f"{HEROKU}/pip_oldest_python": "3.10.0 python-end-of-life python-old-patch",
    f"{HEROKU}/poetry_mismatched_python_version": "python-conflict",
    f"{HEROKU}/python_3.10": "3.10 python-end-of-life",
    f"{HEROKU}/python_3.14": "3.14",
    f"{HEROKU}/python_version_eol": "3.9 python-end-of-life",
    f"{HEROKU}/python_version_file_invalid_unicode": "unreadable",
    f"{HEROKU}/python_version_file_invalid_version": "3.14 python-version-ignored python-no-source",
    f"{HEROKU}/python_version_file_multiple_versions": "3.12 python-version-ignored python-version-several",
    f"{HEROKU}/python_version_file_no_version": "3.14 python-version-empty python-no-source",
    f"{HEROKU}/python_version_non_existent_major": "3.99 python-unknown",
    f"{HEROKU}/python_version_non_existent_minor": "3.12.999 python-unknown",
    f"{HEROKU}/python_version_unspecified": "3.14 python-no-source",
    f"{HEROKU}/runtime_txt_and_python_version_file": "3.11 python-version-empty",
    f"{HEROKU}/uv_mismatched_python_version": "python-conflict",
    f"{HEROKU}/uv_no_python_version_file": "3.12",
    f"{HEROKU}/uv_runtime_txt": "3.12 python-source-differs",
    f"{RAILPACK}/python-latest": "3.15",
    f"{RAILPACK}/python-oldest": "3.10 python-end-of-life",
    f"{RAILPACK}/python-pdm": "3.13",
    f"{RAILPACK}/python-pip": "3.11.11 python-old-patch",
    f"{RAILPACK}/python-pipfile": "3.13.2 python-old-patch",
    f"{RAILPACK}/python-uv-tool-versions": "3.14 python-source-differs",
    f"{NIXPACKS}/python-2": "python-unsupported",
    f"{NIXPACKS}/python-2-runtime": "python-unsupported",
    f"{NIXPACKS}/python-asdf-poetry": "3.12.3 python-old-patch",
    f"{NIXPACKS}/python-uv": "3.12",
    f"{REPO2DOCKER}/pipfile/py36": "3.6 python-source-differs python-end-of-life",
    f"{REPO2DOCKER}/venv/default": "3.14 python-no-source",
    f"{REPO2DOCKER}/venv/py2": "python-unsupported",
    f"{REPO2DOCKER}/venv/py3": "3.14",
    f"{REPO2DOCKER}/venv/py35": "python-unsupported",
}
"""Case -> the version and the notices, or the code of the error."""


def folder(variable: str, case: str) -> Path:
    root = os.environ.get(variable)
    if not root:
        pytest.skip(f"{variable} is not set")
    path = Path(root) / case
    if not path.is_dir():
        pytest.skip(f"{case} is not there")
    return path


def verdict(path: Path) -> list[str]:
    try:
        tree = ProjectTree(path)
        managers = find_managers(tree)
        pythons, noticed = find_requested_pythons(tree, managers)
        finding = choose_manager(Project(name="x", managers=managers, pythons=pythons), Settings())[
            0
        ].value
        decision, _, notices = choose_python(
            pythons, Settings(), production_distributions(finding), manager=finding.manager
        )
    except DockwrightError as error:
        return [error.code]
    return [decision.value.version, *(notice.code for notice in (*noticed, *notices))]


@pytest.mark.parametrize("case", CORPUS)
def test_application(case: str) -> None:
    assert verdict(folder("CORPUS_DIR", case))[0] == CORPUS[case]


@pytest.mark.parametrize("case", PEERS)
def test_fixture_of_a_peer(case: str) -> None:
    assert verdict(folder("PEERS_DIR", case)) == PEERS[case].split()
