"""The Dockerfile that comes out: its stages, and the lines that belong to a condition."""

import shutil
from pathlib import Path

import pytest
from dockwright.decide.own_wheels import own_distribution
from dockwright.model.settings import StageSettings
from support.dockerfiles import dockerfile, stages

SAMPLES = Path(__file__).parents[3] / "samples"


def sample(name: str) -> Path:
    return SAMPLES / name / "project"


FLASK, COMPILED = sample("pipenv-flask-gunicorn"), sample("uv-psycopg2-compiled-from-source")
PACKAGE = sample("poetry2-fastapi-package")


def test_one_stage_is_enough_where_nothing_is_compiled() -> None:
    assert list(stages(dockerfile(FLASK))) == ["uv", "runtime"]


def test_what_is_compiled_has_a_stage_that_keeps_the_compiler() -> None:
    found = stages(dockerfile(COMPILED))

    assert list(found) == ["uv", "base", "build", "runtime"]
    assert "gcc" in found["build"]
    assert "gcc" not in found["runtime"]
    assert "apt-get install --yes --no-install-recommends libpq5" in found["runtime"]
    assert "# psycopg2 has no wheel for this image: it is compiled here" in dockerfile(COMPILED)


def test_a_package_is_built_as_a_wheel_of_the_whole_source() -> None:
    found = stages(dockerfile(PACKAGE))

    assert list(found) == ["uv", "base", "wheel", "runtime"]
    assert "COPY . ." in found["wheel"]
    assert "COPY . ." not in found["runtime"]
    assert "/wheels/*.whl" in found["runtime"]


def test_stages_for_development_are_there_only_when_they_are_asked_for() -> None:
    assert list(stages(dockerfile(FLASK, targets=("dev",)))) == ["uv", "base", "dev", "runtime"]
    asked = stages(dockerfile(FLASK, targets=("dev", "test")))
    assert list(asked)[-1] == "runtime"


def test_the_stage_for_development_belongs_to_its_user() -> None:
    dev = stages(dockerfile(FLASK, targets=("dev",)))["dev"]

    assert "RUN chown app ." in dev
    assert "COPY --chown=app . ." in dev
    assert "--debug" in dev


def test_development_on_top_of_a_build_stage_starts_from_it() -> None:
    text = dockerfile(COMPILED, targets=("dev",))
    assert "FROM build AS dev" in text


def test_development_installs_anew_what_the_build_stage_left(tmp_path: Path) -> None:
    shutil.copytree(sample("pipenv-flask-port-5050"), tmp_path, dirs_exist_ok=True)
    own = StageSettings(packages=("gcc",))
    found = stages(dockerfile(tmp_path, targets=("dev",), stages=(("build", own),)))

    assert "uv venv /opt/venv" in found["build"]
    # uv refuses to make an environment where one is.
    assert "uv venv --clear /opt/venv" in found["dev"]


def test_a_package_is_editable_in_development() -> None:
    dev = stages(dockerfile(PACKAGE, targets=("dev",)))["dev"]
    assert "uv pip install --no-cache --no-deps --editable ." in dev


def test_the_container_runs_as_a_number_that_has_a_home() -> None:
    text = dockerfile(FLASK, user=2000)
    assert "RUN useradd --create-home --uid 2000 app" in text
    assert "USER 2000" in text


def test_alpine_makes_its_user_with_its_own_tools() -> None:
    text = dockerfile(sample("script-only-prints"), base="alpine")
    assert "RUN adduser -D -u 10001 app" in text


def test_an_image_without_a_shell_only_receives_copies() -> None:
    found = stages(dockerfile(FLASK, base="distroless"))

    assert list(found) == ["uv", "base", "assembled", "runtime"]
    assert "RUN" not in found["runtime"]
    assert "COPY --from=assembled /opt/venv /opt/venv" in found["runtime"]
    assert "ENTRYPOINT []" in found["runtime"]


def test_the_first_line_can_be_left_out() -> None:
    assert dockerfile(FLASK).startswith("# syntax=docker/dockerfile:1\n")
    assert "# syntax" not in dockerfile(FLASK, syntax=False)


def test_lines_of_the_settings_stand_in_their_stage() -> None:
    own = StageSettings(before=("ARG BUILD_ID=none",), after=("VOLUME /data",), packages=("vim",))
    runtime = stages(dockerfile(FLASK, stages=(("runtime", own),)))["runtime"]

    assert runtime.index("ARG BUILD_ID=none") < runtime.index("COPY . .")
    assert runtime.index("COPY . .") < runtime.index("VOLUME /data") < runtime.index("USER 10001")
    assert "--no-install-recommends vim" in runtime


