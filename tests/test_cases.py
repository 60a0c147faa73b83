"""Small projects, each of a kind that people bring, and what is right for it.

tests/cases/<case>/ is the project. What an image must do is tried in tests/engine.
"""

import shutil
from pathlib import Path

import pytest
from dockwright import api
from dockwright.decide.adoption import adopt
from dockwright.decide.ignore import left_out
from dockwright.detect.application.previous import previous_dockerfile
from dockwright.errors import (
    ManifestError,
    NoApplicationError,
    NoProjectError,
    NoServerError,
    ProjectError,
)
from dockwright.model.plan import Plan
from dockwright.model.settings import Settings
from dockwright.write.regenerate import WriteOptions, write

CASES = Path(__file__).parent / "cases"


def plan(case: str) -> Plan:
    return api.plan(CASES / case)


def dockerfile(case: str) -> str:
    return next(one.text for one in api.render(CASES / case) if one.kind == "dockerfile")


def ignored(case: str) -> list[str]:
    return next(one.text for one in api.render(CASES / case) if one.kind == "ignore").splitlines()


def codes(case: str) -> list[str]:
    return [warning.code for warning in plan(case).warnings]


@pytest.mark.parametrize(
    "case",
    [
        "dot",
        "own-version",
        "own-extension",
        "pipenv-self",
        "script-of-a-project-not-installed",
        "own-folder-requirements-self-extra",
        "own-folder-requirements-folder-alone",
        "own-folder-requirements-folder-and-hashes",
        "pipfile-installs-its-own-setup-py",
        "pipfile-installs-its-own-pyproject-locked",
    ],
)
def test_the_project_itself_is_built_and_installed(case: str) -> None:
    assert "uv build --wheel --out-dir /wheels" in dockerfile(case)
    assert "second-manifest" not in codes(case)


def test_extras_of_the_project_itself_are_installed() -> None:
    text = dockerfile("own-folder-requirements-self-extra")
    assert 'uv pip install --no-cache /wheels/*.whl "$(echo /wheels/shop-*.whl)[more]"' in text


def test_an_extension_module_is_compiled_and_its_source_does_not_hide_it() -> None:
    text = dockerfile("own-extension")
    assert "apt-get install --yes --no-install-recommends g++" in text
    assert "FROM build AS wheel" in text
    assert "COPY . ." not in text.partition("AS runtime")[2]


def test_data_that_the_wheel_would_lack_is_taken_from_the_source() -> None:
    text = dockerfile("package-data-default")
    assert "ENV PYTHONPATH=/app/src\nCOPY . .\n" in text
    assert "wheel" not in text


def test_a_folder_of_a_pylock_is_there_when_it_is_installed() -> None:
    assert "COPY libs/inner libs/inner\n" in dockerfile("own-folder-pylock-folder")


def test_an_own_folder_is_there_when_uv_locks() -> None:
    assert "COPY libs/inner libs/inner\nRUN" in dockerfile("uv-unlocked-path")


def test_an_own_folder_has_no_hash_when_a_compiled_list_is_locked_again() -> None:
    files = api.render(CASES / "own-folder-compiled", Settings(strategy="relock"))
    text = next(one.text for one in files if one.kind == "dockerfile")
    listed = text.partition("uv pip compile")[2].partition("&& uv venv")[0]
    assert "grep -vE '^(-e )?\\.' requirements.txt > /tmp/requirements.txt" in listed
    assert "uv pip install --require-hashes --requirement /tmp/requirements.txt" in text


def test_what_only_packages_the_project_is_no_second_manager() -> None:
    assert plan("pipfile-beside-setup-py").manager.value == "pipenv"
    assert "uv build" not in dockerfile("pipfile-beside-setup-py")


@pytest.mark.parametrize(
    ("case", "pattern"),
    [
        ("changelog-is-read", "CHANGELOG*"),
        ("tests-folder-is-read", "tests"),
        ("ignored-names", "tests"),
        ("ignored-names", "docs"),
    ],
)
def test_what_the_code_opens_or_imports_is_in_the_context(case: str, pattern: str) -> None:
    assert pattern not in ignored(case)


