"""Settles the answers: given ones, asked ones, defaults that may use the plan; each checked."""

import re
from collections.abc import Callable, Mapping

from jinja2 import DictLoader

from dockwright.errors import PackAnswerError
from dockwright.model.plan import Plan
from dockwright.packs.pack import Pack, Question, did_you_mean
from dockwright.render.guard import guarded_environment

Answer = str | bool | int | tuple[str, ...]
Ask = Callable[[Question, str], str]

_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off", ""})


def settle(
    pack: Pack, plan: Plan, given: Mapping[str, str], ask: Ask | None = None
) -> dict[str, Answer]:
    """Return key -> answer for every question; those neither given nor asked get defaults."""
    known = [question.key for question in pack.questions]
    for key in given:
        if key not in known:
            raise _unknown(pack, key, known)
    answers: dict[str, Answer] = {}
    # In order, because a default or a condition may read the answers before it.
    for question in pack.questions:
        default = rendered(question.default, plan, answers)
        # What was given is never asked again.
        text = given.get(question.key, default)
        if ask and question.key not in given:
            asked = not question.when or _is_true(rendered(question.when, plan, answers))
            text = ask(question, default) if asked else default
        answers[question.key] = checked(question, text)
    return answers


def rendered(text: str, plan: Plan, answers: Mapping[str, Answer]) -> str:
    """Return a default or condition with the plan and the answers so far filled in."""
    # An environment takes milliseconds, and most defaults are plain words.
    if "{" not in text:
        return text
    environment = guarded_environment(DictLoader({"value": text}))
    return environment.get_template("value").render(plan=plan, answers=answers, **answers)


def checked(question: Question, text: str) -> Answer:
    """Return the answer in the question's own type; PackAnswerError where it is not allowed."""
    match question.kind:
        case "bool" if text.lower() not in _TRUE | _FALSE:
            raise _refused(question, text, "it is true or false")
        case "bool":
            return _is_true(text)
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


def _is_true(text: str) -> bool:
    return text.strip().lower() in _TRUE


def _integer(question: Question, text: str) -> int:
    # Longer ones are no number of replicas, and Python refuses to convert the longest.
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise _refused(question, text, "it is a whole number")
    number = int(text)
    if question.minimum is not None and number < question.minimum:
        raise _refused(question, text, f"it is at least {question.minimum}")
    if question.maximum is not None and number > question.maximum:
        raise _refused(question, text, f"it is at most {question.maximum}")
    return number


def _unknown(pack: Pack, key: str, known: list[str]) -> PackAnswerError:
    return PackAnswerError(
        f"the pack {pack.name} asks nothing called {key!r}{did_you_mean(key, known)}",
        found=f"it asks for {', '.join(known) or 'nothing'}",
        rule="every key=value answers one question of the pack",
        steps=("correct the key, or leave it out",),
        example=f"{(*known, 'key')[0]}=value",
    )


def _refused(question: Question, text: str, rule: str) -> PackAnswerError:
    example = question.choices[0] if question.choices else question.default or "value"
    return PackAnswerError(
        f"{question.key}={text} is not an answer to {question.prompt!r}",
        rule=rule,
        steps=("give another value",),
        example=f"{question.key}={example}",
    )
