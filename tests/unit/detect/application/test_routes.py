"""Paths that the application answers, and the one that says that it is well."""

import pytest
from support.applications import Files, Finder, django

FASTAPI = "from fastapi import FastAPI, APIRouter\napp = FastAPI()\n"
FLASK = "from flask import Flask, Blueprint\napp = Flask(__name__)\n"


def health(find: Finder, files: Files) -> str | None:
    found = find.web(files).health_path
    return found.value if found else None


@pytest.mark.parametrize(
    ("source", "path"),
    [
        pytest.param(FASTAPI + "@app.get('/health')\ndef h(): ...", "/health", id="fastapi"),
        pytest.param(FASTAPI + "@app.get('/healthz')\ndef h(): ...\n@app.get('/')\ndef i(): ...", "/healthz", id="before the root"),
        pytest.param(FASTAPI + "@app.get('/')\ndef i(): ...", "/", id="root"),
        pytest.param(FASTAPI + "@app.get('/items')\ndef i(): ...", None, id="neither"),
        pytest.param(FASTAPI + "@app.post('/health')\ndef h(): ...", None, id="only POST"),
        pytest.param(FASTAPI + "@app.get('/health/{name}')\ndef h(): ...", None, id="varying part"),
        pytest.param(FLASK + "@app.route('/ping')\ndef h(): ...", "/ping", id="flask"),
        pytest.param(FLASK + "@app.route('/health', methods=['POST'])\ndef h(): ...", None, id="flask POST"),
        pytest.param(FLASK + "@app.route('/health', methods=['GET', 'HEAD'])\ndef h(): ...", "/health", id="flask GET"),
        pytest.param(FLASK + "def h(): ...\napp.add_url_rule('/livez', view_func=h)", "/livez", id="add_url_rule"),
        pytest.param(FASTAPI + "def h(): ...\napp.add_api_route('/readyz', h)", "/readyz", id="add_api_route"),
        pytest.param("from starlette.applications import Starlette\nfrom starlette.routing import Route\napp = Starlette(routes=[Route('/health', None)])", "/health", id="starlette"),
        pytest.param("from litestar import Litestar, get\n@get('/health')\nasync def h() -> str: ...\napp = Litestar([h])", "/health", id="litestar"),
        pytest.param("from aiohttp import web\napp = web.Application()\napp.router.add_get('/health', None)", "/health", id="aiohttp"),
        pytest.param(FASTAPI + "@app.get('/api/v2/health-check')\ndef h(): ...", "/api/v2/health-check", id="deep"),
        pytest.param(FASTAPI + "# @app.get('/health')\n", None, id="comment"),
        pytest.param(FASTAPI + "import client\n@client.get('/health')\ndef h(): ...", None, id="somebody else's decorator"),
        pytest.param(FLASK + "def register(app):\n    @app.route('/health')\n    def h(): ...", "/health", id="in a function that takes the application"),
    ],
)  # fmt: skip
def test_paths_of_one_file(find: Finder, source: str, path: str | None) -> None:
    assert health(find, {"main.py": source}) == path


