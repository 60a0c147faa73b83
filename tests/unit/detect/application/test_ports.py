"""The port that the code itself names, the variable that overrides it, and the address."""

import pytest
from dockwright.model.application import Framework, Interface
from support.applications import Files, Finder, manager

FLASK = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
MAIN = "if __name__ == '__main__':\n    "


@pytest.mark.parametrize(
    ("code", "port", "variable"),
    [
        pytest.param("app.run(port=5050)", 5050, "", id="literal"),
        pytest.param("app.run('0.0.0.0', 5050)", 5050, "", id="by position"),
        pytest.param("app.run(port='5050')", 5050, "", id="text"),
        pytest.param(
            "app.run(port=int(os.environ.get('PORT', 5050)))", 5050, "PORT", id="environ.get"
        ),
        pytest.param(
            "app.run(port=int(os.environ.get('PORT', '5050')))",
            5050,
            "PORT",
            id="environ.get of a text",
        ),
        pytest.param("app.run(port=os.getenv('PORT') or 5050)", 5050, "PORT", id="or"),
        pytest.param(
            "app.run(port=int(os.getenv('APP_PORT', default='5050')))",
            5050,
            "APP_PORT",
            id="another variable",
        ),
        pytest.param(
            "app.run(port=os.environ['PORT'])", None, "PORT", id="variable without default"
        ),
        pytest.param(
            "app.run(port=int(os.environ['PORT']) if 'PORT' in os.environ else 5050)",
            5050,
            "PORT",
            id="conditional",
        ),
        pytest.param("port = 5050\n    app.run(port=port)", 5050, "", id="local name"),
        pytest.param("app.run()", None, "", id="none"),
        pytest.param("app.run(port=0)", None, "", id="any port"),
        pytest.param("app.run(port=99999)", None, "", id="no port number"),
        pytest.param("app.run(port=compute())", None, "", id="unknown"),
        pytest.param("app.run(**options)", None, "", id="starred"),
    ],
)
def test_port_of_run(find: Finder, code: str, port: int | None, variable: str) -> None:
    web = find.web({"main.py": FLASK + MAIN + code})
    assert (web.port and web.port.value, web.port_variable) == (port, variable)
    assert (web.runs_itself, web.run_command) == (True, ("python", "main.py"))


def test_port_has_the_line_of_the_number(find: Finder) -> None:
    web = find.web(
        {
            "config.py": "\nPORT = 5051\n",
            "main.py": FLASK + "import config\n" + MAIN + "app.run(port=config.PORT)",
        }
    )
    assert web.port
    assert (web.port.value, str(web.port.origin)) == (5051, "config.py:2")


@pytest.mark.parametrize(
    ("source", "port", "variable"),
    [
        pytest.param("PORT = 6000\n" + MAIN + "app.run(port=PORT)", 6000, "", id="constant"),
        pytest.param("from settings import PORT\n" + MAIN + "app.run(port=PORT)", 6100, "", id="imported constant"),
        pytest.param("from settings import settings\n" + MAIN + "app.run(port=settings.port)", 6200, "PORT", id="pydantic settings"),
        pytest.param("import argparse\np = argparse.ArgumentParser()\np.add_argument('--port', type=int, default=6300)\nargs = p.parse_args()\n" + MAIN + "app.run(port=args.port)", 6300, "", id="argparse"),
        pytest.param("import click\n@click.command()\n@click.option('--port', default=6400)\ndef cli(port):\n    app.run(port=port)\n" + MAIN + "cli()", 6400, "", id="click"),
        pytest.param("def serve(port=6500):\n    app.run(port=port)\n" + MAIN + "serve()", 6500, "", id="parameter's default"),
        pytest.param("import typer\ndef serve(port: int = typer.Option(6600)):\n    app.run(port=port)\n" + MAIN + "typer.run(serve)", 6600, "", id="typer"),
        pytest.param("def main():\n    port = int(os.environ.get('PORT', 6700))\n    if os.name == 'nt':\n        port = int(input())\n    app.run(port=port)\n" + MAIN + "main()", 6700, "PORT", id="set twice"),
    ],
)  # fmt: skip
def test_port_is_followed_to_its_source(
    find: Finder, source: str, port: int, variable: str
) -> None:
    settings = "PORT = 6100\nfrom pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    port: int = 6200\nsettings = Settings()\n"
    web = find.web({"settings.py": settings, "main.py": FLASK + source})
    assert (web.port and web.port.value, web.port_variable) == (port, variable)


