"""How the locked distributions get into /opt/venv: the lock stage, the install steps and what they read."""

from generator.decide.byte_compile import with_compilation
from generator.decide.installer import choose_installer
from generator.decide.outside import manifest_mounts
from generator.decide.recipes import Recipe, RecipeRequest, choose_recipe
from generator.decide.recipes.recipe import PYLOCK, PYLOCK_DEVELOPMENT, sync_pylock
from generator.decide.version_control import Fetched, fetched, fetching_layer, with_keys
from generator.model.dependencies import MAIN, ManagerFinding
from generator.model.dockerfile import AptLayer, Copy, Mount, Run, Stage
from generator.model.manager import Installer, Manager, Strategy
from generator.model.origin import Decision
from generator.model.plan import ToolPin
from generator.model.record import record, replace
from generator.model.settings import Settings

_UV_CACHE = Mount(kind="cache", target="/root/.cache/uv")
_UV_ENVIRONMENT = (("UV_LINK_MODE", "copy"), ("UV_PYTHON_DOWNLOADS", "never"))
_TOOL_ENVIRONMENT = (*_UV_ENVIRONMENT, ("UV_TOOL_BIN_DIR", "/usr/local/bin"))


@record
class InstallRequest:
    """What the installation is decided from.

    `image` is the reference that stages without a parent start from, `packages` its package manager, `contents` the system
    packages that it already has.
    """

    finding: ManagerFinding
    strategy: Strategy
    settings: Settings
    tools: tuple[ToolPin, ...]
    image: str
    development: tuple[str, ...] = ()
    packages: str = "apt"
    contents: tuple[str, ...] = ()

    def tool(self, name: str) -> ToolPin | None:
        """Return the pin of a tool, None if it takes no part."""
        return next((pin for pin in self.tools if pin.name == name), None)

    @property
    def present(self) -> frozenset[str]:
        """The packages that are there without being installed, or that the owner does without."""
        return frozenset((*self.contents, *self.settings.without_packages))

    def fetched(self, *, development: bool = False) -> tuple[Fetched, ...]:
        """Return what the installed groups take from version control."""
        extras = (f"extra:{extra}" for extra in self.settings.extras)
        groups = frozenset((MAIN, *self.settings.groups, *extras, *(self.development if development else ())))
        return fetched(self.finding, groups, locked=self.strategy is Strategy.LOCKED)


@record
class Installation:
    """The settled installation.

    `support` are stages that are not shipped; `tool` are steps that put a manager into the build stage (native installs
    only); `development_system` fetches what only development needs; `reads` are the files of the build context that the steps
    copy or mount.
    """

    installer: Decision[Installer]
    support: tuple[Stage, ...] = ()
    tool: tuple[Run, ...] = ()
    production: tuple[Run, ...] = ()
    development: tuple[Run, ...] = ()
    reads: tuple[str, ...] = ()
    recipe: Recipe
    development_system: AptLayer | None = None


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
        recipe = replace(recipe, export_development=(), native_development=(), direct_development="")
    installer = choose_installer(request.finding, recipe, request.settings.installer)
    if request.finding.manager is Manager.NONE:
        return Installation(installer=installer, recipe=recipe)
    if installer.value is Installer.NATIVE:
        return _native(request, recipe, installer)
    if recipe.direct:
        return _direct(request, recipe, installer)
    return _exported(request, recipe, installer)


def uv_mount(request: InstallRequest) -> Mount:
    """Return the mount that brings the pinned uv into one RUN and leaves nothing behind."""
    pin = request.tool("uv")
    version = pin.version if pin else "latest"
    return Mount(kind="bind", from_stage=f"ghcr.io/astral-sh/uv:{version}", source="/uv", target="/usr/local/bin/uv")


