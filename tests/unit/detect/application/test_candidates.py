"""Web applications: the object's real module and name, however it came about."""

import pytest
from dockwright.model.application import Framework, Interface
from support.applications import Files, Finder, codes, manager, targets

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"


@pytest.mark.parametrize(
    ("source", "framework", "interface"),
    [
        pytest.param("from fastapi import FastAPI\napp = FastAPI()", Framework.FASTAPI, Interface.ASGI, id="fastapi"),
        pytest.param("from starlette.applications import Starlette\napp = Starlette()", Framework.STARLETTE, Interface.ASGI, id="starlette"),
        pytest.param("from litestar import Litestar\napp = Litestar([])", Framework.LITESTAR, Interface.ASGI, id="litestar"),
        pytest.param("from quart import Quart\napp = Quart(__name__)", Framework.QUART, Interface.ASGI, id="quart"),
        pytest.param("from blacksheep import Application\napp = Application()", Framework.BLACKSHEEP, Interface.ASGI, id="blacksheep"),
        pytest.param("from sanic import Sanic\napp = Sanic('a')", Framework.SANIC, Interface.OWN, id="sanic"),
        pytest.param("from aiohttp import web\napp = web.Application()", Framework.AIOHTTP, Interface.OWN, id="aiohttp"),
        pytest.param("import tornado.web\napp = tornado.web.Application([])", Framework.TORNADO, Interface.OWN, id="tornado"),
        pytest.param("from flask import Flask\napp = Flask(__name__)", Framework.FLASK, Interface.WSGI, id="flask"),
        pytest.param("from apiflask import APIFlask\napp = APIFlask(__name__)", Framework.FLASK, Interface.WSGI, id="apiflask"),
        pytest.param("from eve import Eve\napp = Eve()", Framework.FLASK, Interface.WSGI, id="eve"),
        pytest.param("from bottle import Bottle\napp = Bottle()", Framework.BOTTLE, Interface.WSGI, id="bottle"),
        pytest.param("import bottle\napp = bottle.default_app()", Framework.BOTTLE, Interface.WSGI, id="bottle's default"),
        pytest.param("import falcon\napp = falcon.App()", Framework.FALCON, Interface.WSGI, id="falcon"),
        pytest.param("import falcon.asgi\napp = falcon.asgi.App()", Framework.FALCON, Interface.ASGI, id="falcon asgi"),
        pytest.param(
            "from pyramid.config import Configurator\nconfig = Configurator()\napp = config.make_wsgi_app()",
            Framework.PYRAMID, Interface.WSGI, id="pyramid",
        ),
        pytest.param("from fasthtml.common import *\napp, rt = fast_app()", Framework.STARLETTE, Interface.ASGI, id="fasthtml"),
        pytest.param("import gradio as gr\napp = gr.Interface(str, 'text', 'text')", Framework.GRADIO, Interface.OWN, id="gradio"),
        pytest.param("import gradio as gr\nwith gr.Blocks() as app:\n    pass", Framework.GRADIO, Interface.OWN, id="gradio in with"),
        pytest.param("from fastmcp import FastMCP\nmcp = FastMCP('a')\napp = mcp.http_app()", Framework.STARLETTE, Interface.ASGI, id="mcp"),
        pytest.param("def app(environ, start_response):\n    return []", Framework.WSGI, Interface.WSGI, id="bare wsgi"),
        pytest.param("async def app(scope, receive, send):\n    pass", Framework.ASGI, Interface.ASGI, id="bare asgi"),
    ],
)  # fmt: skip
def test_framework_is_known_by_the_class(
    find: Finder, source: str, framework: Framework, interface: Interface
) -> None:
    found = find({"main.py": source})
    web = next(app for app in found.web if app.target == "app")
    assert (web.framework, web.interface, web.module, web.import_root) == (
        framework,
        interface,
        "main",
        "",
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from flask import Flask as F\napp = F(__name__)", id="renamed class"),
        pytest.param("import flask as f\napp = f.Flask(__name__)", id="renamed module"),
        pytest.param("import flask\napp: flask.Flask = flask.Flask(__name__)", id="annotated"),
        pytest.param("from flask import Flask\napp = application = Flask(__name__)", id="two names at once"),
        pytest.param("from flask import Flask\nif True:\n    app = Flask(__name__)", id="under if"),
        pytest.param("from flask import Flask\ntry:\n    app = Flask(__name__)\nexcept Exception:\n    app = None", id="in try"),
        pytest.param("from flask import Flask\nclass Mine(Flask):\n    pass\napp = Mine(__name__)", id="subclass"),
        pytest.param("from flask import Flask\nclass A(Flask): ...\nclass B(A): ...\napp = B(__name__)", id="grandchild"),
        pytest.param("from flask import Flask\ndef create():\n    it = Flask(__name__)\n    return it\napp = create()", id="function"),
        pytest.param("from flask import Flask\nmake = Flask\napp = make(__name__)", id="class bound to a name"),
        pytest.param("from flask import *\napp = Flask(__name__)", id="star import"),
        pytest.param(
            "from flask import Flask\nclass Server:\n    def __init__(self):\n        self.app = Flask('a')\napp = Server().app", id="attribute of an object"
        ),
        pytest.param("from flask import Flask\nclass S:\n    def make(self):\n        return Flask('a')\napp = S().make()", id="method"),
        pytest.param("from flask import Flask\n(app := Flask(__name__))", id="walrus"),
        pytest.param("from flask import Flask\nasync def create():\n    return Flask('a')\napp = await create()", id="awaited"),
    ],
)  # fmt: skip
def test_object_is_found_however_it_is_bound(find: Finder, source: str) -> None:
    web = find.web({"main.py": source})
    assert (web.framework, web.module, web.target, web.factory) == (
        Framework.FLASK,
        "main",
        "app",
        False,
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("# from flask import Flask\n# app = Flask(__name__)", id="comment"),
        pytest.param('"""app = Flask(__name__) of flask"""', id="docstring"),
        pytest.param("from mine import Flask\napp = Flask()", id="somebody else's class"),
        pytest.param("class Flask: ...\napp = Flask()  # flask", id="own class of that name"),
        pytest.param("from flask import Flask\napp: Flask", id="only annotated"),
        pytest.param("from flask import Blueprint\napp = Blueprint('a', __name__)", id="blueprint"),
        pytest.param("from fastapi import APIRouter, FastAPI\napp = APIRouter()", id="router"),
        pytest.param("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from flask import Flask\n    app = Flask('a')", id="type checking"),
    ],
)  # fmt: skip
def test_words_alone_make_no_application(find: Finder, source: str) -> None:
    assert find({"main.py": source}).web == ()


