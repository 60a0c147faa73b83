"""Write docs/settings.md from the declarations of the settings: `python scripts/settings_docs.py`."""

from pathlib import Path

from dockwright.model.settings import SETTINGS, Setting

_HEAD = """# Settings

<!-- Written by scripts/settings_docs.py from dockwright/model/settings.toml. -->

None is needed. A setting says what Dockwright would otherwise decide from the project.

```toml
[tool.dockwright]                 # in pyproject.toml; in dockwright.toml without this line
python = "3.13"
packages = ["ffmpeg"]

[tool.dockwright.environment]
LOG_LEVEL = "info"
```

The first place that says something wins:

1. a flag: `dockwright generate --set python=3.13`
2. a variable: `DOCKWRIGHT_PYTHON=3.13`; for `health-path` it is `DOCKWRIGHT_HEALTH_PATH`
3. the file: `[tool.dockwright]` in pyproject.toml, or dockwright.toml; both is an error
4. the decision from the project

In a flag or variable, write a list with commas (`--set packages=ffmpeg,libmagic1`) and a table entry
by entry (`--set environment.LOG_LEVEL=info`). An unknown key is an error that names the nearest one
(exit code 2). `dockwright schema settings` prints the JSON Schema for editors.

| setting | what it does | without it | example |
|---|---|---|---|
"""


def settings_document() -> str:
    """Return the whole page."""
    return _HEAD + "".join(_row(setting) for setting in SETTINGS)


def _row(setting: Setting) -> str:
    cells = (
        f"`{setting.key}`",
        f"{setting.help} {_choices(setting)}".rstrip(),
        setting.decided,
        f"`{setting.example}`",
    )
    return f"| {' | '.join(cells)} |\n"


def _choices(setting: Setting) -> str:
    return f"One of {', '.join(setting.choices)}." if setting.choices else ""


if __name__ == "__main__":
    page = Path(__file__).parent.parent / "docs" / "settings.md"
    page.write_text(settings_document(), encoding="utf-8", newline="\n")
    print(f"wrote {page.name}")
