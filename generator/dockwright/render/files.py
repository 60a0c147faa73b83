"""Which template makes which file."""

from collections.abc import Callable
from pathlib import Path

import jinja2
from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined, Template

from dockwright.model.output import RenderedFile
from dockwright.model.plan import Plan
from dockwright.model.settings import Settings
from dockwright.render.filters import FILTERS
from dockwright.render.guard import explained
from dockwright.render.overlay import SHOWN, Layer, check_blocks, layered_environment


def render(
    plan: Plan, settings: Settings, *, overlay: Path | None = None, layers: tuple[Layer, ...] = ()
) -> tuple[RenderedFile, ...]:
    """Return the text of every file, the Dockerfile first; TemplateFaultError with the line."""
    # `overlay` is a folder of the owner's templates, `layers` are those of packs below it.
    if overlay is None and not layers:
        return _rendered(plan, settings, make_environment().get_template)
    own = (Layer(folder=overlay, shown=SHOWN),) if overlay is not None else ()
    every = (*own, *layers, Layer(folder=template_folder(), shown="templates"))
    with explained(tuple((layer.folder, layer.shown) for layer in every)):
        environment, loader = layered_environment(every)
        environment.filters.update(FILTERS)
        check_blocks(environment, every)
        return _rendered(plan, settings, lambda name: environment.get_template(loader.find(name)))


def render_lock(plan: Plan) -> str:
    """Return the Dockerfile whose stage `lock` leaves the lock in /app."""
    return _text(make_environment().get_template("install/lock.j2"), plan)


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


_STAMP = "jinja2-version.txt"
_PACKAGE = Path(__file__).parent.parent


def template_folder() -> Path:
    """Return the folder of the built-in templates: in the wheel, or at the top of a checkout."""
    packaged = _PACKAGE / "_templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "templates"


def make_environment() -> Environment:
    """Return the environment of the built-in templates."""
    compiled = _compiled_folder()
    environment = Environment(
        loader=ModuleLoader(compiled) if compiled else FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML; each syntax has a quoting filter
    )
    environment.filters.update(FILTERS)
    return environment


def _compiled_folder() -> Path | None:
    # None in a checkout, and for another Jinja2 than the one that compiled them.
    folder = _PACKAGE / "_compiled_templates"
    try:
        stamp = (folder / _STAMP).read_text(encoding="utf-8")
    except OSError:
        return None
    return folder if stamp == jinja2.__version__ else None


def compile_templates(folder: Path) -> None:
    """Compile the built-in templates into `folder`, with a stamp of the version that did it."""
    make_environment().compile_templates(folder, extensions=["j2"], zip=None, ignore_errors=False)
    (folder / _STAMP).write_text(jinja2.__version__, encoding="utf-8")


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
    # (id, variable of the pipeline) of what the steps of the shipped image mount.
    step = plan.dockerfile.install
    mounted = {(one.id, one.variable or one.id.upper()) for one in (step.secrets if step else ())}
    if step is not None and step.ssh:
        mounted.add(("known_hosts", "KNOWN_HOSTS"))
    secrets = tuple(sorted(mounted))
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
            secret_options="".join(f" --secret id={name},env={value}" for name, value in secrets),
        )
    )
    return RenderedFile(path=PATHS[system], text=text, kind="ci")
