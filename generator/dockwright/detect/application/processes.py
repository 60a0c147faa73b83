"""What files name: the processes of a Procfile, and the application and port of a server's file."""

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator

from dockwright.detect.application.known_names import LISTS
from dockwright.detect.application.module import Scope
from dockwright.detect.application.ports import NO_PORT, port_at
from dockwright.detect.application.sources import is_candidate, stem
from dockwright.detect.application.survey import Survey
from dockwright.detect.tree import ProjectTree
from dockwright.errors import ProjectError, UnreadableError
from dockwright.model.application import (
    Deployment,
    FoundProcess,
    ProcessKind,
    ServerConfig,
    kind_of,
)
from dockwright.model.origin import Notice, Origin
from dockwright.model.record import replace

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
# A password in a URL, not one that is read from a variable.
_URL_WITH_LOGIN = r"://[^\s/:@'\"]*:[^\s/$@'\"][^\s/'\"]*@"
_REMEDIES = {
    "procfile-password": "write $DATABASE_URL, or whatever the variable is called",
    "procfile-missing-tool": "write the command that it runs in the end, or set `processes`",
}
_USUAL_REMEDY = "a line of a Procfile is `name: command`, the name made of letters, digits, - and _"
_MAX_INI = 200_000
_UWSGI_PORTS = ("http", "http-socket", "http11-socket", "https", "socket")
_GUNICORN_NAMES = frozenset({"bind", "workers", "worker_class", "timeout", "wsgi_app"})
# Of several configuration files of a server.
_PRODUCTION_FILE = r"(?i)(?<![a-z])prod(uction)?(?![a-z])"
_DEVELOPMENT_FILE = r"(?i)(?<![a-z])(dev|develop|development|local|debug|test)(?![a-z])"
_FLASK_APP = r"^\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([^\s\"'#]+)"


def read_procfile(tree: ProjectTree) -> tuple[tuple[FoundProcess, ...], list[Notice]]:
    """Return the processes of the root's Procfile, `web` first, and what its other lines are."""
    try:
        content = tree.optional_text(_PATH)
    except UnreadableError as error:
        return (), [_notice("procfile-unreadable", error.title)]
    found: dict[str, FoundProcess] = {}
    notices: list[Notice] = []
    for number, line in enumerate(map(str.strip, (content or "").splitlines()), 1):
        match = re.fullmatch(_LINE, line)
        if match and (fault := _fault(tree, *match.groups(), known=match[1] in found)):
            notices.append(_notice(*fault, number))
        elif match:
            origin = Origin(path=_PATH, line=number, key=match[1])
            found[match[1]] = process_of(match[1], startable(tree, match[2], origin), origin)
        elif line and not line.startswith("#"):
            notices.append(_notice("procfile-line", "not a line of a Procfile; left out", number))
    if content is not None and not found and not notices:
        notices.append(_notice("procfile-empty", "the Procfile names no process"))
    return tuple(sorted(found.values(), key=lambda process: process.name != "web")), notices


def _fault(tree: ProjectTree, name: str, command: str, *, known: bool) -> tuple[str, str] | None:
    words = split(command) or ("",)
    if known:
        return "procfile-twice", f"the process {name} is named twice; the first line counts"
    if re.search(_URL_WITH_LOGIN, command):
        text = f"{name} holds a password, which everybody could read in the image; left out"
        return "procfile-password", text
    script = words[0] if "/" in words[0] else ""
    if words[0] in ("bash", "sh", "python", "python3") and len(words) > 1:
        script = words[1]
    path = posixpath.normpath(script) if script else ""
    in_project = "/" in path or path.endswith((".sh", ".py"))
    outside = path.startswith(("/", "..", "-")) or "venv" in path
    if in_project and not outside and not tree.has(path):
        return "procfile-missing-file", f"{name} starts {script}, which is not there; left out"
    # A Procfile that calls a developer's tools is for `foreman` or `honcho` on that machine.
    tool = command.split(maxsplit=1)[0]
    if tool in LISTS["developer_tools"]:
        text = f"{name} calls {tool}, which an image of Python does not have; left out"
        return "procfile-missing-tool", text
    return None


