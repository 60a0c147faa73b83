"""Which processes an application has, with which server, on which port."""

from typing import Any

import pytest
from dockwright.decide.knowledge import load_table
from dockwright.decide.server import own_servers, servers
from dockwright.errors import NoApplicationError, NoServerError, UsageError
from dockwright.model.application import (
    Application,
    Framework,
    Interface,
    ProcessKind,
    ServerConfig,
    WebApplication,
)
from dockwright.model.artifact import HealthProbe
from dockwright.model.dependencies import Manager, Requirement
from dockwright.model.origin import Origin, Sourced
from dockwright.model.record import replace
from dockwright.model.settings import Settings
from support.processes import (
    codes,
    decide,
    django,
    fastapi,
    found,
    main_process,
    procfile,
    reads,
    web,
)

GUNICORN = (
    "gunicorn", "--bind", "0.0.0.0:5000", "--access-logfile", "-", "--worker-tmp-dir", "/dev/shm",
)  # fmt: skip


def words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


def shell(command: str) -> tuple[str, ...]:
    return ("sh", "-c", command)


@pytest.mark.parametrize(
    ("application", "installed", "command"),
    [
        pytest.param(web(), ("flask", "gunicorn"), (*GUNICORN, "main:app"), id="gunicorn"),
        pytest.param(web(target="create_app", factory=True), ("flask", "gunicorn"), (*GUNICORN, "main:create_app()"), id="gunicorn calls a factory"),
        pytest.param(fastapi(module="shop.api"), ("fastapi", "uvicorn"), words("uvicorn shop.api:app --host 0.0.0.0 --port 8000"), id="uvicorn"),
        pytest.param(
            fastapi(target="make", factory=True), ("fastapi", "uvicorn"), words("uvicorn --factory main:make --host 0.0.0.0 --port 8000"),
            id="uvicorn calls a factory",
        ),
        pytest.param(
            fastapi(), ("fastapi", "uvicorn", "gunicorn", "uvicorn-worker"),
            ("gunicorn", "--bind", "0.0.0.0:8000", "--worker-class", "uvicorn_worker.UvicornWorker", *GUNICORN[3:], "main:app"),
            id="gunicorn with uvicorn's workers",
        ),
        pytest.param(fastapi(), ("fastapi", "hypercorn"), words("hypercorn --bind 0.0.0.0:8000 --access-logfile - main:app"), id="hypercorn"),
        pytest.param(fastapi(), ("fastapi", "daphne"), words("daphne --bind 0.0.0.0 --port 8000 --access-log - main:app"), id="daphne"),
        pytest.param(
            web(), ("flask", "granian"), words("granian --interface wsgi --host 0.0.0.0 --port 5000 --access-log main:app"), id="granian",
        ),
        pytest.param(web(), ("flask", "waitress"), words("waitress-serve --listen=0.0.0.0:5000 main:app"), id="waitress"),
        pytest.param(
            web(), ("flask", "uwsgi"),
            words("uwsgi --http-socket 0.0.0.0:5000 --master --die-on-term --need-app --enable-threads --module main:app"), id="uwsgi",
        ),
        pytest.param(web(), ("flask==3.1.0",), words("flask --app main:app run --host 0.0.0.0 --port 5000"), id="Flask's own"),
        pytest.param(
            web(Framework.DASH, target="app.server", runs_itself=True, run_command=("python", "main.py")), ("dash", "gunicorn"),
            ("python", "main.py"), id="gunicorn cannot load an attribute of an object",
        ),
        pytest.param(
            web(Framework.STREAMLIT, Interface.OWN, target=""), ("streamlit",),
            words("streamlit run main.py --server.address 0.0.0.0 --server.port 8501 --server.headless true"), id="streamlit",
        ),
        pytest.param(
            web(Framework.AIOHTTP, Interface.OWN), ("aiohttp", "gunicorn"),
            ("gunicorn", "--bind", "0.0.0.0:8080", "--worker-class", "aiohttp.GunicornWebWorker", *GUNICORN[3:], "main:app"),
            id="aiohttp behind gunicorn",
        ),
        pytest.param(
            web(Framework.SANIC, Interface.OWN), ("sanic",), words("sanic main:app --host 0.0.0.0 --port 8000"),
            id="Sanic's own is meant for production",
        ),
    ],
)  # fmt: skip
def test_the_command_is_that_of_the_installed_server(
    application: object, installed: tuple[str, ...], command: tuple[str, ...]
) -> None:
    assert main_process(Application(web=(application,)), *installed).command == command  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("flask", "command", "development"),
    [
        ("2.1.3", "env FLASK_APP=main:app flask run", "env FLASK_APP=main:app FLASK_DEBUG=1 flask run"),
        ("2.2.5", "flask --app main:app run", "env FLASK_DEBUG=1 flask --app main:app run"),
        ("2.3.0", "flask --app main:app run", "flask --app main:app run --debug"),
    ],
)  # fmt: skip
def test_an_old_flask_is_told_by_variables(flask: str, command: str, development: str) -> None:
    process = main_process(Application(web=(web(),)), f"flask=={flask}")

    assert process.command == words(f"{command} --host 0.0.0.0 --port 5000")
    assert process.development_command == words(f"{development} --host 0.0.0.0 --port 5000")
    assert process.stop_signal == "SIGINT"