@pytest.mark.parametrize(
    ("files", "port", "command"),
    [
        pytest.param({"main.py": "import uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\n" + MAIN + "uvicorn.run(app, port=9001)"}, 9001, ("python", "main.py"), id="uvicorn with the object"),
        pytest.param({"app.py": "from fastapi import FastAPI\napp = FastAPI()", "run.py": "import uvicorn\n" + MAIN + "uvicorn.run('app:app', host='0.0.0.0', port=9002)"}, 9002, ("python", "run.py"), id="uvicorn with its name"),
        pytest.param({"app.py": FLASK, "serve.py": "from waitress import serve\nfrom app import app\n" + MAIN + "serve(app, port=9003)"}, 9003, ("python", "serve.py"), id="waitress"),
        pytest.param({"app.py": FLASK, "start.py": "from waitress import serve\nfrom app import app\n" + MAIN + "serve(app, listen='*:9004')"}, 9004, ("python", "start.py"), id="waitress listens"),
        pytest.param({"app.py": FLASK + "from flask_socketio import SocketIO\nsocketio = SocketIO(app)\n" + MAIN + "socketio.run(app, port=9005)"}, 9005, ("python", "app.py"), id="Socket.IO"),
        pytest.param({"app.py": FLASK + "from gevent.pywsgi import WSGIServer\n" + MAIN + "WSGIServer(('', 9006), app).serve_forever()"}, 9006, ("python", "app.py"), id="gevent"),
        pytest.param({"app.py": FLASK + "from wsgiref.simple_server import make_server\n" + MAIN + "make_server('', 9007, app).serve_forever()"}, 9007, ("python", "app.py"), id="wsgiref"),
        pytest.param({"app.py": "import gradio as gr\ndemo = gr.Interface(str, 'a', 'b')\ndemo.launch(server_port=9008)"}, 9008, ("python", "app.py"), id="gradio"),
        pytest.param({"app.py": "import dash\napp = dash.Dash(__name__)\n" + MAIN + "app.run_server(port=9009)"}, 9009, ("python", "app.py"), id="dash"),
        pytest.param({"app.py": "from sanic import Sanic\napp = Sanic('a')\n" + MAIN + "app.run(port=9010)"}, 9010, ("python", "app.py"), id="sanic"),
        pytest.param({"app.py": "import tornado.web\napp = tornado.web.Application([])\n" + MAIN + "app.listen(9011)"}, 9011, ("python", "app.py"), id="tornado"),
        pytest.param({"app.py": "from bottle import run, Bottle\napp = Bottle()\nrun(app, port=9012)"}, 9012, ("python", "app.py"), id="bottle"),
        pytest.param({"app.py": "from aiohttp import web\napp = web.Application()\n" + MAIN + "web.run_app(app, port=9013)"}, 9013, ("python", "app.py"), id="aiohttp"),
        pytest.param({"app/__init__.py": "", "app/main.py": FLASK, "app/__main__.py": "from app.main import app\napp.run(port=9014)"}, 9014, ("python", "-m", "app"), id="python -m"),
        pytest.param({"src/main.py": FLASK + MAIN + "app.run(port=9015)"}, 9015, ("python", "src/main.py"), id="script in src"),
        pytest.param({"app/__init__.py": "", "app/main.py": FLASK + "from . import x\n" + MAIN + "app.run(port=9016)", "app/x.py": ""}, 9016, ("python", "-m", "app.main"), id="module of a package"),
    ],
)  # fmt: skip
def test_servers_that_the_code_starts(
    find: Finder, files: Files, port: int, command: tuple[str, ...]
) -> None:
    found = find(files)
    assert len(found.web) == 1
    web = found.web[0]
    assert (web.port and web.port.value, web.run_command, web.runs_itself) == (port, command, True)


def test_field_of_a_settings_class_is_a_variable(find: Finder) -> None:
    source = """\
        import uvicorn
        from fastapi import FastAPI
        from pydantic import Field
        from pydantic_settings import BaseSettings
        class Settings(BaseSettings):
            port: int = Field(6200, alias="APP_PORT")
        settings = Settings()
        app = FastAPI()
        if __name__ == "__main__":
            uvicorn.run(app, port=settings.port)
        """
    web = find.web({"main.py": source})
    assert (web.port and web.port.value, web.port_variable) == (6200, "APP_PORT")


def test_start_behind_several_functions(find: Finder) -> None:
    files = {
        "main.py": "from shop.cli import main\n" + MAIN + "main()",
        "shop/__init__.py": "",
        "shop/cli.py": "from shop.server import serve\ndef main():\n    serve()",
        "shop/server.py": "import uvicorn\nfrom shop.web import app\ndef serve():\n    uvicorn.run(app, host='127.0.0.1', port=8123)",
        "shop/web.py": "from fastapi import FastAPI\napp = FastAPI()",
    }
    web = find.web(files)
    assert (web.module, web.target, web.run_command) == ("shop.web", "app", ("python", "main.py"))
    assert web.port
    assert web.host
    assert (web.port.value, web.host.value) == (8123, "127.0.0.1")


def test_console_script_that_starts_a_server(find: Finder) -> None:
    files = {"shop/__init__.py": "", "shop/web.py": "import uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\ndef start():\n    uvicorn.run(app, port=8200)"}  # fmt: skip
    web = find.web(files, manager("fastapi", scripts={"shop": "shop.web:start"}))
    assert (web.run_command, web.port and web.port.value) == (("shop",), 8200)


