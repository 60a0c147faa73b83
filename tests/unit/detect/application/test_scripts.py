"""Commands: scripts, packages with a __main__, console scripts, and the scripts that a manager knows."""

import pytest
from dockwright.model.application import ProcessKind
from support.applications import Files, Finder, commands, manager

GUARD = "def main():\n    print('x')\nif __name__ == '__main__':\n    main()\n"
EXIT = "import sys\ndef main():\n    return 0\nif __name__ == '__main__':\n    "


@pytest.mark.parametrize(
    ("files", "command"),
    [
        pytest.param({"tool.py": GUARD}, ("python", "tool.py"), id="main guard"),
        pytest.param({"tool.py": GUARD.replace("__name__ == '__main__'", "'__main__' == __name__")}, ("python", "tool.py"), id="guard the other way round"),
        pytest.param({"main.py": "print('x')"}, ("python", "main.py"), id="only prints"),
        pytest.param({"main.py": EXIT + "sys.exit(main())"}, ("python", "main.py"), id="exits with what main returns"),
        pytest.param({"main.py": EXIT + "raise SystemExit(main())"}, ("python", "main.py"), id="raises what main returns"),
        pytest.param({"main.py": EXIT + "print(main())"}, ("python", "main.py"), id="prints what main returns"),
        pytest.param({"main.py": EXIT + "print('x')"}, ("python", "main.py"), id="guard that only prints"),
        pytest.param({"a.py": EXIT + "print('x')", "main.py": EXIT + "print('{}'.format(1))"}, ("python", "main.py"), id="the likeliest of those that only print"),
        pytest.param({"main.py": EXIT + "print('use tool.py')", "tool.py": GUARD}, ("python", "tool.py"), id="advice beside a script"),
        pytest.param({"main.py": EXIT + "sys.exit('use {}'.format('tool.py'))", "tool.py": GUARD}, ("python", "tool.py"), id="guard that refuses beside a script"),
        pytest.param({"start.py": "import sys\nsys.exit(1)"}, ("python", "start.py"), id="start.py"),
        pytest.param({"primes.py": "for n in range(9):\n    print(n)"}, ("python", "primes.py"), id="the only file"),
        pytest.param({"shop/__init__.py": "", "shop/__main__.py": "print('x')"}, ("python", "-m", "shop"), id="__main__"),
        pytest.param({"src/shop/__init__.py": "", "src/shop/__main__.py": "print('x')"}, ("python", "-m", "shop"), id="__main__ in src"),
        pytest.param({"src/main.py": GUARD}, ("python", "src/main.py"), id="script in src"),
        pytest.param({"shop/__init__.py": "", "shop/cli.py": GUARD}, ("python", "-m", "shop.cli"), id="module of a package"),
    ],
)  # fmt: skip
def test_scripts(find: Finder, files: Files, command: tuple[str, ...]) -> None:
    found = find(files)
    assert commands(found) == [command]
    assert found.processes[0].kind is ProcessKind.COMMAND


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"helpers.py": "X = 1\ndef f(): ..."}, id="only definitions"),
        pytest.param({"config.py": '"""Docstring."""\nimport os\nX: int = 1'}, id="only names"),
        pytest.param({"tests/test_x.py": GUARD}, id="test"),
        pytest.param({"setup.py": "from setuptools import setup\nsetup()"}, id="setup.py"),
        pytest.param({"docs/conf.py": GUARD}, id="documentation"),
        pytest.param({"scripts/seed.py": GUARD}, id="helper script"),
        pytest.param({"tests/test_x.py": EXIT + "print('x')"}, id="test that only prints"),
    ],
)  # fmt: skip
def test_what_is_no_script(find: Finder, files: Files) -> None:
    assert commands(find(files)) == []


def test_what_a_web_application_prints_is_advice(find: Finder) -> None:
    found = find(
        {
            "main.py": "from flask import Flask\napp = Flask('a')\n",
            "run.py": EXIT + "print('flask run')",
        }
    )
    assert [application.module for application in found.web] == ["main"]
    assert commands(found) == []


