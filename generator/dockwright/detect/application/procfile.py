"""The Procfile: processes that the owner names, as they are written."""

import posixpath
import re
import shlex

from dockwright.detect.application.findings import ProcfileFindings
from dockwright.detect.application.ports import is_port
from dockwright.detect.tree import ProjectTree
from dockwright.errors import UnreadableError
from dockwright.model.application import FoundProcess, ProcessKind
from dockwright.model.origin import Notice, Origin, Sourced
from dockwright.model.pattern import Pattern

PATH = "Procfile"

_LINE = Pattern(r"^([A-Za-z0-9_-]+)\s*:\s*(\S.*)$")
_SHELL = Pattern(r"[|&;<>$`*?~(){}\\!]|^\s*\w+=|^\s*(cd|export|source|exec|if|for|while)\s")
_VARIABLE = Pattern(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_PORT = Pattern(
    r"(?:--port[ =]|-p[ =]?|(?:-b|--bind|--http|--http-socket|-a)[ =]?\S*:|runserver\s+\S*:|\s0\.0\.0\.0:)(\d{2,5})\b"
)
_TARGET = Pattern(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\([^)]*\))?)?")
_INTERPRETERS = frozenset({"bash", "sh", "python", "python3"})
_NOT_IN_IMAGE = frozenset(
    {"make", "npm", "npx", "yarn", "pnpm", "bun", "docker", "docker-compose", "foreman"}
)
"""Tools of a developer's machine that no image of Python has; a Procfile that calls them is for `foreman` or `honcho` there."""

_PASSWORD = Pattern(r"://[^\s/:@'\"]*:[^\s/$@'\"][^\s/'\"]*@")
"""A password in a URL, not one that is read from a variable."""

_REMEDIES = {
    "procfile-password": "write $DATABASE_URL, or whatever the variable is called",
    "procfile-missing-tool": "write the command that it runs in the end, or set `processes` and name the tool in `packages`",
}

_FLAGS = frozenset(
    {
        "--reload",
        "--preload",
        "--factory",
        "--proxy-headers",
        "--no-access-log",
        "--no-sendfile",
        "--capture-output",
        "--daemon",
    }
)
"""Options of servers that take no value."""

_KINDS = (
    (ProcessKind.RELEASE, Pattern(r"release|postdeploy|migrat|deploy|init")),
    (ProcessKind.SCHEDULER, Pattern(r"beat|clock|cron|schedul|timer")),
    (ProcessKind.BOT, Pattern(r"bot\d*($|[-_])")),
)


def find_procfile(tree: ProjectTree) -> ProcfileFindings:
    """Read the Procfile of the root, if there is one."""
    try:
        content = tree.optional_text(PATH)
    except UnreadableError as error:
        return ProcfileFindings(
            notices=(
                Notice(code="procfile-unreadable", text=error.title, origin=Origin(path=PATH)),
            )
        )
    if content is None:
        return ProcfileFindings()
    if not any(line.strip() and not line.strip().startswith("#") for line in content.splitlines()):
        return ProcfileFindings(
            notices=(_notice("procfile-empty", "the Procfile names no process", None),)
        )
    return _read(tree, content)


