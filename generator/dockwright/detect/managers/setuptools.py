"""A project without a lock that can be built: pyproject.toml of any back end, or setup.cfg."""

from collections.abc import Iterator

from dockwright.detect.managers import pdm, poetry, pylock, uv
from dockwright.detect.managers.pyproject import (
    DEFAULT_BACKEND,
    ProjectTable,
    local_places,
    own_packages,
    read_project_table,
    versioneer_file,
)
from dockwright.detect.managers.setup_files import SetupMetadata, read_setup_cfg, read_setup_py
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import Distribution, ManagerFinding, Manifest
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice
from dockwright.model.record import replace

LOCKS = ("uv.lock", "pdm.lock", "poetry.lock")


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what an installer takes from the project's own metadata, None for another manager's.

    A pyproject.toml that holds only settings of tools is no manifest, and neither is a setup.py
    that calls no setup().
    """
    table = read_project_table(tree)
    if table is not None and _is_of_another(tree, table):
        return None
    if table is not None and table.declared:
        return _of_table(tree, table)
    read = (read_setup_cfg(tree), read_setup_py(tree))
    found = [metadata for metadata in read if metadata is not None]
    return _of_setup(tree, table, found) if found else None


def _is_of_another(tree: ProjectTree, table: ProjectTable) -> bool:
    if any(tree.has(lock) for lock in LOCKS) or pylock.names_in(tree):
        return True
    return any(manager.claims(tree, table) for manager in (uv, pdm, poetry))


def _of_table(tree: ProjectTree, table: ProjectTable) -> ManagerFinding:
    installable = table.build_system.declared or bool(table.packages)
    inside, outside = local_places(tree, table.all_requirements)
    reads = {*table.build_reads, *table.license_files, table.readme} if table.dynamic else set()
    manifest = Manifest(
        path=table.path,
        requirements=table.all_requirements,
        groups=table.groups,
        extras=table.extras,
        distribution=table.distribution(installable=installable),
        also_read=tuple(sorted(inside | {path for path in reads if path and tree.has(path)})),
        scripts=table.scripts,
        outside_root=outside,
    )
    notices = tuple(_notices(table))
    return ManagerFinding(manager=Manager.SETUPTOOLS, manifest=manifest, notices=notices)


def _notices(table: ProjectTable) -> Iterator[Notice]:
    """Say what only a build of the project could tell."""
    from_files = any(one.origin.path != table.path for one in table.requirements)
    if table.has_dynamic_requirements and not from_files:
        backend = table.build_system.backend or DEFAULT_BACKEND
        yield Notice(
            code="dynamic-dependencies",
            text=f"the dependencies are dynamic: only {backend} can tell them",
            origin=table.lines.origin("project", "dynamic"),
            remedy="list them in [project] dependencies, or lock them",
        )


def _of_setup(
    tree: ProjectTree, table: ProjectTable | None, found: list[SetupMetadata]
) -> ManagerFinding:
    """Join setup.cfg and setup.py, which setuptools reads together; setup.cfg comes first."""
    every = [one for metadata in reversed(found) for one in metadata.requirements]
    requirements = tuple({(one.name, one.group): one for one in every}.values())
    inside, outside = local_places(tree, requirements)
    main = found[0]
    reads = {path for one in found for path in (*one.reads, one.path)}
    manifest = Manifest(
        path=main.path,
        requirements=requirements,
        extras=tuple(dict.fromkeys(extra for one in found for extra in one.extras)),
        distribution=_distribution(tree, table, found),
        also_read=tuple(sorted((inside | reads) - {main.path})),
        scripts=tuple(script for one in found for script in one.scripts),
        outside_root=outside,
    )
    unknown = any(field != "version" for one in found for field in one.dynamic)
    notice = Notice(
        code="dynamic-dependencies",
        text=f"{main.path} computes its dependencies, and it is never run to read them",
        origin=main.origin,
        remedy="list them in [project] dependencies of pyproject.toml, or lock them",
    )
    return ManagerFinding(
        manager=Manager.SETUPTOOLS, manifest=manifest, notices=(notice,) if unknown else ()
    )


def _distribution(
    tree: ProjectTree, table: ProjectTable | None, found: list[SetupMetadata]
) -> Distribution:
    def first(field: str) -> str:
        return next((value for one in found if (value := getattr(one, field))), "")

    packages = tuple(sorted({package for one in found for package in one.packages}))
    in_setup = tuple(text for one in found for text in one.build_requires)
    requires = (table.build_system.requires if table else ()) or in_setup
    own = Distribution(
        name=first("name"),
        origin=found[0].origin,
        version=first("version"),
        dynamic=() if first("version") else ("version",),
        build_backend=(table.build_system.backend if table else "") or DEFAULT_BACKEND,
        build_requires=requires,
        packages=packages or own_packages(tree, {}, first("name")),
        scripts=tuple(script for one in found for script in one.scripts),
        description=first("description"),
        license=first("license"),
    )
    if own.version:
        return own
    module = versioneer_file(tree, table.document if table else {})
    names = " ".join(requires).lower().replace("_", "-")
    tools = (tool for tool in ("setuptools-scm", "versioneer", "pbr") if tool in names)
    scm = "versioneer" if module else next(tools, "")
    return replace(own, version_from_scm=scm, version_file=module)
