"""What the tests about processes, services and compose start from."""

from typing import Any

from dockwright.decide.manager import Installed
from dockwright.decide.process import choose_processes
from dockwright.decide.process_request import ProcessDecision, ProcessRequest
from dockwright.model.application import (
    Application,
    DjangoProject,
    FoundProcess,
    Framework,
    Interface,
    ProcessKind,
    ReadVariable,
    ServiceHint,
    WebApplication,
)
from dockwright.model.dependencies import LockedDistribution, Requirement
from dockwright.model.origin import Origin, Sourced
from dockwright.model.plan import Process
from dockwright.model.settings import Settings

LOCK = Origin(path="uv.lock", line=1)


def locked(*names: str) -> tuple[LockedDistribution, ...]:
    """Return locked distributions from "name" or "name==version"."""
    pairs = (name.partition("==") for name in names)
    return tuple(
        LockedDistribution(name=name, version=version or "1.0", origin=LOCK)
        for name, _, version in pairs
    )


def web(
    framework: Framework = Framework.FLASK,
    interface: Interface = Interface.WSGI,
    *,
    module: str = "main",
    target: str = "app",
    port: int | None = None,
    health: str = "",
    host: str = "",
    **fields: Any,
) -> WebApplication:
    origin = Origin(path=f"{module.replace('.', '/')}.py", line=3)
    return WebApplication(
        framework=framework,
        interface=interface,
        module=module,
        target=target,
        origin=origin,
        port=Sourced(value=port, origin=origin) if port else None,
        health_path=Sourced(value=health, origin=origin) if health else None,
        host=Sourced(value=host, origin=origin) if host else None,
        **fields,
    )


def fastapi(**fields: Any) -> WebApplication:
    return web(Framework.FASTAPI, Interface.ASGI, **fields)


def found(
    name: str, line: str | tuple[str, ...], kind: ProcessKind = ProcessKind.WORKER, **fields: Any
) -> FoundProcess:
    shell = line if isinstance(line, str) else ""
    command = () if isinstance(line, str) else line
    origin = fields.pop("origin", Origin(path="tasks.py", line=5))
    return FoundProcess(name=name, kind=kind, command=command, shell=shell, origin=origin, **fields)


def procfile(name: str, line: str, kind: ProcessKind = ProcessKind.WEB) -> FoundProcess:
    return found(
        name, line, kind, framework="procfile", origin=Origin(path="Procfile", line=1, key=name)
    )


def django(**fields: Any) -> DjangoProject:
    return DjangoProject(
        manage=Origin(path="manage.py", line=1), settings_module="config.settings", **fields
    )


def reads(name: str, **fields: Any) -> ReadVariable:
    return ReadVariable(name=name, origin=Origin(path="settings.py", line=9), **fields)


def hint(service: str, variable: str = "", **fields: Any) -> ServiceHint:
    because = fields.pop("because", f"the code reads {variable}")
    return ServiceHint(
        service=service,
        because=because,
        origin=Origin(path="settings.py", line=7),
        variable=variable,
        **fields,
    )


def decide(
    application: Application,
    *names: str,
    settings: Settings | None = None,
    requirements: tuple[Requirement, ...] = (),
    **options: Any,
) -> ProcessDecision:
    return choose_processes(
        ProcessRequest(
            application=application,
            installed=Installed(locked=locked(*names), requirements=requirements),
            settings=settings or Settings(),
            **options,
        )
    )


def main_process(
    application: Application, *names: str, settings: Settings | None = None, **options: Any
) -> Process:
    process = decide(application, *names, settings=settings, **options).main
    assert process is not None
    return process


def request(
    application: Application, *names: str, settings: Settings | None = None
) -> ProcessRequest:
    return ProcessRequest(
        application=application,
        installed=Installed(locked=locked(*names)),
        settings=settings or Settings(),
    )


def codes(decision: ProcessDecision) -> set[str]:
    return {notice.code for notice in decision.warnings}
