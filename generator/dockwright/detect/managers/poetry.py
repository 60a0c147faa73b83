"""Poetry: pyproject.toml with [tool.poetry] or [project], and poetry.lock."""

from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import ManagerFinding


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what Poetry would install, None where the project is not Poetry's.

    Raises LoneLockError for a lock without pyproject.toml, LockFormatError for a damaged lock or one of a newer format,
    SyntaxFault and ManifestError for a pyproject.toml that Poetry would not read.
    """
    if not tree.has("poetry.lock") and "poetry" not in (tree.optional_text("pyproject.toml") or ""):
        return None
    from dockwright.detect.managers.poetry_finding import read_finding

    return read_finding(tree)
