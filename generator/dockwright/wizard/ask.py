"""Questions on a terminal. Enter gives what was decided; Ctrl-C raises KeyboardInterrupt."""

import shutil
from collections.abc import Callable
from typing import Any

import questionary

from dockwright.wizard.question import Choice, Kind, Question

Validate = Callable[[Any], str]
"""Return what is wrong with an answer, "" if nothing is."""


def ask(question: Question, validate: Validate) -> Any:  # noqa: ANN401 - the answer's type is the question's
    """Ask until the answer is valid and return it."""
    match question.kind:
        case Kind.CHOICE:
            return _choice(question)
        case Kind.SEVERAL:
            return _several(question)
        case Kind.SWITCH:
            return questionary.confirm(
                question.text, default=bool(question.decided), qmark="?"
            ).unsafe_ask()
        case Kind.TEXT:
            return _text(question.text, str(question.decided), validate)


def choose(text: str, choices: tuple[Choice, ...], default: object) -> Any:  # noqa: ANN401 - the value of a choice
    """Let the owner choose one."""
    offered = [questionary.Choice(_fitted(choice.title), value=choice) for choice in choices]
    chosen = next(
        (one for one, choice in zip(offered, choices, strict=True) if choice.value == default), None
    )
    answer: Choice = questionary.select(
        text, choices=offered, default=chosen, instruction=" "
    ).unsafe_ask()
    return answer


def _choice(question: Question) -> Any:  # noqa: ANN401 - the value of a choice
    answer = choose(question.text, question.choices, question.decided)
    if answer.other:
        return _text(
            f"{answer.title}:", "", lambda text: "" if text.strip() else "a name is needed"
        ).strip()
    return answer.value


def _several(question: Question) -> tuple[Any, ...]:
    offered = [
        questionary.Choice(
            _fitted(choice.title), value=choice.value, checked=choice.value in question.decided
        )
        for choice in question.choices
    ]
    answer = questionary.checkbox(
        question.text, choices=offered, instruction="(space to choose, Enter to go on)"
    ).unsafe_ask()
    return tuple(answer)


def _text(text: str, default: str, validate: Validate) -> str:
    def check(answer: str) -> bool | str:
        return validate(answer) or True

    return str(questionary.text(text, default=default, validate=check).unsafe_ask())


def _fitted(title: str) -> str:
    """A choice stays on one line: a wrapped one would confuse the arrow keys' picture."""
    width = max(40, shutil.get_terminal_size().columns) - 6
    return title if len(title) <= width else title[: width - 3] + "..."
