"""pyproject.toml as the standards know it, and how the project in it is built.

The tools' own tables are theirs, but for what a build reads of them.
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from dockwright.detect.managers import toml
from dockwright.detect.managers.groups import DependencyGroups
from dockwright.detect.managers.requirement import canonical_name, is_outside, parse_requirement
from dockwright.detect.tree import ProjectTree
from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import MAIN, Distribution, Requirement, Script, SourceKind
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record
from dockwright.model.toml_text import TomlLines

PATH = "pyproject.toml"
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"
"""What a front end uses where [build-system] names none (PEP 517)."""

SCM_TOOLS = (
    "setuptools-scm", "hatch-vcs", "versioneer", "versioningit", "setuptools-git-versioning",
    "flit-scm", "uv-dynamic-versioning", "pbr",
)  # fmt: skip
VERSIONEER_FILE = r"(?m)^\[versioneer\][ \t]*\n(?:(?!\[).*\n)*?versionfile_source[ \t]*=[ \t]*(\S+)"
NOT_PACKAGES = frozenset(
    {"tests", "test", "docs", "doc", "examples", "scripts", "bin", "build", "dist", "migrations"}
)


@record
class BuildSystem:
    """[build-system]: `declared` whether the table is there at all."""

    declared: bool = False
    backend: str = ""
    requires: tuple[str, ...] = ()


@record
class ProjectTable:
    """One pyproject.toml, read.

    `document` is the whole file, `lines` where its values stand. `requirements` are those of
    [project]: group "main", and "extra:NAME" for the optional ones; `group_requirements` those of
    [dependency-groups] with includes followed. `extras` and `groups` are canonical names.
    `build_reads` are existing files besides readme and licence that a build of the project reads.
    """

    path: str
    document: dict[str, Any] = field(repr=False)
    lines: TomlLines = field(repr=False)
    name: str = ""
    version: str = ""
    description: str = ""
    license: str = ""
    dynamic: tuple[str, ...] = ()
    requires_python: Sourced[str] | None = None
    requirements: tuple[Requirement, ...] = ()
    extras: tuple[str, ...] = ()
    group_requirements: tuple[Requirement, ...] = ()
    groups: tuple[str, ...] = ()
    build_system: BuildSystem = field(default_factory=BuildSystem)
    version_from_scm: str = ""
    version_file: str = ""
    readme: str = ""
    license_files: tuple[str, ...] = ()
    build_reads: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def declared(self) -> bool:
        """Whether there is a [project] table."""
        return "project" in self.document

    @property
    def all_requirements(self) -> tuple[Requirement, ...]:
        """Those of [project] and of [dependency-groups]."""
        return self.requirements + self.group_requirements

    @property
    def has_dynamic_requirements(self) -> bool:
        """Whether only the build back end can tell what the project needs."""
        return bool({"dependencies", "optional-dependencies"} & set(self.dynamic))

    def of_group(self, name: str) -> tuple[Requirement, ...]:
        """Return the requirements of one group of [dependency-groups]."""
        return tuple(one for one in self.group_requirements if one.group == name)

    def tool(self, name: str) -> dict[str, Any]:
        """Return [tool.NAME], {} without one; ManifestError if it is not a table."""
        return toml.table_at(self.document, self.lines, "tool", name)

    def has_tool(self, name: str) -> bool:
        """Whether there is a [tool.NAME] table, be it empty."""
        return toml.dig(self.document, "tool", name) is not None

    def distribution(self, *, installable: bool | None = None) -> Distribution | None:
        """Return the project as a distribution, None without [project].

        By default it is installable if it has a build system.
        """
        if not self.declared:
            return None
        return Distribution(
            name=self.name,
            origin=self.lines.origin("project", "name"),
            version=self.version,
            dynamic=self.dynamic,
            build_backend=self.build_system.backend,
            build_requires=self.build_system.requires,
            readme=self.readme,
            license_files=self.license_files,
            installable=self.build_system.declared if installable is None else installable,
            packages=self.packages,
            scripts=self.scripts,
            version_from_scm=self.version_from_scm,
            description=self.description,
            license=self.license,
            version_file=self.version_file,
        )


def read_project_table(tree: ProjectTree, path: str = PATH) -> ProjectTable | None:
    """Return what a pyproject.toml says, None where there is no such file.

    Raises SyntaxFault if it is not TOML, ManifestError if a value has a type that no tool accepts.
    """
    if not tree.has(path):
        return None
    document = tree.toml(path)
    lines = TomlLines(path, tree.text(path))
    project = toml.table_at(document, lines, "project")
    groups = DependencyGroups(document, lines)
    build_system = _build_system(document, lines)
    name = toml.text_at(project, lines, "project", "name")
    dynamic = toml.texts_at(project, lines, "project", "dynamic")
    version_file = versioneer_file(tree, document) if "version" in dynamic else ""
    scm = "versioneer" if version_file else version_from_scm(document, build_system.requires)
    python = toml.text_at(project, lines, "project", "requires-python")
    python_origin = lines.origin("project", "requires-python")
    # What another folder's project reads is relative to that folder, and its own concern.
    home = path == PATH
    return ProjectTable(
        path=path,
        document=document,
        lines=lines,
        name=name,
        version=toml.text_at(project, lines, "project", "version"),
        description=toml.text_in(project, "description"),
        license=toml.text_in(project, "license", "text") or toml.text_in(project, "license"),
        dynamic=dynamic,
        requires_python=Sourced(value=python, origin=python_origin) if python else None,
        requirements=tuple(_requirements(tree, document, lines)),
        extras=tuple(canonical_name(extra) for extra in _extras(document, lines)),
        group_requirements=groups.requirements(),
        groups=groups.names,
        build_system=build_system,
        version_from_scm=scm,
        version_file=version_file,
        readme=toml.text_in(project, "readme", "file") or toml.text_in(project, "readme"),
        license_files=_license_files(tree, project) if home else (),
        build_reads=_files_read_by_build(tree, document) if home else (),
        scripts=tuple(_scripts(document, lines)),
        packages=own_packages(tree, document, name) if home else (),
    )


def requirements_of_file(
    tree: ProjectTree, path: str, group: str, *, strict: bool = True
) -> tuple[Requirement, ...]:
    """Return the requirements of a file that setuptools reads for a dynamic field: one a line.

    Raises SyntaxFault for a line that is no requirement, unless `strict` is off: it is left out.
    """
    found = []
    for number, line in enumerate((tree.optional_text(path) or "").splitlines(), 1):
        text = line.partition(" #")[0].partition(" --")[0].rstrip("\\ ").strip()
        if text and not text.startswith(("#", "-")):
            try:
                found.append(parse_requirement(text, Origin(path=path, line=number), group))
            except SyntaxFault:
                if strict:
                    raise
    return tuple(found)


def local_places(
    tree: ProjectTree, requirements: tuple[Requirement, ...]
) -> tuple[set[str], tuple[str, ...]]:
    """Return the local paths that are asked for: those inside the project, and those outside."""
    places = {one.reference for one in requirements if one.source is SourceKind.PATH}
    outside = {place for place in places if is_outside(place) or tree.leads_outside(place)}
    return places - outside - {"."}, tuple(sorted(outside))


def folders_matching(tree: ProjectTree, patterns: tuple[str, ...]) -> list[str]:
    """Return the folders with a pyproject.toml that match a glob of a workspace's `members`.

    `*` stays within one name, `**/` is any number of names.
    """
    found = [path.removesuffix(f"/{PATH}") for path in tree.find(PATH, depth=12) if path != PATH]
    plain = [posixpath.normpath(pattern) for pattern in patterns]
    globs = [re.escape(pattern) for pattern in plain if not is_outside(pattern)]
    for text, meaning in (
        (r"\*\*/", "(?:.*/)?"),
        (r"\*\*", ".*"),
        (r"\*", "[^/]*"),
        (r"\?", "[^/]"),
    ):
        globs = [one.replace(text, meaning) for one in globs]
    return [folder for folder in found if any(re.fullmatch(one, folder) for one in globs)]


def version_from_scm(document: dict[str, Any], requires: tuple[str, ...]) -> str:
    """Return the tool that takes the version from version control, "" if a file holds it.

    `requires` are the requirements of [build-system]; [tool.poetry] counts as [project] does.
    """
    tool = document.get("tool")
    if toml.dig(tool, "poetry-dynamic-versioning", "enable"):
        return "poetry-dynamic-versioning"
    if "version" not in toml.texts_in(toml.dig(document, "project", "dynamic")):
        return ""
    if toml.text_in(tool, "pdm", "version", "source") == "scm":
        return "pdm-backend"
    if toml.text_in(tool, "hatch", "version", "source") == "vcs":
        return "hatch-vcs"
    names = {canonical_name(re.split(r"[^\w.-]", text.strip())[0]) for text in requires}
    if toml.dig(tool, "setuptools", "dynamic", "version") is not None:
        return "versioneer" if "versioneer" in names else ""
    if toml.dig(tool, "hatch", "version", "path") is not None:
        return ""
    return next((one for one in SCM_TOOLS if one in names), "")


def versioneer_file(tree: ProjectTree, document: dict[str, Any]) -> str:
    """Return the module that versioneer writes, as pyproject.toml or setup.cfg names it, or ""."""
    named = toml.text_in(document, "tool", "versioneer", "versionfile_source")
    if named or not tree.has("setup.cfg"):
        return named
    found = re.search(VERSIONEER_FILE, tree.text("setup.cfg"))
    return found[1] if found else ""


def own_packages(tree: ProjectTree, document: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return the project's own packages and modules ("src/shop", "shop.py"), () if not obvious."""
    named = {place for place in _packages_of_backend(document.get("tool")) if place}
    if there := [place for place in named if tree.has_folder(place) or tree.has(place)]:
        return tuple(sorted(there))
    module = canonical_name(name).replace("-", "_")
    for place in (f"src/{module}", module, f"src/{module}.py", f"{module}.py") if module else ():
        if tree.has(place) or tree.has(f"{place}/__init__.py"):
            return (place,)
    for base in ("src/", ""):
        found = [
            f"{base}{one}" for one in tree.names(base.rstrip("/")) if _may_be_package(one, base)
        ]
        if packages := tuple(place for place in found if tree.has(f"{place}/__init__.py")):
            return packages
    return ()


