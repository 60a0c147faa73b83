"""What the installation is decided from, and the mounts that its steps share."""

from dockwright.decide.native_needs import Fetched, fetched
from dockwright.model.dependencies import MAIN, LockedDistribution, ManagerFinding
from dockwright.model.dockerfile import Mount
from dockwright.model.manager import Manager, Strategy
from dockwright.model.plan import ToolPin
from dockwright.model.record import record
from dockwright.model.settings import Settings

UV_CACHE = Mount(kind="cache", target="/root/.cache/uv")


@record
class InstallRequest:
    """What the installation is decided from.

    `image` is the reference that stages without a parent start from, `packages` its package manager, `contents` the system
    packages that it already has. `layered` are the distributions of which the large
    ones can get a layer of their own.
    """

    finding: ManagerFinding
    strategy: Strategy
    settings: Settings
    tools: tuple[ToolPin, ...]
    image: str
    development: tuple[str, ...] = ()
    packages: str = "apt"
    contents: tuple[str, ...] = ()
    layered: tuple[LockedDistribution, ...] = ()

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
        groups = frozenset(
            (MAIN, *self.settings.groups, *extras, *(self.development if development else ()))
        )
        return fetched(self.finding, groups, locked=self.strategy is Strategy.LOCKED)


def uv_mount(request: InstallRequest) -> Mount:
    """Return the mount that brings the pinned uv into one RUN and leaves nothing behind."""
    pin = request.tool("uv")
    version = pin.version if pin else "latest"
    return Mount(
        kind="bind",
        from_stage=f"ghcr.io/astral-sh/uv:{version}",
        source="/uv",
        target="/usr/local/bin/uv",
    )


def manager_mounts(request: InstallRequest, *, always: bool = False) -> tuple[Mount, ...]:
    """Return what a step needs in which the manager runs: uv is mounted, the others are installed; `always` means that uv runs too."""
    if request.finding.manager is Manager.UV or always:
        return (UV_CACHE, uv_mount(request))
    return ()


def context_mounts(paths: tuple[str, ...]) -> tuple[Mount, ...]:
    """Return mounts of the build context's own files, each at its place."""
    return tuple(Mount(kind="bind", source=path, target=path) for path in paths)


def handed_on(stage: str, path: str) -> Mount:
    """Return the mount of what another stage left at `path`, at the same place."""
    return Mount(kind="bind", from_stage=stage, source=path, target=path)