def test_what_takes_the_application_is_no_application(find: Finder) -> None:
    found = find(
        {
            "main.py": """\
                from celery import Celery
                from flask import Flask
                from flask_cors import CORS
                from flask_migrate import Migrate
                from flask_restx import Api
                from flask_sqlalchemy import SQLAlchemy
                app = Flask(__name__)
                api = Api(app)
                db = SQLAlchemy(app)
                migrate = Migrate(app, db)
                server = CORS(app)
                """
        }
    )
    assert targets(found) == ["main:app"]


def test_a_name_that_middleware_of_the_project_wraps_stays_in_its_module(find: Finder) -> None:
    middleware = """
def outer(application):
    async def wrapper(scope, receive, send):
        await application(scope, receive, send)

    return wrapper
"""
    served = (
        "from .middleware import outer\n"
        + FASTAPI.replace("app =", "application =")
        + "application = outer(application)\n"
    )
    web = find.web(
        {
            "shop/__init__.py": "",
            "shop/asgi/__init__.py": served,
            "shop/asgi/middleware.py": middleware,
        }
    )
    assert (web.module, web.target, web.framework) == (
        "shop.asgi",
        "application",
        Framework.FASTAPI,
    )


@pytest.mark.parametrize(
    ("wrapping", "interface", "websockets"),
    [
        pytest.param("from mine import Middleware\napp = Middleware(app)", Interface.WSGI, False, id="same name bound again"),
        pytest.param(
            "from werkzeug.middleware.proxy_fix import ProxyFix\napplication = ProxyFix(app)", Interface.WSGI, False, id="ProxyFix"
        ),
        pytest.param("from asgiref.wsgi import WsgiToAsgi\napplication = WsgiToAsgi(app)", Interface.ASGI, False, id="WSGI to ASGI"),
        pytest.param(
            "import socketio\nsio = socketio.Server()\napplication = socketio.WSGIApp(sio, app)", Interface.WSGI, True, id="Socket.IO"
        ),
        pytest.param("from other import TracingMiddleware\napplication = TracingMiddleware(app=app)", Interface.WSGI, False, id="by its name"),
    ],
)  # fmt: skip
def test_wrapped_object_is_the_one_to_serve(
    find: Finder, wrapping: str, interface: Interface, *, websockets: bool
) -> None:
    web = find.web({"main.py": FLASK + wrapping})
    assert web.target == ("application" if "application =" in wrapping else "app")
    assert (web.framework, web.interface, web.websockets) == (
        Framework.FLASK,
        interface,
        websockets,
    )


