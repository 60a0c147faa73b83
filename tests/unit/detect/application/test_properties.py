"""Whatever stands in the files, detection gives a result: it never fails, and it never imports anything."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.applications import Finder, django

LINES = (
    "from flask import Flask", "import flask as f", "app = Flask(__name__)", "app = f.Flask()", "from .main import app", "from main import *",
    "def create_app(x=None):", "    return app", "    global app", "    app = make(app)", "class A(B):", "class B(A):", "    app = A()", "    pass",
    "app = create_app()", "app = app", "app = A().app.app", "if __name__ == '__main__':", "    app.run(port=int(os.environ.get('PORT', '80')))",
    "import os", "x = os.environ['X']", "while True:", "    print(input())", "from celery import Celery", "app = Celery('x', broker=x)", "@app.route('/')",
    "def f(a, *, b=1, **c):", "try:", "except (A, B):", "with app as app:", "app, x = app, app", "(app := app)", "lambda app: app", "async def g():",
    "    await app", "app[app] = app", "INSTALLED_APPS = [*INSTALLED_APPS]", "INSTALLED_APPS += INSTALLED_APPS", "DATABASES = {'default': DATABASES}",
    "urlpatterns = [path('', include(urlpatterns))]", "import uvicorn", "uvicorn.run('main:app', port=port)", "port = port or port", "x = f'{x}://{x}'",
)  # fmt: skip


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.sampled_from(LINES), max_size=25), st.lists(st.sampled_from(LINES), max_size=15))
def test_any_order_of_lines(tmp_path: Path, first: list[str], second: list[str]) -> None:
    found = Finder(tmp_path)(
        {"main.py": "\n".join(first), "app.py": "\n".join(second), "settings.py": "\n".join(second)}
    )
    assert len({(web.module, web.target) for web in found.web if web.target}) == len(
        [web for web in found.web if web.target]
    )


@settings(
    max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    files = {
        "main.py": data,
        "Procfile": data,
        "package.json": data,
        "uwsgi.ini": b"[uwsgi]\n" + data,
        "alembic.ini": data,
        ".flaskenv": data,
    }
    assert Finder(tmp_path)(files).looked_for is not None


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.sampled_from(LINES), max_size=20))
def test_any_settings_of_django(tmp_path: Path, lines: list[str]) -> None:
    found = Finder(tmp_path)({**django("\n".join(lines)), "site/urls.py": "\n".join(lines)})
    assert [project.settings_module for project in found.django] == ["site.settings"]


def test_nothing_is_imported(find: Finder, tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'touched')!r}, 'w')\nfrom flask import Flask\napp = Flask(__name__)\n"
    assert (
        find({"main.py": trap, "gunicorn.conf.py": trap, "manage.py": trap}).web[0].module == "main"
    )
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("depth", [50, 500])
def test_deeply_nested_code(find: Finder, depth: int) -> None:
    nested = "".join(f"{'elif' if n else 'if'} x == {n}:\n    y = {n}\n" for n in range(depth))
    assert (
        len(
            find(
                {"main.py": "from flask import Flask\nx = 1\n" + nested + "app = Flask(__name__)\n"}
            ).web
        )
        == 1
    )
