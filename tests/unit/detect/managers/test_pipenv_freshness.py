"""Whether Pipfile.lock belongs to the Pipfile: the same verdict as Pipenv's own, without Pipenv."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dockwright.model.dependencies import Lock, LockState
from support.pipenv import find_pipenv as find
from support.pipenv import lock_of
from support.trees import FreshnessCase, freshness_cases

PIPENV = os.environ.get("PIPENV") or shutil.which("pipenv")
CASES = freshness_cases("pipenv", "Pipfile")
RELEASE_OF_VARIANT = {"normalised": "2026.10.3", "plette": "2026.2.2", "legacy": "2022.9.24"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_lock_is_fresh_where_a_release_of_pipenv_accepts_it(
    case: FreshnessCase, tmp_path: Path
) -> None:
    lock_file = (case.folder / "Pipfile.lock").read_text(encoding="utf-8")
    lock = lock_of(find(tmp_path, {"Pipfile": case.text(), "Pipfile.lock": lock_file}))
    assert (lock.state is LockState.FRESH) == bool(case.accepted_by)
    if lock.state is LockState.FRESH:
        assert RELEASE_OF_VARIANT[lock.variant] in case.accepted_by
        assert lock.disagreements == ()
    else:
        assert "digest of another Pipfile" in lock.because[0]


def case_named(base: str, name: str) -> FreshnessCase:
    return next(case for case in CASES if (case.base, case.name) == (base, name))


def judged(case: FreshnessCase, root: Path) -> Lock:
    lock_file = (case.folder / "Pipfile.lock").read_text(encoding="utf-8")
    return lock_of(find(root, {"Pipfile": case.text(), "Pipfile.lock": lock_file}))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("package_added", [("added", "six", "Pipfile", 9)]),
        ("package_removed", [("removed", "idna", "Pipfile.lock", 28)]),
        ("specifier_excludes_the_lock", [("changed", "click", "Pipfile", 7)]),
        (
            "moved_to_dev",
            [("added", "idna", "Pipfile", 12), ("removed", "idna", "Pipfile.lock", 28)],
        ),
        ("python_changed", [("changed", "python_version", "Pipfile", 15)]),
        ("source_url_changed", [("changed", "source", "Pipfile", 1)]),
        ("git_instead_of_index", [("changed", "idna", "Pipfile", 8)]),
        ("specifier_tightened", []),
    ],
)
def test_a_stale_lock_says_which_entry_and_where(
    name: str, kinds: list[tuple[str, str, str, int]], tmp_path: Path
) -> None:
    lock = judged(case_named("plain-2026.10.3", name), tmp_path)
    found = [
        (one.kind, one.name, one.origin.path, one.origin.line)
        for one in lock.disagreements
        if one.origin
    ]
    assert found == kinds
    assert len(lock.because) == 2


def test_a_lock_of_another_project_is_named_as_such(tmp_path: Path) -> None:
    lock = judged(case_named("plain-2026.10.3", "another_project"), tmp_path)
    assert "lock of another project" in lock.because[1]


def test_an_older_digest_says_who_would_refuse_it(tmp_path: Path) -> None:
    lock = judged(case_named("spelled-2026.2.2", "unchanged"), tmp_path)
    assert lock.variant == "plette"
    assert "newer ones would refuse" in lock.because[0]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    case = case_named("plain-2026.10.3", "unchanged")
    pipfile = b"\xef\xbb\xbf" + case.text().replace("\n", "\r\n").encode()
    lock_file = (
        (case.folder / "Pipfile.lock").read_text(encoding="utf-8").replace("\n", "\r\n").encode()
    )
    lock = lock_of(find(tmp_path, {"Pipfile": pipfile, "Pipfile.lock": lock_file}))
    assert lock.state is LockState.FRESH


@pytest.mark.managers
@pytest.mark.skipif(
    PIPENV is None, reason="pipenv is not on PATH, and the variable PIPENV does not name it"
)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_pipenv_itself_says_what_is_recorded(case: FreshnessCase, tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text(case.text(), encoding="utf-8")
    shutil.copy(case.folder / "Pipfile.lock", tmp_path)
    environment = {**os.environ, "PIPENV_IGNORE_VIRTUALENVS": "1", "PIP_CONFIG_FILE": os.devnull}
    environment.pop("PIP_FIND_LINKS", None)
    version = subprocess.run(
        [str(PIPENV), "--version"], capture_output=True, text=True, check=True, env=environment
    )
    release = version.stdout.split()[-1]
    if release not in RELEASE_OF_VARIANT.values():
        pytest.skip(f"nothing is recorded of Pipenv {release}")
    done = subprocess.run(
        [str(PIPENV), "verify"], cwd=tmp_path, capture_output=True, check=False, env=environment
    )
    assert (done.returncode == 0) == (release in case.accepted_by)
