"""Command lines: from the text of a Procfile to argv in exec form, so that signals arrive and `$PORT` still works."""

import re
import shlex

from dockwright.model.pattern import Pattern

_RUNNERS = frozenset({"pipenv", "poetry", "uv", "pdm", "hatch", "rye", "pixi"})
_RUNNER_OPTIONS_WITH_VALUE = frozenset(
    {"--package", "--extra", "--group", "--only-group", "--with", "--env-file", "--directory", "--project", "-p", "--python"}
)  # fmt: skip
_SHELL = Pattern(r"[$|&;<>()`*?\[\]{}~\n]|^\s*[A-Za-z_][A-Za-z0-9_]*=")
_NO_HANDOVER = Pattern(r"\|\||[|`\n]|(?<!&)&(?!&)")
_LAST_STEP = Pattern(r"^(?P<before>.*(?:&&|;)\s*)?(?P<last>[^;&]+)$", re.DOTALL)
_ASSIGNMENT = Pattern(
    r"^(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>[^\s$`\"'\\]*)\s+(?P<rest>\S.*)$", re.DOTALL
)
_VARIABLE = Pattern(r"\$[A-Za-z_{]")
_BUILTINS = (
    "exec ",
    ".",
    "source ",
    "while ",
    "for ",
    "if ",
    "case ",
    "until ",
    "(",
    "{",
    "export ",
    "set ",
)
_LAUNCHER = "import os, sys; words = [os.path.expandvars(word) for word in sys.argv[1:]]; os.execvp(words[0], words)"


def needs_shell(text: str) -> bool:
    """Whether a command line means something to a shell beyond words and quotes."""
    return bool(_SHELL.search(_without_single_quotes(text)))


def _without_single_quotes(text: str) -> str:
    return re.sub(r"'[^']*'", "", text)


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a command line; quotes that never close are taken as they stand."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def without_runner(text: str) -> str:
    """Return the command line without `pipenv run`, `uv run` and the like: their tools are not in the image."""
    return re.sub(
        r"(?P<start>^|&&|;|\bexec)(?P<space>\s*)(?P<step>[^;&|]+)",
        lambda match: match["start"] + match["space"] + _step_without_runner(match["step"]),
        text,
    )


def _step_without_runner(step: str) -> str:
    words = step.split()
    if len(words) < 3 or words[0] not in _RUNNERS or words[1] != "run":
        return step
    position = 2
    while position < len(words) - 1 and words[position].startswith("-"):
        # `-m` and `--module` are Python's own: `uv run -m shop` starts `python -m shop`.
        if words[position] in ("-m", "--module"):
            return " ".join(("python", "-m", *words[position + 1 :]))
        position += 2 if words[position] in _RUNNER_OPTIONS_WITH_VALUE else 1
    rest = step.split(None, position)[position]
    return (
        f"python {rest}"
        if words[position].endswith(".py") and "/" not in words[position][:2]
        else rest
    )


def leading_assignments(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return (pairs, rest) of `NAME=value command`: literal values become environment of the process."""
    pairs: list[tuple[str, str]] = []
    rest = text.strip()
    match = _ASSIGNMENT.match(rest)
    while match:
        pairs.append((match["name"], match["value"]))
        rest = match["rest"]
        match = _ASSIGNMENT.match(rest)
    return tuple(pairs), rest


def in_shell(text: str) -> tuple[str, ...]:
    """Return argv that runs `text` in a shell which hands its process over, so that signals reach the program."""
    return ("sh", "-c", handed_over(text))


def handed_over(text: str) -> str:
    """Return `text` with `exec` before its last step; unchanged where a shell must stay (pipes, `||`, background)."""
    text = text.strip()
    if not hands_over(text):
        return text
    match = _LAST_STEP.match(text)
    if match is None or match["last"].strip().startswith(_BUILTINS):
        return text
    before = match["before"] or ""
    assignments = re.match(
        r"((?:[A-Za-z_][A-Za-z0-9_]*=\S*\s+)*)(.*)$", match["last"].strip(), re.DOTALL
    )
    if assignments is None:
        return text
    return f"{before}{assignments[1]}exec {assignments[2]}"


def hands_over(text: str) -> bool:
    """Whether the shell can replace itself with the last step of `text`."""
    return not _NO_HANDOVER.search(_without_quotes(text))


def _without_quotes(text: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"|\$\{[^}]*\}", "", text)


def exec_words(
    words: tuple[str, ...], *, shell: bool = True, before: tuple[tuple[str, str], ...] = ()
) -> tuple[str, ...]:
    """Return argv in exec form for words that may hold `$NAME`; `before` are assignments that a shell makes first.

    Words without `$NAME` stay as they are. Others go through `sh -c exec`, or, where the image has no shell, through Python.
    """
    if not words or not any(
        _VARIABLE.search(word) for word in (*words, *(value for _, value in before))
    ):
        return words
    if not shell:
        return ("python", "-c", _LAUNCHER, *words)
    assignments = "".join(f"{name}={value} " for name, value in before)
    return ("sh", "-c", f"{assignments}exec " + " ".join(_quoted(word) for word in words))


def _quoted(word: str) -> str:
    """Quote for a shell that must still expand `$NAME`."""
    if not _VARIABLE.search(word):
        return shlex.quote(word)
    return word if re.fullmatch(r"[\w$:./=,{}-]+", word) else f'"{word}"'


def program(command: tuple[str, ...]) -> str:
    """Return the program that a command really starts: the one behind `sh -c exec`, `env`, and `python -m`."""
    words = split_words(command[2]) if command[:2] == ("sh", "-c") else command
    if command[:3] == ("python", "-c", _LAUNCHER):
        words = command[3:]
    last = max((i for i, word in enumerate(words) if word in ("&&", ";", "exec")), default=-1)
    rest = [word for word in words[last + 1 :] if not re.match(r"^[A-Za-z_][A-Za-z0-9_]*=", word)]
    if rest[:1] == ["env"]:
        rest = rest[1:]
    if len(rest) > 2 and rest[0].startswith("python") and rest[1] == "-m":
        return rest[2]
    return rest[0].rpartition("/")[2] if rest else ""
