"""ENTRYPOINT and CMD as one argv."""

import json
import re
import shlex

from dockwright.model.pattern import Pattern
from dockwright.model.record import record

_SHELL_SYNTAX = Pattern(r"[&|;<>`$*?(){}\n]")
_RUNNERS = (("poetry", "run"), ("pipenv", "run"), ("uv", "run"), ("pdm", "run"))
_INITS = frozenset({"tini", "dumb-init", "docker-init", "catatonit"})
_ENVIRONMENT = Pattern(r".*(?:venv|virtualenv|env)/bin/([\w.-]+)")
_DEVELOPMENT = (("flask", "run"), ("runserver",), ("--reload",), ("fastapi", "dev"), ("--debug",))


@record
class Argv:
    """A command as it was found: `words`, or `why` there are none."""

    words: tuple[str, ...] = ()
    why: str = ""


def spelled_argv(value: str) -> Argv:
    """Return the argv of a CMD or ENTRYPOINT in either form."""
    if value.startswith("["):
        try:
            words = json.loads(value)
        except ValueError:
            return Argv(why="its list is not valid JSON, so Docker takes it for shell text")
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            shell = (
                len(words) == 3
                and words[0].rpartition("/")[2] in {"sh", "bash"}
                and words[1] in {"-c", "-lc", "-ec"}
            )
            return _from_shell(words[2]) if shell else Argv(words=tuple(words))
    return _from_shell(value)


@record
class Copied:
    """One source of a COPY from the project and its absolute target; `several` sources end up in a folder."""

    source: str
    target: str
    several: bool = False


def joined(entrypoint: Argv, command: Argv, copied: tuple[Copied, ...]) -> Argv:
    """Return what a container runs, without wrappers that the new image does not need and with paths of the project."""
    if entrypoint.why or command.why:
        return entrypoint if entrypoint.why else command
    words = tuple(
        _of_the_project(word, copied)
        for word in _without_wrappers((*entrypoint.words, *command.words))
    )
    if any(all(part in words for part in parts) for parts in _DEVELOPMENT):
        return Argv(why="it starts a development server; the locked server is used instead")
    return Argv(words=words)


def _of_the_project(word: str, copied: tuple[Copied, ...]) -> str:
    """A path inside the image as a path of the project; a program of an environment by its name alone."""
    environment = _ENVIRONMENT.fullmatch(word)
    if environment:
        return environment[1]
    for copy in reversed(copied) if word.startswith("/") else ():
        inside = word.removeprefix(copy.target.rstrip("/") + "/")
        name, folder = (
            copy.source.rstrip("/").rpartition("/")[2],
            copy.source.removeprefix("./").strip("/"),
        )
        if word == copy.target and not copy.several:
            return f"./{folder}"
        if inside != word and copy.source in {".", "./"}:
            return f"./{inside}"
        if inside != word and inside == name:
            return f"./{folder}"
    return word


def _from_shell(text: str) -> Argv:
    text = re.sub(r"^exec\s+", "", text.strip())
    if _SHELL_SYNTAX.search(text):
        return Argv(why="it needs a shell")
    try:
        return Argv(words=tuple(shlex.split(text)))
    except ValueError:
        return Argv(why="its quotes do not match")


def _without_wrappers(words: tuple[str, ...]) -> tuple[str, ...]:
    if words and words[0].rpartition("/")[2] in _INITS:
        words = words[1:]
        while words and words[0].startswith("-"):
            words = words[1:]
    for runner in _RUNNERS:
        if words[: len(runner)] == runner:
            words = words[len(runner) :]
            while words and words[0].startswith("-"):
                words = words[1:]
    return words