def test_socketio_alone_is_an_application(find: Finder) -> None:
    web = find.web(
        {"main.py": "import socketio\nsio = socketio.AsyncServer()\napp = socketio.ASGIApp(sio)"}
    )
    assert (web.framework, web.interface, web.websockets) == (Framework.ASGI, Interface.ASGI, True)


@pytest.mark.parametrize(
    ("files", "module", "target"),
    [
        pytest.param(
            {"wsgi.py": "from shop import create_app\napp = create_app()", "shop/__init__.py": "from flask import Flask\ndef create_app():\n    return Flask(__name__)"},
            "wsgi", "app", id="object made by an imported factory",
        ),
        pytest.param(
            {"main.py": "from shop.api import app", "shop/__init__.py": "", "shop/api.py": FASTAPI}, "main", "app", id="re-exported by main"
        ),
        pytest.param(
            {"main.py": "from .shop.api import application as app\n", "shop/__init__.py": "", "shop/api.py": "from fastapi import FastAPI\napplication = FastAPI()"},
            "main", "app", id="re-exported relatively under another name",
        ),
        pytest.param(
            {"shop/__init__.py": "from .core import app", "shop/core.py": FLASK}, "shop", "app", id="re-exported by the package"
        ),
        pytest.param(
            {"main.py": "import shop.api as inner\napp = inner.app", "shop/__init__.py": "", "shop/api.py": FASTAPI}, "main", "app", id="attribute of a module"
        ),
        pytest.param(
            {"base.py": "from fastapi import FastAPI\nclass Base(FastAPI): ...", "server.py": "from base import Base\napp = Base()"},
            "server", "app", id="class of another module",
        ),
        pytest.param(
            {"conf.py": "from factory import *", "factory.py": FLASK, "wsgi.py": "from conf import app as application"}, "wsgi", "application",
            id="through a star import",
        ),
    ],
)  # fmt: skip
def test_imports_are_followed_inside_the_project(
    find: Finder, files: Files, module: str, target: str
) -> None:
    web = find.web(files)
    assert (web.module, web.target, web.factory) == (module, target, False)


def test_one_application_under_two_names_is_one(find: Finder) -> None:
    found = find(
        {"main.py": "from shop.api import app", "shop/__init__.py": "", "shop/api.py": FASTAPI}
    )
    assert len(found.web) == 1


def test_factory_is_called(find: Finder) -> None:
    web = find.web(
        {
            "shop/__init__.py": "from flask import Flask\ndef create_app(config=None):\n    return Flask(__name__)"
        }
    )
    assert (web.module, web.target, web.factory, web.framework) == (
        "shop",
        "create_app",
        True,
        Framework.FLASK,
    )


def test_factory_that_ends_in_another_factory(find: Finder) -> None:
    web = find.web(
        {
            "shop/__init__.py": "from .core import build\ndef create_app():\n    return build()",
            "shop/core.py": "from fastapi import FastAPI\ndef build(debug=False):\n    app = FastAPI()\n    return app",
        }
    )
    assert (web.target, web.factory, web.framework) == ("create_app", True, Framework.FASTAPI)


def test_factory_that_hands_its_argument_back(find: Finder) -> None:
    web = find.web({"main.py": FASTAPI + "def prepared(it):\n    return it\napp = prepared(app)"})
    assert (web.target, web.framework, web.factory) == ("app", Framework.FASTAPI, False)


def test_factory_with_required_arguments_is_refused_with_its_name(find: Finder) -> None:
    found = find(
        {
            "shop.py": "from flask import Flask\ndef create_app(config, debug=False):\n    return Flask(__name__)"
        }
    )
    assert found.web == ()
    notice = next(n for n in found.notices if n.code == "factory-needs-arguments")
    assert "create_app()" in notice.text
    assert notice.text.endswith("without config")
    assert str(notice.origin) == "shop.py:2"


