"""Files that name the application or a port: those of servers, .flaskenv, pyproject.toml."""

import re
from collections.abc import Iterable, Iterator

from dockwright.detect.application.module import Scope
from dockwright.detect.application.ports import NO_PORT, port_at
from dockwright.detect.application.processes import target_in
from dockwright.detect.application.sources import is_candidate, stem
from dockwright.detect.application.survey import Survey
from dockwright.model.application import FoundProcess, ServerConfig
from dockwright.model.origin import Origin

_MAX_INI = 200_000
_UWSGI_PORTS = ("http", "http-socket", "http11-socket", "https", "socket")
_GUNICORN_NAMES = frozenset({"bind", "workers", "worker_class", "timeout", "wsgi_app"})
_FLASK_APP = r"^\s*(?:export\s+)?FLASK_APP\s*=\s*[\"']?([^\s\"'#]+)"


def find_server_configs(survey: Survey) -> tuple[ServerConfig, ...]:
    """Return the configuration files of servers, those that are read by themselves first."""
    found = [*_gunicorn(survey), *_uwsgi(survey), *_hypercorn(survey), *_streamlit(survey)]
    found.sort(key=lambda config: (not config.automatic, config.path.count("/"), config.path))
    return tuple(found)


def find_named(
    survey: Survey, processes: Iterable[FoundProcess], configs: Iterable[ServerConfig]
) -> dict[str, Origin]:
    """Return "module:object" ("module:" where the object is open) -> the place that names it.

    What files of the project name themselves is the strongest sign of which one is served.
    """
    found = [(process.target, process.origin) for process in processes]
    found += [(target_in(script.target), script.origin) for script in survey.manager_scripts]
    if flask := re.search(_FLASK_APP, survey.file_text(".flaskenv"), re.MULTILINE):
        module, _, name = flask[1].removeprefix("./").partition(":")
        dotted = module.removesuffix(".py").replace("/", ".")
        found.append((f"{dotted}:{name}", survey.place(".flaskenv", "FLASK_APP", "FLASK_APP")))
    entry = survey.tool("fastapi").get("entrypoint")
    if isinstance(entry, str):
        found.append((entry, survey.place("pyproject.toml", "entrypoint", "tool.fastapi")))
    found += [(config.application, Origin(path=config.path)) for config in configs]
    named: dict[str, Origin] = {}
    for target, origin in found:
        if target:
            named.setdefault(target if ":" in target else f"{target}:", origin)
    return named


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
            host, port = survey.ports.pair(bind[-1].node, Scope(module, (), bind[-1].line))
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
        if not raw or b"[uwsgi]" not in raw:
            continue
        section = survey.ini(path, "uwsgi")
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
        yield ServerConfig(
            server="uwsgi",
            path=path,
            port=port,
            application=named,
            port_variable="" if port else variable,
        )


def _hypercorn(survey: Survey) -> Iterator[ServerConfig]:
    for path in ("hypercorn.toml", "hypercorn_config.toml"):
        if content := survey.toml(path):
            bind = content.get("bind")
            first = bind[0] if isinstance(bind, list) and bind else bind
            digits = str(first).rpartition(":")[2]
            port = port_at(digits, survey.place(path, digits))
            yield ServerConfig(server="hypercorn", path=path, port=port)
            return


def _streamlit(survey: Survey) -> Iterator[ServerConfig]:
    path = ".streamlit/config.toml"
    server = survey.toml(path).get("server")
    if isinstance(server, dict):
        digits = str(server.get("port"))
        port = port_at(digits, survey.place(path, digits))
        yield ServerConfig(server="streamlit", path=path, automatic=True, port=port)
