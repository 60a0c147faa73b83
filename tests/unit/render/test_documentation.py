"""docs/templates.md names what exists, all of it and nothing else."""

import re
from pathlib import Path

from dockwright.model.dockerfile import STAGE_NAMES, STEP_NAMES
from dockwright.render.environment import make_environment, template_folder
from dockwright.render.filters import FILTERS

PAGE = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")


def first_column(heading: str) -> list[str]:
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def test_the_blocks_are_those_of_the_templates() -> None:
    rows = re.findall(r"^\| `([a-z.A-Z]+\.j2)` \|(.*)\|$", PAGE, re.MULTILINE)
    said = {name: sorted(re.findall(r"`(\w+)`", blocks)) for name, blocks in rows}
    environment = make_environment()
    names = [path.name for path in template_folder().glob("*.j2") if path.name != "macros.j2"]
    assert said == {name: sorted(environment.get_template(name).blocks) for name in names}


def test_the_stages_and_steps_are_those_that_exist() -> None:
    assert first_column("stage") == [name.replace("-", "_") for name in STAGE_NAMES]
    assert first_column("step") == list(STEP_NAMES)


def test_the_filters_exist() -> None:
    assert set(first_column("filter")) <= set(FILTERS)


def test_every_stage_of_every_plan_is_named(every_stage: set[str]) -> None:
    assert {name for name in every_stage if not name.startswith("frontend")} <= set(STAGE_NAMES)


def test_the_keys_of_a_pack_are_those_that_are_known() -> None:
    from dockwright.packs import pack

    assert set(first_column("key of the pack")) == pack._PACK_KEYS
    table = PAGE.partition("| key of a question |")[2].partition("\n\n")[0]
    assert (
        set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines()[2:])))
        == pack._QUESTION_KEYS
    )


def test_the_pack_that_is_shown_can_be_loaded(tmp_path: Path) -> None:
    from dockwright.packs import load_pack

    shown = (
        PAGE.partition("### dockwright-template.toml")[2]
        .partition("```toml\n")[2]
        .partition("```")[0]
    )
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/after.py").write_text("")
    (tmp_path / "dockwright-template.toml").write_text(shown)
    assert [question.key for question in load_pack(tmp_path).questions] == ["team", "registry"]
