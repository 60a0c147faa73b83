"""Configuration files of servers: what they bind, and which application they name."""

from dockwright.detect.application.module import Scope
from dockwright.detect.application.places import is_candidate, stem
from dockwright.detect.application.ports import is_port
from dockwright.detect.application.survey import Survey
from dockwright.detect.application.syntax import text
from dockwright.detect.application.values import Expression
from dockwright.detect.tree import line_of
from dockwright.errors import DockwrightError
from dockwright.model.application import ServerConfig
from dockwright.model.origin import Origin, Sourced

_MAX_INI = 200_000
_UWSGI_PORTS = ("http", "http-socket", "http11-socket", "https", "socket")


def find_server_configs(survey: Survey) -> tuple[ServerConfig, ...]:
    """Return the configuration files of gunicorn, uWSGI, Hypercorn and Streamlit, the automatic ones first."""
    found = [*_gunicorn(survey), *_uwsgi(survey), *_hypercorn(survey), *_streamlit(survey)]
    return tuple(
        sorted(
            found, key=lambda config: (not config.automatic, config.path.count("/"), config.path)
        )
    )


def _gunicorn(survey: Survey) -> list[ServerConfig]:
    spelled = [path for path in survey.sources.paths if "gunicorn" in path or "gconfig" in path]
    paths = [path for path in spelled if "gunicorn" in stem(path) or stem(path) == "gconfig"]
    return [
        config
        for path in paths
        if path.count("/") <= 3 and (config := _gunicorn_file(survey, path))
    ]


def _gunicorn_file(survey: Survey, path: str) -> ServerConfig | None:
    module = survey.sources.module(path)
    if (
        module is None
        or not {"bind", "workers", "worker_class", "timeout", "wsgi_app"} & module.bindings.keys()
    ):
        return None
    bind = module.bindings.get("bind")
    port = variable = host = None
    if bind:
        host, found = survey.ports.pair(bind[-1].node, Scope(module, (), bind[-1].line))
        port, variable = found.number, found.variable
    named = survey.resolver.exported(path, "wsgi_app")
    return ServerConfig(
        server="gunicorn",
        path=path,
        automatic=path == "gunicorn.conf.py",
        port=port,
        host=host.value if host else "",
        application=text(named.node) if isinstance(named, Expression) else "",
        port_variable=variable or "",
    )


def _uwsgi(survey: Survey) -> list[ServerConfig]:
    found = []
    for path in survey.tree.find("*.ini", depth=2):
        raw = survey.tree.raw(path, limit=_MAX_INI) if is_candidate(path) else None
        if raw and b"[uwsgi]" in raw:
            found.append(_uwsgi_file(path, raw.decode("utf-8", "replace")))
    return found


def _uwsgi_file(path: str, content: str) -> ServerConfig:
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, interpolation=None)
    try:
        parser.read_string(content)
    except (configparser.Error, AttributeError):
        # configparser of Python 3.11 stumbles over an indented line below a key that has no value: AttributeError.
        return ServerConfig(server="uwsgi", path=path)
    section = dict(parser["uwsgi"]) if parser.has_section("uwsgi") else {}
    port, variable = None, ""
    for key in _UWSGI_PORTS:
        value = (section.get(key) or "").strip()
        digits = value.rpartition(":")[2]
        if digits.isdecimal() and is_port(int(digits)):
            port = Sourced(
                value=int(digits), origin=Origin(path=path, line=line_of(content, value), key=key)
            )
            break
        variable = variable or digits.removeprefix("$(").removesuffix(")") * digits.startswith("$(")
    return ServerConfig(
        server="uwsgi",
        path=path,
        port=port,
        application=_uwsgi_application(section),
        port_variable=variable,
    )


def _uwsgi_application(section: dict[str, str]) -> str:
    named = (section.get("module") or section.get("wsgi") or "").strip()
    if not named and section.get("wsgi-file"):
        named = (section.get("wsgi-file") or "").strip().removesuffix(".py").replace("/", ".")
    callable_name = (section.get("callable") or "").strip()
    return f"{named}:{callable_name}" if callable_name and ":" not in named and named else named


def _hypercorn(survey: Survey) -> list[ServerConfig]:
    path = next(
        (name for name in ("hypercorn.toml", "hypercorn_config.toml") if survey.tree.has(name)), ""
    )
    content = _toml(survey, path)
    if not content:
        return []
    bind = content.get("bind")
    first = bind[0] if isinstance(bind, list) and bind else bind
    return [ServerConfig(server="hypercorn", path=path, port=_last_number(survey, path, first))]


def _streamlit(survey: Survey) -> list[ServerConfig]:
    path = ".streamlit/config.toml"
    server = _toml(survey, path).get("server")
    if not isinstance(server, dict):
        return []
    return [
        ServerConfig(
            server="streamlit",
            path=path,
            automatic=True,
            port=_last_number(survey, path, server.get("port")),
        )
    ]


def _toml(survey: Survey, path: str) -> dict[str, object]:
    if not path or not survey.tree.has(path):
        return {}
    try:
        return survey.tree.toml(path)
    except DockwrightError:
        # A server's file that does not parse is that server's to report; it says nothing about the application.
        return {}


def _last_number(survey: Survey, path: str, value: object) -> Sourced[int] | None:
    digits = str(value).rpartition(":")[2] if value is not None else ""
    if not digits.isdecimal() or not is_port(int(digits)):
        return None
    return Sourced(
        value=int(digits), origin=Origin(path=path, line=line_of(survey.tree.text(path), digits))
    )
