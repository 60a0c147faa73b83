"""The locks in the fixtures of other tools, with the verdict that their own tests expect.

`PEERS_DIR` names a folder that holds one folder for each peer, as in its repository.
"""

import os
from pathlib import Path

import pytest

from generator.detect.managers import find_managers
from generator.detect.tree import ProjectTree
from generator.model.manager import Manager

PEERS = os.environ.get("PEERS_DIR", "")

HEROKU = "heroku/tests/fixtures"
NIXPACKS = "nixpacks/examples"
RAILPACK = "railpack/examples"
GOOGLE = "gcp/builders/testdata/python"

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


@pytest.mark.skipif(not PEERS, reason="PEERS_DIR does not name a folder of other tools' fixtures")
@pytest.mark.parametrize(("path", "manager", "verdict"), UV_AND_PDM)
def test_the_verdict_on_a_lock(path: str, manager: Manager, verdict: str) -> None:
    root = Path(PEERS) / path
    if not root.is_dir():
        pytest.skip(f"{path} is not in PEERS_DIR")
    locks = [finding.lock for finding in find_managers(ProjectTree(root)) if finding.manager is manager]
    assert [lock and lock.state for lock in locks] == [verdict]
