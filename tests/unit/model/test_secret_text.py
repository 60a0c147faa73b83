"""Values of secrets are not printed; everything else is."""

import pytest

from generator.decide.local_values import LOCAL_SECRET
from generator.decide.service_environment import LOCAL_PASSWORD
from generator.model.secret_text import PLACEHOLDERS, hide_secrets


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("-ENV SECRET_KEY=hunter2 DEBUG=1", "-ENV SECRET_KEY=*** DEBUG=1"),
        ("+    STRIPE_KEY='a b' \\", "+    STRIPE_KEY=*** \\"),
        ('-ENV API_TOKEN="a \\" b"', "-ENV API_TOKEN=***"),
        ('-ENV DB_PASSWORD=a"b"c', "-ENV DB_PASSWORD=***"),
        ("-ARG AWS_ACCESS_KEY_ID=AKIA", "-ARG AWS_ACCESS_KEY_ID=***"),
        ("-ENV SECRET_KEY some words", "-ENV SECRET_KEY ***"),
        ("-RUN NPM_TOKEN=abc npm ci", "-RUN NPM_TOKEN=*** npm ci"),
        ("-      SECRET_KEY: some words", "-      SECRET_KEY: ***"),
        ("-      - POSTGRES_PASSWORD=hunter2", "-      - POSTGRES_PASSWORD=***"),
        ('-      SECRET_KEY: "${SECRET_KEY:-hunter2}"', '-      SECRET_KEY: "${SECRET_KEY:-***}"'),
        ('-RUN curl -H "Authorization: Bearer hunter2" x', '-RUN curl -H "Authorization: ***" x'),
        ("-RUN tool --auth-token hunter2 --password=hunter2 x", "-RUN tool --auth-token *** --password=*** x"),
        ('environment = { SECRET_KEY = "hunter2" }', "environment = { SECRET_KEY = *** }"),
    ],
)
def test_the_value_of_a_secret_is_hidden(line: str, shown: str) -> None:
    assert hide_secrets(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "-ENV DEBUG=1 TOKENIZERS_PARALLELISM=false",
        "-ENV SECRET_KEY=",
        "-ENV SECRET_KEY=$KEY",
        "+      POSTGRES_PASSWORD_FILE: /run/secrets/postgres-password",
        "+    POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}",
        "-RUN export TOKEN=$(cat /run/secrets/token)",
        "-RUN docker login --password-stdin x",
        " RUN --mount=type=secret,id=netrc,target=/root/.netrc uv sync",
        f'+      SECRET_KEY: "${{SECRET_KEY:-{LOCAL_SECRET}}}"',
        f'+      POSTGRES_PASSWORD: "${{POSTGRES_PASSWORD:-{LOCAL_PASSWORD}}}"',
        "+RUN DJANGO_SECRET_KEY=build-only python manage.py collectstatic",
    ],
)
def test_all_else_is_shown(line: str) -> None:
    assert hide_secrets(line) == line


def test_what_dockwright_writes_is_known_to_be_no_secret() -> None:
    assert {LOCAL_SECRET, LOCAL_PASSWORD} <= PLACEHOLDERS
