"""Which version of each tool takes part in the build, and how it is called there."""

import re
from collections.abc import Sequence
from functools import cache
from shlex import quote

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as ParsedRequirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dockwright.decide.knowledge import load_table, record_fields
from dockwright.decide.knowledge.python_releases import numbers
from dockwright.errors import NoToolError
from dockwright.model.dependencies import MAIN, Manager, ManagerFinding, Strategy
from dockwright.model.origin import Origin, Sourced
from dockwright.model.plan import ToolPin
from dockwright.model.record import record, replace
from dockwright.model.settings import Settings

# "2.1.4", "==2.1.4", "v2.1.4": one version, whatever the table holds.
_EXACT = r"(?:={1,3})?\s*v?(\d+(?:\.\d+){0,3})"
# `^2.1` and `~2.1`, but not `~=2.1`.
_CARET = r"(\^|~(?!=))\s*(\d+)(?:\.(\d+))?([\d.]*)"
TITLES = {"pipenv": "Pipenv", "poetry": "Poetry", "pdm": "PDM", "uv": "uv"}
# What may be tried where no release of the right kind runs on the image's Python: older rules agree
# on most locks.
_STAND_INS = {"normalised": ("plette", "legacy"), "plette": ("legacy",), "2": ("1",)}
_DIGESTS = {
    "normalised": "its digest is the one in Pipfile.lock",
    "plette": "Pipfile.lock has the digest of Pipenv before 2026.4, which newer ones take for out "
    "of date",
    "legacy": "Pipfile.lock has the digest of Pipenv before 2022.10, which leaves custom "
    "categories out",
}


@record
class ToolRelease:
    """One row of tool-pins.toml: `python` is a specifier, `reads` the kinds of lock it takes."""

    version: str
    python: str
    reads: tuple[str, ...]
    extras: tuple[str, ...] = ()
    within: str = ""


@record
class _Need:
    """What a tool must do: `kind` is the kind of lock ("" for none), `reason` how that is known."""

    name: str
    python: str
    kind: str = ""
    reason: str = ""
    origin: Origin | None = None
    requirement: Sourced[str] | None = None


def choose_tools(
    finding: ManagerFinding, python: str, strategy: Strategy = Strategy.LOCKED
) -> tuple[ToolPin, ...]:
    """Return the pins of the manager and of uv for Python X.Y. NoToolError if nothing fits."""
    own, uv = finding.manager, _Need(name="uv", python=python)
    if own not in TITLES:
        return (_pin(uv),)
    lock, demand = finding.lock, finding.manifest.tool_requirement
    origin = Origin(path=lock.path) if lock else None
    need = _Need(name=own.value, python=python, origin=origin, requirement=demand)
    if own is Manager.UV:
        return (_pin(need),)
    # A lock that is made anew needs no tool that takes the old one for its own. Poetry keeps its
    # major version all the same: 2 would rewrite what 1 still has to read.
    if strategy is Strategy.LOCKED or own is Manager.POETRY:
        kind, reason = _kind_of_lock(finding)
        need = replace(need, kind=kind, reason=reason)
    return (_with_plugins(_pin(need), finding.manifest.tool_plugins), _pin(uv))


@cache
def tool_releases(name: str) -> tuple[ToolRelease, ...]:
    """Return the releases of "pipenv", "poetry", "pdm" or "uv" to choose from, newest first."""
    return tuple(ToolRelease(**record_fields(row)) for row in load_table("tool-pins")[name])


def _kind_of_lock(finding: ManagerFinding) -> tuple[str, str]:
    # A manager takes the lock of another generation for out of date, or rewrites it.
    lock = finding.lock
    if lock is None:
        return "", ""
    if finding.manager is Manager.PIPENV:
        return lock.variant, _DIGESTS.get(lock.variant, "")
    of_format = f"{lock.path} is of format {lock.format}"
    if finding.manager is Manager.PDM:
        return lock.format.partition(".")[0], of_format
    if lock.written_by:
        major = lock.written_by.partition(".")[0]
        return major, f"{lock.path} was written by Poetry {lock.written_by}"
    return "1" if lock.format and _numbers(lock.format) < (2, 1) else "2", of_format


