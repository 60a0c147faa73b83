"""Folders of templates one above the other: the owner's, those of packs, and ours at the bottom."""

from collections.abc import Callable
from typing import Any

from jinja2 import BaseLoader, Environment, TemplateNotFound

from dockwright.render.guard import FolderLoader, guarded_environment
from dockwright.render.layer import Layer

_BASE = "base/"


class LayeredLoader(BaseLoader):
    """Knows a template of layer 2 as `2/NAME`, so that each layer can extend the next one below that has the template."""

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
        """Return `LAYER/NAME` for the first layer from `start` on that has the template, `name` itself if none has it."""
        found = (
            number
            for number in range(start, len(self._folders))
            if (self._folders[number] / name).is_file()
        )
        number = next(found, None)
        return name if number is None else f"{number}/{name}"

    def below(self, template: str, parent: str) -> str:
        """Return what a template means by the name of another: `base/NAME` is the next layer's, NAME the topmost one."""
        number = parent.partition("/")[0]
        if template.startswith(_BASE) and number.isdigit():
            found = self.find(template.removeprefix(_BASE), int(number) + 1)
            return found if found != template.removeprefix(_BASE) else template
        return self.find(template)


def layered_environment(layers: tuple[Layer, ...]) -> tuple[Environment, LayeredLoader]:
    """Return a guarded environment for `layers`, the uppermost first, and its loader."""
    loader = LayeredLoader(layers)
    environment = guarded_environment(loader)
    environment.join_path = loader.below  # type: ignore[method-assign]  # the way Jinja2 wants it overridden, per instance
    answers: dict[str, Any] = {}
    for layer in reversed(layers):
        answers |= layer.values
    environment.globals.update(
        {name: value for name, value in answers.items() if name not in environment.globals}
    )
    environment.globals["answers"] = answers
    return environment, loader
