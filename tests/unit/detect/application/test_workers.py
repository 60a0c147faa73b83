"""Workers, schedulers, bots, and the migrations before them."""

import pytest
from dockwright.model.application import FoundProcess, ProcessKind
from support.applications import Files, Finder, commands, django, manager

WORKER, SCHEDULER, BOT, COMMAND = (
    ProcessKind.WORKER,
    ProcessKind.SCHEDULER,
    ProcessKind.BOT,
    ProcessKind.COMMAND,
)


def only(find: Finder, files: Files) -> FoundProcess:
    processes = find(files).processes
    assert len(processes) == 1
    return processes[0]


@pytest.mark.parametrize(
    ("files", "target", "root"),
    [
        pytest.param({"tasks.py": "from celery import Celery\napp = Celery('x')"}, "tasks:app", "", id="module"),
        pytest.param({"shop/__init__.py": "", "shop/celery.py": "from celery import Celery\ncelery = Celery('x')"}, "shop.celery:celery", "", id="module called celery"),
        pytest.param({"src/shop/__init__.py": "", "src/shop/worker.py": "from celery import Celery\napp = Celery('x')"}, "shop.worker:app", "src", id="src"),
        pytest.param({"tasks.py": "from celery import Celery\nclass Mine(Celery): ...\nqueue = Mine('x')"}, "tasks:queue", "", id="subclass"),
        pytest.param({"tasks.py": "from celery import Celery\ndef make():\n    return Celery('x')\ncelery = make()"}, "tasks:celery", "", id="function"),
        pytest.param({"shop/__init__.py": "from lib.queue import OurCelery\nqueue = OurCelery()"}, "shop:queue", "", id="a library's descendant"),
        pytest.param(
            {"app/__init__.py": "from celery import Celery\nqueue = Celery('x')\ndef create_app(): ...", "run_celery.py": "from app import create_app, queue\ncreate_app()"},
            "run_celery:queue", "", id="module made for the worker",
        ),
        pytest.param(
            {"config/__init__.py": "from .celery import app as celery_app", "config/celery.py": "from celery import Celery\napp = Celery('x')"},
            "config.celery:app", "", id="not the package that re-exports it",
        ),
        pytest.param(
            {"shop/__init__.py": "", "shop/web.py": "from flask import Flask\nfrom celery import Celery\ndef create_app():\n    app = Flask('a')\n    app.extensions['celery'] = Celery('a')\n    return app",
             "make_celery.py": "from shop.web import create_app\nflask_app = create_app()\ncelery_app = flask_app.extensions[\"celery\"]"},
            "make_celery:celery_app", "", id="Flask's extensions",
        ),
    ],
)  # fmt: skip
def test_celery(find: Finder, files: Files, target: str, root: str) -> None:
    process = next(p for p in find(files).processes if p.framework == "celery")
    assert (process.command, process.target, process.import_root) == (
        ("celery", "--app", target.removesuffix(":app"), "worker", "--loglevel", "info"),
        target,
        root,
    )
    assert (process.kind, process.name, process.endless) == (WORKER, "worker", True)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            "from celery import shared_task\n@shared_task\ndef add(): ...", id="only tasks"
        ),
        pytest.param("# celery Celery\n", id="words"),
        pytest.param("from mine import Queue as Celery\napp = Celery", id="somebody else's class"),
    ],
)
def test_no_celery(find: Finder, source: str) -> None:
    assert [p for p in find({"tasks.py": source}).processes if p.framework == "celery"] == []


@pytest.mark.parametrize(
    "schedule",
    [
        pytest.param("app.conf.beat_schedule = {'a': {'task': 'x'}}", id="attribute"),
        pytest.param("app.conf.update(beat_schedule={'a': {}})", id="keyword"),
        pytest.param(
            "CELERY_BEAT_SCHEDULER = 'shop.schedulers:DatabaseScheduler'",
            id="a scheduler of its own",
        ),
        pytest.param("CELERY_BEAT_SCHEDULE = {'a': {}}", id="setting"),
        pytest.param(
            "class Config:\n    CELERY = {'broker_url': 'x', 'beat_schedule': {'a': {}}}",
            id="part of a setting",
        ),
        pytest.param(
            "@app.on_after_configure.connect\ndef setup(sender, **_):\n    sender.add_periodic_task(10, add.s())",
            id="periodic task",
        ),
    ],
)
def test_celery_beat(find: Finder, schedule: str) -> None:
    found = find({"tasks.py": f"from celery import Celery\napp = Celery('x')\n{schedule}\n"})
    assert commands(found, SCHEDULER) == [("celery", "--app", "tasks", "beat")]