def test_packages_of_the_build_stage_make_one() -> None:
    own = StageSettings(packages=("libpq-dev",))
    found = stages(dockerfile(FLASK, stages=(("build", own),)))
    assert "libpq-dev" in found["build"]
    assert "libpq-dev" not in found["runtime"]


def test_an_environment_of_the_settings_holds_for_collectstatic_too() -> None:
    text = dockerfile(sample("uv-django-postgres-celery"), environment=(("LOG", "info"),))
    assert text.index("ENV LOG=info") < text.index("collectstatic")


def test_the_value_of_a_secret_exists_for_one_command() -> None:
    text = dockerfile(sample("uv-django-postgres-celery"))
    assert "RUN SECRET_KEY=build-only python manage.py collectstatic --noinput" in text
    assert "ENV SECRET_KEY" not in text


def test_a_script_is_stopped_by_a_signal_that_it_hears() -> None:
    assert "STOPSIGNAL SIGINT" in dockerfile(sample("script-only-prints"))
    assert "STOPSIGNAL" not in dockerfile(FLASK)


def test_the_health_check_asks_the_route_of_the_project() -> None:
    text = dockerfile(FLASK)
    assert "server.request('GET', '/healthz'); \\" in text
    assert '"-c", "from http' in text
    assert "HEALTHCHECK" not in dockerfile(FLASK, healthcheck=False)


def test_a_port_that_the_code_reads_is_a_variable() -> None:
    text = dockerfile(sample("requirements-flask-env-port-5000"))
    assert "ENV PORT=5000" in text
    assert "os.environ['PORT']" in text


def test_a_version_from_version_control_is_an_argument_of_the_wheel(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PACKAGE, project)
    manifest = project / "pyproject.toml"
    text = manifest.read_text()
    backend = text[text.index("[build-system]") :].split("\n\n")[0]
    manifest.write_text(
        text.replace(
            backend,
            '[build-system]\nrequires = ["setuptools", "setuptools-scm"]\n'
            'build-backend = "setuptools.build_meta"',
        ).replace('version = "', '# version = "')
        .replace("[project]", '[project]\ndynamic = ["version"]', 1)
    )  # fmt: skip
    wheel = stages(dockerfile(project, strategy="relock"))["wheel"]
    assert "ARG VERSION=0.0.0" in wheel
    assert 'SETUPTOOLS_SCM_PRETEND_VERSION="$VERSION" uv build' in wheel


@pytest.mark.parametrize("name", ["script-only-prints", "pipenv-flask-gunicorn"])
def test_a_project_whose_code_lies_in_the_root_is_not_installed(name: str) -> None:
    assert "wheel" not in stages(dockerfile(sample(name)))


def test_nothing_to_install_means_no_distribution() -> None:
    from dockwright.model.application import Application
    from dockwright.model.dependencies import Manager
    from support.installs import finding

    assert own_distribution(finding(Manager.UV), (), Application()) is None


def test_the_comment_on_workers_says_what_holds() -> None:
    case = sample("pipenv-flask-gunicorn")
    assert "# One worker; WEB_CONCURRENCY=4 starts four." in dockerfile(case)
    assert "# WEB_CONCURRENCY says how many workers start." in dockerfile(case, workers=3)


def test_a_wheel_among_the_files_is_installed_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "moon-1.0-py3-none-any.whl").touch()
    (tmp_path / "app.py").write_text("import moon\n")
    (tmp_path / "requirements.txt").write_text("./vendor/moon-1.0-py3-none-any.whl\n")
    wheel = stages(dockerfile(tmp_path, command=("python", "app.py")))["wheel"]

    assert "COPY vendor/moon-1.0-py3-none-any.whl /wheels/" in wheel
    assert "uv build" not in wheel


def test_an_own_folder_is_copied_as_a_folder_where_the_build_locks(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "pyproject.toml").write_text('[project]\nname = "lib"\nversion = "1"\n')
    (tmp_path / "app.py").write_text("import lib\n")
    (tmp_path / "Pipfile").write_text('[packages]\nlib = { path = "./lib" }\n')
    text = dockerfile(tmp_path, command=("python", "app.py"))

    assert "COPY Pipfile ./\nCOPY lib lib\n" in text