def test_an_extra_of_a_pinned_list_brings_its_server() -> None:
    wanted = Requirement(
        name="fastapi", extras=("standard",), origin=Origin(path="requirements.txt")
    )
    process = main_process(Application(web=(fastapi(),)), "fastapi", requirements=(wanted,))

    assert process.command[0] == "uvicorn"


def test_a_server_that_is_wanted_goes_before_one_that_came_along() -> None:
    process = main_process(
        Application(web=(web(),)),
        "flask",
        "waitress",
        "gunicorn",
        settings=Settings(server="waitress"),
    )

    assert process.command[0] == "waitress-serve"


def test_a_server_that_cannot_serve_the_application_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot serve"):
        decide(Application(web=(web(),)), "flask", "uvicorn", settings=Settings(server="uvicorn"))


def test_gunicorn_gets_green_workers_when_the_project_uses_them() -> None:
    used = main_process(
        Application(web=(web(),), imported=("gevent",)), "flask", "gunicorn", "gevent"
    )

    assert used.command[3:5] == ("--worker-class", "gevent")


def test_eventlet_is_not_asked_of_a_gunicorn_that_has_dropped_it() -> None:
    application = Application(web=(web(),), imported=("eventlet",))

    assert "eventlet" in main_process(application, "flask", "gunicorn==25.3.0", "eventlet").command
    assert (
        "eventlet" not in main_process(application, "flask", "gunicorn==26.0.0", "eventlet").command
    )


def test_a_gunicorn_that_has_a_control_socket_is_told_to_do_without() -> None:
    application = Application(web=(web(),))

    assert "--no-control-socket" in main_process(application, "flask", "gunicorn==25.1.0").command
    assert (
        "--no-control-socket" not in main_process(application, "flask", "gunicorn==25.0.3").command
    )


def test_open_connections_get_many_threads() -> None:
    process = main_process(
        Application(web=(web(websockets=True),)), "flask", "gunicorn", "flask-socketio"
    )

    assert process.command[3:5] == ("--threads", "100")


def test_the_number_of_workers_is_the_servers_own_unless_the_settings_say_one() -> None:
    flask, fast = Application(web=(web(),)), Application(web=(fastapi(),))

    assert main_process(flask, "flask", "gunicorn").environment == ()
    by_variable = main_process(flask, "flask", "gunicorn", settings=Settings(workers=5))
    assert by_variable.environment == (("WEB_CONCURRENCY", "5"),)
    by_option = main_process(fast, "fastapi", "hypercorn", settings=Settings(workers=5))
    assert by_option.command[-2:] == ("--workers", "5")
    assert by_option.environment == ()


