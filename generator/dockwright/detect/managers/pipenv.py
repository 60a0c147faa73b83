"""Pipenv: Pipfile and Pipfile.lock."""

from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import ManagerFinding


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what Pipenv would install, None where there is neither Pipfile nor Pipfile.lock.

    Raises LoneLockError for a lock without its Pipfile, LockFormatError for a damaged lock or one of another format,
    SyntaxFault and ManifestError for a Pipfile that Pipenv would not read.
    """
    if not tree.has("Pipfile") and not tree.has("Pipfile.lock"):
        return None
    from dockwright.detect.managers.pipenv_finding import read_finding

    return read_finding(tree)
