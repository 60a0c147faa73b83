"""What the samples make."""

from pathlib import Path

import pytest
from dockwright.api import plan
from dockwright.errors import DockwrightError
from dockwright.model.settings import Settings

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture(scope="session")
def every_stage() -> set[str]:
    """The names of the stages of all samples."""
    names: set[str] = set()
    for folder in sorted(SAMPLES.glob("*/project")):
        try:
            names |= {stage.name for stage in plan(folder, Settings()).dockerfile.stages}
        except DockwrightError:
            continue
    return names
