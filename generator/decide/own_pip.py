"""The base image's own pip: it is not shipped, since scanners count its flaws and nobody installs into a running image."""

from generator.decide.install import Installation
from generator.model.manager import Installer
from generator.model.pattern import Pattern
from generator.model.plan import BaseImage
from generator.model.settings import Settings

_CALLS_PIP = Pattern(r"(?<!uv )\bpip3? ")


def pip_installs(installation: Installation) -> bool:
    """Whether a step of ours runs the base image's pip."""
    native = installation.installer.value is Installer.NATIVE
    return native and any(command.startswith("pip ") for command in installation.recipe.native)


def without_pip(image: BaseImage, settings: Settings) -> tuple[str, ...]:
    """Return the command that takes it out; none where the image has none of its own, or the owner's lines call it.

    `pip uninstall` does the same, and takes longer than all other steps of the stage.
    """
    lines = (line for _, stage in settings.stages for line in (*stage.before, *stage.after))
    if not image.pip or any(_CALLS_PIP.search(line) for line in lines):
        return ()
    return (f"rm -rf {' '.join(image.pip)}",)
