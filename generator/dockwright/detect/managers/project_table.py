"""pyproject.toml as the standards know it: [project], [dependency-groups], [build-system]. The tools' own tables are theirs."""

from typing import Any

from dockwright.detect.managers.build_metadata import (
    BuildSystem,
    dynamic_files,
    files_read_by_build,
    license_files,
    own_packages,
    read_build_system,
    readme_file,
    version_from_scm,
    versioneer_file,
)
from dockwright.detect.managers.dependency_groups import DependencyGroups
from dockwright.detect.managers.requirement_text import canonical_name, parse_requirement
from dockwright.detect.managers.toml_lines import TomlLines
from dockwright.detect.managers.toml_values import (
    dig,
    table_at,
    text_at,
    texts_at,
    texts_in,
    wrong_type,
)
from dockwright.detect.tree import ProjectTree
from dockwright.errors import SyntaxFault
from dockwright.model.dependencies import MAIN, Distribution, Requirement, Script
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import field, record

PATH = "pyproject.toml"


@record
class ProjectTable:
    """One pyproject.toml, read.

    `document` is the whole file as TOML, `lines` where its values stand, `project` the [project] table ({} without one).
    `requirements` are those of [project]: group "main", and "extra:NAME" for the optional ones; `group_requirements` those
    of [dependency-groups] with includes followed. `extras` and `groups` are canonical names. `build_reads` are existing
    files besides readme and licence that a build of the project reads. `packages` are paths: "src/shop", "shop.py".
    """

    path: str
    document: dict[str, Any] = field(repr=False)
    lines: TomlLines = field(repr=False)
    project: dict[str, Any] = field(repr=False)
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
    readme: str = ""
    license_files: tuple[str, ...] = ()
    build_reads: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()
    packages: tuple[str, ...] = ()
    version_file: str = ""

    @property
    def declared(self) -> bool:
        """Whether there is a [project] table."""
        return "project" in self.document

    @property
    def all_requirements(self) -> tuple[Requirement, ...]:
        """Those of [project] and of [dependency-groups]."""
        return self.requirements + self.group_requirements

    def tool(self, name: str) -> dict[str, Any]:
        """Return [tool.NAME], {} without one; ManifestError if it is not a table."""
        return table_at(self.document, self.lines, "tool", name)

    def has_tool(self, name: str) -> bool:
        """Whether there is a [tool.NAME] table, be it empty."""
        return dig(self.document, "tool", name) is not None

    def distribution(self, *, installable: bool | None = None) -> Distribution | None:
        """Return the project as a distribution, None without a [project] table; by default installable as it can be built."""
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

    Raises SyntaxFault if it is not TOML, ManifestError if a value is of a type that no tool accepts.
    """
    if not tree.has(path):
        return None
    document = tree.toml(path)
    lines = TomlLines(path, tree.text(path))
    project = table_at(document, lines, "project")
    groups = DependencyGroups(document, lines)
    build_system = read_build_system(document, lines)
    name = text_at(project, lines, "project", "name")
    dynamic = texts_at(project, lines, "project", "dynamic")
    version_file = versioneer_file(tree, document) if "version" in dynamic else ""
    home = (
        path == PATH
    )  # the files of another folder's project are relative to that folder, and its own concern
    return ProjectTable(
        path=path,
        document=document,
        lines=lines,
        project=project,
        name=name,
        version=text_at(project, lines, "project", "version"),
        description=next(iter(texts_in(project.get("description"))), ""),
        license=_license(project),
        dynamic=dynamic,
        requires_python=_requires_python(project, lines),
        requirements=_main_requirements(tree, document, project, lines)
        + _extra_requirements(tree, document, lines),
        extras=tuple(canonical_name(extra) for extra in _extras(document, lines)),
        group_requirements=groups.requirements(),
        groups=groups.names,
        build_system=build_system,
        version_from_scm="versioneer"
        if version_file
        else version_from_scm(document, build_system.requires),
        version_file=version_file,
        readme=readme_file(project),
        license_files=license_files(tree, project) if home else (),
        build_reads=files_read_by_build(tree, document) if home else (),
        scripts=_scripts(document, lines),
        packages=own_packages(tree, document, name) if home else (),
    )


def requirements_of_file(
    tree: ProjectTree, path: str, group: str, *, strict: bool = True
) -> tuple[Requirement, ...]:
    """Return the requirements of a file that setuptools reads for a dynamic field: one a line, comments with `#`.

    Raises SyntaxFault for a line that is no requirement, unless `strict` is off: then the line is left out.
    """
    text = tree.optional_text(path)
    found = []
    for number, line in enumerate(text.splitlines() if text else (), 1):
        wish = line.partition(" #")[0].partition(" --")[0].rstrip("\\ ").strip()
        if wish and not wish.startswith(("#", "-")):
            try:
                found.append(parse_requirement(wish, Origin(path=path, line=number), group))
            except SyntaxFault:
                if strict:
                    raise
    return tuple(found)


def _main_requirements(
    tree: ProjectTree, document: dict[str, Any], project: dict[str, Any], lines: TomlLines
) -> tuple[Requirement, ...]:
    static = tuple(
        parse_requirement(text, lines.origin("project", "dependencies", position), MAIN)
        for position, text in enumerate(texts_at(project, lines, "project", "dependencies"))
    )
    if "dependencies" not in texts_in(project.get("dynamic")):
        return static
    files = dynamic_files(document, "dependencies")
    return static + tuple(wish for path in files for wish in requirements_of_file(tree, path, MAIN))


def _extra_requirements(
    tree: ProjectTree, document: dict[str, Any], lines: TomlLines
) -> tuple[Requirement, ...]:
    found: list[Requirement] = []
    optional = table_at(document, lines, "project", "optional-dependencies")
    for extra in _extras(document, lines):
        group, place = f"extra:{canonical_name(extra)}", ("project", "optional-dependencies", extra)
        wishes = enumerate(texts_at(optional, lines, *place))
        found += [
            parse_requirement(text, lines.origin(*place, position), group)
            for position, text in wishes
        ]
        for path in dynamic_files(document, "optional-dependencies", extra):
            found += requirements_of_file(tree, path, group)
    return tuple(found)


def _extras(document: dict[str, Any], lines: TomlLines) -> tuple[str, ...]:
    static = table_at(document, lines, "project", "optional-dependencies")
    dynamic = dig(document, "tool", "setuptools", "dynamic", "optional-dependencies")
    return tuple(dict.fromkeys((*static, *(dynamic if isinstance(dynamic, dict) else ()))))


def _requires_python(project: dict[str, Any], lines: TomlLines) -> Sourced[str] | None:
    value = text_at(project, lines, "project", "requires-python")
    return (
        Sourced(value=value, origin=lines.origin("project", "requires-python")) if value else None
    )


def _license(project: dict[str, Any]) -> str:
    license_ = project.get("license")
    return next(
        iter(texts_in(dig(license_, "text") if isinstance(license_, dict) else license_)), ""
    )


def _scripts(document: dict[str, Any], lines: TomlLines) -> tuple[Script, ...]:
    found = []
    for name, target in table_at(document, lines, "project", "scripts").items():
        if not isinstance(target, str):
            raise wrong_type(lines, ("project", "scripts", name), "a string", target)
        found.append(
            Script(name=name, target=target, origin=lines.origin("project", "scripts", name))
        )
    return tuple(found)
