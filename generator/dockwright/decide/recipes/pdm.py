"""PDM: `lock --check` compares the content hash, `export` writes the lock with its hashes."""

from dockwright.decide.recipes.recipe import (
    EXPORTED,
    EXPORTED_DEVELOPMENT,
    Recipe,
    RecipeRequest,
    exports_exactly,
    options,
    without_local,
)
from dockwright.model.manager import Strategy

_EXPORT_ENVIRONMENT = (("PDM_CHECK_UPDATE", "false"), ("PDM_USE_VENV", "false"))
"""Without the second, `export` makes a virtual environment first, which nothing is installed into."""

_ENVIRONMENT = (("PDM_CHECK_UPDATE", "false"), ("PDM_IGNORE_SAVED_PYTHON", "1"))


def recipe(request: RecipeRequest) -> Recipe:
    """Return PDM's commands; its own install only warns of a stale lock unless `--check` is given."""
    manifest = request.finding.manifest
    exact = exports_exactly(request)
    chosen = f"--prod{options('-G', (*request.groups, *request.extras))}"
    development = options("-G", (*request.every_group, *request.extras))
    return Recipe(
        files=(manifest.path, *manifest.also_read) + (("pdm.lock",) if request.locked else ()),
        optional_files=() if request.locked else ("pdm.lock",),
        check=("pdm lock --check",) if request.locked else (),
        lock=() if request.locked else (_lock(request),),
        lock_file="pdm.lock",
        export=(f"pdm export {chosen} --output {EXPORTED}", *without_local(request, EXPORTED))
        if exact
        else (),
        export_development=(
            f"pdm export{development} --output {EXPORTED_DEVELOPMENT}",
            *without_local(request, EXPORTED_DEVELOPMENT),
        )
        if exact
        else (),
        export_environment=_EXPORT_ENVIRONMENT,
        native=(f"pdm install --check --no-self --no-editable {chosen}",),
        native_development=(f"pdm install --check --no-self --no-editable{development}",),
        native_environment=_ENVIRONMENT,
        tool=(f"'pdm[locked]=={request.tool.version}'",) if request.tool else (),
        cache="/root/.cache/pdm",
        checks=manifest.path,
        local=request.local if exact else (),
    )


def _lock(request: RecipeRequest) -> str:
    """Return the command; `export` needs `inherit_metadata`, which a lock of the strategy before would go on without."""
    keep = "" if request.strategy is Strategy.UPDATE else " --update-reuse"
    return f"pdm lock{keep} --strategy inherit_metadata"
