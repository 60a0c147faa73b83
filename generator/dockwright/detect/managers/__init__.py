"""One module per package manager: find, parse, judge."""

from collections.abc import Callable
from importlib import import_module

from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import ManagerFinding

__all__ = ["find_managers"]

_SIGNS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("pipenv", ("pipfile",), ""),
    ("poetry", ("poetry.lock",), "poetry"),
    ("uv", ("uv.lock", "uv.toml"), "uv"),
    ("pdm", ("pdm.lock",), "pdm"),
    ("pylock", ("pylock.",), ""),
    ("requirements", ("requirement", "requirment", "requeriment"), ""),
    ("setuptools", ("pyproject.toml", "setup.cfg", "setup.py"), ""),
)
"""Module -> how names of its files in the root begin, in lower case, and a word that its pyproject.toml holds.

Necessary signs only, so that the modules of other managers need not be imported; the modules themselves decide.
"""


def find_managers(tree: ProjectTree) -> tuple[ManagerFinding, ...]:
    """Return what every manager's detector found in the root, in a fixed order."""
    names = tuple(name.lower() for name in tree.names())
    pyproject = tree.optional_text("pyproject.toml") or ""
    found: list[ManagerFinding] = []
    for module, beginnings, word in _SIGNS:
        if any(name.startswith(beginnings) for name in names) or (word and word in pyproject):
            find: Callable[[ProjectTree], ManagerFinding | None] = import_module(
                f"dockwright.detect.managers.{module}"
            ).find
            finding = find(tree)
            if finding is not None:
                found.append(finding)
    return tuple(found)
