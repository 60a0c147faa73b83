"""pyproject.toml as the standards know it, and how the project in it is built.

The tools' own tables are theirs, but for what a build reads of them.
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from dependency_groups import DependencyGroupResolver

from dockwright.detect.managers import toml
from dockwright.detect.managers.locks import lone_lock
from dockwright.detect.managers.requirement import (
    canonical_name,
    is_outside,
    names_of,
    parse_requirement,
)
from dockwright.detect.managers.requirements_files import logical_lines
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ManifestError, SyntaxFault
from dockwright.model.dependencies import MAIN, Distribution, Requirement, Script, SourceKind
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import record, replace
from dockwright.model.toml_text import TomlLines

PATH = "pyproject.toml"
GROUPS = "dependency-groups"
# What a front end uses where [build-system] names none (PEP 517).
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"
VERSIONEER_FILE = r"(?m)^\[versioneer\][ \t]*\n(?:(?!\[).*\n)*?versionfile_source[ \t]*=[ \t]*(\S+)"
GLOBS = ((r"\*\*/", "(?:.*/)?"), (r"\*\*", ".*"), (r"\*", "[^/]*"), (r"\?", "[^/]"))


@record
class ProjectTable:
    """One pyproject.toml, read.

    `document` is the whole file, `lines` where its values stand. `own` is what the project says of
    itself. `requirements` are those of [project]: group "main", and "extra:NAME" for the optional
    ones; `group_requirements` those of [dependency-groups] with includes followed. `build_reads`
    are existing files besides readme and licence that a build of the project reads.
    """

    path: str
    document: dict[str, Any] = field(repr=False)
    lines: TomlLines = field(repr=False)
    own: Distribution
    requires_python: Sourced[str] | None
    requirements: tuple[Requirement, ...]
    extras: tuple[str, ...]
    group_requirements: tuple[Requirement, ...]
    groups: tuple[str, ...]
    build_reads: tuple[str, ...]

    @property
    def declared(self) -> bool:
        """Whether there is a [project] table."""
        return "project" in self.document

    @property
    def has_build_system(self) -> bool:
        """Whether there is a [build-system] table."""
        return "build-system" in self.document

    @property
    def all_requirements(self) -> tuple[Requirement, ...]:
        """Those of [project] and of [dependency-groups]."""
        return self.requirements + self.group_requirements

    @property
    def has_dynamic_requirements(self) -> bool:
        """Whether only the build back end can tell what the project needs."""
        return bool({"dependencies", "optional-dependencies"} & set(self.own.dynamic))

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
        """Return the project, None without [project]; it is `installable` if it can be built."""
        said = self.has_build_system if installable is None else installable
        return replace(self.own, installable=said) if self.declared else None


def read_project_table(tree: ProjectTree, path: str = PATH) -> ProjectTable | None:
    """Return what a pyproject.toml says, None where there is no such file.

    Raises SyntaxFault if it is not TOML, ManifestError if a value has a type that no tool accepts.
    """
    if not tree.has(path):
        return None
    document = tree.toml(path)
    lines = TomlLines(path, tree.text(path))
    project = toml.table_at(document, lines, "project")
    groups = _groups(document, lines)
    python = toml.text_at(project, lines, "project", "requires-python")
    python_origin = lines.origin("project", "requires-python")
    # What another folder's project reads is relative to that folder, and its own concern.
    home = path == PATH
    static = toml.table_at(document, lines, "project", "optional-dependencies")
    dynamic = toml.table_in(document, "tool", "setuptools", "dynamic", "optional-dependencies")
    extras = tuple({**static, **dynamic})
    return ProjectTable(
        path=path,
        document=document,
        lines=lines,
        own=_distribution(tree, document, lines, home=home),
        requires_python=Sourced(value=python, origin=python_origin) if python else None,
        requirements=tuple(_requirements(tree, document, lines, extras)),
        extras=tuple(map(canonical_name, extras)),
        group_requirements=tuple(one for found in groups.values() for one in found),
        groups=tuple(groups),
        build_reads=_files_read_by_build(tree, document) if home else (),
    )


def project_with_lock(tree: ProjectTree, lock: str) -> ProjectTable | None:
    """Return pyproject.toml, None without it; LoneLockError where only its `lock` is there."""
    table = read_project_table(tree)
    if table is None and tree.has(lock):
        raise lone_lock(lock, PATH)
    return table


def _distribution(
    tree: ProjectTree, document: dict[str, Any], lines: TomlLines, *, home: bool
) -> Distribution:
    project = toml.table_at(document, lines, "project")
    build = toml.table_at(document, lines, "build-system")
    requires = toml.texts_at(build, lines, "build-system", "requires")
    backend = toml.text_at(build, lines, "build-system", "build-backend")
    dynamic = toml.texts_at(project, lines, "project", "dynamic")
    version_file = versioneer_file(tree, document) if "version" in dynamic else ""
    name = toml.text_at(project, lines, "project", "name")
    scripts = []
    for script, target in toml.table_at(document, lines, "project", "scripts").items():
        if not isinstance(target, str):
            raise toml.wrong_type(lines, ("project", "scripts", script), "a string", target)
        origin = lines.origin("project", "scripts", script)
        scripts.append(Script(name=script, target=target, origin=origin))
    packages = own_packages(tree, document, name) if home else ()
    says_data = toml.dig(document, "tool", "setuptools", "package-data") is not None
    return Distribution(
        name=name,
        origin=lines.origin("project", "name"),
        version=toml.text_at(project, lines, "project", "version"),
        dynamic=dynamic,
        build_backend=backend or (DEFAULT_BACKEND if "build-system" in document else ""),
        build_requires=requires,
        readme=toml.text_in(project, "readme", "file") or toml.text_in(project, "readme"),
        license_files=_license_files(tree, project) if home else (),
        packages=packages,
        scripts=tuple(scripts),
        version_from_scm="versioneer" if version_file else version_from_scm(document, requires),
        description=toml.text_in(project, "description"),
        license=toml.text_in(project, "license", "text") or toml.text_in(project, "license"),
        version_file=version_file,
        plugins=toml.dig(document, "project", "entry-points") is not None,
        extension=has_extension(backend, requires, document),
        loses_data=not says_data and loses_data(tree, packages, backend, requires),
    )


def _groups(document: dict[str, Any], lines: TomlLines) -> dict[str, tuple[Requirement, ...]]:
    # [dependency-groups] by canonical name. Every fault is a ManifestError at its group.
    table = toml.table_at(document, lines, GROUPS)
    spelled = {canonical_name(name): name for name in table}
    for name, entries in table.items():
        if not isinstance(entries, list):
            raise toml.wrong_type(lines, (GROUPS, name), "an array of strings", entries)
        for position, entry in enumerate(entries):
            if isinstance(entry, str):
                parse_requirement(entry, lines.origin(GROUPS, name, position))
    # PDM keeps groups in a table of its own too, and `include-group` may name one of those.
    of_pdm = {
        canonical_name(name): [one for one in toml.texts_in(texts) if not one.startswith("-e")]
        for name, texts in toml.items_in(document, "tool", "pdm", "dev-dependencies")
    }
    others = {name: entries for name, entries in of_pdm.items() if name not in spelled}
    name = ""
    try:
        resolver = DependencyGroupResolver({**others, **table})
        for name in spelled:
            resolver.resolve(name)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        endless = "it includes too long a chain of groups"
        reason = endless if isinstance(error, RecursionError) else str(error).strip('"')
        raise _group_fault(spelled.get(name, next(iter(table))), reason, lines) from error

    # The resolver keeps no positions, and every requirement has its line.
    def expanded(group: str, name: str) -> Iterator[Requirement]:
        further = of_pdm.get(name, []) if name != group else []
        for position, entry in enumerate([*table.get(spelled.get(name, ""), []), *further]):
            if isinstance(entry, str):
                origin = lines.origin(GROUPS, spelled.get(name, name), position)
                yield parse_requirement(entry, origin, group)
            else:
                yield from expanded(group, canonical_name(entry["include-group"]))

    return {name: tuple(expanded(name, name)) for name in spelled}


def _group_fault(name: str, reason: str, lines: TomlLines) -> ManifestError:
    return ManifestError(
        f"the dependency group `{name}` cannot be read: {reason}",
        origin=lines.origin(GROUPS, name),
        rule="an entry is a requirement in quotes or { include-group = NAME } of another group;"
        " names are compared in lower case, with `-`, `_` and `.` alike",
        steps=("correct the entry, or add the group that it names",),
        example='dev = ["pytest>=8", { include-group = "lint" }]',
    )


def requirements_of_file(
    tree: ProjectTree, path: str, group: str, *, strict: bool = True
) -> tuple[Requirement, ...]:
    """Return the requirements of a file that setuptools reads for a dynamic field: one a line.

    Raises SyntaxFault for a line that is no requirement, unless `strict` is off: it is left out.
    """
    found = []
    for number, line in logical_lines(tree.optional_text(path) or ""):
        if not line.startswith("-"):
            text, origin = line.partition(" --")[0].strip(), Origin(path=path, line=number)
            try:
                found.append(parse_requirement(text, origin, group))
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
    """Return the folders with a pyproject.toml that match a glob of a workspace's `members`."""
    found = [path.removesuffix(f"/{PATH}") for path in tree.find(PATH, depth=12) if path != PATH]
    plain = [posixpath.normpath(pattern) for pattern in patterns]
    globs = [re.escape(pattern) for pattern in plain if not is_outside(pattern)]
    # `*` stays within one name, `**/` is any number of names, which fnmatch cannot say.
    for text, meaning in GLOBS:
        globs = [one.replace(text, meaning) for one in globs]
    return [folder for folder in found if any(re.fullmatch(one, folder) for one in globs)]