def _read(tree: ProjectTree, content: str) -> ProcfileFindings:
    found: dict[str, FoundProcess] = {}
    notices: list[Notice] = []
    for number, raw in enumerate(content.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            notices.append(_notice("procfile-line", "not a line of a Procfile; left out", number))
        elif match[1] in found:
            notices.append(
                _notice(
                    "procfile-twice",
                    f"the process {match[1]} is named twice; the first line counts",
                    number,
                )
            )
        elif _PASSWORD.search(match[2]):
            text = f"{match[1]} holds a password, which would be in the image for everybody to read; left out"
            notices.append(_notice("procfile-password", text, number))
        elif missing := _missing_file(tree, match[2]):
            notices.append(
                _notice(
                    "procfile-missing-file",
                    f"{match[1]} starts {missing}, which is not there; left out",
                    number,
                )
            )
        elif tool := _missing_tool(match[2]):
            text = f"{match[1]} calls {tool}, which an image of Python does not have; left out"
            notices.append(_notice("procfile-missing-tool", text, number))
        else:
            found[match[1]] = process_of(
                match[1], match[2], Origin(path=PATH, line=number, key=match[1])
            )
    order = sorted(
        found.values(), key=lambda process: (process.name != "web", process.origin.line or 0)
    )
    return ProcfileFindings(tuple(order), tuple(notices))


def _missing_file(tree: ProjectTree, command: str) -> str:
    """Return the script that a plain command line starts and that the project does not have, "" if all is there."""
    words = split(command) or ()
    named = (
        words[:1]
        if words and "/" in words[0]
        else words[1:2]
        if words and words[0] in _INTERPRETERS
        else ()
    )
    path = posixpath.normpath(named[0]) if named else ""
    looks_like_one = "/" in path or path.endswith((".sh", ".py"))
    if not looks_like_one or path.startswith(("/", "..", "-")) or "venv" in path or tree.has(path):
        return ""
    return named[0]


def _missing_tool(command: str) -> str:
    """Return the developer's tool that a plain command line is handed to, "" for any other program."""
    words = split(command) or ()
    return words[0] if words and words[0] in _NOT_IN_IMAGE else ""


def process_of(
    name: str, command: str, origin: Origin, framework: str = "procfile"
) -> FoundProcess:
    """Return the process that a command line is."""
    words = split(command)
    kind = ProcessKind.WEB if target_in(command) else kind_of(name, command)
    return FoundProcess(
        name=name,
        kind=kind,
        command=words or (),
        shell="" if words else command,
        origin=origin,
        framework=framework,
        needs_variables=tuple(dict.fromkeys(_VARIABLE.findall(command))),
        port=port_in(command, origin),
        target=target_in(command),
        endless=kind not in (ProcessKind.RELEASE, ProcessKind.COMMAND),
        because=f"{origin.path} names it",
    )


def split(command: str) -> tuple[str, ...] | None:
    """Return argv, None where the line needs a shell."""
    if _SHELL.search(command):
        return None
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return None


def kind_of(name: str, command: str) -> ProcessKind:
    """Return what a process is for by its name, and by celery's own sub-command."""
    if name == "web" or name.startswith(("web-", "web_")):
        return ProcessKind.WEB
    if re.search(r"\bcelery\b.*\bbeat\b", command) and not re.search(r"\bworker\b", command):
        return ProcessKind.SCHEDULER
    return next(
        (kind for kind, pattern in _KINDS if pattern.search(name.lower())), ProcessKind.WORKER
    )


def port_in(command: str, origin: Origin) -> Sourced[int] | None:
    """Return the port that a command line names."""
    match = _PORT.search(command)
    return Sourced(value=int(match[1]), origin=origin) if match and is_port(int(match[1])) else None


def target_in(command: str) -> str:
    """Return the "module:object" that a server's command line names, "" if it is no server's."""
    words = command.replace("'", " ").replace('"', " ").split()
    servers = ("gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve")
    start = next(
        (number for number, word in enumerate(words) if word.rpartition("/")[2] in servers), None
    )
    if start is None:
        return ""
    previous = ""
    for word in words[start + 1 :]:
        if word in ("&&", ";", "||", "|"):
            break
        is_value = previous.startswith("-") and "=" not in previous and previous not in _FLAGS
        if not is_value and _TARGET.fullmatch(word) and ("." in word or ":" in word):
            return word
        previous = word
    return ""


def _notice(code: str, text: str, line: int | None) -> Notice:
    usual = "a line of a Procfile is `name: command`, the name made of letters, digits, - and _"
    return Notice(
        code=code, text=text, origin=Origin(path=PATH, line=line), remedy=_REMEDIES.get(code, usual)
    )
