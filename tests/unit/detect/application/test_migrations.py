"""Migrations that must run before the application."""

import pytest
from dockwright.model.application import ProcessKind
from support.applications import Files, Finder

FLASK = "from flask import Flask\nfrom flask_migrate import Migrate\napp = Flask(__name__)\nMigrate(app)\n"
INI = "[alembic]\nscript_location = {}\n"


@pytest.mark.parametrize(
    ("files", "command", "shell", "framework"),
    [
        pytest.param({"alembic.ini": INI.format("alembic"), "alembic/env.py": ""}, ("alembic", "upgrade", "head"), "", "alembic", id="alembic"),
        pytest.param({"alembic.ini": INI.format("%(here)s/db"), "db/env.py": ""}, ("alembic", "upgrade", "head"), "", "alembic", id="alembic beside its file"),
        pytest.param({"alembic.ini": INI.format("shop:migrations"), "main.py": ""}, ("alembic", "upgrade", "head"), "", "alembic", id="alembic in a package"),
        pytest.param({"api/alembic.ini": INI.format("migrations"), "api/migrations/env.py": ""}, (), "cd api && alembic upgrade head", "alembic", id="alembic one level below"),
        pytest.param({"api/alembic.ini": INI.format("migrations") + "# version_locations = %(here)s/bar\n", "api/migrations/env.py": ""}, (), "cd api && alembic upgrade head", "alembic", id="alembic one level below, with its template's comments"),
        pytest.param({"api/alembic.ini": INI.format("%(here)s/m"), "api/m/env.py": ""}, ("alembic", "-c", "api/alembic.ini", "upgrade", "head"), "", "alembic", id="alembic below, beside its file"),
        pytest.param({"api/alembic.ini": INI.format("api/m"), "api/m/env.py": ""}, ("alembic", "-c", "api/alembic.ini", "upgrade", "head"), "", "alembic", id="alembic below, from the root"),
        pytest.param({"pyproject.toml": '[tool.alembic]\nscript_location = "alembic"\n', "main.py": ""}, ("alembic", "upgrade", "head"), "", "alembic", id="alembic in pyproject"),
        pytest.param({"app.py": FLASK, "migrations/env.py": "", "migrations/alembic.ini": INI.format("x")}, ("flask", "--app", "app:app", "db", "upgrade"), "", "flask-migrate", id="flask-migrate"),
        pytest.param({"app.py": FLASK, "db/migrations/env.py": ""}, ("flask", "--app", "app:app", "db", "upgrade", "--directory", "db/migrations"), "", "flask-migrate", id="flask-migrate elsewhere"),
        pytest.param({"pyproject.toml": '[tool.aerich]\ntortoise_orm = "x"\n', "main.py": ""}, ("aerich", "upgrade"), "", "aerich", id="aerich"),
    ],
)  # fmt: skip
def test_command(
    find: Finder, files: Files, command: tuple[str, ...], shell: str, framework: str
) -> None:
    found = find(files).migrations
    assert [(p.command, p.shell, p.framework, p.kind, p.endless) for p in found] == [
        (command, shell, framework, ProcessKind.RELEASE, False)
    ]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"alembic.ini": INI.format("gone"), "main.py": ""}, id="folder is not there"),
        pytest.param({"alembic.ini": "[other]\nx = 1", "main.py": ""}, id="no section"),
        pytest.param({"alembic.ini": "not an ini", "main.py": ""}, id="no ini"),
        pytest.param({"app.py": FLASK}, id="flask-migrate without migrations"),
        pytest.param(
            {"app.py": FLASK.replace("flask_migrate", "other"), "migrations/env.py": ""},
            id="another library",
        ),
        pytest.param(
            {"tests/alembic.ini": INI.format("a"), "tests/a/env.py": ""}, id="of the tests"
        ),
        pytest.param(
            {"pyproject.toml": "[tool.aerich", "main.py": ""}, id="pyproject that does not parse"
        ),
    ],
)
def test_none(find: Finder, files: Files) -> None:
    assert find(files).migrations == ()


def test_origin_is_the_line_that_names_them(find: Finder) -> None:
    process = find({"alembic.ini": INI.format("alembic"), "alembic/env.py": ""}).migrations[0]
    assert str(process.origin) == "alembic.ini:2 (script_location)"