def test_the_settings_win_over_every_other_port() -> None:
    process = main_process(
        Application(web=(web(port=5050),)),
        "flask",
        settings=Settings(port=9999),
        exposed_port=_port(7000),
    )

    assert (process.port, process.port_because) == (9999, "the settings say so")
    assert "9999" in process.command


@pytest.mark.parametrize(
    ("application", "environment"),
    [
        pytest.param(
            Application(web=(web(),), variables=(reads("PORT"),)), (), id="the code reads it"
        ),
        pytest.param(Application(web=(web(),)), (("PORT", "5000"),), id="the settings give it"),
    ],
)
def test_the_command_follows_the_variable_where_somebody_counts_on_it(
    application: Application, environment: tuple[tuple[str, str], ...]
) -> None:
    settings = Settings(environment=environment)
    process = main_process(application, "flask", "gunicorn", settings=settings)

    assert process.command[2].startswith("exec gunicorn --bind 0.0.0.0:$PORT ")
    assert (process.port_variable, process.environment) == ("PORT", (("PORT", "5000"),))
    assert process.health == HealthProbe(kind="http", port=5000, port_variable="PORT")


@pytest.mark.parametrize(
    ("application", "installed", "variable"),
    [
        pytest.param(web(Framework.GRADIO, Interface.OWN, target="", run_command=("python", "main.py")), "gradio", "GRADIO_SERVER_PORT", id="Gradio's own"),
        pytest.param(
            web(Framework.AIOHTTP, Interface.OWN, run_command=("python", "main.py"), port_variable="APP_PORT"), "aiohttp", "APP_PORT",
            id="one of the code",
        ),
    ],
)  # fmt: skip
def test_code_that_starts_itself_is_told_the_port_by_its_own_variable(
    application: WebApplication, installed: str, variable: str
) -> None:
    process = main_process(Application(web=(application,)), installed)

    assert process.command == ("python", "main.py")
    assert process.port_variable == variable
    assert dict(process.environment)[variable] == str(process.port)


def _port(number: int) -> Sourced[int]:
    return Sourced(value=number, origin=Origin(path="Dockerfile", line=4, key="EXPOSE"))


def test_the_port_of_the_server_wins_over_a_line_that_it_never_runs() -> None:
    config = ServerConfig(server="hypercorn", path="hypercorn.toml", port=_port(7001))

    by_code = main_process(Application(web=(web(port=5050),)), "flask")
    by_config = main_process(
        Application(web=(web(port=5050),), server_configs=(config,)),
        "flask",
        exposed_port=_port(7000),
    )
    by_expose = main_process(Application(web=(web(port=5050),)), "flask", exposed_port=_port(7000))

    assert [by_code.port, by_config.port, by_expose.port] == [5050, 7001, 7000]
    assert (
        by_expose.port_because
        == "the project's own container listens there (Dockerfile:4 (EXPOSE))"
    )


def test_without_a_word_about_it_the_port_is_the_usual_one() -> None:
    assert main_process(Application(web=(web(),)), "flask", "gunicorn").port == 5000
    assert main_process(Application(web=(fastapi(),)), "fastapi", "uvicorn").port == 8000


def test_a_port_that_the_code_fixes_is_not_promised_to_follow_the_variable() -> None:
    fixed = web(
        Framework.TORNADO,
        Interface.OWN,
        target="",
        port=8888,
        runs_itself=True,
        run_command=("python", "main.py"),
    )

    process = main_process(Application(web=(fixed,)), "tornado", settings=Settings(port=9000))

    assert process.port == 8888
    assert process.health == HealthProbe(kind="http", port=8888)


