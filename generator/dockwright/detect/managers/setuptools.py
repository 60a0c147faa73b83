"""A project without a lock that can be built: pyproject.toml of any back end, setup.cfg or setup.py."""

from collections.abc import Iterator

from dockwright.detect.managers import pdm, poetry, pylock, uv
from dockwright.detect.managers.build_metadata import DEFAULT_BACKEND, own_packages, versioneer_file
from dockwright.detect.managers.project_table import ProjectTable, read_project_table
from dockwright.detect.managers.requirement_text import is_outside
from dockwright.detect.managers.setup_cfg import read_setup_cfg
from dockwright.detect.managers.setup_py import read_setup_py
from dockwright.detect.managers.setup_values import SetupMetadata
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import (
    Distribution,
    ManagerFinding,
    Manifest,
    Requirement,
    SourceKind,
)
from dockwright.model.manager import Manager
from dockwright.model.origin import Notice
from dockwright.model.record import replace

_LOCKS = ("uv.lock", "pdm.lock", "poetry.lock")


def find(tree: ProjectTree) -> ManagerFinding | None:
    """Return what an installer takes from the project's own metadata, None where another manager has it, or there is none.

    A pyproject.toml that holds only settings of tools is no manifest, and neither is a setup.py that calls no setup().
    """
    table = read_project_table(tree)
    if table is not None and _is_of_another(tree, table):
        return None
    if table is not None and table.declared:
        return _of_table(tree, table)
    cfg, script = read_setup_cfg(tree), read_setup_py(tree)
    found = [metadata for metadata in (cfg, script) if metadata is not None]
    return _of_setup(tree, table, found) if found else None


def _is_of_another(tree: ProjectTree, table: ProjectTable) -> bool:
    if any(tree.has(lock) for lock in _LOCKS) or pylock.names_in(tree):
        return True
    return uv.claims(tree, table) or pdm.claims(tree, table) or poetry.find(tree) is not None


def _of_table(tree: ProjectTree, table: ProjectTable) -> ManagerFinding:
    distribution = table.distribution(
        installable=table.build_system.declared or bool(table.packages)
    )
    places, outside = _places(tree, table.all_requirements)
    reads = {*table.build_reads, *table.license_files, table.readme} - {""}
    manifest = Manifest(
        path=table.path,
        requirements=table.all_requirements,
        groups=table.groups,
        extras=table.extras,
        distribution=distribution,
        also_read=tuple(
            sorted(
                places | ({path for path in reads if tree.has(path)} if table.dynamic else set())
            )
        ),
        scripts=table.scripts,
        outside_root=outside,
    )
    return ManagerFinding(
        manager=Manager.SETUPTOOLS, manifest=manifest, notices=tuple(_notices(table))
    )


def _notices(table: ProjectTable) -> Iterator[Notice]:
    """Say what only a build of the project could tell."""
    unread = {"dependencies", "optional-dependencies"} & set(table.dynamic)
    if unread and not any(wish.origin.path != table.path for wish in table.requirements):
        yield Notice(
            code="dynamic-dependencies",
            text=f"the dependencies are dynamic: only {table.build_system.backend or DEFAULT_BACKEND} can tell them",
            origin=table.lines.origin("project", "dynamic"),
            remedy="list them in [project] dependencies, or lock them",
        )


def _of_setup(
    tree: ProjectTree, table: ProjectTable | None, found: list[SetupMetadata]
) -> ManagerFinding:
    """Join setup.cfg and setup.py, which setuptools reads together; what setup.cfg says comes first."""
    requirements = tuple(
        {(wish.name, wish.group): wish for one in found[::-1] for wish in one.requirements}.values()
    )
    places, outside = _places(tree, requirements)
    main = found[0]
    manifest = Manifest(
        path=main.path,
        requirements=requirements,
        extras=tuple(dict.fromkeys(extra for one in found for extra in one.extras)),
        distribution=_distribution(tree, table, found),
        also_read=tuple(
            sorted(
                {*places, *(path for one in found for path in (*one.reads, one.path))} - {main.path}
            )
        ),
        scripts=tuple(script for one in found for script in one.scripts),
        outside_root=outside,
    )
    unknown = [field for one in found for field in one.dynamic if field != "version"]
    notices = (
        Notice(
            code="dynamic-dependencies",
            text=f"{main.path} computes its dependencies, and it is never run to read them",
            origin=main.origin,
            remedy="list them in [project] dependencies of pyproject.toml, or lock them",
        ),
    )
    return ManagerFinding(
        manager=Manager.SETUPTOOLS, manifest=manifest, notices=notices if unknown else ()
    )


def _distribution(
    tree: ProjectTree, table: ProjectTable | None, found: list[SetupMetadata]
) -> Distribution:
    def first(field: str) -> str:
        return next((value for one in found if (value := getattr(one, field))), "")

    packages = tuple(sorted({package for one in found for package in one.packages}))
    built = table.build_system if table else None
    own = Distribution(
        name=first("name"),
        origin=found[0].origin,
        version=first("version"),
        dynamic=() if first("version") else ("version",),
        build_backend=(built.backend if built else "") or DEFAULT_BACKEND,
        build_requires=(built.requires if built else ())
        or tuple(text for one in found for text in one.build_requires),
        packages=packages or own_packages(tree, {}, first("name")),
        scripts=tuple(script for one in found for script in one.scripts),
        description=first("description"),
        license=first("license"),
    )
    if own.version:
        return own
    version_file = versioneer_file(tree, table.document if table else {})
    return replace(
        own, version_from_scm="versioneer" if version_file else _scm(own), version_file=version_file
    )


def _scm(own: Distribution) -> str:
    names = " ".join(own.build_requires).lower().replace("_", "-")
    return next((tool for tool in ("setuptools-scm", "versioneer", "pbr") if tool in names), "")


def _places(tree: ProjectTree, wishes: tuple[Requirement, ...]) -> tuple[set[str], tuple[str, ...]]:
    """Return the local paths that are wished for: those inside the project, and those outside."""
    places = {wish.reference for wish in wishes if wish.source is SourceKind.PATH}
    outside = {place for place in places if is_outside(place) or tree.leads_outside(place)}
    return places - outside - {"."}, tuple(sorted(outside))
