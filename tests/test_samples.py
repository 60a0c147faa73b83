"""Every sample's expected output, byte by byte. `--recapture` writes it anew: read the diff before you commit it."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from dockwright.detect.tree import walk

SAMPLES = Path(__file__).parent.parent / "samples"
CASES = sorted(path.parent for path in SAMPLES.glob("*/sample.toml"))
WRITING = [
    case
    for case in CASES
    if tomllib.loads((case / "sample.toml").read_text())["probe"]["kind"] != "error"
]
REFUSING = [case for case in CASES if case not in WRITING]


def name_of(case: Path) -> str:
    return case.name


def probe_of(case: Path) -> dict[str, Any]:
    probe: dict[str, Any] = tomllib.loads((case / "sample.toml").read_text())["probe"]
    return probe


def dockwright(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dockwright", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def written(case: Path) -> dict[str, str]:
    """Return file name -> text of all that Dockwright makes of a sample."""
    from dockwright.api import inspect, render
    from dockwright.model.settings import Settings

    files = {file.path: file.text for file in render(case / "project", Settings())}
    files["plan.json"] = (
        json.dumps(inspect(case / "project", Settings()), indent=2, ensure_ascii=False) + "\n"
    )
    return files


@pytest.mark.parametrize("case", WRITING, ids=name_of)
def test_a_sample_gives_the_expected_bytes(case: Path, recapture: bool) -> None:
    files = written(case)
    expected = case / "expected"
    if recapture:
        for old in expected.glob("*") if expected.is_dir() else ():
            old.unlink()
        for name, text in files.items():
            (expected / name).parent.mkdir(parents=True, exist_ok=True)
            (expected / name).write_text(text, encoding="utf-8")
    kept = {
        str(path.relative_to(expected)): path.read_text(encoding="utf-8")
        for path in expected.rglob("*")
        if path.is_file()
    }
    assert files == kept


@pytest.mark.parametrize(
    "turn", [sorted, lambda paths: sorted(paths, reverse=True)], ids=["sorted", "reversed"]
)
@pytest.mark.parametrize("case", WRITING, ids=name_of)
def test_the_order_in_which_folders_are_listed_changes_nothing(
    case: Path, turn: Callable[[Iterable[str]], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(case)
    monkeypatch.setattr("dockwright.detect.tree.walk", lambda root: tuple(turn(walk(root))))
    assert written(case) == before


@pytest.mark.parametrize("case", REFUSING, ids=name_of)
def test_a_sample_that_must_be_refused_is_refused_with_its_reason(
    case: Path, tmp_path: Path
) -> None:
    probe = probe_of(case)
    result = dockwright("generate", str(case / "project"), "--output-dir", str(tmp_path))
    assert result.returncode == probe["exit_code"]
    assert probe["contains"] in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("case", WRITING, ids=name_of)
def test_no_line_of_the_output_is_longer_than_a_screen_or_ends_in_a_blank(case: Path) -> None:
    for path in (case / "expected").glob("*"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert line == line.rstrip(), f"{path}:{number} ends in white space"


def test_every_case_says_why_it_exists() -> None:
    for case in CASES:
        document = tomllib.loads((case / "sample.toml").read_text())
        assert len(document["why"]) > 20, case.name
