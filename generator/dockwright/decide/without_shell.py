"""An image without a shell: what a RUN would do to the shipped image happens in a stage before it, and is copied."""

from dockwright.decide.byte_compile import VENV
from dockwright.model.dockerfile import Copy, Run, Stage
from dockwright.model.record import replace

ASSEMBLED = "assembled"


def assembled_stage(runtime: Stage, interpreter: str) -> Stage:
    """Return the stage that does the steps of `runtime` on top of `build`; `interpreter` is Python's path in the shipped image.

    The virtual environment points to the Python that made it, by a link and by the line `home`: both are set to the shipped one.
    """
    folder = interpreter.rpartition("/")[0]
    relink = Run(
        commands=(
            f"ln -sf {interpreter} {VENV}/bin/python",
            f"sed -i 's|^home = .*|home = {folder}|' {VENV}/pyvenv.cfg",
        )
    )
    return Stage(
        name=ASSEMBLED,
        parent="build",
        comment="Puts together what is shipped, since the image that is shipped has no shell to do it in. Last, the environment is\n"
        "pointed to the Python of that image. Not shipped.",
        copies=runtime.copies,
        project=runtime.project,
        late_copies=runtime.late_copies,
        assets=(*runtime.assets, relink),
    )


def shipped_stage(runtime: Stage) -> Stage:
    """Return `runtime` with copies only, and without the entry point of the image: it would run our command as a script."""
    return replace(
        runtime,
        venv_from=ASSEMBLED,
        install=(),
        fetched=(),
        copies=(Copy(sources=("/app",), destination="/app", from_stage=ASSEMBLED),),
        project=(),
        late_copies=(),
        assets=(),
        fragments_before=(
            "# The image's own would take the command for a script of Python.",
            "ENTRYPOINT []",
            *runtime.fragments_before,
        ),
    )
