"""Which template makes which file."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Template

from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.settings import Settings
from dockwright.render.environment import make_environment, template_folder
from dockwright.render.layer import Layer


def render_files(
    plan: Plan, settings: Settings, overlay: Path | None, packs: tuple[Layer, ...] = ()
) -> tuple[RenderedFile, ...]:
    """Return the rendered files, the Dockerfile first."""
    if overlay is None and not packs:
        return _rendered(plan, settings, make_environment().get_template)
    from dockwright.render.faults import explained
    from dockwright.render.filters import FILTERS
    from dockwright.render.layers import layered_environment
    from dockwright.render.overlay import SHOWN, check_blocks, own_step

    own = (Layer(folder=overlay, shown=SHOWN),) if overlay is not None else ()
    layers = (*own, *packs, Layer(folder=template_folder(), shown="templates"))
    with explained(tuple((layer.folder, layer.shown) for layer in layers)):
        environment, loader = layered_environment(layers)
        environment.filters.update(FILTERS)
        environment.globals["own"] = own_step
        check_blocks(environment, layers)
        return _rendered(plan, settings, lambda name: environment.get_template(loader.find(name)))


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
