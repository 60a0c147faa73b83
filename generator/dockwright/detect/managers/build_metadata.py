"""How a project is built: back end, version from version control, the files that a build reads, its own packages."""

import fnmatch
import re
from collections.abc import Iterator
from typing import Any

from dockwright.detect.managers.requirement_text import canonical_name
from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.detect.managers.toml_values import (
    dig,
    items_in,
    table_at,
    text_at,
    texts_at,
    texts_in,
)
from dockwright.detect.tree import ProjectTree
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern
from dockwright.model.record import record

DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"
"""What a front end uses where [build-system] names none (PEP 517)."""

_SCM_TOOLS = (
    "setuptools-scm",
    "hatch-vcs",
    "versioneer",
    "versioningit",
    "setuptools-git-versioning",
    "flit-scm",
    "uv-dynamic-versioning",
    "pbr",
)
_REQUIREMENT_NAME = Pattern(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_VERSIONEER_FILE = Pattern(
    r"^\[versioneer\][ \t]*\n(?:(?!\[).*\n)*?versionfile_source[ \t]*=[ \t]*(\S+)", re.MULTILINE
)
_NOT_PACKAGES = frozenset(
    {"tests", "test", "docs", "doc", "examples", "scripts", "bin", "build", "dist", "migrations"}
)


@record
class BuildSystem:
    """[build-system]: `declared` whether the table is there at all."""

    declared: bool = False
    backend: str = ""
    requires: tuple[str, ...] = ()
    origin: Origin | None = None


def read_build_system(document: dict[str, Any], lines: TomlLines) -> BuildSystem:
    """Return the build system; without the table `declared` is False and a front end would use setuptools."""
    if "build-system" not in document:
        return BuildSystem()
    table = table_at(document, lines, "build-system")
    return BuildSystem(
        declared=True,
        backend=text_at(table, lines, "build-system", "build-backend") or DEFAULT_BACKEND,
        requires=texts_at(table, lines, "build-system", "requires"),
        origin=lines.origin("build-system"),
    )


def version_from_scm(document: dict[str, Any], requires: tuple[str, ...]) -> str:
    """Return the tool that takes the version from version control, "" if the version stands in a file.

    `requires` are the requirements of [build-system]. Works for [project] and for [tool.poetry] alike.
    """
    if dig(document, "tool", "poetry-dynamic-versioning", "enable"):
        return "poetry-dynamic-versioning"
    if "version" not in texts_in(dig(document, "project", "dynamic")):
        return ""
    if dig(document, "tool", "pdm", "version", "source") == "scm":
        return "pdm-backend"
    if dig(document, "tool", "hatch", "version", "source") == "vcs":
        return "hatch-vcs"
    if dig(document, "tool", "setuptools", "dynamic", "version") is not None:
        return "versioneer" if "versioneer" in _names(requires) else ""
    if dig(document, "tool", "hatch", "version", "path") is not None:
        return ""
    return next((tool for tool in _SCM_TOOLS if tool in _names(requires)), "")


def versioneer_file(tree: ProjectTree, document: dict[str, Any]) -> str:
    """Return the module that versioneer writes, as pyproject.toml or setup.cfg names it; "" for who does not use it."""
    named = next(iter(texts_in(dig(document, "tool", "versioneer", "versionfile_source"))), "")
    found = (
        None
        if named or not tree.has("setup.cfg")
        else _VERSIONEER_FILE.search(tree.text("setup.cfg"))
    )
    return found[1] if found else named


def readme_file(project: dict[str, Any]) -> str:
    """Return the path of the readme that [project] names, "" for none or for a text in place."""
    readme = project.get("readme")
    return next(iter(texts_in(dig(readme, "file") if isinstance(readme, dict) else readme)), "")


def license_files(tree: ProjectTree, project: dict[str, Any]) -> tuple[str, ...]:
    """Return the existing files that `license-files` (globs) and `license = { file = }` name, sorted."""
    found = set(texts_in(dig(project, "license", "file")))
    patterns = project.get("license-files")
    if isinstance(patterns, dict):
        patterns = [*texts_in(patterns.get("paths")), *texts_in(patterns.get("globs"))]
    for pattern in texts_in(patterns):
        found |= set(fnmatch.filter(tree.files if "/" in pattern else tree.names(), pattern))
    return tuple(sorted(path for path in found if tree.has(path)))


def files_read_by_build(tree: ProjectTree, document: dict[str, Any]) -> tuple[str, ...]:
    """Return the further existing files that the back end's own tables name, sorted: metadata, version and hooks."""
    tool = document.get("tool")
    named = {
        *_setuptools_files(tool),
        *_hatch_files(tool),
        *texts_in(dig(tool, "pdm", "version", "path")),
    }
    return tuple(sorted(path for path in {*named, "MANIFEST.in"} if tree.has(path)))


def dynamic_files(document: dict[str, Any], *field: str) -> tuple[str, ...]:
    """Return the files of `[tool.setuptools.dynamic] FIELD = { file = ... }`, as written."""
    return texts_in(dig(document, "tool", "setuptools", "dynamic", *field, "file"))


def own_packages(tree: ProjectTree, document: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return the paths of the project's own packages and modules ("src/shop", "shop.py"), sorted; () if not obvious."""
    named = _packages_of_backend(tree, document.get("tool"))
    if named:
        return named
    module = canonical_name(name).replace("-", "_")
    for candidate in (
        (f"src/{module}", module, f"src/{module}.py", f"{module}.py") if module else ()
    ):
        if tree.has(candidate) or tree.has(f"{candidate}/__init__.py"):
            return (candidate,)
    in_src = tuple(
        f"src/{folder}" for folder in tree.names("src") if tree.has(f"src/{folder}/__init__.py")
    )
    return in_src or _flat_packages(tree)


def _flat_packages(tree: ProjectTree) -> tuple[str, ...]:
    return tuple(
        name
        for name in tree.names()
        if name not in _NOT_PACKAGES
        and not name.startswith((".", "_"))
        and tree.has(f"{name}/__init__.py")
    )


def _packages_of_backend(tree: ProjectTree, tool: object) -> tuple[str, ...]:
    names = {
        *texts_in(dig(tool, "hatch", "build", "targets", "wheel", "packages")),
        *texts_in(dig(tool, "flit", "module", "name")),
        *_setuptools_packages(tool),
        *_uv_build_packages(tool),
    }
    return tuple(
        sorted(name for name in names if name and (tree.has_folder(name) or tree.has(name)))
    )


def _setuptools_packages(tool: object) -> Iterator[str]:
    base = texts_in(dig(tool, "setuptools", "package-dir", ""))
    for package in texts_in(dig(tool, "setuptools", "packages")):
        if "." not in package:
            yield "/".join((*base, package))
    yield from (
        f"{'/'.join((*base, module))}.py"
        for module in texts_in(dig(tool, "setuptools", "py-modules"))
    )


def _uv_build_packages(tool: object) -> Iterator[str]:
    root = next(iter(texts_in(dig(tool, "uv", "build-backend", "module-root"))), "src")
    for module in texts_in(dig(tool, "uv", "build-backend", "module-name")):
        yield "/".join(part for part in (root, module.replace(".", "/")) if part)


def _setuptools_files(tool: object) -> Iterator[str]:
    for field, value in items_in(dig(tool, "setuptools", "dynamic")):
        yield from texts_in(dig(value, "file"))
        for _, extra in items_in(value) if field == "optional-dependencies" else ():
            yield from texts_in(dig(extra, "file"))


def _hatch_files(tool: object) -> Iterator[str]:
    yield from texts_in(dig(tool, "hatch", "version", "path"))
    for kind in ("build", "metadata"):
        hooks = dig(tool, "hatch", kind, "hooks")
        yield from texts_in(dig(hooks, "requirements_txt", "files"))
        if dig(hooks, "custom") is not None:
            yield from texts_in(dig(hooks, "custom", "path") or "hatch_build.py")
        fragments = dig(hooks, "fancy-pypi-readme", "fragments")
        for fragment in fragments if isinstance(fragments, list) else ():
            yield from texts_in(dig(fragment, "path"))


def _names(requires: tuple[str, ...]) -> set[str]:
    return {
        canonical_name(found[1]) for text in requires if (found := _REQUIREMENT_NAME.match(text))
    }