def _may_be_package(name: str, base: str) -> bool:
    return bool(base) or (name not in NOT_PACKAGES and not name.startswith((".", "_")))


def _build_system(document: dict[str, Any], lines: TomlLines) -> BuildSystem:
    if "build-system" not in document:
        return BuildSystem()
    table = toml.table_at(document, lines, "build-system")
    return BuildSystem(
        declared=True,
        backend=toml.text_at(table, lines, "build-system", "build-backend") or DEFAULT_BACKEND,
        requires=toml.texts_at(table, lines, "build-system", "requires"),
    )


def _requirements(
    tree: ProjectTree, document: dict[str, Any], lines: TomlLines
) -> Iterator[Requirement]:
    project = toml.table_at(document, lines, "project")
    lists: list[tuple[str, dict[str, Any], tuple[str, ...]]]
    lists = [(MAIN, project, ("project", "dependencies"))]
    optional = toml.table_at(document, lines, "project", "optional-dependencies")
    for extra in _extras(document, lines):
        place = ("project", "optional-dependencies", extra)
        lists.append((f"extra:{canonical_name(extra)}", optional, place))
    for group, table, keys in lists:
        for position, text in enumerate(toml.texts_at(table, lines, *keys)):
            yield parse_requirement(text, lines.origin(*keys, position), group)
        if keys[1] in toml.texts_in(project.get("dynamic")):
            files = toml.dig(document, "tool", "setuptools", "dynamic", *keys[1:], "file")
            for path in toml.texts_in(files):
                yield from requirements_of_file(tree, path, group)


