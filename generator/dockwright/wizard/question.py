"""One question: what was decided, why, and what an answer means for the settings."""

import shlex
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from dockwright.model.record import record


class Kind(Enum):
    """How a question is asked."""

    CHOICE = "choice"
    SEVERAL = "several"
    SWITCH = "switch"
    TEXT = "text"


@record
class Choice:
    """One of several answers; `other` opens a line for free text."""

    value: Any
    title: str
    other: bool = False


Changes = Callable[[Any], Mapping[str, Any]]
"""From an answer to settings: keys as the file spells them."""


@record
class Question:
    """`decided` is the answer that Enter gives, `because` the reason in a sentence, `changes` what another answer settles.

    `stops` are answers that end the wizard before anything is written.
    """

    name: str
    text: str
    kind: Kind
    decided: Any
    because: str
    changes: Changes
    choices: tuple[Choice, ...] = ()
    stops: tuple[Any, ...] = ()


def one(key: str) -> Changes:
    """The answer is the value of one setting."""
    return lambda answer: {key: answer}


def number(key: str) -> Changes:
    """The answer is a text that holds a whole number; anything else is left to the settings to refuse."""
    return lambda answer: {key: int(answer) if str(answer).strip().isdigit() else answer}


def words(key: str) -> Changes:
    """The answer is a text of names, separated by spaces or commas."""
    return lambda answer: {key: answer.replace(",", " ").split()}


def command(key: str) -> Changes:
    """The answer is a command line."""
    return lambda answer: {key: shlex.split(answer)}
