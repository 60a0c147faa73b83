"""Applications that files of the project name themselves: the strongest sign of which one is served."""

import re

from dockwright.detect.application.survey import Survey
from dockwright.detect.tree import line_of
from dockwright.errors import DockwrightError
from dockwright.model.application import FoundProcess
from dockwright.model.origin import Origin
from dockwright.model.pattern import Pattern

_FLASK_APP = Pattern(r"^\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([^\s\"'#]+)", re.MULTILINE)


def find_named(survey: Survey, processes: tuple[FoundProcess, ...]) -> dict[str, Origin]:
    """Return "module:object" (or "module:" where the object is left open) -> the place that names it."""
    found: dict[str, Origin] = {}
    for process in processes:
        if process.target:
            found.setdefault(_with_colon(process.target), process.origin)
    for target, origin in _manager_scripts(survey):
        found.setdefault(_with_colon(target), origin)
    for target, origin in (*_flask_env(survey), *_fastapi_table(survey)):
        found.setdefault(target, origin)
    return found


def _manager_scripts(survey: Survey) -> list[tuple[str, Origin]]:
    if not survey.manager_scripts:
        return []
    from dockwright.detect.application.procfile import target_in

    named = ((target_in(script.target), script.origin) for script in survey.manager_scripts)
    return [(target, origin) for target, origin in named if target]


def _with_colon(target: str) -> str:
    return target if ":" in target else f"{target}:"


def _flask_env(survey: Survey) -> list[tuple[str, Origin]]:
    path = ".flaskenv"
    try:
        content = survey.tree.optional_text(path) or ""
    except DockwrightError:
        return []
    match = _FLASK_APP.search(content)
    if not match:
        return []
    module, _, name = match[1].removeprefix("./").partition(":")
    dotted = module.removesuffix(".py").replace("/", ".")
    return [
        (f"{dotted}:{name}", Origin(path=path, line=line_of(content, "FLASK_APP"), key="FLASK_APP"))
    ]


def _fastapi_table(survey: Survey) -> list[tuple[str, Origin]]:
    path = "pyproject.toml"
    if not survey.tree.has(path):
        return []
    try:
        tool = survey.tree.toml(path).get("tool")
    except DockwrightError:
        return []
    table = tool.get("fastapi") if isinstance(tool, dict) else None
    entry = table.get("entrypoint") if isinstance(table, dict) else None
    if not isinstance(entry, str):
        return []
    return [
        (
            _with_colon(entry),
            Origin(
                path=path, line=line_of(survey.tree.text(path), "entrypoint"), key="tool.fastapi"
            ),
        )
    ]
