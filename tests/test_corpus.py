"""Public applications that nobody here wrote: what is said about their locks must follow from the digests alone.

`CORPUS_DIR` names a folder with one folder for each tree (manifests and locks only); without it `../shared/corpus` beside this
repository is taken, if it is there. The digests are reckoned here once more, independently of the program: JSON of the manifest's
tables, hashed, as Pipenv and Poetry do it.
"""

import hashlib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from dockwright.detect.managers import pipenv, poetry
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import LockState

_BESIDE = Path(__file__).parent.parent.parent / "shared" / "corpus"
CORPUS = Path(os.environ["CORPUS_DIR"]) if "CORPUS_DIR" in os.environ else _BESIDE
PIPENV_TREES = sorted(path.parent for path in CORPUS.rglob("Pipfile.lock"))
POETRY_TREES = sorted(path.parent for path in CORPUS.rglob("poetry.lock"))

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="CORPUS_DIR does not name a folder of applications"
)


def name_of(tree: Path) -> str:
    return str(tree.relative_to(CORPUS))


def sha256(content: object, separators: tuple[str, str] | None = None) -> str:
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=separators).encode()
    ).hexdigest()


def pipfile_digests(pipfile: dict[str, Any]) -> dict[str, str]:
    """Return the digest of each variant."""
    default = [{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": True}]
    base = {
        "_meta": {
            "sources": pipfile.get("source", default),
            "requires": pipfile.get("requires", {}),
        },
        "default": pipfile.get("packages", {}),
        "develop": pipfile.get("dev-packages", {}),
    }
    own = {
        "source",
        "packages",
        "dev-packages",
        "requires",
        "scripts",
        "pipfile",
        "pipenv",
        "default",
        "develop",
    }
    full = {**base, **{name: table for name, table in pipfile.items() if name not in own}}
    normal = {
        name: table
        if name == "_meta"
        else {re.sub("[-_.]+", "-", key).lower(): one for key, one in table.items()}
        for name, table in full.items()
    }
    return {
        variant: sha256(content, (",", ":"))
        for variant, content in (("legacy", base), ("plette", full), ("normalised", normal))
    }


def poetry_digest(document: dict[str, Any], *, with_groups: bool) -> str:
    """Return the content-hash of Poetry from 2.3 (with groups) or of 2.0 to 2.2 (without)."""
    project, tool = document.get("project", {}), document.get("tool", {}).get("poetry", {})
    groups = document.get("dependency-groups", {}) if with_groups else {}
    relevant = {
        key: project[key]
        for key in ("requires-python", "dependencies", "optional-dependencies")
        if key in project
    }
    legacy = ("dependencies", "source", "extras", "dev-dependencies")
    if not relevant and not groups:
        return sha256(
            {key: tool.get(key) for key in legacy}
            | ({"group": tool["group"]} if "group" in tool else {})
        )
    content: dict[str, Any] = {
        "tool": {"poetry": {key: tool[key] for key in (*legacy, "group") if key in tool}}
    }
    if relevant:
        content["project"] = relevant
    if groups:
        content["dependency-groups"] = groups
    return sha256(content)


@needs_corpus
def test_the_corpus_holds_locks() -> None:
    assert PIPENV_TREES
    assert POETRY_TREES


@needs_corpus
@pytest.mark.parametrize("tree", PIPENV_TREES, ids=name_of)
def test_the_verdict_on_a_pipfile_lock_is_that_of_the_digests(tree: Path) -> None:
    recorded = json.loads((tree / "Pipfile.lock").read_text(encoding="utf-8"))["_meta"]["hash"][
        "sha256"
    ]
    digests = pipfile_digests(tomllib.loads((tree / "Pipfile").read_text(encoding="utf-8")))
    finding = pipenv.find(ProjectTree(tree))
    assert finding is not None
    assert finding.lock is not None
    assert (finding.lock.state is LockState.FRESH) == (recorded in digests.values())
    if finding.lock.state is LockState.FRESH:
        assert digests[finding.lock.variant] == recorded
        assert finding.lock.distributions


@needs_corpus
@pytest.mark.parametrize("tree", POETRY_TREES, ids=name_of)
def test_the_verdict_on_a_poetry_lock_is_that_of_the_digests(tree: Path) -> None:
    text = (tree / "poetry.lock").read_text(encoding="utf-8")
    recorded = re.findall(r'^content-hash = "(\w+)"$', text, re.MULTILINE)[-1]
    document = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))
    expected = recorded == poetry_digest(document, with_groups=True)
    header = re.match(r"# .* Poetry (\d+)\.(\d+)", text)
    if header and (int(header[1]), int(header[2])) < (2, 3):
        expected = expected or recorded == poetry_digest(document, with_groups=False)
    finding = poetry.find(ProjectTree(tree))
    assert finding is not None
    assert finding.lock is not None
    assert (finding.lock.state is LockState.FRESH) == expected
