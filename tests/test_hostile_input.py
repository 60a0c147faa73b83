"""Names that want to break out, and credentials that must stay where they are."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.bad_input import (
    EVIL,
    FLASK,
    HIDDEN,
    PINNED,
    PIPFILE,
    PIPFILE_LOCK,
    POETRY,
    PROJECT,
    URL,
    Content,
    put,
    run,
)

QUOTED = json.dumps(EVIL)
INJECTED: dict[str, Mapping[str, Content]] = {
    "project name": {"pyproject.toml": PROJECT.replace('"shop"', QUOTED)},
    "version": {"pyproject.toml": PROJECT.replace('"1"', QUOTED)},
    "description and readme": {"pyproject.toml": f"{PROJECT}description = {QUOTED}\nlicense = {QUOTED}\nreadme = {QUOTED}\n"},
    "script name": {"pyproject.toml": f'{PROJECT}[project.scripts]\n{QUOTED} = "main:app"\n'},
    "script": {"pyproject.toml": f"{PROJECT}[project.scripts]\nx = {QUOTED}\n"},
    "group": {"pyproject.toml": f'{PROJECT}[dependency-groups]\n{QUOTED} = ["pytest"]\n'},
    "extra": {"pyproject.toml": f'{PROJECT}[project.optional-dependencies]\n{QUOTED} = ["pytest"]\n'},
    "Poetry group": {"pyproject.toml": f'{POETRY}[tool.poetry.group.{QUOTED}.dependencies]\nx = "*"\n'},
    "Poetry path": {"pyproject.toml": POETRY.replace('flask = "*"', f"flask = {{ path = {QUOTED} }}")},
    "build backend": {"pyproject.toml": f"{PROJECT}[build-system]\nrequires = [{QUOTED}]\nbuild-backend = {QUOTED}\n"},
    "uv version": {"pyproject.toml": f"{PROJECT}[tool.uv]\nrequired-version = {QUOTED}\n"},
    "uv index": {"pyproject.toml": f"{PROJECT}[[tool.uv.index]]\nname = {QUOTED}\nurl = {QUOTED}\n"},
    "Pipfile source": {"Pipfile": f'[[source]]\nname = {QUOTED}\nurl = {QUOTED}\n[packages]\nflask = "*"\n'},
    "Pipfile script": {"Pipfile": f"{PIPFILE}[scripts]\n{QUOTED} = {QUOTED}\n"},
    "Pipfile category": {"Pipfile": f'{PIPFILE}[{QUOTED}]\nx = "*"\n'},
    "requirements path": {"requirements.txt": "flask\n./x$(id)\n"},
    "requirements file": {"requirements.txt": "-r a$(id);b.txt\n", "a$(id);b.txt": "flask\n"},
    "Procfile": {**PINNED, "Procfile": 'web: flask run "; rm -rf / $(id)\nno: python main.py\n1: python main.py\nA_B: python main.py\n'},
    "variables": {**PINNED, "env.py": f"import os\nos.environ[{QUOTED}]\nos.environ.get('X', {QUOTED})\nos.environ.get('Y', 'a: b # $(id)')\n"},
    "routes": {**PINNED, "main.py": f"{FLASK['main.py']}@app.route({QUOTED})\ndef health(): pass\n"},
    "Django": {"requirements.txt": "django==5.0\npsycopg==3.2\n", "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 's')\n", "s.py": f"STATIC_ROOT = {QUOTED}\nSECRET_KEY = {QUOTED}\nDATABASES = {{'default': {{'ENGINE': 'django.db.backends.postgresql', 'NAME': {QUOTED}, 'USER': {QUOTED}}}}}\n"},
}  # fmt: skip
INSTRUCTIONS = frozenset(
    [
        "FROM",
        "ENV",
        "WORKDIR",
        "RUN",
        "COPY",
        "ARG",
        "USER",
        "EXPOSE",
        "HEALTHCHECK",
        "CMD",
        "LABEL",
        "ENTRYPOINT",
        "STOPSIGNAL",
    ]
)


def assert_nothing_broke_out(files: Mapping[str, str], project: str) -> None:
    """Every line of the Dockerfile that continues no other is an instruction, none is the attacker's, and compose is YAML."""
    yaml = pytest.importorskip("yaml")
    previous = ""
    for line in files["Dockerfile"].splitlines():
        if line and not line.startswith("#") and not previous.endswith("\\"):
            assert line.split()[0] in INSTRUCTIONS, line
        assert not line.lower().strip().startswith(("run evil", "rm -rf")), line
        previous = line
    if "compose.yaml" in files:
        compose = yaml.safe_load(files["compose.yaml"])
        assert set(compose) <= {
            "x-app",
            "services",
            "volumes",
            "secrets",
        }, project
        assert all(
            name == name.lower() and shlex.quote(name) == name for name in compose["services"]
        )


