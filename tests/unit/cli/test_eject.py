"""`dockwright eject`: where the templates go, and what is no template."""

from pathlib import Path

import pytest
from dockwright.cli import main

FOLDER = Path(".dockwright") / "templates"


def run(*words: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(["eject", *words])
    return ended.value.code


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words", [(".", "Dockerfile.j2"), ("Dockerfile.j2",)], ids=["with PATH", "without"]
)
def test_a_template_goes_into_the_project(words: tuple[str, ...], project: Path) -> None:
    assert run(*words) == 0
    assert [path.name for path in (project / FOLDER).iterdir()] == ["Dockerfile.j2"]
    assert not (project / "Dockerfile.j2").exists()


def test_several_templates_need_no_path(project: Path) -> None:
    assert run("Dockerfile.j2", "compose.yaml.j2", "--extend") == 0
    assert sorted(path.name for path in (project / FOLDER).iterdir()) == [
        "Dockerfile.j2",
        "compose.yaml.j2",
    ]


@pytest.mark.parametrize("word", ["Dockerfil.j2", "shop"])
def test_what_is_neither_a_folder_nor_a_template_is_refused(
    word: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(word) == 2
    told = capsys.readouterr().err
    assert f"{word} is neither a folder nor a built-in template" in told
    assert "compose.yaml.j2" in told
    assert list(project.iterdir()) == []