def test_factory_with_required_arguments_that_somebody_calls(find: Finder) -> None:
    files = {"shop.py": "from flask import Flask\ndef create_app(config):\n    return Flask(__name__)", "serve.py": "from shop import create_app\napp = create_app('production')"}  # fmt: skip
    found = find(files)
    assert targets(found) == ["serve:app"]
    assert codes(found) == []


def test_module_level_object_beats_its_factory(find: Finder) -> None:
    found = find(
        {
            "app.py": "from flask import Flask\ndef create_app():\n    return Flask(__name__)\napp = create_app()"
        }
    )
    assert targets(found) == ["app:app"]
    assert not found.web[0].factory


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"shop/web/site/app.py": "from flask import Flask\ndef make_app():\n    app = Flask('shop')\n    return app", "bin/proxy.py": "from flask import Flask\napp = Flask('proxy')"}, "shop.web.site.app:make_app", id="not in bin"),
        pytest.param({"main.py": FASTAPI, "scripts/main.py": FASTAPI}, "main:app", id="not in scripts"),
        pytest.param({"main.py": FASTAPI, "other.py": FASTAPI}, "main:app", id="telling module name"),
        pytest.param({"service.py": "from fastapi import FastAPI\ninner = FastAPI()\napp = FastAPI()"}, "service:app", id="telling object name"),
        pytest.param({"shop/deep/main.py": FASTAPI, "shop/main.py": FASTAPI}, "shop.main:app", id="nearer to the root"),
        pytest.param({"main.py": FASTAPI, "notebooks/app.py": FASTAPI}, "main:app", id="not in notebooks"),
        pytest.param({"main.py": "from fastapi import FastAPI\nv1 = FastAPI()\napp = FastAPI()\napp.mount('/v1', v1)"}, "main:app", id="mounted"),
        pytest.param({"asgi.py": FASTAPI, "zoo.py": FLASK}, "asgi:app", id="asgi module"),
        pytest.param({"web.py": FLASK, "bot.py": "app = 1"}, "web:app", id="the only one"),
    ],
)  # fmt: skip
def test_best_candidate_is_first(find: Finder, files: Files, expected: str) -> None:
    assert targets(find(files))[0] == expected


@pytest.mark.parametrize("folder", ["tests", "test", "examples", "docs", "tests_smoke", ".github"])
def test_applications_of_tests_and_examples_do_not_count(find: Finder, folder: str) -> None:
    assert find({f"{folder}/main.py": FASTAPI}).web == ()


def test_test_modules_do_not_count(find: Finder) -> None:
    assert (
        find({"test_main.py": FASTAPI, "main_test.py": FASTAPI, "conftest.py": FASTAPI}).web == ()
    )


def test_several_candidates_are_all_listed(find: Finder) -> None:
    found = find({"main.py": FASTAPI, "admin.py": FLASK})
    assert targets(found) == ["main:app", "admin:app"]
    assert found.web[0].rank < found.web[1].rank


def test_origin_is_the_line_of_the_object(find: Finder) -> None:
    web = find.web({"main.py": "import os\n\nfrom fastapi import FastAPI\napp = FastAPI()\n"})
    assert str(web.origin) == "main.py:4"
    assert web.because == "main:app is the fastapi application"


def test_because_names_the_place_where_it_is_made(find: Finder) -> None:
    web = find.web({"wsgi.py": "from shop import app", "shop.py": FLASK})
    assert web.because == "wsgi:app is the flask application made in shop.py:2"


