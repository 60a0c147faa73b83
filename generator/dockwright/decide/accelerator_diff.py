"""How a manifest changes to take the builds without CUDA, as text that a person can paste."""

from typing import Any

from dockwright.model.dependencies import MAIN, ManagerFinding, Requirement
from dockwright.model.manager import Manager


def cpu_diff(finding: ManagerFinding, name: str, row: dict[str, Any]) -> str:
    """Return the change of the manifest as the lines of a diff, "" for a manager that cannot choose an index.

    `row` is the framework's entry of the table: `cpu_index`, `index_name` and the `members` that move together.
    """
    wished = {
        wish.name: wish
        for wish in finding.manifest.requirements
        if wish.group == MAIN and not wish.marker
    }
    members = [member for member in row["members"] if member in wished] or [name]
    lines = _lines(finding.manager, members, wished, row["cpu_index"], row["index_name"])
    return (
        "\n".join([f"--- {finding.manifest.path}", f"+++ {finding.manifest.path}", *lines])
        if lines
        else ""
    )


def _lines(
    manager: Manager, members: list[str], wished: dict[str, Requirement], url: str, index: str
) -> list[str]:
    match manager:
        case Manager.UV:
            return _uv(members, wished, url, index)
        case Manager.POETRY:
            return _poetry(members, wished, url, index)
        case Manager.PDM:
            include = ", ".join(f'"{member}"' for member in members)
            return [
                "+[[tool.pdm.source]]",
                f'+name = "{index}"',
                f'+url = "{url}"',
                f"+include_packages = [{include}]",
            ]
        case Manager.PIPENV:
            return _pipenv(members, wished, url, index)
        case Manager.REQUIREMENTS:
            return [
                f"+--extra-index-url {url}",
                *(line for member in members for line in _pinned(member, wished)),
            ]
        case _:
            return []


def _uv(members: list[str], wished: dict[str, Requirement], url: str, index: str) -> list[str]:
    direct = [f'+    "{member}",' for member in members if member not in wished]
    named = ["@@ [project] dependencies @@", *direct] if direct else []
    sources = [f'+{member} = {{ index = "{index}" }}' for member in members]
    return [
        *named,
        "+[tool.uv.sources]",
        *sources,
        "+",
        "+[[tool.uv.index]]",
        f'+name = "{index}"',
        f'+url = "{url}"',
        "+explicit = true",
    ]


def _poetry(members: list[str], wished: dict[str, Requirement], url: str, index: str) -> list[str]:
    lines = ["@@ [tool.poetry.dependencies] @@"]
    for member in members:
        version = wished[member].specifier if member in wished and wished[member].specifier else "*"
        lines.append(f'+{member} = {{ version = "{version}", source = "{index}" }}')
    return [
        *lines,
        "+",
        "+[[tool.poetry.source]]",
        f'+name = "{index}"',
        f'+url = "{url}"',
        '+priority = "explicit"',
    ]


def _pipenv(members: list[str], wished: dict[str, Requirement], url: str, index: str) -> list[str]:
    lines = [
        "+[[source]]",
        f'+url = "{url}"',
        "+verify_ssl = true",
        f'+name = "{index}"',
        "@@ [packages] @@",
    ]
    for member in members:
        version = wished[member].specifier if member in wished and wished[member].specifier else "*"
        if member in wished:
            lines.append(f'-{member} = "{version}"')
        lines.append(f'+{member} = {{ version = "{version}", index = "{index}" }}')
    return lines


def _pinned(member: str, wished: dict[str, Requirement]) -> list[str]:
    """Return the change of one line: only a local version makes pip take the build without CUDA."""
    specifier = wished[member].specifier if member in wished else ""
    if not specifier.startswith("==") or "+" in specifier:
        return []
    return [f"-{member}{specifier}", f"+{member}{specifier}+cpu"]