def _notice(code: str, text: str, line: int | None = None) -> Notice:
    origin = Origin(path=_PATH, line=line)
    return Notice(code=code, text=text, origin=origin, remedy=_REMEDIES.get(code, _USUAL_REMEDY))


def startable(tree: ProjectTree, command: str, origin: Origin) -> str:
    """Return a command whose script is run by its interpreter where it is no program itself.

    Raises ProjectError for a shell script with the line ends of Windows: no shell runs it.
    """
    words = split(command) or ()
    name = words[1] if words[:1] and words[0] in ("sh", "bash") and len(words) > 1 else ""
    path = posixpath.normpath(name or next(iter(words), ""))
    if not ("/" in command or path.endswith((".sh", ".py"))) or not tree.has(path):
        return command
    content = tree.raw(path, limit=_MAX_INI) or b""
    shebang = re.match(rb"#!\s*(?:\S*/env\s+)?(?:\S*/)?(\w+)", content)
    interpreter = shebang[1].decode() if shebang else "python" if path.endswith(".py") else "sh"
    interpreter = "python" if interpreter.startswith("python") else interpreter
    if b"\r\n" in content and interpreter != "python":
        raise ProjectError(
            f"{path} has the line ends of Windows, so no shell can run it",
            origin=Origin(path=path, line=1),
            found=f"`{command}` ({origin})",
            rule="the lines of a shell script end with a line feed alone",
            steps=("convert the file", "and keep it so with .gitattributes: `*.sh text eol=lf`"),
            example=f"sed -i 's/\\r$//' {path}",
        )
    return command if name or tree.is_executable(path) else f"{interpreter} {command}"


def process_of(
    name: str, command: str, origin: Origin, framework: str = "procfile"
) -> FoundProcess:
    """Return the process that a command line is."""
    words, target = split(command), target_in(command)
    kind = ProcessKind.WEB if target else kind_of(name, command)
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


def find_paste(survey: Survey) -> list[FoundProcess]:
    """Return what `pserve` starts: the INI file for production of a Pyramid project."""
    found = []
    for path in survey.tree.find("*.ini", depth=1) if "pyramid" in survey.installed else ():
        server = survey.ini(path, "server:main")
        if not server or not survey.ini(path, "app:main"):
            continue
        address = (server.get("listen") or server.get("bind", "")).split()
        host, _, digits = (address[0] if address else "").rpartition(":")
        place = survey.place(path, "listen" if address else "port", "server:main")
        process = process_of("web", f"pserve {path}", place, "pyramid")
        port = port_at(digits or server.get("port", ""), place)
        host = host or server.get("host", "")
        found.append(replace(process, kind=ProcessKind.WEB, port=port, host=host.strip("[]")))
    found.sort(
        key=lambda one: (
            not re.search(_PRODUCTION_FILE, one.command[1]),
            bool(re.search(_DEVELOPMENT_FILE, one.command[1])),
            one.command,
        )
    )
    return [one for one in found[:1] if not re.search(_DEVELOPMENT_FILE, one.command[1])]


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
        takes_value = "=" not in previous and previous not in LISTS["server_flags"]
        is_value = previous.startswith("-") and takes_value
        if not is_value and re.fullmatch(_TARGET, word) and ("." in word or ":" in word):
            return word
        previous = word
    return ""


def find_named(
    survey: Survey,
    processes: Iterable[FoundProcess],
    configs: Iterable[ServerConfig],
    deployment: Deployment,
) -> dict[str, Origin]:
    """Return "module:object" ("module:" where the object is open) -> the place that names it.

    What files of the project name themselves is the strongest sign of which one is served.
    """
    found = [(process.target, process.origin) for process in processes]
    found += [(target_in(script.target), script.origin) for script in survey.manager_scripts]
    found += [(one.value, one.origin) for one in deployment.targets]
    if flask := re.search(_FLASK_APP, survey.file_text(".flaskenv"), re.MULTILINE):
        place = survey.place(".flaskenv", "FLASK_APP", "FLASK_APP")
        found.append((_as_target(flask[1]), place))
    if variable := deployment.variable("FLASK_APP"):
        found.append((_as_target(variable.value[1]), variable.origin))
    entry = survey.tool("fastapi").get("entrypoint")
    if isinstance(entry, str):
        found.append((entry, survey.place("pyproject.toml", "entrypoint", "tool.fastapi")))
    found += [(config.application, Origin(path=config.path)) for config in configs]
    named: dict[str, Origin] = {}
    for target, origin in found:
        if target:
            named.setdefault(target if ":" in target else f"{target}:", origin)
    return named


