"""docs/settings.md, from the table of settings."""

import tomllib

from dockwright.settings.save import flags_of
from dockwright.settings.table import SETTINGS, Kind, Setting

_HEAD = """# Settings

<!-- Written by scripts/settings_docs.py from dockwright/settings/table.py. -->

A setting settles what Dockwright would otherwise decide from the project. None is needed, and only what differs from the decision is stored.

## Where settings stand

The first place that says something wins:

1. a flag: `dockwright generate --set python=3.13`
2. an environment variable: `DOCKWRIGHT_PYTHON=3.13` (an empty one is none)
3. the file: `[tool.dockwright]` in `pyproject.toml`, or `dockwright.toml` without a table header; having both is an error
4. the decision from the project

```toml
[tool.dockwright]
python = "3.13"
packages = ["ffmpeg"]

[tool.dockwright.environment]
LOG_LEVEL = "info"
```

On the command line and in variables a list is written with commas (`--set packages=ffmpeg,libmagic1`) or as a TOML array, a table entry by
entry (`--set environment.LOG_LEVEL=info`) or as a TOML inline table. The entries of a table are settled one by one: a flag for one variable
leaves the others of the file in place. `-` and `_` in a key are the same.

A key that does not exist is an error that names the nearest one. So is a value of the wrong type, and an extra, a group or a service that
does not exist. Exit code 2.

`dockwright schema settings` prints the JSON Schema for editors.
"""


def document() -> str:
    """Return the whole page."""
    topics = dict.fromkeys(setting.topic for setting in SETTINGS)
    parts = [_HEAD]
    for topic in topics:
        parts.append(f"\n## {topic}\n")
        parts += [_section(setting) for setting in SETTINGS if setting.topic == topic]
    return "".join(parts)


def _section(setting: Setting) -> str:
    value = tomllib.loads(f"value = {setting.example}")["value"]
    flag = (
        " ".join(f"--set {_quoted(text)}" for text in flags_of({setting.key: value}))
        or f"--set {setting.key}={_bare(setting)}"
    )
    return (
        f"\n### `{setting.key}`\n\n{setting.description}\n\n"
        f"- Value: {_value(setting)}\n"
        f"- Without it: {setting.decided}\n"
        f"- File: `{setting.key} = {setting.example}`\n"
        f"- Flag: `{flag}`\n"
        f"- Variable: `{setting.variable}`\n"
    )


def _value(setting: Setting) -> str:
    if setting.choices:
        return "one of " + ", ".join(f"`{choice}`" for choice in setting.choices)
    if setting.kind is Kind.NUMBER:
        return f"a whole number from {setting.minimum} to {setting.maximum}"
    return f"{setting.kind.value}" + (f": {setting.expected}" if setting.expected else "")


def _bare(setting: Setting) -> str:
    return setting.example.strip('"')


def _quoted(text: str) -> str:
    return f"'{text}'" if any(character in text for character in ' \n"$;&|<>*[]{}') else text
