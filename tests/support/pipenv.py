"""What the tests about Pipenv share."""

import json
import tomllib
from pathlib import Path
from typing import Any

from dockwright.detect.managers import pipenv
from dockwright.detect.managers.pipenv import digests_of
from dockwright.model.dependencies import Lock, Manager, ManagerFinding, Requirement
from support.trees import tree_of

SOURCE = '[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\nverify_ssl = true\n\n'
HASH = "sha256:" + "0" * 64


def find_pipenv(root: Path, files: dict[str, str | bytes]) -> ManagerFinding:
    finding = pipenv.find(tree_of(root, files))
    assert finding is not None
    assert finding.manager is Manager.PIPENV
    return finding


def lock_of(finding: ManagerFinding) -> Lock:
    assert finding.lock is not None
    return finding.lock


def requirement(finding: ManagerFinding, name: str) -> Requirement:
    return next(wish for wish in finding.manifest.requirements if wish.name == name)


def lock_text(pipfile: str, sections: dict[str, Any], **meta: object) -> str:
    """Return a lock with the digest of `pipfile`, indented as Pipenv does."""
    head = {
        "hash": {"sha256": digests_of(tomllib.loads(pipfile))["normalised"]},
        "pipfile-spec": 6,
        "requires": {},
        "sources": [],
        **meta,
    }
    return json.dumps({"_meta": head, "default": {}, "develop": {}, **sections}, indent=4)
