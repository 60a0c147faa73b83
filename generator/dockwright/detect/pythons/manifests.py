"""Manifests: `requires-python`, Poetry's `python`, Pipfile's [requires], `python_requires` of setup.cfg and setup.py."""

import ast
import re
from collections.abc import Callable

from dockwright.detect.managers.poetry_constraint import to_alternatives
from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.detect.managers.toml_values import dig
from dockwright.detect.pythons.found import Found, added, told
from dockwright.detect.pythons.spelled import is_specifier, read_spelled
from dockwright.detect.tree import ProjectTree, line_of
from dockwright.model.dependencies import ManagerFinding
from dockwright.model.manager import Manager
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.python import RequestedPython

PYPROJECT = "pyproject.toml"


def find_in_manifests(tree: ProjectTree, managers: tuple[ManagerFinding, ...]) -> Found:
    """Return what the manifests in the root and those of workspace members demand."""
    members = sorted(
        {
            member
            for finding in managers
            for member in finding.workspace_members
            if member not in ("", ".")
        }
    )
    return (
        _pipfile(tree)
        + _pyproject(tree)
        + added(_member(tree, member) for member in members)
        + _setuptools(tree)
    )


def ranged(
    text: str, origin: Origin, strength: str = "range", manager: Manager | None = None
) -> Found:
    """Return a PEP 440 range as a wish; one that is malformed is mended where its meaning is plain, and said."""
    specifier = _mended(text)
    if specifier is None:
        return told(
            "python-specifier-invalid",
            f"`{text}` is no valid range of versions: it is not followed",
            origin,
            "write it as PEP 440 has it, for example >=3.11,<4",
        )
    exact = _only_version(specifier)
    wish = RequestedPython(
        specifier=specifier,
        spelled=text,
        origin=origin,
        exact=exact,
        strength=strength,
        manager=manager,
    )
    malformed = _VERSION_ONLY.match(text.strip()) is not None
    return Found(requested=(wish,)) + (
        _no_operator(text, specifier, origin) if malformed else Found()
    )


_VERSION_ONLY = Pattern(r"^\d+(?:\.\d+){0,2}(?:\.\*)?$")


def _mended(text: str) -> str | None:
    """Return `text` as a PEP 440 specifier, None if it is none; `>=3.6.*` and a bare `3.11` are understood."""
    if _VERSION_ONLY.match(text.strip()):
        return read_spelled(text).specifier
    clauses = (re.sub(r"\s+", "", clause) for clause in text.split(","))
    mended = ",".join(
        re.sub(r"^([<>]=?|~=)(.*)\.\*$", r"\1\2", clause) for clause in clauses if clause
    )
    return mended if is_specifier(mended) else None


def _only_version(specifier: str) -> str:
    """Return "3.11" or "3.11.4" if `specifier` is one `==` of it, else ""."""
    found = re.match(r"^==(\d+\.\d+)(?:\.\*|(\.\d+))$", specifier)
    return found[1] + (found[2] or "") if found else ""


def _no_operator(text: str, specifier: str, origin: Origin) -> Found:
    return told(
        "python-specifier-invalid",
        f"`{text}` has no operator and is no valid range: it is read as {specifier}",
        origin,
        f'write "{specifier}"',
    )


def _pyproject(tree: ProjectTree) -> Found:
    if not tree.has(PYPROJECT):
        return Found()
    document = tree.toml(PYPROJECT)
    declared, poetry = (
        dig(document, "project", "requires-python"),
        dig(document, "tool", "poetry", "dependencies", "python"),
    )
    if declared is None and poetry is None:
        return Found()
    lines = TomlLines(PYPROJECT, tree.text(PYPROJECT))
    result = Found()
    if isinstance(declared, str) and declared.strip():
        result += ranged(declared, lines.origin("project", "requires-python"))
    constraint = poetry.get("version") if isinstance(poetry, dict) else poetry
    if isinstance(constraint, str):
        result += constrained(constraint, lines.origin("tool", "poetry", "dependencies", "python"))
    return result


_WILD_BOUND = Pattern(r"([<>]=?\s*\d+(?:\.\d+)*)\.\*")
"""`>=3.6.*` is `>=3.6` to Poetry."""


