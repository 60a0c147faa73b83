"""Whether pdm.lock belongs to its manifest: the same verdict as PDM's own, without PDM."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dockwright.detect.managers import pdm
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import Lock, LockState
from support.mutations import Mutation, label, mutations

MUTATIONS = mutations("pdm")
PDM = os.environ.get("PDM") or shutil.which("pdm")


def lock_of(root: Path) -> Lock:
    finding = pdm.find(ProjectTree(root))
    assert finding is not None
    assert finding.lock is not None
    return finding.lock


def edited(tmp_path: Path, name: str, base: str = "shop") -> Lock:
    mutation = next(one for one in MUTATIONS if (one.base, one.name) == (base, name))
    return lock_of(mutation.apply(tmp_path))


def project(root: Path, manifest: str, lock: str) -> Path:
    (root / "pyproject.toml").write_text(manifest, encoding="utf-8")
    (root / "pdm.lock").write_text(lock, encoding="utf-8")
    return root


@pytest.mark.parametrize("mutation", MUTATIONS, ids=label)
def test_the_verdict_is_that_of_pdm(mutation: Mutation, tmp_path: Path) -> None:
    assert lock_of(mutation.apply(tmp_path)).state == mutation.verdict


@pytest.mark.managers
@pytest.mark.skipif(PDM is None, reason="pdm is not on PATH, and the variable PDM does not name it")
@pytest.mark.parametrize("mutation", MUTATIONS, ids=label)
def test_pdm_itself_says_what_is_recorded(mutation: Mutation, tmp_path: Path) -> None:
    root = mutation.apply(tmp_path)
    environment = {
        **os.environ,
        "PDM_CHECK_UPDATE": "false",
        "PDM_IGNORE_SAVED_PYTHON": "1",
        "VIRTUAL_ENV": sys.prefix,
    }
    command = [str(PDM), "lock", "--check"]
    result = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert ("fresh" if result.returncode == 0 else "stale") == mutation.manager_says, result.stderr


@pytest.mark.parametrize(
    ("name", "kind", "subject", "line"),
    [
        ("dependency-added", "added", "zstandard", 7),
        ("dependency-removed", "removed", "itsdangerous", None),
        ("group-added", "added", "docs", None),
        ("requires-python", "changed", "requires-python", 5),
    ],
)
def test_what_differs_has_a_kind_a_name_and_a_place(
    name: str, kind: str, subject: str, line: int | None, tmp_path: Path
) -> None:
    (found,) = edited(tmp_path, name).disagreements
    assert (found.kind, found.name) == (kind, subject)
    assert found.origin is not None
    assert line is None or (found.origin.path, found.origin.line) == ("pyproject.toml", line)


def test_a_wish_that_the_locked_version_does_not_fulfil_is_named(tmp_path: Path) -> None:
    root = next(one for one in MUTATIONS if one.name == "specifier").apply(tmp_path)
    text = (root / "pyproject.toml").read_text(encoding="utf-8").replace(">=2.2,<3", ">=3")
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    (found,) = lock_of(root).disagreements
    assert found.text == "itsdangerous>=3 is asked for, 2.2.0 is locked"


def test_an_edit_that_contradicts_no_entry_is_said_to_be_one(tmp_path: Path) -> None:
    because = edited(tmp_path, "marker").because
    assert because[0].startswith("the hash in the lock is not that of pyproject.toml")
    assert because[1].startswith("no entry contradicts the lock")


@pytest.mark.parametrize("base", ["old-2.15", "old-2.19"])
def test_a_lock_of_an_old_pdm_is_stale_although_its_manifest_did_not_change(
    base: str, tmp_path: Path
) -> None:
    lock = edited(tmp_path, "as-is", base)
    assert lock.state is LockState.STALE
    assert "PDM before 2.20 made another one" in lock.because[0]


def test_a_lock_without_packages_says_how_many_are_asked_for(tmp_path: Path) -> None:
    manifest = '[project]\nname = "shop"\ndependencies = ["six", "idna"]\n'
    lock = lock_of(
        project(
            tmp_path, manifest, '[metadata]\nlock_version = "4.5.0"\ncontent_hash = "sha256:00"\n'
        )
    )
    assert lock.because == ("the lock holds no packages, and pyproject.toml asks for 2",)


def test_an_empty_lock_is_stale(tmp_path: Path) -> None:
    lock = lock_of(project(tmp_path, '[project]\nname = "shop"\n', ""))
    assert (lock.state, lock.because) == (LockState.STALE, ("pdm.lock is empty",))
