"""Lock versus update: what the build does with the lock. docs/locks.md says it for users."""

from dockwright.decide.knowledge import load_table
from dockwright.decide.wheels import is_older
from dockwright.errors import StaleLockError, UsageError
from dockwright.model.dependencies import Lock, LockState, Manager, ManagerFinding, Strategy
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.plan import LockVerdict
from dockwright.model.settings import Settings

_SHOWN = 12
# What keeps the versions that still fit.
_LOCK_AGAIN = {
    Manager.PIPENV: "pipenv lock",
    Manager.POETRY: "poetry lock",
    Manager.UV: "uv lock",
    Manager.PDM: "pdm lock --update-reuse",
    Manager.PYLOCK: "the command in the header of the lock",
    Manager.SETUPTOOLS: "uv lock",
}


def judge_lock(finding: ManagerFinding) -> LockVerdict:
    """Return the verdict on the finding's lock as the plan holds it."""
    lock = finding.lock
    if lock is not None:
        return LockVerdict(
            file=lock.path, state=lock.state, because=lock.because, disagreements=lock.disagreements
        )
    if finding.manager is Manager.NONE:
        return LockVerdict(file="", state=LockState.UNKNOWN, because=("nothing to lock",))
    missing = f"{finding.manifest.path} has no lock beside it"
    return LockVerdict(file="", state=LockState.MISSING, because=(missing,))


def choose_strategy(finding: ManagerFinding, settings: Settings) -> Decision[Strategy]:
    """Return the strategy; StaleLockError where a stale lock would have to be installed."""
    lock, asked = finding.lock, settings.strategy
    if asked in {Strategy.RELOCK, Strategy.UPDATE}:
        return Decision(value=Strategy(asked), because=f"the settings choose {asked}")
    if lock is None and finding.manager is Manager.NONE:
        return Decision(value=Strategy.RELOCK, because="there is nothing to install")
    if lock is None:
        if asked == Strategy.LOCKED:
            raise UsageError(
                "strategy locked was asked for, and there is no lock",
                origin=Origin(path=finding.manifest.path),
                rule="strategy locked installs exactly what a lock says",
                steps=(f"make the lock: {_how_to_lock(finding)}", "or use another strategy"),
                example="dockwright lock",
            )
        because = f"{finding.manifest.path} has no lock: versions are chosen during the build"
        return Decision(value=Strategy.RELOCK, because=because)
    # Never installed in silence, and never locked again in silence.
    if lock.state is LockState.STALE:
        raise _stale(finding, lock)
    # Where it cannot be judged offline, the manager itself checks it in the build.
    judged = "there; the build checks what cannot be judged offline"
    if lock.state in (LockState.FRESH, LockState.PINNED):
        judged = "fresh" if lock.state is LockState.FRESH else "a list of pins"
    evidence = (Origin(path=lock.path),)
    return Decision(value=Strategy.LOCKED, because=f"{lock.path} is {judged}", evidence=evidence)


def _how_to_lock(finding: ManagerFinding) -> str:
    # The command fits the files that are there: a list without pins becomes the input of a lock.
    manifest, lock = finding.manifest.path, finding.lock
    ours = f"`dockwright lock` (no {finding.manager} needed)"
    if finding.manager is Manager.REQUIREMENTS and lock is not None:
        return f"uv pip compile {manifest} --output-file {lock.path}, or `dockwright lock`"
    if finding.manager is Manager.REQUIREMENTS:
        stem = manifest.removesuffix(".in").removesuffix(".txt")
        rename = "" if manifest.endswith(".in") else f"rename {manifest} to {stem}.in, then "
        return f"{rename}uv pip compile {stem}.in --output-file {stem}.txt"
    if finding.manager is Manager.SETUPTOOLS and manifest != "pyproject.toml":
        return f"uv pip compile {manifest} --output-file requirements.txt"
    command = _LOCK_AGAIN[finding.manager]
    own = finding.manager not in (Manager.SETUPTOOLS, Manager.PYLOCK)
    return f"{command}, or {ours}" if own else command


def _stale(finding: ManagerFinding, lock: Lock) -> StaleLockError:
    # The entries that disagree are named, so that the owner can judge which side is right.
    entries = [
        f"{entry.kind}: {entry.text}" + (f" ({entry.origin})" if entry.origin else "")
        for entry in lock.disagreements[:_SHOWN]
    ]
    if len(lock.disagreements) > _SHOWN:
        entries.append(f"and {len(lock.disagreements) - _SHOWN} more")
    return StaleLockError(
        f"the lock does not belong to {finding.manifest.path}",
        origin=Origin(path=lock.path),
        found="\n".join(("; ".join(lock.because), *entries)),
        rule="strategy locked installs exactly the lock, so the lock must belong to the manifest",
        steps=(
            f"lock again and commit the result: {_how_to_lock(finding)}",
            "or let the build lock again: `--set strategy=relock` (`update`: newest versions)",
        ),
        example="dockwright lock",
    )


def strategy_notices(finding: ManagerFinding) -> tuple[Notice, ...]:
    """Return the warnings that builds without a whole lock differ from day to day."""
    if finding.lock is not None:
        return _not_closed(finding.lock) if finding.lock.state is LockState.PINNED else ()
    if finding.manager is Manager.NONE:
        return ()
    path = finding.manifest.path
    text = f"{path} has no lock: two builds of one commit may install different versions"
    remedy = f"make one and commit it: {_how_to_lock(finding)}"
    return (Notice(code="no-lock", text=text, origin=Origin(path=path), remedy=remedy),)


def _not_closed(lock: Lock) -> tuple[Notice, ...]:
    """Return what a list of pins is known to leave open, and what breaks by that."""
    table, versions = load_table("needs"), {one.name: one.version for one in lock.distributions}
    open_needs = [
        (name, need)
        for name, needs in table["needs"].items()
        for need in needs
        if name in versions and need not in versions
    ]
    found = []
    if open_needs:
        first = open_needs[0][0]
        named = ", ".join(sorted({need for _, need in open_needs})[:_SHOWN])
        remedy = f"pin everything: uv pip compile {lock.path} --output-file {lock.path}"
        text = f"{first} needs what {lock.path} does not pin ({named}): each build takes the newest"
        found.append(("pins-not-closed", text, remedy))
    for row in table["breaks"]:
        name, need = row["name"], row["needs"]
        if name in versions and need not in versions and is_older(versions[name], row["from"]):
            text = f"{name} {versions[name]} fails with today's {need}, which {lock.path} does not"
            found.append(("pins-break", f"{text} pin", f"pin the {need} that it was written for"))
    origin = Origin(path=lock.path)
    return tuple(
        Notice(code=code, text=text, origin=origin, remedy=remedy) for code, text, remedy in found
    )
