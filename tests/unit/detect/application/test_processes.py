"""The Procfile's processes are taken as they are written."""

import pytest
from dockwright.model.application import FoundProcess, ProcessKind
from support.applications import Finder, codes, commands

APP = {
    "main.py": "from flask import Flask\napp = Flask(__name__)\n",
    **dict.fromkeys(
        ("start.sh", "bin/after.sh", "clock.py", "bot.py", "consume.py", "w.py", "manage.py"), ""
    ),
}


def first(find: Finder, line: str) -> FoundProcess:
    return find({**APP, "Procfile": line + "\n"}).processes[0]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("web: gunicorn main:app", ProcessKind.WEB),
        ("web-admin: ./start.sh", ProcessKind.WEB),
        ("admin: gunicorn admin:app", ProcessKind.WEB),
        ("worker: celery -A app worker", ProcessKind.WORKER),
        ("beat: celery -A app beat", ProcessKind.SCHEDULER),
        ("tasks: celery -A app beat -l info", ProcessKind.SCHEDULER),
        ("both: celery -A app worker --beat", ProcessKind.WORKER),
        ("clock: python clock.py", ProcessKind.SCHEDULER),
        ("bot: python bot.py", ProcessKind.BOT),
        ("release: python manage.py migrate", ProcessKind.RELEASE),
        ("postdeploy: bash bin/after.sh", ProcessKind.RELEASE),
        ("consumer: python consume.py", ProcessKind.WORKER),
    ],
)
def test_kind(find: Finder, line: str, kind: ProcessKind) -> None:
    assert first(find, line).kind is kind


@pytest.mark.parametrize(
    ("line", "command", "shell"),
    [
        pytest.param(
            "web: gunicorn main:app --workers 2",
            ("gunicorn", "main:app", "--workers", "2"),
            "",
            id="plain",
        ),
        pytest.param("web: python -c 'print(1)'", (), "python -c 'print(1)'", id="parentheses"),
        pytest.param('web: run "two words"', ("run", "two words"), "", id="quoted"),
        pytest.param(
            "web: gunicorn -b :$PORT main:app", (), "gunicorn -b :$PORT main:app", id="variable"
        ),
        pytest.param("web: a && b", (), "a && b", id="and"),
        pytest.param("web: yes | a", (), "yes | a", id="pipe"),
        pytest.param("web: DEBUG=1 python main.py", (), "DEBUG=1 python main.py", id="assignment"),
        pytest.param("web: cd src && python main.py", (), "cd src && python main.py", id="cd"),
        pytest.param("web: cat *.txt", (), "cat *.txt", id="glob"),
        pytest.param("web: echo 'unclosed", (), "echo 'unclosed", id="open quote"),
    ],
)
def test_a_line_becomes_argv_or_needs_a_shell(
    find: Finder, line: str, command: tuple[str, ...], shell: str
) -> None:
    process = first(find, line)
    assert (process.command, process.shell) == (command, shell)


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ("web: gunicorn -b 0.0.0.0:8701 main:app", 8701),
        ("web: gunicorn --bind=:8702 main:app", 8702),
        ("web: uvicorn main:app --port 8703", 8703),
        ("web: flask run -p 8704", 8704),
        ("web: python manage.py runserver 0.0.0.0:8705", 8705),
        ("web: gunicorn -b :$PORT main:app", None),
        ("web: gunicorn main:app", None),
        ("web: gunicorn --timeout 600 main:app", None),
    ],
)
def test_port(find: Finder, line: str, port: int | None) -> None:
    found = first(find, line).port
    assert (found and found.value) == port


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("web: gunicorn main:app", "main:app"),
        ("web: gunicorn --config gunicorn.conf.py shop.wsgi", "shop.wsgi"),
        ("web: gunicorn shop.wsgi:application --log-file -", "shop.wsgi:application"),
        ("web: gunicorn 'shop:create_app()'", "shop:create_app()"),
        ("web: uvicorn --proxy-headers main:app --host 0.0.0.0", "main:app"),
        ("web: flask db upgrade; gunicorn main:app", "main:app"),
        ("web: venv/bin/daphne -b 0.0.0.0 site.asgi:application", "site.asgi:application"),
        ("web: python main.py", ""),
        ("web: gunicorn && other:thing", ""),
    ],
)
def test_target(find: Finder, line: str, target: str) -> None:
    assert first(find, line).target == target