@pytest.mark.parametrize(
    ("case", "module"),
    [
        ("settings-local", "config.settings.production"),
        ("settings-of-manage-py-are-for-development", "shop.settings.production"),
        ("settings-module-from-the-environment", "shop.settings"),
    ],
)
def test_every_process_of_django_has_the_settings_that_are_served(case: str, module: str) -> None:
    for process in plan(case).processes:
        assert dict(process.environment)["DJANGO_SETTINGS_MODULE"] == module
    assert f"ENV DJANGO_SETTINGS_MODULE={module}\n" in dockerfile(case)


@pytest.mark.parametrize(
    ("case", "python"),
    [
        ("old-pins-newest-python", "3.12"),
        ("partial-pins", "3.10"),
        ("pins-django-3.2", "3.12"),
        ("pins-flask-2", "3.13"),
        ("pins-gunicorn-18", "3.11"),
        ("pins-pure-uv-lock", "3.14"),
    ],
)
def test_pins_hold_the_python_back(case: str, python: str) -> None:
    assert plan(case).python.value.version == python


def test_pins_of_what_is_named_are_no_whole_lock() -> None:
    assert plan("pinned-but-not-closed").lock.state == "pinned"
    assert {"pins-not-closed", "pins-break"} <= set(codes("pinned-but-not-closed"))


def test_an_extra_that_is_compiled_brings_its_compiler() -> None:
    assert plan("extra-that-is-compiled").compiled == ("psycopg-c",)


def test_the_poetry_that_the_project_asks_for_is_taken() -> None:
    pins = {pin.name: pin.version for pin in plan("requires-poetry").tools}
    assert pins["poetry"] == "2.0.0"


def test_a_lock_is_matched_with_a_nameless_git_requirement_by_its_address() -> None:
    assert plan("unnamed-git-in-requirements.in").lock.state == "fresh"


def test_a_file_that_is_named_for_images_is_installed() -> None:
    assert "requirements_docker.txt" in dockerfile("group-named-docker")
    assert plan("group-named-docker").processes[0].command[0] == "gunicorn"


def test_the_configuration_for_production_goes_first() -> None:
    assert "gunicorn_prod.py" in plan("gunicorn-dev-before-prod").processes[0].command


def test_the_port_is_that_of_the_server_that_runs() -> None:
    assert plan("port-of-app.run-before-expose").processes[0].port == 8000


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("procfile-of-another-language", "node"),
        ("conda-and-a-procfile", "gunicorn"),
        ("conda-and-a-script", "flask"),
    ],
)
def test_a_command_that_nothing_in_the_image_provides_is_refused(case: str, name: str) -> None:
    with pytest.raises(NoServerError, match=name):
        plan(case)


def test_an_adopted_command_brings_its_port() -> None:
    text = (CASES / "adopt-port-of-command" / "Dockerfile").read_text(encoding="utf-8")
    assert adopt(previous_dockerfile(text)).changes["port"] == 8001


def test_an_existing_dockerfile_says_which_python_runs() -> None:
    found = plan("python-of-the-old-dockerfile").python
    assert (found.value.version, [str(one) for one in found.evidence]) == ("3.8", ["Dockerfile:1"])


def test_an_existing_compose_file_says_what_runs_beside_what() -> None:
    found = plan("compose-names-worker-and-versions")
    commands = {one.name: one.command for one in found.processes}
    # Its server is for development, its worker is not.
    assert commands["web"][0] == "gunicorn"
    assert commands["mails"] == ("celery", "-A", "shop", "worker", "--queues", "mails")
    assert "worker" not in commands
    services = {one.kind: (one.image, dict(one.application_environment)) for one in found.services}
    assert services["mariadb"][0] == "mariadb:11.4"
    assert services["redis"] == ("redis:7.4", {"QUEUE": "redis://redis:6379/0"})
    assert {dict(one.environment)["DJANGO_SETTINGS_MODULE"] for one in found.processes} == {
        "shop.production"
    }


def test_an_entrypoint_is_followed_to_what_it_starts() -> None:
    found = plan("entrypoint-script-starts-it")
    (web,) = found.processes
    assert web.command == (
        *("uvicorn", "api.server:service", "--host", "0.0.0.0"),
        *("--port", "8600", "--proxy-headers"),
    )
    assert web.port == 8600
    assert [one.name for one in found.system_packages.runtime] == ["ffmpeg"]


