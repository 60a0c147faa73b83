"""The way through the wizard: settle what cannot be decided, ask what matters, show, write."""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from dockwright.detect import detect
from dockwright.errors import DockwrightError
from dockwright.model.output import RenderedFile, WriteOutcome
from dockwright.model.plan import Plan
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from dockwright.settings.save import changed_settings, settings_flags
from dockwright.wizard.questions import BUILDERS, because
from dockwright.wizard.remedies import remedy
from dockwright.wizard.session import Choice, Question, Session
from dockwright.wizard.terminal import ask, choose, say, show_file, show_outcomes
from dockwright.write import WriteOptions, check, foreign, write

_WRITE, _STOP = "write", "stop"


_Render = Callable[[Settings], tuple[RenderedFile, ...]]
ReadDockerfile = Callable[[Settings, _Render], Mapping[str, Any]]
"""Reads the existing Dockerfile, shows what it says, and returns the settings that say the same.

It is given the settings so far, and what renders the files for others.
"""


class Stopped(Exception):  # noqa: N818 - it is no error: the owner said so
    """The owner ended the wizard with an answer. Nothing was written."""


def run_wizard(
    root: Path, settings: Settings, *, read: ReadDockerfile, given: tuple[str, ...] = ()
) -> bool:
    """Ask, show and write; return whether anything was written.

    `given` are the flags of the wizard itself: they are part of the command that is printed. Raises
    KeyboardInterrupt at Ctrl-C; until the last answer nothing is written.
    """
    session = Session(root=root, project=detect(root), settings=settings)
    try:
        session, force = _existing(session, read)
        session, plan = _settled(session)
        _introduce(plan)
        session = _asked(session)
        files = (*session.files(), *changed_settings(root, session.changes))
        files, replaced = _overwriting(session, files, force=force)
        options = WriteOptions(
            replace=replaced,
            complete=True,
            version=session.plan.generator,
            command=_command(session, given),
        )
        _confirm(files, root, options)
    except Stopped:
        say("Stopped. Nothing was written.")
        return False
    show_outcomes(write(files, root, options=options))
    _finish(session, given)
    return True


def _existing(session: Session, read: ReadDockerfile) -> tuple[Session, bool]:
    """A Dockerfile that somebody wrote by hand is read first, if its owner wants that."""
    path = session.settings.dockerfile_path
    mine = next((one for one in session.project.existing if one.path == path), None)
    if mine is None or mine.ours:
        return session, False
    choices = (
        Choice(value="adopt", title="read it into settings, then replace it"),
        Choice(value="replace", title="replace it without reading it"),
        Choice(value=_STOP, title="stop: leave it as it is"),
    )
    answer = choose(f"There is a {path} that somebody wrote by hand.", choices, "adopt").value
    if answer == _STOP:
        raise Stopped
    session = replace(session, project=replace(session.project, exposed_port=None))
    return (_adopted(session, read) if answer == "adopt" else session), True


def _adopted(session: Session, read: ReadDockerfile) -> Session:
    try:
        changes = read(session.settings, lambda tried: replace(session, settings=tried).files())
    except DockwrightError as error:
        say(f"It cannot be read yet: {error.title}", style="yellow")
        return session
    return session.answered(changes)


def _settled(session: Session) -> tuple[Session, Plan]:
    """Ask for remedies until there is a plan; an error without a remedy is raised."""
    for _ in range(6):
        try:
            return session, session.plan
        except DockwrightError as error:
            question = remedy(error, session)
            if question is None:
                raise
            session = _answered(session, question, strict=False)
    return session, session.plan


def _introduce(plan: Plan) -> None:
    say(f"{plan.name}: {plan.manager.value}, {because(plan.manager)}", style="bold")
    for notice in plan.warnings:
        say(f"warning: {notice.placed}", style="yellow")
    say("Enter takes what was decided.", style="dim")