def test_module_that_others_import_is_no_script(find: Finder) -> None:
    found = find(
        {
            "main.py": GUARD + "import setup_logging",
            "setup_logging.py": "import logging\nlogging.basicConfig()",
        }
    )
    assert commands(found) == [("python", "main.py")]


@pytest.mark.parametrize(
    ("names", "first"),
    [
        pytest.param(("main.py", "zeta.py"), "main.py", id="main before others"),
        pytest.param(("app.py", "run.py"), "app.py", id="app before run"),
        pytest.param(("deep/tool.py", "tool.py"), "tool.py", id="root before folders"),
    ],
)
def test_likeliest_script_is_first(find: Finder, names: tuple[str, ...], first: str) -> None:
    assert commands(find(dict.fromkeys(names, GUARD)))[0] == ("python", first)


def test_a_package_that_is_started_comes_before_a_script_beside_it(find: Finder) -> None:
    found = find(
        {
            "tide/__init__.py": "",
            "tide/__main__.py": "print('rising')\nprint('falling')",
            "tidestrap.py": GUARD,
        }
    )
    assert commands(found)[0] == ("python", "-m", "tide")


def test_console_script_is_first(find: Finder) -> None:
    files = {"shop/__init__.py": "", "shop/cli.py": "import argparse\n" + GUARD}
    found = find(files, manager(scripts={"shop": "shop.cli:main"}))
    assert commands(found)[0] == ("shop",)
    assert found.processes[0].target == "shop.cli:main"
    assert "pyproject.toml:1" in found.processes[0].because


def test_console_script_in_src(find: Finder) -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/cli.py": "import click\n@click.command()\ndef main(): ...",
    }
    assert commands(find(files, manager(scripts={"shop": "shop.cli:main"}))) == [("shop",)]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import typer\napp = typer.Typer()", id="typer"),
        pytest.param("class App:\n    def __call__(self): ...\napp = App()", id="callable object"),
        pytest.param("", id="not in the tree"),
    ],
)
def test_console_script_that_is_no_function(find: Finder, source: str) -> None:
    found = find({"shop.py": source}, manager(scripts={"shop": "shop:app"}))
    assert [(p.command, p.framework, p.kind) for p in found.processes] == [
        (("shop",), "script", ProcessKind.COMMAND)
    ]


def test_console_script_that_is_a_bot(find: Finder) -> None:
    files = {"bot/__init__.py": "import discord\ndef main():\n    discord.Client().run('t')\n"}
    found = find(files, manager("discord-py", scripts={"bot": "bot:main"}))
    assert [(p.command, p.kind) for p in found.processes] == [(("bot",), ProcessKind.BOT)]


def test_scripts_of_the_manager(find: Finder) -> None:
    known = {
        "start": "uvicorn main:app --port 8900",
        "import-data": "python import.py data.csv",
        "test": "pytest",
        "lint": "ruff check .",
        "server": "shop.cli:main",
    }
    found = find(
        {"main.py": "from fastapi import FastAPI\napp = FastAPI()"},
        manager("fastapi", manager_scripts=known),
    )
    processes = {p.name: p for p in found.processes}
    assert processes.keys() == {"start", "import-data"}
    assert (processes["start"].kind, processes["start"].target) == (ProcessKind.WEB, "main:app")
    assert processes["start"].port
    assert processes["start"].port.value == 8900
    assert processes["import-data"].kind is ProcessKind.COMMAND
    assert "names it" in found.web[0].because


def test_name_fits_compose(find: Finder) -> None:
    found = find({"My_Tool.py": GUARD})
    assert found.processes[0].name == "my-tool"


def test_a_web_application_is_no_command_as_well(find: Finder) -> None:
    found = find(
        {
            "main.py": "from flask import Flask\napp = Flask('a')\nprint('ready')\n",
            "other.py": GUARD,
        }
    )
    assert commands(found) == [("python", "other.py")]


def test_a_generator_does_not_run_for_ever(find: Finder) -> None:
    source = "def proxies():\n    while True:\n        yield from ('a', 'b')\ndef main():\n    print(next(proxies()))\n"
    found = find({"tool.py": source + "if __name__ == '__main__':\n    main()\n"})
    assert [process.kind for process in found.processes] == [ProcessKind.COMMAND]
