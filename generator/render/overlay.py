"""Templates of the owner that extend ours."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PrefixLoader, pass_context
from jinja2.runtime import Context

from generator.errors import TemplateFaultError
from generator.model.dockerfile import STAGE_NAMES, STEP_NAMES, Stage
from generator.model.origin import Origin
from generator.render.guard import FolderLoader, guarded_environment

SHOWN = ".dockwright/templates"


@pass_context
def own_step(context: Context, stage: Stage, step: str, default: str) -> str:
    """Return the text of one step: that of the owner's block STAGE_STEP, which finds ours as `default`, or ours."""
    blocks = context.blocks.get(block_name(stage.name, step))
    if not blocks:
        return default
    return "".join(blocks[0](context.derived({"stage": stage, "default": default})))


def block_name(stage: str, step: str) -> str:
    """Return the name of the block for one step of one stage."""
    return f"{stage}_{step}".replace("-", "_")


def overlay_environment(overlay: Path, built_in: Path) -> Environment:
    """Return the environment in which `overlay` comes before `built_in`, which stays reachable as `base/NAME`."""
    ours = FolderLoader(built_in)
    return guarded_environment(ChoiceLoader([FolderLoader(overlay), ours, PrefixLoader({"base": ours})]))


def check_blocks(environment: Environment, overlay: Path, built_in: Path) -> None:
    """Raise TemplateFaultError for a block that overrides nothing: a slip of the pen would be without effect."""
    for name in FolderLoader(overlay).list_templates():
        if not (built_in / name).is_file():
            continue
        known = set(environment.get_template(f"base/{name}").blocks)
        text = (overlay / name).read_text(encoding="utf-8-sig")
        if "extends" not in text:
            continue
        for block in environment.get_template(name).blocks:
            if block not in known and not (name == "Dockerfile.j2" and _is_step(block)):
                raise _unknown(name, block, text, known)


def _is_step(block: str) -> bool:
    stage, _, step = block.rpartition("_")
    return step in STEP_NAMES and (
        stage in {one.replace("-", "_") for one in STAGE_NAMES} or stage.startswith("frontend_")
    )


def _unknown(name: str, block: str, text: str, known: Iterable[str]) -> TemplateFaultError:
    steps = [block_name(stage, step) for stage in STAGE_NAMES for step in STEP_NAMES] if name == "Dockerfile.j2" else []
    near = difflib.get_close_matches(block, [*known, *steps], n=1, cutoff=0.5)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "block" in line and block in line]
    return TemplateFaultError(
        f"there is no block `{block}` to override" + (f"; did you mean `{near[0]}`?" if near else ""),
        origin=Origin(path=f"{SHOWN}/{name}", line=lines[0] if lines else None),
        rule="a block of an overlay overrides one of the built-in template",
        steps=("look the block up in docs/templates.md", "or take it out"),
        example="{% block runtime_system %}{{ default }}{% endblock %}",
    )
