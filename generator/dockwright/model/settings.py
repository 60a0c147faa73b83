"""What the owner may settle instead of us: types and defaults here, the texts in settings.toml.

Flags, variables, the JSON Schema and docs/settings.md are made from them.
"""

import tomllib
from dataclasses import field
from enum import Enum
from pathlib import Path
from typing import Any

from dockwright.model.dependencies import Installer, Manager, Strategy
from dockwright.model.record import fields, record


class Kind(Enum):
    """The type of a setting in the file."""

    TEXT = "string"
    NUMBER = "whole number"
    SWITCH = "true or false"
    LIST = "array of strings"
    COMMAND = "command: a string, or an array of strings"
    TABLE = "table of strings"
    STAGES = "table of stages"


@record
class Setting:
    """What there is to know of one setting; the head of settings.toml explains the fields."""

    help: str
    decided: str
    example: str
    key: str = ""
    kind: Kind = Kind.TEXT
    default: Any = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    names: str = ""
    expected: str = ""
    minimum: int = 0
    maximum: int = 0

    @property
    def field(self) -> str:
        """The field of `Settings`."""
        return self.key.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"DOCKWRIGHT_{self.field.upper()}"


_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_PATTERNS: dict[str, str] = _TABLE["patterns"]
VARIABLE, PACKAGE = _PATTERNS["variable"], _PATTERNS["package"]


@record
class StageSettings:
    """Additions to one stage: `before` and `after` are lines around our own steps."""

    packages: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@record
class Settings:
    """All settings, in the order in which they are documented; a default leaves it to us."""

    manager: str = ""
    strategy: str = "auto"
    installer: str = "auto"
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    wheels: tuple[tuple[str, str], ...] = ()
    byte_compile: bool = True
    python: str = ""
    base: str = ""
    suite: str = ""
    digest: str = ""
    platforms: tuple[str, ...] = ()
    user: int = 10001
    application: str = ""
    command: tuple[str, ...] = ()
    server: str = ""
    port: int | None = None
    workers: int | None = None
    healthcheck: bool = True
    health_path: str = ""
    processes: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()
    migrate: bool = True
    packages: tuple[str, ...] = ()
    build_packages: tuple[str, ...] = ()
    without_packages: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    collectstatic: bool = True
    front_end: bool = True
    stages: tuple[tuple[str, StageSettings], ...] = ()
    targets: tuple[str, ...] = ()
    syntax: bool = True
    compose: bool = True
    ignore: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    dockerfile_path: str = "Dockerfile"
    ignore_path: str = ".dockerignore"
    compose_path: str = "compose.yaml"
    force: bool = False


# The type of a field says what kind of setting it is; only `command` could be two.
_KINDS: dict[Any, Kind] = {
    str: Kind.TEXT,
    bool: Kind.SWITCH,
    int: Kind.NUMBER,
    int | None: Kind.NUMBER,
    tuple[str, ...]: Kind.LIST,
    tuple[tuple[str, str], ...]: Kind.TABLE,
    tuple[tuple[str, StageSettings], ...]: Kind.STAGES,
}


# What is a type of the code already is not listed again in settings.toml.
_CHOICES = {
    "manager": tuple(Manager),
    "strategy": ("auto", *Strategy),
    "installer": ("auto", *Installer),
}


def _declared(name: str, kind: Any, default: object) -> Setting:  # noqa: ANN401 - a type
    key = name.replace("_", "-")
    facts: dict[str, Any] = _TABLE[key]
    patterns = {
        one: _PATTERNS.get(facts[one], facts[one]) for one in {"pattern", "names"} & facts.keys()
    }
    return Setting(
        key=key,
        kind=Kind.COMMAND if key == "command" else _KINDS[kind],
        default=default,
        choices=_CHOICES.get(key, ()),
        **{**facts, **patterns},
    )


SETTINGS = tuple(_declared(one.name, one.type, one.default) for one in fields(Settings))


@record
class SettingsSource:
    """Settings, and where each but a default came from: "flag", "environment" or a file."""

    settings: Settings = field(default_factory=Settings)
    sources: tuple[tuple[str, str], ...] = ()
