"""The stages that check the lock, or make it anew, and hand it on."""

from dockwright.decide.install_request import (
    UV_CACHE,
    InstallRequest,
    context_mounts,
    manager_mounts,
    uv_mount,
)
from dockwright.decide.large import select_large
from dockwright.decide.native_needs import fetched
from dockwright.decide.outside import manifest_mounts
from dockwright.decide.recipes import Recipe
from dockwright.decide.secret_mounts import secret_mounts
from dockwright.decide.version_control import fetching_layer, with_keys
from dockwright.model.dockerfile import Copy, Mount, Run, Stage
from dockwright.model.manager import Manager, Strategy
from dockwright.model.record import replace

_UV_ENVIRONMENT = (("UV_LINK_MODE", "copy"), ("UV_PYTHON_DOWNLOADS", "never"))
_TOOL_ENVIRONMENT = (*_UV_ENVIRONMENT, ("UV_TOOL_BIN_DIR", "/usr/local/bin"))


def tool_environment(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Return what uv needs in a stage where it runs: a folder for commands only where it installs a tool."""
    return _TOOL_ENVIRONMENT if recipe.tool else _UV_ENVIRONMENT


def lock_stage(request: InstallRequest, recipe: Recipe, large: tuple[str, ...] = ()) -> Stage:
    """Return the stage that checks the lock as it stands and exports it, and once more what of it is `large`."""
    name = request.finding.lock.path if request.finding.lock else "the lock"
    return Stage(
        name="lock",
        parent=request.image,
        comment=f"Checks that {name} belongs to {recipe.checks}, and hands it on with its hashes. Not shipped.",
        environment=(*recipe.export_environment, *tool_environment(recipe)),
        workdir="/lock",
        tool=tuple(_called_once(run, recipe) for run in tool_steps(request, recipe)),
        install=(
            Run(
                commands=_export(recipe, large),
                mounts=_lock_mounts(request, recipe),
                beside=recipe.check,
                comment=_how_it_exports(recipe, large),
            ),
        ),
    )


def _called_once(tool: Run, recipe: Recipe) -> Run:
    """Return the step that installs the manager with a first call of its export, which takes a second once and not at each new lock.

    Python images hold no byte code of the standard library, and what a step compiles while it runs is gone when it runs again.
    """
    export = " ".join(recipe.export[0].split()[:2])
    return replace(
        tool,
        commands=(*tool.commands, f"{export} --help > /dev/null"),
        comment="The first call leaves byte code of the standard library, so that an export starts faster.",
    )


def _export(recipe: Recipe, large: tuple[str, ...]) -> tuple[str, ...]:
    return (*recipe.export, select_large(large)) if large else recipe.export


def _how_it_exports(recipe: Recipe, large: tuple[str, ...]) -> str:
    beside = "The check runs beside the export; `wait` asks how it ended." if recipe.check else ""
    apart = "awk picks what gets a layer of its own." if large else ""
    return f"{beside} {apart}".strip()


def relock_stage(request: InstallRequest, recipe: Recipe, large: tuple[str, ...] = ()) -> Stage:
    """Return the stage that makes the lock anew and exports it, and once more what of it is `large`."""
    sources = (*recipe.files, *(f"{path}*" for path in recipe.optional_files))
    them = fetched(request.finding, locked=False)
    lock = Run(
        commands=(*recipe.lock, *_export(recipe, large)),
        mounts=(
            *manager_mounts(request, always=not recipe.tool),
            *manifest_mounts(recipe.local, "/lock"),
            *secret_mounts(request.finding),
        ),
        comment=_how_it_exports(recipe, large),
    )
    return Stage(
        name="lock",
        parent=request.image,
        comment=f"{_how_it_locks(request, recipe)} `dockwright lock` brings the new lock into the project. Not shipped.",
        environment=tool_environment(recipe),
        workdir="/lock",
        system=fetching_layer(them, request.packages, present=request.present),
        tool=tool_steps(request, recipe),
        copies=_copies_into_place(sources),
        project=(with_keys(lock, them),),
    )


def _how_it_locks(request: InstallRequest, recipe: Recipe) -> str:
    if request.finding.lock is None:
        return f"Locks {recipe.checks}, which has no lock, with the newest versions allowed."
    if request.strategy is Strategy.RELOCK and request.finding.manager is Manager.PIPENV:
        return f"Locks again from {recipe.checks}, with the newest versions allowed: Pipenv keeps none."
    kept = (
        "keeping the versions that still fit"
        if request.strategy is Strategy.RELOCK
        else "with the newest versions allowed"
    )
    return f"Locks again from {recipe.checks}, {kept}."


def development_lock(request: InstallRequest, recipe: Recipe) -> tuple[Stage, ...]:
    """Return the stage that exports the development groups: one of its own, so that a production build does not wait for it."""
    if not recipe.export_development or not request.settings.development:
        return ()
    run = Run(commands=recipe.export_development, mounts=_lock_mounts(request, recipe))
    if request.strategy is not Strategy.LOCKED:
        run = Run(
            commands=recipe.export_development,
            mounts=manager_mounts(request, always=not recipe.tool),
        )
    return (
        Stage(
            name="lock-dev",
            parent="lock",
            comment="The same with the development groups. Not shipped.",
            install=(run,),
        ),
    )


def _lock_mounts(request: InstallRequest, recipe: Recipe) -> tuple[Mount, ...]:
    outside = (
        manifest_mounts(recipe.local, "/lock") if request.finding.manager is Manager.UV else ()
    )
    return (
        *manager_mounts(request),
        *context_mounts(recipe.files),
        *outside,
        *secret_mounts(request.finding),
    )


def _copies_into_place(paths: tuple[str, ...]) -> tuple[Copy, ...]:
    """Return COPYs that keep each file's folder."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    return tuple(
        Copy(sources=tuple(names), destination=f"{folder or '.'}/")
        for folder, names in folders.items()
    )


def tool_steps(request: InstallRequest, recipe: Recipe) -> tuple[Run, ...]:
    """Return the step that installs the manager, none where it is mounted."""
    if not recipe.tool:
        return ()
    return (
        Run(
            commands=(f"uv tool install --quiet --compile-bytecode {' '.join(recipe.tool)}",),
            mounts=(UV_CACHE, uv_mount(request)),
        ),
    )