def test_an_empty_schedule_needs_no_beat(find: Finder) -> None:
    found = find(
        {"tasks.py": "from celery import Celery\napp = Celery('x')\napp.conf.beat_schedule = {}\n"}
    )
    assert commands(found, SCHEDULER) == []


@pytest.mark.parametrize(
    ("files", "command", "framework"),
    [
        pytest.param({"q.py": "from redis import Redis\nfrom rq import Queue\nq = Queue('mails', connection=Redis())"}, ("rq", "worker", "mails"), "rq", id="rq"),
        pytest.param({"q.py": "from rq import Queue\na = Queue('b')\nc = Queue('a')"}, ("rq", "worker", "a", "b"), "rq", id="rq with two queues"),
        pytest.param({"q.py": "from rq import Queue\na = Queue()"}, ("rq", "worker", "default"), "rq", id="rq's default"),
        pytest.param({"shop/__init__.py": "", "shop/jobs.py": "import dramatiq\n@dramatiq.actor\ndef job(): ..."}, ("dramatiq", "shop.jobs"), "dramatiq", id="dramatiq"),
        pytest.param({"jobs.py": "import dramatiq\n@dramatiq.actor(max_retries=3)\ndef job(): ..."}, ("dramatiq", "jobs"), "dramatiq", id="dramatiq with options"),
        pytest.param({"jobs.py": "from huey import RedisHuey\nhuey = RedisHuey('x')"}, ("huey_consumer", "jobs.huey"), "huey", id="huey"),
        pytest.param({"jobs.py": "async def a(ctx): ...\nclass WorkerSettings:\n    functions = [a]"}, ("arq", "jobs.WorkerSettings"), "arq", id="arq"),
        pytest.param({"jobs.py": "from taskiq_redis import ListQueueBroker\nbroker = ListQueueBroker('redis://x')"}, ("taskiq", "worker", "jobs:broker"), "taskiq", id="taskiq"),
        pytest.param({"jobs.py": "import faust\napp = faust.App('x')"}, ("faust", "-A", "jobs.app", "worker"), "faust", id="faust"),
    ],
)  # fmt: skip
def test_other_queues(find: Finder, files: Files, command: tuple[str, ...], framework: str) -> None:
    process = only(find, files)
    assert (process.command, process.framework, process.kind) == (command, framework, WORKER)


@pytest.mark.parametrize(
    ("app", "command"),
    [
        ("huey.contrib.djhuey", ("python", "manage.py", "run_huey")),
        ("django_q", ("python", "manage.py", "qcluster")),
        ("django_q.apps.DjangoQConfig", ("python", "manage.py", "qcluster")),
        ("django_dramatiq", ("python", "manage.py", "rundramatiq")),
        ("background_task", ("python", "manage.py", "process_tasks")),
        ("django_rq", ("python", "manage.py", "rqworker", "default")),
        ("django_tasks.backends.database", ("python", "manage.py", "db_worker")),
    ],
)
def test_queues_of_django(find: Finder, app: str, command: tuple[str, ...]) -> None:
    assert commands(find(django(f'INSTALLED_APPS += ["{app}"]')), WORKER) == [command]


def test_celery_beat_of_django(find: Finder) -> None:
    files = django(
        'INSTALLED_APPS.append("django_celery_beat")',
        site__celery="from celery import Celery\napp = Celery('site')",
    )
    assert commands(find(files), SCHEDULER) == [("celery", "--app", "site.celery", "beat")]


def test_scrapy_spiders(find: Finder) -> None:
    files = {
        "scrapy.cfg": "[settings]\ndefault = books.settings\n",
        "books/__init__.py": "",
        "books/spiders/__init__.py": "",
        "books/spiders/shop.py": "import scrapy\nclass ShopSpider(scrapy.Spider):\n    name = 'shop'\n",
    }
    process = only(find, files)
    assert (process.command, process.kind, process.framework) == (
        ("scrapy", "crawl", "shop"),
        COMMAND,
        "scrapy",
    )


MAIN = "if __name__ == '__main__':\n    "