@pytest.mark.parametrize(
    ("fields", "start", "port"),
    [
        pytest.param({"port": 8080}, "gunicorn --config conf/gunicorn.py --access-logfile", 8080, id="a port"),
        pytest.param({}, "gunicorn --config conf/gunicorn.py --bind 0.0.0.0:5000 --access-logfile", 5000, id="no port"),
        pytest.param(
            {"port": 8080, "host": "127.0.0.1"}, "gunicorn --config conf/gunicorn.py --bind 0.0.0.0:8080 --access-logfile", 8080,
            id="an address that nobody outside reaches",
        ),
        pytest.param({"port": 8080, "automatic": True}, "gunicorn --access-logfile", 8080, id="read without being told"),
        pytest.param({"port": 8080, "port_variable": "LISTEN"}, "gunicorn --config conf/gunicorn.py --access-logfile", 8080, id="a variable"),
    ],
)  # fmt: skip
def test_a_configuration_of_gunicorn_may_say_where_it_listens(
    fields: Any, start: str, port: int
) -> None:
    fields = {**fields, "port": _port(fields["port"])} if "port" in fields else fields
    config = ServerConfig(server="gunicorn", path="conf/gunicorn.py", **fields)

    process = main_process(Application(web=(web(),), server_configs=(config,)), "flask", "gunicorn")

    assert " ".join(process.command).startswith(start)
    assert (process.port, process.port_variable) == (port, config.port_variable)


@pytest.mark.parametrize(
    ("fields", "command", "port"),
    [
        pytest.param({}, ("uwsgi", "--ini", "uwsgi.ini", "--http-socket", "0.0.0.0:8000", "--die-on-term"), 8000, id="no port"),
        pytest.param({"port": 9090}, ("uwsgi", "--ini", "uwsgi.ini", "--die-on-term"), 9090, id="a fixed port"),
        pytest.param({"port_variable": "PORT"}, ("uwsgi", "--ini", "uwsgi.ini", "--die-on-term"), 8000, id="the variable"),
        pytest.param(
            {"port": 9090, "port_variable": "LISTEN"}, ("uwsgi", "--ini", "uwsgi.ini", "--die-on-term"), 9090, id="its own variable"
        ),
    ],
)  # fmt: skip
def test_a_configuration_of_uwsgi_that_names_the_application_is_enough(
    fields: Any, command: tuple[str, ...], port: int
) -> None:
    fields = {**fields, "port": _port(fields["port"])} if "port" in fields else fields
    config = ServerConfig(
        server="uwsgi", path="uwsgi.ini", application="config.wsgi:application", **fields
    )
    django_web = web(Framework.DJANGO, module="config.wsgi", target="application")

    process = main_process(
        Application(web=(django_web,), server_configs=(config,)), "django", "uwsgi"
    )

    assert (process.command, process.port) == (command, port)
    assert process.port_variable == config.port_variable


def test_a_configuration_of_gunicorn_says_itself_which_workers_it_wants() -> None:
    config = ServerConfig(server="gunicorn", path="gunicorn.conf.py", automatic=True)
    application = Application(web=(web(),), imported=("gevent",), server_configs=(config,))

    assert "--worker-class" not in main_process(application, "flask", "gunicorn", "gevent").command


def test_an_image_without_a_shell_gets_the_port_as_a_number() -> None:
    application = Application(web=(fastapi(),), variables=(reads("PORT"),))
    process = main_process(application, "fastapi", "uvicorn", shell=False)

    assert process.command == words("uvicorn main:app --host 0.0.0.0 --port 8000")
    line = procfile("web", "uvicorn main:app --host 0.0.0.0 --port ${PORT:-8000}")
    process = main_process(Application(processes=(line,)), "uvicorn", shell=False)
    assert process.command == words("uvicorn main:app --host 0.0.0.0 --port 8000")


def test_programs_that_would_not_see_sigterm_are_stopped_with_sigint() -> None:
    assert main_process(Application(web=(web(),)), "flask").stop_signal == "SIGINT"
    assert main_process(Application(web=(web(),)), "flask", "waitress").stop_signal == "SIGINT"
    assert main_process(Application(web=(web(),)), "flask", "gunicorn").stop_signal == ""
    bot = found("bot", ("python", "bot.py"), ProcessKind.BOT)
    assert main_process(Application(processes=(bot,))).stop_signal == "SIGINT"
    worker = found("worker", ("celery", "-A", "shop", "worker"))
    assert main_process(Application(processes=(worker,))).stop_signal == ""


