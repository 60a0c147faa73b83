"""What cannot be decided without the owner: the error becomes a question with its remedies."""

from typing import Any

from dockwright.decide.knowledge.python_releases import releases
from dockwright.errors import (
    BaseImageError,
    DockwrightError,
    NoApplicationError,
    PythonConflictError,
    SeveralManagersError,
    StaleLockError,
)
from dockwright.model.record import replace
from dockwright.wizard.session import Choice, Question, Session, named

STOP = "stop"


def remedy(error: DockwrightError, session: Session) -> Question | None:
    """Return the question that settles an error, None if only a change of the project does."""
    match error:
        case StaleLockError():
            locking = (
                Choice(value="relock", title="relock: let the build lock again, keeping what fits"),
                Choice(value="update", title="update: let the build take the newest versions"),
            )
            choices = (_stop(error), *locking)
            return _choice(error, "strategy", "The lock is stale. What now?", choices)
        case SeveralManagersError():
            managers = named(finding.manager for finding in session.project.managers)
            return _choice(error, "manager", "Which package manager installs the image?", managers)
        case PythonConflictError():
            return _python(error, session)
        case BaseImageError():
            bases = named(("slim", "full", "alpine", "distroless"))
            return _choice(error, "base", "Which base image instead?", bases)
        case NoApplicationError():
            return _application(error)
        case _:
            return None


def _why(error: DockwrightError) -> str:
    place = f"{error.origin}: " if error.origin else ""
    return place + error.title + (f"\n{error.found}" if error.found else "")


def _stop(error: DockwrightError) -> Choice:
    # The first step of the error is what changes the project instead.
    return Choice(value=STOP, title=f"stop: {(*error.steps, 'mend it')[0]}")


def _choice(error: DockwrightError, name: str, text: str, choices: tuple[Choice, ...]) -> Question:
    # The first choice is taken by Enter, and one stops.
    choices = choices if _stop(error) in choices else (*choices, _stop(error))
    why, first = _why(error), choices[0].value
    return Question(
        name=name, text=text, decided=first, because=why, choices=choices, stops=(STOP,)
    )


def _python(error: PythonConflictError, session: Session) -> Question:
    # What only a pin contradicts is taken with `force`.
    exact = [request.exact for request in session.project.pythons if request.exact]
    known = [release.version for release in releases() if release.supported]
    plain, forced = [], []
    for version in dict.fromkeys((*exact, *known)):
        if not session.problem({"python": version}):
            plain.append(version)
        elif not session.problem({"python": version, "force": True}):
            title = f"{version}, against what another file says"
            forced.append(Choice(value=f"{version}!", title=title))
    choices = (*named(plain), *forced, _stop(error))
    question = _choice(error, "python", "The files disagree about Python. Which one?", choices)
    return replace(question, changes=_with_force)


# `3.12!` is the answer that needs `force`.
def _with_force(answer: str) -> dict[str, Any]:
    force = {"force": True} if answer.endswith("!") else {}
    return {"python": answer.removesuffix("!"), **force}


def _application(error: NoApplicationError) -> Question:
    # The owner knows the command, or adds a server to the lock.
    steps = (f"\n{number}. {step}" for number, step in enumerate(error.steps, 1))
    return Question(
        name="command",
        text="What does the container run? (a command line; empty to stop)",
        decided="",
        because=_why(error) + "".join(steps),
        stops=("",),
    )
