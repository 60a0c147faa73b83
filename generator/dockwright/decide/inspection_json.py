"""The plan as the document of `inspect --json`."""

from typing import Any

from dockwright.errors import redact
from dockwright.model.artifact import DockerfilePlan
from dockwright.model.inspection import (
    DecisionJson,
    DisagreementJson,
    ImageJson,
    InspectionJson,
    LockJson,
    PlaceJson,
    ProcessJson,
    PythonJson,
    SystemPackagesJson,
    WarningJson,
    WheelsJson,
)
from dockwright.model.origin import Decision, Notice, Origin
from dockwright.model.plan import LockVerdict, Plan, Process, WheelFact
from dockwright.model.secret import is_secret_name, shown


def inspection(plan: Plan) -> InspectionJson:
    """Return the document that `inspect --json` prints."""
    return InspectionJson(
        name=plan.name,
        manager=str(plan.manager.value),
        root=".",
        lock=_lock(plan.lock),
        python=_python(plan),
        base_image=plan.base_image.value.reference,
        image=_image(plan.dockerfile),
        strategy=str(plan.strategy.value),
        installer=str(plan.installer.value),
        framework=plan.framework.value if plan.framework else None,
        processes=[_process(process) for process in plan.processes],
        services=[service.kind for service in plan.services],
        system_packages=_system_packages(plan),
        compiled=list(plan.compiled),
        wheels=[_wheels(platform, plan.wheels) for platform in plan.platforms],
        tools=[
            {"name": tool.name, "version": tool.version, "because": tool.because}
            for tool in plan.tools
        ],
        decisions={
            name: _decision(decision, value) for name, (value, decision) in plan.decisions.items()
        },
        warnings=[_warning(notice) for notice in plan.warnings],
    )


def _place(origin: Origin) -> PlaceJson:
    return {"path": origin.path, "line": origin.line, "key": origin.key}


def _places(origins: tuple[Origin, ...]) -> list[PlaceJson]:
    return [_place(origin) for origin in origins]


def _lock(lock: LockVerdict) -> LockJson:
    entries: list[DisagreementJson] = [
        {
            "kind": entry.kind,
            "name": entry.name,
            "text": entry.text,
            "origin": _place(entry.origin) if entry.origin else None,
        }
        for entry in lock.disagreements
    ]
    return {
        "file": lock.file,
        "state": str(lock.state),
        "because": list(lock.because),
        "disagreements": entries,
    }


def _python(plan: Plan) -> PythonJson:
    return {
        "version": plan.python.value.version,
        "because": plan.python.because,
        "end_of_life": plan.python.value.end_of_life,
        "evidence": _places(plan.python.evidence),
        "conflicts": list(plan.python_conflicts),
    }


def _process(process: Process) -> ProcessJson:
    return {
        "name": process.name,
        "kind": process.kind,
        "command": list(process.command),
        "port": process.port,
        "because": process.because,
        "health_path": process.health_path,
        "evidence": _places(process.evidence),
    }


def _system_packages(plan: Plan) -> SystemPackagesJson:
    packages = plan.system_packages
    return {
        "build": sorted({package.name for package in packages.build}),
        "runtime": sorted({package.name for package in packages.runtime}),
        "why": [
            {"name": package.name, "needed_by": list(package.needed_by), "because": package.because}
            for package in (*packages.build, *packages.runtime)
        ],
        "environment": dict(packages.environment),
        "commands": list(packages.commands),
    }


def _image(dockerfile: DockerfilePlan) -> ImageJson:
    """Return what holds in the image that is shipped; templates/parts.j2 sets the first three."""
    variables = {"PYTHONUNBUFFERED": "1"}
    if dockerfile.uv:
        variables |= {"VIRTUAL_ENV": "/opt/venv", "PATH": "/opt/venv/bin:$PATH"}
    variables |= dict((*dockerfile.system_environment, *dockerfile.environment))
    return {
        "environment": {name: _plain(name, value) for name, value in variables.items()},
        "entrypoint": [],
        "command": list(dockerfile.command),
    }


def _plain(name: str, value: str) -> str:
    """A value that may be shown: with the setting `force` the owner may have put a secret into the image."""
    return shown(value) if is_secret_name(name) else redact(value)


def _wheels(platform: str, facts: tuple[WheelFact, ...]) -> WheelsJson:
    here = [fact for fact in facts if fact.platform == platform]
    count = {kind: sum(fact.kind == kind for fact in here) for kind in ("wheel", "pure", "unknown")}
    return {
        "platform": platform,
        "wheel": count["wheel"],
        "pure": count["pure"],
        "unknown": count["unknown"],
        "compiled": sorted({fact.name for fact in here if fact.kind == "sdist"}),
        "not_installable": sorted({fact.name for fact in here if fact.kind == "none"}),
    }


def _decision(decision: Decision[Any], value: str) -> DecisionJson:
    return {
        "value": value,
        "because": decision.because,
        "evidence": _places(decision.evidence),
        "instead_of": [str(other) for other in decision.instead_of],
    }


def _warning(notice: Notice) -> WarningJson:
    return {
        "code": notice.code,
        "text": notice.text,
        "remedy": notice.remedy,
        "origin": _place(notice.origin) if notice.origin else None,
    }
