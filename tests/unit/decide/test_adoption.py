"""What is read from Dockerfiles that somebody wrote by hand, and what is not.

Each case is a Dockerfile in our own words after the facts of a public project, with the settings that it means.
"""

import io
import runpy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser
from dockwright.decide.adoption import Adoption
from dockwright.decide.adoption import adopt as adopt_facts
from dockwright.detect.application.previous import instructions, previous_dockerfile
from dockwright.settings import load_settings
from dockwright.settings.save import changed_settings
from dockwright.write import write

CASES_FOLDER = Path(__file__).parent / "dockerfiles"
CASES = sorted(folder.name for folder in CASES_FOLDER.iterdir())


def adopt(text: str) -> Adoption:
    return adopt_facts(previous_dockerfile(text))


def dockerfile(case: str) -> str:
    return (CASES_FOLDER / case / "Dockerfile").read_bytes().decode()


def expected(case: str) -> dict[str, Any]:
    return tomllib.loads((CASES_FOLDER / case / "expected.toml").read_text())


def test_there_are_ten_cases() -> None:
    assert len(CASES) >= 10


@pytest.mark.parametrize("case", CASES)
def test_the_settings_are_read(case: str) -> None:
    assert adopt(dockerfile(case)).changes == expected(case)["changes"]


@pytest.mark.parametrize("case", CASES)
def test_the_settings_can_be_saved(case: str, tmp_path: Path) -> None:
    changes = adopt(dockerfile(case)).changes
    write(changed_settings(tmp_path, changes), tmp_path)
    settings = load_settings(tmp_path).settings
    assert settings.command == tuple(changes.get("command", ()))


@pytest.mark.parametrize("case", CASES)
def test_what_was_not_read_is_said_with_its_line(case: str) -> None:
    unread = adopt(dockerfile(case)).unread
    said = [f"{one.text} | {one.why} | {one.instead}" for one in unread]
    assert [
        part for part in expected(case)["unread"] if not any(part in text for text in said)
    ] == []
    count = len(dockerfile(case).splitlines())
    assert [
        one for one in unread if one.origin.line is None or not 0 < one.origin.line <= count
    ] == []


@pytest.mark.parametrize("case", CASES)
def test_every_instruction_of_a_shipped_stage_is_answered_for(case: str) -> None:
    adoption = adopt(dockerfile(case))
    answered = {one.origin.line for one in adoption.readings} | {
        one.origin.line for one in adoption.unread
    }
    skipped = {one.origin.line for one in adoption.unread if one.text.startswith("FROM ")}
    without_answer = []
    stage: int | None = None
    for instruction in instructions(dockerfile(case)):
        stage = instruction.origin.line if instruction.name == "FROM" else stage
        if (
            stage in skipped
            or instruction.name in {"FROM", "CMD", "ENTRYPOINT"}
            or instruction.value == "/app"
        ):
            continue
        if instruction.origin.line not in answered and stage:
            without_answer.append(instruction)
    assert without_answer == []


def test_credentials_are_nowhere() -> None:
    adoption = repr(adopt(dockerfile("alpine_with_rust")))
    assert "hunter2" not in adoption
    assert "do-not-tell" not in adoption


@pytest.mark.parametrize("case", [case for case in CASES if "<<" not in dockerfile(case)])
def test_instructions_are_those_that_another_parser_sees(case: str) -> None:
    parser = DockerfileParser(fileobj=io.BytesIO(dockerfile(case).encode()))
    theirs = [
        (one["instruction"], one["startline"] + 1)
        for one in parser.structure
        if one["instruction"] != "COMMENT"
    ]
    assert [(one.name, one.origin.line) for one in instructions(dockerfile(case))] == theirs


def test_lines_of_a_heredoc_are_no_instructions() -> None:
    found = instructions(
        "FROM x\nRUN <<A cat <<-'B'\nUSER a\nA\n\tEXPOSE 1\n\tB\nRUN cat <<<here\nUSER b\n"
    )
    assert [one.name for one in found] == ["FROM", "RUN", "RUN", "USER"]
    assert found[1].documents == ("USER a", "\tEXPOSE 1")


NONSENSE = (
    "",
    "# nothing\n",
    "RUN true\n",
    "FROM\n",
    "FROM a AS a\nFROM a AS a\n",
    "\\\n",
    "FROM x\nENV\nEXPOSE\nUSER\nCMD\nRUN\n",
)


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_read_without_falling_over(text: str) -> None:
    assert set(adopt(text).changes) <= {"base", "labels", "environment"}


def test_a_file_without_from_says_so() -> None:
    assert "no FROM" in adopt("RUN true\n").unread[0].why


def test_the_documentation_lists_every_case_as_it_is_read() -> None:
    script = Path(__file__).parents[3] / "scripts" / "adoption_table.py"
    module = runpy.run_path(str(script))
    page: Callable[[], str] = module["page"]
    assert module["PAGE"].read_text(encoding="utf-8") == page(), "run scripts/adoption_table.py"


def test_no_secret_comes_back_by_another_way() -> None:
    token = "ghp_" + "hunter2x" * 4
    text = f"""ARG BASE_TOKEN=hunter2
FROM python:3.12-slim
ARG BASE_TOKEN
ARG API_KEY="hunter2 \\
    hunter2"
ENV OTHER=$BASE_TOKEN MORE=${{API_KEY}} SETTING={token}
LABEL note={token} token=hunter2 kind=shop
RUN curl -u user:hunter2 https://example.org
ENV KEY="-----BEGIN RSA PRIVATE{" "}KEY-----
hunter2
-----END RSA PRIVATE{" "}KEY-----"
CMD ["app", "--password", "hunter2"]
"""
    adoption = adopt(text)
    assert "hunter2" not in f"{adoption}"
    assert adoption.changes["labels"] == {"kind": "shop"}
    assert {"environment", "command"}.isdisjoint(adoption.changes)


def test_a_chain_of_names_without_an_end_is_read() -> None:
    chain = "=".join(["A"] * 5000)
    assert adopt(f"FROM python:3.13-slim\nENV X={chain}\n").changes["python"] == "3.13"