def test_a_dockerfile_that_was_replaced_is_still_heard(tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(CASES / "python-of-the-old-dockerfile", root)
    before = api.render(root)
    write(before, root, options=WriteOptions(force=True))
    assert api.render(root) == before


def compose(case: str) -> str:
    return next(one.text for one in api.render(CASES / case) if one.kind == "compose")


def environment(case: str) -> dict[str, str]:
    return {
        name: value
        for service in plan(case).services
        for name, value in service.application_environment
    }


def test_migrations_whose_folder_is_one_of_another_image_are_run_and_said() -> None:
    case = "alembic-with-an-absolute-location"
    assert "migrate" in {one.name for one in plan(case).processes}
    (said,) = (one for one in plan(case).warnings if one.code == "alembic-elsewhere")
    assert "%(here)s" in said.remedy


def test_a_switch_is_spelled_as_the_project_does() -> None:
    assert environment("boolean-as-the-project-spells-it")["EMAIL_USE_TLS"] == "False"


def test_the_variable_that_chooses_the_database_is_set_with_those_that_reach_it() -> None:
    found = environment("database-behind-a-switch")
    assert (found["STORE"], found["STORE_HOST"]) == ("postgres", "postgres")
    assert found["STORE_NAME"] == "database_behind_a_switch"


def test_what_only_developers_can_start_is_no_application() -> None:
    with pytest.raises(NoApplicationError):
        plan("library-with-a-tool-script")


def test_an_endpoint_that_nobody_can_set_starts_no_service() -> None:
    assert plan("minio-for-an-unknown-endpoint").services == ()


def test_a_setting_that_must_not_be_empty_is_marked() -> None:
    files = {one.path: one.text for one in api.render(CASES / "pydantic-default-from-getenv-none")}
    assert "\nAPP_CLIENT_KEY=\n" in files[".env.example"]


def test_a_file_that_gathers_others_is_taken_apart() -> None:
    text = dockerfile("root-file-includes-tests")
    assert "requirements/main.txt" in text
    assert "tests.txt" not in text


def test_a_folder_that_the_code_writes_belongs_to_the_user_and_is_a_volume() -> None:
    assert "RUN install --directory --owner=app logs\n" in dockerfile("log-folder")
    assert "- logs:/app/logs\n" in compose("log-folder")


def test_a_script_with_the_line_ends_of_windows_is_refused() -> None:
    with pytest.raises(ProjectError) as caught:
        plan("script-with-windows-line-ends")
    assert str(caught.value.origin) == "scripts/start.sh:1"


def test_a_script_that_is_no_program_is_run_by_its_interpreter() -> None:
    commands = {one.name: one.command for one in plan("script-that-is-no-program").processes}
    assert commands == {"web": ("bash", "./scripts/start.sh"), "worker": ("python", "./tick.py")}


def test_what_no_linux_installs_is_refused_with_its_lines() -> None:
    with pytest.raises(ManifestError) as caught:
        plan("windows-freeze")
    assert "requirements.txt:4: pywin32" in caught.value.found
    assert "requirements.txt:5: pywinpty" in caught.value.found


def test_a_path_of_one_machine_is_refused() -> None:
    with pytest.raises(ManifestError) as caught:
        plan("conda-freeze")
    assert "requirements.txt:2: numpy is a path of one machine" in caught.value.found


def test_a_token_in_an_address_is_a_secret_of_the_build() -> None:
    assert "--mount=type=secret,id=GIT_TOKEN,env=GIT_TOKEN" in dockerfile("token-git")
    text = compose("token-git")
    assert "secrets: [GIT_TOKEN]" in text
    assert "  GIT_TOKEN:\n    environment: GIT_TOKEN\n" in text


def test_a_framework_starts_its_pages_by_its_own_command() -> None:
    (web,) = plan("panel").processes
    assert web.command[:3] == ("panel", "serve", "app.py")
    assert {"--allow-websocket-origin", "0.0.0.0"} <= set(web.command)
    assert (web.port, web.production_server) == (5006, True)


def test_a_server_over_standard_input_listens_nowhere() -> None:
    (process,) = plan("mcp-stdio").processes
    assert (process.command, process.port, process.health) == (("tickets-mcp",), None, None)
    assert "stdin_open: true" in compose("mcp-stdio")
    assert "EXPOSE" not in dockerfile("mcp-stdio")


@pytest.mark.parametrize("case", ["loopback-in-guard", "loopback-http-server"])
def test_a_server_that_nobody_outside_reaches_is_refused(case: str) -> None:
    with pytest.raises(NoServerError) as caught:
        plan(case)
    assert "nobody outside its container reaches it" in caught.value.title


def test_an_address_that_a_variable_holds_is_opened(tmp_path: Path) -> None:
    code = 'import os\nfrom http.server import HTTPServer, SimpleHTTPRequestHandler\n\nHTTPServer((os.environ.get("BIND", "localhost"), 8000), SimpleHTTPRequestHandler).serve_forever()\n'
    (tmp_path / "server.py").write_text(code)
    (web,) = api.plan(tmp_path).processes
    assert dict(web.environment)["BIND"] == "0.0.0.0"


def test_links_work_like_what_they_lead_to(tmp_path: Path) -> None:
    as_text = api.render(CASES / "link-as-text")
    shutil.copytree(CASES / "link-as-text", tmp_path / "link-as-text")
    for name in ("manage.py", "requirements.txt"):
        link = tmp_path / "link-as-text" / name
        link.unlink()
        link.symlink_to(f"backend/{name}")
    assert api.render(tmp_path / "link-as-text") == as_text
    (web,) = api.plan(tmp_path / "link-as-text").processes
    assert web.command[0] == "gunicorn"


def test_the_one_script_that_builds_the_assets_is_run() -> None:
    text = dockerfile("django-static-from-npm")
    assert "RUN npm run build:css\n" in text
    assert "COPY --from=frontend /app/site_conf/static site_conf/static\n" in text
    assert "COPY --from=frontend /app/node_modules node_modules\n" in text


def test_an_application_one_folder_down_is_taken_with_its_front_end() -> None:
    text = dockerfile("backend-folder")
    assert "--requirement backend/requirements.txt" in text
    assert "COPY backend backend\n" in text
    assert "COPY frontend .\n" in text
    assert "dockerfile" not in compose("backend-folder")
    assert "  frontend:\n" in compose("backend-folder")


def test_a_manifest_of_its_own_one_folder_down_is_named(tmp_path: Path) -> None:
    shutil.copytree(CASES / "backend-folder", tmp_path, dirs_exist_ok=True)
    (tmp_path / "backend" / "requirements.txt").unlink()
    (tmp_path / "backend" / "pyproject.toml").write_text('[project]\nname = "api"\n')
    with pytest.raises(NoProjectError) as caught:
        api.plan(tmp_path)
    assert "the application is in backend" in caught.value.title
    assert caught.value.example == "dockwright generate backend"


def test_secrets_in_every_folder_stay_out() -> None:
    patterns = tuple(line for line in ignored("nested") if not line.startswith("#"))
    root = CASES / "nested"
    files = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    sent = {path for path in files if not left_out(path, patterns)}
    assert sent == {".python-version", "app.py", "requirements.txt"}


def test_a_log_beside_the_code_is_a_link_to_a_folder_that_may_be_written() -> None:
    text = dockerfile("log-beside-the-code")
    assert "RUN install --directory --owner=app logs \\\n" in text
    assert "ln --symbolic --force /app/logs/shop.log shop.log" in text
    assert "- logs:/app/logs\n" in compose("log-beside-the-code")


def test_pyramid_is_started_by_its_own_file(tmp_path: Path) -> None:
    with pytest.raises(NoServerError, match=r"pserve production\.ini"):
        plan("pyramid")
    shutil.copytree(CASES / "pyramid", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "production.ini"
    file.write_text(file.read_text().replace("localhost:6543", "*:6543"))
    (web,) = api.plan(tmp_path).processes
    assert (web.command, web.port) == (("pserve", "production.ini"), 6543)


@pytest.mark.parametrize(
    ("default", "expected"),
    [('"True"', "False"), ('"1"', "0"), ("True", "0"), ('"False"', None), ("False", None)],
)
def test_a_switch_is_set_only_where_it_is_on(
    tmp_path: Path, default: str, expected: str | None
) -> None:
    shutil.copytree(CASES / "boolean-as-the-project-spells-it", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "site_conf" / "settings.py"
    text = file.read_text()
    file.write_text(
        text[: text.index("EMAIL_USE_TLS")] + f'EMAIL_USE_TLS = flag("EMAIL_USE_TLS", {default})\n'
    )
    values = dict(
        pair for one in api.plan(tmp_path).services for pair in one.application_environment
    )
    assert values.get("EMAIL_USE_TLS") == expected


def test_an_application_is_served_where_it_has_all_its_routes() -> None:
    (web,) = plan("flask-views").processes
    assert web.command[-1] == "run:app"
