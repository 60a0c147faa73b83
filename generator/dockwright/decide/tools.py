"""Which version of each tool takes part in the build: it reads this lock and runs on this Python.

The pins are knowledge/tool-pins.toml, which scripts/renew_tool_pins.py renews.
"""

import re
from collections.abc import Sequence
from functools import cache

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as ParsedRequirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from dockwright.decide.knowledge import load_table, record_fields
from dockwright.decide.knowledge.python_releases import numbers
from dockwright.errors import NoToolError
from dockwright.model.dependencies import Manager, ManagerFinding, Strategy
from dockwright.model.origin import Origin, Sourced
from dockwright.model.plan import ToolPin
from dockwright.model.record import record, replace

# "2.1.4", "==2.1.4", "v2.1.4": one version, whatever the table holds.
_EXACT = r"(?:={1,3})?\s*v?(\d+(?:\.\d+){0,3})"
# `^2.1` and `~2.1`, but not `~=2.1`.
_CARET = r"(\^|~(?!=))\s*(\d+)(?:\.(\d+))?([\d.]*)"
_TITLES = {"pipenv": "Pipenv", "poetry": "Poetry", "pdm": "PDM", "uv": "uv"}
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

    @property
    def title(self) -> str:
        """The tool's name as its makers write it."""
        return _TITLES[self.name]


def choose_tools(
    finding: ManagerFinding, python: str, strategy: Strategy = Strategy.LOCKED
) -> tuple[ToolPin, ...]:
    """Return the pins of the manager, where it is not uv itself, and of uv; `python` is X.Y.

    NoToolError if nothing fits.
    """
    own, uv = finding.manager, _Need(name="uv", python=python)
    if own not in _TITLES:
        return (_pin(uv),)
    need = _Need(
        name=own.value,
        python=python,
        origin=Origin(path=finding.lock.path) if finding.lock else None,
        requirement=finding.manifest.tool_requirement,
    )
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
            f"no {need.title} runs on Python {need.python}",
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
    text = f"the newest {need.title} that was tried on Python {need.python}"
    for kind in (need.kind, *_STAND_INS.get(need.kind, ())):
        chosen = next((release for release in running if not kind or kind in release.reads), None)
        if chosen and not kind:
            return chosen, text
        if chosen and kind == need.kind:
            return chosen, f"{text} and reads this lock: {need.reason}"
        if chosen:
            return chosen, f"{text}; what writes such a lock does not run there"
    raise NoToolError(
        f"no {need.title} that runs on Python {need.python} takes this lock for its own",
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
    chosen = next((release for release in running if _fits(specifier, release.version)), None)
    if chosen:
        return chosen, f"the newest that was tried, and {place}"
    newest, known = tool_releases(need.name)[0].version, load_table("tool-pins")["as_of"]
    key = (requirement.origin.key or "required-version").rpartition(".")[2]
    tried = f"no {need.title} that was tried on Python {need.python}"
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
