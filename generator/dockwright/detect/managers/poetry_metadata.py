"""A Poetry project as a distribution, and the indexes that its manifest names."""

from typing import Any

from dockwright.detect.managers.build_metadata import version_from_scm
from dockwright.detect.managers.project_table import ProjectTable
from dockwright.detect.managers.requirement_text import canonical_name, strip_credentials
from dockwright.detect.managers.toml_values import dig, items_in, texts_in
from dockwright.detect.tree import ProjectTree
from dockwright.model.dependencies import Distribution, Index, Script

_BACKEND = "poetry.core.masonry.api"
_PYPI = "https://pypi.org/simple"


def read_indexes(tree: ProjectTree, table: ProjectTable, tool: dict[str, Any]) -> tuple[Index, ...]:
    """Return [[tool.poetry.source]]; an index for which poetry.toml holds credentials needs some, whatever its URL says."""
    sources = tool.get("source")
    with_credentials = _names_with_credentials(tree)
    found = []
    for position, source in enumerate(sources if isinstance(sources, list) else ()):
        name = next(iter(texts_in(dig(source, "name"))), "")
        url = next(iter(texts_in(dig(source, "url"))), "") or (
            _PYPI if name.lower() == "pypi" else ""
        )
        safe = strip_credentials(url)
        found.append(
            Index(
                name=name,
                url=safe.url,
                origin=table.lines.origin("tool", "poetry", "source", position),
                explicit=dig(source, "priority") == "explicit",
                needs_credentials=safe.needs_credentials
                or canonical_name(name) in with_credentials,
                variables=safe.variables,
            )
        )
    return tuple(found)


def read_distribution(
    tree: ProjectTree, table: ProjectTable, tool: dict[str, Any]
) -> Distribution | None:
    """Return the project itself; installable in package mode, if there is a package to install."""
    packages = _packages(tree, tool) or table.packages
    installable = tool.get("package-mode") is not False and bool(packages)
    if table.declared:
        standard = table.distribution(installable=installable)
        scripts = standard.scripts if standard and standard.scripts else _scripts(table, tool)
        return _completed(standard, packages, scripts, tool) if standard else None
    if not texts_in(tool.get("name")):
        return None
    readmes = texts_in(tool.get("readme"))
    return Distribution(
        name=_text(tool, "name"),
        origin=table.lines.origin("tool", "poetry", "name"),
        version=_text(tool, "version"),
        build_backend=table.build_system.backend or _BACKEND,
        build_requires=table.build_system.requires or ("poetry-core",),
        readme=readmes[0] if readmes else "",
        installable=installable,
        packages=packages or _by_name(tree, _text(tool, "name")),
        scripts=_scripts(table, tool),
        version_from_scm=version_from_scm(table.document, table.build_system.requires),
        description=_text(tool, "description"),
        license=_text(tool, "license"),
    )


def _completed(
    standard: Distribution,
    packages: tuple[str, ...],
    scripts: tuple[Script, ...],
    tool: dict[str, Any],
) -> Distribution:
    from dockwright.model.record import replace

    return replace(
        standard,
        version=standard.version or _text(tool, "version"),
        description=standard.description or _text(tool, "description"),
        readme=standard.readme or next(iter(texts_in(tool.get("readme"))), ""),
        build_backend=standard.build_backend or _BACKEND,
        packages=packages,
        scripts=scripts,
    )


def _packages(tree: ProjectTree, tool: dict[str, Any]) -> tuple[str, ...]:
    entries = tool.get("packages")
    if not isinstance(entries, list):
        return _by_name(tree, _text(tool, "name"))
    found = []
    for entry in entries:
        include, base = _text(entry, "include"), _text(entry, "from")
        path = "/".join(
            part.strip("/") for part in (base, include.partition("*")[0]) if part.strip("/")
        )
        if path and (tree.has_folder(path) or tree.has(path)):
            found.append(path)
    return tuple(sorted(set(found)))


def _by_name(tree: ProjectTree, name: str) -> tuple[str, ...]:
    """Return the package that poetry-core looks for where none is named: the distribution's name, also under src/."""
    module = canonical_name(name).replace("-", "_")
    for base in ("", "src/") if module else ():
        if tree.has_folder(base + module):
            return (base + module,)
        if tree.has(f"{base}{module}.py"):
            return (f"{base}{module}.py",)
    return ()


def _scripts(table: ProjectTable, tool: dict[str, Any]) -> tuple[Script, ...]:
    found = []
    for name, value in items_in(tool.get("scripts")):
        target = (
            value if isinstance(value, str) else dig(value, "reference") or dig(value, "callable")
        )
        if isinstance(target, str) and dig(value, "type") != "file":
            found.append(
                Script(
                    name=name,
                    target=target,
                    origin=table.lines.origin("tool", "poetry", "scripts", name),
                )
            )
    return tuple(found)


def _names_with_credentials(tree: ProjectTree) -> frozenset[str]:
    if not tree.has("poetry.toml"):
        return frozenset()
    names = items_in(dig(tree.toml("poetry.toml"), "http-basic"))
    return frozenset(canonical_name(name) for name, _ in names)


def _text(table: object, key: str) -> str:
    return next(iter(texts_in(dig(table, key))), "")
