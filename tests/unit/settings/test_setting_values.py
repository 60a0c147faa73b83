"""Flags, schema and documentation come from the declarations of the settings."""

import runpy
import tomllib
from pathlib import Path

import jsonschema
import pytest
from dockwright.model.record import fields
from dockwright.model.settings import SETTINGS, Setting, Settings
from dockwright.settings import load_settings
from dockwright.settings.setting_values import settings_schema

ROOT = Path(__file__).parents[3]


def test_every_field_of_settings_has_a_row() -> None:
    assert {setting.field for setting in SETTINGS} == {field.name for field in fields(Settings)}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_the_example_is_valid_and_is_not_the_default(setting: Setting, tmp_path: Path) -> None:
    text = f"{setting.key} = {setting.example}\n"
    (tmp_path / "dockwright.toml").write_text(text)
    settings = load_settings(tmp_path).settings
    if setting.key not in {"base", "strategy"}:
        assert getattr(settings, setting.field) != setting.default
    jsonschema.validate(tomllib.loads(text), settings_schema())


def test_the_schema_is_valid_and_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(settings_schema())
    for wrong in (
        {"pyhton": "3.13"},
        {"port": "80"},
        {"strategy": "frozen"},
        {"stages": {"runtime": {"x": 1}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, settings_schema())


def test_the_documentation_is_what_the_table_says() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "settings_docs.py"))["settings_document"]()
    page = ROOT / "docs" / "settings.md"
    assert page.read_text("utf-8") == made, "run scripts/settings_docs.py"
