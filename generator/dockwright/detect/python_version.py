"""Which Python the project asks for: every place that says something, with its file and line."""

from dockwright.detect.pythons.found import Found
from dockwright.detect.pythons.locks import find_in_locks
from dockwright.detect.pythons.manifests import find_in_manifests
from dockwright.detect.pythons.version_files import find_in_version_files
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.origin import Notice
from dockwright.model.python import RequestedPython


def find_requested_pythons(
    tree: ProjectTree, managers: tuple[ManagerFinding, ...]
) -> tuple[tuple[RequestedPython, ...], tuple[Notice, ...]]:
    """Return all wishes for a Python version, strongest first, and what there is to say about how they are spelled.

    Nothing is weighed here: wishes may contradict each other. A manifest that is not TOML raises SyntaxFault.
    """
    found: Found = (
        find_in_manifests(tree, managers)
        + find_in_locks(tree, managers)
        + find_in_version_files(tree)
    )
    order = {"range": 0, "lock": 1, "pin": 2, "hint": 3}
    return tuple(sorted(found.requested, key=lambda wish: order[wish.strength])), found.notices