@pytest.mark.parametrize(
    ("source", "kind", "framework"),
    [
        pytest.param("import discord\nclient = discord.Client()\nclient.run('t')", BOT, "discord", id="discord"),
        pytest.param("from discord.ext import commands\nbot = commands.Bot('!')\n" + MAIN + "bot.run('t')", BOT, "discord", id="discord commands"),
        pytest.param("from discord.ext import commands\nclass My(commands.Bot): ...\n" + MAIN + "My('!').run('t')", BOT, "discord", id="discord subclass"),
        pytest.param("import asyncio\nfrom aiogram import Bot, Dispatcher\nasync def main():\n    dp = Dispatcher()\n    await dp.start_polling(Bot('t'))\n" + MAIN + "asyncio.run(main())", BOT, "aiogram", id="aiogram"),
        pytest.param("from aiogram import executor\n" + MAIN + "executor.start_polling(None)", BOT, "aiogram", id="aiogram 2"),
        pytest.param("from telegram.ext import Application\ndef main():\n    app = Application.builder().token('t').build()\n    app.run_polling()\nmain()", BOT, "telegram", id="telegram"),
        pytest.param("from telegram.ext import Updater\nu = Updater('t')\nu.start_polling()\nu.idle()", BOT, "telegram", id="telegram updater"),
        pytest.param("import telebot\nbot = telebot.TeleBot('t')\nbot.infinity_polling()", BOT, "telegram", id="telebot"),
        pytest.param("from slack_bolt import App\nfrom slack_bolt.adapter.socket_mode import SocketModeHandler\n" + MAIN + "SocketModeHandler(App(), 't').start()", BOT, "slack", id="slack"),
        pytest.param("from apscheduler.schedulers.blocking import BlockingScheduler\ns = BlockingScheduler()\ns.start()", SCHEDULER, "apscheduler", id="apscheduler"),
        pytest.param("import schedule, time\nwhile True:\n    schedule.run_pending()\n    time.sleep(1)", SCHEDULER, "schedule", id="schedule"),
        pytest.param("import pika\nc = pika.BlockingConnection().channel()\nc.start_consuming()", WORKER, "pika", id="pika"),
        pytest.param("from kafka import KafkaConsumer\nfor m in KafkaConsumer('t'):\n    print(m)", WORKER, "kafka", id="kafka"),
        pytest.param("from rq import Worker\n" + MAIN + "Worker(['a']).work()", WORKER, "rq", id="rq worker in code"),
        pytest.param("import time\ndef main():\n    while True:\n        time.sleep(1)\n" + MAIN + "main()", WORKER, "script", id="endless loop"),
    ],
)  # fmt: skip
def test_what_a_script_turns_out_to_be(
    find: Finder, source: str, kind: ProcessKind, framework: str
) -> None:
    process = only(find, {"bot.py": source})
    assert (process.kind, process.framework, process.command, process.endless) == (
        kind,
        framework,
        ("python", "bot.py"),
        True,
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from apscheduler.schedulers.background import BackgroundScheduler\nBackgroundScheduler().start()\nprint(1)", id="scheduler in the background"),
        pytest.param("while True:\n    line = input()\n    print(line)", id="asks at the terminal"),
        pytest.param("while True:\n    break\nprint(1)", id="loop that breaks"),
        pytest.param("import sys\nwhile True:\n    print(sys.argv)", id="reads its command line"),
        pytest.param("import discord\nprint(discord.__version__)", id="library only named"),
    ],
)  # fmt: skip
def test_commands_are_no_services(find: Finder, source: str) -> None:
    process = only(find, {"main.py": source})
    assert (process.kind, process.endless) == (COMMAND, None)


def test_bot_beside_a_web_application(find: Finder) -> None:
    files = {
        "main.py": "from fastapi import FastAPI\napp = FastAPI()",
        "bot.py": "import discord\ndiscord.Client().run('t')",
    }
    found = find(files, manager("fastapi", "discord-py"))
    assert len(found.web) == 1
    assert commands(found, BOT) == [("python", "bot.py")]


def test_endless_script_beside_a_procfile_that_starts_it(find: Finder) -> None:
    found = find(
        {
            "bot.py": "import discord\ndiscord.Client().run('t')",
            "Procfile": "worker: python bot.py\n",
        }
    )
    assert commands(found) == [("python", "bot.py")]


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
def test_migrations(
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
def test_no_migrations(find: Finder, files: Files) -> None:
    assert find(files).migrations == ()


def test_origin_is_the_line_that_names_the_migrations(find: Finder) -> None:
    process = find({"alembic.ini": INI.format("alembic"), "alembic/env.py": ""}).migrations[0]
    assert str(process.origin) == "alembic.ini:2 (script_location)"
