"""The files before they are written, in colour where the terminal has colours."""

from dockwright.model.output import Outcome, RenderedFile, WriteOutcome

_LEXERS = {
    "dockerfile": "docker",
    "compose": "yaml",
    "ignore": "text",
    "env": "bash",
    "settings": "toml",
}
_STYLES = {
    Outcome.CREATE: "green",
    Outcome.UPDATE: "yellow",
    Outcome.MERGE: "yellow",
    Outcome.CONFLICT: "red",
    Outcome.IDENTICAL: "dim",
    Outcome.SKIP: "dim",
}


def show_file(file: RenderedFile) -> None:
    """Print one file with its syntax."""
    from rich.console import Console
    from rich.syntax import Syntax

    console = Console()
    console.rule(file.path, align="left", style="dim")
    lexer = _LEXERS.get(file.kind, "text")
    console.print(
        Syntax(
            file.text.rstrip("\n"),
            lexer,
            theme="ansi_dark",
            background_color="default",
            word_wrap=True,
        )
    )
    console.rule(style="dim")


def show_outcomes(outcomes: tuple[WriteOutcome, ...]) -> None:
    """Print what will happen to each file."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for outcome in outcomes:
        line = Text(f"{outcome.outcome:>9}  ", style=_STYLES[outcome.outcome])
        line.append(outcome.path, style="default")
        line.append(f"  ({outcome.because})" if outcome.because else "", style="dim")
        console.print(line)


def say(text: str, style: str = "") -> None:
    """Print a sentence, wrapped at the terminal's width."""
    from rich.console import Console

    Console(highlight=False).print(text, style=style or None, markup=False)
