"""The stage that all others start from: the user, the virtual environment and no pip, in one layer."""

from dockwright.decide.base_image import read_reference
from dockwright.decide.byte_compile import VENV
from dockwright.decide.install import Installation
from dockwright.decide.own_pip import pip_installs, without_pip
from dockwright.decide.system_layer import system_environment, system_layer
from dockwright.model.dockerfile import Run, Stage, User
from dockwright.model.plan import BaseImage, SystemPackages
from dockwright.model.settings import Settings

ENVIRONMENT = (("PYTHONFAULTHANDLER", "1"), ("PYTHONUNBUFFERED", "1"))
VENV_ENVIRONMENT = (("VIRTUAL_ENV", VENV), ("PATH", f"{VENV}/bin:$PATH"))
MAKE_VENV = f"python -m venv --without-pip {VENV}"
"""Makes the virtual environment, without pip: uv fills it from outside."""

_PINNED = """Tag and digest belong together: Renovate and Dependabot raise both.
renovate: datasource=docker depName={name} versioning=docker"""


def base_stage(
    image: BaseImage,
    system: SystemPackages,
    settings: Settings,
    installation: Installation,
    *,
    installs: bool,
) -> Stage:
    """Return the stage; `installs` says whether there is a virtual environment."""
    return Stage(
        name="base",
        parent=image.pinned,
        comment=_PINNED.format(name=read_reference(image.reference).repository)
        if image.digest
        else "",
        environment=(
            *ENVIRONMENT,
            *(VENV_ENVIRONMENT if installs else ()),
            *system_environment(system, settings),
        ),
        workdir="/app",
        system=system_layer(system.runtime, image.packages),
        user=_user(image, settings, installation, installs=installs),
    )


def _user(
    image: BaseImage, settings: Settings, installation: Installation, *, installs: bool
) -> User:
    """Return the user; the step that makes it prepares the rest too, since each RUN costs a quarter of a second."""
    uid = settings.user
    if not image.shell:
        return User(uid=uid, gid=uid)
    removal = () if pip_installs(installation) else without_pip(image, settings)
    commands = (*_user_commands(image, uid), *((MAKE_VENV,) if installs else ()), *removal)
    comment = "Nothing installs with pip, so it is not shipped." if removal else ""
    return User(uid=uid, gid=uid, create=Run(commands=commands, comment=comment))


def _user_commands(image: BaseImage, uid: int) -> tuple[str, ...]:
    if image.packages == "apk":
        return (f"addgroup -S -g {uid} app", f"adduser -S -D -H -u {uid} -G app app")
    return (
        f"groupadd --system --gid {uid} app",
        f"useradd --system --no-log-init --no-create-home --uid {uid} --gid app app",
    )
