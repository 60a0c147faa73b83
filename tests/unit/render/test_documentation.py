"""docs/templates.md names what exists, all of it and nothing else."""

import re
from pathlib import Path

from dockwright.packs import pack
from dockwright.packs.pack import load_pack
from dockwright.render.files import make_environment, template_folder
from dockwright.render.filters import FILTERS

PAGE = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")


def first_column(heading: str) -> list[str]:
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    cells = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_the_blocks_are_those_of_the_templates() -> None:
    rows = re.findall(r"^\| `([\w.]+\.j2)` \|(.*)\|$", PAGE, re.MULTILINE)
    said = {name: sorted(re.findall(r"`(\w+)`", blocks)) for name, blocks in rows}
    environment = make_environment()
    found = {
        path.name: sorted(environment.get_template(path.name).blocks)
        for path in template_folder().glob("*.j2")
    }
    assert said == {name: blocks for name, blocks in found.items() if blocks or name in said}


def test_the_filters_exist() -> None:
    named = first_column("filter")
    assert len(named) > 3
    assert set(named) <= set(FILTERS)


def test_the_keys_of_a_pack_are_those_that_are_known() -> None:
    assert set(first_column("key of the pack")) == pack._PACK_KEYS
    assert set(first_column("key of a question")) == pack._QUESTION_KEYS


def test_the_pack_that_is_shown_can_be_loaded(tmp_path: Path) -> None:
    shown = PAGE.partition("### dockwright-template.toml")[2]
    shown = shown.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/after.py").write_text("")
    (tmp_path / "dockwright-template.toml").write_text(shown)
    assert [question.key for question in load_pack(tmp_path).questions] == ["team", "registry"]