@pytest.mark.parametrize(
    ("manager", "remedy"),
    [
        (Manager.PIPENV, "run `pipenv install gunicorn`"),
        (Manager.POETRY, "run `poetry add gunicorn`"),
        (Manager.UV, "run `uv add gunicorn`"),
        (Manager.PDM, "run `pdm add gunicorn`"),
        (Manager.REQUIREMENTS, "add the line `gunicorn` to requirements.txt"),
    ],
)
def test_a_development_server_is_said_aloud_with_the_managers_own_remedy(
    manager: Manager, remedy: str
) -> None:
    decision = decide(Application(web=(web(),)), "flask", manager=manager)

    assert [(one.code, one.remedy) for one in decision.warnings] == [
        ("no-production-server", remedy)
    ]
    assert decision.main
    assert not decision.main.production_server


def test_an_application_without_any_server_is_an_error_that_names_one() -> None:
    with pytest.raises(NoServerError, match="nothing that is installed") as caught:
        decide(Application(web=(fastapi(),)), "fastapi", manager=Manager.UV)

    assert "run `uv add uvicorn`" in caught.value.steps


def test_nothing_to_start_is_an_error_that_says_how_to_say_it() -> None:
    with pytest.raises(NoApplicationError) as caught:
        decide(Application(looked_for=("a Flask object", "manage.py")), "requests")

    assert "a Flask object, manage.py" in caught.value.found
    assert "application =" in caught.value.example


def test_several_candidates_are_ranked_and_said() -> None:
    decision = decide(Application(web=(web(), web(module="admin.web"))), "flask", "gunicorn")

    assert decision.main
    assert decision.main.command[-1] == "main:app"
    assert "admin.web:app (admin/web.py:3) could be as well" in decision.warnings[0].text


def test_the_setting_chooses_another_candidate() -> None:
    decision = decide(
        Application(web=(web(), web(module="admin.web"))),
        "flask",
        "gunicorn",
        settings=Settings(application="admin.web:app"),
    )

    assert decision.main
    assert decision.main.command[-1] == "admin.web:app"
    assert "several-applications" not in codes(decision)


def test_the_setting_may_name_what_was_not_found() -> None:
    process = main_process(
        Application(), "fastapi", "uvicorn", settings=Settings(application="shop.api:make()")
    )

    assert process.command == words("uvicorn --factory shop.api:make --host 0.0.0.0 --port 8000")


def test_the_setting_command_replaces_the_web_process() -> None:
    process = main_process(
        Application(web=(web(),)), "flask", settings=Settings(command=("python", "-m", "shop"))
    )

    assert process.command == ("python", "-m", "shop")
    assert process.port == 5000


def test_the_settings_add_replace_and_take_out_processes() -> None:
    application = Application(
        web=(web(),), processes=(found("worker", ("celery", "-A", "shop", "worker")),)
    )
    settings = Settings(
        processes=(("worker", ""), ("clock", "python clock.py"), ("web", "gunicorn shop:app"))
    )

    decision = decide(application, "flask", "gunicorn", settings=settings)

    assert [(one.name, one.kind) for one in decision.processes] == [
        ("web", "web"),
        ("clock", "scheduler"),
    ]
    assert decision.processes[0].command == ("gunicorn", "shop:app")


def test_django_is_served_by_what_its_server_speaks() -> None:
    wsgi = web(Framework.DJANGO, module="config.wsgi", target="application")
    asgi = web(Framework.DJANGO, Interface.ASGI, module="config.asgi", target="application")
    application = Application(web=(wsgi, asgi), django=(django(),))

    assert main_process(application, "django", "gunicorn").command[-1] == "config.wsgi:application"
    assert "config.asgi:application" in main_process(application, "django", "uvicorn").command
    assert main_process(application, "django").command == words(
        "python manage.py runserver --noreload 0.0.0.0:8000"
    )
    assert codes(decide(application, "django", "gunicorn")) == set()


