"""One module per package manager: find, parse, judge."""

from generator.detect.managers import pdm, pipenv, poetry, pylock, requirements, setuptools, uv
from generator.detect.tree import ProjectTree
from generator.model.dependencies import ManagerFinding

__all__ = ["find_managers"]

_DETECTORS = (pipenv.find, poetry.find, uv.find, pdm.find, pylock.find, requirements.find, setuptools.find)


def find_managers(tree: ProjectTree) -> tuple[ManagerFinding, ...]:
    """Return what every manager's detector found in the root, in a fixed order."""
    return tuple(finding for find in _DETECTORS if (finding := find(tree)) is not None)
