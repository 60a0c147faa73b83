"""Which of a project's requirements files is the one for production, which are for development."""

import posixpath
import re

from dockwright.detect.tree import ProjectTree
from dockwright.model.pattern import Pattern

_STEMS = (
    "requirements",
    "requirements/production",
    "requirements/prod",
    "requirements/base",
    "requirements/main",
    "requirements/common",
    "requirements/requirements",
    "requirements-prod",
    "requirements-production",
    "requirements.prod",
    "requirements_prod",
)
_GROUP_STEMS = {
    "dev": (
        "requirements-dev",
        "requirements_dev",
        "requirements.dev",
        "dev-requirements",
        "dev_requirements",
        "requirements-development",
        "requirements/dev",
        "requirements/development",
        "requirements/local",
    ),
    "test": (
        "requirements-test",
        "requirements_test",
        "requirements.test",
        "test-requirements",
        "test_requirements",
        "requirements/test",
        "requirements/tests",
        "requirements/testing",
    ),
}
_PRODUCTION = Pattern(r"[-._/]prod(uction)?\.")
_INCLUDED = Pattern(r"^(?:-r|--requirement)[ =]*(\S+)", re.MULTILINE)
_NEARLY = Pattern(r"^re[a-z]{6,14}\.(?:txt|text|txt\.txt)$", re.IGNORECASE)
_ALIKE = 0.86
"""From this likeness on (difflib, 1 is equal) a name is a slip of the pen; requests.txt and regression.txt are below."""


def find_production_file(tree: ProjectTree) -> str:
    """Return the file to install from: a `.txt` before the `.in` that it may be compiled from; "" for none."""
    for suffix in (".txt", ".in"):
        there = [stem + suffix for stem in _STEMS if tree.has(stem + suffix)]
        if there:
            return next((path for path in there[1:] if _adds_to(tree, path, there[0])), there[0])
    return ""


def _adds_to(tree: ProjectTree, path: str, base: str) -> bool:
    """Whether a file named for production is `base` and more: `-r requirements.txt` and a server."""
    if not _PRODUCTION.search(path):
        return False
    folder = posixpath.dirname(path)
    # A file that is not read must not stop a run because of what is in it.
    included = _INCLUDED.findall((tree.raw(path) or b"").decode("utf-8", "replace"))
    return any(posixpath.normpath(posixpath.join(folder, name)) == base for name in included)


def find_group_files(tree: ProjectTree) -> tuple[tuple[str, str], ...]:
    """Return (group, file) for the files of development and of tests."""
    found = []
    for group, stems in _GROUP_STEMS.items():
        path = next(
            (
                stem + suffix
                for stem in stems
                for suffix in (".txt", ".in")
                if tree.has(stem + suffix)
            ),
            "",
        )
        if path:
            found.append((group, path))
    return tuple(found)


def find_misspelt(tree: ProjectTree) -> str:
    """Return a file of the root whose name is almost requirements.txt, "" for none."""
    names = [name for name in tree.names() if _NEARLY.match(name) and tree.has(name)]
    if not names:
        return ""
    from difflib import SequenceMatcher

    def likeness(name: str) -> float:
        return SequenceMatcher(None, name.lower(), "requirements.txt").ratio()

    best = max(names, key=likeness)
    return best if likeness(best) >= _ALIKE else ""