def version_from_scm(document: dict[str, Any], requires: tuple[str, ...]) -> str:
    """Return the tool that takes the version from version control, "" if a file holds it.

    `requires` are the requirements of [build-system]; [tool.poetry] counts as [project] does.
    """
    tool = document.get("tool")
    if toml.dig(tool, "poetry-dynamic-versioning", "enable"):
        return "poetry-dynamic-versioning"
    if "version" not in toml.texts_in(document, "project", "dynamic"):
        return ""
    if toml.text_in(tool, "pdm", "version", "source") == "scm":
        return "pdm-backend"
    if toml.text_in(tool, "hatch", "version", "source") == "vcs":
        return "hatch-vcs"
    if toml.dig(tool, "setuptools", "dynamic", "version") is not None:
        return "versioneer" if "versioneer" in names_of(requires) else ""
    if toml.dig(tool, "hatch", "version", "path") is not None:
        return ""
    return scm_tool(requires)


def scm_tool(requires: tuple[str, ...]) -> str:
    """Return the tool among the requirements of a build that reads version control, or ""."""
    names = names_of(requires)
    return next((one for one in toml.NAMES["version_tools"] if one in names), "")


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
        names = tree.names(base.rstrip("/"))
        if not base:
            # Tests and the like may be packages too, and are not what is shipped.
            shown = (name for name in names if not name.startswith((".", "_")))
            names = tuple(name for name in shown if name not in toml.NAMES["not_packages"])
        places = (f"{base}{name}" for name in names)
        if packages := tuple(place for place in places if tree.has(f"{place}/__init__.py")):
            return packages
    return ()


