"""Which version of each tool takes part in the build: one that reads this lock and runs on this Python."""

import re
from collections.abc import Sequence

from dockwright.decide.knowledge.load import load_table
from dockwright.decide.python_ranges import allows
from dockwright.errors import NoToolError
from dockwright.model.dependencies import Lock, ManagerFinding
from dockwright.model.manager import Manager, Strategy
from dockwright.model.origin import Origin, Sourced
from dockwright.model.pattern import Pattern
from dockwright.model.plan import ToolPin
from dockwright.model.record import record, replace

_EXACT = Pattern(r"^(?:={1,3})?\s*v?(\d+(?:\.\d+){0,3})$")
_CARET = Pattern(r"(\^|~(?!=))\s*(\d+)(?:\.(\d+))?([\d.]*)")
_PLUGIN = Pattern(r"(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*(?P<specifier>[^;]*)")
_TITLES = {"pipenv": "Pipenv", "poetry": "Poetry", "pdm": "PDM", "uv": "uv"}
_STAND_INS = {"normalised": ("plette", "legacy"), "plette": ("legacy",), "2": ("1",)}
"""What else may be tried where no release of the right kind runs on the image's Python: older rules agree on most locks."""


@record
class ToolRelease:
    """One row of knowledge/tool-pins.toml: `python` is a specifier, `reads` the kinds of lock that it takes for its own."""

    version: str
    python: str
    reads: tuple[str, ...]
    extras: tuple[str, ...] = ()


@record
class _Need:
    """What a tool must do: `kind` is the kind of lock ("" for none), `reason` says where that is known from."""

    name: str
    python_minor: str
    kind: str = ""
    reason: str = ""
    origin: Origin | None = None
    requirement: Sourced[str] | None = None

    @property
    def title(self) -> str:
        """The tool's name as its makers write it."""
        return _TITLES[self.name]


def choose_tools(
    finding: ManagerFinding, python_minor: str, strategy: Strategy = Strategy.LOCKED
) -> tuple[ToolPin, ...]:
    """Return the pins of the manager and of uv, which installs what the manager exports.

    A lock that is made anew needs no tool that takes the old one for its own. Raises NoToolError if nothing fits.
    """
    lock = finding.lock if strategy is Strategy.LOCKED else None
    match finding.manager:
        case Manager.PIPENV:
            return (_pin(_pipenv(finding, python_minor, lock)), _uv(finding, python_minor))
        case Manager.POETRY:
            poetry = _with_plugins(
                _pin(_poetry(finding, python_minor)), finding.manifest.tool_plugins
            )
            return (poetry, _uv(finding, python_minor))
        case Manager.PDM:
            return (_pin(_pdm(finding, python_minor, lock)), _uv(finding, python_minor))
        case Manager.UV | Manager.REQUIREMENTS | Manager.PYLOCK | Manager.SETUPTOOLS | Manager.NONE:
            return (_uv(finding, python_minor),)


def tool_releases(name: str) -> tuple[ToolRelease, ...]:
    """Return the releases of "pipenv", "poetry", "pdm" or "uv" that a build may install, newest first."""
    return tuple(
        ToolRelease(
            version=entry["version"],
            python=entry["python"],
            reads=tuple(entry["reads"]),
            extras=tuple(entry.get("extras", ())),
        )
        for entry in load_table("tool-pins")[name]
    )


def _pipenv(finding: ManagerFinding, python_minor: str, lock: Lock | None) -> _Need:
    reasons = {
        "normalised": "its digest is the one in Pipfile.lock",
        "plette": "Pipfile.lock has the digest of Pipenv before 2026.4, which newer ones take for out of date",
        "legacy": "Pipfile.lock has the digest of Pipenv before 2022.10, which leaves custom categories out",
    }
    kind = lock.variant if lock else ""
    return _need("pipenv", finding, python_minor, kind, reasons.get(kind, ""))


def _poetry(finding: ManagerFinding, python_minor: str) -> _Need:
    """Poetry keeps its major version even when it locks anew: 2 would rewrite what 1 still has to read."""
    lock = finding.lock
    if lock is None:
        return _need("poetry", finding, python_minor, "", "")
    if lock.written_by:
        return _need(
            "poetry",
            finding,
            python_minor,
            lock.written_by.partition(".")[0],
            f"poetry.lock was written by Poetry {lock.written_by}",
        )
    kind = "1" if lock.format and _numbers(lock.format) < (2, 1) else "2"
    return _need("poetry", finding, python_minor, kind, f"poetry.lock is of format {lock.format}")


def _with_plugins(pin: ToolPin, plugins: tuple[str, ...]) -> ToolPin:
    """Add the plugins that the project requires. Only `poetry sync` and `install` look for them, and would load what is missing.

    Poetry 1 does not know the table. A plugin that is pinned already stays so, unless the project's demand leaves that version out.
    """
    if _numbers(pin.version) < (2,):
        return pin
    pinned = {_name(one): one.partition("==")[2] for one in pin.extras}
    added = [
        plugin
        for plugin in plugins
        if _name(plugin) not in pinned or not _lets_in(plugin, pinned[_name(plugin)])
    ]
    named = {_name(plugin) for plugin in added}
    kept = [one for one in pin.extras if _name(one) not in named]
    return replace(pin, extras=(*kept, *added))


def _name(requirement: str) -> str:
    found = _PLUGIN.match(requirement)
    return found["name"] if found else requirement


def _lets_in(requirement: str, version: str) -> bool:
    found = _PLUGIN.match(requirement)
    specifier = found["specifier"].strip() if found else ""
    return not specifier or _fits(specifier, version)


