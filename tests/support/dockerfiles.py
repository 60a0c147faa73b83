"""Dockerfiles as the tests look at them: the text that a user gets."""

import re
from pathlib import Path
from typing import Any

from dockwright.api import render
from dockwright.model.artifact import InstallStep
from dockwright.model.settings import Settings
from dockwright.render.files import make_environment


def dockerfile(root: Path, **settings: Any) -> str:
    """Return the text of the Dockerfile for the project in `root`."""
    files = render(root, Settings(**settings))
    return next(file.text for file in files if file.kind == "dockerfile")


def stages(text: str) -> dict[str, str]:
    """Return name -> lines of each stage, its FROM first."""
    parts = re.split(r"^(?=FROM )", text, flags=re.MULTILINE)[1:]
    return {part.split("\n")[0].rpartition(" AS ")[2]: part for part in parts}


def run_of(step: InstallStep | None) -> str:
    """Return the lines that install, as the template of the manager writes them."""
    assert step is not None
    return make_environment().get_template(f"install/{step.template}.j2").render(step=step)