def loses_data(
    tree: ProjectTree, packages: tuple[str, ...], backend: str, requires: tuple[str, ...]
) -> bool:
    """Whether a wheel lacks files of the packages: setuptools packs only what it is told of."""
    named = tree.has("MANIFEST.in") or any("scm" in one for one in requires)
    if named or not (backend or DEFAULT_BACKEND).startswith("setuptools"):
        return False
    roots, sources = tuple(f"{package}/" for package in packages), toml.NAMES["source_suffixes"]
    return any(path.startswith(roots) and not path.endswith(sources) for path in tree.files)


def has_extension(backend: str, requires: tuple[str, ...], document: dict[str, Any]) -> bool:
    """Whether a build of the project compiles something of its own."""
    if backend.partition(".")[0] in toml.NAMES["compiling_backends"]:
        return True
    if toml.dig(document, "tool", "setuptools", "ext-modules") is not None:
        return True
    return not set(names_of(requires)).isdisjoint(toml.NAMES["compiling_tools"])


def _requirements(
    tree: ProjectTree, document: dict[str, Any], lines: TomlLines, extras: tuple[str, ...]
) -> Iterator[Requirement]:
    project = toml.table_at(document, lines, "project")
    optional = toml.table_at(document, lines, "project", "optional-dependencies")
    lists: list[tuple[str, dict[str, Any], tuple[str, ...]]]
    lists = [(MAIN, project, ("dependencies",))]
    for extra in extras:
        place = ("optional-dependencies", extra)
        lists.append((f"extra:{canonical_name(extra)}", optional, place))
    for group, table, keys in lists:
        for position, text in enumerate(toml.texts_at(table, lines, "project", *keys)):
            yield parse_requirement(text, lines.origin("project", *keys, position), group)
        if keys[0] in toml.texts_in(project, "dynamic"):
            for path in toml.texts_in(document, "tool", "setuptools", "dynamic", *keys, "file"):
                yield from requirements_of_file(tree, path, group)