def _extras(document: dict[str, Any], lines: TomlLines) -> tuple[str, ...]:
    static = toml.table_at(document, lines, "project", "optional-dependencies")
    dynamic = toml.items_in(
        toml.dig(document, "tool", "setuptools", "dynamic", "optional-dependencies")
    )
    return tuple(dict.fromkeys((*static, *(name for name, _ in dynamic))))


def _scripts(document: dict[str, Any], lines: TomlLines) -> Iterator[Script]:
    for name, target in toml.table_at(document, lines, "project", "scripts").items():
        if not isinstance(target, str):
            raise toml.wrong_type(lines, ("project", "scripts", name), "a string", target)
        yield Script(name=name, target=target, origin=lines.origin("project", "scripts", name))


def _license_files(tree: ProjectTree, project: dict[str, Any]) -> tuple[str, ...]:
    """Return the existing files that `license-files` and `license = { file = }` name."""
    found = set(toml.texts_in(toml.dig(project, "license", "file")))
    patterns = project.get("license-files")
    if isinstance(patterns, dict):
        patterns = [*toml.texts_in(patterns.get("paths")), *toml.texts_in(patterns.get("globs"))]
    for pattern in toml.texts_in(patterns):
        found |= set(fnmatch.filter(tree.files if "/" in pattern else tree.names(), pattern))
    return tuple(sorted(path for path in found if tree.has(path)))


