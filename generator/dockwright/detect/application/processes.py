"""The Procfile and other command lines: processes that the owner names, as they are written."""

import posixpath
import re
import shlex

from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.ports import port_at
from dockwright.detect.tree import ProjectTree
from dockwright.errors import UnreadableError
from dockwright.model.application import FoundProcess, ProcessKind
from dockwright.model.origin import Notice, Origin

_PATH = "Procfile"
_LINE = r"([A-Za-z0-9_-]+)\s*:\s*(\S.*)"
_SHELL = r"[|&;<>$`*?~(){}\\!]|^\s*\w+=|^\s*(cd|export|source|exec|if|for|while)\s"
_VARIABLE = r"\$\{?([A-Za-z_][A-Za-z0-9_]*)"
_PORT = (
    r"(?:--port[ =]|-p[ =]?|(?:-b|--bind|--http|--http-socket|-a)[ =]?\S*:|runserver\s+\S*:"
    r"|\s0\.0\.0\.0:)(\d{2,5})\b"
)
_TARGET = r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\([^)]*\))?)?"
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve")
# Options of servers that take no value.
_FLAGS = frozenset(LISTS["server_flags"])
# Tools of a developer's machine: a Procfile that calls them is for `foreman` or `honcho` there.
_NOT_IN_IMAGE = frozenset(LISTS["developer_tools"])
_INTERPRETERS = frozenset({"bash", "sh", "python", "python3"})
# A password in a URL, not one that is read from a variable.
_URL_WITH_LOGIN = r"://[^\s/:@'\"]*:[^\s/$@'\"][^\s/'\"]*@"
_REMEDIES = {
    "procfile-password": "write $DATABASE_URL, or whatever the variable is called",
    "procfile-missing-tool": "write the command that it runs in the end, or set `processes`",
}
_USUAL_REMEDY = "a line of a Procfile is `name: command`, the name made of letters, digits, - and _"
_KINDS = (
    (ProcessKind.RELEASE, r"release|postdeploy|migrat|deploy|init"),
    (ProcessKind.SCHEDULER, r"beat|clock|cron|schedul|timer"),
    (ProcessKind.BOT, r"bot\d*($|[-_])"),
)


def read_procfile(tree: ProjectTree) -> tuple[tuple[FoundProcess, ...], list[Notice]]:
    """Return the processes of the root's Procfile, `web` first, and what its other lines are."""
    try:
        content = tree.optional_text(_PATH)
    except UnreadableError as error:
        return (), [_notice("procfile-unreadable", error.title, None)]
    found: dict[str, FoundProcess] = {}
    notices: list[Notice] = []
    lines = [line.strip() for line in (content or "").splitlines()]
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(_LINE, line)
        if match and (fault := _fault(tree, *match.groups(), known=match[1] in found)):
            notices.append(_notice(*fault, number))
        elif match:
            origin = Origin(path=_PATH, line=number, key=match[1])
            found[match[1]] = process_of(match[1], match[2], origin)
        elif line and not line.startswith("#"):
            text = "not a line of a Procfile; left out"
            notices.append(_notice("procfile-line", text, number))
    if content is not None and not found and not notices:
        notices.append(_notice("procfile-empty", "the Procfile names no process", None))
    return tuple(sorted(found.values(), key=lambda process: process.name != "web")), notices


def _fault(tree: ProjectTree, name: str, command: str, *, known: bool) -> tuple[str, str] | None:
    """Return code and text of what keeps a line from being a process of the image."""
    words = split(command) or ("",)
    if known:
        return "procfile-twice", f"the process {name} is named twice; the first line counts"
    if re.search(_URL_WITH_LOGIN, command):
        text = f"{name} holds a password, which everybody could read in the image; left out"
        return "procfile-password", text
    script = words[0] if "/" in words[0] else ""
    if words[0] in _INTERPRETERS and len(words) > 1:
        script = words[1]
    path = posixpath.normpath(script) if script else ""
    in_project = "/" in path or path.endswith((".sh", ".py"))
    outside = path.startswith(("/", "..", "-")) or "venv" in path
    if in_project and not outside and not tree.has(path):
        return "procfile-missing-file", f"{name} starts {script}, which is not there; left out"
    if words[0] in _NOT_IN_IMAGE:
        text = f"{name} calls {words[0]}, which an image of Python does not have; left out"
        return "procfile-missing-tool", text
    return None


def process_of(
    name: str, command: str, origin: Origin, framework: str = "procfile"
) -> FoundProcess:
    """Return the process that a command line is."""
    words, target = split(command), target_in(command)
    kind = ProcessKind.WEB if target else _kind_of(name, command)
    port = re.search(_PORT, command)
    return FoundProcess(
        name=name,
        kind=kind,
        command=words or (),
        shell="" if words else command,
        origin=origin,
        framework=framework,
        needs_variables=tuple(dict.fromkeys(re.findall(_VARIABLE, command))),
        port=port_at(port[1], origin) if port else None,
        target=target,
        endless=kind not in (ProcessKind.RELEASE, ProcessKind.COMMAND),
        because=f"{origin.path} names it",
    )


def implied(
    kind: ProcessKind,
    command: tuple[str, ...],
    origin: Origin,
    framework: str,
    because: str,
    root: str = "",
    target: str = "",
    *,
    name: str = "worker",
) -> FoundProcess:
    """Return a process that the code implies; only workers and schedulers go on for ever."""
    return FoundProcess(
        name=name,
        kind=kind,
        command=command,
        origin=origin,
        framework=framework,
        import_root=root,
        target=target,
        endless=kind not in (ProcessKind.RELEASE, ProcessKind.COMMAND),
        because=because,
    )


def split(command: str) -> tuple[str, ...] | None:
    """Return argv, None where the line needs a shell."""
    if re.search(_SHELL, command):
        return None
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return None


def target_in(command: str) -> str:
    """Return the "module:object" that a server's command line names, "" if it is no server's."""
    words = command.replace("'", " ").replace('"', " ").split()
    servers = [n for n, word in enumerate(words) if word.rpartition("/")[2] in _SERVERS]
    previous = ""
    for word in words[servers[0] + 1 :] if servers else ():
        if word in ("&&", ";", "||", "|"):
            break
        is_value = previous.startswith("-") and "=" not in previous and previous not in _FLAGS
        if not is_value and re.fullmatch(_TARGET, word) and ("." in word or ":" in word):
            return word
        previous = word
    return ""


def _kind_of(name: str, command: str) -> ProcessKind:
    """Return what a process is for by its name, and by celery's own sub-command."""
    if name == "web" or name.startswith(("web-", "web_")):
        return ProcessKind.WEB
    if re.search(r"\bcelery\b.*\bbeat\b", command) and not re.search(r"\bworker\b", command):
        return ProcessKind.SCHEDULER
    fitting = (kind for kind, pattern in _KINDS if re.search(pattern, name.lower()))
    return next(fitting, ProcessKind.WORKER)


def _notice(code: str, text: str, line: int | None) -> Notice:
    origin = Origin(path=_PATH, line=line)
    return Notice(code=code, text=text, origin=origin, remedy=_REMEDIES.get(code, _USUAL_REMEDY))
