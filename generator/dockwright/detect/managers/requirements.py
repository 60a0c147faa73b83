"""Requirements files: requirements.txt and its relatives, compiled from an .in file or written by hand."""

from dockwright.detect.managers.requirements_choice import find_misspelt, find_production_file
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import ManagerFinding

_OTHERS = (
    "Pipfile",
    "Pipfile.lock",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pylock.toml",
    "setup.py",
    "setup.cfg",
)


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what pip would install, None where the project has no requirements file.

    Raises SyntaxFault for a line that no pip reads and ManifestError for an include that is missing or goes in a circle,
    unless another manager's lock stands in the root: then they are notices, because that lock may decide.
    """
    path = find_production_file(tree)
    others = tuple(name for name in _OTHERS if tree.has(name))
    misspelt = find_misspelt(tree) if not path and not others else ""
    if not path and not misspelt:
        return None
    from dockwright.detect.managers.requirements_finding import read_finding

    is_alone = not any("lock" in name for name in others)
    return read_finding(tree, path or misspelt, is_misspelt=bool(misspelt), is_alone=is_alone)
