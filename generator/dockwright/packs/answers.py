"""Settles the answers: given ones, asked ones, defaults that may use the plan; each checked."""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import DictLoader

from dockwright.errors import PackAnswerError
from dockwright.model.plan import Plan
from dockwright.packs.pack import Pack, Question
from dockwright.render.guard import guarded_environment

Answer = str | bool | int | tuple[str, ...]
Ask = Callable[[Question, str], str]

_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off", ""})


def settle(
    pack: Pack, plan: Plan, given: Mapping[str, str], ask: Ask | None = None
) -> dict[str, Answer]:
    """Return key -> answer for every question of the pack.

    `given` are texts from the command line or an earlier run; `ask` puts the other questions to a
    person, None takes their defaults. Raises PackAnswerError for a key that no question has and for
    an answer that its question does not allow.
    """
    _check_keys(pack, given)
    answers: dict[str, Answer] = {}
    for question in pack.questions:
        default = rendered(question.default, plan, answers)
        if question.key in given:
            text = given[question.key]
        elif ask is None or not _is_asked(question, plan, answers):
            text = default
        else:
            text = ask(question, default)
        answers[question.key] = checked(question, text)
    return answers


def rendered(text: str, plan: Plan, answers: Mapping[str, Answer]) -> str:
    """Return a default or condition with the plan and the answers so far filled in."""
    if "{" not in text:
        return text
    environment = guarded_environment(DictLoader({"value": text}))
    return environment.get_template("value").render(plan=plan, answers=answers, **answers)


def checked(question: Question, text: str) -> Answer:
    """Return the answer in the question's own type; PackAnswerError where it is not allowed."""
    match question.kind:
        case "bool":
            return _boolean(question, text)
        case "integer":
            return _integer(question, text)
        case "list":
            return tuple(part.strip() for part in text.split(",") if part.strip())
        case "choice" if text not in question.choices:
            raise _refused(question, text, f"it is one of {', '.join(question.choices)}")
        case _ if question.pattern and not re.fullmatch(question.pattern, text):
            raise _refused(question, text, f"it must match {question.pattern}")
        case _:
            return text


def _boolean(question: Question, text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise _refused(question, text, "it is true or false")


def _integer(question: Question, text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise _refused(question, text, "it is a whole number")
    number = int(text)
    if question.minimum is not None and number < question.minimum:
        raise _refused(question, text, f"it is at least {question.minimum}")
    if question.maximum is not None and number > question.maximum:
        raise _refused(question, text, f"it is at most {question.maximum}")
    return number


def _is_asked(question: Question, plan: Plan, answers: Mapping[str, Answer]) -> bool:
    return not question.when or rendered(question.when, plan, answers).strip().lower() in _TRUE


def _check_keys(pack: Pack, given: Mapping[str, Any]) -> None:
    known = [question.key for question in pack.questions]
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise PackAnswerError(
                f"the pack {pack.name} asks nothing called {key!r}{hint}",
                found=f"it asks for {', '.join(known) or 'nothing'}",
                rule="every key=value answers one question of the pack",
                steps=("correct the key, or leave it out",),
                example=f"{(*near, *known, 'key')[0]}=value",
            )


def _refused(question: Question, text: str, rule: str) -> PackAnswerError:
    example = question.choices[0] if question.choices else question.default or "value"
    return PackAnswerError(
        f"{question.key}={text} is not an answer to {question.prompt!r}",
        rule=rule,
        steps=("give another value",),
        example=f"{question.key}={example}",
    )