def _license_files(tree: ProjectTree, project: dict[str, Any]) -> tuple[str, ...]:
    # Those that `license-files` and `license = { file = }` name, if they exist.
    found = set(toml.texts_in(project, "license", "file"))
    patterns = toml.texts_in(project, "license-files")
    for key in ("paths", "globs"):
        patterns += toml.texts_in(project, "license-files", key)
    for pattern in patterns:
        found |= set(fnmatch.filter(tree.files if "/" in pattern else tree.names(), pattern))
    return tuple(sorted(path for path in found if tree.has(path)))


def _files_read_by_build(tree: ProjectTree, document: dict[str, Any]) -> tuple[str, ...]:
    """Return the existing files that the back ends' own tables name: metadata, version, hooks."""
    tool = toml.table_in(document, "tool")
    named = {"MANIFEST.in", *toml.texts_in(tool, "pdm", "version", "path")}
    named |= {*toml.texts_in(tool, "hatch", "version", "path")}
    for _, value in toml.items_in(tool, "setuptools", "dynamic"):
        # A field is a table with `file`, or, for the extras, a table of such tables.
        tables = (value, *(inner for _, inner in toml.items_in(value)))
        named |= {path for table in tables for path in toml.texts_in(table, "file")}
    for kind in ("build", "metadata"):
        hooks = toml.table_in(tool, "hatch", kind, "hooks")
        named |= {*toml.texts_in(hooks, "requirements_txt", "files")}
        if "custom" in hooks:
            named |= {*(toml.texts_in(hooks, "custom", "path") or ("hatch_build.py",))}
        fragments = toml.tables_in(hooks, "fancy-pypi-readme", "fragments")
        named |= {toml.text_in(fragment, "path") for fragment in fragments}
    return tuple(sorted(path for path in named if path and tree.has(path)))


def _packages_of_backend(tool: object) -> Iterator[str]:
    yield from toml.texts_in(tool, "hatch", "build", "targets", "wheel", "packages")
    yield from toml.texts_in(tool, "flit", "module", "name")
    base = toml.texts_in(tool, "setuptools", "package-dir", "")
    for package in toml.texts_in(tool, "setuptools", "packages"):
        if "." not in package:
            yield "/".join((*base, package))
    for module in toml.texts_in(tool, "setuptools", "py-modules"):
        yield f"{'/'.join((*base, module))}.py"
    root = toml.dig(tool, "uv", "build-backend", "module-root")
    for module in toml.texts_in(tool, "uv", "build-backend", "module-name"):
        parts = (root if isinstance(root, str) else "src", module.replace(".", "/"))
        yield "/".join(part for part in parts if part)
