"""How code looks at a variable: at its value, at whether it is set, or at whether it is empty."""

import ast

from dockwright.detect.application.module import Module
from dockwright.model.pattern import Pattern

PRESENCE, TRUTH = "presence", "truth"
_UNCONVERTED = Pattern(r"\b(environ\.get|getenv)\($")
"""Calls that give text: `"0"` is as true as `"1"` then."""


def ways_of_asking(module: Module) -> dict[int, str]:
    """Return PRESENCE or TRUTH by the id of the call that reads the variable; calls whose value counts are left out."""
    found: dict[int, str] = {}
    for site in module.sites.assignments:
        node = site.node
        if isinstance(node, ast.Assign | ast.AnnAssign):
            _note(node.value, TRUTH, found)
    for site in module.sites.calls:
        node = site.node
        if isinstance(node, ast.Call):
            for given in node.keywords:
                _note(given.value, TRUTH, found)
            if isinstance(node.func, ast.Name) and node.func.id == "bool":
                _note(next(iter(node.args), None), TRUTH, found)
    for site in module.sites.compares:
        node = site.node
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot):
            _note(node.left, PRESENCE, found)
    return found


def _note(node: ast.expr | None, way: str, found: dict[int, str]) -> None:
    if isinstance(node, ast.BoolOp):
        node = node.values[0]
    if isinstance(node, ast.Call) and _UNCONVERTED.search(ast.unparse(node.func) + "("):
        found[id(node)] = way
