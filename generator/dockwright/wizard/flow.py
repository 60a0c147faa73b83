"""The way through the wizard: settle what cannot be decided, ask what matters, show, write."""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from dockwright.detect import detect
from dockwright.errors import DockwrightError
from dockwright.model.output import RenderedFile
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from dockwright.settings.save import changed_settings, settings_flags
from dockwright.wizard.questions import BUILDERS, because
from dockwright.wizard.remedies import remedy
from dockwright.wizard.session import Choice, Question, Session
from dockwright.wizard.terminal import ask, choose, say, show_file, show_outcomes
from dockwright.write import WriteOptions, check, foreign, write

_WRITE, _STOP = Choice(value="write", title="write these files"), "stop"

_Render = Callable[[Settings], tuple[RenderedFile, ...]]

# Reads the existing Dockerfile, shows what it says, and returns the settings that say the same.
# It is given the settings so far, and what renders the files for others.
ReadDockerfile = Callable[[Settings, _Render], Mapping[str, Any]]


class Stopped(Exception):  # noqa: N818 - it is no error: the owner said so
    """The owner ended the wizard with an answer. Nothing was written."""


def run_wizard(
    root: Path, settings: Settings, *, read: ReadDockerfile, given: tuple[str, ...] = ()
) -> None:
    """Ask, show and write; until the last answer nothing is written. Raises KeyboardInterrupt."""
    session = Session(root=root, project=detect(root), settings=settings)
    try:
        session, force = _existing(session, read)
        session = _settled(session)
        plan = session.plan
        say(f"{plan.name}: {plan.manager.value}, {because(plan.manager)}", style="bold")
        for notice in plan.warnings:
            say(f"warning: {notice.placed}", style="yellow")
        say("Enter takes what was decided.", style="dim")
        for build in BUILDERS:
            question = build(session, session.plan)
            if question is not None and question.name not in session.changes:
                session = _answered(session, question, strict=True)
        files = (*session.files(), *changed_settings(root, session.changes))
        files, replaced = _overwriting(session, files, force=force)
        flags = (*given, *settings_flags(session.changes))
        words = (word for flag in flags for word in ("--set", flag))
        command = shlex.join(["dockwright", "generate", *words])
        version = session.plan.generator
        options = WriteOptions(replace=replaced, complete=True, version=version, command=command)
        _confirm(files, root, options)
    except Stopped:
        say("Stopped. Nothing was written.")
        return
    show_outcomes(write(files, root, options=options))
    stored = "The answers that differ from the decision are stored in the settings."
    say(f"\n{stored if session.changes else 'Nothing had to be stored.'}")
    say("The same without questions:")
    click.secho(f"  {command}", bold=True)  # not wrapped: it is there to be copied
    say("Next: dockwright build, and dockwright generate --check in CI.")


def _existing(session: Session, read: ReadDockerfile) -> tuple[Session, bool]:
    # A Dockerfile that somebody wrote by hand is read first, if its owner wants that.
    path = session.settings.dockerfile_path
    if not any(one.path == path and not one.ours for one in session.project.existing):
        return session, False
    answer = _chosen(
        f"There is a {path} that somebody wrote by hand.",
        Choice(value="adopt", title="read it into settings, then replace it"),
        Choice(value="replace", title="replace it without reading it"),
        Choice(value=_STOP, title="stop: leave it as it is"),
    )
    # The old file will be gone: what only it says must not be what the decision relies on.
    session = replace(session, project=replace(session.project, exposed_port=None))
    if answer == "adopt":
        try:
            found = read(session.settings, lambda tried: replace(session, settings=tried).files())
            session = session.answered(found)
        except DockwrightError as error:
            say(f"It cannot be read yet: {error.title}", style="yellow")
    return session, True


def _chosen(text: str, *choices: Choice) -> Any:  # noqa: ANN401 - what the choices hold
    # The first choice is taken by Enter.
    answer = choose(text, choices, choices[0].value).value
    if answer == _STOP:
        raise Stopped
    return answer


def _settled(session: Session) -> Session:
    # One error may hide another, but not many: after them `run_wizard` meets what is left.
    for _ in range(6):
        try:
            session.plan  # noqa: B018 - it is made here
        except DockwrightError as error:
            question = remedy(error, session)
            if question is None:
                raise
            session = _answered(session, question, strict=False)
        else:
            break
    return session


def _answered(session: Session, question: Question, *, strict: bool) -> Session:
    # With `strict` a plan must come out of the answer.
    # A remedy may leave another error, for which there is a remedy of its own: so it is not strict.

    def wrong(answer: Any) -> str:  # noqa: ANN401 - the answer's type is the question's
        if answer == question.decided or answer in question.stops:
            return ""
        try:
            changes = question.as_settings(answer)
            session.answered(changes).settled  # noqa: B018 - the settings refuse a wrong value
        except DockwrightError as error:
            return error.title
        return session.problem(changes) if strict else ""

    decided = "" if question.stops else f"Decided: {_spelled(question.decided)}. "
    say(f"\n{decided}{question.because}", style="dim")
    while True:
        # A line of text was checked at Enter, the other kinds are only here.
        answer = ask(question, wrong)
        if answer in question.stops:
            raise Stopped
        if answer == question.decided and not question.stops:
            return session
        problem = wrong(answer)
        if not problem:
            return session.answered(question.as_settings(answer))
        say(f"That does not fit: {problem}", style="red")


def _spelled(decided: Any) -> str:  # noqa: ANN401 - the answer's type is the question's
    if isinstance(decided, bool):
        return "yes" if decided else "no"
    return (", ".join(decided) if isinstance(decided, tuple) else str(decided)) or "nothing more"


def _overwriting(
    session: Session, files: tuple[RenderedFile, ...], *, force: bool
) -> tuple[tuple[RenderedFile, ...], frozenset[str]]:
    # Other files than the Dockerfile are replaced only if their owner says so.
    mine = foreign(files, session.root)
    path = session.settings.dockerfile_path
    there = [one for one in mine if not (force and one == path)]
    if not there:
        return files, frozenset(mine)
    answer = _chosen(
        f"Not written by Dockwright: {', '.join(there)}",
        Choice(value="keep", title="keep them, write the others"),
        Choice(value="replace", title="replace them"),
        Choice(value=_STOP, title="stop"),
    )
    if answer == "replace":
        return files, frozenset(mine)
    return tuple(file for file in files if file.path not in there), frozenset({path})


def _confirm(files: tuple[RenderedFile, ...], root: Path, options: WriteOptions) -> None:
    show_file(files[0])
    outcomes = check(files, root, options=options)
    texts = [Choice(value=file, title=f"show {file.path}") for file in files]
    changes = [
        Choice(
            value=RenderedFile(path=one.path, text=one.diff, kind="diff"),
            title=f"show what changes in {one.path}",
        )
        for one in outcomes
        # Of a new file the whole text was offered.
        if one.diff and not one.diff.startswith("--- /dev/null")
    ]
    stop = Choice(value=_STOP, title="stop without writing")
    while True:
        show_outcomes(outcomes)
        answer = _chosen("Write?", _WRITE, *texts, *changes, stop)
        if answer == _WRITE.value:
            return
        show_file(answer)
