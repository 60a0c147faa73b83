"""The pipeline that checks, builds, proves and pushes."""

from generator.model.output import RenderedFile
from generator.model.plan import Plan
from generator.render.environment import make_environment

PATHS = {"github": ".github/workflows/image.yml", "gitlab": ".gitlab-ci.yml"}
"""System -> where it looks for the file, relative to the repository's root."""


def render_pipeline(system: str, plan: Plan, folder: str, version: str) -> RenderedFile:
    """Return the file for `system`, a key of PATHS. `folder` is the project's place in the repository, "" for its root."""
    # A version that comes from version control is asked of the tags: then the whole history is fetched.
    history = any(name == "VERSION" for stage in plan.dockerfile.stages for name, _ in stage.args)
    text = (
        make_environment()
        .get_template(f"ci/{system}.yml.j2")
        .render(plan=plan, folder=folder, version=version, suffix=f"/{plan.name}" if folder else "", history=history)
    )
    return RenderedFile(path=PATHS[system], text=text, kind="ci")