def _exported(request: InstallRequest, recipe: Recipe, installer: Decision[Installer]) -> Installation:
    locked = request.strategy is Strategy.LOCKED
    stage = _lock_stage(request, recipe) if locked else _relock_stage(request, recipe)
    return Installation(
        installer=installer,
        support=(stage, *_development_lock(request, recipe)),
        production=(_sync(request, recipe.exported),),
        development=(_sync(request, recipe.exported_development, development=True),)
        if recipe.export_development
        else (),
        reads=(*recipe.files, *recipe.optional_files),
        recipe=recipe,
        development_system=_development_system(request),
    )


def tool_environment(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """Return what uv needs in a stage where it runs: a folder for commands only where it installs a tool."""
    return _TOOL_ENVIRONMENT if recipe.tool else _UV_ENVIRONMENT


def _lock_stage(request: InstallRequest, recipe: Recipe) -> Stage:
    name = request.finding.lock.path if request.finding.lock else "the lock"
    return Stage(
        name="lock",
        parent=request.image,
        comment=f"Checks that {name} belongs to {recipe.checks}, and hands it on with its hashes. Not shipped.",
        environment=(*recipe.export_environment, *tool_environment(recipe)),
        workdir="/lock",
        tool=_tool_steps(request, recipe),
        install=(
            Run(
                commands=recipe.export,
                mounts=_lock_mounts(request, recipe),
                beside=recipe.check,
                comment="The check runs beside the export; `wait` asks how it ended." if recipe.check else "",
            ),
        ),
    )


def _relock_stage(request: InstallRequest, recipe: Recipe) -> Stage:
    sources = (*recipe.files, *(f"{path}*" for path in recipe.optional_files))
    them = fetched(request.finding, locked=False)
    lock = Run(
        commands=(*recipe.lock, *recipe.export),
        mounts=(
            *_uv_mounts_of_manager(request, always=not recipe.tool),
            *manifest_mounts(recipe.local, "/lock"),
            *secret_mounts(request.finding),
        ),
    )
    return Stage(
        name="lock",
        parent=request.image,
        comment=f"{_how_it_locks(request, recipe)} `dockwright lock` brings the new lock into the project. Not shipped.",
        environment=tool_environment(recipe),
        workdir="/lock",
        system=fetching_layer(them, request.packages, present=request.present),
        tool=_tool_steps(request, recipe),
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


def _development_lock(request: InstallRequest, recipe: Recipe) -> tuple[Stage, ...]:
    """Return the stage that exports the development groups: one of its own, so that a production build does not wait for it."""
    if not recipe.export_development or not request.settings.development:
        return ()
    run = Run(commands=recipe.export_development, mounts=_lock_mounts(request, recipe))
    if request.strategy is not Strategy.LOCKED:
        run = Run(commands=recipe.export_development, mounts=_uv_mounts_of_manager(request, always=not recipe.tool))
    return (
        Stage(
            name="lock-dev", parent="lock", comment="The same with the development groups. Not shipped.", install=(run,)
        ),
    )


def _lock_mounts(request: InstallRequest, recipe: Recipe) -> tuple[Mount, ...]:
    outside = manifest_mounts(recipe.local, "/lock") if request.finding.manager is Manager.UV else ()
    return (*_uv_mounts_of_manager(request), *_context_mounts(recipe.files), *outside, *secret_mounts(request.finding))


def _copies_into_place(paths: tuple[str, ...]) -> tuple[Copy, ...]:
    """Return COPYs that keep each file's folder."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    return tuple(Copy(sources=tuple(names), destination=f"{folder or '.'}/") for folder, names in folders.items())


def _uv_mounts_of_manager(request: InstallRequest, *, always: bool = False) -> tuple[Mount, ...]:
    if request.finding.manager is Manager.UV or always:
        return (_UV_CACHE, uv_mount(request))
    return ()


def _tool_steps(request: InstallRequest, recipe: Recipe) -> tuple[Run, ...]:
    if not recipe.tool:
        return ()
    return (
        Run(
            commands=(f"uv tool install --quiet --compile-bytecode {' '.join(recipe.tool)}",),
            mounts=(_UV_CACHE, uv_mount(request)),
        ),
    )


def _context_mounts(paths: tuple[str, ...]) -> tuple[Mount, ...]:
    return tuple(Mount(kind="bind", source=path, target=path) for path in paths)


def secret_mounts(finding: ManagerFinding) -> tuple[Mount, ...]:
    """Return optional secrets for indexes that ask for credentials: the named variables, else a netrc file."""
    private = [index for index in finding.manifest.indexes if index.needs_credentials or index.variables]
    variables = sorted({name for index in private for name in index.variables})
    mounts = [Mount(kind="secret", id=name, env=name) for name in variables]
    if private and not variables:
        mounts.append(Mount(kind="secret", id="netrc", target="/root/.netrc"))
    return tuple(mounts)


def _sync(request: InstallRequest, exported: str, *, development: bool = False) -> Run:
    stage = "lock-dev" if development else "lock"
    handed_on = Mount(kind="bind", from_stage=stage, source=exported, target=exported)
    mounts = [_UV_CACHE, uv_mount(request), handed_on]
    # What version control holds has a commit and no hash; uv still compares the hashes of everything else.
    hashes = "" if development and request.fetched(development=True) else " --require-hashes"
    arguments = sync_pylock(exported) if exported in {PYLOCK, PYLOCK_DEVELOPMENT} else f"sync{hashes} {exported}"
    return _uv_run(request, arguments, mounts, development=development)


def _uv_run(request: InstallRequest, arguments: str, mounts: list[Mount], *, development: bool) -> Run:
    run = Run(commands=(f"UV_LINK_MODE=copy uv pip {arguments}",), mounts=tuple(mounts))
    run = with_keys(run, request.fetched(development=development))
    return with_compilation(run) if request.settings.byte_compile and not development else run


def _development_system(request: InstallRequest) -> AptLayer | None:
    """Return the tools that fetch what only development takes from version control: the build stage has the others."""
    shipped = fetching_layer(request.fetched(), request.packages)
    present = request.present.union(shipped.packages if shipped else ())
    return fetching_layer(request.fetched(development=True), request.packages, present=present)


def _direct(request: InstallRequest, recipe: Recipe, installer: Decision[Installer]) -> Installation:
    mounts = [_UV_CACHE, uv_mount(request), *_context_mounts(recipe.files), *secret_mounts(request.finding)]
    development = recipe.direct_development
    return Installation(
        installer=installer,
        production=(_uv_run(request, recipe.direct, mounts, development=False),),
        development=(_uv_run(request, development, mounts, development=True),) if development else (),
        reads=recipe.files,
        recipe=recipe,
        development_system=_development_system(request) if development else None,
    )


def _native(request: InstallRequest, recipe: Recipe, installer: Decision[Installer]) -> Installation:
    relocked = request.strategy is not Strategy.LOCKED and bool(recipe.lock)
    mounts = [Mount(kind="cache", target=recipe.cache), *_uv_mounts_of_manager(request), *_context_mounts(recipe.files)]
    if relocked:
        lock = recipe.lock_file
        mounts.append(Mount(kind="bind", from_stage="lock", source=f"/lock/{lock}", target=lock))
    steps = tuple(dict.fromkeys((*mounts, *secret_mounts(request.finding))))
    production = with_keys(Run(commands=(*recipe.check, *recipe.native), mounts=steps), request.fetched())
    development = with_keys(Run(commands=recipe.native_development, mounts=steps), request.fetched(development=True))
    return Installation(
        installer=installer,
        support=(_relock_stage(request, recipe),) if relocked else (),
        tool=_tool_steps(request, recipe),
        production=(with_compilation(production) if request.settings.byte_compile else production,),
        development=(development,) if recipe.native_development else (),
        reads=(*recipe.files, *recipe.optional_files),
        recipe=recipe,
        development_system=_development_system(request),
    )
