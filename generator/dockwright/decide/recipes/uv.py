"""uv: `export --locked` checks and exports in one step."""

from dockwright.decide.knowledge.python_releases import numbers
from dockwright.decide.recipes.recipe import (
    EXPORTED,
    EXPORTED_DEVELOPMENT,
    PYLOCK,
    PYLOCK_DEVELOPMENT,
    Recipe,
    RecipeRequest,
    exports_exactly,
    options,
)
from dockwright.model.manager import Strategy

_READS_PYLOCK = (0, 9)
"""From here on `uv pip sync` takes a pylock.toml by an option that stayed."""


def recipe(request: RecipeRequest) -> Recipe:
    """Return uv's commands. In a workspace only the chosen member and what it needs is installed."""
    finding = request.finding
    workspace = bool(finding.workspace_members)
    exact = exports_exactly(request)
    chosen = f"{options('--extra', request.extras)}{options('--group', request.groups)}"
    development = f"{options('--extra', request.extras)}{options('--group', request.every_group)}"
    leave_out = "--no-emit-local" if workspace or request.local else "--no-emit-project"
    not_installed = "--no-install-workspace" if workspace else "--no-install-project"
    freshness = "--locked" if request.locked else "--frozen"
    exported, exported_development = (
        (PYLOCK, PYLOCK_DEVELOPMENT) if _reads_pylock(request) else (EXPORTED, EXPORTED_DEVELOPMENT)
    )
    return Recipe(
        files=_files(request),
        optional_files=() if request.locked else ("uv.lock",),
        lock=()
        if request.locked
        else ("uv lock --upgrade" if request.strategy is Strategy.UPDATE else "uv lock",),
        lock_file="uv.lock",
        export=(
            f"uv export --quiet {freshness} --no-default-groups {leave_out}{chosen} --output-file {exported}",
        )
        if exact
        else (),
        export_development=(
            f"uv export --quiet {freshness} {leave_out}{development} --output-file {exported_development}",
        )
        if exact
        else (),
        exported=exported,
        exported_development=exported_development,
        native=(f"uv sync {freshness} --no-default-groups {not_installed}{chosen}",),
        native_development=(f"uv sync {freshness} {not_installed}{development}",),
        native_environment=(("UV_PROJECT_ENVIRONMENT", "/opt/venv"),),
        cache="/root/.cache/uv",
        checks=finding.manifest.path,
        local=request.local if exact else (),
    )


def _files(request: RecipeRequest) -> tuple[str, ...]:
    manifest = request.finding.manifest
    return (manifest.path, *manifest.also_read) + (("uv.lock",) if request.locked else ())


def _reads_pylock(request: RecipeRequest) -> bool:
    """Whether the pinned uv installs from a pylock.toml, which holds the addresses that uv.lock has and requirements lose."""
    return request.tool is None or numbers(request.tool.version) >= _READS_PYLOCK
