"""Folders of templates one above the other: the owner's, those of packs, and ours at the bottom."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, TemplateNotFound

from dockwright.errors import TemplateFaultError
from dockwright.model.origin import Origin
from dockwright.model.record import record
from dockwright.render.guard import FolderLoader, guarded_environment, template_text

SHOWN = ".dockwright/templates"
_BASE = "base/"


@record
class Layer:
    """A folder of templates: `shown` names it in messages, templates find `values` by name."""

    folder: Path
    shown: str
    values: Mapping[str, Any] = field(default_factory=dict)


class LayeredLoader(BaseLoader):
    """Knows a template of layer 2 as `2/NAME`: each layer can extend the next that has it."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self._loaders = tuple(FolderLoader(layer.folder) for layer in layers)
        self._folders = tuple(layer.folder.resolve() for layer in layers)

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return text and file of `LAYER/NAME`; TemplateNotFound for anything else."""
        number, _, name = template.partition("/")
        if not number.isdigit() or int(number) >= len(self._loaders):
            raise TemplateNotFound(template)
        return self._loaders[int(number)].get_source(environment, name)

    def find(self, name: str, start: int = 0) -> str:
        """Return `LAYER/NAME` for the first layer from `start` on that has it, else `name`."""
        found = (
            number
            for number in range(start, len(self._folders))
            if (self._folders[number] / name).is_file()
        )
        number = next(found, None)
        return name if number is None else f"{number}/{name}"

    def below(self, template: str, parent: str) -> str:
        """Return what a template means by another: `base/NAME` is the next layer's."""
        number = parent.partition("/")[0]
        if template.startswith(_BASE) and number.isdigit():
            found = self.find(template.removeprefix(_BASE), int(number) + 1)
            return found if found != template.removeprefix(_BASE) else template
        return self.find(template)


def layered_environment(layers: tuple[Layer, ...]) -> tuple[Environment, LayeredLoader]:
    """Return a guarded environment for `layers`, the uppermost first, and its loader."""
    loader = LayeredLoader(layers)
    environment = guarded_environment(loader)
    # Each environment has layers of its own, so the method is given to the instance.
    environment.join_path = loader.below  # type: ignore[method-assign]
    # From the bottom up, so that the uppermost answer to a question holds.
    answers: dict[str, Any] = {}
    for layer in reversed(layers):
        answers |= layer.values
    environment.globals.update(
        {name: value for name, value in answers.items() if name not in environment.globals}
    )
    environment.globals["answers"] = answers
    return environment, loader


def check_blocks(environment: Environment, layers: tuple[Layer, ...]) -> None:
    """Raise TemplateFaultError for a block above the built-in layer that overrides nothing."""
    *above, built_in = layers
    for number, layer in reversed(list(enumerate(above))):
        for name in FolderLoader(layer.folder).list_templates():
            text = template_text(layer.folder / name)
            if (built_in.folder / name).is_file() and "extends" in text:
                own, *lower = (
                    set(environment.get_template(f"{one}/{name}").blocks)
                    for one in range(number, len(layers))
                    if (layers[one].folder / name).is_file()
                )
                unknown = sorted(own.difference(*lower))
                if unknown:
                    known = set().union(*lower)
                    raise _unknown(f"{layer.shown}/{name}", unknown[0], text, known)


def _unknown(path: str, block: str, text: str, known: Iterable[str]) -> TemplateFaultError:
    near = difflib.get_close_matches(block, list(known), n=1, cutoff=0.5)
    rows = enumerate(text.splitlines(), 1)
    lines = [number for number, line in rows if "block" in line and block in line]
    return TemplateFaultError(
        f"there is no block `{block}` to override"
        + (f"; did you mean `{near[0]}`?" if near else ""),
        origin=Origin(path=path, line=lines[0] if lines else None),
        rule="a block of an overlay overrides one of the built-in template",
        steps=("look the block up in docs/templates.md", "or take it out"),
        example="{% block packages %}{{ super() }}{% endblock %}",
    )
