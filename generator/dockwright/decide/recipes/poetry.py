"""Poetry: the export plugin compares the content hash and writes the lock with its hashes; Poetry 1 needs a check beside it."""

from shlex import quote

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

_EXPORT_ENVIRONMENT = (("POETRY_VIRTUALENVS_CREATE", "false"),)
"""Without it Poetry looks for an environment, which takes a fifth of an export."""

_EXPORT_PLUGIN = "poetry-plugin-export"
_ENVIRONMENT = (("POETRY_NO_INTERACTION", "1"), ("POETRY_VIRTUALENVS_CREATE", "false"))


def recipe(request: RecipeRequest) -> Recipe:
    """Return Poetry's commands for the version that was pinned (1.x and 2.x differ in their flags)."""
    manifest = request.finding.manifest
    exact = exports_exactly(request)
    extras = options("--extras", request.extras)
    only = f"--only {','.join(('main', *request.groups))}"
    with_development = options("--with", request.every_group)
    install = _install(request)
    return Recipe(
        files=(
            manifest.path,
            *(() if exact else manifest.also_read),
            *(("poetry.lock",) if request.locked else ()),
        ),
        optional_files=() if request.locked else ("poetry.lock",),
        check=_check(request) if request.locked else (),
        lock=() if request.locked else (_lock(request),),
        lock_file="poetry.lock",
        export=(
            f"poetry export {only}{extras} --output {EXPORTED}",
            *without_local(request, EXPORTED),
        )
        if exact
        else (),
        export_development=(
            f"poetry export{with_development}{extras} --output {EXPORTED_DEVELOPMENT}",
            *without_local(request, EXPORTED_DEVELOPMENT),
        )
        if exact
        else (),
        export_environment=_EXPORT_ENVIRONMENT,
        native=(f"{install} {only}{extras}",),
        native_development=(f"{install}{with_development}{extras}",),
        native_environment=_ENVIRONMENT,
        tool=_tool(request, exact=exact),
        cache="/root/.cache/pypoetry",
        checks=manifest.path,
        local=request.local if exact else (),
    )


def _version(request: RecipeRequest) -> tuple[int, int]:
    if request.tool is None:
        return (2, 0)
    major, minor, *_ = request.tool.version.split(".")
    return (int(major), int(minor))


def _check(request: RecipeRequest) -> tuple[str, ...]:
    """Return Poetry 1's commands. From Poetry 2 on (and its export plugin 1.9) `export`, `sync` and `install` refuse a stale lock."""
    version, distribution = _version(request), request.finding.manifest.distribution
    if version >= (2, 0):
        return ()
    if version < (1, 6):
        return ("poetry lock --check",)
    # `check` wants the readme to be there, and an edit of the real one must change nothing.
    readme = distribution.readme if distribution is not None else ""
    return (*((f"touch {readme}",) if readme else ()), "poetry check --lock")


def _lock(request: RecipeRequest) -> str:
    modern = _version(request) >= (2, 0)
    if request.strategy is Strategy.UPDATE:
        return (
            "poetry lock --no-interaction --regenerate"
            if modern
            else "poetry lock --no-interaction"
        )
    return "poetry lock --no-interaction" if modern else "poetry lock --no-interaction --no-update"


def _install(request: RecipeRequest) -> str:
    if _version(request) >= (2, 0):
        return "poetry sync --no-interaction --no-root --no-directory"
    return "poetry install --no-interaction --no-root --no-directory --sync"


def _tool(request: RecipeRequest, *, exact: bool) -> tuple[str, ...]:
    """Return what is installed. An export needs its own plugin alone: only `sync` and `install` look for the project's."""
    if request.tool is None:
        return ()
    extras = (
        extra for extra in request.tool.extras if not exact or extra.startswith(_EXPORT_PLUGIN)
    )
    return (*(f"--with {quote(extra)}" for extra in extras), f"poetry=={request.tool.version}")
