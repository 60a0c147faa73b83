"""ProjectTree in, Project out: everything that reads the project."""

from pathlib import Path

from dockwright.detect.project import find_project
from dockwright.detect.tree import ProjectTree
from dockwright.model.project import Project

__all__ = ["detect"]


def detect(root: Path) -> Project:
    """Read the project in `root`.

    Raises NoProjectError where there is nothing to containerise, and the errors of the files that cannot be read.
    """
    return find_project(ProjectTree(root))