def test_variables_that_a_line_needs(find: Finder) -> None:
    assert first(
        find, "web: gunicorn -b 0.0.0.0:$PORT -w ${WORKERS} main:app $PORT"
    ).needs_variables == (
        "PORT",
        "WORKERS",
    )


def test_comments_and_blank_lines(find: Finder) -> None:
    found = find(
        {**APP, "Procfile": "# a comment\n\n  web:   python main.py  \n#worker: python x.py\n"}
    )
    assert [(process.name, process.command) for process in found.processes] == [
        ("web", ("python", "main.py"))
    ]
    assert str(found.processes[0].origin) == "Procfile:3 (web)"


def test_web_is_first(find: Finder) -> None:
    found = find({"Procfile": "worker: work\nweb: serve\nrelease: prepare\n"})
    assert [process.name for process in found.processes] == ["web", "worker", "release"]


@pytest.mark.parametrize(
    "content", [pytest.param("", id="empty"), pytest.param("\n# nothing\n\n", id="only a comment")]
)
def test_an_empty_procfile_is_said(find: Finder, content: str) -> None:
    found = find({**APP, "Procfile": content})
    assert codes(found) == ["procfile-empty"]
    assert len(found.web) == 1


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("just some words", id="no colon"),
        pytest.param("web server: python main.py", id="space in the name"),
        pytest.param("wéb: python main.py", id="letters that compose refuses"),
        pytest.param("web:", id="no command"),
        pytest.param(": python main.py", id="no name"),
        pytest.param("a/b: python main.py", id="slash"),
    ],
)
def test_a_line_that_is_none_is_said(find: Finder, line: str) -> None:
    found = find({**APP, "Procfile": f"{line}\nworker: python w.py\n"})
    notice = next(n for n in found.notices if n.code == "procfile-line")
    assert str(notice.origin) == "Procfile:1"
    assert commands(found, ProcessKind.WORKER) == [("python", "w.py")]


def test_a_name_that_stands_twice_is_said(find: Finder) -> None:
    found = find({**APP, "Procfile": "web: one\nweb: two\n"})
    assert codes(found) == ["procfile-twice"]
    assert found.processes[0].command == ("one",)


def test_a_procfile_that_is_no_text_is_said(find: Finder) -> None:
    found = find({**APP, "Procfile": b"web: \xff\xfe\xfa\n"})
    assert codes(found) == ["procfile-unreadable"]


def test_what_the_procfile_starts_is_not_started_twice(find: Finder) -> None:
    files = {
        "tasks.py": "from celery import Celery\napp = Celery('x')\napp.conf.beat_schedule = {'a': {}}\n",
        "Procfile": "queue: celery -A tasks worker -l info\n",
    }
    found = find(files)
    assert [process.name for process in found.processes] == ["queue", "beat"]


@pytest.mark.parametrize(
    "command", ["./scripts/run.sh", "bash begin.sh", "bin/run", "python3 gone.py"]
)
def test_a_script_that_is_not_there_is_said_and_left_out(find: Finder, command: str) -> None:
    found = find({**APP, "Procfile": f"web: {command}\n"})
    assert codes(found) == ["procfile-missing-file"]
    assert found.processes == ()
    assert len(found.web) == 1


@pytest.mark.parametrize(
    "command",
    [
        "./scripts/run.sh",
        "bash scripts/run.sh -x",
        "gunicorn main:app",
        "bash -c x",
        "venv/bin/gunicorn main:app",
    ],
)
def test_a_script_that_is_there_is_kept(find: Finder, command: str) -> None:
    found = find({**APP, "Procfile": f"web: {command}\n", "scripts/run.sh": "exec true\n"})
    assert codes(found) == []
    assert [process.name for process in found.processes] == ["web"]


@pytest.mark.parametrize(("command", "tool"), [("make run", "make"), ("npm run watch", "npm")])
def test_a_tool_that_no_image_of_python_has_is_said_and_left_out(
    find: Finder, command: str, tool: str
) -> None:
    found = find({**APP, "Procfile": f"web: {command}\n"})
    assert codes(found) == ["procfile-missing-tool"]
    assert f"web calls {tool}" in found.notices[0].text
    assert found.processes == ()
    assert len(found.web) == 1