@pytest.mark.parametrize("name", INJECTED)
def test_names_do_not_break_out(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, {**FLASK, **INJECTED[name]})
    ran = run(capsys, "generate", str(tmp_path), "--json")
    assert ran.code in (0, 3), ran.err
    if ran.code == 0:
        assert_nothing_broke_out(json.loads(ran.out), name)


FOLDERS = (
    "a b",
    "it's",
    'a"b',
    "a\nRUN evil",
    "ünï",
    "$(id)",
    "-rf",
    "a;b",
    "日本",
    "x" * 200,
    "{{ 7 * 7 }}",
    "null",
    "#x",
    "a: b",
)


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_of_any_name(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The database is named after the folder: in its own settings and in the address."""
    (tmp_path / name).mkdir()
    pins = "flask==3.0.0\ngunicorn==23.0.0\npsycopg==3.2\n"
    code = f"import os\nimport psycopg\n{FLASK['main.py']}ADDRESS = os.environ['DATABASE_URL']\n"
    put(tmp_path / name, {"requirements.txt": pins, "main.py": code})
    ran = run(capsys, "generate", str(tmp_path / name), "--json")
    assert ran.code == 0
    files = json.loads(ran.out)
    assert_nothing_broke_out(files, name)
    services = pytest.importorskip("yaml").safe_load(files["compose.yaml"])["services"]
    database = services["postgres"]["environment"]["POSTGRES_DB"]
    assert re.fullmatch("[a-z0-9_]{1,63}", database)
    assert services["web"]["environment"]["DATABASE_URL"].endswith(f"@postgres:5432/{database}")


def git(host: str) -> str:
    return f"https://user:{HIDDEN}@{host}/x/flask"


UV_LOCK = f'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "shop"\nversion = "1"\nsource = {{ virtual = "." }}\ndependencies = [{{ name = "flask" }}]\n[package.metadata]\nrequires-dist = [{{ name = "flask", specifier = "==2", index = "{URL}" }}]\n[[package]]\nname = "flask"\nversion = "3"\nsource = {{ registry = "{URL}" }}\n'
CREDENTIALS: dict[str, Mapping[str, Content]] = {
    "requirements, index": {"requirements.txt": f"--index-url {URL}\nflask==3.0.0\n"},
    "requirements, further index": {"requirements.txt": f"--extra-index-url={URL}\n-f {URL}\nflask==3.0.0\n"},
    "requirements, password with @": {"requirements.txt": f"-i https://user:p@{HIDDEN}@index.example.com/simple\nflask==3.0.0\n"},
    "requirements, include": {"requirements.txt": f"-r {URL}/r.txt\nflask==3.0.0\n"},
    "requirements, direct": {"requirements.txt": f"flask @ {URL}/flask-3.0.0-py3-none-any.whl\n"},
    "requirements, token": {"requirements.txt": f"flask @ https://x.example.com/flask-3.0.0-py3-none-any.whl?token={HIDDEN}\n"},
    "requirements, git": {"requirements.txt": f"flask @ git+https://{HIDDEN}@example.com/x/flask@main\n"},
    "requirements, faulty": {"requirements.txt": f"flask == {URL}\n"},
    "requirements, unknown option": {"requirements.txt": f"--frobnicate {URL}\nflask==3.0.0\n"},
    "pip-compile": {"requirements.in": f"--index-url {URL}\nflask\ndjango\n", "requirements.txt": f"#\n# This file is autogenerated by pip-compile with Python 3.11\n# by the following command:\n#\n#    pip-compile --index-url={URL} requirements.in\n#\n--index-url {URL}\nflask==3.0.0\n"},
    "Pipfile": {"Pipfile": PIPFILE.replace("https://pypi.org/simple", URL)},
    "Pipfile, git": {"Pipfile": f'[packages]\nflask = {{ git = "{git("example.com")}" }}\n', "Pipfile.lock": PIPFILE_LOCK % 6},
    "Pipfile.lock": {"Pipfile": PIPFILE, "Pipfile.lock": (PIPFILE_LOCK % 6).replace('"sources": []', f'"sources": [{{"name": "x", "url": "{URL}", "verify_ssl": true}}]')},
    "Poetry": {"pyproject.toml": f'{POETRY}[[tool.poetry.source]]\nname = "x"\nurl = "{URL}"\n'},
    "Poetry, git": {"pyproject.toml": POETRY.replace('flask = "*"', f'flask = {{ git = "{git("example.com")}" }}')},
    "uv": {"pyproject.toml": f'{PROJECT}[[tool.uv.index]]\nname = "x"\nurl = "{URL}"\n'},
    "uv.toml": {"pyproject.toml": PROJECT, "uv.toml": f'index-url = "{URL}"\n'},
    "uv.lock": {"pyproject.toml": PROJECT, "uv.lock": UV_LOCK},
    "PDM": {"pyproject.toml": f'{PROJECT}[tool.pdm]\n[[tool.pdm.source]]\nname = "x"\nurl = "{URL}"\nusername = "u"\npassword = "{HIDDEN}"\n'},
    "pylock.toml": {"pylock.toml": f'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "flask"\nversion = "3"\nindex = "{URL}"\n[packages.vcs]\ntype = "git"\nurl = "{git("example.com")}"\ncommit-id = "abc"\n'},
    "project": {"pyproject.toml": PROJECT.replace('"flask"', f'"flask @ {URL}/f.whl"')},
    "project, faulty": {"pyproject.toml": PROJECT.replace('"flask"', f'"flask == {URL}"')},
    "setup.cfg": {"setup.cfg": f"[metadata]\nname = shop\n[options]\ninstall_requires =\n  flask @ {URL}/f.whl\ndependency_links =\n  {URL}\n"},
    "setup.py": {"setup.py": f"from setuptools import setup\nsetup(name='shop', install_requires=['flask @ {URL}/f.whl'], dependency_links=['{URL}'])\n"},
    "code": {**PINNED, "main.py": f"import os\nprint(os.environ.get('DATABASE_URL', 'postgresql://u:{HIDDEN}@db/x'), os.getenv('SECRET_KEY', '{HIDDEN}'))\n"},
    ".env": {**PINNED, ".env": f"SECRET_KEY={HIDDEN}\n", ".npmrc": f"//x/:_authToken={HIDDEN}\n"},
    "Procfile": {**PINNED, "Procfile": f"web: python main.py --db postgresql://u:{HIDDEN}@db/x\n"},
    "settings": {**PINNED, "pyproject.toml": f'[tool.dockwright]\nport = "{URL}"\n'},
}  # fmt: skip
ASKED = (
    ("inspect", "--json"),
    ("inspect", "--why"),
    ("generate",),
    ("generate", "--set", "strategy=update", "--set", "installer=native", "--force"),
    ("generate", "--json"),
    ("generate", "--check", "--output-format", "json"),
)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_credentials_stay_where_they_are(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"main.py": "import flask\nprint(flask)\n", **CREDENTIALS[name]}
    put(tmp_path, files)
    for command, *flags in ASKED:
        ran = run(capsys, command, str(tmp_path), *flags)
        assert HIDDEN not in ran.out, (command, flags)
        assert HIDDEN not in ran.err, (command, flags)
    written = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path.relative_to(tmp_path).as_posix() not in files
    ]
    assert not [str(path) for path in written if HIDDEN in path.read_text(encoding="utf-8")]