def _pdm(finding: ManagerFinding, python_minor: str, lock: Lock | None) -> _Need:
    kind = lock.format.partition(".")[0] if lock else ""
    return _need(
        "pdm", finding, python_minor, kind, f"pdm.lock is of format {lock.format}" if lock else ""
    )


def _uv(finding: ManagerFinding, python_minor: str) -> ToolPin:
    if finding.manager is Manager.UV:
        return _pin(_need("uv", finding, python_minor, "", ""))
    return _pin(_Need(name="uv", python_minor=python_minor))


def _need(name: str, finding: ManagerFinding, python_minor: str, kind: str, reason: str) -> _Need:
    return _Need(
        name=name,
        python_minor=python_minor,
        kind=kind,
        reason=reason,
        origin=Origin(path=finding.lock.path) if finding.lock else None,
        requirement=finding.manifest.tool_requirement,
    )


def _pin(need: _Need) -> ToolPin:
    every = tool_releases(need.name)
    running = [release for release in every if allows(release.python, f"{need.python_minor}.0")]
    if not running:
        raise _nothing_runs(need, every)
    if need.requirement:
        return _required(need, need.requirement, running)
    return _fitting(need, running)


def _fitting(need: _Need, running: Sequence[ToolRelease]) -> ToolPin:
    for kind in (need.kind, *_STAND_INS.get(need.kind, ())):
        chosen = next((release for release in running if not kind or kind in release.reads), None)
        if chosen:
            return ToolPin(
                name=need.name,
                version=chosen.version,
                because=_because(need, kind),
                extras=chosen.extras,
            )
    raise _nothing_reads(need)


def _because(need: _Need, kind: str) -> str:
    text = f"the newest {need.title} that was tried on Python {need.python_minor}"
    if not need.kind:
        return text
    if kind != need.kind:
        return f"{text}; those that would write such a lock do not run there, and it reads most of them"
    return f"{text} and reads this lock: {need.reason}"


def _required(need: _Need, requirement: Sourced[str], running: Sequence[ToolRelease]) -> ToolPin:
    place = f"{requirement.origin} requires {requirement.value}"
    exact = _EXACT.match(requirement.value.strip())
    if exact:
        # A version that is written out is taken even if the table does not hold it; what goes with it is its neighbour's.
        version = exact[1]
        near = _neighbour(version, running)
        return ToolPin(name=need.name, version=version, because=place, extras=near.extras)
    specifier = _as_pep440(requirement.value)
    chosen = next((release for release in running if _fits(specifier, release.version)), None)
    if chosen is None:
        raise _nothing_required(need, requirement)
    return ToolPin(
        name=need.name,
        version=chosen.version,
        because=f"the newest that was tried, and {place}",
        extras=chosen.extras,
    )


def _neighbour(version: str, running: Sequence[ToolRelease]) -> ToolRelease:
    """Return the release of the same major version that is next below `version`, or nearest to it."""
    major = _numbers(version)[0]
    same = [release for release in running if _numbers(release.version)[0] == major] or running
    return next(
        (release for release in same if _numbers(release.version) <= _numbers(version)), same[-1]
    )


def _fits(specifier: str, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier

    try:
        return allows(specifier, version)
    except InvalidSpecifier:
        return False


def _as_pep440(requirement: str) -> str:
    """Return a requirement on a tool as PEP 440; Poetry writes `^2.1` and `~2.1`, and may leave the comma out."""

    def spelled(found: re.Match[str]) -> str:
        operator, major, minor, rest = found.groups()
        end = (
            f"{int(major) + 1}" if operator == "^" or minor is None else f"{major}.{int(minor) + 1}"
        )
        return f">={major}{f'.{minor}' if minor else ''}{rest},<{end}"

    text = _CARET.sub(spelled, requirement.strip())
    return re.sub(r"(?<=[\d*])\s+(?=[<>=!~])", ",", text)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _nothing_runs(need: _Need, every: Sequence[ToolRelease]) -> NoToolError:
    floor = every[-1].python
    return NoToolError(
        f"no {need.title} runs on Python {need.python_minor}",
        origin=need.origin,
        found=f"the oldest that can be used, {every[-1].version}, needs Python {floor}",
        rule="the manager runs on the image's own Python, so that it locks and checks for that Python",
        steps=("choose a newer Python", "or let another manager install the project"),
        example=f"dockwright generate --set python={floor.lstrip('>=')}",
    )


def _nothing_reads(need: _Need) -> NoToolError:
    return NoToolError(
        f"no {need.title} that runs on Python {need.python_minor} takes this lock for its own",
        origin=need.origin,
        found=need.reason,
        rule="strategy locked lets the manager itself check the lock inside the build",
        steps=(
            "lock again with a current release and commit the result",
            "or let the build lock: `--set strategy=relock`",
        ),
        example="dockwright lock",
    )


def _nothing_required(need: _Need, requirement: Sourced[str]) -> NoToolError:
    known = load_table("tool-pins")["as_of"]
    return NoToolError(
        f"no {need.title} that was tried on Python {need.python_minor} satisfies `{requirement.value}`",
        origin=requirement.origin,
        found=f"the newest known is {tool_releases(need.name)[0].version}, as of {known}",
        rule="the project's own demand on its manager is kept",
        steps=(
            "name one version exactly: it is then taken as it is",
            "or widen the range, or update Dockwright",
        ),
        example=f'{(requirement.origin.key or "required-version").rpartition(".")[2]} = "=={tool_releases(need.name)[0].version}"',
    )