def _with_plugins(pin: ToolPin, plugins: tuple[str, ...]) -> ToolPin:
    # A plugin that is pinned already stays so, unless the project leaves that version out. Poetry 1
    # does not know `requires-plugins`.
    if pin.name == "poetry" and _numbers(pin.version) < (2,):
        return pin
    # `poetry sync` and `install` would download a plugin that is missing, in every build.
    kept = {_plugin(one)[0]: one for one in pin.extras}
    for plugin in plugins:
        name, specifier = _plugin(plugin)
        pinned = kept.get(name, "").partition("==")[2]
        if not pinned or not specifier.contains(pinned, prereleases=True):
            kept.pop(name, None)
            kept[name] = plugin
    return replace(pin, extras=tuple(kept.values()))


def _plugin(requirement: str) -> tuple[str, SpecifierSet]:
    try:
        parsed = ParsedRequirement(requirement)
    except InvalidRequirement:
        return requirement, SpecifierSet()
    return parsed.name, parsed.specifier


def _pin(need: _Need) -> ToolPin:
    every = tool_releases(need.name)
    # The manager runs on the image's own Python, so that it locks and checks for that Python.
    running = [release for release in every if _fits(release.python, f"{need.python}.0")]
    if not running:
        oldest = every[-1]
        raise NoToolError(
            f"no {TITLES[need.name]} runs on Python {need.python}",
            origin=need.origin,
            found=f"the oldest that can be used, {oldest.version}, needs Python {oldest.python}",
            rule="the manager runs on the image's own Python, so that it locks for that Python",
            steps=("choose a newer Python", "or let another manager install the project"),
            example=f"dockwright generate --set python={oldest.python.lstrip('>=')}",
        )
    if need.requirement:
        release, because = _required(need, need.requirement, running)
    else:
        release, because = _newest(need, running)
    return ToolPin(name=need.name, version=release.version, because=because, extras=release.extras)


def _newest(need: _Need, running: Sequence[ToolRelease]) -> tuple[ToolRelease, str]:
    # Where nothing that reads the lock runs, what is near to it is tried.
    text = f"the newest {TITLES[need.name]} that was tried on Python {need.python}"
    for kind in (need.kind, *_STAND_INS.get(need.kind, ())):
        chosen = next((release for release in running if not kind or kind in release.reads), None)
        if chosen and not kind:
            return chosen, text
        if chosen and kind == need.kind:
            return chosen, f"{text} and reads this lock: {need.reason}"
        if chosen:
            return chosen, f"{text}; what writes such a lock does not run there"
    raise NoToolError(
        f"no {TITLES[need.name]} that runs on Python {need.python} takes this lock for its own",
        origin=need.origin,
        found=need.reason,
        rule="strategy locked lets the manager itself check the lock inside the build",
        steps=(
            "lock again with a current release and commit the result",
            "or let the build lock: `--set strategy=relock`",
        ),
        example="dockwright lock",
    )


def _required(
    need: _Need, requirement: Sourced[str], running: Sequence[ToolRelease]
) -> tuple[ToolRelease, str]:
    # The project's own demand counts more than what was tried.
    place = f"{requirement.origin} requires {requirement.value}"
    exact = re.fullmatch(_EXACT, requirement.value.strip())
    if exact:
        # Taken even if the table does not hold it. The plugins that were tried with a version are
        # right for those that follow it.
        wanted = _numbers(exact[1])
        same = [one for one in running if _numbers(one.version)[0] == wanted[0]] or running
        below = (one for one in same if _numbers(one.version) <= wanted)
        return replace(next(below, same[-1]), version=exact[1]), place
    specifier = _as_pep440(requirement.value)
    if need.name == "poetry":
        # Poetry 1 refuses a manifest with `requires-poetry`.
        running = [one for one in running if _numbers(one.version) >= (2,)]
    chosen = next((release for release in running if _fits(specifier, release.version)), None)
    if chosen:
        return chosen, f"the newest that was tried, and {place}"
    # A bound is a version that exists: `<=2.0.0` is served by 2.0.0.
    bounds = sorted(re.findall(r"\d+(?:\.\d+)+", specifier), key=_numbers, reverse=True)
    bound = next((one for one in bounds if _fits(specifier, one)), "")
    if bound and running and _numbers(bound)[0] == _numbers(running[-1].version)[0]:
        return replace(running[-1], version=bound), place
    newest, known = tool_releases(need.name)[0].version, load_table("tool-pins")["as_of"]
    key = (requirement.origin.key or "required-version").rpartition(".")[2]
    tried = f"no {TITLES[need.name]} that was tried on Python {need.python}"
    raise NoToolError(
        f"{tried} satisfies `{requirement.value}`",
        origin=requirement.origin,
        found=f"the newest known is {newest}, as of {known}",
        rule="the project's own demand on its manager is kept",
        steps=("name one version exactly, or widen the range", "or update Dockwright"),
        example=f'{key} = "=={newest}"',
    )


