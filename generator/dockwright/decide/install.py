"""How the locked distributions get into /opt/venv: the lock stage, the install steps and what they read."""

from dockwright.decide.byte_compile import with_compilation
from dockwright.decide.install_request import (
    UV_CACHE,
    InstallRequest,
    context_mounts,
    handed_on,
    manager_mounts,
    uv_mount,
)
from dockwright.decide.installer import choose_installer
from dockwright.decide.large import LARGE, large_distributions
from dockwright.decide.lock_stage import development_lock, lock_stage, relock_stage, tool_steps
from dockwright.decide.recipes import Recipe, RecipeRequest, choose_recipe
from dockwright.decide.recipes.recipe import EXPORTED, PYLOCK, PYLOCK_DEVELOPMENT, sync_pylock
from dockwright.decide.secret_mounts import secret_mounts
from dockwright.decide.version_control import fetching_layer, with_keys
from dockwright.model.dockerfile import AptLayer, Mount, Run, Stage
from dockwright.model.manager import Installer, Manager, Strategy
from dockwright.model.origin import Decision
from dockwright.model.record import record, replace


@record
class Installation:
    """The settled installation.

    `support` are stages that are not shipped; `tool` are steps that put a manager into the build stage (native installs
    only); `development_system` fetches what only development needs; `large` are the distributions in a layer of their own; `reads`
    are the files of the build context that the steps copy or mount.
    """

    installer: Decision[Installer]
    support: tuple[Stage, ...] = ()
    tool: tuple[Run, ...] = ()
    production: tuple[Run, ...] = ()
    development: tuple[Run, ...] = ()
    reads: tuple[str, ...] = ()
    recipe: Recipe
    development_system: AptLayer | None = None
    large: Decision[tuple[str, ...]] | None = None


def plan_installation(request: InstallRequest) -> Installation:
    """Return the installation for the manager, strategy and installer that were decided or set."""
    recipe = choose_recipe(
        RecipeRequest(
            finding=request.finding,
            strategy=request.strategy,
            tool=request.tool(str(request.finding.manager)),
            groups=request.settings.groups,
            extras=request.settings.extras,
            development=request.development,
        )
    )
    if not request.development:
        recipe = replace(
            recipe, export_development=(), native_development=(), direct_development=""
        )
    installer = choose_installer(request.finding, recipe, request.settings.installer)
    if request.finding.manager is Manager.NONE:
        return Installation(installer=installer, recipe=recipe)
    if installer.value is Installer.NATIVE:
        return _native(request, recipe, installer)
    if recipe.direct:
        return _direct(request, recipe, installer)
    return _exported(request, recipe, installer)


def _exported(
    request: InstallRequest, recipe: Recipe, installer: Decision[Installer]
) -> Installation:
    locked = request.strategy is Strategy.LOCKED
    large = large_distributions(request.layered) if recipe.exported == EXPORTED else None
    make = lock_stage if locked else relock_stage
    stage = make(request, recipe, large.value if large else ())
    return Installation(
        installer=installer,
        support=(stage, *development_lock(request, recipe)),
        production=_in_layers(request, recipe) if large else (_sync(request, recipe.exported),),
        development=(_sync(request, recipe.exported_development, development=True),)
        if recipe.export_development
        else (),
        reads=(*recipe.files, *recipe.optional_files),
        recipe=recipe,
        development_system=_development_system(request),
        large=large,
    )


def _in_layers(request: InstallRequest, recipe: Recipe) -> tuple[Run, ...]:
    """Return the step of the large distributions, then the one that makes the environment what the lock says."""
    mounts = [UV_CACHE, uv_mount(request), handed_on("lock", LARGE)]
    first = _uv_run(
        request, f"install --no-deps --require-hashes -r {LARGE}", mounts, development=False
    )
    comment = "Large distributions have a layer of their own: as long as they stay, it is neither made nor pushed again."
    return (replace(first, comment=comment), replace(_sync(request, recipe.exported), program=None))


def _sync(request: InstallRequest, exported: str, *, development: bool = False) -> Run:
    mounts = [
        UV_CACHE,
        uv_mount(request),
        handed_on("lock-dev" if development else "lock", exported),
    ]
    # What version control holds has a commit and no hash; uv still compares the hashes of everything else.
    hashes = "" if development and request.fetched(development=True) else " --require-hashes"
    arguments = (
        sync_pylock(exported)
        if exported in {PYLOCK, PYLOCK_DEVELOPMENT}
        else f"sync{hashes} {exported}"
    )
    return _uv_run(request, arguments, mounts, development=development)


def _uv_run(
    request: InstallRequest, arguments: str, mounts: list[Mount], *, development: bool
) -> Run:
    run = Run(commands=(f"UV_LINK_MODE=copy uv pip {arguments}",), mounts=tuple(mounts))
    run = with_keys(run, request.fetched(development=development))
    return with_compilation(run) if request.settings.byte_compile and not development else run


def _development_system(request: InstallRequest) -> AptLayer | None:
    """Return the tools that fetch what only development takes from version control: the build stage has the others."""
    shipped = fetching_layer(request.fetched(), request.packages)
    present = request.present.union(shipped.packages if shipped else ())
    return fetching_layer(request.fetched(development=True), request.packages, present=present)


def _direct(
    request: InstallRequest, recipe: Recipe, installer: Decision[Installer]
) -> Installation:
    mounts = [
        UV_CACHE,
        uv_mount(request),
        *context_mounts(recipe.files),
        *secret_mounts(request.finding),
    ]
    development = recipe.direct_development
    return Installation(
        installer=installer,
        production=(_uv_run(request, recipe.direct, mounts, development=False),),
        development=(_uv_run(request, development, mounts, development=True),)
        if development
        else (),
        reads=recipe.files,
        recipe=recipe,
        development_system=_development_system(request) if development else None,
    )


def _native(
    request: InstallRequest, recipe: Recipe, installer: Decision[Installer]
) -> Installation:
    relocked = request.strategy is not Strategy.LOCKED and bool(recipe.lock)
    mounts = [
        Mount(kind="cache", target=recipe.cache),
        *manager_mounts(request),
        *context_mounts(recipe.files),
    ]
    if relocked:
        lock = recipe.lock_file
        mounts.append(Mount(kind="bind", from_stage="lock", source=f"/lock/{lock}", target=lock))
    steps = tuple(dict.fromkeys((*mounts, *secret_mounts(request.finding))))
    production = with_keys(
        Run(commands=(*recipe.check, *recipe.native), mounts=steps), request.fetched()
    )
    development = with_keys(
        Run(commands=recipe.native_development, mounts=steps), request.fetched(development=True)
    )
    return Installation(
        installer=installer,
        support=(relock_stage(request, recipe),) if relocked else (),
        tool=tool_steps(request, recipe),
        production=(with_compilation(production) if request.settings.byte_compile else production,),
        development=(development,) if recipe.native_development else (),
        reads=(*recipe.files, *recipe.optional_files),
        recipe=recipe,
        development_system=_development_system(request),
    )
