"""The table of servers and frameworks (knowledge/servers.toml, frameworks.toml), checked and typed."""

from functools import cache
from typing import Any

from dockwright.decide.knowledge.load import load_table
from dockwright.model.application import Framework, Interface
from dockwright.model.record import record

_UNLISTED = {"port": 8000, "own": ["{command}"], "production": True, "stop-signal": "SIGINT"}
_FACTORIES = ("", "call", "option")


@record
class Server:
    """One way to serve an application.

    `distributions` must all be installed. Words may hold {application}, {module}, {port} and {workers}. `factory` says how a
    factory is named: "call" as `module:make()`, "option" with `factory_words` before the application, "" not at all.
    `port` and `workers` are the words for the placeholders: `$PORT` needs a shell, `$(PORT)` is uWSGI's own.
    """

    name: str
    distributions: tuple[str, ...]
    interfaces: tuple[Interface, ...]
    command: tuple[str, ...]
    development: tuple[str, ...]
    development_needs: tuple[str, ...] = ()
    factory: str = ""
    factory_words: tuple[str, ...] = ()
    port: str = "$PORT"
    workers: str = "$WEB_CONCURRENCY"
    reads: tuple[str, ...] = ()
    many: bool = True
    stop_signal: str = ""
    configuration: tuple[str, ...] = ()
    frameworks: tuple[Framework, ...] = ()
    since: tuple[tuple[tuple[int, ...], tuple[str, ...]], ...] = ()

    @property
    def program(self) -> str:
        """The first word of the command."""
        return self.command[0]


@record
class OwnServer:
    """What a framework starts by itself.

    `own` serves where no server is installed, `production` says whether that is meant for production. `port_variable` is the
    variable from which the framework takes its port when its code names none.
    """

    framework: Framework
    port: int
    distributions: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    production: bool = False
    stop_signal: str = ""
    many: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    port_variable: str = ""
    everywhere: bool = False


@cache
def servers() -> tuple[Server, ...]:
    """Return the servers in the order of preference. ValueError if the table is wrong."""
    return tuple(_server(row) for row in load_table("servers")["server"])


@cache
def graceful_programs() -> frozenset[str]:
    """Return the programs that end on SIGTERM even as the first process of a container."""
    return frozenset(load_table("servers")["graceful"])


@cache
def loopback_servers() -> dict[str, tuple[str, ...]]:
    """Return the programs that listen on the loopback address unless told otherwise, and the words that tell them."""
    return {name: tuple(words) for name, words in load_table("servers")["loopback"].items()}


@cache
def own_servers() -> dict[Framework, OwnServer]:
    """Return what each framework starts by itself; one that is not in the table starts as its code says."""
    rows = load_table("frameworks")
    unknown = sorted(set(rows) - set(map(str, Framework)))
    if unknown:
        raise ValueError(f"frameworks.toml: unknown are {', '.join(unknown)}")
    return {
        framework: _own(framework, rows.get(str(framework), _UNLISTED)) for framework in Framework
    }


def _server(row: dict[str, Any]) -> Server:
    factory = row.get("factory", "")
    if factory not in _FACTORIES:
        raise ValueError(
            f"servers.toml: {row['name']}: factory is one of {_FACTORIES}, not {factory!r}"
        )
    return Server(
        name=row["name"],
        distributions=tuple(row["distributions"]),
        interfaces=tuple(Interface(name) for name in row["interfaces"]),
        command=tuple(row["command"]),
        development=tuple(row.get("development", ())),
        development_needs=tuple(row.get("development-needs", ())),
        factory=factory,
        factory_words=tuple(row.get("factory-words", ())),
        port=row.get("port", "$PORT"),
        workers=row.get("workers", "$WEB_CONCURRENCY"),
        reads=tuple(row.get("reads", ())),
        many=row.get("many", True),
        stop_signal=row.get("stop-signal", ""),
        configuration=tuple(row.get("configuration", ())),
        frameworks=tuple(Framework(name) for name in row.get("frameworks", ())),
        since=tuple(
            (tuple(map(int, version.split("."))), tuple(words))
            for version, words in row.get("since", {}).items()
        ),
    )


def _own(framework: Framework, row: dict[str, Any]) -> OwnServer:
    return OwnServer(
        framework=framework,
        port=row["port"],
        distributions=tuple(row.get("distributions", ())),
        own=tuple(row.get("own", ())),
        development=tuple(row.get("development", ())),
        production=row.get("production", False),
        stop_signal=row.get("stop-signal", ""),
        many=row.get("many", False),
        environment=tuple(row.get("environment", {}).items()),
        port_variable=row.get("port-variable", ""),
        everywhere=row.get("everywhere", False),
    )
