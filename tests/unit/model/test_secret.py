"""Values of secrets are not printed; everything else is."""

import pytest
from dockwright.decide.services import LOCAL_VALUE
from dockwright.errors import redact
from dockwright.model.secret import PLACEHOLDERS, hide_secrets


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
        (
            "-RUN tool --auth-token hunter2 --password=hunter2 x",
            "-RUN tool --auth-token *** --password=*** x",
        ),
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
        f'+      SECRET_KEY: "${{SECRET_KEY:-{LOCAL_VALUE}}}"',
        f'+      POSTGRES_PASSWORD: "${{POSTGRES_PASSWORD:-{LOCAL_VALUE}}}"',
        "+RUN DJANGO_SECRET_KEY=build-only python manage.py collectstatic",
    ],
)
def test_all_else_is_shown(line: str) -> None:
    assert hide_secrets(line) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("RUN curl -u user:hunter2 https://x", "RUN curl -u user:*** https://x"),
        ("RUN curl -fsSLu 'user:hunter2 x' https://x", "RUN curl -fsSLu 'user:***' https://x"),
        (
            'RUN curl "https://x?a=1&b=2" --proxy-user=user:hunter2',
            'RUN curl "https://x?a=1&b=2" --proxy-user=user:***',
        ),
        ('RUN ["curl", "-u", "user:hunter2", "x"]', 'RUN ["curl", "-u", "user:***", "x"]'),
        ("RUN curl -u \\\n      user:hunter2 \\\n  x", "RUN curl -u \\\n      user:*** \\\n  x"),
        ("RUN mysql -uroot -phunter2 db", "RUN mysql -uroot -p*** db"),
        ("RUN mysqldump -p'hunter2 x' db", "RUN mysqldump -p*** db"),
        ("RUN sshpass -p hunter2 ssh x", "RUN sshpass -p *** ssh x"),
        ("RUN docker login -u me -p hunter2 x", "RUN docker login -u me -p *** x"),
        ("RUN openssl rsa -passin pass:hunter2 -in k", "RUN openssl rsa -passin pass:*** -in k"),
        (
            "RUN poetry config http-basic.shop me hunter2",
            "RUN poetry config http-basic.shop me ***",
        ),
        ("RUN npm config set //x/:_authToken hunter2", "RUN npm config set //x/:_authToken ***"),
        ("RUN echo 'root:hunter2' | chpasswd", "RUN echo 'root:***' | chpasswd"),
        ("RUN tool --password hunter2 && x", "RUN tool --password *** && x"),
        ("RUN tool --password \\\n  hunter2 x", "RUN tool --password \\\n  *** x"),
        ('CMD ["app", "--api-key", "hunter2", "--x"]', 'CMD ["app", "--api-key", "***", "--x"]'),
        ('ENV OPTIONS="-a -Dpassword=hunter2"', 'ENV OPTIONS="-a -Dpassword=***"'),
        (
            "RUN echo 'machine x login y password hunter2' > ~/.netrc",
            "RUN echo 'machine x login y password ***' > ~/.netrc",
        ),
        ("machine x\n  login y\n  password hunter2\n", "machine x\n  login y\n  password ***\n"),
        (
            "RUN printf 'machine x\\nlogin y\\npassword hunter2\\n'",
            "RUN printf 'machine x\\nlogin y\\npassword ***\\n'",
        ),
        ("RUN echo 'password hunter2' >> /root/.netrc", "RUN echo 'password ***' >> /root/.netrc"),
        ('ENV API_KEY="one \\\n    two" DEBUG=1', "ENV API_KEY=*** \\\n*** DEBUG=1"),
        ("ENV API_KEY=one\\\ntwo \\\n  DEBUG=1", "ENV API_KEY=*** \\\n*** \\\n  DEBUG=1"),
        ("ENV API_KEY one \\\n  two\nRUN x", "ENV API_KEY *** \\\n***\nRUN x"),
        ("  API_KEY: |\n    one\n    two\n  DEBUG: 1", "  API_KEY: |\n***\n***\n  DEBUG: 1"),
        ("# MODE=it's\nENV API_KEY=hunter2\n# it's", "# MODE=it's\nENV API_KEY=***\n# it's"),
    ],
)
def test_what_tools_are_given_and_what_goes_on_over_lines(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


@pytest.mark.parametrize(
    "token",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1" * 20,
        "glpat-" + "a1B2c3D4e5" * 2,
        "Bearer " + "a1b2" * 5,
    ],
)
def test_a_token_is_told_by_its_shape(token: str) -> None:
    assert token.rpartition(" ")[2] not in redact(f"fetch {token} now")
    assert redact(f"fetch {token} now").endswith("*** now")


def test_no_line_of_a_private_key_is_shown() -> None:
    key = (
        "-----BEGIN RSA PRIVATE" + " KEY-----",
        "MIIEpAIBAAKCAQEA",
        "",
        "hunter2==",
        "-----END RSA PRIVATE" + " KEY-----",
    )
    assert (
        redact("\n".join(("RUN cat <<END", *key, "END")))
        == "RUN cat <<END\n***\n***\n\n***\n***\nEND"
    )
    assert redact("\\n".join(key[:4])) == "***"


@pytest.mark.parametrize(
    "line",
    [
        "RUN docker run -p 8080:80 -u 1000:1000 image",
        "RUN curl -fsSL https://example.org:8080/x -o /usr/x:y --user-agent 'a: b'",
        "RUN curl -u $USER:$PASSWORD https://x && install -d -u a:b",
        "RUN mkdir -p /var/lib/mysql && cp -p a:b c",
        "RUN mysql -p db && mysql --port=3306",
        "RUN apt-get install -y default-libmysqlclient-dev mysql-client curl",
        "# dockwright build --secret id=netrc,src=$HOME/.netrc",
        "USER app:app",
        "RUN chown -R app:app /app | tee log",
        "RUN tool --password-stdin --token $TOKEN --pass",
        "# The bearer of this token and the default login of a machine",
        "ENV SECRET_KEY=\nENV DEBUG=1",
        "secrets:\n  netrc:\n    environment: NETRC",
        "FROM python:3.12@sha256:" + "0a" * 32,
    ],
)
def test_what_only_looks_like_it_is_shown(line: str) -> None:
    assert redact(hide_secrets(line)) == line


def test_what_dockwright_writes_is_known_to_be_no_secret() -> None:
    assert LOCAL_VALUE in PLACEHOLDERS
