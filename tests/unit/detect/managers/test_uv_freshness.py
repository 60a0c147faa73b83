"""Whether uv.lock belongs to its manifests: the same verdict as uv's own, without uv."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dockwright.detect.managers import uv
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import Lock, LockState
from support.mutations import Mutation, label, mutations

MUTATIONS = mutations("uv")
UV = os.environ.get("UV") or shutil.which("uv")


@pytest.fixture(scope="session")
def newest_python() -> str:
    """A Python that starts (a shim may stand for one that is not there), as new as there is."""
    for minor in (15, 14, 13, 12):
        found = shutil.which(f"python3.{minor}")
        if (
            found
            and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0
        ):
            return found
    return sys.executable


def lock_of(root: Path) -> Lock:
    finding = uv.find(ProjectTree(root))
    assert finding is not None
    assert finding.lock is not None
    return finding.lock


def edited(tmp_path: Path, name: str, base: str = "shop") -> Lock:
    mutation = next(one for one in MUTATIONS if (one.base, one.name) == (base, name))
    return lock_of(mutation.apply(tmp_path))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=label)
def test_the_verdict_is_that_of_uv(mutation: Mutation, tmp_path: Path) -> None:
    assert lock_of(mutation.apply(tmp_path)).state == mutation.verdict


@pytest.mark.managers
@pytest.mark.skipif(UV is None, reason="uv is not on PATH, and the variable UV does not name it")
@pytest.mark.parametrize(
    "mutation", [one for one in MUTATIONS if one.verdict != "unknown"], ids=label
)
def test_uv_itself_says_what_is_recorded(
    mutation: Mutation, tmp_path: Path, newest_python: str
) -> None:
    root = mutation.apply(tmp_path)
    command = [
        str(UV),
        "lock",
        "--check",
        "--offline",
        "--cache-dir",
        str(tmp_path / "cache"),
        "--python",
        newest_python,
    ]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    result = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if "incompatible with the project's Python requirement" in result.stderr:
        pytest.skip(f"no Python for this project: {newest_python}")
    assert ("fresh" if result.returncode == 0 else "stale") == mutation.manager_says, result.stderr


def test_a_changed_requirement_is_named_with_both_sides_and_its_line(tmp_path: Path) -> None:
    lock = edited(tmp_path, "specifier-raised")
    (found,) = lock.disagreements
    assert (found.kind, found.name) == ("changed", "itsdangerous")
    assert found.origin is not None
    assert (found.origin.path, found.origin.line) == ("pyproject.toml", 7)
    assert (
        found.text
        == "the manifest asks for itsdangerous<3,>=2.2, the lock was made for itsdangerous>=2.1,<3"
    )
    assert lock.because == (found.text,)


@pytest.mark.parametrize(
    ("name", "kind", "subject"),
    [
        ("dependency-added", "added", "click"),
        ("dependency-removed", "removed", "blinker"),
        ("group-added", "added", "docs"),
        ("extra-added", "added", "empty"),
        ("requires-python-lowered", "changed", "requires-python"),
        ("resolution", "changed", "resolution"),
        ("index-default", "removed", "index"),
    ],
)
def test_what_differs_has_a_kind_and_a_name(
    name: str, kind: str, subject: str, tmp_path: Path
) -> None:
    found = edited(tmp_path, name).disagreements
    assert (kind, subject) in {(one.kind, one.name) for one in found}


def test_a_lock_of_another_project_says_whose_it_is(tmp_path: Path) -> None:
    lock = edited(tmp_path, "name-changed")
    assert lock.because == ("the lock was made for shop, and the manifest is that of store",)


def test_a_lock_without_packages_is_stale(tmp_path: Path) -> None:
    assert "the lock holds no packages at all" in edited(tmp_path, "lock-emptied").because


def test_an_empty_lock_is_stale(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\n', encoding="utf-8"
    )
    (tmp_path / "uv.lock").write_text("", encoding="utf-8")
    lock = lock_of(tmp_path)
    assert (lock.state, lock.because) == (LockState.STALE, ("uv.lock is empty",))


def test_a_missing_requires_python_leaves_the_lock_unknown(tmp_path: Path) -> None:
    assert edited(tmp_path, "requires-python-gone").because == (
        "no `requires-python` is set, so uv locks for the Python it runs on; the lock says >=3.11",
    )


def test_credentials_of_an_index_are_not_repeated(tmp_path: Path) -> None:
    root = next(one for one in MUTATIONS if one.name == "as-is").apply(tmp_path)
    with (root / "pyproject.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('blinker = { index = "own" }\n\n[[tool.uv.index]]\nname = "own"\n')
        manifest.write('url = "https://me:secret@packages.example.com/simple"\n')
    lock = lock_of(root)
    assert lock.state == LockState.STALE
    assert "secret" not in repr(lock)
    assert any("packages.example.com" in found.text for found in lock.disagreements)


def test_dynamic_dependencies_can_only_be_known_by_building(tmp_path: Path) -> None:
    root = next(one for one in MUTATIONS if one.base == "workspace").apply(tmp_path)
    member = root / "libs/billing/pyproject.toml"
    text = member.read_text(encoding="utf-8").replace(
        '["version"]\ndependencies = ["itsdangerous"]', '["version", "dependencies"]'
    )
    member.write_text(text, encoding="utf-8")
    lock = lock_of(root)
    assert lock.state == LockState.UNKNOWN
    assert lock.because == (
        "the dependencies of billing are dynamic: only its build back end knows them",
    )


def test_a_path_outside_the_project_is_not_compared(tmp_path: Path) -> None:
    root = next(one for one in MUTATIONS if one.base == "workspace").apply(tmp_path)
    for name in ("pyproject.toml", "uv.lock"):
        text = (root / name).read_text(encoding="utf-8").replace('"tools/report"', '"../report"')
        (root / name).write_text(text, encoding="utf-8")
    (because,) = lock_of(root).because
    assert because.startswith("report (../report) was not compared: it lies outside the project")
