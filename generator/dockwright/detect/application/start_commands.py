"""What the command of a container starts in the end: followed through shells, inits and scripts."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from dockwright.detect.application.previous import (
    expanded,
    joined,
    of_the_project,
    shell_commands,
    without_wrappers,
)
from dockwright.detect.application.processes import target_in
from dockwright.detect.application.sources import folder, join
from dockwright.detect.tree import ProjectTree
from dockwright.errors import DockwrightError
from dockwright.model.record import record

_MAX_DEPTH = 4
_MAX_SCRIPT = 100_000
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_COMMENT = r"(?m)(?:^|(?<=\s))#.*$"
# What manage.py does once; any other command of the project's own is taken for a process.
_ONCE = (
    r"manage\.py (migrate|makemigrations|collectstatic|compilemessages|makemessages|createsuperuser"
    r"|createcachetable|loaddata|dumpdata|flush|check|shell\w*|test|compress|clearsessions|init\w*"
    r"|setup\w*|seed\w*|load\w*|import\w*|create\w*|update_\w*|sync\w*|rebuild\w*)\b"
)
_MIGRATES = (
    r"manage\.py migrate(_schemas)?\b|\balembic\b.*\bupgrade\b|\bflask\b.*\bdb upgrade\b"
    r"|\baerich upgrade\b|\bpiccolo migrations forwards\b"
)
_KEEPS_RUNNING = (
    r"\bcelery\b.*\b(worker|beat)\b|\brq worker\b|\b(dramatiq|arq|saq|huey_consumer\S*|uwsgi)\b"
    r"|\btaskiq (worker|scheduler)\b|\b(streamlit|chainlit|marimo) run\b|\bpanel serve\b"
    r"|\bfunctions-framework\b|\bflask\b.*\brun\b|\bfastapi (run|dev)\b"
    r"|manage\.py (runserver|run_huey|rqworker|qcluster|db_worker|runworker|rundramatiq)\b"
)
_DEVELOPS = (
    r"\brunserver(_plus)?\b|\bflask\b.*\brun\b|\bfastapi dev\b|--(auto)?reload\b|--debug\b"
    r"|\b(debugpy|watchmedo|watchfiles|hupper|nodemon|jurigged|ptw)\b"
)
# They run what follows: as another user, or after something answers.
_AS_USER = frozenset({"gosu", "su-exec", "setuidgid"})
_WAITS = r"wait-?for.*|dockerize|wait4ports|docker-compose-wait"


@record
class Step:
    """One command with the folder of the project in which it runs."""

    words: tuple[str, ...]
    folder: str = ""

    @property
    def line(self) -> str:
        """The command as one line."""
        return joined(self.words)

    @property
    def develops(self) -> bool:
        """Whether it starts a server for development."""
        return bool(re.search(_DEVELOPS, self.line))

    @property
    def keeps_running(self) -> bool:
        """Whether it never ends by itself, as far as its words tell."""
        script = re.match(r"python[\d.]* (?!.*manage\.py)(?!-c)", self.line)
        known = target_in(self.line) or re.search(_KEEPS_RUNNING, self.line)
        return bool(known or (script and not re.search(_MIGRATES, self.line)))

    @property
    def may_keep_running(self) -> bool:
        """Whether it may be what a container is for, where it is all that the container starts."""
        return not re.search(f"{_ONCE}|{_MIGRATES}", self.line)


@record
class Started:
    """What keeps running, the step that migrates, and all servers that were seen on the way."""

    main: Step | None = None
    migrates: Step | None = None
    seen: tuple[Step, ...] = ()


class Follower:
    """Follows the commands of one container.

    `copied` says where files of the project lie in it (see PreviousDockerfile), `variables` what
    its environment holds.
    """

    def __init__(
        self,
        tree: ProjectTree,
        copied: Sequence[tuple[str, str, bool]] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._tree = tree
        self._copied = copied
        self._variables = variables or {}

    def follow(self, text: str, place: str = "/") -> Started:
        """Return what a command line starts; `place` is the work directory in the container."""
        steps = list(self._steps(text, self.folder(place)))
        running = [step for step in steps if step.keeps_running]
        serving = dict.fromkeys(step for step in running if not step.develops)
        # Where a script starts one of several things, only its caller knows which one.
        certain = next(iter(serving)) if len(serving) == 1 else None
        develops = running[0] if running and not serving else None
        alone = steps[0] if len(steps) == 1 and steps[0].may_keep_running else None
        return Started(
            main=certain or develops or (None if serving else alone),
            migrates=next((step for step in steps if re.search(_MIGRATES, step.line)), None),
            seen=tuple(running),
        )

    def folder(self, place: str) -> str:
        """Return the folder of the project that lies at an absolute path of the container."""
        inside = of_the_project(f"{place.rstrip('/')}/_", self._copied)
        path = posixpath.normpath(folder(inside)) if inside.startswith("./") else ""
        return "" if path == "." else path

    def _steps(
        self, text: str, here: str, arguments: tuple[str, ...] = (), depth: int = 0
    ) -> Iterator[Step]:
        script = expanded(re.sub(_COMMENT, "", text), self._variables)
        for found in shell_commands(script) if depth < _MAX_DEPTH else ():
            argv = tuple(_unwrapped(_with_arguments(found, arguments)))
            name = argv[0].rpartition("/")[2] if argv else ""
            if name == "cd" and len(argv) == 2:
                here = self._changed(here, argv[1])
            elif name in _SHELLS and len(argv) > 2 and re.fullmatch(r"-\w*c", argv[1]):
                yield from self._steps(argv[2], here, argv[3:], depth + 1)
            elif path := self._script(argv, here):
                rest = argv[2:] if name in _SHELLS else argv[1:]
                content = self._tree.text(path)
                yield from self._steps(content, here, rest, depth + 1)
            elif argv:
                words = (_plain(of_the_project(word, self._copied)) for word in argv)
                yield Step(words=tuple(words), folder=here)

    def _changed(self, here: str, path: str) -> str:
        if path.startswith("/"):
            return self.folder(path)
        inside = posixpath.normpath(join(here, path))
        return "" if inside in {".", ".."} or inside.startswith("../") else inside

    def _script(self, argv: tuple[str, ...], here: str) -> str:
        """Return the shell script of the project that a command runs, "" for anything else."""
        words = argv[1:] if argv and argv[0].rpartition("/")[2] in _SHELLS else argv
        word = next((one for one in words if not one.startswith("-")), "")
        if not word or not ("/" in word or word.endswith(".sh")):
            return ""
        inside = of_the_project(word, self._copied)
        path = posixpath.normpath(join(here, inside.removeprefix("./")))
        if not self._tree.has(path):
            # An image may hold it anywhere; the name is enough where the project has it once.
            named = self._tree.find(word.rpartition("/")[2], depth=4)
            path = named[0] if len(named) == 1 else ""
        try:
            raw = self._tree.raw(path, limit=_MAX_SCRIPT) if path else None
            is_shell = raw is not None and re.match(rb"#!.*\b(ba|da|a|z)?sh\b", raw) is not None
            return path if raw is not None and (is_shell or path.endswith(".sh")) else ""
        except DockwrightError:
            return ""


def _with_arguments(argv: Sequence[str], arguments: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for word in argv:
        found += arguments if word in ("$@", "${@}", "$*") else [word]
    return found


def _unwrapped(argv: list[str]) -> list[str]:
    argv = without_wrappers(argv)
    name = argv[0].rpartition("/")[2] if argv else ""
    if re.fullmatch(_WAITS, name):
        return _unwrapped(argv[argv.index("--") + 1 :]) if "--" in argv else []
    return _unwrapped(argv[2:]) if name in _AS_USER else argv


def _plain(word: str) -> str:
    # `./manage.py` is the file itself to Python, and an option's value keeps its folder.
    return word.removeprefix("./") if word.endswith(".py") else word
