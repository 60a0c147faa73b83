"""What cannot be decided without the owner: the error becomes a question with its remedies."""

from dockwright.decide.knowledge.python_releases import releases
from dockwright.errors import (
    BaseImageError,
    DockwrightError,
    NoApplicationError,
    PythonConflictError,
    SeveralManagersError,
    StaleLockError,
)
from dockwright.wizard.session import Choice, Question, Session, command, named, one

STOP = "stop"


def remedy(error: DockwrightError, session: Session) -> Question | None:
    """Return the question that settles an error, None if only a change of the project does."""
    match error:
        case StaleLockError():
            return _stale(error)
        case SeveralManagersError():
            return _several(error, session)
        case PythonConflictError():
            return _python(error, session)
        case BaseImageError():
            return _base(error)
        case NoApplicationError():
            return _application(error)
        case _:
            return None


def _why(error: DockwrightError) -> str:
    place = f"{error.origin}: " if error.origin else ""
    return place + error.title + (f"\n{error.found}" if error.found else "")


def _stop(error: DockwrightError) -> Choice:
    return Choice(
        value=STOP, title=f"stop: {error.steps[0]}" if error.steps else "stop and mend it"
    )


def _stale(error: StaleLockError) -> Question:
    return Question(
        name="stale-lock",
        text="The lock is stale. What now?",
        decided=STOP,
        because=_why(error),
        choices=(
            _stop(error),
            Choice(value="relock", title="relock: let the build lock again, keeping what fits"),
            Choice(value="update", title="update: let the build take the newest versions"),
        ),
        changes=one("strategy"),
        stops=(STOP,),
    )


def _several(error: SeveralManagersError, session: Session) -> Question:
    managers = tuple(finding.manager for finding in session.project.managers)
    return Question(
        name="manager",
        text="Which package manager installs the image?",
        decided=str(managers[0]),
        because=_why(error),
        choices=(*named(managers), _stop(error)),
        changes=one("manager"),
        stops=(STOP,),
    )


def _python(error: PythonConflictError, session: Session) -> Question:
    """Releases that fit the ranges; those that only a pin contradicts are taken with `force`."""
    wished = [request.exact for request in session.project.pythons if request.exact]
    known = [release.version for release in releases() if release.supported]
    offered = dict.fromkeys((*wished, *known))
    plain = [version for version in offered if not session.problem({"python": version})]
    forced = [
        version
        for version in offered
        if version not in plain and not session.problem({"python": version, "force": True})
    ]
    choices = (
        *named(plain),
        *(
            Choice(value=f"{version}!", title=f"{version}, against what another file says")
            for version in forced
        ),
        _stop(error),
    )
    return Question(
        name="python",
        text="The files disagree about Python. Which one?",
        decided=choices[0].value,
        because=_why(error),
        choices=choices,
        changes=lambda answer: (
            {"python": answer.rstrip("!")} | ({"force": True} if answer.endswith("!") else {})
        ),
        stops=(STOP,),
    )


def _base(error: BaseImageError) -> Question:
    names = ("slim", "full", "alpine", "distroless")
    return Question(
        name="base",
        text="Which base image instead?",
        decided="slim",
        because=_why(error),
        choices=(*named(names), _stop(error)),
        changes=one("base"),
        stops=(STOP,),
    )


def _application(error: NoApplicationError) -> Question:
    """The owner knows the command, or adds a server to the lock."""
    return Question(
        name="command",
        text="What does the container run? (a command line; empty to stop)",
        decided="",
        because=_why(error)
        + "".join(f"\n{number}. {step}" for number, step in enumerate(error.steps, 1)),
        changes=command,
        stops=("",),
    )
