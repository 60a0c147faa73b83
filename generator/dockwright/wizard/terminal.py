"""What a person sees and presses. Enter gives what was decided; Ctrl-C raises KeyboardInterrupt."""

import shutil
from collections.abc import Callable
from typing import Any

import questionary
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from dockwright.model.output import RenderedFile, WriteOutcome
from dockwright.wizard.session import Choice, Question

# Return what is wrong with an answer, "" if nothing is.
Validate = Callable[[Any], str]

# Other kinds of files are called like their lexer, or have no colours.
_LEXERS = {"compose": "yaml", "env": "bash", "settings": "toml"}
_STYLES = {"create": "green", "update": "yellow", "merge": "yellow", "conflict": "red"}


def ask(question: Question, validate: Validate) -> Any:  # noqa: ANN401 - of the question's type
    """Ask until the answer is valid and return it."""
    decided = question.decided
    if isinstance(decided, bool):
        return questionary.confirm(question.text, default=decided, qmark="?").unsafe_ask()
    if isinstance(decided, tuple):
        return _several(question)
    if not question.choices:
        return _line(question.text, str(decided), validate)
    answer = choose(question.text, question.choices, decided)
    if not answer.other:
        return answer.value
    return _line(f"{answer.title}:", "", lambda text: "" if text.strip() else "a name is needed")


def choose(text: str, choices: tuple[Choice, ...], default: object) -> Choice:
    """Let the owner choose one."""
    offered = [questionary.Choice(_fitted(choice.title), value=choice) for choice in choices]
    pairs = zip(offered, choices, strict=True)
    chosen = next((one for one, choice in pairs if choice.value == default), None)
    prompt = questionary.select(text, choices=offered, default=chosen, instruction=" ")
    answer: Choice = prompt.unsafe_ask()
    return answer


def _several(question: Question) -> tuple[Any, ...]:
    offered = [
        questionary.Choice(
            _fitted(one.title), value=one.value, checked=one.value in question.decided
        )
        for one in question.choices
    ]
    how = "(space to choose, Enter to go on)"
    prompt = questionary.checkbox(question.text, choices=offered, instruction=how)
    return tuple(prompt.unsafe_ask())


def _line(text: str, default: str, validate: Validate) -> str:
    prompt = questionary.text(text, default=default, validate=lambda line: validate(line) or True)
    return str(prompt.unsafe_ask()).strip()


def _fitted(title: str) -> str:
    # A choice stays on one line: a wrapped one would confuse the arrow keys' picture.
    width = max(40, shutil.get_terminal_size().columns) - 6
    return title if len(title) <= width else title[: width - 3] + "..."


def say(text: str, style: str = "") -> None:
    """Print a sentence, wrapped at the terminal's width."""
    Console(highlight=False).print(text, style=style or None, markup=False)


def show_file(file: RenderedFile) -> None:
    """Print one file, in colour where the terminal has colours."""
    console = Console()
    console.rule(file.path, align="left", style="dim")
    lexer, text = _LEXERS.get(file.kind, file.kind), file.text.rstrip("\n")
    code = Syntax(text, lexer, theme="ansi_dark", background_color="default", word_wrap=True)
    console.print(code)
    console.rule(style="dim")


def show_outcomes(outcomes: tuple[WriteOutcome, ...]) -> None:
    """Print what will happen to each file."""
    console = Console(highlight=False)
    for outcome in outcomes:
        line = Text(f"{outcome.outcome:>9}  ", style=_STYLES.get(outcome.outcome, "dim"))
        line.append(outcome.path, style="default")
        line.append(f"  ({outcome.because})" if outcome.because else "", style="dim")
        console.print(line)