def test_entry_point_of_a_project_that_is_not_installed(find: Finder) -> None:
    files = {"shop.py": "from http.server import HTTPServer, BaseHTTPRequestHandler\ndef start():\n    HTTPServer(('', 8300), BaseHTTPRequestHandler).serve_forever()"}  # fmt: skip
    web = find.web(files, manager(scripts={"start": "shop:start"}, installable=False))
    assert web.run_command == (
        "python",
        "-c",
        "import sys; from shop import start; sys.exit(start())",
    )
    assert (web.framework, web.interface, web.port and web.port.value) == (
        Framework.SCRIPT,
        Interface.OWN,
        8300,
    )


@pytest.mark.parametrize(
    ("source", "port"),
    [
        pytest.param("from http.server import HTTPServer, SimpleHTTPRequestHandler\nHTTPServer(('0.0.0.0', 8401), SimpleHTTPRequestHandler).serve_forever()", 8401, id="http.server"),
        pytest.param("import socketserver\nsocketserver.TCPServer(('', 8402), None).serve_forever()", 8402, id="socketserver"),
        pytest.param("import asyncio\nasync def main():\n    await asyncio.start_server(None, '0.0.0.0', 8403)\nasyncio.run(main())", 8403, id="asyncio"),
        pytest.param("import asyncio, websockets\nasync def main():\n    async with websockets.serve(None, '', 8404):\n        pass\nasyncio.run(main())", 8404, id="websockets"),
        pytest.param("import grpc\nserver = grpc.server(None)\nserver.add_insecure_port('[::]:8405')", 8405, id="grpc"),
        pytest.param("from nicegui import ui\nui.label('x')\nui.run(port=8406)", 8406, id="nicegui"),
    ],
)  # fmt: skip
def test_servers_without_an_application_object(find: Finder, source: str, port: int) -> None:
    web = find.web({"server.py": source})
    assert (web.interface, web.target, web.run_command, web.port and web.port.value) == (
        Interface.OWN,
        "",
        ("python", "server.py"),
        port,
    )


def test_host_is_what_the_code_says(find: Finder) -> None:
    web = find.web({"main.py": FLASK + "HOST = '127.0.0.1'\n" + MAIN + "app.run(host=HOST)"})
    assert web.host
    assert (web.host.value, web.host.origin.path) == ("127.0.0.1", "main.py")


def test_run_that_nothing_reaches_is_no_start(find: Finder) -> None:
    web = find.web(
        {"app.py": FLASK, "helpers.py": "from app import app\ndef never():\n    app.run(port=1234)"}
    )
    assert (web.port, web.runs_itself) == (None, False)


@pytest.mark.parametrize(
    ("files", "server", "port", "variable", "automatic"),
    [
        pytest.param({"gunicorn.conf.py": "bind = '0.0.0.0:8501'"}, "gunicorn", 8501, "", True, id="gunicorn"),
        pytest.param({"gunicorn.conf.py": "import os\nbind = os.getenv('WEB_BIND', '0.0.0.0:8505')"}, "gunicorn", 8505, "", True, id="gunicorn with a variable for the whole address"),
        pytest.param({"gunicorn.conf.py": "import os\nbind = f\"0.0.0.0:{os.getenv('PORT', '8502')}\""}, "gunicorn", 8502, "PORT", True, id="gunicorn with a variable"),
        pytest.param({"config/gunicorn.py": "bind = ':8503'\nworkers = 2"}, "gunicorn", 8503, "", False, id="gunicorn elsewhere"),
        pytest.param({"uwsgi.ini": "[uwsgi]\nhttp-socket = :8504\n"}, "uwsgi", 8504, "", False, id="uwsgi"),
        pytest.param({"etc/uwsgi.ini": "[uwsgi]\nhttp-socket = :$(PORT)\n"}, "uwsgi", None, "PORT", False, id="uwsgi with a variable"),
        pytest.param({"hypercorn.toml": 'bind = ["0.0.0.0:8505"]\n'}, "hypercorn", 8505, "", False, id="hypercorn"),
        pytest.param({".streamlit/config.toml": "[server]\nport = 8506\n"}, "streamlit", 8506, "", True, id="streamlit"),
    ],
)  # fmt: skip
def test_configuration_files_of_servers(
    find: Finder, files: Files, server: str, port: int | None, variable: str, *, automatic: bool
) -> None:
    config = find({"main.py": FLASK, **files}).server_configs[0]
    assert (
        config.server,
        config.port and config.port.value,
        config.port_variable,
        config.automatic,
    ) == (
        server,
        port,
        variable,
        automatic,
    )


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"uwsgi.ini": "[uwsgi\nbroken"}, id="broken ini"),
        pytest.param({"hypercorn.toml": "bind = ["}, id="broken toml"),
        pytest.param({"gunicorn.conf.py": "def broken("}, id="broken python"),
        pytest.param(
            {"uwsgi.ini": "[uwsgi]\nmaster\n  http = :8000\n"},
            id="an indented line below a key without a value",
        ),
        pytest.param({"setup.ini": "[other]\nx = 1"}, id="another tool's ini"),
        pytest.param({"gunicorn_helpers.py": "x = 1"}, id="a module that is no configuration"),
    ],
)
def test_broken_configuration_files_do_not_stop_anything(find: Finder, files: Files) -> None:
    found = find({"main.py": FLASK, **files})
    assert len(found.web) == 1
    assert all(config.port is None for config in found.server_configs)
