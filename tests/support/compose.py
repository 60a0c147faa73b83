"""Compose files as the tests look at them."""

from types import SimpleNamespace
from typing import Any

import yaml
from dockwright.decide.surroundings import plan_compose, plan_surroundings
from dockwright.model.application import Application
from dockwright.model.settings import Settings
from dockwright.render.environment import make_environment
from support.processes import decide

HEADER = ("Written by dockwright.",)


def compose_text(
    application: Application,
    *names: str,
    settings: Settings | None = None,
    name: str = "shop",
    rebuild: tuple[str, ...] = ("uv.lock",),
    built_in: tuple[str, ...] = (),
) -> str:
    """Return the text of the compose file for an application, "" where there is none."""
    decision = decide(application, *names, settings=settings)
    plan, _ = plan_compose(
        name, decision, plan_surroundings(decision), HEADER, rebuild=rebuild, built_in=built_in
    )
    if plan is None:
        return ""
    return (
        make_environment()
        .get_template("compose.yaml.j2")
        .render(plan=SimpleNamespace(compose=plan))
    )


def compose_file(application: Application, *names: str, **options: Any) -> dict[str, Any]:
    """Return the compose file as YAML reads it, {} where there is none."""
    return yaml.safe_load(compose_text(application, *names, **options)) or {}


def example_lines(
    application: Application, *names: str, settings: Settings | None = None
) -> tuple[str, ...]:
    """Return the lines of .env.example."""
    decision = decide(application, *names, settings=settings)
    return plan_compose("shop", decision, plan_surroundings(decision), HEADER)[1]
