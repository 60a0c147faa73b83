"""The pipeline that checks, builds, proves and pushes."""

from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.render.templates import make_environment

# System -> where it looks for the file, relative to the repository's root.
PATHS = {"github": ".github/workflows/image.yml", "gitlab": ".gitlab-ci.yml"}

# A tag can be moved, a commit cannot. Renovate and Dependabot read the version beside it and renew
# both.
_ACTIONS = {
    "checkout": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "python": "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0",
}


def render_pipeline(system: str, plan: Plan, folder: str, version: str) -> RenderedFile:
    """Return the file for `system`, a key of PATHS; `folder` is the project's in the repository."""
    # A version that comes from version control is asked of the tags: then the whole history is
    # fetched.
    wheel = plan.dockerfile.wheel
    history = wheel is not None and bool(wheel.version_variable)
    secrets = _build_secrets(plan)
    text = (
        make_environment()
        .get_template(f"ci/{system}.yml.j2")
        .render(
            plan=plan,
            folder=folder,
            version=version,
            suffix=f"/{plan.name}" if folder else "",
            history=history,
            actions=_ACTIONS,
            secrets=secrets,
            secret_options="".join(
                f" --secret id={name},env={variable}" for name, variable in secrets
            ),
        )
    )
    return RenderedFile(path=PATHS[system], text=text, kind="ci")


def _build_secrets(plan: Plan) -> tuple[tuple[str, str], ...]:
    # (id, variable of the pipeline) of what the shipped image's steps mount.
    step = plan.dockerfile.install
    found = {(one.id, one.variable or one.id.upper()) for one in (step.secrets if step else ())}
    if step is not None and step.ssh:
        found.add(("known_hosts", "KNOWN_HOSTS"))
    return tuple(sorted(found))