def _asked(session: Session) -> Session:
    for build in BUILDERS:
        question = build(session, session.plan)
        if question is not None and question.name not in session.changes:
            session = _answered(session, question, strict=True)
    return session


def _answered(session: Session, question: Question, *, strict: bool) -> Session:
    """Ask one question until its answer fits; with `strict` a plan must come out of it."""

    def wrong(answer: Any) -> str:  # noqa: ANN401 - the answer's type is the question's
        if answer == question.decided or answer in question.stops:
            return ""
        try:
            changes = question.changes(answer)
            session.answered(changes).settled  # noqa: B018 - the settings refuse a wrong value
        except (DockwrightError, ValueError) as error:
            return getattr(error, "title", str(error))
        return session.problem(changes) if strict else ""

    decided = "" if question.stops else f"Decided: {_spelled(question.decided)}. "
    say(f"\n{decided}{question.because}", style="dim")
    while True:
        answer = ask(question, wrong)
        if answer in question.stops:
            raise Stopped
        if answer == question.decided and not question.stops:
            return session
        problem = wrong(answer)
        if not problem:
            return session.answered(question.changes(answer))
        say(f"That does not fit: {problem}", style="red")


def _spelled(decided: Any) -> str:  # noqa: ANN401 - the answer's type is the question's
    if isinstance(decided, bool):
        return "yes" if decided else "no"
    return (", ".join(decided) if isinstance(decided, tuple) else str(decided)) or "nothing more"


def _overwriting(
    session: Session, files: tuple[RenderedFile, ...], *, force: bool
) -> tuple[tuple[RenderedFile, ...], frozenset[str]]:
    """Return the files to write, and those of them that replace a file that is not ours.

    Other files than the Dockerfile are replaced only if their owner says so.
    """
    mine = foreign(files, session.root)
    path = session.settings.dockerfile_path
    there = [one for one in mine if not (force and one == path)]
    if not there:
        return files, frozenset(mine)
    choices = (
        Choice(value="keep", title="keep them, write the others"),
        Choice(value="replace", title="replace them"),
        Choice(value=_STOP, title="stop"),
    )
    answer = choose(f"Not written by Dockwright: {', '.join(there)}", choices, "keep").value
    if answer == _STOP:
        raise Stopped
    if answer == "replace":
        return files, frozenset(mine)
    return tuple(file for file in files if file.path not in there), frozenset({path})


def _confirm(files: tuple[RenderedFile, ...], root: Path, options: WriteOptions) -> None:
    """Show the Dockerfile, let the others be looked at, and ask for the last time."""
    show_file(files[0])
    outcomes = check(files, root, options=options)
    while True:
        show_outcomes(outcomes)
        choices = (
            Choice(value=_WRITE, title="write these files"),
            *(Choice(value=file, title=f"show {file.path}") for file in files),
            *(
                Choice(value=one, title=f"show what changes in {one.path}")
                for one in outcomes
                if one.diff and not one.diff.startswith("--- /dev/null")
            ),
            Choice(value=_STOP, title="stop without writing"),
        )
        answer = choose("Write?", choices, _WRITE).value
        match answer:
            case RenderedFile():
                show_file(answer)
            case WriteOutcome():
                show_file(RenderedFile(path=answer.path, text=answer.diff, kind="diff"))
            case "write":
                return
            case _:
                raise Stopped


def _command(session: Session, given: tuple[str, ...]) -> str:
    flags = (*given, *settings_flags(session.changes))
    words = (word for flag in flags for word in ("--set", flag))
    return shlex.join(["dockwright", "generate", *words])


def _finish(session: Session, given: tuple[str, ...]) -> None:
    stored = "The answers that differ from the decision are stored in the settings."
    say(f"\n{stored if session.changes else 'Nothing had to be stored.'}")
    say("The same without questions:")
    click.secho(f"  {_command(session, given)}", bold=True)  # not wrapped: it is there to be copied
    say("Next: dockwright build, and dockwright generate --check in CI.")
