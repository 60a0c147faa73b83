"""Templates of the owner: what they override, and what happens when they are wrong."""

import shutil
from pathlib import Path

import pytest
from dockwright.api import plan
from dockwright.errors import TemplateFaultError
from dockwright.model.plan import Plan
from dockwright.model.settings import Settings
from dockwright.render import render

SAMPLE = Path(__file__).parents[3] / "samples" / "pipenv-flask-gunicorn" / "project"
EXTENDS = '{% extends "base/Dockerfile.j2" %}\n'


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    project = tmp_path_factory.mktemp("project") / "shop"
    shutil.copytree(SAMPLE, project)
    return plan(project, Settings())


def dockerfile(settled: Plan, folder: Path | None = None) -> str:
    return render(settled, Settings(), overlay=folder)[0].text


def overlaid(settled: Plan, folder: Path, body: str, name: str = "Dockerfile.j2") -> str:
    (folder / name).write_text(body)
    return dockerfile(settled, folder)


def added(settled: Plan, text: str) -> list[str]:
    before = dockerfile(settled).splitlines()
    return [line for line in text.splitlines() if line not in before]


def test_an_overlay_that_overrides_nothing_changes_nothing(settled: Plan, tmp_path: Path) -> None:
    assert overlaid(settled, tmp_path, EXTENDS) == dockerfile(settled)
    assert dockerfile(settled, tmp_path / "empty") == dockerfile(settled)


def test_a_block_adds_a_line_to_one_step_of_the_stage(settled: Plan, tmp_path: Path) -> None:
    body = "{% block packages %}{{ super() }}RUN update-ca-certificates\n{% endblock %}"
    text = overlaid(settled, tmp_path, EXTENDS + body)
    assert added(settled, text) == ["RUN update-ca-certificates"]
    assert text.index("AS runtime") < text.index("RUN update-ca") < text.index("COPY . .")


def test_a_step_can_be_replaced_and_left_out(settled: Plan, tmp_path: Path) -> None:
    body = "{% block install %}RUN true\n{% endblock %}{% block uv %}{% endblock %}"
    text = overlaid(settled, tmp_path, EXTENDS + body)
    assert "RUN true" in text
    assert "pipenv" not in text.partition("\n\n")[2]


def test_a_block_reads_the_plan(settled: Plan, tmp_path: Path) -> None:
    body = (
        "{% block files %}{{ super() }}LABEL python={{ plan.python.value.version }}\n{% endblock %}"
    )
    assert "LABEL python=3.13" in overlaid(settled, tmp_path, EXTENDS + body)


def test_the_other_files_have_blocks_as_well(settled: Plan, tmp_path: Path) -> None:
    (tmp_path / "dockerignore.j2").write_text(
        '{% extends "base/dockerignore.j2" %}{% block keep %}{{ super() }}\n!data\n{% endblock %}'
    )
    assert render(settled, Settings(), overlay=tmp_path)[1].text.endswith("!data\n")


def test_a_template_can_be_replaced_as_a_whole(settled: Plan, tmp_path: Path) -> None:
    assert overlaid(settled, tmp_path, "FROM scratch\n") == "FROM scratch\n"


@pytest.mark.parametrize(
    ("body", "line", "says"),
    [
        ("{% block start %}\n{{ plan.pyhton }}\n{% endblock %}", 3, "has no attribute 'pyhton'"),
        ("{% block start %}\n{{ nothing }}\n{% endblock %}", 3, "'nothing' is undefined"),
        ("{% block start %}\n\n{{ 1 // 0 }}\n{% endblock %}", 4, "ZeroDivisionError"),
        ("{% block start %}\n{{ plan.name.nope() }}\n{% endblock %}", 3, "nope"),
        ("{% block start %}\n{{ 'a' + 1 }}\n{% endblock %}", 3, "TypeError"),
        ("{% block start %}\n{% include 'other.j2' %}\n{% endblock %}", 3, "no template `other.j2`"),
        ("{% block start %}\n{% include '../../secret' %}\n{% endblock %}", 3, "no template"),
        ("{% block start %}\n{% if %}\n{% endblock %}", 3, "does not parse"),
        ("{% block start %}\n{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}\n{% endblock %}", 3, "more than 200000 rounds"),
        ("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{% block start %}\n{{ m() }}\n{% endblock %}", 2, "Recursion"),
        ("{% block start %}\n{{ 'x' * 1000000000 }}\n{% endblock %}", 3, "too large"),
        ("{% block start %}\n{{ 9 ** 9999999 }}\n{% endblock %}", 3, "too large"),
        ("{% block start %}\n{{ range(10000000) | list }}\n{% endblock %}", 3, "Range too big"),
        ("{% block start %}\n{{ ''.__class__.__mro__ }}\n{% endblock %}", 3, "__class__"),
        ("{% block start %}\n{{ range.__globals__ }}\n{% endblock %}", 3, "__globals__"),
        ("\n{% block instal %}{% endblock %}", 3, "did you mean `install`?"),
        ("{% block pakages %}{% endblock %}", 2, "did you mean `packages`?"),
    ],
)  # fmt: skip
def test_a_wrong_template_is_named_with_its_line(
    settled: Plan, tmp_path: Path, body: str, line: int, says: str
) -> None:
    with pytest.raises(TemplateFaultError) as caught:
        overlaid(settled, tmp_path, EXTENDS + body)
    text = caught.value.text()
    assert text.startswith(f".dockwright/templates/Dockerfile.j2:{line}: ")
    assert says in text
    assert caught.value.exit_code == 2


def test_a_link_out_of_the_folder_is_not_followed(settled: Plan, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("hunter2")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "note.j2").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(TemplateFaultError, match=r"no template `note\.j2`"):
        overlaid(
            settled,
            folder,
            EXTENDS + "{% block start %}{% include 'note.j2' %}{% endblock %}",
        )
