"""Which template makes which file."""

from pathlib import Path

from jinja2 import Environment

from generator.model.output import RenderedFile
from generator.model.plan import Plan
from generator.model.settings import Settings
from generator.render.environment import make_environment, template_folder


def render_files(plan: Plan, settings: Settings, overlay: Path | None) -> tuple[RenderedFile, ...]:
    """Return the rendered files, the Dockerfile first."""
    if overlay is not None:
        from generator.render.faults import explained
        from generator.render.overlay import SHOWN

        with explained(((overlay, SHOWN), (template_folder(), "templates"))):
            return _rendered(plan, settings, overlay)
    return _rendered(plan, settings, None)


def _rendered(plan: Plan, settings: Settings, overlay: Path | None) -> tuple[RenderedFile, ...]:
    environment = make_environment(overlay)
    wanted = [
        (settings.dockerfile_path, "Dockerfile.j2", "dockerfile"),
        (settings.ignore_path, "dockerignore.j2", "ignore"),
    ]
    if plan.compose is not None:
        wanted.append((settings.compose_path, "compose.yaml.j2", "compose"))
    if plan.env_example:
        wanted.append((".env.example", "env.example.j2", "env"))
    return tuple(
        RenderedFile(path=path, text=_text(environment, template, plan), kind=kind) for path, template, kind in wanted
    )


def _text(environment: Environment, template: str, plan: Plan) -> str:
    return environment.get_template(template).render(plan=plan).rstrip("\n") + "\n"
