"""The packaged tables, read once: the only files that `decide` opens."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def load_table(name: str) -> dict[str, Any]:
    """Return the table `name` ("python-releases" for python-releases.toml); FileNotFoundError if there is none."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