@pytest.mark.parametrize(
    ("files", "path"),
    [
        pytest.param({"main.py": FASTAPI + "from api import router\napp.include_router(router)", "api.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/health')\ndef h(): ..."}, "/health", id="router"),
        pytest.param({"main.py": FASTAPI + "from api import router\napp.include_router(router, prefix='/api')", "api.py": "from fastapi import APIRouter\nrouter = APIRouter(prefix='/v1')\n@router.get('/health')\ndef h(): ..."}, "/api/v1/health", id="both prefixes"),
        pytest.param({"main.py": FASTAPI + "from api import router\napp.include_router(router, prefix='/api')", "api.py": "from fastapi import APIRouter\nfrom sub import inner\nrouter = APIRouter()\nrouter.include_router(inner, prefix='/sys')", "sub.py": "from fastapi import APIRouter\ninner = APIRouter()\n@inner.get('/health')\ndef h(): ..."}, "/api/sys/health", id="router in a router"),
        pytest.param({"main.py": FASTAPI + "from conf import settings\nfrom api import router\napp.include_router(router, prefix=settings.PREFIX)", "conf.py": "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    PREFIX: str = '/api'\nsettings = S()", "api.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/health')\ndef h(): ..."}, "/api/health", id="prefix from the settings"),
        pytest.param({"main.py": FASTAPI + "from api import router\napp.include_router(router, prefix=compute())", "api.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/health')\ndef h(): ..."}, None, id="unknown prefix"),
        pytest.param({"main.py": FASTAPI, "api.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/health')\ndef h(): ..."}, None, id="router that nobody includes"),
        pytest.param({"main.py": FLASK + "from api import bp\napp.register_blueprint(bp, url_prefix='/api')", "api.py": "from flask import Blueprint\nbp = Blueprint('a', __name__)\n@bp.route('/health')\ndef h(): ..."}, "/api/health", id="blueprint"),
        pytest.param({"main.py": FLASK + "from api import bp\napp.register_blueprint(bp)", "api.py": "from flask import Blueprint\nbp = Blueprint('a', __name__, url_prefix='/x')\n@bp.get('/health')\ndef h(): ..."}, "/x/health", id="blueprint's own prefix"),
        pytest.param({"main.py": FLASK + "from api import bp\ndef register(application):\n    application.register_blueprint(bp)\nregister(app)", "api.py": "from flask import Blueprint\nbp = Blueprint('a', __name__)\n@bp.route('/_status')\n@bp.route('/health')\ndef h(): ..."}, "/health", id="registered by a function"),
        pytest.param({"shop/__init__.py": "from flask import Flask\ndef create_app():\n    app = Flask('a')\n    from shop.views import bp\n    app.register_blueprint(bp)\n    return app", "shop/views.py": "from flask import Blueprint\nbp = Blueprint('a', __name__)\n@bp.route('/')\ndef index(): ..."}, "/", id="root of a blueprint in a factory"),
    ],
)  # fmt: skip
def test_prefixes(find: Finder, files: Files, path: str | None) -> None:
    assert health(find, files) == path


@pytest.mark.parametrize(
    ("urls", "path"),
    [
        pytest.param("urlpatterns = [path('health/', v)]", "/health/", id="path"),
        pytest.param("urlpatterns = [path('', v)]", "/", id="root"),
        pytest.param("urlpatterns = [re_path(r'^healthz/?$', v)]", "/healthz/", id="regular expression"),
        pytest.param("urlpatterns = [path('shop/<int:id>/', v)]", None, id="varying"),
        pytest.param("urlpatterns = [path('api/', include('shop.urls'))]", "/api/ping/", id="include"),
        pytest.param("urlpatterns = [path('api/', include(('shop.urls', 'shop')))]", None, id="include with a name space"),
        pytest.param("urlpatterns = [path('ht/', include('health_check.urls'))]", "/ht/", id="django-health-check"),
        pytest.param("urlpatterns = []\nurlpatterns += [path('up/', v)]", "/up/", id="added later"),
        pytest.param("more = [path('ping/', v)]\nurlpatterns = [*more]", "/ping/", id="starred"),
        pytest.param("urlpatterns = [path('a/', include([path('ping/', v)]))]", "/a/ping/", id="include of a list"),
    ],
)  # fmt: skip
def test_paths_of_django(find: Finder, urls: str, path: str | None) -> None:
    head = "from django.urls import include, path, re_path\nv = None\n"
    files = django(
        site__urls=head + urls,
        shop__urls=head + "urlpatterns = [path('ping/', v)]",
        shop____init__="",
    )
    assert health(find, files) == path


def test_circular_includes_end(find: Finder) -> None:
    files = django(
        site__urls="from django.urls import include, path\nurlpatterns = [path('a/', include('site.urls'))]"
    )
    assert health(find, files) is None


def test_origin_is_the_line_of_the_route(find: Finder) -> None:
    found = find.web({"main.py": FASTAPI + "\n@app.get('/health')\ndef h(): ..."}).health_path
    assert found
    assert str(found.origin) == "main.py:4"
