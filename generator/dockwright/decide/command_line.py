"""Command lines: from a Procfile's text to argv in exec form, so that signals reach the program."""

import re
import shlex

from dockwright.decide.process_request import notice
from dockwright.model.origin import Notice
from dockwright.model.plan import Process
from dockwright.model.settings import Settings

# Tools that run a command inside of their environment. They are not in the image.
_RUNNERS = frozenset({"pipenv", "poetry", "uv", "pdm", "hatch", "rye", "pixi"})
_RUNNER_OPTION_WITH_VALUE = (
    r"--(package|extra|group|only-group|with|env-file|directory|project|python)|-p"
)
# What a step may begin with that is no program: `exec` cannot go before it.
_BUILTIN = r"\s*(?:(?:exec|source|while|for|if|case|until|export|set) |[.({])"

_MEANS_SOMETHING_TO_A_SHELL = r"[$|&;<>()`*?\[\]{}~\n]|^\s*[A-Za-z_]\w*="
# `||`, pipes, substitutions and the background need the shell for as long as they run.
_KEEPS_THE_SHELL = r"\|\||[|`\n]|(?<!&)&(?!&)"
# Only a literal value: one that the shell would expand stays in the command.
_ASSIGNMENT = r"(?s)^(?P<name>[A-Za-z_]\w*)=(?P<value>[^\s$`\"'\\]*)\s+(?P<rest>\S.*)$"
_SINGLE_QUOTED = r"'[^']*'"
# $NAME, ${NAME} and ${NAME:?message}; ${NAME:-default} has a value in any case.
_VARIABLE = r"(?<!\\)\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?\?[^}]*)?\})"
# NAME=..., `for NAME in`, `read NAME`: the command sets the variable itself.
_BOUND = r"(?:^|[\s;&|(])(?:for\s+|read\s+)?([A-Za-z_]\w*)(?:=|\s+in\s)"
# What the image, compose or the shell itself sets.
_IN_THE_IMAGE = (
    r"PORT|WEB_CONCURRENCY|HOME|PATH|HOSTNAME|PWD|VIRTUAL_ENV|PYTHONPATH|PYTHONUNBUFFERED"
    r"|PYTHON_VERSION|DJANGO_SETTINGS_MODULE|IFS"
)


def needs_shell(text: str) -> bool:
    """Whether a command line means something to a shell beyond words and quotes."""
    return bool(re.search(_MEANS_SOMETHING_TO_A_SHELL, re.sub(_SINGLE_QUOTED, "", text)))


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a command line; quotes that never close are taken as they stand."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def without_runner(text: str) -> str:
    """Return the command line without `pipenv run`, `uv run` and the like."""
    step = r"((?:^|&&|;|\bexec)\s*)([^;&|]+)"
    return re.sub(step, lambda found: found[1] + _step_without_runner(found[2]), text)


def _step_without_runner(step: str) -> str:
    words = step.split()
    if len(words) < 3 or words[0] not in _RUNNERS or words[1] != "run":
        return step
    position = 2
    while position < len(words) - 1 and words[position].startswith("-"):
        # `-m` and `--module` are Python's own: `uv run -m shop` starts `python -m shop`.
        if words[position] in ("-m", "--module"):
            return " ".join(("python", "-m", *words[position + 1 :]))
        position += 2 if re.fullmatch(_RUNNER_OPTION_WITH_VALUE, words[position]) else 1
    rest = step.split(None, position)[position]
    is_script = words[position].endswith(".py") and "/" not in words[position][:2]
    return f"python {rest}" if is_script else rest


def leading_assignments(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return (pairs, rest) of `NAME=value command`; the pairs are literal values."""
    pairs: list[tuple[str, str]] = []
    rest = text.strip()
    while match := re.match(_ASSIGNMENT, rest):
        pairs.append((match["name"], match["value"]))
        rest = match["rest"]
    return tuple(pairs), rest


def in_shell(text: str) -> tuple[str, ...]:
    """Return argv that runs `text` in a shell.

    `exec` before the last step lets the program take the shell's place and get the signals. It is
    left out where the shell must stay: pipes, `||`, the background.
    """
    text = text.strip()
    match = re.match(r"(?s)^(?P<before>.*(?:&&|;)\s*)?(?P<last>[^;&]+)$", text)
    if not hands_over(text) or match is None or re.match(_BUILTIN, match["last"]):
        return ("sh", "-c", text)
    # `exec` goes behind assignments: `NAME=value exec program`.
    last = re.sub(r"^((?:[A-Za-z_]\w*=\S*\s+)*)", r"\1exec ", match["last"].strip())
    return ("sh", "-c", f"{match['before'] or ''}{last}")


def hands_over(text: str) -> bool:
    """Whether the shell can replace itself with the last step of `text`."""
    # What stands in quotes or in ${...} is text, not a pipe.
    without_quotes = re.sub(r"'[^']*'|\"[^\"]*\"|\$\{[^}]*\}", "", text)
    return not re.search(_KEEPS_THE_SHELL, without_quotes)


def exec_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return argv in exec form; words that hold `$PORT` go through a shell, which fills it in."""
    # Exec form has no shell in between, so that the program is the first process.
    if not any("$PORT" in word for word in words):
        return words
    quoted = (word if "$PORT" in word else shlex.quote(word) for word in words)
    return ("sh", "-c", "exec " + " ".join(quoted))


def program(command: tuple[str, ...]) -> str:
    """Return the program that a command starts: behind `sh -c exec`, `env` and `python -m`."""
    words = split_words(command[2]) if command[:2] == ("sh", "-c") else command
    last = max((i for i, word in enumerate(words) if word in ("&&", ";", "exec")), default=-1)
    rest = [word for word in words[last + 1 :] if not re.match(r"[A-Za-z_]\w*=", word)]
    if rest[:1] == ["env"]:
        rest = rest[1:]
    if len(rest) > 2 and rest[0].startswith("python") and rest[1] == "-m":
        return rest[2]
    return rest[0].rpartition("/")[2] if rest else ""


def unset_variables(process: Process, settings: Settings) -> tuple[str, ...]:
    """Return the variables that the shell of a command fills in and that nothing sets."""
    if process.command[:2] != ("sh", "-c"):
        return ()
    # A shell fills in nothing between single quotes.
    text = re.sub(_SINGLE_QUOTED, "", process.command[2])
    given = {name for name, _ in (*process.environment, *settings.environment)}
    known = given | set(re.findall(_BOUND, text))
    names = dict.fromkeys(plain or braced for plain, braced in re.findall(_VARIABLE, text))
    return tuple(n for n in names if n not in known and not re.fullmatch(_IN_THE_IMAGE, n))


def unset_notices(processes: tuple[Process, ...], settings: Settings) -> tuple[Notice, ...]:
    """Return one warning for each process whose command needs a value that only the owner knows."""
    return tuple(
        notice(
            "command-variable-unset",
            next(iter(process.evidence), None),
            name=process.name,
            variables=", ".join(f"${name}" for name in names),
            first=names[0],
        )
        for process in processes
        if (names := unset_variables(process, settings))
    )
