"""Whether poetry.lock belongs to pyproject.toml: the same verdict as Poetry's own, without Poetry."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dockwright.detect.managers.poetry_manifest import content_hash, legacy_content_hash
from dockwright.model.dependencies import Lock, LockState
from support.poetry import POETRY_1, lock_of, lock_text
from support.poetry import find_poetry as find
from support.trees import FreshnessCase, freshness_cases

POETRY = os.environ.get("POETRY") or shutil.which("poetry")
RECORDED = ("2.5.1", "2.1.4", "1.8.5")
CASES = freshness_cases("poetry", "pyproject.toml")


def expected_fresh(case: FreshnessCase) -> bool:
    """A lock is judged by the rule of its own generation; Poetry 1 has no say where it cannot read the manifest."""
    if case.base == "standard-1.8.5":
        return False
    judges = {"2.5.1", "1.8.5"} if case.base.endswith("1.8.5") else {"2.5.1"}
    return bool(judges & set(case.accepted_by))


def judged(case: FreshnessCase, root: Path) -> Lock:
    lock_file = (case.folder / "poetry.lock").read_text(encoding="utf-8")
    return lock_of(find(root, {"pyproject.toml": case.text(), "poetry.lock": lock_file}))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_lock_is_fresh_where_poetry_says_so(case: FreshnessCase, tmp_path: Path) -> None:
    lock = judged(case, tmp_path)
    assert (lock.state is LockState.FRESH) == expected_fresh(case)
    assert lock.written_by == case.base.rpartition("-")[2]
    if lock.state is LockState.FRESH:
        assert lock.disagreements == ()


def case_named(base: str, name: str) -> FreshnessCase:
    return next(case for case in CASES if (case.base, case.name) == (base, name))


@pytest.mark.parametrize(
    ("base", "name", "expected"),
    [
        ("standard-2.5.1", "dependency_added", [("added", "attrs", "pyproject.toml", 8)]),
        ("standard-2.5.1", "dependency_removed", [("removed", "idna", "poetry.lock", 15)]),
        ("standard-2.5.1", "requires_python_changed", [("changed", "python", "pyproject.toml", 4)]),
        ("standard-2.5.1", "dependency_group_added", [("added", "attrs", "pyproject.toml", 24)]),
        ("classic-2.5.1", "caret_excludes_the_lock", [("changed", "click", "pyproject.toml", 10)]),
        ("classic-2.5.1", "moved_to_group", []),
        ("classic-2.5.1", "git_instead_of_index", [("changed", "idna", "pyproject.toml", 11)]),
        ("classic-1.8.5", "optional_made_required", []),
        ("classic-1.8.5", "python_changed", [("changed", "python", "pyproject.toml", 9)]),
        ("classic-1.8.5", "marker_changed", []),
    ],
)
def test_a_stale_lock_says_which_entry_and_where(
    base: str, name: str, expected: list[tuple[str, str, str, int]], tmp_path: Path
) -> None:
    lock = judged(case_named(base, name), tmp_path)
    found = [
        (one.kind, one.name, one.origin.path, one.origin.line)
        for one in lock.disagreements
        if one.origin
    ]
    assert found == expected
    assert len(lock.because) == 2


def test_poetry_1_that_locked_nothing_of_the_project_table_is_told(tmp_path: Path) -> None:
    case = case_named("standard-1.8.5", "unchanged")
    lock_file = (case.folder / "poetry.lock").read_text(encoding="utf-8")
    finding = find(tmp_path, {"pyproject.toml": case.text(), "poetry.lock": lock_file})
    assert lock_of(finding).state is LockState.STALE
    assert "does not read [project]" in lock_of(finding).because[0]
    assert {one.name for one in lock_of(finding).disagreements} >= {"click", "idna"}
    assert [one.code for one in finding.notices] == ["poetry-lock-hollow"]


def test_a_lock_without_packages_is_stale_where_the_manifest_asks_for_some(tmp_path: Path) -> None:
    project = (
        '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask>=3"]\n\n[tool.poetry]\n'
    )
    lock = lock_of(
        find(tmp_path, {"pyproject.toml": project, "poetry.lock": lock_text("package = []")})
    )
    assert lock.state is LockState.STALE
    assert lock.because == ("poetry.lock holds no packages, and pyproject.toml asks for 1",)


def test_locks_before_1_2_do_not_count_groups() -> None:
    document = {"tool": {"poetry": {"dependencies": {"python": "^3.8"}, "group": {"dev": {}}}}}
    assert legacy_content_hash(document, with_group=False) != legacy_content_hash(
        document, with_group=True
    )
    assert content_hash(document, with_groups=True) == legacy_content_hash(
        document, with_group=True
    )


@pytest.mark.parametrize("written_by", ["", "1.1.15"])
def test_a_lock_of_poetry_1_1_is_judged_by_its_own_rule(written_by: str, tmp_path: Path) -> None:
    import tomllib

    project = POETRY_1 + "\n[tool.poetry.group.dev.dependencies]\n"
    recorded = legacy_content_hash(tomllib.loads(project), with_group=False)
    text = lock_text("package = []", lock_version="1.1", written_by=written_by).replace(
        "unknown", recorded
    )
    assert (
        lock_of(find(tmp_path, {"pyproject.toml": project, "poetry.lock": text})).state
        is LockState.FRESH
    )


@pytest.mark.managers
@pytest.mark.skipif(
    POETRY is None, reason="poetry is not on PATH, and the variable POETRY does not name it"
)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_poetry_itself_says_what_is_recorded(case: FreshnessCase, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(case.text(), encoding="utf-8")
    shutil.copy(case.folder / "poetry.lock", tmp_path)
    version = subprocess.run([str(POETRY), "--version"], capture_output=True, text=True, check=True)
    release = version.stdout.rstrip(")\n").rpartition(" ")[2]
    if release not in RECORDED:
        pytest.skip(f"nothing is recorded of Poetry {release}")
    environment = {**os.environ, "POETRY_VIRTUALENVS_CREATE": "false"}
    command = [str(POETRY), "check", "--lock"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, env=environment)
    assert (done.returncode == 0) == (release in case.accepted_by)
