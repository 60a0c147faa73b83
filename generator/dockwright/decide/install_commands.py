"""How each package manager spells what a build asks of it: check, lock, list, install."""

from shlex import quote

from dockwright.model.dependencies import MAIN, Manager, ManagerFinding, Strategy
from dockwright.model.plan import ToolPin
from dockwright.model.record import record
from dockwright.model.settings import Settings

_LOCKS = {
    Manager.PIPENV: "Pipfile.lock",
    Manager.POETRY: "poetry.lock",
    Manager.PDM: "pdm.lock",
    Manager.UV: "uv.lock",
}


@record
class InstallRequest:
    """What the installation is decided from.

    `development` are the groups that only the stage `dev` installs. `compiled_for` is the name of
    the cache where something is compiled, "" otherwise.
    """

    finding: ManagerFinding
    strategy: Strategy
    settings: Settings
    tools: tuple[ToolPin, ...]
    development: tuple[str, ...] = ()
    compiled_for: str = ""

    @property
    def locked(self) -> bool:
        """Whether the lock is used as it stands."""
        return self.strategy is Strategy.LOCKED

    @property
    def lock_path(self) -> str:
        """The file that is installed from."""
        lock, manager = self.finding.lock, self.finding.manager
        if lock:
            return lock.path
        return _LOCKS.get(manager, self.finding.manifest.path)

    @property
    def installed_groups(self) -> frozenset[str]:
        """The groups that production installs, as LockedDistribution.groups spells them."""
        extras = (f"extra:{extra}" for extra in self.settings.extras)
        return frozenset((MAIN, *self.settings.groups, *extras))

    @property
    def all_groups(self) -> tuple[str, ...]:
        """The production groups and those of development, each once."""
        return tuple(dict.fromkeys((*self.settings.groups, *self.development)))

    def tool(self, name: str) -> ToolPin | None:
        """Return the pin of a tool, None if it takes no part."""
        return next((pin for pin in self.tools if pin.name == name), None)


def tool_arguments(request: InstallRequest, *, native: bool) -> str:
    """Return the arguments of `uv tool run` that start the manager."""
    manager = request.finding.manager
    pin = request.tool(str(manager))
    version = pin.version if pin else "latest"
    if manager is Manager.PDM:
        # `locked` pins what PDM was tried with.
        return f"--from 'pdm[locked]=={version}' pdm"
    if manager is Manager.PIPENV:
        return f"pipenv@{version}"
    # An export needs its own plugin alone: only `sync` and `install` look for the project's.
    plugins = pin.extras if pin else ()
    wanted = [one for one in plugins if native or one.startswith("poetry-plugin-export")]
    return f"{''.join(f'--with {quote(one)} ' for one in wanted)}poetry@{version}"


def _poetry_version(request: InstallRequest) -> tuple[int, int]:
    pin = request.tool("poetry")
    major, minor, *_ = (pin.version if pin else "2.0").split(".")
    return (int(major), int(minor))


def check_command(request: InstallRequest, *, native: bool) -> str:
    """Return the command that refuses a stale lock, "" where the install or the export
    does that.
    """
    if not request.locked:
        return ""
    match request.finding.manager:
        case Manager.PIPENV:
            return "verify"
        case Manager.PDM:
            return "" if native else "lock --check"
        case Manager.POETRY if _poetry_version(request) < (2, 0):
            return "check --lock" if _poetry_version(request) >= (1, 6) else "lock --check"
        case _:
            return ""


def export_options(request: InstallRequest, *, development: bool) -> str:
    """Return what follows the manager's export: the groups and extras that it lists."""
    settings, groups = request.settings, request.all_groups
    match request.finding.manager:
        case Manager.PIPENV:
            return _pipenv_categories(request, development=development)
        case Manager.POETRY:
            chosen = (
                flags("--with", groups)
                if development
                else f" --only {','.join((MAIN, *settings.groups))}"
            )
            return f"{chosen}{flags('--extras', settings.extras)}"
        case _:
            return _pdm_groups(request, development=development)


def native_options(request: InstallRequest, *, development: bool) -> str:
    """Return the manager's own install, with the groups and extras that it installs."""
    match request.finding.manager:
        case Manager.PIPENV:
            return f"sync{_pipenv_categories(request, development=development)}"
        case Manager.POETRY:
            modern = _poetry_version(request) >= (2, 0)
            command = "sync --no-root" if modern else "install --sync --no-root"
            options = export_options(request, development=development)
            return f"{command} --no-directory{options}"
        case _:
            options = _pdm_groups(request, development=development)
            return f"install --check --no-self --no-editable{options}"


def _pdm_groups(request: InstallRequest, *, development: bool) -> str:
    extras = request.settings.extras
    if development:
        return flags("--group", (*request.all_groups, *extras))
    return f" --prod{flags('--group', (*request.settings.groups, *extras))}"


def _pipenv_categories(request: InstallRequest, *, development: bool) -> str:
    if not development:
        groups = request.settings.groups
        return f' --categories "packages {" ".join(groups)}"' if groups else ""
    others = [name for name in request.all_groups if name != "dev"]
    return f' --categories "packages dev-packages {" ".join(others)}"' if others else " --dev"


def flags(flag: str, names: tuple[str, ...]) -> str:
    """Return the flag once for each name, a blank before each."""
    return "".join(f" {flag} {name}" for name in names)


def relock_command(request: InstallRequest) -> str:
    """Return what locks: arguments of the manager for Pipenv, Poetry and PDM, else a
    whole command.
    """
    if request.locked:
        return ""
    update = request.strategy is Strategy.UPDATE
    match request.finding.manager:
        case Manager.PIPENV:
            return "lock"
        case Manager.POETRY:
            modern = _poetry_version(request) >= (2, 0)
            keep = "" if modern else " --no-update"
            return f"lock{' --regenerate' if modern and update else '' if update else keep}"
        case Manager.PDM:
            # An export needs this strategy, which a lock of an older one would go on without.
            return f"lock{'' if update else ' --update-reuse'} --strategy inherit_metadata"
        case Manager.UV:
            return f"uv lock{' --upgrade' if update else ''}"
        case Manager.REQUIREMENTS if request.finding.lock is not None:
            upgrade = " --upgrade" if update else ""
            source = request.finding.manifest.path
            target = request.finding.lock.path
            return (
                f"uv pip compile --quiet --generate-hashes{upgrade} --output-file {target} {source}"
            )
        case _:
            return ""