def test_django_with_channels_is_served_by_asgi() -> None:
    wsgi = web(Framework.DJANGO, module="config.wsgi", target="application")
    asgi = web(
        Framework.DJANGO,
        Interface.ASGI,
        module="config.asgi",
        target="application",
        websockets=True,
    )

    process = main_process(
        Application(web=(wsgi, asgi), django=(django(channels=True),)),
        "django",
        "gunicorn",
        "daphne",
    )

    assert process.command[0] == "daphne"


def test_code_in_a_folder_is_put_on_the_import_path_unless_the_project_is_installed() -> None:
    application = Application(web=(web(import_root="src"),))

    assert ("PYTHONPATH", "/app/src") in main_process(application, "flask", "gunicorn").environment
    assert "PYTHONPATH" not in dict(
        main_process(application, "flask", "gunicorn", installed_root="src").environment
    )


MIGRATION = found(
    "migrate", ("python", "manage.py", "migrate"), ProcessKind.RELEASE, framework="django"
)


def test_a_file_is_not_migrated_in_another_container() -> None:
    application = Application(web=(web(),), django=(django(),), migrations=(MIGRATION,))

    assert [one.name for one in decide(application, "django", "gunicorn").processes] == ["web"]
    assert "sqlite-in-container" in codes(decide(application, "django", "gunicorn"))
    assert [one.name for one in decide(application, "django", "gunicorn", "pyodbc").processes] == [
        "web",
        "migrate",
    ]


def test_migrations_run_once_and_come_last() -> None:
    application = Application(web=(web(),), migrations=(MIGRATION,))

    decision = decide(application, "flask", "gunicorn", "psycopg")

    assert [(one.name, one.once) for one in decision.processes] == [
        ("web", False),
        ("migrate", True),
    ]
    assert [
        one.name for one in decide(application, "flask", settings=Settings(migrate=False)).processes
    ] == ["web"]


def test_a_bot_needs_no_port() -> None:
    bot = found(
        "bot",
        ("python", "bot.py"),
        ProcessKind.BOT,
        framework="discord",
        because="bot.py starts a Discord bot",
    )

    decision = decide(Application(processes=(bot,)), "discord.py")

    assert decision.main
    assert decision.main.port is None
    assert decision.main.health is None
    assert decision.framework
    assert decision.framework.value == "discord"


def test_of_several_commands_the_first_is_started_and_the_others_are_named() -> None:
    one, two = (found(name, (name,), ProcessKind.COMMAND) for name in ("build", "serve"))

    decision = decide(Application(processes=(one, two)), "click")

    assert [process.name for process in decision.processes] == ["build"]
    assert "serve" in decision.warnings[0].text


def test_a_procfile_is_believed_for_the_kinds_it_names() -> None:
    application = Application(
        web=(web(),),
        processes=(
            procfile("web", "gunicorn main:app"),
            procfile("worker", "celery -A shop worker", ProcessKind.WORKER),
            found("celery", ("celery", "-A", "shop.celery:app", "worker")),
            found("beat", ("celery", "-A", "shop.celery:app", "beat"), ProcessKind.SCHEDULER),
        ),
    )

    decision = decide(application, "flask==3.1.0", "gunicorn", "celery")

    assert [one.name for one in decision.processes] == ["web", "worker", "beat"]
    assert decision.processes[0].command == ("gunicorn", "main:app")
    # gunicorn takes $PORT by itself, flask has to be told.
    assert decision.processes[0].development_command == shell(
        "exec flask --app main:app run --debug --host 0.0.0.0 --port $PORT"
    )