@pytest.mark.parametrize(
    ("files", "root", "module"),
    [
        pytest.param({"src/shop/__init__.py": "", "src/shop/api.py": FASTAPI}, "src", "shop.api", id="src layout"),
        pytest.param({"src/main.py": FASTAPI}, "src", "main", id="script in src"),
        pytest.param({"src/main.py": FASTAPI + "from src.models import x", "src/models.py": "x = 1"}, "", "src.main", id="src as a package"),
        pytest.param({"backend/app/__init__.py": "", "backend/app/main.py": FASTAPI}, "backend", "app.main", id="one level below"),
        pytest.param({"app/main.py": FASTAPI}, "", "app.main", id="folder without __init__"),
        pytest.param({"app/main.py": FASTAPI + "import models", "app/models.py": ""}, "app", "main", id="siblings by bare name"),
        pytest.param({"app/main.py": FASTAPI + "from app import models", "app/models.py": ""}, "", "app.main", id="siblings by full name"),
        pytest.param({"app/main.py": FASTAPI + "from . import models", "app/models.py": ""}, "", "app.main", id="siblings relatively"),
        pytest.param(
            {"app/__init__.py": "", "app/main.py": FASTAPI + "from models import x", "app/models.py": "x = 1"}, "app", "main",
            id="__init__ that nobody uses",
        ),
        pytest.param({"my-service/main.py": FASTAPI}, "my-service", "main", id="folder that is no identifier"),
        pytest.param(
            {"app/main.py": FASTAPI + "from routes import r", "app/routes.py": "from store import s\nr = 1", "app/store.py": "s = 1"}, "app",
            "main", id="imports of imports",
        ),
    ],
)  # fmt: skip
def test_import_root(find: Finder, files: Files, root: str, module: str) -> None:
    web = find.web(files)
    assert (web.import_root, web.module) == (root, module)


def test_dash_is_served_by_its_server(find: Finder) -> None:
    web = find.web({"app.py": "import dash\napp = dash.Dash(__name__)"})
    assert (web.framework, web.target) == (Framework.DASH, "app.server")
    assert web.interface is Interface.WSGI


def test_dash_whose_server_has_a_name(find: Finder) -> None:
    found = find({"app.py": "from dash import Dash\napp = Dash(__name__)\nserver = app.server"})
    assert targets(found)[0] == "app:server"
    assert len(found.web) == 1


def test_dash_on_a_flask_server_is_one_application(find: Finder) -> None:
    found = find(
        {
            "app.py": FLASK.replace("app", "server")
            + "from dash import Dash\napp = Dash(__name__, server=server)"
        }
    )
    assert len(found.web) == 1


@pytest.mark.parametrize(
    ("version", "interface"), [("2.14.2", Interface.WSGI), ("3.1.0", Interface.ASGI)]
)
def test_connexion_by_its_locked_version(find: Finder, version: str, interface: Interface) -> None:
    files = {"main.py": "import connexion\napp = connexion.FlaskApp(__name__)"}
    assert find.web(files, manager(locked={"connexion": version})).interface is interface


def test_streamlit_page_that_nobody_imports(find: Finder) -> None:
    page = "import streamlit as st\nst.title('x')"
    web = find.web({"app.py": page + "\nimport helpers", "helpers.py": page, "pages/more.py": page})
    assert (web.framework, web.interface, web.module, web.origin.path) == (
        Framework.STREAMLIT,
        Interface.OWN,
        "app",
        "app.py",
    )


def test_chainlit_by_its_handlers(find: Finder) -> None:
    web = find.web(
        {"chat.py": "import chainlit as cl\n@cl.on_message\nasync def main(message):\n    pass"}
    )
    assert (web.framework, web.origin.path) == (Framework.CHAINLIT, "chat.py")


def test_function_of_the_functions_framework(find: Finder) -> None:
    web = find.web(
        {
            "main.py": "import functions_framework\n@functions_framework.http\ndef hello(request):\n    return 'x'"
        }
    )
    assert (web.framework, web.target) == (Framework.FUNCTIONS, "hello")


def test_agent_of_googles_kit(find: Finder) -> None:
    web = find.web({"weather/__init__.py": "from . import agent", "weather/agent.py": "from google.adk.agents import Agent\nroot_agent = Agent(name='a')"})  # fmt: skip
    assert (web.framework, web.run_command) == (
        Framework.ADK,
        ("adk", "api_server", "--host", "0.0.0.0"),
    )


def test_object_inside_a_function_is_started_by_the_script(find: Finder) -> None:
    web = find.web({"main.py": "from aiohttp import web\ndef main():\n    app = web.Application()\n    web.run_app(app, port=9000)\nif __name__ == '__main__':\n    main()"})  # fmt: skip
    assert (web.framework, web.interface, web.target, web.run_command) == (
        Framework.AIOHTTP,
        Interface.OWN,
        "",
        ("python", "main.py"),
    )
    assert web.port
    assert web.port.value == 9000


