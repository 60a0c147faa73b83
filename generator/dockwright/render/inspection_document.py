"""The plan as the document of `inspect --json`."""

from dataclasses import is_dataclass
from typing import Any, TypeVar, cast

from dockwright.errors import redact
from dockwright.model.artifact import DockerfilePlan
from dockwright.model.inspection import (
    DecisionJson,
    ImageJson,
    InspectionJson,
    LockJson,
    ProcessJson,
    PythonJson,
    SystemPackageJson,
    SystemPackagesJson,
    ToolJson,
    WarningJson,
    WheelsJson,
)
from dockwright.model.plan import Plan, WheelFact
from dockwright.model.record import fields
from dockwright.model.secret import is_secret_name, shown

T = TypeVar("T")


def inspection(plan: Plan) -> InspectionJson:
    """Return the document that `inspect --json` prints."""
    version, packages = plan.python.value, plan.system_packages
    return InspectionJson(
        name=plan.name,
        manager=str(plan.manager.value),
        root=".",
        lock=_as(LockJson, plan.lock),
        python=_as(
            PythonJson,
            plan.python,
            version=version.version,
            end_of_life=version.end_of_life,
            conflicts=list(plan.python_conflicts),
        ),
        base_image=plan.base_image.value.reference,
        image=_image(plan.dockerfile),
        strategy=str(plan.strategy.value),
        installer=str(plan.installer.value),
        framework=plan.framework.value if plan.framework else None,
        processes=[_as(ProcessJson, process) for process in plan.processes],
        services=[service.kind for service in plan.services],
        system_packages=SystemPackagesJson(
            build=sorted({package.name for package in packages.build}),
            runtime=sorted({package.name for package in packages.runtime}),
            why=[_as(SystemPackageJson, one) for one in (*packages.build, *packages.runtime)],
            environment=dict(packages.environment),
            commands=list(packages.commands),
        ),
        compiled=list(plan.compiled),
        wheels=[_wheels(platform, plan.wheels) for platform in plan.platforms],
        tools=[_as(ToolJson, tool) for tool in plan.tools],
        decisions={
            name: _as(DecisionJson, decision, value=value)
            for name, (value, decision) in plan.decisions.items()
        },
        warnings=[_as(WarningJson, notice) for notice in plan.warnings],
    )


def _as(kind: type[T], source: object, **given: object) -> T:
    # The types say what is public: a field that a record gains later is not shown by itself.
    names = kind.__annotations__
    own = {name: _plain(getattr(source, name)) for name in names if name not in given}
    return cast("T", {name: given[name] if name in given else own[name] for name in names})


def _plain(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    # A member of an enumeration is its text.
    return str(value) if isinstance(value, str) else value


def _image(dockerfile: DockerfilePlan) -> ImageJson:
    # templates/parts.j2 sets the first three.
    variables = {"PYTHONUNBUFFERED": "1"}
    if dockerfile.uv:
        variables |= {"VIRTUAL_ENV": "/opt/venv", "PATH": "/opt/venv/bin:$PATH"}
    variables |= dict((*dockerfile.system_environment, *dockerfile.environment))
    # With the setting `force` the owner may have put a secret into the image.
    may_show = {
        name: shown(value) if is_secret_name(name) else redact(value)
        for name, value in variables.items()
    }
    return ImageJson(environment=may_show, entrypoint=[], command=list(dockerfile.command))


def _wheels(platform: str, facts: tuple[WheelFact, ...]) -> WheelsJson:
    here = [fact for fact in facts if fact.platform == platform]
    kinds = [fact.kind for fact in here]
    return WheelsJson(
        platform=platform,
        wheel=kinds.count("wheel"),
        pure=kinds.count("pure"),
        unknown=kinds.count("unknown"),
        compiled=sorted({fact.name for fact in here if fact.kind == "sdist"}),
        not_installable=sorted({fact.name for fact in here if fact.kind == "none"}),
    )
