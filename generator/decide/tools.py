"""Which version of each tool takes part in the build."""

from generator.model.dependencies import ManagerFinding
from generator.model.manager import Manager
from generator.model.plan import ToolPin


def choose_tools(finding: ManagerFinding, python_minor: str) -> tuple[ToolPin, ...]:
    """Return the pins of the manager and of uv."""
    del python_minor
    uv = ToolPin(name="uv", version="0.13.8", because="the newest that was tried")
    known = {Manager.PIPENV: "2026.10.3", Manager.POETRY: "2.5.1", Manager.PDM: "2.29.3"}
    version = known.get(finding.manager)
    if version is None:
        return (uv,)
    extras = ("poetry-plugin-export==1.10.0",) if finding.manager is Manager.POETRY else ()
    return (ToolPin(name=str(finding.manager), version=version, because="the newest that was tried", extras=extras), uv)