def _files_read_by_build(tree: ProjectTree, document: dict[str, Any]) -> tuple[str, ...]:
    """Return the existing files that the back ends' own tables name: metadata, version, hooks."""
    tool = document.get("tool")
    named = {"MANIFEST.in", *toml.texts_in(toml.dig(tool, "pdm", "version", "path"))}
    for _, value in toml.items_in(toml.dig(tool, "setuptools", "dynamic")):
        named |= {*toml.texts_in(toml.dig(value, "file"))}
        named |= {
            path
            for _, inner in toml.items_in(value)
            for path in toml.texts_in(toml.dig(inner, "file"))
        }
    named |= {*toml.texts_in(toml.dig(tool, "hatch", "version", "path"))}
    for kind in ("build", "metadata"):
        hooks = toml.dig(tool, "hatch", kind, "hooks")
        named |= {*toml.texts_in(toml.dig(hooks, "requirements_txt", "files"))}
        if toml.dig(hooks, "custom") is not None:
            named |= {*toml.texts_in(toml.dig(hooks, "custom", "path") or "hatch_build.py")}
        fragments = toml.tables_in(toml.dig(hooks, "fancy-pypi-readme", "fragments"))
        named |= {toml.text_in(fragment, "path") for fragment in fragments}
    return tuple(sorted(path for path in named if path and tree.has(path)))


def _packages_of_backend(tool: object) -> Iterator[str]:
    yield from toml.texts_in(toml.dig(tool, "hatch", "build", "targets", "wheel", "packages"))
    yield from toml.texts_in(toml.dig(tool, "flit", "module", "name"))
    base = toml.texts_in(toml.dig(tool, "setuptools", "package-dir", ""))
    for package in toml.texts_in(toml.dig(tool, "setuptools", "packages")):
        if "." not in package:
            yield "/".join((*base, package))
    for module in toml.texts_in(toml.dig(tool, "setuptools", "py-modules")):
        yield f"{'/'.join((*base, module))}.py"
    root = toml.dig(tool, "uv", "build-backend", "module-root")
    for module in toml.texts_in(toml.dig(tool, "uv", "build-backend", "module-name")):
        parts = (root if isinstance(root, str) else "src", module.replace(".", "/"))
        yield "/".join(part for part in parts if part)
