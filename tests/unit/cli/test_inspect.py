"""`dockwright inspect`: what the text says of a decision."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from dockwright.api import plan
from dockwright.cli import main

Run = Callable[..., tuple[int, str, str]]

SAMPLE = Path(__file__).parents[3] / "samples" / "uv-fastapi" / "project"


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> list[list[str]]:
    """Return the words of each line that is printed."""
    with pytest.raises(SystemExit) as ended:
        main(["inspect", str(SAMPLE), *words])
    assert ended.value.code == 0
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_why_shows_reason_evidence_and_what_was_not_chosen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    lines = printed(capsys, "--why")
    found = plan(SAMPLE)
    for decision in (
        found.manager,
        found.strategy,
        found.python,
        found.base_image,
        found.installer,
    ):
        assert any(" ".join(line).endswith(f"because {decision.because}") for line in lines)
        for origin in decision.evidence:
            assert ["evidence", *str(origin).split()] in lines
        for other in decision.instead_of:
            assert ["instead", "of", *str(other).split()] in lines
    assert any(line[:2] == ["instead", "of"] for line in lines)
    assert ["uv", found.tools[-1].version, "because"] in [line[:3] for line in lines]


def test_without_why_a_decision_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    lines = printed(capsys)
    assert not [line for line in lines if line[:2] == ["instead", "of"]]
    assert len([line for line in lines if line[:1] == ["python"]]) == 1


def test_json_holds_the_variables_and_the_command_of_the_image(project: Path, run: Run) -> None:
    (project / "dockwright.toml").write_text(
        'force = true\nenvironment = { LEVEL = "info", API_KEY = "hunter2" }\n'
    )
    code, out, _ = run("inspect", "--json")
    document = json.loads(out)
    assert code == 0
    assert "hunter2" not in out
    variables = document["image"]["environment"]
    assert variables["LEVEL"] == "info"
    assert variables["API_KEY"] == "***"
    assert document["image"]["command"] == document["processes"][0]["command"]
    assert document["system_packages"]["commands"] == []


def test_json_says_what_is_fetched_for_a_distribution(project: Path, run: Run) -> None:
    (project / "Pipfile").unlink()
    (project / "Pipfile.lock").unlink()
    (project / "requirements.txt").write_text(
        "flask==3.0.0\ngunicorn==22.0.0\nplaywright==1.50.0\n"
    )
    found = json.loads(run("inspect", "--json")[1])["system_packages"]
    assert found["commands"] == ["playwright install --only-shell chromium"]
    assert found["environment"] == {"PLAYWRIGHT_BROWSERS_PATH": "/ms-playwright"}