def test_the_release_line_of_a_procfile_is_the_migration() -> None:
    application = Application(
        web=(web(),),
        processes=(
            procfile("release", "python manage.py migrate && echo done", ProcessKind.RELEASE),
        ),
    )

    decision = decide(application, "flask", "gunicorn")

    assert decision.once[0].name == "migrate"
    assert decision.once[0].command == shell("python manage.py migrate && exec echo done")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        pytest.param("gunicorn main:app --log-file -", ("gunicorn", "main:app", "--log-file", "-"), id="words"),
        pytest.param("uvicorn main:app --host 0.0.0.0 --port $PORT", shell("exec uvicorn main:app --host 0.0.0.0 --port $PORT"), id="a variable"),
        pytest.param("uvicorn main:app --port $PORT", shell("exec uvicorn main:app --port $PORT --host 0.0.0.0"), id="loopback is opened"),
        pytest.param("pipenv run gunicorn main:app", ("gunicorn", "main:app"), id="the manager is not in the image"),
        pytest.param("uv run --frozen --package shop gunicorn main:app", ("gunicorn", "main:app"), id="options of the manager go with it"),
        pytest.param("uv run -m shop.web", ("python", "-m", "shop.web"), id="uv's own -m is Python's"),
        pytest.param("cd src && gunicorn main:app", shell("cd src && exec gunicorn main:app"), id="exec goes before the last step"),
        pytest.param("bin/run.sh", ("bin/run.sh",), id="a script"),
        pytest.param("gunicorn 'main:create_app()'", ("gunicorn", "main:create_app()"), id="quotes"),
    ],
)  # fmt: skip
def test_a_line_of_a_procfile_keeps_its_meaning_in_exec_form(
    line: str, command: tuple[str, ...]
) -> None:
    assert (
        main_process(
            Application(web=(web(),), processes=(procfile("web", line),)), "flask", "gunicorn"
        ).command
        == command
    )


def test_assignments_of_a_procfile_line_become_the_environment() -> None:
    process = main_process(
        Application(processes=(procfile("web", "PYTHONPATH=src LOG=info gunicorn main:app"),)),
        "gunicorn",
    )

    assert process.command == ("gunicorn", "main:app")
    assert {("LOG", "info"), ("PYTHONPATH", "src")} <= set(process.environment)


def test_a_pipe_keeps_its_shell_and_says_that_signals_end_there() -> None:
    decision = decide(
        Application(processes=(procfile("web", "gunicorn main:app | tee log"),)), "gunicorn"
    )

    assert decision.main
    assert decision.main.command == shell("gunicorn main:app | tee log")
    assert "signals-stop-at-shell" in codes(decision)


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ("gunicorn -b 0.0.0.0:9001 main:app", 9001),
        ("uvicorn main:app --host 0.0.0.0 --port ${PORT:-5005}", 5005),
        ("gunicorn main:app", 5000),
        ("python manage.py runserver 0.0.0.0:9002", 9002),
    ],
)
def test_the_port_of_a_procfile_is_the_one_it_names(line: str, port: int) -> None:
    assert (
        main_process(
            Application(web=(web(),), processes=(procfile("web", line),)), "flask", "gunicorn"
        ).port
        == port
    )


@pytest.mark.parametrize(
    ("fields", "port", "follows"),
    [
        pytest.param({"port_variable": "PORT"}, 8000, True, id="the variable"),
        pytest.param({"port": 9090}, 9090, False, id="a fixed port"),
    ],
)
def test_a_configuration_that_a_procfile_names_says_where_the_server_listens(
    fields: Any,
    port: int,
    follows: bool,
) -> None:
    fields = {**fields, "port": _port(fields["port"])} if "port" in fields else fields
    config = ServerConfig(server="uwsgi", path="etc/uwsgi.ini", **fields)
    line = procfile("web", "uwsgi ./etc/uwsgi.ini")

    process = main_process(Application(processes=(line,), server_configs=(config,)), "uwsgi")

    assert process.port == port
    assert ("PORT" in dict(process.environment)) == follows


def test_a_script_in_a_procfile_gets_the_port_and_is_not_asked_whether_it_listens() -> None:
    process = main_process(Application(processes=(procfile("web", "python src/main.py"),)))

    assert ("PORT", "8000") in process.environment
    assert process.health is None


