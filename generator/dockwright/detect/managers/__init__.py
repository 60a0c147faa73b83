"""One module per package manager: find, parse, judge."""

from dockwright.detect.managers import pdm, pipenv, poetry, pylock, requirements, setuptools, uv
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import ManagerFinding

__all__ = ["find_managers"]


def find_managers(tree: ProjectTree) -> tuple[ManagerFinding, ...]:
    """Return what every manager's detector found in the root, in a fixed order."""
    detectors = (pipenv, poetry, uv, pdm, pylock, requirements, setuptools)
    found = (detector.find(tree) for detector in detectors)
    return tuple(finding for finding in found if finding is not None)