def _fits(specifier: str, version: str) -> bool:
    try:
        return any(
            SpecifierSet(part).contains(version, prereleases=True) for part in specifier.split("||")
        )
    except InvalidSpecifier:
        return False


def _as_pep440(requirement: str) -> str:
    # Poetry writes `^2.1`, `~2.1` and blanks in the place of commas.

    def spelled(found: re.Match[str]) -> str:
        operator, major, minor, rest = found.groups()
        to_major = operator == "^" or minor is None
        end = f"{int(major) + 1}" if to_major else f"{major}.{int(minor) + 1}"
        return f">={major}{f'.{minor}' if minor else ''}{rest},<{end}"

    text = re.sub(_CARET, spelled, requirement.strip())
    return re.sub(r"(?<=[\d*])\s+(?=[<>=!~])", ",", text)


def _numbers(version: str) -> tuple[int, ...]:
    return numbers(".".join(re.findall(r"\d+", version)) or "0")


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
        usual = _LOCKS.get(self.finding.manager, self.finding.manifest.path)
        return self.finding.lock.path if self.finding.lock else usual

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
    major, minor, *_ = (*_numbers(pin.version if pin else "2.0"), 0)
    return (major, minor)


def check_command(request: InstallRequest, *, native: bool) -> str:
    """Return the command that refuses a stale lock, "" where the install or export does that."""
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
    """Return the groups and extras that the manager's export lists, or its install installs."""
    settings = request.settings
    groups = request.all_groups if development else settings.groups
    match request.finding.manager:
        case Manager.PIPENV:
            names = [name for name in groups if name != "dev" or not development]
            usual = "packages dev-packages" if development else "packages"
            if not names:
                return " --dev" if development else ""
            return f' --categories "{usual} {" ".join(names)}"'
        case Manager.POETRY:
            only = f" --only {','.join((MAIN, *groups))}"
            chosen = flags("--with", groups) if development else only
            return f"{chosen}{flags('--extras', settings.extras)}"
        case _:
            return f"{'' if development else ' --prod'}{flags('--group', groups + settings.extras)}"


def native_options(request: InstallRequest, *, development: bool) -> str:
    """Return the manager's own install, with the groups and extras that it installs."""
    options = export_options(request, development=development)
    match request.finding.manager:
        case Manager.PIPENV:
            return f"sync{options}"
        case Manager.POETRY:
            modern = _poetry_version(request) >= (2, 0)
            command = "sync --no-root" if modern else "install --sync --no-root"
            return f"{command} --no-directory{options}"
        case _:
            return f"install --check --no-self --no-editable{options}"


def flags(flag: str, names: tuple[str, ...]) -> str:
    """Return the flag once for each name, a blank before each."""
    return "".join(f" {flag} {name}" for name in names)


def relock_command(request: InstallRequest) -> str:
    """Return what locks: arguments of Pipenv, Poetry and PDM, else a whole command."""
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
            files = f"--output-file {request.finding.lock.path} {request.finding.manifest.path}"
            return f"uv pip compile --quiet --generate-hashes{upgrade} {files}"
        case _:
            return ""
