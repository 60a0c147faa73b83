"""Secrets stay out of the image, also those that the owner wrote into the settings."""

import pytest
from dockwright.decide.secret_settings import refuse_secrets
from dockwright.errors import UsageError
from dockwright.model.settings import Settings, StageSettings


@pytest.mark.parametrize(
    "settings",
    [
        Settings(environment=(("SECRET_KEY", "hunter2"),)),
        Settings(stages=(("runtime", StageSettings(environment=(("API_KEY", "hunter2"),))),)),
    ],
    ids=["of the image", "of a stage"],
)
def test_a_secret_is_refused_and_its_value_not_repeated(settings: Settings) -> None:
    with pytest.raises(UsageError) as caught:
        refuse_secrets(settings)
    assert "hunter2" not in str(caught.value)
    assert ".env" in " ".join(caught.value.steps)


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOG_LEVEL", "info"), ("SECRET_KEY_FILE", "/run/secrets/key"), ("SECRET_KEY", ""), ("TOKENIZERS_PARALLELISM", "0"), ("API_KEY", "$KEY")],
)  # fmt: skip
def test_what_is_no_secret_is_no_matter(name: str, value: str) -> None:
    assert refuse_secrets(Settings(environment=((name, value),))) == ()


def test_who_insists_is_warned() -> None:
    (notice,) = refuse_secrets(Settings(environment=(("API_KEY", "hunter2"),), force=True))
    assert (notice.code, "hunter2" in notice.text) == ("secret-in-image", False)
