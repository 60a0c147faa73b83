"""Lock versus update: what the build does with the lock."""

from dockwright.errors import StaleLockError, UsageError
from dockwright.model.dependencies import Lock, ManagerFinding
from dockwright.model.manager import LockState, Manager, Strategy
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.plan import LockVerdict
from dockwright.model.settings import Settings

_LOCK_AGAIN = {
    Manager.PIPENV: "pipenv lock",
    Manager.POETRY: "poetry lock",
    Manager.UV: "uv lock",
    Manager.PDM: "pdm lock --update-reuse",
    Manager.PYLOCK: "the command in the header of the lock",
    Manager.SETUPTOOLS: "uv lock",
}
_OURS = "`dockwright lock`"


def _how_to_lock(finding: ManagerFinding) -> str:
    """Return how the lock is made anew, or for the first time, by a command that works with the files that are there."""
    manifest, lock = finding.manifest.path, finding.lock
    if finding.manager is Manager.REQUIREMENTS and lock is not None:
        return f"uv pip compile {manifest} --output-file {lock.path}, or {_OURS} (no uv needed)"
    if finding.manager is Manager.REQUIREMENTS:
        stem = manifest.removesuffix(".in").removesuffix(".txt")
        rename = "" if manifest.endswith(".in") else f"rename {manifest} to {stem}.in, then "
        return f"{rename}uv pip compile {stem}.in --output-file {stem}.txt"
    if finding.manager is Manager.SETUPTOOLS and manifest != "pyproject.toml":
        return f"uv pip compile {manifest} --output-file requirements.txt"
    if finding.manager in (Manager.SETUPTOOLS, Manager.PYLOCK):
        return _LOCK_AGAIN[finding.manager]
    return f"{_LOCK_AGAIN[finding.manager]}, or {_OURS} (no {finding.manager} needed)"


def judge_lock(finding: ManagerFinding) -> LockVerdict:
    """Return the verdict on the finding's lock in the words of the plan."""
    lock = finding.lock
    if lock is None:
        state = LockState.UNKNOWN if finding.manager is Manager.NONE else LockState.MISSING
        because = (
            "nothing to lock"
            if finding.manager is Manager.NONE
            else f"{finding.manifest.path} has no lock beside it"
        )
        return LockVerdict(file="", state=state, because=(because,))
    return LockVerdict(
        file=lock.path, state=lock.state, because=lock.because, disagreements=lock.disagreements
    )


def choose_strategy(finding: ManagerFinding, settings: Settings) -> Decision[Strategy]:
    """Return the strategy; StaleLockError where a stale lock would have to be installed."""
    lock = finding.lock
    asked = settings.strategy
    if asked in {Strategy.RELOCK, Strategy.UPDATE}:
        return Decision(value=Strategy(asked), because=f"the settings choose {asked}")
    if lock is None:
        if asked == Strategy.LOCKED and finding.manager is not Manager.NONE:
            raise _missing(finding)
        return Decision(value=Strategy.RELOCK, because=_without_lock(finding))
    if lock.state is LockState.STALE:
        raise stale(finding, lock)
    evidence = (Origin(path=lock.path),)
    if lock.state is LockState.FRESH:
        return Decision(value=Strategy.LOCKED, because=f"{lock.path} is fresh", evidence=evidence)
    return Decision(
        value=Strategy.LOCKED,
        because=f"{lock.path} is there; the build checks what cannot be judged offline",
        evidence=evidence,
    )


def _without_lock(finding: ManagerFinding) -> str:
    if finding.manager is Manager.NONE:
        return "there is nothing to install"
    return f"{finding.manifest.path} has no lock: versions are chosen during the build"


def stale(finding: ManagerFinding, lock: Lock) -> StaleLockError:
    """Return the error with both remedies; it names the entries that disagree."""
    entries = "\n         ".join(
        f"{entry.kind}: {entry.text}" + (f" ({entry.origin})" if entry.origin else "")
        for entry in lock.disagreements[:12]
    )
    more = len(lock.disagreements) - 12
    if more > 0:
        entries += f"\n         and {more} more"
    return StaleLockError(
        f"the lock does not belong to {finding.manifest.path}",
        origin=Origin(path=lock.path),
        found="; ".join(lock.because) + (f"\n         {entries}" if entries else ""),
        rule="strategy locked installs exactly the lock, so the lock must belong to the manifest",
        steps=(
            f"lock again and commit the result: {_how_to_lock(finding)}",
            "or let the build lock again: `--set strategy=relock` (keeps what fits) or `--set strategy=update` (newest)",
        ),
        example="dockwright lock",
    )


def _missing(finding: ManagerFinding) -> UsageError:
    return UsageError(
        "strategy locked was asked for, and there is no lock",
        origin=Origin(path=finding.manifest.path),
        rule="strategy locked installs exactly what a lock says",
        steps=(
            f"make the lock: {_how_to_lock(finding)}",
            "or use strategy auto, relock or update",
        ),
        example="dockwright lock",
    )


def strategy_notices(finding: ManagerFinding) -> tuple[Notice, ...]:
    """Return what the owner must hear aloud: builds without a lock differ from day to day."""
    if finding.lock is not None or finding.manager is Manager.NONE:
        return ()
    return (
        Notice(
            code="no-lock",
            text=f"{finding.manifest.path} has no lock: two builds of the same commit may install different versions",
            origin=Origin(path=finding.manifest.path),
            remedy=f"make one and commit it: {_how_to_lock(finding)}",
        ),
    )