def test_object_under_the_main_guard_is_not_importable(find: Finder) -> None:
    web = find.web(
        {
            "run.py": "from flask import Flask\nif __name__ == '__main__':\n    app = Flask('a')\n    app.run(port=7000)"
        }
    )
    assert (web.interface, web.target, web.run_command) == (Interface.OWN, "", ("python", "run.py"))


def test_object_that_only_a_script_can_configure(find: Finder) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/web.py": "from flask import Flask\napp = Flask(__name__)\ndef configured(store=None):\n    app.store = store\n    return app",
        "shop/store.py": "class Store: ...",
        "main.py": """\
            from shop.store import Store
            from shop.web import configured
            app = None
            def main():
                global app
                app = configured(Store())
                app.run(port=5001)
            if __name__ == "__main__":
                main()
            """,
    }
    found = find(files)
    assert [(web.interface, web.run_command) for web in found.web] == [
        (Interface.OWN, ("python", "main.py"))
    ]


def test_package_main_is_run_not_loaded(find: Finder) -> None:
    web = find.web({"shop/__init__.py": "", "shop/__main__.py": FLASK + "app.run(port=8001)"})
    assert (web.run_command, web.target) == (("python", "-m", "shop"), "")


def test_alembics_environment_is_no_application(find: Finder) -> None:
    files = {
        "shop.py": "from flask import Flask\ndef create_app():\n    return Flask('a')",
        "db/env.py": "from shop import create_app\napp = create_app()",
        "db/script.py.mako": "",
    }
    assert targets(find(files)) == ["shop:create_app"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"Procfile": "web: gunicorn admin:app\n"}, "admin:app", id="Procfile"),
        pytest.param({".flaskenv": "FLASK_APP=admin.py\n"}, "admin:app", id="flaskenv"),
        pytest.param({"pyproject.toml": '[tool.fastapi]\nentrypoint = "admin:app"\n'}, "admin:app", id="fastapi's table"),
        pytest.param({"gunicorn.conf.py": 'bind = "0.0.0.0:8000"\nwsgi_app = "admin:app"\n'}, "admin:app", id="gunicorn's file"),
        pytest.param({"uwsgi.ini": "[uwsgi]\nmodule = admin:app\n"}, "admin:app", id="uwsgi's file"),
        pytest.param({"serve.py": "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('admin:app')"}, "admin:app", id="uvicorn.run"),
    ],
)  # fmt: skip
def test_application_that_a_file_names_is_first(find: Finder, files: Files, expected: str) -> None:
    found = find({"main.py": FASTAPI, "admin.py": FASTAPI, **files})
    assert targets(found)[0] == expected
    assert "names it" in found.web[0].because


def test_folder_of_another_project_is_left_out_and_said(find: Finder) -> None:
    files = {
        "main.py": FASTAPI,
        "other/pyproject.toml": '[project]\nname = "other"\n',
        "other/app.py": FLASK,
    }
    found = find(files, manager("fastapi"))
    assert targets(found) == ["main:app"]
    assert "other" in next(n.text for n in found.notices if n.code == "other-projects-inside")


def test_workspace_member_belongs_to_the_project(find: Finder) -> None:
    files = {
        "backend/pyproject.toml": '[project]\nname = "backend"\n',
        "backend/app/__init__.py": "",
        "backend/app/main.py": FASTAPI,
    }
    found = find(files, manager(members=("backend",)))
    assert targets(found) == ["app.main:app"]


def test_folder_with_its_own_requirements_counts_only_if_there_is_nothing_else(
    find: Finder,
) -> None:
    files = {"api/requirements.txt": "flask\n", "api/app.py": FLASK}
    assert targets(find(files, manager("flask"))) == ["api.app:app"]
    assert targets(find({**files, "main.py": FASTAPI}, manager("flask"))) == ["main:app"]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        pytest.param(
            {"api/uv.lock": "version = 1\n"}, ["api.main:app"], id="a lock that was left behind"
        ),
        pytest.param(
            {"api/uv.lock": "version = 1\n", "api/pyproject.toml": ""},
            [],
            id="a lock beside its manifest",
        ),
    ],
)
def test_a_lock_alone_makes_no_project_of_a_folder(
    find: Finder, left: Files, expected: list[str]
) -> None:
    assert (
        targets(find({"pyproject.toml": "", "api/main.py": FASTAPI, **left}, manager("fastapi")))
        == expected
    )
