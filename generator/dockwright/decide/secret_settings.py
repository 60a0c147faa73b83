"""Variables of the settings that would put a secret into the image."""

from dockwright.errors import UsageError
from dockwright.model.origin import Notice
from dockwright.model.secret_text import is_secret_name
from dockwright.model.secret_value import PLACEHOLDERS
from dockwright.model.settings import Settings

_READABLE = "everybody who has the image can read its variables (`docker inspect`)"


def refuse_secrets(settings: Settings) -> tuple[Notice, ...]:
    """Raise UsageError for a variable of the image that is a secret by its name; a warning where `force` is set. No value is named."""
    stages = (
        (f"stages.{stage}.environment.{name}", value)
        for stage, own in settings.stages
        for name, value in own.environment
    )
    everywhere = ((f"environment.{name}", value) for name, value in settings.environment)
    names = [
        key for key, value in (*everywhere, *stages) if _is_secret(key.rpartition(".")[2], value)
    ]
    if names and not settings.force:
        raise _secret(names[0])
    return tuple(
        Notice(
            code="secret-in-image",
            text=f"the setting `{name}` is a secret by its name, and {_READABLE}",
            remedy="give it to the container instead: .env, or a secret of the platform",
        )
        for name in names
    )


def _is_secret(name: str, value: str) -> bool:
    return (
        is_secret_name(name)
        and bool(value)
        and value not in PLACEHOLDERS
        and not value.startswith("$")
    )


def _secret(key: str) -> UsageError:
    name = key.rpartition(".")[2]
    return UsageError(
        f"the setting `{key}` would put a secret into the image",
        found=f"a value for {name}; it is not repeated here",
        rule=f"{_READABLE}: the image holds no secret, the container is given it",
        steps=(
            f"take it out, and start the container with it: {name}=... in .env for compose, or a secret of the platform",
            "or, if it is none: `--force`",
        ),
        example=f"docker run --env {name} IMAGE",
    )
