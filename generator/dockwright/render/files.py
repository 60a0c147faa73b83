"""Which template makes which file."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Template

from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.settings import Settings
from dockwright.render.faults import explained
from dockwright.render.filters import FILTERS
from dockwright.render.overlay import SHOWN, Layer, check_blocks, layered_environment
from dockwright.render.templates import make_environment, template_folder


def render(
    plan: Plan, settings: Settings, *, overlay: Path | None = None, layers: tuple[Layer, ...] = ()
) -> tuple[RenderedFile, ...]:
    """Return the text of every file of the plan, the Dockerfile first.

    The .dockerignore follows, and compose.yaml with .env.example where they are wanted. `overlay`
    is a folder of the owner's templates, `layers` are those of template packs below it, the
    uppermost first. Raises TemplateFaultError with file and line of a template that fails.
    """
    if overlay is None and not layers:
        return _rendered(plan, settings, make_environment().get_template)
    own = (Layer(folder=overlay, shown=SHOWN),) if overlay is not None else ()
    every = (*own, *layers, Layer(folder=template_folder(), shown="templates"))
    with explained(tuple((layer.folder, layer.shown) for layer in every)):
        environment, loader = layered_environment(every)
        environment.filters.update(FILTERS)
        check_blocks(environment, every)
        return _rendered(plan, settings, lambda name: environment.get_template(loader.find(name)))


def render_lock(plan: Plan) -> str:
    """Return the Dockerfile whose stage `lock` leaves the lock in /app."""
    return _text(make_environment().get_template("install/lock.j2"), plan)


def _rendered(
    plan: Plan, settings: Settings, template: Callable[[str], Template]
) -> tuple[RenderedFile, ...]:
    wanted = [
        (settings.dockerfile_path, "Dockerfile.j2", "dockerfile"),
        (settings.ignore_path, "dockerignore.j2", "ignore"),
    ]
    if plan.compose is not None:
        wanted.append((settings.compose_path, "compose.yaml.j2", "compose"))
    if plan.env_example:
        wanted.append((".env.example", "env.example.j2", "env"))
    return tuple(
        RenderedFile(path=path, text=_text(template(name), plan), kind=kind)
        for path, name, kind in wanted
    )


def _text(template: Template, plan: Plan) -> str:
    return template.render(plan=plan).rstrip("\n") + "\n"
