"""Templates of the owner and of packs that extend ours."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from dockwright.errors import TemplateFaultError
from dockwright.model.dockerfile import STAGE_NAMES, STEP_NAMES, Stage
from dockwright.model.origin import Origin
from dockwright.render.guard import FolderLoader, template_text
from dockwright.render.layer import Layer

SHOWN = ".dockwright/templates"


@pass_context
def own_step(context: Context, stage: Stage, step: str, default: str) -> str:
    """Return the text of one step: ours, handed as `default` through the blocks STAGE_STEP of all layers, the lowest first."""
    for block in reversed(context.blocks.get(block_name(stage.name, step), [])):
        default = "".join(block(context.derived({"stage": stage, "default": default})))
    return default


def block_name(stage: str, step: str) -> str:
    """Return the name of the block for one step of one stage."""
    return f"{stage}_{step}".replace("-", "_")


def check_blocks(environment: Environment, layers: tuple[Layer, ...]) -> None:
    """Raise TemplateFaultError for a block that overrides nothing: a slip of the pen would be without effect.

    The last of `layers` is the built-in one.
    """
    *above, built_in = layers
    for number, layer in reversed(list(enumerate(above))):
        for name in FolderLoader(layer.folder).list_templates():
            text = template_text(layer.folder / name)
            if (built_in.folder / name).is_file() and "extends" in text:
                known = _blocks_below(environment, layers, number, name)
                _check(environment, layer, f"{number}/{name}", text, known)


def _blocks_below(
    environment: Environment, layers: tuple[Layer, ...], number: int, name: str
) -> set[str]:
    lower = range(number + 1, len(layers))
    names = (f"{one}/{name}" for one in lower if (layers[one].folder / name).is_file())
    return {block for template in names for block in environment.get_template(template).blocks}


def _check(
    environment: Environment, layer: Layer, template: str, text: str, known: set[str]
) -> None:
    name = template.partition("/")[2]
    for block in environment.get_template(template).blocks:
        if block not in known and not (name == "Dockerfile.j2" and _is_step(block)):
            raise _unknown(f"{layer.shown}/{name}", block, text, known)


def _is_step(block: str) -> bool:
    stage, _, step = block.rpartition("_")
    names = {one.replace("-", "_") for one in STAGE_NAMES}
    return step in STEP_NAMES and (stage in names or stage.startswith("frontend_"))


def _unknown(path: str, block: str, text: str, known: Iterable[str]) -> TemplateFaultError:
    steps = (
        [block_name(stage, step) for stage in STAGE_NAMES for step in STEP_NAMES]
        if Path(path).name == "Dockerfile.j2"
        else []
    )
    near = difflib.get_close_matches(block, [*known, *steps], n=1, cutoff=0.5)
    lines = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if "block" in line and block in line
    ]
    return TemplateFaultError(
        f"there is no block `{block}` to override"
        + (f"; did you mean `{near[0]}`?" if near else ""),
        origin=Origin(path=path, line=lines[0] if lines else None),
        rule="a block of an overlay overrides one of the built-in template",
        steps=("look the block up in docs/templates.md", "or take it out"),
        example="{% block runtime_system %}{{ default }}{% endblock %}",
    )