def _as_target(flask_app: str) -> str:
    module, _, name = flask_app.removeprefix("./").partition(":")
    return f"{module.removesuffix('.py').replace('/', '.')}:{name}"


def find_server_configs(survey: Survey) -> tuple[ServerConfig, ...]:
    """Return the configuration files of servers, those that are read by themselves first."""
    found = [*_gunicorn(survey), *_uwsgi(survey), *_toml_files(survey)]
    # Of several configurations an image wants the one for production.
    found.sort(
        key=lambda config: (
            not config.automatic,
            not re.search(_PRODUCTION_FILE, config.path),
            bool(re.search(_DEVELOPMENT_FILE, config.path)),
            config.path.count("/"),
            config.path,
        )
    )
    return tuple(found)


def _gunicorn(survey: Survey) -> Iterator[ServerConfig]:
    for path in survey.sources.paths:
        name = stem(path)
        if path.count("/") > 3 or not ("gunicorn" in name or name == "gconfig"):
            continue
        module = survey.sources.module(path)
        if module is None or not _GUNICORN_NAMES & module.bindings.keys():
            continue
        host, port = None, NO_PORT
        if bind := module.bindings.get("bind"):
            host, port = survey.starts.pair(bind[-1].node, Scope(module, (), bind[-1].line))
        named = module.bindings.get("wsgi_app")
        yield ServerConfig(
            server="gunicorn",
            path=path,
            automatic=path == "gunicorn.conf.py",
            port=port.number,
            host=host.value if host else "",
            application=survey.environment.text(named[-1].node, Scope(module)) if named else "",
            port_variable=port.variable,
        )


def _uwsgi(survey: Survey) -> Iterator[ServerConfig]:
    for path in survey.tree.find("*.ini", depth=2):
        raw = survey.tree.raw(path, limit=_MAX_INI) if is_candidate(path) else None
        section = survey.ini(path, "uwsgi") if raw and b"[uwsgi]" in raw else {}
        if not section:
            continue
        port, variable = None, ""
        for key in _UWSGI_PORTS:
            value = section.get(key, "").strip()
            digits = value.rpartition(":")[2]
            port = port or port_at(digits, survey.place(path, value, key))
            if digits.startswith("$("):
                variable = variable or digits.removeprefix("$(").removesuffix(")")
        named = section.get("module") or section.get("wsgi") or section.get("wsgi-file", "")
        named = named.strip().removesuffix(".py").replace("/", ".")
        callable_name = section.get("callable", "").strip()
        if named and callable_name and ":" not in named:
            named = f"{named}:{callable_name}"
        variable = "" if port else variable
        yield ServerConfig(
            server="uwsgi", path=path, port=port, application=named, port_variable=variable
        )


def _toml_files(survey: Survey) -> Iterator[ServerConfig]:
    path = "hypercorn.toml"
    if content := survey.toml(path):
        bind = content.get("bind")
        first = bind[0] if isinstance(bind, list) and bind else bind
        digits = str(first).rpartition(":")[2]
        port = port_at(digits, survey.place(path, digits))
        yield ServerConfig(server="hypercorn", path=path, port=port)
    path = ".streamlit/config.toml"
    server = survey.toml(path).get("server")
    if isinstance(server, dict):
        digits = str(server.get("port"))
        port = port_at(digits, survey.place(path, digits))
        yield ServerConfig(server="streamlit", path=path, automatic=True, port=port)