def constrained(text: str, origin: Origin, strength: str = "range") -> Found:
    """Return one of Poetry's constraints as a wish."""
    try:
        alternatives = to_alternatives(_WILD_BOUND.sub(r"\1", text))
    except ValueError:
        alternatives = ()
    if not alternatives or not all(is_specifier(part) for part in alternatives):
        return told(
            "python-specifier-invalid",
            f"`{text}` is no constraint that Poetry understands: it is not followed",
            origin,
            'write for example python = "^3.11"',
        )
    specifier = "" if "" in alternatives else " || ".join(alternatives)
    wish = RequestedPython(
        specifier=specifier,
        spelled=text,
        origin=origin,
        exact=_only_version(specifier),
        strength=strength,
        manager=Manager.POETRY,
    )
    return Found(requested=(wish,))


def _member(tree: ProjectTree, member: str) -> Found:
    path = member if member.endswith(".toml") else f"{member}/{PYPROJECT}"
    if not tree.has(path):
        return Found()
    declared = dig(tree.toml(path), "project", "requires-python")
    if not isinstance(declared, str) or not declared.strip():
        return Found()
    return ranged(
        declared,
        TomlLines(path, tree.text(path)).origin("project", "requires-python"),
        manager=Manager.UV,
    )


def _pipfile(tree: ProjectTree) -> Found:
    if not tree.has("Pipfile"):
        return Found()
    requires = dig(tree.toml("Pipfile"), "requires")
    if not requires:
        return Found()
    lines = TomlLines("Pipfile", tree.text("Pipfile"))
    return pipenv_requires(requires, lambda key: lines.origin("requires", key), "range")


def pipenv_requires(requires: object, place: Callable[[str], Origin], strength: str) -> Found:
    """Return what [requires] of a Pipfile, or `_meta.requires` of its lock, demands; the full version goes before the other."""
    full, short = dig(requires, "python_full_version"), dig(requires, "python_version")
    if isinstance(full, str) and full.strip():
        return _pipenv_version(full, place("python_full_version"), strength, full=True)
    if isinstance(short, str) and short.strip() not in ("", "*"):
        return _pipenv_version(short, place("python_version"), strength, full=False)
    return Found()


def _pipenv_version(text: str, origin: Origin, strength: str, *, full: bool) -> Found:
    spelled = read_spelled(text)
    if not spelled.known:
        return told(
            "python-specifier-invalid",
            f"`{text}` is no version: it is not followed",
            origin,
            'write for example python_version = "3.13"',
        )
    wish = RequestedPython(
        specifier=spelled.specifier,
        spelled=text,
        origin=origin,
        exact=spelled.exact,
        strength=strength,
        manager=Manager.PIPENV,
    )
    if not full or spelled.exact.count(".") == 2 or strength == "lock":
        return Found(requested=(wish,))
    return Found(requested=(wish,)) + told(
        "python-full-version-malformed",
        f"python_full_version holds `{text}`, which is not a full version: it is read as {spelled.specifier}",
        origin,
        f'write python_version = "{text}"',
    )


def _setuptools(tree: ProjectTree) -> Found:
    """Return `python_requires`; a [project] table makes setuptools ignore it."""
    if tree.has(PYPROJECT) and dig(tree.toml(PYPROJECT), "project") is not None:
        return Found()
    return _setup_cfg(tree) + _setup_py(tree)


def _setup_cfg(tree: ProjectTree) -> Found:
    text = tree.optional_text("setup.cfg")
    if text is None or ("python_requires" not in text and "python-requires" not in text):
        return Found()
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return Found()  # the setuptools detector reports a setup.cfg that does not parse
    for key in ("python_requires", "python-requires"):
        value = parser.get("options", key, fallback="").strip()
        if value:
            return ranged(value, Origin(path="setup.cfg", line=line_of(text, key), key=key))
    return Found()


def _setup_py(tree: ProjectTree) -> Found:
    text = tree.optional_text("setup.py")
    if text is None or "python_requires" not in text:
        return Found()
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Found()  # Python 2, or a template: what it says cannot be known without running it
    names = _constants(module)
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "python_requires":
            value = _text_of(node.value, names)
            if value:
                return ranged(
                    value, Origin(path="setup.py", line=node.value.lineno, key="python_requires")
                )
    return Found()


def _constants(module: ast.Module) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _text_of(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.strip()
    return names.get(node.id, "").strip() if isinstance(node, ast.Name) else ""