def test_celery_beat_keeps_its_schedule_where_it_may_write() -> None:
    beat = found("beat", ("celery", "-A", "shop", "beat"), ProcessKind.SCHEDULER)

    assert main_process(Application(processes=(beat,)), "celery==5.5.0").command[-2:] == (
        "--schedule",
        "/tmp/celerybeat-schedule",
    )
    assert "--pidfile=" in main_process(Application(processes=(beat,)), "celery==4.4.7").command


def test_names_of_processes_are_valid_in_yaml_and_in_a_shell() -> None:
    one = found("Send Mail!", ("python", "a.py"))
    two = found("1st", ("python", "b.py"))

    assert [process.name for process in decide(Application(processes=(one, two))).processes] == [
        "send-mail",
        "process-1st",
    ]


def test_the_health_check_asks_the_path_of_the_application() -> None:
    application = Application(web=(web(health="/healthz"),))

    probe = main_process(application, "flask", "gunicorn").health
    assert probe == HealthProbe(kind="http", port=5000, path="/healthz")
    without = main_process(application, "flask", "gunicorn", settings=Settings(healthcheck=False))
    assert without.health is None


@pytest.mark.parametrize(
    ("application", "installed"),
    [
        pytest.param(
            Application(web=(web(Framework.SCRIPT, Interface.OWN, speaks_http=False, run_command=("python", "server.py")),)), (), id="gRPC",
        ),
        pytest.param(
            Application(web=(web(Framework.DJANGO),), django=(django(refuses_loopback=True),)), ("django", "gunicorn"),
            id="ALLOWED_HOSTS lacks 127.0.0.1",
        ),
    ],
)  # fmt: skip
def test_where_http_would_not_be_answered_a_connection_is_enough(
    application: Application, installed: tuple[str, ...]
) -> None:
    probe = main_process(application, *installed).health

    assert probe
    assert probe.kind == "tcp"


@pytest.mark.parametrize(
    ("application", "installed", "reload"),
    [
        pytest.param(web(), ("flask==3.1.0", "gunicorn"), "flask --app main:app run --debug --host 0.0.0.0 --port 5000", id="Flask"),
        pytest.param(fastapi(), ("fastapi", "uvicorn"), "uvicorn main:app --host 0.0.0.0 --port 8000 --reload", id="uvicorn"),
        pytest.param(
            fastapi(target="make", factory=True), ("fastapi", "uvicorn", "gunicorn"),
            "uvicorn --factory main:make --host 0.0.0.0 --port 8000 --reload", id="another server, another spelling of a factory",
        ),
    ],
)  # fmt: skip
def test_development_reloads(application: object, installed: tuple[str, ...], reload: str) -> None:
    process = main_process(Application(web=(application,)), *installed)  # type: ignore[arg-type]

    assert process.development_command == words(reload)
    assert process.reloads


def test_an_application_that_only_listens_on_its_own_container_is_refused() -> None:
    own = web(
        Framework.TORNADO,
        Interface.OWN,
        target="",
        host="127.0.0.1",
        runs_itself=True,
        run_command=("python", "main.py"),
    )

    with pytest.raises(NoServerError, match="nobody outside its container"):
        decide(Application(web=(own,)), "tornado")
    opened = replace(own, host_variable="HOST")
    (process,) = decide(Application(web=(opened,)), "tornado").processes
    assert dict(process.environment)["HOST"] == "0.0.0.0"


def test_every_framework_has_a_port_and_every_server_a_command() -> None:
    assert set(load_table("frameworks")) == set(map(str, Framework))
    assert all(1024 < row.port < 65536 for row in own_servers().values())
    assert all(any("{application}" in word for word in row.command) for row in servers())
    assert all("{port}" in "".join(row.command) for row in servers())
    assert {row.factory for row in servers()} <= {"", "call", "option"}


def test_a_process_that_only_the_settings_name_is_enough() -> None:
    settings = Settings(processes=(("worker", "python -m shop.queue"),))
    decision = decide(Application(), "shop", settings=settings)
    assert [one.command for one in decision.processes] == [("python", "-m", "shop.queue")]
