"""The base image's own pip: it is not shipped, since scanners count its flaws and nobody installs into a running image."""

from dockwright.decide.install import Installation
from dockwright.model.dockerfile import DockerfilePlan
from dockwright.model.manager import Installer
from dockwright.model.pattern import Pattern
from dockwright.model.plan import BaseImage
from dockwright.model.settings import Settings

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
    return (_removal(image),)


def takes_pip_out(image: BaseImage, dockerfile: DockerfilePlan) -> bool:
    """Whether a step of the Dockerfile takes it out."""
    steps = (step for stage in dockerfile.stages for step in stage.before_source)
    return bool(image.pip) and any(_removal(image) in step.commands for step in steps)


def _removal(image: BaseImage) -> str:
    return f"rm -rf {' '.join(image.pip)}"
