"""Compose files as the tests look at them."""

from types import SimpleNamespace
from typing import Any

import yaml
from dockwright.decide.compose import ComposeRequest, compose_plan
from dockwright.decide.environment import env_example
from dockwright.decide.front_end import plan_front_ends
from dockwright.decide.services import choose_services
from dockwright.model.application import Application
from dockwright.model.artifact import DevelopmentStage, DockerfilePlan
from dockwright.model.settings import Settings
from dockwright.render.files import make_environment
from support.processes import decide


def compose_request(
    application: Application,
    *names: str,
    settings: Settings | None = None,
    name: str = "shop",
    rebuild: tuple[str, ...] = ("pyproject.toml", "uv.lock"),
) -> ComposeRequest:
    """Return what a compose file is decided from."""
    decision = decide(application, *names, settings=settings)
    assert decision.request is not None
    web, first = decision.web, decision.main
    api = (web.name, web.port) if web is not None and web.port is not None else None
    front_ends = plan_front_ends(application, decision.request.settings, api=api)
    develops = first is not None and "dev" in decision.request.settings.targets
    dev = DevelopmentStage(because="a test", command=("python",)) if develops else None
    return ComposeRequest(
        name=name,
        decision=decision,
        request=decision.request,
        dockerfile=DockerfilePlan(
            image="python:3.13-slim",
            dev=dev,
            health=web.health if web else None,
            front_ends=front_ends.stages,
            writable=decision.writable,
        ),
        services=choose_services(decision.request)[0],
        rebuild=rebuild,
    )


def compose_text(application: Application, *names: str, **options: Any) -> str:
    """Return the text of the compose file for an application, "" where there is none."""
    plan = compose_plan(compose_request(application, *names, **options))
    if plan is None:
        return ""
    shown = SimpleNamespace(compose=plan, generator="dockwright")
    return make_environment().get_template("compose.yaml.j2").render(plan=shown)


def compose_file(application: Application, *names: str, **options: Any) -> dict[str, Any]:
    """Return the compose file as YAML reads it, {} where there is none."""
    return yaml.safe_load(compose_text(application, *names, **options)) or {}


def example_lines(
    application: Application, *names: str, settings: Settings | None = None
) -> tuple[str, ...]:
    """Return the lines of .env.example."""
    asked = compose_request(application, *names, settings=settings)
    return env_example(asked.decision, asked.services)
